"""Data that the demo makes up: a schema always allows it, and nothing in it pretends to be known."""

from __future__ import annotations

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from schemas import NODE, many, record, schemas

from runware_magic.demo.made_up import CannotMakeError, Known, allows, is_schema, made

_KNOWN = st.builds(
    Known,
    st.dictionaries(st.sampled_from(["name", "age", "city", "ok"]), st.one_of(st.text(max_size=3), st.integers())),
    st.lists(st.dictionaries(st.sampled_from(["name", "age", "tag"]), st.one_of(st.text(max_size=3), st.integers()))),
)


def valid(value, schema):
    """Whether a schema allows a value, formats included."""
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
    return validator.is_valid(value)


@given(schemas(), _KNOWN)
def test_a_schema_allows_what_is_made_for_it(schema, known):
    """Whatever it demands, however it is nested, and whatever is known."""
    value = made(schema, known).value
    assert valid(value, schema)
    assert json.loads(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"enum": ["b", "a"]}, "b"),
        ({"const": [1]}, [1]),
        ({"type": "integer", "minimum": 3, "maximum": 9}, 3),
        ({"type": "integer", "exclusiveMaximum": 0}, -1),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.5}, 0.25),
        ({"type": "integer", "multipleOf": 7, "minimum": 1}, 7),
        ({"type": "boolean"}, True),
        ({"type": "null"}, None),
        ({"type": "string"}, "made-up value"),
        ({"type": "string", "format": "date"}, "2000-01-01"),
        ({"type": "string", "maxLength": 7}, "made-up"),
        ({"type": "array", "items": {"type": "integer"}}, [1, 2]),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 3}, [1, 2, 3]),
        ({"type": "array", "items": {"enum": ["a", "b"]}, "uniqueItems": True}, ["a", "b"]),
        (record(dueDate="string", tags={"type": "array", "items": {"type": "string"}}), None),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, {"made_up_1": 1}),
        ({"anyOf": [{"type": "null"}, {"type": "integer"}]}, 1),
    ],
)
def test_what_is_made(schema, value):
    """The first of an enum, the ends of a range, two items where any number may be; texts say that they are made up."""
    expected = (
        value
        if "properties" not in schema
        else {"dueDate": "made-up due date", "tags": ["made-up tag", "made-up tag 2"]}
    )
    assert made(schema, Known()).value == expected


def test_fields_take_what_is_known_by_their_names():
    """However they are written; a value of another type is not taken, and what is made up is listed."""
    schema = record(First_Name="string", age="integer", mood={"enum": ["Good", "Bad"]}, id="integer")
    found = made(schema, Known({"firstname": "Ada", "age": "old", "mood": "bad"}))
    assert found.value == {"First_Name": "Ada", "age": 1, "mood": "Bad", "id": 1}
    assert found.invented == ("age", "id")


def test_lists_take_rows():
    """As objects, or as texts by their names."""
    rows = [{"name": "tea", "price": 2.5}, {"name": "cake", "price": 4}]
    assert made(many(name="string", price="number"), Known({}, rows)).value == {"items": rows}
    named = record(products={"type": "array", "items": {"type": "string"}})
    assert made(named, Known({}, rows)).value == {"products": ["tea", "cake"]}


def test_recursion_ends():
    """A tree is as deep as it must be, and not much deeper."""
    value = made({"$ref": "#/$defs/Node", "$defs": {"Node": NODE}}, Known()).value
    assert valid(value, {"$ref": "#/$defs/Node", "$defs": {"Node": NODE}})
    assert len(json.dumps(value)) < 20_000


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]},
        {"$ref": "#/$defs/nobody"},
        {"$ref": "https://example.com/schema.json"},
        {"not": {}},
        {"allOf": [False]},
        {"type": "integer", "minimum": 2, "maximum": 1},
        {"type": "string", "pattern": "^qwertz{7}$"},
        {"type": "string", "pattern": "("},
        {"type": "string", "minLength": 10**9},
        {"type": "array", "minItems": 10**9},
        {"type": "number", "minimum": 1e308, "multipleOf": 1e-300},
    ],
)
def test_what_cannot_be_made_is_an_error(schema):
    """At once, not after a long time."""
    with pytest.raises(CannotMakeError):
        made(schema, Known())


def test_schemas_are_told_from_what_is_none():
    """By the rules of JSON schema; a schema that cannot be followed allows nothing."""
    assert (is_schema({}), is_schema({"type": "text"})) == (True, False)
    assert (allows({"type": "integer"}, 1), allows({"type": "integer"}, "1")) == (True, False)
    assert not allows({"$ref": "https://example.com/schema.json"}, 1)
