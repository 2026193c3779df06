"""Parameters of every kind: what a model is told of them, what it may give, what the function gets."""

import collections.abc
import datetime as dt
import decimal
import enum
import json
import re
import typing
import uuid
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NamedTuple, Optional, TypedDict, Union

import pandas as pd
import pytest
from pydantic import BaseModel, Field

from runware_magic.errors import OptionError
from runware_magic.prompt.schema.problems import DataError
from runware_magic.prompt.tools.read_tool import read_tool


class Unit(enum.Enum):
    """An enumeration."""

    C = "c"
    F = "f"


@dataclass
class Place:
    """A dataclass with another one in it."""

    name: str
    near: "list[Place]" = field(default_factory=list)


class City(BaseModel):
    """A model."""

    name: str
    since: dt.date | None = None


class Point(NamedTuple):
    """A named tuple."""

    x: int
    y: int


class Row(TypedDict):
    """A typed dict."""

    name: str


class Doc:
    """What PEP 727 calls a documentation."""

    def __init__(self, documentation):
        self.documentation = documentation


def tool_of(kind, default=...):
    """Return the tool of a function with one parameter of a type."""

    def f(x=None):
        return x

    f.__annotations__["x"] = kind
    f.__defaults__ = () if default is ... else (default,)
    return read_tool(f)


def schema_of(kind, default=...):
    """Return the schema of a parameter of a type."""
    return tool_of(kind, default).parameters["properties"]["x"]


TEXT, NUMBER, WHOLE, NULL = {"type": "string"}, {"type": "number"}, {"type": "integer"}, {"type": "null"}
WHOLES = {"type": "array", "items": WHOLE}


@pytest.mark.parametrize(
    ("kind", "schema", "given", "value", "wrong"),
    [
        (str, TEXT, "a", "a", [3, None, ["a"]]),
        (int, WHOLE, 3, 3, ["3", 3.5, True, None]),
        (float, NUMBER, 3, 3.0, ["3", False]),
        (bool, {"type": "boolean"}, True, True, [1, "true"]),
        ("int", WHOLE, 3, 3, ["3"]),
        (Optional[int], {"anyOf": [WHOLE, NULL]}, None, None, ["x"]),  # noqa: UP045  # as older notebooks have it
        (int | str, {"anyOf": [WHOLE, TEXT]}, "a", "a", [1.5, []]),
        (Union[int, str, None], {"anyOf": [WHOLE, TEXT, NULL]}, 3, 3, [[3]]),  # noqa: UP007  # likewise
        (list[int], WHOLES, [1, 2], [1, 2], ["1", [1, "2"]]),
        (collections.abc.Sequence[int], WHOLES, [1], [1], [["1"]]),
        (collections.abc.Iterable[int], WHOLES, [1], [1], [["1"]]),
        (typing.Iterable[int], WHOLES, [1], [1], [["1"]]),
        (tuple[int, str], None, [1, "a"], (1, "a"), [[1], ["a", 1]]),
        (set[str], None, ["a"], {"a"}, ["a"]),
        (dict[str, int], None, {"a": 1}, {"a": 1}, [{"a": "b"}, []]),
        (dict, None, {"a": []}, {"a": []}, [[]]),
        (list, None, [1, "a"], [1, "a"], ["a"]),
        (Any, {}, [None], [None], []),
        (Literal["a", 2], {"enum": ["a", 2]}, 2, 2, ["b", "2"]),
        (Unit, {"$ref": "#/$defs/Unit"}, "f", Unit.F, ["F", 1]),
        (Place, {"$ref": "#/$defs/Place"}, {"name": "a", "near": [{"name": "b"}]}, Place("a", [Place("b")]), [{}]),
        (City, None, {"name": "a", "since": "2020-01-02"}, City(name="a", since=dt.date(2020, 1, 2)), [{}]),
        (Point, None, [1, 2], Point(1, 2), [[1]]),
        (Row, {"$ref": "#/$defs/Row"}, {"name": "a"}, {"name": "a"}, [{"name": 1}]),
        (dt.date, {"type": "string", "format": "date"}, "2020-01-02", dt.date(2020, 1, 2), ["yesterday", 5]),
        (dt.timedelta, {"type": "string", "format": "duration"}, "P1D", dt.timedelta(1), ["soon"]),
        (decimal.Decimal, None, "1.10", decimal.Decimal("1.10"), ["x"]),
        (uuid.UUID, None, str(uuid.UUID(int=1)), uuid.UUID(int=1), ["x"]),
        (Annotated[int, Field(ge=1, description="d")], {**WHOLE, "minimum": 1, "description": "d"}, 9, 9, [0]),
        (Annotated[int, Field(alias="other")], WHOLE, 1, 1, ["1"]),
        (Annotated[int, "how many"], {**WHOLE, "description": "how many"}, 1, 1, ["1"]),
        (Annotated[int, Doc("how many")], {**WHOLE, "description": "how many"}, 1, 1, ["1"]),
        (Annotated[collections.abc.Iterable[int], "all"], {**WHOLES, "description": "all"}, [1], [1], [["1"]]),
        (None, NULL, None, None, [0]),
    ],
)  # fmt: skip
def test_each_type_is_described_checked_and_made(kind, schema, given, value, wrong):
    """By its schema; the function gets instances, and what does not match says where."""
    tool = tool_of(kind)
    assert schema in (None, tool.parameters["properties"]["x"])
    assert tool.parameters["required"] == ["x"]
    (made,) = tool.arguments_of(json.dumps({"x": given})).values()
    assert (made, type(made)) == (value, type(value))
    for other in wrong:
        with pytest.raises(DataError) as refused:
            tool.arguments_of(json.dumps({"x": other}))
        assert refused.value.problems[0].startswith("x")


@pytest.mark.parametrize(
    ("kind", "default", "schema"),
    [
        (int, 3, {"type": "integer", "default": 3}),
        (Unit, Unit.C, {"$ref": "#/$defs/Unit", "default": "c"}),
        (int | None, None, {"anyOf": [WHOLE, NULL], "default": None}),
        (int, None, {"anyOf": [WHOLE, NULL], "default": None}),
        ("int", None, {"anyOf": [WHOLE, NULL], "default": None}),
        (float, float("inf"), NUMBER),
        (list[int], [1], {**WHOLES, "default": [1]}),
        (str, object(), TEXT),
        (Place, Place("a"), {"$ref": "#/$defs/Place", "default": {"name": "a", "near": []}}),
        (int, "not an int", {"type": "integer", "default": "not an int"}),
        (int, Field(3, ge=1, description="d"), {"type": "integer", "default": 3, "minimum": 1, "description": "d"}),
        (list[int], Field(default_factory=list), WHOLES),
    ],
)
def test_what_has_a_default_may_be_left_out(kind, default, schema):
    """The schema says which it is, where JSON can."""
    tool = tool_of(kind, default)
    assert tool.parameters["properties"]["x"] == schema
    assert "required" not in tool.parameters
    json.dumps(tool.to_json(), allow_nan=False)


def test_what_is_left_out_is_left_to_the_function():
    """Its own default is the very object, which pydantic would copy or change."""
    default = object()
    assert tool_of(str, default).arguments_of("{}") == {}


@pytest.mark.parametrize(("default", "value"), [(Field(3), 3), (Field(default_factory=list), [])])
def test_a_declared_default_is_made_into_its_value(default, value):
    """The function would take the declaration for the value."""
    assert tool_of(Any, default).arguments_of("{}") == {"x": value}


@pytest.mark.parametrize(
    ("function", "schema"),
    [
        (lambda x: x, {"anyOf": [TEXT, {"type": "boolean"}, WHOLE, NUMBER]}),
        (lambda x=3: x, {"type": "integer", "default": 3}),
        (lambda x=0.5: x, {"type": "number", "default": 0.5}),
        (lambda x="a": x, {"type": "string", "default": "a"}),
        (lambda x=False: x, {"type": "boolean", "default": False}),
        (lambda x=None: x, {"anyOf": [TEXT, {"type": "boolean"}, WHOLE, NUMBER, NULL], "default": None}),
    ],
)
def test_without_a_hint_the_default_tells_the_type(function, schema):
    """Without that, it may be what JSON has; not a text only, which a sum would join."""
    tool = read_tool(function, "f")
    assert tool.parameters["properties"]["x"] == schema
    for value in (3, 0.5, "a", True):
        if "anyOf" in schema:
            (made,) = tool.arguments_of(json.dumps({"x": value})).values()
            assert (made, type(made)) == (value, type(value))


@pytest.mark.parametrize(
    "name", ["schema", "json", "copy", "model_config", "model_fields", "validate", "_x", "__x", "p0", "größe", "dict"]
)  # fmt: skip
def test_a_parameter_may_have_any_name(name):
    """Also one that pydantic keeps for itself; where it is wrong, the model is told that name."""
    names: dict = {}
    exec(f"def f({name}: int, other: int = 1): return {name}", names)  # noqa: S102  # names are made up
    tool = read_tool(names["f"])
    assert tool.function(**tool.arguments_of(json.dumps({name: 3}))) == 3
    with pytest.raises(DataError, match=re.escape(f"{name}: expected a whole number")):
        tool.arguments_of(json.dumps({name: "x"}))
    with pytest.raises(DataError, match=f"{name} is missing"):
        tool.arguments_of("{}")


def test_hints_are_looked_up_where_the_function_is_defined():
    """As in a notebook, whose classes no module of this package knows, also when they are defined later."""
    notebook: dict = {}
    exec(  # noqa: S102  # as a cell
        "from __future__ import annotations\nimport functools\nfrom dataclasses import dataclass\n"
        "def f(city: City, *, more: list[City] = ()): return city\n"
        "@functools.wraps(f)\ndef g(*a, **k): return f(*a, **k)\n"
        "class Caller:\n    def __call__(self, city: City): return city\n"
        "h = functools.partial(f, more=[])\n"
        "@dataclass\nclass City:\n    name: str\n",
        notebook,
    )
    for function in (notebook["f"], notebook["g"], notebook["Caller"](), notebook["h"]):
        tool = read_tool(function)
        city = tool.function(**tool.arguments_of('{"city": {"name": "Oslo"}}'))
        assert type(city) is notebook["City"]


LATE = type("Late", (BaseModel,), {"__annotations__": {"at": "Nowhere"}, "__module__": __name__})


def _of(kind):
    def f(first: int, x: kind):
        return first, x

    return f


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (pd.DataFrame, "The parameter x of f cannot be DataFrame: "),
        (collections.abc.Callable[[int], int], "x of f cannot be collections.abc.Callable[[int], int]: JSON"),
        (list[pd.DataFrame], "The parameter x of f cannot be list["),
        ("Nowhere", "The type of the parameter x of f is not known: Nowhere raised NameError: name 'Nowhere'"),
        ("1 +", "The type of the parameter x of f is not known: 1 + raised SyntaxError: Forward reference"),
        ("1 / 0", "The type of the parameter x of f is not known: 1 / 0 raised ZeroDivisionError: division by zero."),
        ("\x1b[2J<img>", "The type of the parameter x of f is not known: �[2J<img> raised SyntaxError"),
        (LATE, "The parameter x of f refers to a class that is not defined."),
        (Annotated[int, Field(pattern="[")], "The parameter x of f cannot be"),
    ],
)  # fmt: skip
def test_a_type_that_cannot_be_described_is_refused(kind, said):
    """In one line that names the parameter."""
    with pytest.raises(OptionError, match=re.escape(said)) as refused:
        read_tool(_of(kind))
    assert refused.value.hint
    assert len(refused.value.message) < 300


def test_types_that_refer_to_others_bring_them():
    """Without the titles that repeat the names of fields."""
    tool = tool_of(list[Place])
    assert tool.parameters["$defs"]["Place"]["properties"]["near"] == {
        "type": "array",
        "items": {"$ref": "#/$defs/Place"},
    }
    assert "title" not in tool.parameters
    assert "title" not in tool.parameters["properties"]["x"]
