"""Tables in CSV files, block by block, as plain arrays.

All fields are read as text and then become what their column holds, so that a
column whose last value is unlike the others is found out, not stumbled upon.

Needs pyarrow, an extra of this package, which is imported at first use.
"""

import codecs
import contextlib
import csv
import io
import os
import time

from deeply_backend.data import csv_values
from deeply_backend.data import file_table

# Bytes read and parsed at once; a row may not be longer. Arrow reads some
# thirty such blocks ahead.
BLOCK_BYTES = 2**22

# The names of the columns are looked for in so many.
HEADER_BYTES = 2**20


class CsvTable(file_table.FileTable):
    """The rows of CSV files with a header; see `FileTable`.

    What the columns hold is known when all rows have been looked at: this is
    done when it is first asked for, or with `look()`, bit by bit.

    A kind is "number", "logical", "date", "time" or "text", the one that all
    values of a column fit, as `csv_values` says. Text that is not UTF-8 is read
    as Latin-1, value by value.

    Args:
        paths: A file or folder, or a list of them. Compression is told by the
            end of the name.
        sep: What is between two fields.
        encoding: Of the files.
        known: What `found()` gave for the same files.
    """

    endings = (".csv", ".csv.gz")

    def __init__(self, paths, sep=",", encoding="utf-8", known=None):
        super().__init__(paths)
        self._sep = sep
        self._encoding = _codec(encoding)
        self._headers = {path: self._header(path) for path in self.files}
        self._names = self._headers[self.files[0]].names
        for path, header in self._headers.items():
            self._check_names(header.names, self._names, path)
        self._begin()
        if known is not None:
            self._looking = None
            self._rows = int(known["n_rows"])
            # Of other files the numbers may differ; then nothing is read.
            kinds = zip(self._guesses.values(), known["kinds"], strict=False)
            for guess, kind in kinds:
                guess.kind = kind

    def _begin(self):
        self._guesses = {name: csv_values.Guess() for name in self._names}
        self._rows = 0
        self._looking = self._look()

    @property
    def n_rows(self):
        """Number of rows."""
        self.look()
        return self._rows

    def schema(self):
        """Returns what `FileTable.schema()` says."""
        self.look()
        return [
            {"name": name, "kind": guess.kind, "type": guess.arrow_type}
            for name, guess in self._guesses.items()
        ]

    def found(self):
        """What was found out by looking, for a new table to start with."""
        return {
            "kinds": [column["kind"] for column in self.schema()],
            "n_rows": self.n_rows,
        }

    def look(self, seconds=float("inf")):
        """Looks at the rows, for some time or to the end.

        Returns:
            The share of the bytes that are done; 1 at the end.
        """
        until = time.monotonic() + seconds
        try:
            for done in self._looking or ():
                if time.monotonic() > until:
                    return min(done, 0.999)
        except Exception:
            self._begin()
            raise
        self._looking = None
        self._check_rows(self._rows)
        return 1.0

    def _look(self):
        before, total = 0, max(1, sum(self.sizes))
        for path, size in zip(self.files, self.sizes, strict=True):
            last = None
            for batch, position in self._batches(path, self._names):
                for name, guess in self._guesses.items():
                    guess.see(batch.column(name))
                if len(batch) > 0:
                    self._rows += len(batch)
                    last = batch.column(self._headers[path].names[-1])[-1]
                yield (before + position) / total
            self._check_closed(path, last)
            before += size

    def _check_closed(self, path, last):
        # A quote that nothing closes takes all lines to the end of the file
        # for one field, the last one.
        if last is None or not last.is_valid:
            return
        if b"\n" not in last.as_buffer().to_pybytes():
            return
        tail = b""
        with _stream(path) as stream:
            while more := stream.read(BLOCK_BYTES):
                tail = (tail + more)[-16:]
        if not tail.rstrip(b"\r\n\0").endswith(b'"'):
            raise ValueError(f"{path!r} has a quote that is never closed")

    def _reader(self, name, kind):
        if kind == "text":
            return csv_values.Texts(name)
        convert = csv_values.CONVERT[kind]
        return lambda chunks: file_table.numbers([convert(x) for x in chunks])

    def _read(self, path, columns, block_rows):
        for batch, _ in self._batches(path, columns):
            yield batch

    def _batches(self, path, columns):
        # Batches of text, and how many bytes of the file have been read.
        import pyarrow as pa
        import pyarrow.csv as pacsv

        header, ragged = self._headers[path], []

        def remember(row):
            ragged.append(row)
            return "error"

        options = {
            # Without threads, rows are counted.
            "read_options": pacsv.ReadOptions(
                use_threads=False,
                block_size=BLOCK_BYTES,
                column_names=header.names,
                skip_rows_after_names=header.rows,
                encoding=self._encoding,
            ),
            "parse_options": pacsv.ParseOptions(
                delimiter=self._sep,
                newlines_in_values=True,
                ignore_empty_lines=len(header.names) > 1,
                invalid_row_handler=remember,
            ),
            "convert_options": pacsv.ConvertOptions(
                column_types=dict.fromkeys(header.names, pa.string()),
                include_columns=list(columns),
                check_utf8=False,
                null_values=["NA"],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        }
        with (
            self._named(path, ragged),
            _raw(path) as raw,
            _unpacked(raw, path) as stream,
            pacsv.open_csv(stream, **options) as reader,
        ):
            for batch in reader:
                yield batch, raw.tell()

    @contextlib.contextmanager
    def _named(self, path, ragged):
        # What goes wrong in a file is said with its name.
        import pyarrow as pa

        try:
            yield
        except (OSError, UnicodeError, pa.ArrowException) as error:
            why = f"{path!r} cannot be read: {error}"
            if ragged:
                row = ragged[0]
                s = "s" if row.actual_columns > 1 else ""
                why = (
                    f"{path!r} has {row.actual_columns} field{s} in"
                    f" {self._place(path, row.number)}, but"
                    f" {row.expected_columns} columns: {row.text[:80]!r}"
                )
            elif "straddl" in str(error):
                why = (
                    f"{path!r} has a row of more than {BLOCK_BYTES >> 20} MB:"
                    " is a quote not closed?"
                )
            raise ValueError(why) from error

    def _place(self, path, number):
        # The line of a row: a row with line ends in quotes takes several.
        seen = 0
        with contextlib.suppress(csv.Error, UnicodeError), _stream(path) as raw:
            encoding = self._encoding
            lines = io.TextIOWrapper(raw, encoding, "replace", newline="")
            rows = csv.reader(lines, delimiter=self._sep)
            for row in rows:
                seen += len(row) > 0
                if seen == number:
                    return f"line {rows.line_num}"
        return f"row {number}"

    def _header(self, path):
        escape = "surrogateescape"
        with self._named(path, []), _stream(path) as stream:
            text = stream.read(HEADER_BYTES).decode(self._encoding, escape)
        rows = csv.reader(
            io.StringIO(text.removeprefix("\ufeff"), newline=""),
            delimiter=self._sep,
            skipinitialspace=self._sep != " ",
        )
        above, fields = next((x for x in enumerate(rows) if x[1]), (0, []))
        fields = [csv_values.decoded(x.encode("utf-8", escape)) for x in fields]
        header = Header(fields, above + 1)
        if not fields:
            raise ValueError(f"{path!r} is empty")
        for name in header.names:
            if header.names.count(name) > 1:
                raise ValueError(f"{path!r} has more than one column {name!r}")
        return header


class Header:
    """The names of the columns, and how many rows lie before the data."""

    def __init__(self, fields, rows):
        names = [field.strip() for field in fields]
        # As R's readers do.
        self.names = [name or f"V{i}" for i, name in enumerate(names, 1)]
        self.rows = rows


def _codec(encoding):
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        raise ValueError(f"there is no encoding {encoding!r}") from None
    return "utf-8" if name in ("ascii", "utf-8-sig") else name


def _raw(path):
    import pyarrow as pa

    return pa.OSFile(os.fspath(path))


def _unpacked(raw, path):
    import pyarrow as pa

    return pa.input_stream(raw, compression=_compression(path))


def _stream(path):
    import pyarrow as pa

    return pa.input_stream(path, compression=_compression(path))


def _compression(path):
    endings = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd"}
    return endings.get(os.path.splitext(path)[1].lower())
