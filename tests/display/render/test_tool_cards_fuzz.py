"""Nothing that a model or a function says means anything in a card: name, arguments, result, what was shown."""

import re

import pytest
from hypothesis import given
from strict_readers import assert_harmless_to_all_readers, assert_sound
from tooling import LIVE, hostile, under_way
from vectors import VECTORS
from wild_texts import texts

from runware_magic.chat.messages import ToolCall
from runware_magic.chat.turn import Reply
from runware_magic.display.render.bundle import bundle, step_html
from runware_magic.display.render.tool_cards import cards_html
from runware_magic.display.render.tool_steps import Card, Step, cards_of

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def assert_unharmed(text):
    """In every state, and in every face."""
    for turn in hostile(text):
        cards, shown = cards_of(turn), bundle(turn)
        assert_sound(cards_html(cards), pictures=True)
        assert_sound(shown["text/html"], pictures=True)
        assert_harmless_to_all_readers(shown["text/markdown"])
        assert not _CONTROLS.search(shown["text/plain"])
    call = ToolCall(text, text, text)
    cards = [Card(call, state, 1.0, under_way(state, call, content=text).result) for state in LIVE]
    assert_sound(step_html(Step(Reply(text, text), tuple(cards)), "auto"))


@pytest.mark.fuzz
@pytest.mark.parametrize("number", [number for number, each in VECTORS.items() if each.family in {"tools", "attached"}])
def test_no_vector_means_anything_in_a_card(number):
    """Those that were written for names and results."""
    assert_unharmed(VECTORS[number].text)


@given(texts)
def test_nothing_means_anything_in_a_card(text):
    """Whatever it is."""
    assert_unharmed(text)
