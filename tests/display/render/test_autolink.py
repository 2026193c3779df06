"""Bare addresses are looked for where there can be any."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linkify_it import LinkifyIt

from runware_magic.display.render.markdown import MARKDOWN

PIECES = ["http", "HTTPS", "mailto", "ftp", ":", "/", "//", "://", "www.", "WWW.", "\u017f", "\u0130", "@", "a"]
PIECES += ["x.org", " ", "(", "ä"]


@pytest.mark.fuzz
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_no_address_is_missed(text):
    """Whatever linkify-it finds in a text, the quick look before has seen."""
    assert LinkifyIt.test(MARKDOWN.linkify, text) == MARKDOWN.linkify.test(text)
