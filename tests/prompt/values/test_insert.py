"""Any value of the notebook in a message."""

from dataclasses import dataclass
from unittest.mock import MagicMock

import pytest

from runware_magic.chat.attached import Attached
from runware_magic.chat.parts import TextPart
from runware_magic.chat.turn import COMPLETE, FAILED, Reply, Timing, Turn, Variant
from runware_magic.prompt.values.insert import insert
from runware_magic.prompt.values.inserted import DEFAULT_LIMITS, Inserted, ValueLimits


@dataclass
class Point:
    """A value of no special kind."""

    x: int


class Lying:
    """Has any attribute, of itself."""

    def __getattr__(self, name):
        return self

    def __str__(self):
        return "lying"


@pytest.mark.parametrize(
    "value", ["text", 3, 0.1, None, True, b"abc", [1, 2], {"a": 1}, Point(1), Lying(), MagicMock(), len, int, type]
)
def test_a_value_of_no_special_kind_is_its_text(value):
    """As between braces of an f-string; and readers are not told of it."""
    assert insert(value, "v", DEFAULT_LIMITS) == Inserted((TextPart(f"{value}"),))


def answered(text, number=0, state=COMPLETE):
    """Return a turn."""
    variant = Variant("c", number, 2, {"model": f"m{number}"}) if number else None
    timing = Timing("2026-01-01T00:00:00Z")
    return Turn(str(number), "m", "e", (), timing, reply=Reply(text), state=state, variant=variant)


def test_a_turn_is_its_answer():
    """In the line."""
    inserted = insert(answered("Blue."), "sky", DEFAULT_LIMITS)
    assert inserted == Inserted((TextPart("Blue."),), Attached("sky", "answer"))


class Compared:
    """As a comparison is."""

    turns = (answered("Blue.", 1), answered("", 2, FAILED))
    picked = None


def test_a_comparison_is_its_answers():
    """Each under the name of its variant; one without text is not left out."""
    inserted = insert(Compared(), "both", DEFAULT_LIMITS)
    assert inserted.parts[0].text == "Answer 1 (m1):\n\nBlue.\n\nAnswer 2 (m2):\n\n(failed, no text)"
    assert inserted.attached == Attached("both", "answer")


def test_a_long_answer_is_cut_and_says_so():
    """After as many characters as are allowed."""
    inserted = insert(answered("a" * 500), "v", ValueLimits(max_attachment=100))
    assert inserted.parts[0].text == "a" * 100 + "\n(first 100 of 500 characters)"
    assert inserted.attached == Attached("v", "answer", cut=True)
