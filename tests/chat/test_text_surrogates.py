"""Text that Python can hold and UTF-8 cannot."""

import json

import pytest

from runware_magic.chat.messages import Message
from runware_magic.chat.request import Request
from runware_magic.chat.text import encodable, encodable_json
from runware_magic.protocol.chat_completions import CHAT_COMPLETIONS


def test_what_can_be_encoded_is_left_alone():
    """Text without lone surrogates is the same object."""
    text = "naïve 🎉"
    assert encodable(text) is text


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a\ud83d", "a\ufffd"), ("\udc00b", "\ufffdb"), ("\ud83d\ude00 \ud83d", "😀 \ufffd"), ("😀\ud800", "😀\ufffd")],
)
def test_half_a_pair_is_replaced_and_two_halves_are_joined(text, expected):
    """Nothing else of the text changes."""
    assert encodable(text) == expected


def test_every_text_of_a_value_is_looked_at():
    """Names and entries, however deep; what is no text stays."""
    value = {"a\ud800": [1, None, {"b": ("\udfff", True)}]}
    assert encodable_json(value) == {"a\ufffd": [1, None, {"b": ["\ufffd", True]}]}


def test_nothing_that_is_sent_holds_half_a_pair():
    """Prompts, names of models and fields: servers refuse them."""
    message = Message("user", "caf\udce9.txt")
    assert message.content == "caf\ufffd.txt"
    body = CHAT_COMPLETIONS.encode(Request("m\ud800", (message,), {"user\udfff": ["\udce9"]}))
    assert "\\ud" not in json.dumps(body)
