"""What is a schema, and what is none."""

import datetime as dt
import enum
import json
import math
import pickle
import subprocess
import sys
import textwrap
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
from pydantic import BaseModel

from runware_magic.errors import OptionError
from runware_magic.prompt.schema.concise import concise_schema
from runware_magic.prompt.schema.read_schema import read_schema, schema_of


class Colour(enum.Enum):
    """An enumeration of texts and numbers."""

    RED = "red"
    TWO = 2


class City(BaseModel):
    """A place."""

    name: str
    founded: dt.date | None = None


class Node(BaseModel):
    """A model that refers to itself."""

    value: int
    children: list["Node"] = []


@dataclass
class Point:
    """A dataclass with another one in it."""

    at: tuple[int, int]
    near: "list[Point]" = field(default_factory=list)


class Calls(BaseModel):
    """A model that JSON cannot express."""

    call: Callable[[int], int]


class Plain:
    """A class that pydantic does not know."""


class Odd:
    """A class that fails when it is read."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source, _handler):
        """Fail."""
        msg = "odd\nindeed"
        raise KeyError(msg)


@pytest.mark.parametrize("source", [City, list[City], Point, dict[str, int], "name, age int", {"type": "array"}, int])
def test_a_schema_can_be_pickled(source):
    """As what `map` sends to other processes."""
    schema = read_schema(source)
    again = pickle.loads(pickle.dumps(schema))  # noqa: S301  # its own
    assert again == schema
    assert again.json == schema.json


def test_a_schema_is_itself_one():
    """So that it is made once."""
    schema = read_schema(City)
    assert read_schema(schema) is schema


def test_the_schema_of_a_turn_can_be_read_again():
    """The data of a restored turn is without the object around it, too."""
    schema = read_schema(read_schema("items: name").json)
    assert schema.data_of('{"items": [{"name": "a"}]}') == [{"name": "a"}]
    schema = read_schema(read_schema(list[Node]).json)
    assert schema.data_of('[{"value": 1, "children": [{"value": 2}]}]') == [{"value": 1, "children": [{"value": 2}]}]


def test_a_schema_does_not_change_with_the_dict_it_was_read_from():
    """Nor does a later cell change what an earlier one asks."""
    source = {"type": "object", "properties": {"a": {"type": "integer"}}}
    schema = read_schema(source)
    source["properties"]["b"] = source
    assert schema.json == {"type": "object", "properties": {"a": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("text", "data"),
    [
        (
            "True bool, _a, model_x int, items, größe float",
            {"True": True, "_a": "", "model_x": 1, "items": "", "größe": 2.0},
        ),
        ("items: keys, json int", [{"keys": "a", "json": 1}, {"keys": "", "json": 2}]),
    ],
)
def test_fields_may_have_any_names(text, data):
    """Such as methods of classes and words of Python have, which validate them."""
    answer = {"items": data} if isinstance(data, list) else data
    assert read_schema(text).data_of(json.dumps(answer)) == data


def test_the_concise_form_imports_no_jsonschema():
    """It takes seconds to import where JupyterLab is installed."""
    code = """
        import sys
        from runware_magic.prompt.schema.read_schema import read_schema
        print(read_schema("items: name").data_of('[{"name": "a"}]'), "jsonschema" in sys.modules)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    assert done.stdout == "[{'name': 'a'}] False\n"


TYPE = "Use a Pydantic model, a dataclass, a TypedDict"
NONE = "A schema must be a class, a JSON schema or fields, not"
ENDLESS = {}
ENDLESS["not"] = ENDLESS


@pytest.mark.parametrize(
    ("source", "message", "hint"),
    [
        (5, f"{NONE} an int.", "list[Class]"),
        (None, f"{NONE} NoneType.", "list[Class]"),
        (len, f"{NONE} a builtin_function_or_method.", "list[Class]"),
        (read_schema, f"{NONE} a function.", "list[Class]"),
        (typing, f"{NONE} a module.", "list[Class]"),
        (TypeVar("T"), f"{NONE} a TypeVar.", "list[Class]"),
        (b"name", f"{NONE} a bytes.", "list[Class]"),
        ([City, Node], f"{NONE} a list.", "list[Class]"),
        ([City], "A schema must be a type, not a list of types.", "Use list[City]."),
        (City(name="Oslo"), "A schema must be a class, not an instance of City.", "Use City itself."),
        (Point((1, 2)), "A schema must be a class, not an instance of Point.", "Use Point itself."),
        (Colour.RED, "A schema must be a class, not an instance of Colour.", "Use Colour itself."),
        (Plain, "Plain is no schema: Unable to generate pydantic-core schema for <class", TYPE),
        (list[Plain], "Plain] is no schema: Unable to generate pydantic-core schema for <class", TYPE),
        (Odd, r"Odd is no schema: 'odd\nindeed'.", TYPE),
        (Calls, "Calls is no schema: JSON cannot express it (callable).", TYPE),
        (type, "type is no schema: JSON cannot express it (", TYPE),
        (range, "range is no schema:", TYPE),
        (Iterable[int], "is no schema: its items would not be validated.", "Use list[…]."),
        ({"name": "str"}, 'The dict is no JSON schema: "name" is none of its keywords.', "or name a class"),
        ({"type": "str"}, "The dict is no JSON schema: type: 'str' is not valid", "or name a class"),
        ({"type": "object", "properties": {"a": 5}}, "properties.a: 5 is not of type", "or name a class"),
        ({"name": str}, "The dict is no JSON schema: Object of type type is not JSON", "or name a class"),
        ({"enum": [math.nan]}, "The dict is no JSON schema: Out of range float", "or name a class"),
        (ENDLESS, "The dict is no JSON schema: Circular reference detected.", "or name a class"),
        ({"$ref": "https://example.org/a"}, "refers to 'https://example.org/a', but other documents", '"$defs"'),
        ({"items": {"$ref": "#/$defs/A"}}, "refers to '#/$defs/A', but nothing is there.", '"$defs"'),
        ("Recipe", "'Recipe' looks like a class", "Pass the class itself"),
        ("", "The schema has no fields.", "Write such as"),
    ],
)
def test_what_is_no_schema_has_a_line(source, message, hint):
    """With what to write instead."""
    with pytest.raises(OptionError) as caught:
        read_schema(source)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert len(str(caught.value)) < 320


FIELD = "For a field of that name, write"
NOTEBOOK = {
    "City": City,
    "Number": 5,
    "cities": list[City],
    "shape": {"type": "array"},
    "shapes": {"city": {"type": "object"}, "one": "name, age int"},
    "prices": {"oslo": 5},
    "oslo": City(name="Oslo"),
    "name": "Ada",
    "age": 36,
    "kind": read_schema(City),
    "date": dt.date,
    "datetime": dt,
    "list": list,
    "make": lambda: City,
    "Calls": Calls,
}


def evaluate(expression):
    """Evaluate as a notebook does."""
    return eval(expression, dict(NOTEBOOK))  # noqa: S307  # the test's own


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("City", City),
        (" City\n", City),
        ("cities", list[City]),
        ("list[City]", list[City]),
        ("City | None", City | None),
        ("datetime.date", dt.date),
        ("shapes['city']", {"type": "object"}),
        ("shapes['one']", "name, age int"),
        ("{'type': 'integer'}", {"type": "integer"}),
        ("make()", City),
        ("shape", {"type": "array"}),
        ("kind", City),
        ("date", dt.date),
        ("int", int),
        ("dict", dict),
    ],
)
def test_a_text_that_names_a_schema_is_that(text, source):
    """A name, or an expression that no field can be."""
    assert schema_of(text, evaluate) == read_schema(source)


@pytest.mark.parametrize(
    "text",
    [
        "name",  # a variable that is no schema
        "age",
        "price",  # no variable
        "id",  # a function of Python's own
        "type",  # a class of Python's own that is no JSON
        "range",
        "class",  # a keyword
        "name, age",  # two variables, but a tuple is no schema
        "City str, name",
        "name, age int, bio: one sentence",
        "items: name, price float",
        "date str",
        "name\nage int",
    ],
)
def test_other_texts_are_in_the_concise_form(text):
    """Whatever the notebook has."""
    assert schema_of(text, evaluate).json == concise_schema(text)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("Recipe", "Recipe has no value: NameError: name 'Recipe' is not defined.", f"{FIELD} 'Recipe str'."),
        ("Number", f"{NONE} an int.", f"{FIELD} 'Number str'."),
        ("Calls", "Calls is no schema: JSON cannot express it", "such as list[Model]."),
        ("oslo", "not an instance of City.", f"{FIELD} 'oslo str'."),
        ("prices", 'The dict is no JSON schema: "oslo" is none of its keywords.', f"{FIELD} 'prices str'."),
        ("list[Recipe]", "list[Recipe] has no value: NameError:", "Run the cell that defines it."),
        ("datetime.dat", "datetime.dat has no value: AttributeError:", "Run the cell that defines it."),
        ("[City]", "not a list of types", "Use list[City]."),
        ("1 / 0", "not '1 / 0'", "Write such as"),
        ("make(1)", "make(1) has no value: TypeError:", "Run the cell that defines it."),
        ("name + age", "not 'name + age'", "comma"),
        ("(name)", "not '(name)'", "Write such as"),
        ("", "The schema has no fields.", "Write such as"),
        ("(" * 10_000, "not '((", "Write such as"),
    ],
)
def test_a_text_that_is_neither_has_a_line(text, message, hint):
    """Which tells how a field of that name is written."""
    with pytest.raises(OptionError) as caught:
        schema_of(text, evaluate)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert (FIELD in caught.value.hint) is (FIELD in hint)


def test_an_interrupt_while_a_name_is_looked_up_is_one():
    """An expression that takes too long can be stopped."""

    def interrupted(_):
        raise KeyboardInterrupt

    for text in ("City", "city", "list[City]"):
        with pytest.raises(KeyboardInterrupt):
            schema_of(text, interrupted)
