"""What a prompt uses of a row, and what the row has of its own."""

from types import SimpleNamespace

import pytest

from runware_magic.prompt.row_columns import RowColumns, paths_in, used_of
from runware_magic.prompt.rows import rows_of

CITY = {"name": "Oslo", "items": 3, "where": {"lat": 59.9}, "two words": 2, "parts": ["a", "b"]}


@pytest.mark.parametrize(
    ("expression", "used"),
    [
        ("row.name", {"name": "Oslo"}),
        ("row['name']", {"name": "Oslo"}),
        (" row['two words'] + row.items ", {"two words": "2", "items": "3"}),
        ("row.name.upper()[1:]", {"name": "Oslo"}),
        ("row.where.lat", {"where.lat": "59.9"}),
        ("row.parts[1]", {"parts[1]": "b"}),
        ("f(row.name, key=row.items) if row.gone else 1", {"name": "Oslo", "items": "3"}),
        ("row", {}),
        ("row.get('name')", {}),
        ("len(row) + other.name", {}),
    ],
)
def test_what_a_prompt_uses_of_a_row_has_a_name(expression, used):
    """Whatever is done with it; a dict that is used whole has none."""
    (row,) = rows_of([CITY], "rows")
    assert used_of(row, paths_in([expression])) == used


class Silent:
    """A value whose text raises."""

    def __str__(self):
        raise ValueError


@pytest.mark.parametrize("value", [object(), Silent(), [object()], type("Table", (), {"__str__": lambda _: "a\nb"})()])
def test_what_has_no_text_of_its_own_is_no_name(value):
    """A picture's kind and address, which differ each time; a table of many lines."""
    (row,) = rows_of([{"value": value}], "rows")
    assert used_of(row, paths_in(["row.value"])) == {}


@pytest.mark.parametrize(
    ("value", "expression", "used"),
    [
        ("Oslo", "row.upper()", {"row": "Oslo"}),
        (3, "row + 1", {"row": "3"}),
        (("Oslo", 3), "row[0]", {"row[0]": "Oslo"}),
        (SimpleNamespace(name="Oslo"), "row.name", {"name": "Oslo"}),
    ],
)
def test_rows_of_any_kind_are_named(value, expression, used):
    """A text or a number by itself."""
    (row,) = rows_of([value], "rows")
    assert used_of(row, paths_in([expression])) == used


def test_a_long_value_is_kept_in_part():
    """The prompt has all of it."""
    (row,) = rows_of(["word " * 1000], "rows")
    assert len(used_of(row, paths_in(["row"]))["row"]) == 200


def test_each_answer_knows_its_row():
    """All answers about a row come one after the other."""
    columns = RowColumns.of(rows_of([{"a": 1}, {"a": 2}], "rows"), [], 3)
    assert [columns.position(number) for number in range(1, 7)] == [0, 0, 0, 1, 1, 1]
    assert columns.fields(4) == {"a": 2}
