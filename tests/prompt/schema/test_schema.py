"""The data of answers, and every way to be wrong."""

import json
import pickle
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal, Union

import pytest
from growth import assert_not_quadratic
from hypothesis import given
from json_layouts import OBJECTS
from pydantic import BaseModel, ConfigDict, Field, field_validator

from runware_magic.prompt.schema.problems import COUNTED, DataError
from runware_magic.prompt.schema.read_schema import read_schema


class Item(BaseModel):
    """A model that wants no more fields than it has."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1)]
    price: float
    count: int = 1
    kind: Literal["food", "tool"] = "food"
    parts: list["Item"] | None = None


class Box(BaseModel):
    """What has many of them."""

    model_config = ConfigDict(extra="forbid")
    items: list[Item]
    closed: bool = False


class Even(BaseModel):
    """A model with a validator that raises anything."""

    number: int

    @field_validator("number")
    @classmethod
    def _even(cls, number):
        if number % 2:
            msg = f"{number} is odd"
            raise ValueError(msg)
        if not number:
            raise KeyError(number)
        msg = "it is large"
        raise AssertionError(msg)


@dataclass
class Size:
    """A dataclass."""

    width: int
    height: int


NAME = {"type": "string", "minLength": 1}
ITEM = {
    "type": "object",
    "properties": {
        "name": NAME,
        "price": {"type": "number"},
        "count": {"type": "integer"},
        "kind": {"enum": ["food", "tool"]},
        "parts": {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/Item"}}, {"type": "null"}]},
    },
    "required": ["name", "price"],
    "additionalProperties": False,
}
BOX = {
    "type": "object",
    "properties": {"items": {"type": "array", "items": {"$ref": "#/$defs/Item"}}, "closed": {"type": "boolean"}},
    "required": ["items"],
    "additionalProperties": False,
    "$defs": {"Item": ITEM},
}


def why_not(source, text):
    """Return the error of an answer."""
    with pytest.raises(DataError) as caught:
        read_schema(source).data_of(text)
    return caught.value


GOOD = '{"name": "a", "price": 1}'
#: Answers, and their lines, whether the schema is a class or a dict.
WRONG = [
    ("{}", "items is missing"),
    ('{"items": {}}', "items: expected a list, got an empty object"),
    ('{"items": null}', "items: expected a list, got null"),
    ("[1, 2, 3]", "expected an object, got a list"),
    ('"I cannot."', 'expected an object, got "I cannot."'),
    ('{"items": [{"price": 1}]}', "items[0].name is missing"),
    ('{"items": [{"name": "a"}, {"price": "x"}]}', "items[0].price is missing, and 2 more"),
    (
        f'{{"items": [{GOOD}, {GOOD}, {{"name": "a", "price": "about 12"}}]}}',
        'items[2].price: expected a number, got "about 12"',
    ),
    (f'{{"items": [{GOOD}], "colour": "red"}}', "colour is not in the schema"),
    ('{"items": [{"name": "a", "price": 1, "a b": 2}]}', 'items[0]["a b"] is not in the schema'),
    ('{"items": [{"name": "a", "price": true}]}', "items[0].price: expected a number, got true"),
    ('{"items": [{"name": 5, "price": 1}]}', "items[0].name: expected text, got 5"),
    ('{"items": [{"name": "", "price": 1}]}', 'items[0].name: expected text of at least 1 characters, got ""'),
    ('{"items": [{"name": "a", "price": 1, "count": 1.5}]}', "items[0].count: expected a whole number, got 1.5"),
    ('{"items": [{"name": "a", "price": 1, "count": "1"}]}', 'items[0].count: expected a whole number, got "1"'),
    ('{"items": [], "closed": "yes"}', 'closed: expected true or false, got "yes"'),
    ('{"items": [], "closed": 1}', "closed: expected true or false, got 1"),
    ('{"items": [{"name": "a", "price": 1, "parts": [{"name": "b"}]}]}', "items[0].parts[0].price is missing"),
    ('{"items": [[]]}', "items[0]: expected an object, got an empty list"),
    ('{"items": [{"name": "a", "price": 1', "the JSON is cut off"),
    (f'{{"items": [{GOOD}]}}\n{{"items": []}}', "the answer has more than one JSON value"),
    (f"```\n{GOOD}\n```\nor\n```\n{GOOD}\n```", "the answer has more than one block of JSON"),
    ('{"items": [{"name": "a", "price": NaN}]}', "NaN is not a JSON value"),
    ('{"items": [{"name": "a", "price": -Infinity}]}', "-Infinity is not a JSON value"),
    ('{"items": [{"name": "a", "price": 1e999}]}', "'1e999' is too large a number"),
    ('{"items": [{"name": "a", "name": "b", "price": 1}]}', "the key 'name' is there twice"),
    ("I cannot do that.", "the answer has no JSON: 'I cannot do that.'"),
    ("", "the answer has no JSON: ''"),
    ('{"items":' * 60 + "1" + "}" * 60, "the JSON is nested deeper than 50 levels"),
    ("[" * 100_000, "the JSON is nested deeper than 50 levels"),
]


@pytest.mark.parametrize("source", [Box, BOX], ids=["class", "dict"])
@pytest.mark.parametrize(("text", "line"), WRONG)
def test_what_is_wrong_has_its_line(source, text, line):
    """The same for a class and for a JSON schema."""
    assert str(why_not(source, text)) == line


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (Box, "items[0].kind: expected 'food' or 'tool', got \"toy\""),
        (BOX, 'items[0].kind: expected "food" or "tool", got "toy"'),
    ],
)
def test_an_enumeration_tells_its_values(source, line):
    """As either writes them."""
    assert str(why_not(source, '{"items": [{"name": "a", "price": 1, "kind": "toy"}]}')) == line


@pytest.mark.parametrize(
    ("source", "text", "line"),
    [
        ("items: price float", '{"items": [{"price": "b"}]}', 'items[0].price: expected a number, got "b"'),
        ("items: name, price float", '[{"name": "a"}]', "[0].price is missing"),
        ("items: name", '{"items": [], "more": 1}', "more is not in the schema"),
        ("items: name", '{"name": "a"}', "items is missing, and 1 more"),
        (list[Item], '{"items": [{"name": "a"}]}', "items[0].price is missing"),
        (list[Item], '{"name": "a"}', "items is missing, and 1 more"),
        (list[Item], "{}", "items is missing"),
        (list[Item], "5", "expected a list, got 5"),
        (int, '{"value": "x"}', 'value: expected a whole number, got "x"'),
        (int, "{}", "value is missing"),
        (int, "twelve", "the answer has no JSON: 'twelve'"),
        ({"type": "integer"}, "12 apples", "not JSON: more follows: 'apples'"),
        (Even, '{"number": 3}', "number: 3 is odd, got 3"),
        (Even, '{"number": 12}', "number: it is large, got 12"),
        (Even, '{"number": 0}', "Even raised KeyError: 0"),
        (Size, '{"width": 1}', "height is missing"),
        (tuple[int, int], "[1]", "[1] is missing"),
        (tuple[int, int], "[1, 2, 3]", "expected at most 2 items, got a list"),
        (int | bool, '"x"', 'expected a whole number or true or false, got "x"'),
        (Union[Size, int], '{"width": 1}', "height is missing, and 1 more"),  # noqa: UP007  # the class that is tested
        (dict[str, int], '{"a": {"b": 1}}', "a: expected a whole number, got an object"),
        (dict[int, str], '{"a": ""}', 'a: expected a valid integer, unable to parse string as an integer, got "a"'),
        (Annotated[int, Field(gt=3)], "3", "expected more than 3, got 3"),
        (Annotated[str, Field(pattern="^a{2}$")], '"b"', 'expected text that matches "^a{2}$", got "b"'),
        ({"type": "string", "pattern": "^a{2}$"}, '"b"', 'expected text that matches "^a{2}$", got "b"'),
        ({"type": "integer", "exclusiveMinimum": 3}, "3", "expected more than 3, got 3"),
        ({"type": ["string", "null"]}, "3", "expected text or null, got 3"),
        ({"anyOf": [{"type": "string"}, {"const": 5}, {"enum": [6]}]}, "3", "expected text or 5 or 6, got 3"),
        ({"oneOf": [{"type": "number"}, {}]}, "3", "expected one form of the schema, not several, got 3"),
        ({"type": "array", "uniqueItems": True}, '[{"a": 1}, {"a": 1.0}]', "expected no item twice, got a list"),
        ({"not": {"type": "array"}}, "[]", "should not be valid under {'type': 'array'}, got an empty list"),
        ({"$ref": "#"}, "1", "the answer cannot be checked: the schema refers to itself without end"),
        ({"$ref": "#here"}, "1", "the answer cannot be checked: the schema refers to '', which is not in it"),
        (
            {"$id": "http://127.0.0.1:9/", "$ref": "x"},
            "1",
            "the answer cannot be checked: the schema refers to 'x', which is not in it",
        ),
    ],
)  # fmt: skip
def test_other_schemas_have_their_lines(source, text, line):
    """Fields, lists, single values, unions, bounds, and what validators raise."""
    assert str(why_not(source, text)) == line


@pytest.mark.parametrize("items", ["[1, true, 1.5]", '[[1], [true], {"a": 1}, {"a": true}, "1"]', "[]"])
def test_what_only_python_takes_for_equal_is_not_there_twice(items):
    """1 and true are two values of JSON."""
    schema = read_schema({"type": "array", "uniqueItems": True})
    assert schema.data_of(items) == json.loads(items)


def test_an_error_tells_all_that_is_wrong_to_a_model_within_bounds():
    """For its repair: at most 20 lines, each short, and how many more there are."""
    error = why_not(Box, '{"items": [{"price": "x"}], "colour": 1}')
    assert error.report == (
        '- items[0].name is missing\n- items[0].price: expected a number, got "x"\n- colour is not in the schema'
    )
    error = why_not(Box, json.dumps({"items": [{"name": "a"}] * 30}))
    *lines, last = error.report.split("\n")
    assert lines == [f"- items[{number}].price is missing" for number in range(20)]
    assert last == "- and 10 more"
    error = why_not(Box, json.dumps({"items": [{}] * 5000}))
    assert str(error) == "items[0].name is missing, and 999 or more others"
    assert error.count == COUNTED


@pytest.mark.parametrize("source", [Box, BOX, "items: name, price float"], ids=["class", "dict", "concise"])
def test_what_a_model_writes_is_shown_within_bounds(source):
    """Names and values are not trusted, and may be long."""
    long = "\x1b[2J\n\u202e<b>" + "x" * 10**5
    for value in ({long: 1}, {"items": [{"name": "a", "price": long}]}, {"items": [{long: long, "price": 1}]}):
        error = why_not(source, json.dumps(value))
        assert str(error).isprintable()
        assert len(str(error)) < 300
        assert all(line.isprintable() and len(line) <= 242 for line in error.report.split("\n"))


def test_a_long_path_keeps_its_ends():
    """The value that came is still told."""
    schema = {"type": "object", "additionalProperties": {"$ref": "#"}}
    text = '{"some name":' * 40 + "5" + "}" * 40
    line = str(why_not(schema, text))
    assert line.startswith('["some name"]["some name"]')
    assert line.endswith('e name"]["some name"]: expected an object, got 5')
    assert len(line) < 130


def test_an_error_can_be_pickled():
    """As it comes back from other processes."""
    error = why_not(Box, '{"items": [{}, {}]}')
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  # its own
    assert (str(again), again.report, again.count) == (str(error), error.report, error.count)


def test_a_number_of_hundreds_of_digits_stays_whole():
    """Nothing is rounded, and no float becomes infinite."""
    number = 10**300
    assert read_schema(int).data_of(str(number)) == number
    assert read_schema({"type": "number"}).data_of(str(number)) == number
    assert str(why_not(float, "1" + "0" * 400)).endswith("is too large a number")


def _line(source, text):
    """Return the line of an answer; empty if it matches."""
    try:
        read_schema(source).data_of(text)
    except DataError as error:
        return str(error)
    return ""


@given(OBJECTS)
def test_any_object_matches_or_has_a_line(value):
    """Of whatever values."""
    for source in (Box, BOX, "name, age int", list[Item], int | Size):
        line = _line(source, json.dumps(value))
        assert line.isprintable()
        assert len(line) < 300


@pytest.mark.fuzz
@pytest.mark.parametrize("source", [Box, BOX], ids=["class", "dict"])
@pytest.mark.parametrize("item", [GOOD, '{"name": 5}', '{"name": "a", "price": [1, 2]}', "5", "[[]]"])
def test_reading_takes_time_with_the_length_of_the_answer(source, item):
    """Whether it is right or wrong."""

    def write(size):
        return '{"items": [' + ", ".join([item] * (size // len(item))) + "]}"

    assert_not_quadratic(partial(_line, source), write, 120_000)


@pytest.mark.fuzz
@pytest.mark.parametrize("source", [Box, BOX, "items: name, price float"], ids=["class", "dict", "concise"])
def test_a_megabyte_is_read_and_its_last_value_is_looked_at(source):
    """In the middle of prose, too."""
    items = [{"name": f"item {number}", "price": number} for number in range(23_000)]
    text = f"Here they are:\n{json.dumps({'items': items}, indent=1)}\nAll of them."
    assert len(text) > 10**6
    assert _line(source, text) == ""
    assert _line(source, text.replace("22999\n", '"much"\n')) == 'items[22999].price: expected a number, got "much"'
    assert _line(source, text[: len(text) // 2]) == "the JSON is cut off"


@pytest.mark.fuzz
def test_that_no_item_is_there_twice_is_found_in_time_with_their_number():
    """Though they are objects, which cannot be sorted."""

    def write(size):
        return "[" + ", ".join(f'{{"a": {number}}}' for number in range(size // 12)) + "]"

    assert_not_quadratic(partial(_line, {"type": "array", "uniqueItems": True}), write, 120_000)
