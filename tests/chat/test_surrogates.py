"""Text that Python can hold and UTF-8 cannot."""

import pytest

from runware_magic.chat.surrogates import encodable, encodable_json


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
