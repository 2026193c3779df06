"""Types of Python as schemas: what an answer to each becomes."""

import datetime as dt
import decimal
import enum
import json
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NamedTuple, NewType, Optional, TypedDict, Union

import pydantic
import pytest
from pydantic import BaseModel, Field, RootModel
from typing_extensions import NotRequired

from runware_magic.errors import OptionError
from runware_magic.prompt.schema.read_schema import read_schema


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


class Aliased(BaseModel):
    """A model whose names in JSON are others, with bounds and a default."""

    count: int = Field(alias="the-count", gt=0)
    size: float = Field(1.5, validation_alias=pydantic.AliasChoices("size_cm", "size"))


@dataclass
class Point:
    """A dataclass with another one in it."""

    at: tuple[int, int]
    near: "list[Point]" = field(default_factory=list)


class Person(TypedDict):
    """A typed dict that refers to itself."""

    name: str
    friends: "list[Person]"


class Partly(TypedDict, total=False):
    """A typed dict that may be empty."""

    person: Person


class Mixed(TypedDict):
    """A typed dict with a field that may be missing."""

    name: str
    boss: "NotRequired[Annotated[Mixed | None, Field(title='Boss')]]"


class Pair(NamedTuple):
    """A named tuple."""

    left: int
    right: str = "r"


Number = NewType("Number", int)

#: Sources, the JSON of some data, and the data.
TYPES = [
    (City, '{"name": "Oslo", "founded": "1040-02-01"}', City(name="Oslo", founded=dt.date(1040, 2, 1))),
    (list[City], '{"items": [{"name": "Oslo"}]}', [City(name="Oslo")]),
    (list[City], '[{"name": "Oslo"}]', [City(name="Oslo")]),
    (Node, '{"value": 1, "children": [{"value": 2}]}', Node(value=1, children=[Node(value=2)])),
    (Optional[City], '{"name": "Oslo"}', City(name="Oslo")),  # noqa: UP045  # the class that is tested
    (Aliased, '{"the-count": 1, "size": 2}', Aliased(**{"the-count": 1, "size": 2})),
    (Point, '{"at": [1, 2], "near": [{"at": [3, 4]}]}', Point((1, 2), [Point((3, 4))])),
    (Person, '{"name": "Ada", "friends": []}', {"name": "Ada", "friends": []}),
    (list[Person], '{"items": [{"name": "Ada", "friends": []}]}', [{"name": "Ada", "friends": []}]),
    (Person | None, '{"value": {"name": "Ada", "friends": []}}', {"name": "Ada", "friends": []}),
    (Partly, "{}", {}),
    (Partly, '{"person": {"name": "Ada", "friends": []}}', {"person": {"name": "Ada", "friends": []}}),
    (Mixed, '{"name": "Ada"}', {"name": "Ada"}),
    (dict[str, list[Mixed]], '{"a": [{"name": "Ada", "boss": null}]}', {"a": [{"name": "Ada", "boss": None}]}),
    (Pair, '{"items": [1]}', Pair(1)),
    (Colour, '{"value": "red"}', Colour.RED),
    (Colour, "2", Colour.TWO),
    (Literal["a", 1], '{"value": "a"}', "a"),
    (int, '{"value": 12}', 12),
    (int, "12", 12),
    (str, '{"value": "{x} [1]"}', "{x} [1]"),
    (str, '"{x} [1]"', "{x} [1]"),
    (Number, '{"value": 12}', 12),
    (dict[str, int], '{"a": 1}', {"a": 1}),
    (dict[str, int], '{"value": 1}', {"value": 1}),
    (dict[int, str], '{"1": "a"}', {1: "a"}),
    (set[int], '{"items": [1, 1]}', {1}),
    (tuple[int, str], '{"items": [1, "a"]}', (1, "a")),
    (Union[City, Node], '{"value": {"value": 1}}', Node(value=1)),  # noqa: UP007  # the class that is tested
    (RootModel[list[int]], '{"items": [1]}', RootModel[list[int]]([1])),
    (RootModel[dict[str, int]], '{"a": 1}', RootModel[dict[str, int]]({"a": 1})),
    (Annotated[int, Field(ge=1)], '{"value": 1}', 1),
    (decimal.Decimal, '{"value": "0.10000000000000000555"}', decimal.Decimal("0.10000000000000000555")),
    (float, '{"value": 3}', 3.0),
    (Any, '{"value": [1]}', [1]),
]


@pytest.mark.parametrize(("source", "text", "data"), TYPES)
def test_a_type_reads_its_data(source, text, data):
    """An instance of the class where there is one."""
    found = read_schema(source).data_of(text)
    assert found == data
    assert type(found) is type(data)


@pytest.mark.parametrize("source", [source for source, _, _ in TYPES])
def test_the_root_of_every_type_is_an_object(source):
    """Not a reference, and no list: endpoints refuse those. It is JSON, and references in it lead somewhere."""
    schema = read_schema(source).json
    assert schema["type"] == "object"
    assert "$ref" not in schema
    assert json.loads(json.dumps(schema)) == schema
    assert read_schema(schema).json == schema


def test_fields_have_no_titles_that_repeat_their_names():
    """They cost tokens; the title of the class names the schema."""
    assert read_schema(Aliased).json == {
        "title": "Aliased",
        "description": "A model whose names in JSON are others, with bounds and a default.",
        "type": "object",
        "properties": {
            "the-count": {"type": "integer", "exclusiveMinimum": 0},
            "size_cm": {"type": "number", "default": 1.5},
        },
        "required": ["the-count"],
    }


def test_what_the_class_lets_pass_is_not_made_stricter_by_the_object_around_it():
    """Whether it stands alone or in a list."""
    extra = '{"at": [1, 2], "colour": "red"}'
    assert read_schema(Point).data_of(extra) == Point((1, 2))
    assert read_schema(list[Point]).data_of(f'{{"items": [{extra}]}}') == [Point((1, 2))]


def test_a_class_that_is_not_complete_says_so():
    """Its type refers to one that is nowhere."""

    class Later(BaseModel):
        part: "Nowhere"  # noqa: F821  # that is what is tested

    @dataclass
    class LaterToo:
        part: "Nowhere"  # noqa: F821  # likewise

    for source in (Later, list[Later], LaterToo):
        with pytest.raises(OptionError, match="refers to a class that is not defined"):
            read_schema(source)


def test_classes_of_a_notebook_may_refer_to_later_ones():
    """They are in the module ``__main__``, as here."""
    code = """
        import pickle
        from dataclasses import dataclass
        from pydantic import BaseModel
        from runware_magic.prompt.schema.read_schema import read_schema
        class A(BaseModel):
            b: "B"
        @dataclass
        class C:
            b: "list[B]"
        class B(BaseModel):
            n: int
        for source, text in ((A, '{"b": {"n": 1}}'), (C, '{"b": [{"n": 1}]}'), (list[A], '[{"b": {"n": 1}}]')):
            print(pickle.loads(pickle.dumps(read_schema(source))).data_of(text))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["b=B(n=1)", "C(b=[B(n=1)])", "[A(b=B(n=1))]"]
