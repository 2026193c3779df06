"""Decode chunked bodies: all chunks that have arrived at once.

http.client returns one chunk a read, which takes longer than a word: endpoints send each word in a chunk of its own. As
in http.client, the part of a chunk that arrived before the connection broke is returned.
"""

from __future__ import annotations

from http.client import HTTPException, IncompleteRead, LineTooLong

_LONGEST_LINE = 65536
_MOST_TRAILERS = 100  # lines after the last chunk; http.client reads any number
_END = b"\r\n"
_NOTHING = b""  # what http.client reports as the partial content


class Dechunker:
    """A decoder of chunked bodies, without I/O."""

    def __init__(self) -> None:
        self.ended = False  # whether the body is complete
        self._held = b""  # the beginning of a line of the framing
        self._left = 0  # bytes of the chunk that are still to come
        self._at_line_end = False  # whether the chunk's data is complete, and its line end comes next
        self._trailers: int | None = None  # lines so far, once the last chunk has come
        self._error: HTTPException | None = None

    def take(self, arrived: bytes) -> list[bytes]:
        """Decode what has arrived (nothing means that the connection ended); return the data, chunk by chunk.

        Raise HTTPException if the framing is wrong or ends too early, after the data before that has been returned.
        """
        if self._error is not None:
            raise self._error
        if not arrived:
            raise IncompleteRead(_NOTHING)
        given: list[bytes] = []
        try:
            self._read(self._held + arrived, given)
        except HTTPException as error:
            if not given:
                raise
            self._error = error
        return given

    def _read(self, text: bytes, given: list[bytes]) -> None:
        at, size = 0, len(text)
        self._held = b""
        while at < size and not self.ended:
            if not self._left and not self._at_line_end and self._trailers is None:
                at = _whole(text, at, given)
            if self._left:
                piece = text[at : at + self._left]
                given.append(piece)
                at += len(piece)
                self._left -= len(piece)
                self._at_line_end = not self._left
                continue
            end = text.find(b"\n", at, at + _LONGEST_LINE)
            if end < 0:
                self._held = text[at:]
                if len(self._held) >= _LONGEST_LINE:
                    kind = "chunk size"
                    raise LineTooLong(kind)
                return
            self._line(text[at:end].removesuffix(b"\r"))
            at = end + 1

    def _line(self, line: bytes) -> None:
        if self._trailers is not None:
            self.ended = not line
            self._trailers += 1
            if self._trailers > _MOST_TRAILERS:
                msg = "more trailers than any server sends"
                raise HTTPException(msg)
        elif self._at_line_end:
            self._at_line_end = False
            if line:
                raise IncompleteRead(_NOTHING)
        else:
            self._left = _size(line)
            self._trailers = None if self._left else 0


def _whole(text: bytes, at: int, given: list[bytes]) -> int:
    """Append the chunks that are complete, as nearly all are; return where the next one begins."""
    while (end := text.find(_END, at, at + _LONGEST_LINE)) >= 0:
        start = end + 2
        stop = start + _size(text[at:end])
        if start == stop or text[stop : stop + 2] != _END:
            break
        given.append(text[start:stop])
        at = stop + 2
    return at


def _size(line: bytes) -> int:
    try:
        size = int(line.partition(b";")[0], 16)
    except ValueError:
        size = -1
    if size < 0:
        raise IncompleteRead(_NOTHING)
    return size
