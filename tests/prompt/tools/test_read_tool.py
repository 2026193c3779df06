"""Which functions a model may call, and how it sees them."""

import functools
import inspect
import re
import subprocess
import sys

import pytest

from runware_magic.errors import OptionError
from runware_magic.prompt.tools.read_tool import read_tool


def weather(city: str, days: int = 1) -> str:
    """Return the weather of a city."""
    return f"{city} {days}"


async def later(city: str, days: int = 1):
    """Return the weather of a city."""
    return f"{city} {days}"


@functools.lru_cache
def cached(city: str, days: int = 1):
    """Return the weather of a city."""
    return f"{city} {days}"


@functools.wraps(weather)
def decorated(*arguments, **named):
    """Say nothing of what it wraps."""
    return weather(*arguments, **named)


def forward(city: "str", days: "int" = 1):
    """Return the weather of a city."""
    return f"{city} {days}"


class Station:
    """A station with a method of each kind."""

    def weather(self, city: str, days: int = 1):
        """Return the weather of a city."""
        return f"{city} {days}"

    @classmethod
    def of_class(cls, city: str, days: int = 1):
        """Return the weather of a city."""
        return f"{city} {days}"

    @staticmethod
    def static(city: str, days: int = 1):
        """Return the weather of a city."""
        return f"{city} {days}"

    def __call__(self, city: str, days: int = 1):
        """Return the weather of a city."""
        return f"{city} {days}"


class Described:
    """Return the weather of a city."""

    def __call__(self, city: str, days: int = 1):  # noqa: D102  # the class says what it does
        return f"{city} {days}"


def more(unit: str, city: str, days: int = 1, *, wind: bool = False):
    """Return the weather of a city."""
    return f"{city} {days}" if (unit, wind) == ("C", True) else "wrong"


SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer", "default": 1}},
    "required": ["city"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (weather, "weather"),
        (later, "later"),
        (cached, "cached"),
        (decorated, "weather"),
        (forward, "forward"),
        (Station().weather, "weather"),
        (Station.of_class, "of_class"),
        (Station.static, "static"),
        (Station(), "Station"),
        (Described(), "Described"),
        (functools.partial(weather), "weather"),
        (functools.partial(more, "C", wind=True), "more"),
        (functools.partial(functools.partial(more, "C"), wind=True), "more"),
        (functools.partial(Station().weather), "weather"),
    ],
)
def test_each_kind_of_function_is_described_and_called(function, name):
    """By the same name, text and schema; what a partial has set is not the model's to change."""
    tool = read_tool(function)
    assert tool.to_json() == {
        "type": "function",
        "function": {"name": name, "description": "Return the weather of a city.", "parameters": SCHEMA},
    }
    result = tool.function(**tool.arguments_of('{"city": "Oslo"}'))
    if inspect.iscoroutine(result):
        with pytest.raises(StopIteration) as ended:
            result.send(None)
        result = ended.value.value
    assert result == "Oslo 1"


@pytest.mark.parametrize("name", ["f", "get-weather", "_", "a" * 64, "Temp_2"])
def test_a_name_that_endpoints_take(name):
    """It stands for the function's own."""
    assert read_tool(lambda: 1, name).name == name
    assert read_tool(weather, name).name == name


def test_a_function_without_a_docstring_has_no_description():
    """None is made up, and none is sent."""
    assert "description" not in read_tool(lambda: 1, "f").to_json()["function"]


def test_a_tool_is_its_own():
    """It is read once."""
    tool = read_tool(weather)
    assert read_tool(tool) is tool
    assert tool.function is weather


def test_some_builtins_can_be_described():
    """Where Python tells their parameters, by name."""
    tool = read_tool(round)
    assert list(tool.parameters["properties"]) == ["number", "ndigits"]
    assert tool.function(**tool.arguments_of('{"number": 2.345, "ndigits": 1}')) == 2.3


@pytest.mark.parametrize(
    ("value", "name", "said"),
    [
        (lambda: 1, None, "a lambda has none"),
        (weather, "", "letters without accents, digits, _ and - only, not ''"),
        (weather, "größe", "not 'größe'"),
        (weather, "a b", "not 'a b'"),
        (weather, "a\n<img src=x>\x1b[2J", "not 'a <img src=x>�[2J'"),
        (weather, "f\n", "not 'f'"),
        (weather, "a" * 65, "at most 64 characters, not 65"),
        (Station, None, "not the class Station"),
        (3, None, "not a value of type int"),
        (None, None, "not a value of type NoneType"),
        (weather("Oslo"), None, "not a value of type str"),
        ([weather], None, "not a value of type list"),
        (Station.weather, None, "a method without its object: its parameter self"),
        (max, None, "max cannot be described: Python does not tell its parameters"),
        (len, None, "len cannot be described: its parameter obj is positional only"),
        (print, None, "print cannot be described: "),
        (lambda *values: values, "f", "its parameter *values takes any number"),
        (lambda **values: values, "f", "its parameter **values takes arguments of any name"),
        (lambda a, /, b: a + b, "f", "its parameter a is positional only"),
    ],
)
def test_what_cannot_be_described_is_refused(value, name, said):
    """In one line, with the parameter's name and with what to do."""
    with pytest.raises(OptionError, match=re.escape(said)) as refused:
        read_tool(value, name)
    assert refused.value.hint
    assert "\n" not in str(refused.value)


def test_pydantic_and_the_parser_are_imported_at_first_use():
    """Loading what reads tools costs neither."""
    code = (
        "import sys\nfrom runware_magic.prompt.tools import named_tools\n"
        "print(sorted({'pydantic', 'docstring_parser'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
