"""A tool as a reader sees it."""

import enum
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from runware_magic.prompt.tools.described import described
from runware_magic.prompt.tools.read_tool import read_tool


class Unit(enum.Enum):
    """An enumeration."""

    C = "c"
    F = "f"


@dataclass
class Place:
    """A dataclass that refers to itself."""

    name: str
    near: "list[Place]"


def f(
    place: Place,
    days: Annotated[int, Field(ge=1, description="How many.")] = 1,
    unit: Unit = Unit.C,
    *,
    wind: bool = False,
    day: "dt.date | None" = None,
    names: list[str] = Field(default_factory=list),  # noqa: B008  # as pydantic has it
    kind: Literal["a", 1] = "a",
    places: list[Place] = (),
    anything: Any = None,
    value=None,
):
    """Do nothing."""


import datetime as dt  # noqa: E402  # the hint above is looked up later


def test_each_parameter_is_a_row():
    """Its name, its type in words, what stands for it, what it means."""
    assert described(read_tool(f)) == (
        ("place", "an object with name, near", "required", ""),
        ("days", "a whole number", "1", "How many."),
        ("unit", '"c" or "f"', '"c"', ""),
        ("wind", "true or false", "false", ""),
        ("day", "text (date) or null", "null", ""),
        ("names", "a list, each text", "may be left out", ""),
        ("kind", '"a" or 1', '"a"', ""),
        ("places", "a list, each an object with name, near", "[]", ""),
        ("anything", "any value or null", "null", ""),
        ("value", "text or true or false or a number or null", "null", ""),
    )


@pytest.mark.parametrize("kind", [list[list[list[list[list[list[int]]]]]], Literal[tuple("abcdefghij" * 40)]])
def test_words_are_bounded(kind):
    """However deep a type is, and however many values it has."""

    def g(x: kind):
        """Do nothing."""

    ((_, words, _, _),) = described(read_tool(g))
    assert len(words) <= 200
