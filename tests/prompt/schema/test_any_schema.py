"""Any value of any schema is the data of an answer that has it."""

import json
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from json_layouts import TEXT, layouts
from pydantic import create_model

from runware_magic.prompt.schema.problems import DataError
from runware_magic.prompt.schema.read_schema import read_schema


def why_not(source, text):
    """Return the error of an answer."""
    with pytest.raises(DataError) as caught:
        read_schema(source).data_of(text)
    return caught.value


LEAVES = st.sampled_from(
    [
        ({"type": "string"}, TEXT),
        ({"type": "integer"}, st.integers(-(2**70), 2**70)),
        ({"type": "number"}, st.floats(allow_nan=False, allow_infinity=False)),
        ({"type": "boolean"}, st.booleans()),
        ({"type": "null"}, st.none()),
        ({"enum": ["a", 1, None]}, st.sampled_from(["a", 1, None])),
    ]
)


def _list_of(schema):
    inner, values = schema
    return {"type": "array", "items": inner}, st.lists(values, max_size=3)


def _object_of(schemas):
    properties = {name: inner for name, (inner, _) in schemas.items()}
    closed = {"required": list(schemas), "additionalProperties": False}
    values = st.fixed_dictionaries({name: values for name, (_, values) in schemas.items()})
    return {"type": "object", "properties": properties, **closed}, values


def _either(schemas):
    (first, values), (second, others) = schemas
    return {"anyOf": [first, second]}, values | others


#: JSON schemas, each with its values.
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: (
        inner.map(_list_of)
        | st.dictionaries(TEXT, inner, max_size=4).map(_object_of)
        | st.tuples(inner, inner).map(_either)
    ),
    max_leaves=8,
)
OF_OBJECTS = st.dictionaries(TEXT, SCHEMAS, max_size=4).map(_object_of)


@given(OF_OBJECTS, st.data())
def test_any_value_of_any_schema_is_the_data_of_an_answer_that_has_it(schema, data):
    """Bare, in a fence, or within prose."""
    schema, values = schema
    value, text = data.draw(layouts(values))
    assert read_schema(schema).data_of(text) == value


@given(OF_OBJECTS, st.data())
def test_what_is_taken_from_an_object_is_missing_and_what_is_put_in_is_extra(schema, data):
    """By its name, wherever it is not in the schema."""
    schema, values = schema
    value = data.draw(values)
    other = data.draw(TEXT.filter(lambda name: name not in value))
    assert why_not(schema, json.dumps({**value, other: 1})).problems[-1].endswith(" is not in the schema")
    for name in value:
        less = {kept: inner for kept, inner in value.items() if kept != name}
        assert str(why_not(schema, json.dumps(less))).endswith(" is missing")


KINDS = {
    str: TEXT,
    int: st.integers(-(2**70), 2**70),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    list[int]: st.lists(st.integers(0, 9)),
    dict[str, bool]: st.dictionaries(TEXT, st.booleans()),
    Literal["a", "b"]: st.sampled_from("ab"),
    str | None: st.none() | TEXT,
}
NAMES = st.from_regex("[a-z]{1,3}_", fullmatch=True)


@given(st.dictionaries(NAMES, st.sampled_from(list(KINDS)), min_size=1, max_size=5), st.booleans(), st.data())
def test_any_instance_of_any_model_is_the_data_of_an_answer_that_has_it(kinds, many, data):
    """And so is a list of them."""
    model = create_model("Model", **{name: (kind, ...) for name, kind in kinds.items()})
    values = st.fixed_dictionaries({name: KINDS[kind] for name, kind in kinds.items()})
    value, text = data.draw(layouts(st.fixed_dictionaries({"items": st.lists(values, max_size=3)}) if many else values))
    expected = [model(**inner) for inner in value["items"]] if many else model(**value)
    assert read_schema(list[model] if many else model).data_of(text) == expected
