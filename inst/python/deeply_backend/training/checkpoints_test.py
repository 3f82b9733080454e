import errno
import math
import os
import subprocess
import sys
import textwrap

import ml_dtypes
import numpy as np
import pytest

import deeply_backend
from deeply_backend.training import checkpoints
from deeply_backend.training.checkpoints import CheckpointError

CONTENT = {
    "engine": {
        "trainable": [
            np.arange(6, dtype=np.float32).reshape(2, 3),
            np.zeros((0, 4), np.float32),
        ],
        "slots": [(np.float32([[1.5]]), np.int64([-(2**62)])), ()],
        "seed": np.uint32([2**32 - 1, 7]),
        "mask": np.array([True, False]),
        "count": np.int32(3),
        "doubles": np.float64([np.pi, np.inf, np.nan, -0.0]),
    },
    "history": {"loss": [0.1, 1e-300, math.inf, -math.inf], "epoch": [1, 2]},
    "nested": (None, (None, [None, ("a", "naïve \N{SNOWMAN}")]), True, False),
    "best_score": math.inf,
    "best_weights": None,
    "big": 2**70,
    "": {},
}


def assert_same(got, expected):
    """The same values in the same types, to the bit."""
    if isinstance(expected, np.ndarray | np.generic):
        assert got.dtype == expected.dtype
        assert got.shape == expected.shape
        assert got.tobytes() == expected.tobytes()
        return
    assert type(got) is type(expected)
    if isinstance(expected, dict):
        assert list(got) == list(expected)
        got, expected = got.values(), expected.values()
    if isinstance(expected, str | int | float | None):
        assert got == expected
        return
    for a, b in zip(got, expected, strict=True):
        assert_same(a, b)


def spoil(folder, name, change):
    path = os.path.join(folder, name)
    with open(path, "rb") as file:
        whole = file.read()
    with open(path, "wb") as file:
        file.write(change(bytearray(whole)))


def name_of(number):
    return f"checkpoint-{number:012d}.npz"


@pytest.fixture
def two(tmp_path):
    """A folder with the checkpoints 1 and 2."""
    folder = tmp_path / "two"
    folder.mkdir()
    for number in (1, 2):
        checkpoints.save(
            folder, number, {"number": number, "x": np.arange(5000.0)}
        )
    return folder


def test_what_is_saved_is_loaded_to_the_bit(tmp_path):
    checkpoints.save(tmp_path, 0, CONTENT)
    loaded, spoiled = checkpoints.load(tmp_path)
    assert_same(loaded, CONTENT)
    assert spoiled == []


def test_half_precision_comes_back_in_a_type_that_holds_it(tmp_path):
    values = np.array([1.5, -3e38, 0.1], ml_dtypes.bfloat16)
    checkpoints.save(tmp_path, 0, [values])
    (loaded,), _ = checkpoints.load(tmp_path)
    np.testing.assert_array_equal(
        loaded.astype(ml_dtypes.bfloat16).view(np.uint16),
        values.view(np.uint16),
    )


def test_the_last_two_are_kept(tmp_path):
    for number in (0, 5, 10, 1000):
        checkpoints.save(tmp_path, number, {"number": number})
        assert checkpoints.load(tmp_path)[0] == {"number": number}
    assert sorted(os.listdir(tmp_path)) == [name_of(10), name_of(1000)]


def test_the_same_number_again_replaces_the_first(two):
    checkpoints.save(two, 2, {"number": 2.5})
    assert sorted(os.listdir(two)) == [name_of(1), name_of(2)]
    assert checkpoints.load(two)[0] == {"number": 2.5}


def test_other_files_in_the_folder_are_left_alone(two):
    names = ["run.rds", "rows.bin", "checkpoint-1.npz", "checkpoint.npz"]
    for name in names:
        (two / name).write_text("mine")
    checkpoints.save(two, 3, {"number": 3})
    assert checkpoints.load(two)[0] == {"number": 3}
    assert set(names) < set(os.listdir(two))


@pytest.mark.parametrize("share", [0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.9999])
def test_a_cut_off_checkpoint_gives_way_to_the_one_before(two, share):
    spoil(two, name_of(2), lambda x: x[: int(share * len(x))])
    loaded, spoiled = checkpoints.load(two)
    assert loaded["number"] == 1
    assert spoiled == [name_of(2)]


def test_a_flipped_byte_in_the_numbers_is_seen(two):
    def flip(whole):
        whole[len(whole) // 2] ^= 1
        return whole

    spoil(two, name_of(2), flip)
    loaded, spoiled = checkpoints.load(two)
    assert loaded["number"] == 1
    assert spoiled == [name_of(2)]


def test_a_flipped_byte_never_gives_other_content(tmp_path):
    # Some bytes say nothing, such as the date of a member.
    checkpoints.save(tmp_path, 1, {"number": 1})
    checkpoints.save(tmp_path, 2, CONTENT)
    path = tmp_path / name_of(2)
    whole = path.read_bytes()
    positions = range(0, len(whole), 7)
    fell_back = 0
    for position in positions:
        changed = bytearray(whole)
        changed[position] ^= 0x81
        path.write_bytes(changed)
        loaded, spoiled = checkpoints.load(tmp_path)
        if spoiled:
            assert loaded == {"number": 1}
            fell_back += 1
        else:
            assert_same(loaded, CONTENT)
    assert fell_back > len(positions) / 2


@pytest.mark.parametrize("junk", [b"", b"PK", b"\x93NUMPY", b"[1, 2]" * 100])
def test_another_file_in_a_checkpoints_place_is_seen(two, junk):
    (two / name_of(2)).write_bytes(junk)
    assert checkpoints.load(two)[1] == [name_of(2)]


def test_if_all_are_damaged_all_are_named(two):
    for number in (1, 2):
        spoil(two, name_of(number), lambda x: x[:-5])
    with pytest.raises(CheckpointError, match="are damaged") as caught:
        checkpoints.load(two)
    assert f"{name_of(2)}, {name_of(1)}" in str(caught.value)


@pytest.mark.parametrize("folder", [".", "missing", "a_file"])
def test_where_there_is_none_it_says_so(tmp_path, folder):
    (tmp_path / "a_file").write_text("")
    (tmp_path / "checkpoint-000000000001.npz.part").write_text("")
    path = os.path.join(tmp_path, folder)
    with pytest.raises(CheckpointError, match="there is no checkpoint in"):
        checkpoints.load(path)


def test_a_new_run_wants_a_folder_of_its_own(two):
    checkpoints.check_new(two.parent)
    checkpoints.check_new(two / "missing")
    with pytest.raises(CheckpointError, match="of another run"):
        checkpoints.check_new(two)


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_what_was_there(two, step, monkeypatch):
    def fail(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = {name: (two / name).read_bytes() for name in os.listdir(two)}
    with monkeypatch.context() as patch:
        patch.setattr(os, step, fail)
        with pytest.raises(CheckpointError) as caught:
            checkpoints.save(two, 3, CONTENT)
    assert str(caught.value).endswith(
        f"{name_of(3)}' could not be written: No space left on device"
    )
    after = {name: (two / name).read_bytes() for name in os.listdir(two)}
    assert after == before


def test_a_full_disk_leaves_what_was_there_and_says_nothing_else(two):
    pytest.importorskip("resource")
    script = """
        import resource
        import signal
        import sys

        import numpy as np

        from deeply_backend.training import checkpoints

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
        try:
            checkpoints.save(sys.argv[1], 3, {"x": np.zeros(40_000)})
        except checkpoints.CheckpointError:
            print("told")
    """
    root = os.path.dirname(os.path.dirname(deeply_backend.__file__))
    checkpoints.save(two.parent, 3, {"x": np.zeros(40_000)})
    size = os.path.getsize(two.parent / name_of(3))
    # In the first bytes, in the middle, in the table of contents.
    for limit in (10, size // 2, size - 10):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script), two, str(limit)],
            cwd=root,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (done.stdout, done.stderr) == ("told\n", "")
        assert sorted(os.listdir(two)) == [name_of(1), name_of(2)]
        assert checkpoints.load(two)[0]["number"] == 2


@pytest.mark.parametrize("folder", ["missing", "a_file"])
def test_what_is_no_folder_cannot_be_written_to(tmp_path, folder):
    (tmp_path / "a_file").write_text("")
    with pytest.raises(CheckpointError, match="could not be written"):
        checkpoints.save(tmp_path / folder, 1, CONTENT)


def test_a_draft_that_a_killed_process_left_is_cleared_away(two):
    (two / (name_of(2) + ".part")).write_bytes(b"half")
    (two / "other.part").write_text("mine")
    assert checkpoints.load(two)[0]["number"] == 2
    checkpoints.save(two, 3, {"number": 3})
    assert sorted(os.listdir(two)) == [name_of(2), name_of(3), "other.part"]


def test_content_that_cannot_be_read_again_is_not_written(tmp_path):
    for content in [np.array([{}, None]), {"x": object()}]:
        with pytest.raises((TypeError, ValueError)):
            checkpoints.save(tmp_path, 1, content)
