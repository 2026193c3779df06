"""Arguments as models write them: what the function gets, and what the model is told."""

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Literal

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, field_validator

from runware_magic.prompt.schema.problems import DataError
from runware_magic.prompt.tools.read_tool import read_tool


@dataclass
class Place:
    """Where."""

    name: str
    size: int = 1


class Even(BaseModel):
    """A model whose validator raises what no validator should."""

    number: int

    @field_validator("number")
    @classmethod
    def _even(cls, value):
        return value // 0 if value % 2 else value


def weather(place: Place, days: int = 1, unit: Literal["c", "f"] = "c"):
    """Return the weather."""
    return place, days, unit


def even(x: Even):
    """Return a number."""
    return x


def nothing():
    """Return nothing."""


NO_JSON = "the arguments are not JSON: "
WHOLE = "days: expected a whole number, got {}"


@pytest.mark.parametrize("text", ["", "  \n", "null", " null ", "{}", " {} "])
def test_nothing_stands_for_no_arguments(text):
    """Models send each of them to a function without parameters."""
    assert read_tool(nothing).arguments_of(text) == {}


@pytest.mark.parametrize("text", ['{"unused": ""}', '{"unused": {"a": [1]}}', '{"unused": null}'])
def test_the_parameter_that_stands_for_none_is_dropped(text):
    """It is there only because endpoints refuse a schema without properties."""
    tool = read_tool(nothing)
    (name,) = tool.to_json()["function"]["parameters"]["properties"]
    assert name == "unused"
    assert tool.parameters["properties"] == {}
    assert tool.arguments_of(text) == {}


def test_a_parameter_of_that_name_is_kept():
    """Where the function has it."""
    assert read_tool(lambda unused: unused, "f").arguments_of('{"unused": 3}') == {"unused": 3}


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("{}", ("place is missing",)),
        ("", ("place is missing",)),
        ("null", ("place is missing",)),
        ('{"place": "Oslo"}', ('place: expected an object, got "Oslo"',)),
        ('{"place": {"name": 3}, "days": []}', ("place.name: expected text, got 3", WHOLE.format("an empty list"))),
        ('{"place": {"name": "a", "colour": 1}}', ("place.colour is not in the schema",)),
        ('{"place": {"name": "a"}, "p0": 1, "Days": 1}', ("p0 is not in the schema", "Days is not in the schema")),
        ('{"place": {"name": "a"}, "unit": "k"}', ("unit: expected 'c' or 'f', got \"k\"",)),
        ('{"place": {"name": "a"}, "days": null}', (WHOLE.format("null"),)),
        ("[]", ("expected an object, got an empty list",)),
        ('"{}"', ('expected an object, got "{}"',)),
        ("3", ("expected an object, got 3",)),
        ('{"place": {"name"', (NO_JSON + "Expecting ':' delimiter: line 1 column 18 (char 17)",)),
        ('{"days": 1} {}', (NO_JSON + "Extra data: line 1 column 13 (char 12)",)),
        ("{days: 1}", (NO_JSON + "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",)),
        ('{"days": NaN}', (NO_JSON + "NaN is no number",)),
        ('{"days": -Infinity}', (NO_JSON + "-Infinity is no number",)),
        ('{"a":' * 100_000, ("the arguments are nested too deeply",)),
        ("[" * 100_000, ("the arguments are nested too deeply",)),
    ],
)  # fmt: skip
def test_the_model_is_told_what_is_wrong_and_where(text, problems):
    """In lines with paths, as for the data of answers."""
    with pytest.raises(DataError) as refused:
        read_tool(weather).arguments_of(text)
    assert refused.value.problems == problems


def test_numbers_too_long_for_python_are_told():
    """They are no whole numbers that it reads."""
    with pytest.raises(DataError, match=NO_JSON + "Exceeds the limit"):
        read_tool(weather).arguments_of(f'{{"days": {"9" * 5000}}}')


def test_many_problems_are_bounded():
    """The model is told the first ones, and how many there are."""
    with pytest.raises(DataError) as refused:
        read_tool(weather).arguments_of(json.dumps(dict.fromkeys(map(str, range(5000)), 1)))
    assert len(refused.value.problems) == 20
    assert refused.value.count == 1000


def test_what_a_validator_of_the_user_raises_is_told():
    """It is no crash: the model may mend it."""
    with pytest.raises(DataError, match="checking the arguments raised ZeroDivisionError"):
        read_tool(even).arguments_of('{"x": {"number": 3}}')


def test_texts_that_cannot_be_encoded_are_replaced():
    """Half a pair of UTF-16 is no character."""

    def f(text: str):
        return text

    assert read_tool(f).arguments_of('{"text": "a\\ud800b"}') == {"text": "a\ufffdb"}


PLACES = st.fixed_dictionaries({"name": st.text()}, optional={"size": st.integers(0, 9)})
#: A type, values of it as JSON, and values that are none of it.
KINDS = {
    "str": (str, st.text(), st.integers() | st.none() | st.lists(st.text())),
    "int": (int, st.integers(-(2**70), 2**70), st.text() | st.none() | st.just(0.5) | st.lists(st.none())),
    "float": (float, st.floats(allow_nan=False, allow_infinity=False), st.text() | st.none()),
    "bool": (bool, st.booleans(), st.text() | st.none() | st.lists(st.none())),
    "optional": (int | None, st.integers(-9, 9) | st.none(), st.text() | st.just(0.5)),
    "list": (list[int], st.lists(st.integers(-9, 9)), st.integers() | st.lists(st.text(), min_size=1)),
    "dict": (dict[str, bool], st.dictionaries(st.text(), st.booleans()), st.integers() | st.just({"a": "b"})),
    "literal": (Literal["a", "b"], st.sampled_from("ab"), st.just("c") | st.none()),
    "described": (Annotated[int, "a number"], st.integers(-9, 9), st.text()),
    "place": (Place, PLACES, st.just({}) | st.text()),
}  # fmt: skip
NAMES = st.sampled_from(["a", "b", "city", "json", "schema", "copy", "_x", "model_config", "self_", "größe", "class_"])


@st.composite
def calls(draw):
    """Draw a function, arguments that it takes, and one of these to spoil with a value that it does not take."""
    kinds = draw(st.dictionaries(NAMES, st.sampled_from(sorted(KINDS)), min_size=1, max_size=6))
    has_default = {name: draw(st.booleans()) for name in kinds}
    names: dict = {f"T_{kind}": KINDS[kind][0] for kind in kinds.values()}
    written = ", ".join(f"{name}: T_{kind}{' = None' * has_default[name]}" for name, kind in kinds.items())
    exec(f"def f(*, {written}): return locals()", names)  # noqa: S102  # the names are drawn above
    given_ = {
        name: draw(KINDS[kind][1]) for name, kind in kinds.items() if not has_default[name] or draw(st.booleans())
    }
    spoilt = draw(st.sampled_from(sorted(kinds)))
    return names["f"], given_, spoilt, draw(KINDS[kinds[spoilt]][2].filter(lambda value: value is not None))


@given(calls())
def test_what_the_schema_takes_is_taken_and_nothing_else(call):
    """By the validator and by the schema alike, for whatever signature; the path says where it is wrong."""
    function, arguments, spoilt, wrong = call
    tool = read_tool(function)
    jsonschema.validate(arguments, tool.parameters)
    read = tool.arguments_of(json.dumps(arguments))
    assert read.keys() == arguments.keys()
    assert tool.function(**read).keys() >= arguments.keys()
    as_json = {name: vars(value) if isinstance(value, Place) else value for name, value in read.items()}
    assert as_json == {
        name: {"size": 1, **value} if isinstance(read[name], Place) else value for name, value in arguments.items()
    }
    for other in ({**arguments, spoilt: wrong}, {**arguments, "extra": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(other, tool.parameters)
        with pytest.raises(DataError) as refused:
            tool.arguments_of(json.dumps(other))
        assert refused.value.problems[0].startswith("extra" if "extra" in other else spoilt)


@given(st.text() | st.recursive(st.none() | st.text() | st.floats(), st.lists).map(json.dumps))
def test_any_text_is_read_or_refused(text):
    """Nothing else is raised."""
    with suppress(DataError):
        read_tool(weather).arguments_of(text)
