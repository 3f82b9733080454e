"""The verbs that R calls for tables in files, see `bridge.py`."""

import numpy as np

from deeply_backend.data.csv_files import CsvTable
from deeply_backend.data.csv_values import KINDS as CSV_KINDS
from deeply_backend.data.parquet import ParquetTable

# R is not heard for so long while a file is looked at.
LOOK_SECONDS = 0.3


def parquet(path):
    """Opens the Parquet file or folder at a path."""
    return ParquetTable(path)


def csv(path, sep, encoding, known=None):
    """Opens the CSV file or folder at a path.

    Args:
        path: Of a file or folder.
        sep: What is between two fields.
        encoding: Of the files.
        known: What an earlier `csv()` of the same files found out: a dict of
            `n_rows` and `kinds`, the places of the columns' kinds in `KINDS`.
    """
    if known is not None:
        places = np.atleast_1d(np.asarray(known["kinds"], np.int64))
        kinds = [CSV_KINDS[place] for place in places]
        known = {"n_rows": known["n_rows"], "kinds": kinds}
    return CsvTable(path, sep, encoding, known)


def csv_look(table):
    """Looks at the rows for a moment; the share that is done, 1 at the end."""
    return table.look(LOOK_SECONDS)


def table_about(table):
    """Number of rows, columns, files and folder keys of a table in files."""
    return {
        "n_rows": table.n_rows,
        "columns": table.schema(),
        "files": table.files,
        "sizes": np.asarray(table.sizes),
        "times": np.asarray(table.times),
        "partitions": table.partitions,
    }


def table_blocks(table, columns, block_rows):
    """Starts a pass over some columns, for `table_next()` to go on with.

    Args:
        table: What `parquet()` or `csv()` gave.
        columns: Places of the columns in `table_about()`, from 0.
        block_rows: Rows a block.
    """
    names = [column["name"] for column in table.schema()]
    places = np.atleast_1d(np.asarray(columns, np.int64))
    return TablePass(table.blocks([names[i] for i in places], block_rows))


class TablePass:
    """One pass over a table in files; R holds no bare generator."""

    def __init__(self, blocks):
        self.blocks = blocks


def table_next(reading):
    """The next block: a list with a dict a column, or `None` at the end.

    See `FileTable.blocks()`; a missing number is NaN, a missing text 0.
    """
    block = next(reading.blocks, None)
    if block is None:
        return None
    return [
        {name: x for name, x in column.items() if name != "missing"}
        for column in block.values()
    ]


def table_close(reading):
    """Ends a pass before its end, and gives its memory back."""
    reading.blocks.close()
