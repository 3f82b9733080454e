"""Tables in Parquet files, block by block, as plain arrays.

Needs pyarrow, an extra of this package, which is imported at first use.
"""

import contextlib
import os

import numpy as np

# More levels than this are no category: they would fill the memory.
MAX_LEVELS = 1_000_000

# Row groups that a sample comes from, if they hold enough rows.
SAMPLE_GROUPS = 16

# Rows decoded at once, bytes read at once.
BATCH_ROWS = 65_536
BUFFER_BYTES = 2**20

# What a unit of time is of a second.
UNITS = {"s": 1, "ms": 1e3, "us": 1e6, "ns": 1e9}
DAY_MS = 86_400_000

TEXTS = ("string", "large_string", "string_view")


class ParquetTable:
    """The rows of Parquet files, one file after the other in order of name.

    Folders are searched whole, but for names that begin with a dot or an
    underscore, which by custom are no data.

    Args:
        paths: A file or folder, or a list of them.

    Attributes:
        files: The paths of the files.
        n_rows: Number of rows.
        partitions: Names in folders such as `year=2024`, which are columns to
            other readers. They are not read.

    Raises:
        OSError: If a path does not exist.
        ValueError: If there is no file, or no row, or a file cannot be read,
            or the files do not have the same columns.
    """

    def __init__(self, paths):
        if isinstance(paths, str | os.PathLike):
            paths = [paths]
        self._paths = [os.fspath(path) for path in paths]
        found = [(file, path) for path in self._paths for file in _find(path)]
        self.files = [file for file, _ in found]
        self.partitions = sorted({key for f in found for key in _keys(*f)})
        self._columns = {}
        self._groups = []
        for file in self.files:
            self._add(file)
        self.n_rows = sum(rows for _, _, rows in self._groups)
        if self.n_rows == 0:
            raise ValueError(f"{self._paths[0]!r} holds no rows")

    def schema(self):
        """Returns a list of dicts, one a column: `name`, `kind` and `type`.

        The kind is "number", "integer", "logical", "category", "date", "time",
        "text" or "unsupported"; the type is Arrow's name for it.
        """
        return [
            {"name": name, "kind": kind, "type": arrow_type}
            for name, (kind, arrow_type) in self._columns.items()
        ]

    def blocks(self, columns, block_rows):
        """Generates the rows in order, `block_rows` at a time.

        Only a few blocks are in memory at a time.

        Args:
            columns: Names of columns.
            block_rows: Rows a block holds; the last one may hold fewer.

        Yields:
            Dicts of name to column, a dict of

            * `values`: float64 array, NaN where missing. A date is the days, a
              time the seconds since 1970 began (UTC). For a text or category
              int32 codes from 1, 0 where missing. The codes are the same in
              all blocks, and in every pass over the table.
            * `missing`: bool array, or None where nothing is missing.
            * `levels`: for a text or category the levels that are new in this
              block, in the order of their codes. A category has the levels it
              was written with, used or not, a text those that occur.
        """
        readers = self._readers(columns)
        block_rows = int(block_rows)
        batches = (
            batch
            for path in self.files
            for batch in self._read(path, readers, min(block_rows, BATCH_ROWS))
        )
        for parts in _portions(batches, block_rows):
            block = _block(readers, parts)
            parts.clear()
            _release_memory()
            yield block

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
        block = _block(readers, parts)
        parts.clear()
        _release_memory()
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

    def _readers(self, columns):
        # How to read each column; texts remember their codes.
        columns = [columns] if isinstance(columns, str) else list(columns)
        for name in columns:
            if name not in self._columns:
                raise ValueError(f"{self._paths[0]!r} has no column {name!r}")
        kinds = {name: self._columns[name] for name in columns}
        for name, (kind, arrow_type) in kinds.items():
            if kind == "unsupported":
                raise ValueError(
                    f"column {name!r} of {self._paths[0]!r} has the type"
                    f" {arrow_type}, which cannot be read"
                )
        return {
            name: Codes(name) if kind in ("text", "category") else _numbers
            for name, (kind, _) in kinds.items()
        }

    def _read(self, path, columns, batch_rows, groups=None):
        with _opened(path) as file:
            yield from file.iter_batches(
                batch_size=batch_rows, columns=list(columns), row_groups=groups
            )

    def _add(self, path):
        with _opened(path) as file:
            columns = _kinds(file.schema_arrow, path)
            about = file.metadata
            self._groups += [
                (path, group, about.row_group(group).num_rows)
                for group in range(about.num_row_groups)
            ]
        known, first = self._columns or columns, self.files[0]
        for name in {**known, **columns}:
            for has_not, file, other in [
                (name not in columns, path, first),
                (name not in known, first, path),
            ]:
                if has_not:
                    raise ValueError(
                        f"{file!r} has no column {name!r}, but {other!r} has"
                    )
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


class Codes:
    """Codes of one column's texts, the same from first block to last.

    Args:
        name: Of the column, for messages.
    """

    def __init__(self, name):
        self.name = name
        self.codes = {}
        self._told = 0
        self._last = None

    def __call__(self, chunks):
        """Turns a list of Arrow arrays into a column."""
        codes = np.concatenate([self._encode(chunk) for chunk in chunks])
        levels = list(self.codes)[self._told :]
        self._told = len(self.codes)
        return {**_column(codes, codes == 0), "levels": levels}

    def _encode(self, chunk):
        import pyarrow as pa

        if not pa.types.is_dictionary(chunk.type):
            chunk = chunk.cast(pa.large_string()).dictionary_encode()
        lookup = self._lookup(chunk.dictionary)
        index = chunk.indices.cast(pa.int64()).fill_null(len(lookup) - 1)
        return lookup[index.to_numpy(zero_copy_only=False)]

    def _lookup(self, dictionary):
        # Neighbouring chunks often share a dictionary, and it may be long.
        if self._last is None or not self._last[0].equals(dictionary):
            codes = [self._code(text) for text in dictionary.to_pylist()]
            self._last = dictionary, np.array([*codes, 0], np.int32)
        return self._last[1]

    def _code(self, text):
        if text is None:
            return 0
        if len(self.codes) == MAX_LEVELS and text not in self.codes:
            raise ValueError(
                f"column {self.name!r} has more than {MAX_LEVELS} different"
                " texts: leave it out"
            )
        return self.codes.setdefault(text, len(self.codes) + 1)


def _numbers(chunks):
    values = np.concatenate([_as_float64(chunk) for chunk in chunks])
    return _column(values, np.isnan(values))


def _column(values, missing):
    return {"values": values, "missing": missing if missing.any() else None}


def _as_float64(chunk):
    import pyarrow as pa

    types, scale = pa.types, 1
    if types.is_dictionary(chunk.type):
        chunk = chunk.dictionary_decode()
    if types.is_timestamp(chunk.type):
        chunk, scale = chunk.cast(pa.int64()), UNITS[chunk.type.unit]
    elif types.is_date64(chunk.type):
        chunk, scale = chunk.cast(pa.int64()), DAY_MS
    elif types.is_date32(chunk.type):
        chunk = chunk.cast(pa.int32())
    elif types.is_float16(chunk.type):
        # Not all versions cast these.
        return chunk.to_numpy(zero_copy_only=False).astype(np.float64)
    values = chunk.cast(pa.float64(), safe=False)
    values = values.to_numpy(zero_copy_only=False)
    return values / scale if scale != 1 else values


def _block(readers, parts):
    return {
        name: reader([part.column(name) for part in parts])
        for name, reader in readers.items()
    }


def _portions(batches, n):
    # Lists of batches that hold `n` rows together, the last one fewer.
    held, room = [], n
    for batch in batches:
        while len(batch) > 0:
            held.append(batch.slice(0, room))
            batch = batch.slice(room)
            room -= len(held[-1])
            if room == 0:
                yield held
                held, room = [], n
    if held:
        yield held


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


def _find(path):
    path = os.fspath(path)
    if os.path.isfile(path):
        return [path]
    if not os.path.isdir(path):
        raise FileNotFoundError(f"there is no file or folder {path!r}")
    files = []
    for folder, folders, names in os.walk(path):
        folders[:] = [name for name in folders if name[0] not in "._"]
        files += [
            os.path.join(folder, name)
            for name in names
            if name.endswith(".parquet") and name[0] not in "._"
        ]
    if not files:
        raise ValueError(f"the folder {path!r} holds no .parquet file")
    return sorted(files)


def _keys(file, root):
    folders = os.path.relpath(os.path.dirname(file), root).split(os.sep)
    return [name.split("=")[0] for name in folders if "=" in name]


def _release_memory():
    # Arrow keeps what it freed, for later.
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
