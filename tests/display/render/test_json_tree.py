"""A JSON value as a tree that has settled."""

import json

import pytest
from growth import assert_not_quadratic
from hypothesis import given
from json_answers import TreeReader, assert_begins, rows_of, values

from runware_magic.display.render.json_tree import tree_html


@given(values)
def test_a_tree_shows_the_value(value):
    """All of a small one, as the tree that grew did."""
    assert_begins(TreeReader(tree_html(value)).rows, list(rows_of(value)), ended=True)


@pytest.mark.parametrize(("value", "told"), [(5, "5"), ("a b", '"a b"'), (None, "null"), ([], "[] empty")])
def test_a_value_alone_is_a_row(value, told):
    """Without a fold."""
    assert TreeReader.text_of(tree_html(value)) == told


def test_types_differ_by_more_than_colour():
    """Texts stand in quotation marks, also texts that look like something else."""
    told = TreeReader.text_of(tree_html({"a": 1, "b": "1", "c": None, "d": "null", 'e": 1, "f': "x", "": {}}))
    assert told == '{…} 6 fieldsa: 1b: "1"c: nulld: "null""e\\": 1, \\"f": "x""": {} empty'


def test_a_long_list_folds_in_groups():
    """Each group says which items it has."""
    markup = tree_html(list(range(250)))
    assert "items 0 to 99" in markup
    assert "items 200 to 249" in markup
    assert [value for _, _, value in TreeReader(markup).rows][1:] == [(number,) for number in range(250)]


def test_a_small_value_is_open_and_of_a_large_one_the_outside():
    """A folded object shows how it begins."""
    small = tree_html({"a": {"b": [1, 2]}})
    assert small.count("<details") == small.count('open=""') == 3
    large = tree_html([{"name": f"Ada {number}", "age": number} for number in range(90)])
    assert large.count('open=""') == 1
    assert '{…} 2 fields "Ada 7", 7' in TreeReader.text_of(large)
    assert tree_html({"few": {"a": 1}, "many": [{"a": number} for number in range(99)]}).count('open=""') == 2


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ([f"item {number}" for number in range(20_000)], "more: as plain text"),
        ([{"a": number} for number in range(20_000)], "more: as plain text"),
        (["x" * 9000] * 40, "and 28 more: as plain text"),
        ("x" * 12_345, "and 2,345 more characters: as plain text"),
        ([list(range(20_000))] * 2, "and "),
    ],
)
def test_a_huge_value_is_cut_and_says_so(value, told):
    """So that the page stays small; the rest is in the plain text."""
    markup = tree_html(value)
    assert told in markup
    assert len(markup) < 900_000


def test_all_of_many_numbers_show():
    """They take little room."""
    value = list(range(20_000))
    assert [row[2] for row in TreeReader(tree_html(value)).rows][1:] == [(number,) for number in value]


@pytest.mark.fuzz
def test_a_tree_takes_time_with_its_size():
    """In many rows, and deep down."""

    def nested(size):
        value = 1
        for _ in range(45):
            value = {"a": value, "b": [1, "x"]}
        return json.dumps([value] * (size // 1200))

    assert_not_quadratic(lambda text: tree_html(json.loads(text)), nested, 256_000)
