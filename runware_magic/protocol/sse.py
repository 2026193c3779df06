"""Server-sent events: normalizes bytes so that sseclient parses them correctly.

sseclient-py 1.9 loses the first event after a byte order mark, merges two events at a blank line of mixed line ends,
stops at invalid UTF-8, and takes quadratic time for a long line in small pieces, for an event of many lines, and for
comments without a blank line between them. It also does not handle servers that separate events by one line end, or not
at all. All of this is corrected before it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from operator import attrgetter

import sseclient

from runware_magic.errors import RunwareError
from runware_magic.protocol.event_splitting import Parting
from runware_magic.protocol.limits import Bounds, OutOfBoundsError, in_words

#: The default size limit of an event, in bytes.
LONGEST = Bounds().event
_MARK = b"\xef\xbb\xbf"
_PLAIN = re.compile(rb"data:[\t -~]*\n\n")  # an event in one line of ASCII
_COMMENT = re.compile(rb"^:[^\n]*\n", re.MULTILINE)
_ERROR = re.compile(rb"^error:([^\n]*)(?:\n|\Z)", re.MULTILINE)
_EVENTS = re.compile(rb"\n+|(?:[^\n]+\n)+")  # runs of blank lines, and the lines between them
_MOST_LINES = 1000  # of one event, such as pretty-printed JSON


class _LineEnds:
    """Converts every line end to LF and removes the byte order mark, wherever the text is cut."""

    def __init__(self) -> None:
        self._start: bytes | None = b""
        self._after_cr = False
        self.undecided = True  # whether the start of the next piece depends on the ones before

    def take(self, piece: bytes) -> bytes:
        """Return the part of the text that no later piece can change."""
        if self._start is not None:
            piece = self._start + piece
            self._start = piece if _MARK.startswith(piece) else None
            piece = piece.removeprefix(_MARK) if self._start is None else b""
        # A CR ends its line at once; an LF at the start of the next piece belongs to it.
        text = piece.removeprefix(b"\n") if self._after_cr else piece
        self._after_cr = piece.endswith(b"\r") if piece else self._after_cr
        self.undecided = self._after_cr or self._start is not None
        return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text

    def rest(self) -> bytes:
        """Return what was held back, once no more will come."""
        return b"" if self._start is None else self._start.removeprefix(_MARK)


class _Measure:
    """Measures the current event against a limit in bytes. `size` is 0 between events."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self.size = self._lines = 0

    def fitting(self, block: bytes) -> int:
        """Count the bytes of whole lines, up to an event that is too long."""
        ends = block.count(b"\n")
        # If line ends come in pairs only, every event is a line.
        few = self._lines + ends <= _MOST_LINES or (not self._lines and 2 * block.count(b"\n\n") == ends)
        if few and self.size + len(block) <= self._longest:
            # The previous block ended with a line end too.
            _, blank, rest = (b"\n" + block).rpartition(b"\n\n")
            self._note(rest if blank else block, anew=bool(blank))
            return len(block)
        for part in _EVENTS.finditer(block):
            self._note(part[0].lstrip(b"\n"), anew=part.start() > 0 or part[0].startswith(b"\n"))
            if self._lines > _MOST_LINES or self.size > self._longest:
                return part.start()
        return len(block)

    def check(self, held: int = 0) -> None:
        """Raise `OutOfBoundsError` for an event that is too long, including `held` bytes of its last line."""
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
    """Cut a body into pieces that end at line ends, all of them LF; only the last may lack it.

    Invalid UTF-8 becomes U+FFFD; the byte order mark and comments are removed. Raises `OutOfBoundsError` for an event
    with more than `longest` bytes, or very many lines.
    """
    held: list[bytes] = []
    ends, size, event, parting = _LineEnds(), 0, _Measure(longest), Parting()
    for piece in pieces:
        if not event.size and not size and not ends.undecided and len(piece) <= longest and _PLAIN.fullmatch(piece):
            # The fast path for nearly all pieces: one event that needs no correction.
            yield piece
            continue
        whole, newline, rest = ends.take(piece).rpartition(b"\n")
        if newline:
            block = b"".join((*held, whole, newline))
            held, size = [], 0
            if block.startswith(b":") or b"\n:" in block:
                block = _COMMENT.sub(b"", block)
            block = parting.take(_with_error_events(block))
            yield _valid(block[: event.fitting(block)])
            event.check()
        held.append(rest)
        size += len(rest)
        event.check(size)
    held.append(ends.rest())
    if last := parting.take(_with_error_events(b"".join(held)), is_last=True):
        yield _valid(last)


def _with_error_events(block: bytes) -> bytes:
    """Return whole lines with each ``error:`` field, which no standard knows, as an event of its own."""
    if not block.startswith(b"error:") and b"\nerror:" not in block:
        return block
    return _ERROR.sub(rb"\nevent: error\ndata:\1\n\n", block)


def _valid(text: bytes) -> bytes:
    return text if text.isascii() else text.decode(errors="replace").encode()


def server_sent(pieces: Iterable[bytes], *, longest: int = LONGEST) -> Iterator[tuple[str, str]]:
    """Return an iterator over the name (``message`` by default) and data of each event. The last needs no blank line.

    Raises as `lines` does, and `RunwareError` when another package took the name ``sseclient``.
    """
    if "event_source" not in inspect.signature(sseclient.SSEClient.__init__).parameters:
        msg = "The module sseclient is not the one of the package sseclient-py."
        raise RunwareError(msg, "Run: pip uninstall -y sseclient && pip install --force-reinstall sseclient-py")
    return map(attrgetter("event", "data"), sseclient.SSEClient(lines(pieces, longest=longest)).events())
