"""Schemas with the usual words only are validated as by jsonschema, without it."""

from __future__ import annotations

import json
import subprocess
import sys

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from schemas import NAMES

from runware_magic.demo.made_up import is_schema
from runware_magic.demo.simple_schemas import allows, is_simple

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2), st.sampled_from([0.0, 1.0, 0.5]), st.sampled_from("ab")
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2), max_leaves=5
)
TYPES = st.sampled_from(["string", "integer", "number", "boolean", "null", "object", "array"])
LEAVES = st.one_of(
    st.booleans(),
    st.builds(lambda kind: {"type": kind}, TYPES),
    st.builds(lambda kinds: {"type": kinds}, st.lists(TYPES, min_size=1, max_size=3, unique=True)),
    st.builds(lambda entries: {"enum": entries}, st.lists(SCALARS, min_size=1, max_size=3, unique_by=repr)),
    st.builds(lambda entry: {"const": entry}, SCALARS),
    st.builds(lambda low, more: {"minimum": low, "maximum": low + more}, st.integers(-2, 1), st.integers(0, 2)),
)
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda item: {"type": "array", "items": item}, inner),
        st.builds(lambda ways: {"anyOf": ways, "description": "either"}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(
            lambda properties, required, rest: {"properties": properties, "required": required, **rest},
            st.dictionaries(NAMES, inner, max_size=2),
            st.lists(NAMES, max_size=2, unique=True),
            st.just({}) | st.builds(lambda rest: {"additionalProperties": rest}, inner),
        ),
    ),
    max_leaves=6,
)


@given(SCHEMAS, VALUES)
def test_it_says_what_jsonschema_says(schema, value):
    """Of any value."""
    assert is_simple(schema)
    assert allows(schema, value) == jsonschema.Draft202012Validator(schema).is_valid(value)


WORDS = st.sampled_from([*"ab", "type", "enum", "items", "required", "string", "anyOf", "minimum", "title", "$ref"])


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(0, 1) | WORDS,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=3),
        max_leaves=8,
    )
)
def test_what_is_no_schema_is_not_simple(value):
    """What it takes for a simple schema, jsonschema takes for a schema."""
    if is_simple(value):
        jsonschema.Draft202012Validator.check_schema(value)


@pytest.mark.parametrize(
    "schema",
    [{"type": "text"}, {"type": []}, {"enum": []}, {"required": ["a", "a"]}, {"pattern": "a"}, {"$ref": "#"}, 5, None],
)
def test_anything_else_is_left_to_jsonschema(schema):
    """Other words, and what is no schema."""
    assert not is_simple(schema)


def test_deep_schemas_are_left_to_jsonschema():
    """Before they exhaust the stack."""
    deep = {}
    for _ in range(500):
        deep = {"items": deep}
    assert not is_simple(deep)


@pytest.mark.usefixtures("_kernels")
def test_tools_and_simple_data_need_no_jsonschema():
    """It is not imported for them: that may take seconds."""
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    assert is_schema(schema)
    tool = {"type": "function", "function": {"name": "weather", "parameters": schema}}
    body = {
        "model": "demo:tutor@1",
        "messages": [{"role": "user", "content": "What is the weather in Oslo?"}],
        "tools": [tool],
    }
    data = {
        **body,
        "response_format": {"type": "json_schema", "json_schema": {"schema": schema}},
        "tool_choice": "none",
    }
    program = f"""
import json, sys
from runware_magic.demo.request import read
from runware_magic.demo.voices import reply
print(len(reply(read({json.dumps(body)!r}.encode())).calls), reply(read({json.dumps(data)!r}.encode())).content)
print("jsonschema" in sys.modules)
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["1", "{", '"city":', '"Oslo"', "}", "False"]
