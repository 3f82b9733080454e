"""Encoded rows on disk, for data that does not fit in memory.

A file of records of one size, one a row, its inputs side by side. Rows are
read, not mapped: mapped pages count as the process's own memory, which is what
this is here to save.
"""

import contextlib
import errno
import itertools
import json
import os
import shutil
import threading

import numpy as np

from deeply_backend.data.rows import DTYPES
from deeply_backend.data.rows import aligned_empty
from deeply_backend.data.rows import as_vector

# What is read at once. Reading the rows in between is faster than a second
# read where they are fewer bytes than a gap.
CHUNK_BYTES = 4 * 2**20
GAP_BYTES = 64 * 2**10

# Reads that the system knows of in advance: 30-50 % faster from a cold disk.
AHEAD = 4

# Some file systems, macOS and Windows reserve nothing; there a file gets its
# size alone.
NOT_RESERVED = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)


class DiskRows:
    """The rows of a model in a file: what `Rows` is in memory.

    The file gets its full size at once, so that a full disk is met here and
    not in the middle of the data. It can be opened again only after `flush()`:
    a file that its writer did not finish is never taken for a whole one.

    Args:
        path: Where to write; what is there is overwritten.
        n_rows: Number of rows.
        widths: Dict of input name to number of columns; an input without
            columns is left out.

    Raises:
        OSError: With `ENOSPC` if the disk has no room for the rows.
    """

    def __init__(self, path, n_rows, widths):
        self._describe(path, n_rows, widths)
        if os.path.exists(_about(self.path)):
            os.remove(_about(self.path))
        self._file = _create(self.path, self.nbytes)

    @classmethod
    def open(cls, path):
        """Opens a finished file to read from, in this process or a later one.

        Raises:
            OSError: If there is no such file.
            ValueError: If the file is not finished or not whole.
        """
        path = os.fspath(path)
        if not os.path.exists(path):
            raise FileNotFoundError(errno.ENOENT, "there are no rows", path)
        rows = cls.__new__(cls)
        rows._describe(path, *_read_about(path))
        _check_size(path, rows.nbytes)
        rows._file = open(path, "rb", buffering=0)  # noqa: SIM115
        return rows

    def _describe(self, path, n_rows, widths):
        self.path = os.fspath(path)
        self.widths = {k: int(width) for k, width in widths.items() if width}
        self._n_rows = int(n_rows)
        self._record = np.dtype(
            [(name, DTYPES[name], (n,)) for name, n in self.widths.items()]
        )
        # The same bytes, an input one item: rows move faster whole.
        self._items = np.dtype(
            [
                (name, f"V{np.dtype(DTYPES[name]).itemsize * n}")
                for name, n in self.widths.items()
            ]
        )
        self.nbytes = self._n_rows * self._record.itemsize
        # A position in the file belongs to one read or write at a time.
        self._lock = threading.Lock()

    def write(self, first, blocks):
        """Casts blocks of rows and writes them; other inputs stay.

        Args:
            first: Index of the first row written, from 0.
            blocks: Dict of input name to an array `(columns, rows)`; a single
                column may be 1-D.
        """
        rows = {
            name: block.T
            for name, block in blocks.items()
            if name in self.widths
        }
        if not rows:
            return
        first, n = int(first), len(next(iter(rows.values())))
        self._check_range(first, first + n)
        records = np.empty(n, self._record)
        if len(rows) < len(self.widths):
            self._read_bytes(first, records)
        for name, array in rows.items():
            records[name] = array.reshape(n, -1)
        self._write_bytes(first, records)

    def read(self, first, n, names=None):
        """Returns `n` rows from row `first` on, as a dict of arrays.

        Args:
            first: Index of the first row.
            n: Number of rows.
            names: Which arrays; `None` is all.
        """
        first, n = int(first), int(n)
        self._check_range(first, first + n)
        arrays = self._empty(n, names)
        items = self._as_items(arrays)
        step = self._chunk_rows()
        scratch = np.empty(min(step, n), self._items)
        for start in range(0, n, step):
            chunk = scratch[: min(step, n - start)]
            self._read_bytes(first + start, chunk)
            for name, item in items.items():
                item[start : start + len(chunk)] = chunk[name]
        return self._shaped(arrays)

    def take(self, index, front=None):
        """Returns the given rows, in the order given, as a dict of arrays.

        The file is read from its start to its end, neighbours together.

        Args:
            index: Array of row numbers.
            front: Dict of arrays as this method returns them: rows that come
                before the taken ones.
        """
        index = np.asarray(index)
        if len(index) > 0:
            self._check_range(int(index.min()), int(index.max()) + 1)
        n_front = len(next(iter(front.values()))) if front else 0
        arrays = self._empty(n_front + len(index))
        for name, rows in (front or {}).items():
            arrays[name][:n_front] = rows.reshape(n_front, self.widths[name])
        self._scatter(index, n_front, self._as_items(arrays))
        return self._shaped(arrays)

    def _scatter(self, index, n_front, items):
        places = np.argsort(index)
        rows = index[places]
        places += n_front
        scratch = np.empty(self._chunk_rows(), self._items)
        runs = self._runs(rows)
        self._announce(rows, runs[:AHEAD])
        for i, (start, stop) in enumerate(runs):
            self._announce(rows, runs[i + AHEAD : i + AHEAD + 1])
            run = rows[start:stop]
            low = run[0]
            chunk = scratch[: run[-1] - low + 1]
            self._read_bytes(int(low), chunk)
            for name, item in items.items():
                item[places[start:stop]] = chunk[name][run - low]

    def _runs(self, rows):
        # Bounds of the stretches of sorted row numbers that are read at once:
        # each lies within one chunk of the file and has no wide gap.
        chunk = rows // self._chunk_rows()
        gap = GAP_BYTES // self._record.itemsize + 1
        cut = (np.diff(chunk) > 0) | (np.diff(rows) > gap)
        bounds = [0, *(np.flatnonzero(cut) + 1).tolist(), len(rows)]
        return list(itertools.pairwise(bounds)) if len(rows) else []

    def _announce(self, rows, runs):
        # The disk fetches the next runs while this one is put in its places.
        if hasattr(os, "posix_fadvise"):
            size = self._record.itemsize
            for start, stop in runs:
                low, high = int(rows[start]), int(rows[stop - 1]) + 1
                os.posix_fadvise(
                    self._file.fileno(),
                    low * size,
                    (high - low) * size,
                    os.POSIX_FADV_WILLNEED,
                )

    def flush(self):
        """Brings the rows to the disk and lets `open()` find them."""
        os.fsync(self._file.fileno())
        draft = _about(self.path) + ".part"
        with open(draft, "w", encoding="utf-8") as file:
            json.dump({"n_rows": len(self), "widths": self.widths}, file)
        os.replace(draft, _about(self.path))

    def close(self):
        """Closes the file, which stays where it is."""
        self._file.close()

    def __len__(self):
        return self._n_rows

    def _chunk_rows(self):
        return max(1, CHUNK_BYTES // self._record.itemsize)

    def _check_range(self, first, end):
        if first < 0 or end > len(self):
            raise IndexError(
                f"rows {first} to {end - 1} are not all in {self.path!r},"
                f" which holds rows 0 to {len(self) - 1}"
            )

    def _empty(self, n, names=None):
        return {
            name: aligned_empty((n, self.widths[name]), self._record[name].base)
            for name in names or self.widths
        }

    def _as_items(self, arrays):
        return {
            name: array.reshape(-1).view(self._items[name])
            for name, array in arrays.items()
        }

    def _shaped(self, arrays):
        return {name: as_vector(name, array) for name, array in arrays.items()}

    def _read_bytes(self, first, records):
        offset = first * self._record.itemsize
        left = memoryview(records.view(np.uint8))
        with self._lock:
            self._file.seek(offset)
            while left:
                count = self._file.readinto(left)
                if not count:
                    _check_size(self.path, self.nbytes)
                    raise OSError(errno.EIO, "rows cannot be read", self.path)
                left = left[count:]

    def _write_bytes(self, first, records):
        left = memoryview(records.view(np.uint8))
        with self._lock, _space_named(self.path, self.nbytes):
            self._file.seek(first * self._record.itemsize)
            while left:
                left = left[self._file.write(left) :]


@contextlib.contextmanager
def _space_named(path, nbytes):
    # A full disk is no help without the name of the file and its needs.
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        reason = (
            f"the rows need {nbytes} bytes, the disk has {_free(path)} left"
        )
        raise OSError(errno.ENOSPC, reason, path) from error


def _free(path):
    return shutil.disk_usage(os.path.dirname(os.path.abspath(path))).free


def _create(path, nbytes):
    file = open(path, "w+b", buffering=0)  # noqa: SIM115
    try:
        with _space_named(path, nbytes):
            _reserve(file, path, nbytes)
    except BaseException:
        file.close()
        os.remove(path)
        raise
    return file


def _reserve(file, path, nbytes):
    if nbytes > _free(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
    try:
        os.posix_fallocate(file.fileno(), 0, nbytes)
    except (AttributeError, OSError) as error:
        if getattr(error, "errno", errno.EINVAL) not in NOT_RESERVED:
            raise
        file.truncate(nbytes)


def _about(path):
    return f"{path}.json"


def _read_about(path):
    try:
        with open(_about(path), encoding="utf-8") as file:
            about = json.load(file)
        return about["n_rows"], about["widths"]
    except FileNotFoundError:
        raise ValueError(
            f"{path!r} was not finished: there is no {_about(path)!r}"
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{_about(path)!r} does not describe rows: {error!r}"
        ) from None


def _check_size(path, expected):
    found = os.path.getsize(path)
    if found != expected:
        raise ValueError(
            f"{path!r} is not whole: {expected} bytes expected, {found} found"
        )
