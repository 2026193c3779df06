"""Tables of the notebook in a message."""

import re
import time
from datetime import datetime, timedelta, timezone

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from runware_magic.chat.attached import Attached
from runware_magic.chat.parts import TextPart
from runware_magic.errors import PromptError
from runware_magic.prompt.values import frames
from runware_magic.prompt.values.insert import insert
from runware_magic.prompt.values.inserted import DEFAULT_LIMITS, Inserted, ValueLimits

SMALL = ValueLimits(max_rows=4, max_columns=3)


class Wordless:
    """Cannot be shown."""

    def __repr__(self):
        raise ValueError


def sent(value, limits=DEFAULT_LIMITS):
    """Return the text that is sent for a value, and what readers are told of it."""
    inserted = insert(value, "df", limits)
    (part,) = inserted.parts
    return part.text, inserted.attached


MIXED = pd.DataFrame(
    {
        "number": [1.0, 0.1 + 0.2, None],
        "text": ["a|b", "line\nline", None],
        "day": [pd.Timestamp("2026-01-01"), pd.Timestamp("2026-02-03 10:00"), None],
        "kind": pd.Categorical(["u", "v", None]),
        "any": [Wordless(), {"a": [1, {"b": "c|d"}]}, b"\0"],
        "count": [1, 2, 3],
        "maybe": pd.array([1, None, 3], dtype="Int64"),
    },
    index=["x", "y", "z"],
)


def test_a_dataframe_is_a_markdown_table_with_its_types():
    """Missing values, times, categories and objects without a text are readable; what means markup is escaped."""
    assert sent(MIXED) == (
        "|  | number (float64) | text (str) | day (datetime64[us]) | kind (category) | any (object) | count (int64) | "
        "maybe (Int64) |\n"
        "| --- | ---: | --- | --- | --- | --- | ---: | ---: |\n"
        "| x | 1.0 | a\\|b | 2026-01-01 00:00:00 | u | (no text: ValueError) | 1 | 1 |\n"
        "| y | 0.3 | line\\nline | 2026-02-03 10:00:00 | v | {'a': [1, {'b': 'c\\|d'}]} | 2 | NA |\n"
        "| z | NaN | NaN | NaT | NaN | b'\\x00' | 3 | 3 |".replace("(str)", f"({MIXED.text.dtype})"),
        Attached("df", "table", (3, 7)),
    )


def test_what_is_cut_is_said_in_one_line():
    """Head and tail are shown, of rows and of columns."""
    text, attached = sent(pd.DataFrame(np.arange(12_000).reshape(1_000, 12)), SMALL)
    assert text == (
        "|  | 0 (int64) | 1 (int64) | … | 11 (int64) |\n"
        "| --- | ---: | ---: | --- | ---: |\n"
        "| 0 | 0 | 1 | … | 11 |\n"
        "| 1 | 12 | 13 | … | 23 |\n"
        "| … | … | … | … | … |\n"
        "| 998 | 11976 | 11977 | … | 11987 |\n"
        "| 999 | 11988 | 11989 | … | 11999 |\n"
        "\n"
        "1,000 × 12; 996 rows and 9 columns not shown"
    )
    assert attached == Attached("df", "table", (1000, 12), cut=True)


def test_a_series_is_a_table_of_one_column():
    """With its labels and its type."""
    series = pd.Series([1, 2], index=pd.Index(["a", "b"]), name="n")
    assert sent(series) == (
        "|  | n (int64) |\n| --- | ---: |\n| a | 1 |\n| b | 2 |",
        Attached("df", "table", (2, 1)),
    )


def test_labels_of_several_levels_are_told_apart():
    """In columns and rows."""
    index = pd.MultiIndex.from_tuples([("a|", 1), ("b", 2)])
    text, _ = sent(pd.DataFrame([[1, 2], [3, 4]], index=index, columns=index))
    assert text.splitlines()[0] == "|  | a\\| / 1 (int64) | b / 2 (int64) |"
    assert text.splitlines()[2] == "| a\\| / 1 | 1 | 2 |"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (
            pl.DataFrame({"a": [1, None], "b": ["x", "y"]}),
            "| a (Int64) | b (String) |\n| ---: | --- |\n| 1 | x |\n| None | y |",
        ),
        (pl.Series("a", [1.5]), "| a (Float64) |\n| ---: |\n| 1.5 |"),
        (
            np.array([[1, 2], [3, 4]], "i4"),
            "|  | 0 | 1 |\n| --- | ---: | ---: |\n| 0 | 1 | 2 |\n| 1 | 3 | 4 |\n\n2 × 2 int32",
        ),
        (np.array([["2026-01-01"]], "M8[D]"), "|  | 0 |\n| --- | --- |\n| 0 | 2026-01-01 |\n\n1 × 1 datetime64[D]"),
        (pd.DataFrame(), "0 × 0"),
        (pd.DataFrame(index=[1, 2]), "2 × 0"),
        (pd.DataFrame({"a": pd.Series([], dtype="int64")}), "|  | a (int64) |\n| --- | ---: |\n\n0 × 1"),
    ],
    ids=["polars", "polars series", "array", "array of dates", "nothing", "no columns", "no rows"],
)
def test_tables_of_other_kinds(value, text):
    """A table without labels has none; an array has one type."""
    assert sent(value)[0] == text


class Arrow:
    """A table of a library that is not known here, with Arrow's protocol."""

    def __init__(self, frame):
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema=None):
        return self._frame.__arrow_c_stream__(requested_schema)


class Interchanged:
    """A table of such a library, with the protocol of DataFrames."""

    def __init__(self, frame):
        self._frame = frame

    def __dataframe__(self, **options):
        return self._frame.__dataframe__(**options)


def test_a_table_of_another_library_is_read_by_its_protocol():
    """Whichever it has."""
    assert sent(Arrow(pl.DataFrame({"a": [1]})))[0] == "| a (Int64) |\n| ---: |\n| 1 |"
    assert sent(Interchanged(pd.DataFrame({"a": [1]})))[0] == "|  | a (int64) |\n| --- | ---: |\n| 0 | 1 |"


def test_a_column_of_another_library_is_its_text():
    """It has Arrow's protocol as a table has, but no columns."""

    class Column:
        def __arrow_c_stream__(self, requested_schema=None):
            return pl.Series([1]).__arrow_c_stream__(requested_schema)

    column = Column()
    assert insert(column, "c", DEFAULT_LIMITS) == Inserted((TextPart(str(column)),))


def test_a_number_has_no_more_digits_than_it_has():
    """Not those of a wider one."""
    assert sent(pd.Series([0.1], dtype="float32"))[0].endswith("| 0 | 0.1 |")
    assert sent(pd.DataFrame({"a": [3], "b": [0.5]}))[0].endswith("| 0 | 3 | 0.5 |")
    assert sent(pl.Series([1 / 7, 12345678901.25]))[0].endswith("| 0.1428571429 |\n| 12345678901.25 |")


def test_a_table_that_nothing_can_read_is_an_error_in_one_line(monkeypatch):
    """It names what to install."""
    readers = [(protocol, "not_there", function, of) for protocol, _, function, of in frames._READERS]
    monkeypatch.setattr(frames, "_READERS", readers)
    with pytest.raises(PromptError, match=r"^df is a table of .*, which cannot be read here. Install pyarrow"):
        sent(Arrow(pl.DataFrame({"a": [1]})))


class Broken(pd.DataFrame):
    """Cannot be read."""

    @property
    def iloc(self):  # noqa: D102  # as in pandas
        message = "no\nsuch luck"
        raise OSError(message)


def test_a_table_that_raises_is_an_error_in_one_line():
    """Such as one whose database is gone."""
    with pytest.raises(PromptError, match=r"^df: reading the table raised OSError: no such luck. "):
        sent(Broken({"a": [1]}))


@pytest.mark.fuzz
def test_only_what_is_shown_of_a_large_table_is_formatted():
    """Ten million rows take less than 0.2 s, and none but the shown ones is asked for its text."""
    asked = []

    class Counted:
        def __str__(self):
            asked.append(self)
            return "x"

    rows = 10_000_000
    labels = np.full(rows, Counted(), dtype=object)
    large = pd.DataFrame({"a": np.arange(rows), "b": labels, "c": np.zeros(rows)})
    begun = time.process_time()
    text, attached = sent(large)
    assert time.process_time() - begun < 0.2
    assert len(asked) == 20
    assert attached.shape == (rows, 3)
    assert text.endswith("\n\n10,000,000 × 3; 9,999,980 rows not shown")


def test_long_cells_are_cut_and_it_is_said():
    """Also nested ones, of which only the beginning is formatted."""
    text, attached = sent(pl.DataFrame({"a": ["x" * 1_000_000], "b": [list(range(1_000_000))]}))
    assert len(text) < 500
    assert text.endswith("x… | [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, ...] |\n\n1 × 2; long cells end in …")
    assert attached.cut


def test_a_table_has_no_more_characters_than_an_attachment_may_have():
    """Fewer rows are shown then, and it is said."""
    limits = ValueLimits(max_attachment=2_000)
    text, attached = sent(pl.DataFrame({"a": ["x" * 70] * 100, "b": ["y" * 70] * 100}), limits)
    assert 1_000 < len(text) <= 2_000
    assert attached == Attached("df", "table", (100, 2), cut=True)
    shown = sum(line.startswith("| x") for line in text.splitlines())
    assert text.endswith(f"100 × 2; {100 - shown} rows not shown")


_COLUMNS = st.one_of(
    st.tuples(st.just("object"), st.lists(st.text(max_size=8) | st.none() | st.floats() | st.integers(), min_size=9)),
    st.tuples(st.just("float64"), st.lists(st.floats(), min_size=9)),
    st.tuples(st.just("bool"), st.lists(st.booleans(), min_size=9)),
    st.tuples(st.just("category"), st.lists(st.sampled_from("ab|\n"), min_size=9)),
    st.tuples(
        st.just("datetime64[ns, UTC]"),
        st.lists(
            st.integers(0, 10**6).map(lambda at: datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(at / 999)),
            min_size=9,
        ),
    ),
)
_LIMITS = st.builds(ValueLimits, max_rows=st.integers(2, 12), max_columns=st.integers(2, 6))


@st.composite
def tables(draw):
    """Return a frame or an array of any size, with any names and values."""
    rows, width = draw(st.integers(0, 9)), draw(st.integers(0, 8))
    if draw(st.booleans()):
        return np.array(draw(st.lists(st.floats(), min_size=72, max_size=72))[: rows * width]).reshape(rows, width)
    columns = [draw(_COLUMNS) for _ in range(width)]
    data = [pd.Series(values[:rows], dtype=dtype) for dtype, values in columns]
    frame = pd.concat(data, axis=1) if data else pd.DataFrame(index=range(rows))
    frame.columns = [draw(st.text(max_size=6) | st.integers()) for _ in range(width)]
    return frame


@given(tables(), _LIMITS)
def test_any_table_is_a_table_of_as_many_cells_as_it_says(value, limits):
    """A reader of Markdown finds the rows and columns that are shown, whatever is in them; the rest is said."""
    text, attached = sent(value, limits)
    rows, columns = value.shape
    shown = min(rows, limits.max_rows), min(columns, limits.max_columns)
    assert attached.shape == (rows, columns)
    html = MarkdownIt("js-default").render(text)
    if columns:
        cells = shown[1] + 1 + (columns > shown[1])
        assert html.count("<th") - html.count("<thead") == cells
        assert html.count("<td") == cells * (shown[0] + (rows > shown[0]))
        assert html.count("<table>") == 1
    left = re.search(r"(?:([\d,]+) rows?)?(?: and )?(?:([\d,]+) columns?)? not shown", text)
    assert tuple(int(part or 0) for part in (left.groups() if left else (0, 0))) == (
        rows - shown[0],
        columns - shown[1],
    )
    assert attached.cut >= (rows > shown[0] or columns > shown[1])
