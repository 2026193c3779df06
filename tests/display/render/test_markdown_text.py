"""Markdown as text without its signs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runware_magic.display.render.markdown_text import to_text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("# Head\n\n**Bold**, *slanted* and `code`.", "Head\n\nBold, slanted and code."),
        ("- a\n- b\n  - c\n\nd", "• a\n• b\n  • c\n\nd"),
        ("2. a\n3. b", "2. a\n3. b"),
        ("a\nb  \nc", "a\nb\nc"),
        ("> quoted\n\n---\n\n[said](https://x.org)", "quoted\n\n───\n\nsaid"),
        ("```python\nx = 1\n\ny = **2\n```\nEnd", "x = 1\n\ny = **2\n\nEnd"),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n\nEnd", "a | b\n1 | 2\n\nEnd"),
        ("a &#155;2J \x1b[1m", "a \ufffd2J ␛[1m"),
        ("", ""),
    ],
)
def test_words_stay_and_signs_go(markdown, text):
    """Blocks stay apart, items have bullets or numbers, and no control character comes of a reference."""
    assert to_text(markdown) == text


@given(st.text("ab *_#-\n1.>\\", max_size=80))
def test_plain_words_are_never_lost(markdown):
    """Whatever stands around them."""
    assert [sign for sign in to_text(markdown) if sign in "ab"] == [sign for sign in markdown if sign in "ab"]
