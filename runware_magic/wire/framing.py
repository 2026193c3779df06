"""A chunked body without its framing: all chunks that have arrived at once, not each by itself.

http.client gives one chunk for each read. Endpoints send each word in a chunk of its own, and a chunk takes longer than
a word. As there, what had arrived of a chunk before its line broke is given.
"""

from __future__ import annotations

from http.client import HTTPException, IncompleteRead, LineTooLong

_LONGEST_LINE = 65536
_MOST_TRAILERS = 100  # lines behind the last chunk
_END = b"\r\n"


class Dechunker:
    """Takes bytes as they arrive, gives those of the body. Does no I/O.

    Attributes
    ----------
    ended
        Whether the body has come to its end.
    """

    def __init__(self) -> None:
        self.ended = False
        self._held = b""  # a line of the framing that has not come to its end
        self._left = 0  # bytes of the chunk that are to come
        self._at_line_end = False  # of a chunk: its data has come
        self._trailers: int | None = None  # lines so far, once the last chunk has come
        self._error: HTTPException | None = None

    def take(self, arrived: bytes) -> list[bytes]:
        """Take in what has arrived; nothing is the end of the connection.

        Returns
        -------
        list of bytes
            The body so far as it follows from that, chunk by chunk.

        Raises
        ------
        HTTPException
            When the framing is wrong, or ends too early. What came before has been given.
        """
        if self._error is not None:
            raise self._error
        if not arrived:
            msg = b""
            raise IncompleteRead(msg)
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
                self._hold(text[at:])
                return
            self._line(text[at:end].removesuffix(b"\r"))
            at = end + 1

    def _hold(self, line: bytes) -> None:
        if len(line) >= _LONGEST_LINE:
            kind = "chunk size"
            raise LineTooLong(kind)
        self._held = line

    def _line(self, line: bytes) -> None:
        if self._trailers is not None:
            self._trailer(line)
        elif self._at_line_end:
            # What should be the line end of a chunk's data.
            self._at_line_end = False
            if line:
                msg = b""
                raise IncompleteRead(msg)
        else:
            self._left = _size(line)
            self._trailers = None if self._left else 0

    def _trailer(self, line: bytes) -> None:
        # Of these, http.client reads as many as there come.
        self.ended = not line
        self._trailers = (self._trailers or 0) + 1
        if self._trailers > _MOST_TRAILERS:
            msg = "more trailers than any server sends"
            raise HTTPException(msg)


def _whole(text: bytes, at: int, given: list[bytes]) -> int:
    """Give the chunks that have come whole, as nearly all have; tell where the next one begins."""
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
        msg = b""
        raise IncompleteRead(msg)
    return size
