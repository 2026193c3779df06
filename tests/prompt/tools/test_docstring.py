"""What a docstring says to a model, in each style, and whatever it holds."""

import pytest
from growth import assert_not_quadratic
from hypothesis import given
from hypothesis import strategies as st

from runware_magic.prompt.tools.docstring import read_docstring
from runware_magic.prompt.tools.read_tool import read_tool

NUMPYDOC = """Return the weather.

More of it,
on two lines.

Parameters
----------
city : str
    The city,
    on two lines.
low, high : float
    The range.
days : int, optional
    How many.
other : Station or None
    Which one.

Returns
-------
str
    Rain.
"""
GOOGLE = """Return the weather.

More of it,
on two lines.

Args:
    city (str): The city,
        on two lines.
    low (float): The range.
    high (float): The range.
    days (int, optional): How many.
    other (Station): Which one.

Returns:
    str: Rain.

Raises:
    ValueError: Never.
"""
REST = """Return the weather.

More of it,
on two lines.

:param str city: The city,
    on two lines.
:param float low: The range.
:param float high: The range.
:param int days: How many.
:param other: Which one.
:type other: Station
:returns: Rain.
"""


@pytest.mark.parametrize("text", [NUMPYDOC, GOOGLE, REST], ids=["numpydoc", "google", "rest"])
def test_each_style_says_the_same(text):
    """The text above the sections, and of each parameter what it is, and its type if that is a plain one."""
    read = read_docstring(text)
    assert read.description == "Return the weather.\n\nMore of it,\non two lines."
    assert read.parameters == {
        "city": "The city, on two lines.",
        "low": "The range.",
        "high": "The range.",
        "days": "How many.",
        "other": "Which one.",
    }
    assert read.kinds == {"city": str, "low": float, "high": float, "days": int}


@pytest.mark.parametrize(
    ("text", "description"),
    [
        (None, ""),
        ("", ""),
        (" \n ", ""),
        ("One line.", "One line."),
        ("\n    Indented.\n\n    More.\n    ", "Indented.\n\nMore."),
        ("\x1b[2J<b>\u202ex", "␛[2J<b>x"),
        ("a" * 2000, "a" * 1023 + "…"),
        ("\ud800", "\ufffd"),
    ],
)
def test_whatever_a_docstring_is(text, description):
    """Bounded, and without control characters."""
    assert read_docstring(text).description == description


def test_a_hint_has_precedence_over_the_docstring():
    """Which may be older than the code; what it says of parameters that are none is left out."""

    def weather(city: int, days, other: str = ""):
        """Return the weather.

        Args:
            city (str): The city.
            days (int): How many.
            gone (str): It is no more.
        """

    assert read_tool(weather).parameters["properties"] == {
        "city": {"type": "integer", "description": "The city."},
        "days": {"type": "integer", "description": "How many."},
        "other": {"type": "string", "default": ""},
    }


@given(
    st.lists(
        st.sampled_from(
            [
                "Args:",
                "Parameters\n----------",
                ":param",
                "x",
                ":",
                "-",
                "\n",
                "    ",
                "(",
                ")",
                "int",
                "Returns:",
                ">>>",
            ]
        )
        | st.text(max_size=5)
    ).map("".join)
)
def test_any_text_is_read(text):
    """Nothing is raised, and nothing is too long."""
    read = read_docstring(text)
    assert len(read.description) <= 1024
    assert all(len(said) <= 500 for said in read.parameters.values())


@pytest.mark.fuzz
@pytest.mark.parametrize("unit", ["a ", ":param x: a\n", "x : int\n", "    x (int): a\n", "\n\n", ">>> a\n", "-", "("])
def test_long_docstrings_take_no_longer_than_their_length(unit):
    """And no longer than is read of them."""
    for before in ("", "Args:\n", "A.\n\nParameters\n----------\n"):
        assert_not_quadratic(read_docstring, lambda size: before + unit * (size // len(unit)), 1_000_000)  # noqa: B023
