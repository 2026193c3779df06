"""The command tools, in a terminal IPython."""

import json

import pytest
from IPython.utils.capture import capture_output
from terminal_ipython import failed, line

from runware_magic.ipython.completion import Known, complete

CELL = '''
from dataclasses import dataclass
@dataclass
class Place:
    name: str

def weather(place: Place, days: int = 1):
    """Return the weather.

    Args:
        place: Where.
    """

def now():
    pass
'''


def test_a_function_is_shown_as_a_model_sees_it(shell):
    """Its name, its description, each parameter, and the JSON; nothing is called and nothing is sent."""
    shell.run_cell(CELL)
    name, table, sent = line(shell, "tools weather").split("\n\n")
    assert name == "weather: Return the weather."
    assert [row.split("  ")[0] for row in table.splitlines()] == ["parameter", "place", "days"]
    assert json.loads(sent)["function"]["parameters"]["required"] == ["place"]


def test_several_functions_are_shown_in_order(shell):
    """Also one that says nothing and takes nothing."""
    shell.run_cell(CELL)
    shown = line(shell, "tools now, weather")
    assert shown.startswith("now: (no description: a docstring would be one)\n\n(no parameters)\n\n{")
    assert "\n}\n\nweather: Return the weather.\n\n" in shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tools", "The command needs the name of a function."),
        ("tools rain", "The tool rain has no value: NameError: name 'rain' is not defined."),
        ("tools print", "print cannot be described: "),
    ],
)
def test_what_cannot_be_described_is_an_error(shell, capsys, text, said):
    """As it is before a prompt is sent."""
    error, _ = failed(shell, f"%runware {text}", capsys)
    assert said in str(error)


def test_a_page_shows_a_table_and_code_literally(shell):
    """Whatever a docstring holds."""
    shell.run_cell("def f(x: int):\n    '''<img src=x onerror=alert(1)> \\x1b[2J'''")
    with capture_output() as captured:
        shell.run_line_magic("runware", "tools f")
    html = captured.outputs[0].data["text/html"]
    assert "&lt;img src=x" in html
    assert "<img" not in html
    assert "\x1b" not in html
    assert "<table" in html


def test_a_key_in_a_docstring_is_not_shown(shell, monkeypatch):
    """A request with it would be refused."""
    monkeypatch.setenv("RUNWARE_API_KEY", "KEYOFTHISTEST0123456")
    shell.run_cell(
        "def f(x: int = 1):\n    '''Use KEYOFTHISTEST0123456.\n\n    Args:\n        x: KEYOFTHISTEST0123456\n    '''"
    )
    shown = line(shell, "tools f")
    assert "KEYOFTHIS" not in shown
    assert shown.startswith("f: Use ….\n")


@pytest.mark.parametrize("command", ["tools", "allow", "refuse"])
def test_tab_offers_functions(command):
    """No other variables."""
    known = Known(names=("weather", "weak"), fitting=lambda option: {"tools": ("weather",)}.get(option, ()))
    assert complete(f"%runware {command} wea", known)[1] == ["weather"]
