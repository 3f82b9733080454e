import errno
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from deeply_backend.data import disk_rows
from deeply_backend.data.disk_rows import DiskRows
from deeply_backend.data.rows import Rows

WIDTHS = [
    {"numeric": 3, "category": 2, "y": 1, "weights": 1},
    {"numeric": 0, "category": 1, "y": 1},
    {"numeric": 5},
    {"numeric": 2, "y": 3, "weights": 1},
]


def columns(widths, n, seed=0):
    generator = np.random.default_rng(seed)
    return {
        name: generator.integers(0, 10**6, (width, n)).astype(float)
        for name, width in widths.items()
    }


def part(blocks, first, n):
    return {name: block[:, first : first + n] for name, block in blocks.items()}


def assert_rows(got, blocks, index):
    assert list(got) == [name for name, x in blocks.items() if len(x) > 0]
    for name, array in got.items():
        want = blocks[name].T[index]
        if name in ("y", "weights") and len(blocks[name]) == 1:
            want = want[:, 0]
        np.testing.assert_array_equal(array, want)
        assert array.flags.c_contiguous
        assert array.dtype == (np.int32 if name == "category" else np.float32)


def written(path, widths, n, block=7):
    blocks = columns(widths, n)
    rows = DiskRows(path, n, widths)
    for first in reversed(range(0, n, block)):
        rows.write(first, part(blocks, first, block))
    return rows, blocks


@pytest.mark.parametrize("widths", WIDTHS)
@pytest.mark.parametrize("n", [1, 7, 50])
def test_what_is_written_is_read(tmp_path, widths, n, monkeypatch):
    monkeypatch.setattr(disk_rows, "CHUNK_BYTES", 100)
    rows, blocks = written(tmp_path / "rows", widths, n)
    assert len(rows) == n
    assert_rows(rows.read(0, n), blocks, np.arange(n))
    assert_rows(rows.read(n - 1, 1), blocks, [n - 1])
    assert_rows(rows.read(n // 2, 0), blocks, np.arange(0))
    assert os.path.getsize(tmp_path / "rows") == 4 * n * sum(widths.values())


@pytest.mark.parametrize("widths", WIDTHS)
@pytest.mark.parametrize("chunk", [1, 100, 2**20])
@pytest.mark.parametrize("gap", [0, 60, 2**20])
def test_scattered_rows_come_in_order(
    tmp_path, widths, chunk, gap, monkeypatch
):
    monkeypatch.setattr(disk_rows, "CHUNK_BYTES", chunk)
    monkeypatch.setattr(disk_rows, "GAP_BYTES", gap)
    rows, blocks = written(tmp_path / "rows", widths, 200)
    generator = np.random.default_rng(1)
    for size in (0, 1, 2, 30, 200, 500):
        index = generator.integers(0, 200, size)
        assert_rows(rows.take(index), blocks, index)
        small = index.astype(np.int32)
        front = rows.take(small[:3])
        both = np.concatenate([small[:3], small])
        assert_rows(rows.take(small, front), blocks, both)
    assert_rows(rows.take([3, 0]), blocks, [3, 0])


def test_neighbours_are_read_together(tmp_path, monkeypatch):
    rows, _ = written(tmp_path / "rows", {"numeric": 4}, 40_000, 40_000)
    reads = []
    read_bytes = rows._read_bytes
    monkeypatch.setattr(
        rows,
        "_read_bytes",
        lambda first, records: (
            reads.append((first, len(records))),
            read_bytes(first, records),
        ),
    )
    rows.take(np.random.default_rng(1).permutation(4096) + 100)
    rows.take([39_999, 5, 30_000, 8])
    assert reads == [(100, 4096), (5, 4), (30_000, 1), (39_999, 1)]


def test_the_file_takes_what_rows_in_memory_take(tmp_path):
    widths = {"numeric": 2, "category": 1}
    blocks = {
        "numeric": np.asfortranarray([[0.1, np.nan, 1e300], [3.0, -0.0, 2.5]]),
        "category": np.array([[0, 2**31 - 1, 7]]),
        "unknown": np.ones((1, 3)),
    }
    memory, disk = Rows(3, widths), DiskRows(tmp_path / "rows", 3, widths)
    with np.errstate(over="ignore"):
        memory.write(0, blocks)
        disk.write(0.0, blocks)
    for name, array in disk.read(0, 3).items():
        assert array.tobytes() == memory.read(0, 3)[name].tobytes()


def test_inputs_may_come_one_by_one(tmp_path):
    rows, blocks = written(tmp_path / "rows", WIDTHS[0], 20)
    blocks["y"][:, 5:8] = [[1, 2, 3]]
    rows.write(5, {"y": np.array([1.0, 2.0, 3.0])})
    rows.write(0, {"other": np.ones((1, 20))})
    assert_rows(rows.read(0, 20), blocks, np.arange(20))


def test_another_process_reads_a_finished_file(tmp_path):
    rows, blocks = written(tmp_path / "rows", WIDTHS[1], 30)
    rows.flush()
    rows.close()
    again = DiskRows.open(tmp_path / "rows")
    assert_rows(again.take([29, 3]), blocks, [29, 3])
    with pytest.raises(OSError, match="not open for writing"):
        again.write(0, part(blocks, 0, 1))
    again.close()
    code = (
        "from deeply_backend.data.disk_rows import DiskRows;"
        f"rows = DiskRows.open({str(tmp_path / 'rows')!r});"
        "print(len(rows), rows.read(0, 30)['category'].sum())"
    )
    out = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert out.split() == ["30", str(int(blocks["category"].sum()))]


def test_a_file_that_is_not_whole_is_refused(tmp_path):
    path = str(tmp_path / "rows")
    with pytest.raises(FileNotFoundError, match=f"no rows: '{path}'"):
        DiskRows.open(path)
    rows, blocks = written(path, {"numeric": 5}, 30)
    with pytest.raises(ValueError, match="rows' was not finished: there is no"):
        DiskRows.open(path)
    rows.flush()
    os.truncate(path, 500)
    with pytest.raises(ValueError, match="600 bytes expected, 500 found"):
        rows.read(0, 30)
    with pytest.raises(ValueError, match="600 bytes expected, 500 found"):
        DiskRows.open(path)
    (tmp_path / "rows.json").write_text('{"n_rows": 30}')
    with pytest.raises(ValueError, match="does not describe rows"):
        DiskRows.open(path)


def test_a_file_begun_again_is_not_finished(tmp_path):
    rows, _ = written(tmp_path / "rows", {"numeric": 5}, 30)
    rows.flush()
    rows.close()
    DiskRows(tmp_path / "rows", 30, {"numeric": 5}).close()
    with pytest.raises(ValueError, match="was not finished"):
        DiskRows.open(tmp_path / "rows")


def test_rows_outside_the_file_are_refused(tmp_path):
    rows, blocks = written(tmp_path / "rows", {"numeric": 5}, 30)
    message = "rows 28 to 30 are not all in '.*rows', which holds rows 0 to 29"
    with pytest.raises(IndexError, match=message):
        rows.read(28, 3)
    with pytest.raises(IndexError, match="rows 28 to 30 "):
        rows.write(28, part(blocks, 0, 3))
    with pytest.raises(IndexError, match="rows -1 to 4 "):
        rows.take([4, -1])


def test_a_disk_without_room_is_met_at_once(tmp_path):
    path = tmp_path / "rows"
    n_rows = shutil.disk_usage(tmp_path).total // 4
    message = f"the rows need {n_rows * 8} bytes, the disk has [0-9]+ left"
    with pytest.raises(OSError, match=message) as caught:
        DiskRows(path, n_rows, {"numeric": 2})
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.filename == str(path)
    assert not path.exists()


def test_a_disk_that_fills_up_meanwhile_is_named(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    rows = DiskRows(tmp_path / "rows", 3, {"numeric": 2})
    rows._file.close()
    rows._file = type("Full", (), {"seek": len, "write": full})()
    monkeypatch.setattr(rows._file, "seek", lambda _: None, raising=False)
    with pytest.raises(OSError, match="rows need 24 bytes.*rows'"):
        rows.write(0, {"numeric": np.ones((2, 3))})
    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(OSError, match="rows need 24 bytes.*rows'"):
        DiskRows(tmp_path / "rows", 3, {"numeric": 2})


@pytest.mark.parametrize("code", [errno.EOPNOTSUPP, None])
def test_a_disk_that_reserves_nothing_will_do(tmp_path, code, monkeypatch):
    def refuse(*_):
        raise OSError(code, os.strerror(code))

    if code is None:
        monkeypatch.delattr(os, "posix_fallocate", raising=False)
    else:
        monkeypatch.setattr(os, "posix_fallocate", refuse, raising=False)
    rows, blocks = written(tmp_path / "rows", {"numeric": 2}, 9)
    assert_rows(rows.read(0, 9), blocks, np.arange(9))
