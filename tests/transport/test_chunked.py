"""Chunked bodies: however they are cut, what was sent comes out, and what is wrong is told."""

from http.client import HTTPException, IncompleteRead, LineTooLong

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runware_magic.transport.chunked import Dechunker

BODIES = st.lists(st.binary(min_size=1, max_size=20), max_size=6)


def framed(pieces, extension=b"", trailers=b""):
    """Return a body in chunks."""
    chunks = (b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces)
    return b"".join(chunks) + b"0\r\n" + trailers + b"\r\n"


def taken(*arrived):
    """Return the decoded pieces of a stream."""
    dechunker = Dechunker()
    return b"".join(chunk for piece in arrived for chunk in dechunker.take(piece)), dechunker.ended


def exhaust(dechunker, arrived):
    """Decode more after the end of what is valid, which raises the error that was held back."""
    dechunker.take(arrived)
    dechunker.take(b"x")


@given(BODIES, st.data(), st.sampled_from([b"", b";name=value"]), st.sampled_from([b"", b"X-More: yes\r\n"]))
def test_a_body_is_the_same_wherever_it_is_cut(pieces, data, extension, trailers):
    """Within a size, a line end or a trailer too."""
    whole = framed(pieces, extension, trailers)
    cuts = sorted(data.draw(st.lists(st.integers(1, len(whole) - 1), max_size=6, unique=True)))
    parts = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert taken(*parts) == (b"".join(pieces), True)


def test_what_has_arrived_of_a_chunk_is_given():
    """No word waits for the end of its chunk."""
    assert taken(b"ff\r\nsome") == (b"some", False)


def test_chunks_that_have_arrived_come_at_once():
    """They are many, and small."""
    assert Dechunker().take(framed([b"a", b"b", b"c"])) == [b"a", b"b", b"c"]


def test_what_follows_the_end_is_not_of_the_body():
    """A server that goes on has nothing more to say to this request."""
    assert taken(framed([b"a"]) + b"HTTP/1.1 200 OK\r\n\r\n") == (b"a", True)


@pytest.mark.parametrize(
    ("arrived", "error"),
    [
        (b"word\r\n", IncompleteRead),
        (b"\r\n", IncompleteRead),
        (b"-1\r\n", IncompleteRead),
        (b"1\r\nab\r\n", IncompleteRead),
        (b"f" * 70_000, LineTooLong),
        (b"0\r\n" + b"X-More: yes\r\n" * 200, HTTPException),
    ],
)
def test_wrong_framing_is_an_error(arrived, error):
    """And what came before is given first."""
    dechunker = Dechunker()
    start = dechunker.take(b"3\r\nyes\r\n")
    assert start == [b"yes"]
    with pytest.raises(error):
        exhaust(dechunker, arrived)


def test_what_came_in_one_piece_before_an_error_is_not_lost():
    """It is given, and the error next time."""
    dechunker = Dechunker()
    assert dechunker.take(b"3\r\nyes\r\nno\r\n") == [b"yes"]
    with pytest.raises(IncompleteRead):
        dechunker.take(b"more")


def test_an_end_before_the_last_chunk_is_an_error():
    """The connection was lost."""
    dechunker = Dechunker()
    dechunker.take(b"3\r\nyes\r\n")
    with pytest.raises(IncompleteRead):
        dechunker.take(b"")
