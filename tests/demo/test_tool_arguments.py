"""Arguments of functions: from the prompt, and made up where they must be."""

from __future__ import annotations

import json

import pytest
from calling_tools import TEXT, WEATHER, WHOLE, asked, called, tool
from hypothesis import given
from hypothesis import strategies as st
from schemas import NAMES, schemas

from runware_magic.demo.made_up import allows
from runware_magic.demo.request import read
from runware_magic.demo.tool_arguments import filled, mended, names
from runware_magic.demo.tools import called as calls_of
from runware_magic.demo.tools import offered, told


def found(prompt, *, careless=False, required=None, **properties):
    """Return the arguments that a prompt leads to."""
    ask = read(json.dumps(asked(prompt, tool("f", "F.", required=required, **properties))).encode())
    return [dict(one.arguments) for one in filled(offered(ask)[0], ask, careless=careless)]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("What is the weather in Oslo?", ["Oslo"]),
        ("Compare Oslo and Lima.", ["Oslo", "Lima"]),
        ("Oslo or Lima: which is warmer? Oslo?", ["Oslo", "Lima"]),
        ("Is Buenos Aires larger than New York?", ["Buenos Aires", "New York"]),
        ("What is Oslo's weather in May?", ["Oslo"]),
        ("Tell me. Now, please!", []),
        ("what is über all this?", []),
        ("", []),
    ],
)
def test_names_are_capitalized_words(prompt, expected):
    """Those at the start of a sentence only if they are known; months are none."""
    assert names(prompt) == expected


def test_a_list_takes_all_names_in_one_call():
    """A single name has a call of its own."""
    many = {"type": "array", "items": TEXT}
    assert found("Compare Oslo and Lima.", cities=many) == [{"cities": ["Oslo", "Lima"]}]
    assert found("Compare Oslo and Lima.", city=TEXT) == [{"city": "Oslo"}, {"city": "Lima"}]


def test_what_is_not_needed_and_not_told_is_left_out():
    """What is needed is made up."""
    asked_for = {"city": TEXT, "unit": {"enum": ["celsius", "kelvin"]}, "note": TEXT}
    assert found("Weather in Oslo", required=["city"], **asked_for) == [{"city": "Oslo"}]
    assert found("Weather in Oslo, in kelvin", required=["city"], **asked_for) == [{"city": "Oslo", "unit": "kelvin"}]
    assert found("Weather in Oslo", required=["city", "note"], **asked_for) == [
        {"city": "Oslo", "note": "made-up note"}
    ]


@pytest.mark.parametrize(
    ("prompt", "properties", "expected"),
    [
        ('Translate "good morning"', {"text": TEXT}, {"text": "good morning"}),
        ("Search bicycles", {"query": TEXT}, {"query": "Search bicycles"}),
        ("What is (3 + 4) * 2?", {"expression": TEXT}, {"expression": "(3 + 4) * 2"}),
        ("From 3 to 12 by two", {"a": WHOLE, "b": WHOLE, "step": WHOLE}, {"a": 3, "b": 12, "step": 2}),
        ("Mail ada@example.com", {"to": {"type": "string", "format": "email"}}, {"to": "ada@example.com"}),
        ("On 14 May 2026", {"day": {"type": "string", "format": "date"}}, {"day": "2026-05-14"}),
        ("Oslo", {"city": {"anyOf": [TEXT, {"type": "null"}]}}, {"city": "Oslo"}),
    ],
)
def test_what_the_prompt_tells_is_used(prompt, properties, expected):
    """By the name and the type of the parameter."""
    assert found(prompt, **properties) == [expected]


def test_a_careless_call_keeps_numbers_in_words():
    """Only those that the prompt has so."""
    asked_for = {"days": WHOLE, "hour": WHOLE}
    assert found("Three days from 8 on", careless=True, **asked_for) == [{"days": "Three", "hour": 8}]
    assert found("Three days from 8 on", **asked_for) == [{"days": 3, "hour": 8}]


def test_what_was_right_stays_when_the_rest_is_mended():
    """Among several calls, it tells which of them this was."""
    rows = tool("f", "F.", city=TEXT, days=WHOLE)
    ask = read(json.dumps(asked("Compare Oslo and Lima for two days", rows)).encode())
    (function,) = offered(ask)
    assert mended(function, ask, {"city": "Lima", "days": "two"}).arguments == {"city": "Lima", "days": 2}
    assert mended(function, ask, {"days": 5}).arguments == {"city": "Oslo", "days": 5}
    assert mended(function, ask, {"town": "Lima"}).arguments == {"city": "Oslo", "days": 2}


@st.composite
def functions(draw):
    """Make functions with parameters of any kind, nested in any way."""
    drawn = draw(st.dictionaries(NAMES, schemas(), min_size=1, max_size=4))
    definitions = [schema.pop("$defs") for schema in drawn.values()]
    required = draw(st.lists(st.sampled_from(sorted(drawn)), unique=True))
    function = tool("f", "F.", required=required, **drawn)
    function["function"]["parameters"]["$defs"] = definitions[-1]
    return function


@given(functions(), st.text(max_size=80), st.booleans())
def test_arguments_are_those_that_the_function_takes(function, words, careless):
    """Whatever its parameters and the prompt; a careless call is mended."""
    ask = read(json.dumps(asked(f"{words} Oslo and Lima for 5 days, or two", function)).encode())
    (described,) = offered(ask)
    for one in filled(described, ask, careless=careless):
        right = mended(described, ask, one.arguments) if careless else one
        assert allows(described.schema, dict(right.arguments))


@given(st.text(max_size=200), st.text(max_size=200), st.sampled_from(["auto", "none", "required"]))
def test_any_result_leads_to_calls_or_to_words(result, arguments, choice):
    """Though the arguments are no JSON, and the result is anything."""
    row = {"role": "assistant", "content": None, "tool_calls": [called("a", "weather", f"{arguments}}}")]}
    body = asked("What is the weather in Oslo?", WEATHER, tool_choice=choice)
    body["messages"] += [row, {"role": "tool", "tool_call_id": "a", "content": result}]
    ask = read(json.dumps(body).encode())
    assert calls_of(ask) or told(ask).content
