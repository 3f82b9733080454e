import datetime
import os
import subprocess
import sys

import numpy as np
import pytest

from deeply_backend.data import file_table
from deeply_backend.data import parquet
from deeply_backend.data.parquet import ParquetTable

# Newer ones refuse an older NumPy with an ImportError.
pa = pytest.importorskip("pyarrow", exc_type=ImportError)
pq = pytest.importorskip("pyarrow.parquet")


def save(path, table, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(table, dict):
        table = pa.table(table)
    pq.write_table(table, path, **options)
    return path


def factor(levels, codes):
    codes = pa.array(codes, pa.int8())
    return pa.DictionaryArray.from_arrays(codes, pa.array(levels))


def joined(blocks):
    """Blocks as one: values behind one another, levels too."""
    blocks = list(blocks)
    whole = {}
    for name, column in blocks[0].items():
        columns = [block[name] for block in blocks]
        whole[name] = {"values": np.concatenate([x["values"] for x in columns])}
        if "levels" in column:
            levels = [level for x in columns for level in x["levels"]]
            whole[name]["levels"] = levels
    return whole


def texts(column):
    levels = [None, *column["levels"]]
    return [levels[code] for code in column["values"]]


def test_each_kind_becomes_numbers_or_codes(tmp_path):
    when = datetime.datetime(1969, 12, 31, 23, 59, 58, 500_000)
    day = datetime.date(1970, 1, 11)
    columns = {
        "double": (pa.array([1.5, None, np.nan]), "number"),
        "half": (pa.array(np.array([1.5, 2, 3], np.float16)), "number"),
        "decimal": (pa.array([1, None, 3], pa.decimal128(9, 2)), "number"),
        "Int.64": (pa.array([2**40, None, -3]), "integer"),
        "tiny": (pa.array([0, 1, 255], pa.uint8()), "integer"),
        "logical": (pa.array([True, None, False]), "logical"),
        "day": (pa.array([day, None, day]), "date"),
        "day64": (pa.array([day, None, day], pa.date64()), "date"),
        "ns": (pa.array([when, None, when], pa.timestamp("ns")), "time"),
        "utc": (
            pa.array([when, None, when], pa.timestamp("ms", "UTC")),
            "time",
        ),
        "coded day": (pa.array([day, None, day]).dictionary_encode(), "date"),
        "text": (pa.array(["b", None, "é"]), "text"),
        "large": (pa.array(["b", "", "b"], pa.large_string()), "text"),
        "factor": (factor(["x", "y", "z"], [2, None, 0]), "category"),
        "list": (pa.array([[1], [2], None]), "unsupported"),
        "bytes": (pa.array([b"1", b"2", None]), "unsupported"),
        "empty": (pa.nulls(3), "unsupported"),
    }
    path = tmp_path / "all.parquet"
    save(path, {name: array for name, (array, _) in columns.items()})
    table = ParquetTable(path)
    assert {x["name"]: x["kind"] for x in table.schema()} == {
        name: kind for name, (_, kind) in columns.items()
    }
    assert table.schema()[0]["type"] == "double"
    usable = [x["name"] for x in table.schema() if x["kind"] != "unsupported"]
    (block,) = table.blocks(usable, 10)
    assert list(block) == usable
    nan = np.nan
    for name, want in {
        "double": [1.5, nan, nan],
        "half": [1.5, 2, 3],
        "decimal": [1, nan, 3],
        "Int.64": [2.0**40, nan, -3],
        "tiny": [0, 1, 255],
        "logical": [1, nan, 0],
        "day": [10, nan, 10],
        "day64": [10, nan, 10],
        "ns": [-1.5, nan, -1.5],
        "utc": [-1.5, nan, -1.5],
        "coded day": [10, nan, 10],
    }.items():
        values, missing = block[name]["values"], block[name]["missing"]
        assert values.dtype == np.float64
        np.testing.assert_array_equal(values, want)
        if np.isnan(want).any():
            np.testing.assert_array_equal(missing, np.isnan(want))
        else:
            assert missing is None
    for name, codes, levels in [
        ("text", [1, 0, 2], ["b", "é"]),
        ("large", [1, 2, 1], ["b", ""]),
        ("factor", [3, 0, 1], ["x", "y", "z"]),
    ]:
        assert block[name]["values"].dtype == np.int32
        np.testing.assert_array_equal(block[name]["values"], codes)
        assert block[name]["levels"] == levels
    np.testing.assert_array_equal(
        block["text"]["missing"], [False, True, False]
    )


def folder_of_parts(folder, sizes, seed=0):
    """Parts with row groups of 7; returns all rows as one table."""
    generator = np.random.default_rng(seed)
    parts = []
    for k, n in enumerate(sizes):
        text = generator.integers(0, 30 * (k + 1), n)
        part = pa.table(
            {
                "x": generator.normal(size=n),
                "text": pa.array([f"t{i}" if i else None for i in text]),
                "factor": factor(
                    [f"f{i + k}" for i in range(5)], generator.integers(0, 5, n)
                ),
            }
        )
        save(folder / f"{k}" / f"part-{k}.parquet", part, row_group_size=7)
        parts.append(part)
    return parts


@pytest.mark.parametrize("block_rows", [1, 7, 10, 64, 1000])
@pytest.mark.parametrize("sizes", [[1], [64], [65, 0, 3], [20, 50, 30]])
def test_blocks_hold_all_rows_in_order(tmp_path, block_rows, sizes):
    parts = folder_of_parts(tmp_path, sizes)
    table = ParquetTable(str(tmp_path))
    n = sum(sizes)
    assert table.n_rows == n
    blocks = list(table.blocks(["factor", "x", "text"], float(block_rows)))
    lengths = [len(block["x"]["values"]) for block in blocks]
    assert lengths[:-1] == [block_rows] * (
        n // block_rows - (n % block_rows == 0)
    )
    whole = joined(blocks)
    want = {
        name: [value for part in parts for value in part[name].to_pylist()]
        for name in ("x", "text", "factor")
    }
    np.testing.assert_array_equal(whole["x"]["values"], want["x"])
    assert texts(whole["text"]) == want["text"]
    assert texts(whole["factor"]) == want["factor"]
    for name in ("text", "factor"):
        levels = whole[name]["levels"]
        assert len(levels) == len(set(levels))
    again = joined(table.blocks(["factor", "x", "text"], 5))
    np.testing.assert_array_equal(
        again["text"]["values"], whole["text"]["values"]
    )
    assert again["factor"]["levels"] == whole["factor"]["levels"]


def test_a_block_never_waits_for_a_level(tmp_path):
    folder_of_parts(tmp_path, [50, 60])
    known = 0
    for block in ParquetTable(tmp_path).blocks("text", 9):
        known += len(block["text"]["levels"])
        assert block["text"]["values"].max() <= known
    assert known > 20


def test_levels_keep_the_order_of_the_factor(tmp_path):
    save(tmp_path / "1.parquet", {"f": factor(["lo", "mid", "hi"], [2, 2, 0])})
    save(tmp_path / "2.parquet", {"f": factor(["hi", "top", "lo"], [1, 0, 2])})
    whole = joined(ParquetTable(tmp_path).blocks(["f"], 2))["f"]
    assert whole["levels"] == ["lo", "mid", "hi", "top"]
    assert texts(whole) == ["hi", "hi", "lo", "top", "hi", "lo"]


def test_names_with_dots_are_names(tmp_path):
    save(tmp_path / "1.parquet", {"a.b": [1.0], "a": [2.0], "b": [3.0]})
    (block,) = ParquetTable(tmp_path).blocks(["a", "a.b"], 1)
    assert [x["values"][0] for x in block.values()] == [2, 1]


@pytest.mark.parametrize("n", [1, 10, 99, 100, 1000])
@pytest.mark.parametrize("groups", [1, 4, 16])
def test_a_sample_is_rows_of_the_table(tmp_path, n, groups, monkeypatch):
    monkeypatch.setattr(parquet, "SAMPLE_GROUPS", groups)
    monkeypatch.setattr(parquet, "BATCH_ROWS", 3)
    parts = folder_of_parts(tmp_path, [20, 50, 0, 30])
    rows = [row for part in parts for row in part.to_pylist()]
    place = {row["x"]: i for i, row in enumerate(rows)}
    table = ParquetTable(tmp_path)
    seen = set()
    for seed in range(5):
        block = table.sample(["x", "text", "factor"], n, seed)
        index = [place[x] for x in block["x"]["values"]]
        assert len(index) == min(n, 100)
        assert index == sorted(set(index))
        assert texts(block["text"]) == [rows[i]["text"] for i in index]
        assert texts(block["factor"]) == [rows[i]["factor"] for i in index]
        again = table.sample("x", n, seed)
        assert again["x"]["values"].tolist() == block["x"]["values"].tolist()
        seen.update(index)
    assert len(seen) >= min(100, 2 * n)


def test_a_sample_reads_a_few_row_groups(tmp_path, monkeypatch):
    save(tmp_path / "1.parquet", {"x": range(10_000)}, row_group_size=100)
    table = ParquetTable(tmp_path)
    read, asked = table._read, []
    monkeypatch.setattr(
        table, "_read", lambda *args: (asked.append(args[3][0]), read(*args))[1]
    )
    rows = table.sample("x", 200, 1)["x"]["values"]
    assert len(asked) == len(set(rows // 100)) == 16
    assert np.ptp(asked) > 50
    asked.clear()
    table.sample("x", 1950, 1)
    assert len(asked) == 20


def test_what_is_no_data_is_passed_over(tmp_path):
    save(tmp_path / "y=1" / "z=b" / "1.parquet", {"x": [1]})
    save(tmp_path / "y=2" / "z=b" / "1.parquet", {"x": [2]})
    for name in (".hidden.parquet", "_temporary/2.parquet", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("no data")
    table = ParquetTable(tmp_path)
    assert [os.path.relpath(f, tmp_path) for f in table.files] == [
        os.path.join("y=1", "z=b", "1.parquet"),
        os.path.join("y=2", "z=b", "1.parquet"),
    ]
    assert table.partitions == ["y", "z"]
    swapped = ParquetTable(table.files[::-1])
    assert joined(swapped.blocks("x", 5))["x"]["values"].tolist() == [2, 1]
    assert swapped.partitions == []


def test_a_part_may_have_an_empty_column(tmp_path):
    save(tmp_path / "1.parquet", {"a": pa.nulls(2), "b": ["u", None]})
    save(tmp_path / "2.parquet", {"b": pa.nulls(2), "a": [1.0, 2.0]})
    table = ParquetTable(tmp_path)
    assert [x["kind"] for x in table.schema()] == ["number", "text"]
    whole = joined(table.blocks(["a", "b"], 3))
    np.testing.assert_array_equal(
        whole["a"]["values"], [np.nan, np.nan, 1.0, 2.0]
    )
    assert texts(whole["b"]) == ["u", None, None, None]


@pytest.mark.parametrize(
    "second, message",
    [
        (
            {"a": [1.0]},
            "'.*2.parquet' has no column 'b', but '.*1.parquet' has",
        ),
        (
            {"a": [1.0], "b": ["u"], "c": [1]},
            "'.*1.parquet' has no column 'c', but '.*2.parquet' has",
        ),
        (
            {"a": ["u"], "b": ["u"]},
            "'a' has the type string in '.*2.parquet', but double in '.*1.par",
        ),
    ],
)
def test_files_that_do_not_fit_together_are_named(tmp_path, second, message):
    save(tmp_path / "1.parquet", {"a": [1.0], "b": ["u"]})
    save(tmp_path / "2.parquet", second)
    with pytest.raises(ValueError, match=message):
        ParquetTable(tmp_path)


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(OSError, match="no file or folder '.*nowhere'"):
        ParquetTable(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="folder '.*' holds no .parquet file"):
        ParquetTable(tmp_path)
    save(tmp_path / "1.parquet", {"x": pa.array([], pa.int32())})
    with pytest.raises(ValueError, match="' holds no rows"):
        ParquetTable(tmp_path)
    save(tmp_path / "1.parquet", {"x": [1], "l": [[1]]})
    table = ParquetTable(tmp_path)
    with pytest.raises(ValueError, match="' has no column 'y'"):
        next(table.blocks(["x", "y"], 5))
    with pytest.raises(ValueError, match="'l' of '.*' has the type list<"):
        table.sample(["l"], 5, 1)
    twice = pa.table([[1], [2]], names=["x", "x"])
    save(tmp_path / "1.parquet", twice)
    with pytest.raises(ValueError, match="has more than one column 'x'"):
        ParquetTable(tmp_path)


def test_a_broken_file_is_named(tmp_path):
    path = tmp_path / "1.parquet"
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(ValueError, match="'.*1.parquet' cannot be read: "):
        ParquetTable(tmp_path)
    save(path, {"x": np.arange(1e5)}, use_dictionary=False)
    table = ParquetTable(tmp_path)
    with open(path, "r+b") as file:
        file.write(bytes(1000))
    with pytest.raises(ValueError, match="'.*1.parquet' cannot be read: "):
        list(table.blocks("x", 1000))
    path.unlink()
    with pytest.raises(ValueError, match="'.*1.parquet' cannot be read: "):
        list(table.blocks("x", 1000))


def test_too_many_texts_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(file_table, "MAX_LEVELS", 3)
    save(tmp_path / "1.parquet", {"t": list("abcabc"), "u": list("abcdef")})
    table = ParquetTable(tmp_path)
    assert len(list(table.blocks("t", 2))) == 3
    with pytest.raises(ValueError, match="'u' has more than 3 different texts"):
        list(table.blocks("u", 2))


MEASURE = """
import sys
from deeply_backend.data.parquet import ParquetTable

def peak():
    with open("/proc/self/status") as file:
        lines = dict(line.split(":", 1) for line in file)
    return int(lines["VmHWM"].split()[0]) / 1024

table = ParquetTable(sys.argv[1])
columns = [column["name"] for column in table.schema()]
table.sample(columns[:1], 1, 1)
before = peak()
rows = sum(len(b["x0"]["values"]) for b in table.blocks(columns, 20_000))
print(rows, peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
def test_memory_does_not_grow_with_the_table(tmp_path):
    # 2 files of one row group each, 200 MB as the blocks hold them.
    n = 600_000
    generator = np.random.default_rng(1)
    for k in range(2):
        part = {
            f"x{i}": generator.integers(0, 2**62, n).view(np.float64)
            for i in range(19)
        }
        part["t"] = np.array(["this", "that"])[generator.integers(0, 2, n)]
        save(
            tmp_path / f"{k}.parquet",
            part,
            use_dictionary=["t"],
            compression="none",
        )
    assert os.path.getsize(tmp_path / "0.parquet") > 90e6
    out = subprocess.check_output(
        [sys.executable, "-c", MEASURE, str(tmp_path)], text=True
    )
    rows, grown = out.split()
    assert int(rows) == 2 * n
    assert float(grown) < 100
    print(grown)


def test_the_bridge_hands_out_blocks_by_the_places_of_columns(tmp_path):
    from deeply_backend import bridge

    save(tmp_path / "year=1" / "a.parquet", {"x": [1.5, None], "t": ["u", "v"]})
    table = bridge.parquet(str(tmp_path))
    about = bridge.table_about(table)
    assert about["n_rows"] == 2
    assert [column["name"] for column in about["columns"]] == ["x", "t"]
    assert about["partitions"] == ["year"]
    reading = bridge.table_blocks(table, np.array([1, 0]), 1)
    text, number = bridge.table_next(reading)
    assert text["values"].tolist() == [1] and text["levels"] == ["u"]
    assert number["values"].tolist() == [1.5] and "missing" not in number
    text, number = bridge.table_next(reading)
    assert text["values"].tolist() == [2] and text["levels"] == ["v"]
    assert np.isnan(number["values"]).all()
    assert bridge.table_next(reading) is None
    # One column arrives as a bare number.
    reading = bridge.table_blocks(table, 0, 1)
    assert len(bridge.table_next(reading)) == 1
    bridge.table_close(reading)
    assert bridge.table_next(reading) is None
