"""The texts and the object that schemas are put into."""

import json

import pytest

from runware_magic.chat.structured import (
    correction,
    field_around,
    inner_schema,
    instruction,
    is_bare,
    response_format,
    unwrapped,
    wrapped,
)

ITEM = {"type": "object", "properties": {"name": {"type": "string"}}}
MANY, NUMBER = wrapped({"type": "array", "items": ITEM}), wrapped({"type": "integer"})
EITHER = wrapped({"anyOf": [ITEM, {"type": "null"}]})


def test_the_instruction_has_the_whole_schema_in_one_fence():
    """Whatever its descriptions have in them."""
    schema = {**ITEM, "description": "In a fence:\n```json\n{}\n```"}
    before, fenced, after = instruction(schema).split("\n```", 2)
    assert before == "Answer with JSON only, without other text. The JSON must match this JSON schema:\n"
    assert json.loads(fenced.removeprefix("json")) == schema
    assert after == ""


def test_the_correction_repeats_the_problems():
    """And asks for the whole answer again."""
    text = correction("- name is missing\n- age: expected a whole number, got null")
    assert "\n\n- name is missing\n- age: expected a whole number, got null\n\n" in text
    assert "whole JSON" in text


@pytest.mark.parametrize("schema", [MANY, NUMBER, EITHER])
def test_around_what_is_no_object_stands_one(schema):
    """Many endpoints take no other root; its name tells it from the user's own."""
    assert schema["type"] == "object"
    assert wrapped(inner_schema(schema)) == schema
    assert " " in schema["title"]
    assert response_format(schema)["json_schema"]["name"] == schema["title"].replace(" ", "_")


@pytest.mark.parametrize(
    ("value", "schema", "inside"),
    [
        ({"items": [1]}, MANY, [1]),
        ({"value": 1}, NUMBER, 1),
        ([1], MANY, [1]),
        ({"items": [1], "more": 2}, MANY, {"items": [1], "more": 2}),
        ({"items": [1]}, {"type": "object"}, {"items": [1]}),
        ({"items": [1]}, {"title": "list of items", "properties": {"a": {}}}, {"items": [1]}),
        ({"items": [1]}, None, {"items": [1]}),
    ],
)
def test_only_what_was_put_around_is_taken_off(value, schema, inside):
    """Other values stay as they are."""
    assert unwrapped(value, schema) == inside


def test_other_schemas_have_nothing_around_them():
    """Such as those of a class that has the same fields."""
    for schema in (None, {}, ITEM, {**MANY, "title": "Items"}, {"title": "list of items"}, {"title": 5}):
        assert field_around(schema) == ""


@pytest.mark.parametrize(
    ("value", "schema", "bare"),
    [
        ([], MANY, True),
        (5, MANY, True),
        ({}, MANY, False),
        ({"items": 5}, MANY, False),
        (5, NUMBER, True),
        ({}, NUMBER, False),
        (None, EITHER, True),
        ({"name": "a"}, EITHER, True),
        ({"value": None}, EITHER, False),
        ({"value": 1, "name": "a"}, EITHER, True),
    ],
)
def test_what_models_leave_out_is_told_from_what_is_wrong(value, schema, bare):
    """An object is the one around the value unless the value itself can be one."""
    assert is_bare(value, schema) is bare


def test_definitions_go_along_with_what_is_inside():
    """So that its references lead somewhere."""
    schema = {**wrapped({"$ref": "#/$defs/A"}), "$defs": {"A": {"type": "array"}}}
    assert inner_schema(schema) == {"$ref": "#/$defs/A", "$defs": {"A": {"type": "array"}}}
