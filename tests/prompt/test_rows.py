"""What counts as rows, and what a row is between the braces."""

import itertools
import json
import pickle
import sqlite3
from types import SimpleNamespace

import pytest

from runware_magic.errors import OptionError
from runware_magic.prompt.rows import Fields, Row, each_row, rows_of
from runware_magic.prompt.template import to_messages


class PandasFrame:
    """What a DataFrame of pandas can do, as far as it matters."""

    columns = ("name", "population", "items")

    def itertuples(self, *, index, name):
        """Give the rows, led by their labels."""
        assert (index, name) == (True, None)
        return iter([("no", "Oslo", 717_710, [1]), (("pe", 2), "Lima", 10, [2])])

    def __iter__(self):
        """Give the names of the columns, as pandas does."""
        return iter(self.columns)


class PandasSeries:
    """What a Series of pandas can do, as far as it matters."""

    index = ("no", 2)

    def items(self):
        """Give the values, led by their labels."""
        return zip(self.index, ["Oslo", {"name": "Lima"}], strict=True)

    def __iter__(self):
        """Give the values alone, as pandas does."""
        return iter(["Oslo", {"name": "Lima"}])


class PolarsFrame:
    """What a DataFrame of Polars can do, as far as it matters."""

    columns = ("name",)

    def iter_rows(self, *, named):
        """Give the rows as dicts."""
        assert named
        return iter([{"name": "Oslo"}, {"name": "Lima"}])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["a", 2, None], [("1", "a"), ("2", 2), ("3", None)]),
        (("a",), [("1", "a")]),
        ({"no": "Oslo", 2: ["Lima"]}, [("no", "Oslo"), ("2", ["Lima"])]),
        ((letter for letter in "ab"), [("1", "a"), ("2", "b")]),
        (range(2), [("1", 0), ("2", 1)]),
        ([{"name": "Oslo"}], [("1", {"name": "Oslo"})]),
        (
            PandasFrame(),
            [
                ("no", {"name": "Oslo", "population": 717_710, "items": [1]}),
                ("('pe', 2)", {"name": "Lima", "population": 10, "items": [2]}),
            ],
        ),
        (PolarsFrame(), [("1", {"name": "Oslo"}), ("2", {"name": "Lima"})]),
        (PandasSeries(), [("no", "Oslo"), ("2", {"name": "Lima"})]),
    ],
)
def test_lists_dicts_and_frames_are_rows(value, expected):
    """Each with what tables call it."""
    assert rows_of(value, "rows") == tuple(Row(key, entry) for key, entry in expected)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("Oslo", "cities must be a list, dict or DataFrame, not a value of type str."),
        (b"Oslo", "not a value of type bytes."),
        (5, "not a value of type int."),
        (None, "not a value of type NoneType."),
        ([], "cities has no rows."),
        ({}, "cities has no rows."),
        (iter(()), "cities has no rows."),
    ],
)
def test_anything_else_is_an_error_in_one_line(value, said):
    """It names what came, and says what rows are; a text is not taken for its letters."""
    with pytest.raises(OptionError) as caught:
        rows_of(value, "cities")
    assert said in str(caught.value)
    assert caught.value.hint


class Unreadable:
    """Something that says it has rows, and cannot give them."""

    def __iter__(self):
        """Fail, as a numpy array without dimensions does."""
        msg = "iteration over a 0-d array"
        raise TypeError(msg)


def rows_that_end(error):
    """Give two rows, then an error."""
    yield from "ab"
    raise error


class SilentError(Exception):
    """An error whose own text cannot be had."""

    def __str__(self):
        """Fail."""
        raise ValueError


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (rows_that_end(sqlite3.OperationalError("no such table: cities")), "row 3 raised OperationalError: no such ta"),
        (rows_that_end(OptionError("That is none.")), "row 3 raised OptionError: That is none."),
        (rows_that_end(SilentError()), "row 3 raised SilentError: its text cannot be read (ValueError)."),
        (Unreadable(), "row 1 raised TypeError: iteration over a 0-d array."),
    ],
)
def test_rows_that_break_off_are_an_error_in_one_line(value, said):
    """It names what was to be read, the row and the error; the rows before are not asked about alone."""
    with pytest.raises(OptionError) as caught:
        rows_of(value, "cursor")
    assert str(caught.value).startswith(f"cursor: {said}")
    assert caught.value.hint


def test_a_long_expression_is_not_repeated_whole():
    """In an error it only has to be recognised."""
    with pytest.raises(OptionError) as caught:
        rows_of([], "x" * 1000)
    assert len(str(caught.value)) < 150


def test_rows_without_end_can_be_read_one_by_one():
    """Nothing is taken before it is asked for; that something is no rows shows at once."""
    rows = each_row(itertools.count(), "rows")
    assert [row.value for row in itertools.islice(rows, 3)] == [0, 1, 2]
    with pytest.raises(OptionError):
        each_row("text", "rows")


CITY = {"name": "Oslo", "items": 3, "where": {"lat": 59.9}, "two words": 2}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ row.name }} {{ row['name'] }} {{ row[\"two words\"] }}", "Oslo Oslo 2"),
        ("{{ row.items }} {{ row.where.lat:.0f }} {{ row.get('x', 1) }}", "3 60 1"),
        ("{{ row }}", str(CITY)),
        ("{{ row!r}}", repr(CITY)),
        ("{{ json.dumps(row.where) }}", '{"lat": 59.9}'),
        ("{{ len(row) }} {{ 'name' in row }} {{ dict(row) == row }}", "4 True True"),
    ],
)
def test_a_dict_in_a_row_has_its_entries_as_attributes(template, text):
    """And stays a dict in everything else; an entry goes before a method of the same name."""
    (row,) = rows_of([CITY], "rows")
    known = {"row": row.value, "json": json}
    assert to_messages(template, lambda source: eval(source, known))[0].content == text  # noqa: S307


def test_a_missing_entry_is_named_with_the_nearest():
    """Else it is told what there is."""
    row = rows_of([CITY], "rows")[0].value
    with pytest.raises(AttributeError, match=r"no nam\. Did you mean name\?"):
        _ = row.nam
    with pytest.raises(AttributeError, match=r"no zzz\. Its names are name, items, where, two words\."):
        _ = row.zzz
    with pytest.raises(KeyError):
        _ = row["zzz"]


def test_a_row_does_not_change_the_notebooks_own():
    """It is a copy of the dict."""
    mine = {"a": 1}
    rows_of([mine], "rows")[0].value["a"] = 2
    assert mine == {"a": 1}


def test_objects_stay_what_they_are():
    """Only plain dicts are made more of."""
    thing = SimpleNamespace(name="Oslo")
    assert rows_of([thing], "rows")[0].value is thing


def test_a_row_survives_pickling():
    """Whatever its entries are called."""
    fields = Fields({"items": 1, "a": {"b": 2}})
    again = pickle.loads(pickle.dumps(fields))  # noqa: S301  # our own
    assert (type(again), again, again.items) == (Fields, fields, 1)
