"""What sseclient is fed: the bytes of a body, as whole lines that it reads right.

sseclient-py 1.9 loses the first event behind a byte order mark, merges two events at a blank line of mixed line ends,
stops at invalid UTF-8, and takes quadratic time for one long line in small pieces. All four are mended here, before it.
"""

from __future__ import annotations

import codecs
import inspect
from collections.abc import Iterable, Iterator

import sseclient

from runware_magic.errors import RunwareError, TransportError

_utf8 = codecs.getincrementaldecoder("utf-8")


def _normalised(pieces: Iterable[bytes]) -> Iterator[str]:
    """Decode, without byte order mark, every line end as LF."""
    decoder = _utf8(errors="replace")
    first, after_cr = True, False
    for piece in pieces:
        text = decoder.decode(piece)
        if first and text:
            text, first = text.removeprefix("\ufeff"), False
        # A CR ends its line at once, without waiting for the LF that may follow it in the next piece.
        if after_cr and text:
            text, after_cr = text.removeprefix("\n"), False
        if "\r" in text:
            after_cr = text.endswith("\r")
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if text:
            yield text
    yield decoder.decode(b"", final=True)


def lines(pieces: Iterable[bytes], *, longest: int = 32 * 2**20) -> Iterator[bytes]:
    """Cut a body into pieces that end at line ends, all of them LF.

    Parameters
    ----------
    pieces
        The body, cut anywhere.
    longest
        Characters that a single line may have.

    Yields
    ------
    bytes
        Valid UTF-8, what was invalid replaced by U+FFFD; without byte order mark. The last piece may lack its LF.

    Raises
    ------
    TransportError
        When a line is longer than `longest`.
    """
    held: list[str] = []
    size = 0
    for text in _normalised(pieces):
        whole, newline, rest = text.rpartition("\n")
        if newline:
            yield "".join((*held, whole, newline)).encode()
            held, size = [], 0
        held.append(rest)
        size += len(rest)
        if size > longest:
            msg = f"One event of the answer is longer than {longest} characters."
            raise TransportError(msg, "This is not how a chat endpoint speaks: check base_url.")
    if size:
        yield "".join(held).encode()


def server_sent(pieces: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """Read server-sent events.

    Parameters
    ----------
    pieces
        The body, cut anywhere.

    Yields
    ------
    tuple of str
        The event's name (``message`` where it has none) and its data. The last event needs no blank line after it.

    Raises
    ------
    RunwareError
        When another package took the name ``sseclient``.
    """
    if "event_source" not in inspect.signature(sseclient.SSEClient.__init__).parameters:
        msg = "The module sseclient is not the one of the package sseclient-py."
        raise RunwareError(msg, "Run: pip uninstall -y sseclient && pip install --force-reinstall sseclient-py")
    for event in sseclient.SSEClient(lines(pieces)).events():
        yield event.event, event.data
