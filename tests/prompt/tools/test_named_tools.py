"""The tools that an option or a Python program names."""

import functools
import re

import pytest

from runware_magic.errors import OptionError, asked_from_python
from runware_magic.prompt.tools.named_tools import tools_given, tools_of
from runware_magic.prompt.tools.read_tool import read_tool


def weather(city: str):
    """Return the weather."""
    return city


def convert(value: float, unit: str = "C"):
    """Convert."""
    return value, unit


class Station:
    """A station."""

    def weather(self, city: str):
        """Return the weather here."""
        return city


NOTEBOOK = {
    "weather": weather,
    "convert": convert,
    "station": Station(),
    "kelvin": functools.partial(convert, unit="K"),
    "square": lambda x: x * x,
    "functools": functools,
    "stations": [Station(), Station()],
}


def named(text):
    """Return the tools that a text names in the notebook."""
    return tools_of(text, lambda expression: eval(expression, dict(NOTEBOOK)))  # noqa: S307  # the test's own


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("weather", ["weather"]),
        (" weather , convert ", ["weather", "convert"]),
        ("convert,station.weather", ["convert", "weather"]),
        ("kelvin,convert", ["kelvin", "convert"]),
        ("square", ["square"]),
        ("stations[0].weather", ["weather"]),
        ("functools.partial(convert, unit='C,K')", ["convert"]),
        ("functools.partial(convert, unit=')'),weather", ["convert", "weather"]),
        ("[weather, convert][1]", ["convert"]),
    ],
)
def test_functions_are_named_by_expressions(text, names):
    """With commas between them; a model knows them by the name that is written, which consent and cards show."""
    assert [tool.name for tool in named(text)] == names


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Tools must be names with commas between them, not ''"),
        ("weather,", "Tools must be names with commas between them, not 'weather,'"),
        (",", "not ','"),
        ("rain", "The tool rain has no value: NameError: name 'rain' is not defined."),
        ("weather(", "The tool weather( has no value: SyntaxError: "),
        ("1/0", "The tool 1/0 has no value: ZeroDivisionError: division by zero."),
        ("weather('Oslo')", "A tool must be a function, not a value of type str."),
        ("lambda x: x", "a lambda has none"),
        ("stations", "not a value of type list"),
        ("weather,station.weather", "Two tools have the name weather."),
        ("weather,weather", "Two tools have the name weather."),
        ("\x1b[2J\n<b>", "The tool �[2J <b> has no value"),
    ],
)
def test_what_names_no_functions_is_refused(text, said):
    """In one line, with what to do."""
    with pytest.raises(OptionError, match=re.escape(said)) as refused:
        named(text)
    assert refused.value.hint
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (None, []),
        ([], []),
        ({}, []),
        (weather, ["weather"]),
        ([weather, convert], ["weather", "convert"]),
        ((weather, Station().weather.__call__), None),
        ({"rain": weather, "square": lambda x: x}, ["rain", "square"]),
        (Station().weather, ["weather"]),
        ([read_tool(weather, "rain"), weather], ["rain", "weather"]),
        (read_tool(weather), ["weather"]),
    ],
)
def test_python_gives_functions(given, names):
    """One, a list of them, or a dict with their names."""
    if names is None:
        with pytest.raises(OptionError):
            tools_given(given)
        return
    assert [tool.name for tool in tools_given(given)] == names


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("weather", "A tool must be a function, not a value of type str."),
        ([lambda x: x], "a lambda has none. Name it: tools={'weather': …}."),
        ([weather, Station().weather], "Two tools have the name weather. Name them: tools={'one': …, 'other': …}."),
        ({3: weather}, "The name of a tool must be a text, not a value of type int."),
        ({"größe": weather}, "not 'größe'. Name it: tools={'weather': …}."),
        ([[weather]], "A tool must be a function, not a value of type list."),
    ],
)
def test_what_python_gives_is_refused_in_its_words(given, said):
    """Its hint has no cells."""
    with pytest.raises(OptionError) as refused, asked_from_python():
        tools_given(given)
    assert said in str(refused.value)
