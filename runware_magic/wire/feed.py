"""What sseclient is fed: the bytes of a body, as whole lines that it reads right.

sseclient-py 1.9 loses the first event behind a byte order mark, merges two events at a blank line of mixed line ends,
stops at invalid UTF-8, and takes quadratic time for one long line in small pieces, for an event of many lines, and for
comments without a blank line between them, all of which it keeps. All of it is mended here, before it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from operator import attrgetter

import sseclient

from runware_magic.errors import RunwareError
from runware_magic.wire.bounds import Bounds, OutOfBoundsError, in_words

#: Bytes that a single event may have, unless said otherwise.
LONGEST = Bounds().event
_MARK = b"\xef\xbb\xbf"
_PLAIN = re.compile(rb"data:[\t -~]*\n\n")  # an event in one line of ASCII
_COMMENT = re.compile(rb"^:[^\n]*\n", re.MULTILINE)
_EVENTS = re.compile(rb"\n+|(?:[^\n]+\n)+")  # in whole lines: blank ones, and those between
_MOST_LINES = 1000  # of one event: as JSON that was printed to be read may have


class _LineEnds:
    """Gives every line end as LF, without the byte order mark, wherever the text is cut.

    Attributes
    ----------
    undecided
        Whether what the next piece begins with depends on what came.
    """

    def __init__(self) -> None:
        self._start: bytes | None = b""
        self._after_cr = False
        self.undecided = True

    def take(self, piece: bytes) -> bytes:
        """Take in a piece, give what is settled."""
        if self._start is not None:
            piece = self._start + piece
            self._start = piece if _MARK.startswith(piece) else None
            piece = piece.removeprefix(_MARK) if self._start is None else b""
        # A CR ends its line at once, without waiting for the LF that may follow it in the next piece.
        text = piece.removeprefix(b"\n") if self._after_cr else piece
        self._after_cr = piece.endswith(b"\r") if piece else self._after_cr
        self.undecided = self._after_cr or self._start is not None
        return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text

    def rest(self) -> bytes:
        """Give what was held back, once nothing more will come."""
        return b"" if self._start is None else self._start.removeprefix(_MARK)


class _Measure:
    """Measures the event that has not ended yet.

    Parameters
    ----------
    longest
        Bytes that an event may have.

    Attributes
    ----------
    size
        Bytes of it so far; 0 between two.
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self.size = self._lines = 0

    def fitting(self, block: bytes) -> int:
        """Count the bytes of whole lines, up to the event that is too long."""
        ends = block.count(b"\n")
        # Where they come in pairs only, every event is a line.
        few = self._lines + ends <= _MOST_LINES or (not self._lines and 2 * block.count(b"\n\n") == ends)
        if few and self.size + len(block) <= self._longest:
            # What came before ended with a line end too.
            _, blank, rest = (b"\n" + block).rpartition(b"\n\n")
            self._note(rest if blank else block, anew=bool(blank))
            return len(block)
        for part in _EVENTS.finditer(block):
            self._note(part[0].lstrip(b"\n"), anew=part.start() > 0 or part[0].startswith(b"\n"))
            if self._lines > _MOST_LINES or self.size > self._longest:
                return part.start()
        return len(block)

    def check(self, held: int = 0) -> None:
        """Refuse an event that is too long, with what is held of its last line."""
        if self._lines > _MOST_LINES:
            msg = f"One event of the answer has more than {_MOST_LINES} lines."
            raise OutOfBoundsError(msg)
        if self.size + held > self._longest:
            msg = f"One event of the answer is longer than {in_words(self._longest)}."
            raise OutOfBoundsError(msg)

    def _note(self, lines: bytes, *, anew: bool) -> None:
        if anew:
            self.size = self._lines = 0
        self.size += len(lines)
        self._lines += lines.count(b"\n")


def lines(pieces: Iterable[bytes], *, longest: int = LONGEST) -> Iterator[bytes]:
    """Cut a body into pieces that end at line ends, all of them LF.

    Parameters
    ----------
    pieces
        The body, cut anywhere.
    longest
        Bytes that a single event may have.

    Yields
    ------
    bytes
        Valid UTF-8, what was invalid replaced by U+FFFD; without byte order mark and comments. The last piece may lack
        its LF.

    Raises
    ------
    OutOfBoundsError
        When an event is longer than `longest`, or has very many lines.
    """
    held: list[bytes] = []
    ends, size, event = _LineEnds(), 0, _Measure(longest)
    for piece in pieces:
        if not event.size and not size and not ends.undecided and len(piece) <= longest and _PLAIN.fullmatch(piece):
            # Nearly all of them: one event, with nothing to mend.
            yield piece
            continue
        whole, newline, rest = ends.take(piece).rpartition(b"\n")
        if newline:
            block = b"".join((*held, whole, newline))
            held, size = [], 0
            if block.startswith(b":") or b"\n:" in block:
                block = _COMMENT.sub(b"", block)
            yield _valid(block[: event.fitting(block)])
            event.check()
        held.append(rest)
        size += len(rest)
        event.check(size)
    held.append(ends.rest())
    if any(held):
        yield _valid(b"".join(held))


def _valid(text: bytes) -> bytes:
    return text if text.isascii() else text.decode(errors="replace").encode()


def server_sent(pieces: Iterable[bytes], *, longest: int = LONGEST) -> Iterator[tuple[str, str]]:
    """Read server-sent events.

    Parameters
    ----------
    pieces, longest
        As in `lines`.

    Returns
    -------
    iterator of tuple of str
        The event's name (``message`` where it has none) and its data. The last event needs no blank line after it.

    Raises
    ------
    OutOfBoundsError
        As `lines` does.
    RunwareError
        When another package took the name ``sseclient``.
    """
    if "event_source" not in inspect.signature(sseclient.SSEClient.__init__).parameters:
        msg = "The module sseclient is not the one of the package sseclient-py."
        raise RunwareError(msg, "Run: pip uninstall -y sseclient && pip install --force-reinstall sseclient-py")
    return map(attrgetter("event", "data"), sseclient.SSEClient(lines(pieces, longest=longest)).events())
