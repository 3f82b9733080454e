"""Tables in files, block by block, as plain arrays: what all formats share.

Needs pyarrow, an extra of this package, which is imported at first use.
"""

import os

import numpy as np

# More levels than this are no category: they would fill the memory.
MAX_LEVELS = 1_000_000

# What a unit of time is of a second.
UNITS = {"s": 1, "ms": 1e3, "us": 1e6, "ns": 1e9}
DAY_MS = 86_400_000


class FileTable:
    """The rows of files, one file after the other in order of name.

    Folders are searched whole, but for names that begin with a dot or an
    underscore, which by custom are no data.

    A format has `endings`, the ends of the names of its files, and the methods
    `schema()`, `_reader()` and `_read()`.

    Args:
        paths: A file or folder, or a list of them.

    Attributes:
        files: The paths of the files.
        sizes: Their sizes in bytes.
        times: When they were changed, in seconds since 1970 began.
        n_rows: Number of rows.
        partitions: Names in folders such as `year=2024`, which are columns to
            other readers. They are not read.

    Raises:
        OSError: If a path does not exist.
        ValueError: If there is no file, or no row, or a file cannot be read,
            or the files do not have the same columns.
    """

    endings = ()

    def __init__(self, paths):
        if isinstance(paths, str | os.PathLike):
            paths = [paths]
        self._paths = [os.fspath(path) for path in paths]
        found = [
            (file, path)
            for path in self._paths
            for file in _find(path, self.endings)
        ]
        self.files = [file for file, _ in found]
        self.partitions = sorted({key for f in found for key in _keys(*f)})
        about = [os.stat(file) for file in self.files]
        self.sizes = [float(file.st_size) for file in about]
        self.times = [file.st_mtime for file in about]

    def schema(self):
        """Returns a list of dicts, one a column: `name`, `kind` and `type`.

        The kind is "number", "integer", "logical", "category", "date", "time",
        "text" or "unsupported"; the type is Arrow's name for it.
        """
        raise NotImplementedError

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
            for batch in self._read(path, list(readers), block_rows)
        )
        for parts in _portions(batches, block_rows):
            block = read_block(readers, parts)
            parts.clear()
            release_memory()
            yield block

    def _readers(self, columns):
        # How to read each column; texts remember their codes.
        columns = [columns] if isinstance(columns, str) else list(columns)
        known = {column["name"]: column for column in self.schema()}
        for name in columns:
            if name not in known:
                raise ValueError(f"{self._paths[0]!r} has no column {name!r}")
            if known[name]["kind"] == "unsupported":
                raise ValueError(
                    f"column {name!r} of {self._paths[0]!r} has the type"
                    f" {known[name]['type']}, which cannot be read"
                )
        return {
            name: self._reader(name, known[name]["kind"]) for name in columns
        }

    def _reader(self, name, kind):
        # What turns a list of Arrow arrays into a column.
        raise NotImplementedError

    def _read(self, path, columns, block_rows):
        # Generates record batches; more than `block_rows` rows are no use.
        raise NotImplementedError

    def _check_names(self, names, known, path):
        # `names` of the columns in `path`, those `known` from the first file.
        first = self.files[0]
        for name in {**dict.fromkeys(known), **dict.fromkeys(names)}:
            for has_not, file, other in [
                (name not in names, path, first),
                (name not in known, first, path),
            ]:
                if has_not:
                    raise ValueError(
                        f"{file!r} has no column {name!r}, but {other!r} has"
                    )

    def _check_rows(self, n_rows):
        if n_rows == 0:
            raise ValueError(f"{self._paths[0]!r} holds no rows")


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
            chunk = self._whole(chunk).dictionary_encode()
        lookup = self._lookup(chunk.dictionary)
        index = chunk.indices.cast(pa.int64()).fill_null(len(lookup) - 1)
        return lookup[index.to_numpy(zero_copy_only=False)]

    def _whole(self, chunk):
        import pyarrow as pa

        return chunk.cast(pa.large_string())

    def _texts(self, dictionary):
        # The texts of a dictionary, `None` for what counts as missing.
        return dictionary.to_pylist()

    def _lookup(self, dictionary):
        # Neighbouring chunks often share a dictionary, and it may be long.
        if self._last is None or not self._last[0].equals(dictionary):
            codes = [self._code(text) for text in self._texts(dictionary)]
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


def numbers(chunks):
    """Turns a list of Arrow arrays, not of text, into a column."""
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


def read_block(readers, parts):
    """Reads the columns of a list of record batches as one block."""
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


def _find(path, endings):
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
            if name.lower().endswith(endings) and name[0] not in "._"
        ]
    if not files:
        raise ValueError(f"the folder {path!r} holds no {endings[0]} file")
    return sorted(files)


def _keys(file, root):
    folders = os.path.relpath(os.path.dirname(file), root).split(os.sep)
    return [name.split("=")[0] for name in folders if "=" in name]


def release_memory():
    """Gives back what Arrow keeps of freed memory, for later."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
