"""What the fields of a CSV file mean: the rules of R's `data.table::fread()`.

A field is text, or null where the file says NA without quotes. White space
around it does not count.

Needs pyarrow, an extra of this package, which is imported at first use.
"""

from deeply_backend.data import file_table

BLANK = " \t"

# Spreadsheets write these where they could not count.
FAULTS = (
    *("#N/A", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"),
)

TRUTHS = ("FALSE", "False", "false", "TRUE", "True", "true")

# What a value that does not fit makes of a column.
NEXT = {
    "logical": "text",
    "number": "text",
    "date": "time",
    "time": "text",
}

ARROW_TYPES = {
    "logical": "bool",
    "number": "double",
    "date": "date32[day]",
    "time": "timestamp[us, tz=UTC]",
    "text": "string",
}

KINDS = tuple(ARROW_TYPES)


class Guess:
    """What a column holds, by the values that were seen.

    Attributes:
        kind: One of `KINDS`; "logical" if no value was seen, as in R.
    """

    def __init__(self):
        self.kind = "logical"
        self._empty = True
        self._spelling = None

    @property
    def arrow_type(self):
        """Arrow's name for the type of the values."""
        return ARROW_TYPES[self.kind]

    def see(self, texts):
        """Looks at more values: an Arrow array of text."""
        if self._empty:
            bare = _bare(texts)
            if bare.null_count == len(bare):
                return
            self._empty = False
            self.kind = next(kind for kind in KINDS if self._fits(kind, texts))
        while not self._fits(self.kind, texts):
            self.kind = NEXT[self.kind]

    def _fits(self, kind, texts):
        import pyarrow as pa

        if kind == "text":
            return True
        if kind == "logical":
            return self._fits_logical(_bare(texts))
        try:
            CONVERT[kind](texts)
        except pa.ArrowInvalid:
            return False
        return True

    def _fits_logical(self, bare):
        # All in one spelling: TRUE and true together are text.
        import pyarrow.compute as pc

        places = _truths(bare)
        if places.null_count > bare.null_count:
            return False
        seen = {x % 3 for x in pc.unique(places.drop_null()).to_pylist()}
        if self._spelling is not None:
            seen.add(self._spelling)
        if len(seen) > 1:
            return False
        self._spelling = next(iter(seen), self._spelling)
        return True


class Texts(file_table.Codes):
    """Codes of a column of text."""

    def _whole(self, chunk):
        return chunk

    def _texts(self, dictionary):
        import pyarrow as pa

        # As bytes, since they need not be UTF-8.
        return [_text(raw) for raw in dictionary.view(pa.binary()).to_pylist()]


def decoded(raw):
    """Bytes as text: UTF-8, or what is the same in any byte."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _text(raw):
    if raw is None:
        return None
    text = decoded(raw)
    bare = text.strip(BLANK)
    # What Arrow found blank or in quotes is meant so.
    return None if bare == "NA" and bare != text else bare


def _bare(texts, missing=("", "NA")):
    import pyarrow as pa
    import pyarrow.compute as pc

    bare = pc.ascii_trim(texts, BLANK)
    none = pa.scalar(None, bare.type)
    gone = pc.is_in(bare, value_set=pa.array(missing, bare.type))
    return pc.if_else(gone, none, bare)


def _numbers(texts):
    import pyarrow as pa

    try:
        return texts.cast(pa.float64())
    except pa.ArrowInvalid:
        return _bare(texts, ("", "NA", *FAULTS)).cast(pa.float64())


def _truths(bare):
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.index_in(bare, value_set=pa.array(TRUTHS, bare.type))


def _logicals(texts):
    import pyarrow.compute as pc

    return pc.greater_equal(_truths(_bare(texts)), 3)


def _dates(texts):
    import pyarrow as pa

    return _bare(texts).cast(pa.date32())


def _times(texts):
    import pyarrow as pa
    import pyarrow.compute as pc

    bare, utc = _bare(texts), pa.timestamp("us", "UTC")
    # A time has seconds, or is a date alone.
    length = pc.binary_length(bare)
    fine = pc.or_(pc.greater_equal(length, 19), pc.equal(length, 10))
    if not pc.all(fine, min_count=0).as_py():
        raise pa.ArrowInvalid("a time lacks its seconds")
    try:
        return bare.cast(pa.timestamp("us")).cast(utc)
    except pa.ArrowInvalid:
        pass
    bare = pc.replace_substring_regex(bare, r"(\.\d{6})\d+", r"\1")
    bare = pc.if_else(pc.equal(length, 10), _joined(bare, " 00:00:00"), bare)
    zoned = pc.match_substring_regex(
        bare, r":\d\d(\.\d*)?(Z|[+-]\d\d(:?\d\d)?)$"
    )
    return pc.if_else(zoned, bare, _joined(bare, "Z")).cast(utc)


def _joined(texts, end):
    import pyarrow.compute as pc

    return pc.binary_join_element_wise(texts, end, "")


# How the text of each kind is read, but for text itself.
CONVERT = {
    "logical": _logicals,
    "number": _numbers,
    "date": _dates,
    "time": _times,
}
