"""Read the body of an answer as it arrives, within its limits, and release its connection."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import requests
import urllib3.exceptions

from runware_magic.chat import events
from runware_magic.chat.request import Request
from runware_magic.errors import RunwareError, TransportError, Words
from runware_magic.protocol.errors import left
from runware_magic.protocol.limits import Bounds, OutOfBoundsError, in_words
from runware_magic.transport.connections import RequestCanceller

_A_CALL = 64  # bytes that a tool call takes in memory beside its text
_CHECK = "Check base_url."
_LESS = Words("Ask for a shorter answer, or lower --max-tokens.", "Ask for a shorter answer, or lower max_tokens.")


class BoundedResponse:
    """The limits of one answer, applied to its bytes and to its events."""

    def __init__(self, accepted: Request, bounds: Bounds, host: str) -> None:
        self._accepted, self._bounds, self._host = accepted, bounds, host
        self._text = self._silent = 0
        self._began = self._told = self._finished = False

    def pieces(self, body: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the pieces of the body; raise OutOfBoundsError if they bring no text for too long."""
        for piece in body:
            self._silent += len(piece)
            yield piece
            # Checked after the piece was read: it may have brought text, which resets the count.
            if self._silent > self._bounds.silence:
                msg = f"{self._host} sent {in_words(self._bounds.silence)} without any text of an answer."
                raise OutOfBoundsError(msg)

    def _cut(self, event: events.Event, room: int) -> Iterator[events.Event]:
        """Yield what there is room for, and raise OutOfBoundsError."""
        if isinstance(event, events.ContentDelta | events.ReasoningDelta) and room > 0:
            yield replace(event, text=event.text.encode()[:room].decode(errors="ignore"))
        msg = f"The answer from {self._host} is longer than {in_words(self._bounds.answer)}."
        raise OutOfBoundsError(msg, left(began=True, told=self._told, advice=_LESS))

    def events(
        self,
        source: Iterator[events.Event],
        broken_off: Callable[[Exception, str | Words], RunwareError],
        hurry: Callable[[], object],
    ) -> Iterator[events.Event]:
        """Yield the events, and `Opened` before the first that is part of an answer.

        `broken_off` maps an error of urllib3, with a hint. `hurry` is called when the model is done: little can follow.
        Raise RunwareError if the answer breaks off before that; afterwards nothing of it can be lost.
        """
        try:
            for event in source:
                if not self._began and _is_of_answer(event):
                    self._began = True
                    yield events.Opened(self._accepted)
                if size := _weight(event):
                    self._text += size
                    # If text follows, the model was not done; that of another choice says nothing about this one.
                    self._silent, self._finished = 0, self._finished and isinstance(event, events.OtherChoice)
                    if self._text > self._bounds.answer:
                        yield from self._cut(event, self._bounds.answer - self._text + size)
                    yield event
                    continue
                self._told = self._told or (isinstance(event, events.UsageReport) and event.usage.counts_answer)
                yield event
                if isinstance(event, events.Finished):
                    self._finished = True
                    hurry()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            if not self._finished:
                raise broken_off(error, left(began=self._began, told=self._told)) from None
        except OutOfBoundsError as error:
            if not self._finished:
                # Not `error.hint`, which is worded for one kind of user only.
                message, hint = error.args
                hint = hint or left(began=self._began, told=self._told, advice=_CHECK)
                raise TransportError(message, hint) from None


def _is_of_answer(event: events.Event) -> bool:
    """Whether an event is part of an answer. An error alone is not, unless tokens were spent on it."""
    if isinstance(event, events.UsageReport):
        return event.usage.counts_answer
    return not isinstance(event, events.Failed | events.Skipped)


def _weight(event: events.Event) -> int:
    """Return the bytes of text in an event."""
    match event:
        case events.ContentDelta() | events.ReasoningDelta():
            return _bytes(event.text)
        case events.ToolCallDelta():
            return _A_CALL + _bytes(event.id) + _bytes(event.name) + _bytes(event.arguments)
        case events.OtherChoice():
            return _weight(event.event)
        case _:
            return 0


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


_PIECE = 65536  # bytes in one read at most; a read returns what has arrived, however little
_PACKED = 4096  # likewise, compressed: urllib3 before 2.6 decompresses all of it at once, to a thousand times that
_LINGER_S = 0.2  # to wait for the end of the body after the last event, so that the connection can be kept
_LINGERING, _SOON_S = 4, 0.001  # reads for that, and the shortest time-out of each: 0 would not wait at all
_ERROR_S = 2.0  # to wait for the body of an error; its status tells enough
_PADDING = b" \t\r\n\xef\xbb\xbf"  # white space, and the bytes of a byte order mark


def pieces(response: requests.Response) -> Iterator[bytes]:
    """Yield what has arrived, as it arrives, however the body is framed. Raises urllib3's errors and OSError."""
    # Not iter_content or urllib3's stream(): they wait for more where closing the connection ends the body.
    packing = response.headers.get("Content-Encoding", "")
    if "," in packing:
        # Nobody compresses twice, except for a decompression bomb.
        raise urllib3.exceptions.DecodeError(packing)
    amount = _PACKED if packing else _PIECE
    while True:
        # With decode_content, urllib3 is slower even where nothing is compressed.
        piece = response.raw.read1(amount, decode_content=bool(packing))
        if not piece:
            return
        yield piece


def first_byte(body: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return the first byte of a body (empty if the body is), and the body without the padding before it.

    The byte tells streams, JSON and HTML pages apart: servers mislabel all three. Servers send padding, which has no
    meaning in any of them, to keep a connection alive.
    """
    for piece in body:
        if rest := piece.lstrip(_PADDING):
            return rest[:1], itertools.chain((rest,), body)
    return b"", iter(())


def bounded(body: Iterable[bytes], longest: int, *, host: str) -> Iterator[bytes]:
    """Yield the pieces of a body that will be read as a whole; raise OutOfBoundsError beyond `longest` bytes."""
    size = 0
    for piece in body:
        size += len(piece)
        if size > longest:
            msg = f"{host} sent more than {in_words(longest)}."
            raise OutOfBoundsError(msg, "Check base_url.")
        yield piece


def beginning(response: requests.Response, canceller: RequestCanceller) -> str:
    """Read the beginning of an error's body, as much as comes in time, and close it."""
    body = bytearray()
    with (
        contextlib.closing(response),
        canceller.within(_ERROR_S),
        contextlib.suppress(urllib3.exceptions.HTTPError, OSError),
    ):
        for piece in pieces(response):
            body += piece
            if len(body) >= _PIECE:
                break
    return body.decode("utf-8-sig", errors="replace")


def is_framed(response: requests.Response) -> bool:
    """Whether HTTP itself marks the end of the body."""
    return "Content-Length" in response.headers or "chunked" in response.headers.get("Transfer-Encoding", "").lower()


def release(response: requests.Response, canceller: RequestCanceller) -> None:
    """Return the connection to its pool if the body ends soon; close it otherwise."""
    try:
        with contextlib.suppress(urllib3.exceptions.HTTPError, OSError, ValueError):
            # The rest of a compressed body might be a decompression bomb.
            if not canceller.is_cut and is_framed(response) and "Content-Encoding" not in response.headers:
                _read_rest(response, canceller)
    finally:
        # A socket that is only dropped stays open until the garbage collector closes it.
        with contextlib.suppress(OSError, ValueError):
            response.close()


def _read_rest(response: requests.Response, canceller: RequestCanceller) -> None:
    # No timer: it would be a thread for each of perhaps thousands of answers.
    deadline = time.monotonic() + _LINGER_S
    for _ in range(_LINGERING):
        canceller.shorten(max(_SOON_S, deadline - time.monotonic()))
        if not response.raw.read1(_PIECE, decode_content=False) or time.monotonic() > deadline:
            break
