"""Tables in Parquet files, block by block, as plain arrays.

Needs pyarrow, an extra of this package, which is imported at first use.
"""

import contextlib

import numpy as np

from deeply_backend.data import file_table

# Row groups that a sample comes from, if they hold enough rows.
SAMPLE_GROUPS = 16

# Rows decoded at once, bytes read at once.
BATCH_ROWS = 65_536
BUFFER_BYTES = 2**20

TEXTS = ("string", "large_string", "string_view")


class ParquetTable(file_table.FileTable):
    """The rows of Parquet files; see `FileTable`."""

    endings = (".parquet",)

    def __init__(self, paths):
        super().__init__(paths)
        self._columns = {}
        self._groups = []
        for file in self.files:
            self._add(file)
        self.n_rows = sum(rows for _, _, rows in self._groups)
        self._check_rows(self.n_rows)

    def schema(self):
        """Returns what `FileTable.schema()` says."""
        return [
            {"name": name, "kind": kind, "type": arrow_type}
            for name, (kind, arrow_type) in self._columns.items()
        ]

    def sample(self, columns, n, seed):
        """Returns `n` rows drawn at random, in their order in the table.

        They come from row groups drawn at random: as many as hold `n` rows,
        and at least 16.

        Args:
            columns: Names of columns.
            n: Number of rows; all of them if there are fewer.
            seed: Integer that decides which.

        Returns:
            One block, as `blocks()` gives them.
        """
        readers = self._readers(columns)
        generator = np.random.default_rng(int(seed))
        n = min(int(n), self.n_rows)
        parts = []
        for group, rows in self._draw(generator, n):
            path, number, _ = self._groups[group]
            parts += self._take(path, number, rows, readers)
        block = file_table.read_block(readers, parts)
        parts.clear()
        file_table.release_memory()
        return block

    def _draw(self, generator, n):
        # Row groups, and which of their rows to take.
        sizes = np.array([rows for _, _, rows in self._groups])
        order = generator.permutation(len(sizes))
        enough = np.searchsorted(np.cumsum(sizes[order]), n) + 1
        chosen = np.sort(order[: max(enough, SAMPLE_GROUPS)])
        ends = np.cumsum(sizes[chosen])
        rows = np.sort(generator.choice(ends[-1], n, replace=False))
        of_group = np.split(rows, np.searchsorted(rows, ends[:-1]))
        starts = ends - sizes[chosen]
        for group, start, some in zip(chosen, starts, of_group, strict=True):
            if len(some) > 0:
                yield group, some - start

    def _take(self, path, group, rows, readers):
        # Batch by batch, since a row group can be any size.
        import pyarrow as pa

        first, parts = 0, []
        for batch in self._read(path, readers, BATCH_ROWS, [group]):
            low, high = np.searchsorted(rows, [first, first + len(batch)])
            if low < high:
                parts.append(batch.take(pa.array(rows[low:high] - first)))
            first += len(batch)
        return parts

    def _reader(self, name, kind):
        coded = kind in ("text", "category")
        return file_table.Codes(name) if coded else file_table.numbers

    def _read(self, path, columns, block_rows, groups=None):
        with _opened(path) as file:
            yield from file.iter_batches(
                batch_size=min(block_rows, BATCH_ROWS),
                columns=list(columns),
                row_groups=groups,
            )

    def _add(self, path):
        with _opened(path) as file:
            columns = _kinds(file.schema_arrow, path)
            about = file.metadata
            self._groups += [
                (path, group, about.row_group(group).num_rows)
                for group in range(about.num_row_groups)
            ]
        self._check_names(columns, self._columns or columns, path)
        for name in self._columns or columns:
            self._columns[name] = self._agreed(name, columns[name], path)

    def _agreed(self, name, column, path):
        known = self._columns.get(name, column)
        # A file may know no more of a column than that it is empty.
        if "null" in (known[1], column[1]):
            return known if column[1] == "null" else column
        if known[0] != column[0]:
            raise ValueError(
                f"column {name!r} has the type {column[1]} in {path!r}, but"
                f" {known[1]} in {self.files[0]!r}"
            )
        return known


def _kinds(schema, path):
    kinds = {}
    for field in schema:
        if field.name in kinds:
            raise ValueError(
                f"{path!r} has more than one column {field.name!r}"
            )
        kinds[field.name] = _kind(field.type), str(field.type)
    return kinds


def _kind(arrow_type):
    import pyarrow as pa

    types = pa.types
    if types.is_dictionary(arrow_type):
        kind = _kind(arrow_type.value_type)
        return "category" if kind == "text" else kind
    if str(arrow_type) in TEXTS:
        return "text"
    for kind, tests in {
        "number": (types.is_floating, types.is_decimal),
        "integer": (types.is_integer,),
        "logical": (types.is_boolean,),
        "date": (types.is_date,),
        "time": (types.is_timestamp,),
    }.items():
        if any(test(arrow_type) for test in tests):
            return kind
    return "unsupported"


@contextlib.contextmanager
def _opened(path):
    # What goes wrong in a file is said with its name. What the caller does
    # between two batches does not pass here.
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(
            path, memory_map=False, pre_buffer=False, buffer_size=BUFFER_BYTES
        ) as file:
            yield file
    except (OSError, pa.ArrowException) as error:
        raise ValueError(f"{path!r} cannot be read: {error}") from error
