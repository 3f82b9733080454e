import gzip
import os

import numpy as np
import pytest

from deeply_backend.data import csv_files
from deeply_backend.data import csv_values
from deeply_backend.data.csv_files import CsvTable

# Newer ones refuse an older NumPy with an ImportError.
pytest.importorskip("pyarrow", exc_type=ImportError)

NAN = np.nan


def save(path, text, encoding="utf-8"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
    return path


def read(table, columns=None, block_rows=1000):
    """All rows: a list a column, of numbers or texts."""
    columns = columns or [column["name"] for column in table.schema()]
    whole = {name: [] for name in columns}
    levels = {name: [None] for name in columns}
    for block in table.blocks(columns, block_rows):
        for name, column in block.items():
            values = column["values"].tolist()
            if "levels" in column:
                levels[name] += column["levels"]
                values = [levels[name][code] for code in values]
            whole[name] += values
    return whole


def kinds(table):
    return [column["kind"] for column in table.schema()]


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(csv_files, "BLOCK_BYTES", 64)


MIXED = """size,open,town,day,when,odd
1.5,TRUE, York ,2024-02-29,2024-02-29 13:45:10,1
NA,NA,NA,NA,NA,NA
,,,,,
-2,FALSE,"a, ""b""
c",1969-07-20,1969-07-20T20:17:40.25Z,x
"1e10", TRUE,"NA", 1970-01-01,1970-01-02,
"""


def test_each_kind_becomes_numbers_or_codes(tmp_path):
    table = CsvTable(save(tmp_path / "a.csv", MIXED))
    assert table.n_rows == 5
    assert kinds(table) == ["number", "logical", "text", "date", "time", "text"]
    assert table.schema()[3] == {
        "name": "day",
        "kind": "date",
        "type": "date32[day]",
    }
    whole = read(table)
    np.testing.assert_array_equal(whole["size"], [1.5, NAN, NAN, -2, 1e10])
    np.testing.assert_array_equal(whole["open"], [1, NAN, NAN, 0, 1])
    assert whole["town"] == ["York", None, "", 'a, "b"\nc', "NA"]
    np.testing.assert_array_equal(whole["day"], [19782, NAN, NAN, -165, 0])
    np.testing.assert_array_equal(
        whole["when"], [1709214310, NAN, NAN, -14182939.75, 86400]
    )
    assert whole["odd"] == ["1", None, "", "x", ""]


@pytest.mark.parametrize("block_rows", [1, 3, 1000])
def test_blocks_hold_all_rows_in_order(tmp_path, small_blocks, block_rows):
    n = 500
    rows = [f"{i},w{i % 7},{'TRUE' if i % 2 else 'FALSE'}" for i in range(n)]
    save(tmp_path / "1.csv", "i,w,b\n" + "\n".join(rows[:200]))
    flipped = ["{1},{0},{2}".format(*row.split(",")) for row in rows[200:]]
    text = "w,i,b\r\n" + "\r\n".join(flipped) + "\r\n"
    with gzip.open(tmp_path / "2.csv.gz", "wt", newline="") as file:
        file.write(text)
    table = CsvTable(tmp_path)
    assert [os.path.basename(f) for f in table.files] == ["1.csv", "2.csv.gz"]
    assert table.n_rows == n
    lengths = [len(b["i"]["values"]) for b in table.blocks(["i"], block_rows)]
    assert lengths[:-1] == [block_rows] * (len(lengths) - 1)
    whole = read(table, ["b", "i", "w"], block_rows)
    assert whole["i"] == list(range(n))
    assert whole["w"] == [f"w{i % 7}" for i in range(n)]
    assert whole["b"] == [i % 2 for i in range(n)]


@pytest.mark.parametrize(
    "values, kind, want",
    [
        (["1", "2.5"], "number", [1, 2.5]),
        (["007", "+5", ".5", "1."], "number", [7, 5, 0.5, 1]),
        (["9007199254740993", "-1"], "number", [2.0**53, -1]),
        (["1", "nan", "-inf", "#N/A"], "number", [1, NAN, -np.inf, NAN]),
        (["0x1F", "1"], "text", ["0x1F", "1"]),
        (["1", "word"], "text", ["1", "word"]),
        (["", "NA", "3"], "number", [NAN, NAN, 3]),
        ([" 4\t", "  ", " NA"], "number", [4, NAN, NAN]),
        (["", "NA"], "logical", [NAN, NAN]),
        (["", "true", "false"], "logical", [NAN, 1, 0]),
        (["True", "False"], "logical", [1, 0]),
        (["TRUE", "false"], "text", ["TRUE", "false"]),
        (["TRUE", "1"], "text", ["TRUE", "1"]),
        (["T", "F"], "text", ["T", "F"]),
        (["2024-02-30"], "text", ["2024-02-30"]),
        (["1970-01-03", "1970-01-03 00:00:01"], "time", [172800, 172801]),
        (["1970-01-03", "5"], "text", ["1970-01-03", "5"]),
        (
            [
                "1970-01-01T01:00:00+01:00",
                "1970-01-01T00:00:00.1234567Z",
                "1970-01-01 00:01:00",
                "1970-01-02",
            ],
            "time",
            [0, 0.123456, 60, 86400],
        ),
        (["1970-01-01 00:01"], "text", ["1970-01-01 00:01"]),
        (["12:30:00"], "text", ["12:30:00"]),
        ([" NA", " y ", '"NA"'], "text", [None, "y", "NA"]),
        (["Inf", "x"], "text", ["Inf", "x"]),
    ],
)
@pytest.mark.parametrize("gap", [0, 100])
def test_a_column_is_what_all_values_are(
    tmp_path, small_blocks, values, kind, want, gap
):
    # In one block, or each value in a block of its own.
    filler = "NA,0\n" * gap
    text = "a,b\n" + filler.join(f"{value},1\n" for value in values)
    table = CsvTable(save(tmp_path / "a.csv", text))
    assert kinds(table) == [kind, "number"]
    found = read(table)
    found = [a for a, b in zip(found["a"], found["b"], strict=True) if b == 1]
    if kind == "text":
        assert found == want
    else:
        np.testing.assert_array_equal(found, want)


def test_what_was_found_is_not_looked_for_again(tmp_path, monkeypatch):
    path = save(tmp_path / "a.csv", MIXED)
    table = CsvTable(path)
    found = table.found()
    monkeypatch.setattr(csv_values.Guess, "see", lambda *_: 1 / 0)
    again = CsvTable(path, known=found)
    assert again.schema() == table.schema() and again.n_rows == 5
    assert read(again)["town"] == read(table)["town"]
    assert (again.sizes, again.times) == (table.sizes, table.times)
    assert table.sizes == [len(MIXED)]


def test_looking_can_be_done_bit_by_bit(tmp_path, small_blocks):
    table = CsvTable(save(tmp_path / "a.csv", "a,b\n" + "1,x\n" * 1000))
    shares = []
    while not shares or shares[-1] < 1:
        shares.append(table.look(0))
    assert shares == sorted(shares) and len(shares) > 10
    assert table.n_rows == 1000


@pytest.mark.parametrize("sep", [";", "\t", "|", " "])
def test_fields_can_be_separated_otherwise(tmp_path, sep):
    text = f'a{sep}"b"\n1,5{sep}"x{sep}y"\n2{sep}z\n'
    whole = read(CsvTable(save(tmp_path / "a.txt", text), sep=sep))
    assert whole == {"a": ["1,5", "2"], "b": [f"x{sep}y", "z"]}


def test_bytes_are_read_as_they_are_meant(tmp_path):
    text = "größe,town\n1,Évora\n2,Łódź\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "iso-8859-2"):
        path = save(tmp_path / "a.csv", text.replace("É", "Ď"), encoding)
        whole = read(CsvTable(path, encoding=encoding))
        assert whole == {"größe": [1, 2], "town": ["Ďvora", "Łódź"]}
    path = save(tmp_path / "a.csv", text, "utf-8-sig")
    assert list(read(CsvTable(path))) == ["größe", "town"]
    # Nothing is said, and the bytes are a mixture.
    mixed = "größe,town\n1,Évora\n".encode("latin-1") + "2,Łódź\n".encode()
    whole = read(CsvTable(save(tmp_path / "a.csv", mixed)))
    assert whole == {"größe": [1, 2], "town": ["Évora", "Łódź"]}
    with pytest.raises(ValueError, match="no encoding 'klingon'"):
        CsvTable(path, encoding="klingon")
    save(path, "a,b\n1,\x81\n", "latin-1")
    with pytest.raises(ValueError, match="a.csv' cannot be read: .*0x81"):
        CsvTable(path, encoding="cp1252").look()


def test_the_header_names_the_columns(tmp_path):
    text = '\n\n, "my ""x""" ,a\nb,"two\nlines"\n1,2,3,4\n'.replace(
        "a\nb", "ab"
    )
    table = CsvTable(save(tmp_path / "a.csv", text))
    assert read(table) == {
        "V1": [1],
        'my "x"': [2],
        "ab": [3],
        "two\nlines": [4],
    }
    with pytest.raises(ValueError, match="a.csv' has more than one column 'x'"):
        CsvTable(save(tmp_path / "a.csv", "x,y, x\n1,2,3\n"))
    with pytest.raises(ValueError, match="a.csv' is empty"):
        CsvTable(save(tmp_path / "a.csv", "\n"))
    with pytest.raises(ValueError, match="a.csv' holds no rows"):
        CsvTable(save(tmp_path / "a.csv", "x,y\n")).look()


def test_one_column_may_be_empty_in_a_row(tmp_path):
    table = CsvTable(save(tmp_path / "a.csv", "x\n1\n\n3\n"))
    np.testing.assert_array_equal(read(table)["x"], [1, NAN, 3])


@pytest.mark.parametrize("end", ["3", "3,4,5"])
def test_a_ragged_row_is_named(tmp_path, small_blocks, end):
    text = 'a,b\n1,2\n\n"x\ny",2\n' + "5,6\n" * 50 + end + "\n5,6\n"
    table = CsvTable(save(tmp_path / "a.csv", text))
    message = (
        f"a.csv' has {len(end) // 2 + 1} field.? in line 56, but 2 columns"
    )
    for _ in range(2):
        with pytest.raises(ValueError, match=f"{message}: '{end}'"):
            table.look()
    path = tmp_path / "b.csv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    with pytest.raises(ValueError, match="field.? in line 56, but 2 columns"):
        CsvTable(path).look()


def test_a_quote_that_is_not_closed_is_told(tmp_path, monkeypatch):
    text = 'a,b\n1,"2\n' + "3,4\n" * 100
    path = save(tmp_path / "a.csv", text)
    with pytest.raises(ValueError, match="a.csv' has a quote that is never cl"):
        CsvTable(path).look()
    monkeypatch.setattr(csv_files, "BLOCK_BYTES", 64)
    with pytest.raises(ValueError, match="a row of more than .* quote not cl"):
        CsvTable(path).look()
    fine = save(tmp_path / "b.csv", 'a,b\n1,"2\n3"\n\n')
    assert read(CsvTable(fine))["b"] == ["2\n3"]


def test_a_broken_file_is_named(tmp_path):
    path = tmp_path / "a.csv.gz"
    whole = gzip.compress(b"a,b\n" + os.urandom(30_000).hex().encode() + b",1")
    path.write_bytes(whole[:20_000])
    with pytest.raises(ValueError, match="a.csv.gz' cannot be read: "):
        CsvTable(path).look()
    path.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(ValueError, match="a.csv.gz' cannot be read: "):
        CsvTable(path)
    save(tmp_path / "1.csv", "a,b\n1,2\n")
    path.unlink()
    save(tmp_path / "2.csv", "a\n1\n")
    with pytest.raises(ValueError, match="2.csv' has no column 'b', but"):
        CsvTable(tmp_path)


def test_a_pass_can_end_before_its_end(tmp_path, small_blocks):
    table = CsvTable(save(tmp_path / "a.csv", "a,b\n" + "1,x\n" * 1000))
    for _ in range(20):
        blocks = table.blocks(["a"], 5)
        assert len(next(blocks)["a"]["values"]) == 5
        blocks.close()


def test_the_bridge_takes_back_what_it_found(tmp_path):
    from deeply_backend import bridge

    path = str(save(tmp_path / "a.csv", MIXED.replace(",", ";")))
    table = bridge.csv(path, ";", "UTF-8")
    assert bridge.csv_look(table) == 1
    about = bridge.table_about(table)
    assert about["sizes"].tolist() == [len(MIXED)]
    places = [csv_values.KINDS.index(x["kind"]) for x in about["columns"]]
    known = {"kinds": np.array(places), "n_rows": 5}
    again = bridge.csv(path, ";", "UTF-8", known)
    assert bridge.table_about(again)["columns"] == about["columns"]
    reading = bridge.table_blocks(again, 0, 2)
    assert bridge.table_next(reading)[0]["values"][0] == 1.5
    bridge.table_close(reading)
    # One column arrives as a bare number.
    one = str(save(tmp_path / "b.csv", "x\n1\n"))
    table = bridge.csv(one, ",", "UTF-8", {"kinds": 1, "n_rows": 1})
    assert table.schema()[0]["kind"] == "number"
