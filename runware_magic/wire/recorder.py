"""Recording: all goes over the network as ever, and what is asked and what comes is written down as it ends."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from http import HTTPStatus
from pathlib import Path
from typing import Any
from weakref import WeakSet

import requests
import urllib3.exceptions

from runware_magic.chat.events import Event
from runware_magic.chat.request import Request
from runware_magic.errors import RunwareError
from runware_magic.wire.bodies import is_framed, told_apart
from runware_magic.wire.chunks import decode_stream, decode_whole
from runware_magic.wire.connections import Adapter, Cutter, cutter_here
from runware_magic.wire.endpoint import Endpoint, Key
from runware_magic.wire.failures import met_closed_door
from runware_magic.wire.forks import Lock
from runware_magic.wire.places import Places
from runware_magic.wire.recording_files import append, is_recording
from runware_magic.wire.recordings import (
    BROKEN,
    CLOSED,
    REFUSED,
    SILENT,
    STOPPED,
    WHOLE,
    Recorded,
    request_in,
    to_line,
)
from runware_magic.wire.redaction import hidden_in_events, hidden_in_pieces
from runware_magic.wire.unanswered import why_unanswered

_DONE = b"[DONE]"
_LAST = re.compile(rb"[\r\n]data: ?\[DONE\](?:\r\n|\n|\r){2}\Z")
_TAIL = 32  # bytes that it takes
_LOOKS, _LOOK_S = 200, 0.01  # looks whether all is written, and seconds between them


@dataclass(slots=True)
class _Place:
    """When a request was asked, and its first attempt was sent, by the clock."""

    asked: str
    first_s: float | None = None


class Recorder:
    """Writes down what goes through it; a `Medium`.

    Parameters
    ----------
    path
        The file. What is recorded there already stays.
    now
        The time of day.
    clock
        Seconds, from any beginning.

    Attributes
    ----------
    path
        The file.
    count
        How many requests were written, however often each was sent.
    trouble
        Why some are missing, in one line; empty where none are.

    Raises
    ------
    UsageError
        When something else is in the file.
    OSError
        When it cannot be written.
    """

    def __init__(
        self,
        path: Path,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path, self.count, self.trouble = path, 0, ""
        self._now, self._clock = now, clock
        self._last = datetime.min.replace(tzinfo=timezone.utc)
        self._places = Places(self._asked)
        self._lock, self._way = Lock(), Lock()
        self._under_way: WeakSet[Cutter] = WeakSet()
        if not is_recording(path):
            append(path, b"", self._made())

    def adapter(self, where: Endpoint) -> Adapter:
        """Give what carries requests to an endpoint, and listens."""
        return _Listening(self, where, self._clock)

    def expect(self, request: Request, cutter: Cutter) -> None:
        """Take note that a request begins."""
        self._places.expect(request, cutter)

    def begun(self, prepared: requests.PreparedRequest, where: Endpoint, cutter: Cutter, now_s: float) -> Recorded:
        """Give what is known of an exchange as it begins, now by the clock."""
        request = request_in(_body(prepared)) if prepared.method == "POST" else None
        place, attempt = self._places.attempt(request, cutter)
        with self._way:
            self._under_way.add(cutter)
        place.first_s = now_s if place.first_s is None else place.first_s
        return Recorded(place.asked, where.name, request, None, attempt=attempt, sent_s=now_s - place.first_s)

    def ended(self, recorded: Recorded, key: Key | None, cutter: Cutter) -> None:
        """Write an exchange down: without the key, and not at all where that came letter by letter."""
        try:
            self._write(recorded, key)
        except Exception as error:  # noqa: BLE001  # the answer itself is none the worse for it, whatever it is
            why = error.strerror if isinstance(error, OSError) else type(error).__name__
            self.trouble = f"some could not be written: {why}"
        finally:
            with self._way:
                self._under_way.discard(cutter)

    def rest(self) -> None:
        """Wait until what somebody stopped is written, but not for long, and not for what goes on."""
        for _ in range(_LOOKS):
            with self._way:
                if not any(cutter.is_cut for cutter in self._under_way):
                    return
            time.sleep(_LOOK_S)

    def _write(self, recorded: Recorded, key: Key | None) -> None:
        recorded = replace(recorded, pieces=tuple(_without_key(recorded.pieces, key)))
        line = to_line(recorded)
        if _holds(recorded, line, key):
            self.trouble = "an answer that repeated the key was left out"
            return
        with self._lock:
            append(self.path, line, self._made())
            self.count += recorded.request is not None and recorded.attempt == 1

    def _made(self) -> str:
        return self._now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def _asked(self, _: Request | None) -> _Place:
        # Each another: it tells the requests apart, and their order.
        self._last = max(self._now(), self._last + timedelta(microseconds=1))
        return _Place(self._last.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))


class _Listening(Adapter):
    """An adapter that tells a recorder what it sends and gets."""

    def __init__(self, recorder: Recorder, where: Endpoint, clock: Callable[[], float]) -> None:
        self._recorder, self._where, self._clock = recorder, where, clock
        super().__init__()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401  # requests' business
        cutter, began_s = cutter_here(), self._clock()
        recorded = self._recorder.begun(request, self._where, cutter, began_s)
        try:
            response = super().send(request, *args, **kwargs)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            if not met_closed_door(error, cutter):
                ended = STOPPED if cutter.is_cut else why_unanswered(error)
                recorded = replace(recorded, ended=ended, ended_s=self._clock() - began_s)
                self._recorder.ended(recorded, self._where.key, cutter)
            raise
        recorded = replace(
            recorded,
            status=response.status_code,
            content_type=response.headers.get("Content-Type", ""),
            after_s=self._clock() - began_s,
        )

        def then(recorded: Recorded) -> None:
            self._recorder.ended(recorded, self._where.key, cutter)

        response.raw = _Heard(response, recorded, cutter, then, lambda: self._clock() - began_s)
        return response


class _Heard:
    """The raw body of an answer, which tells once what was read of it."""

    def __init__(
        self,
        response: requests.Response,
        recorded: Recorded,
        cutter: Cutter,
        then: Callable[[Recorded], object],
        elapsed_s: Callable[[], float],
    ) -> None:
        self._raw, self._framed = response.raw, is_framed(response)
        self._recorded, self._cutter, self._elapsed_s = recorded, cutter, elapsed_s
        self._pieces: list[tuple[float, bytes]] = []
        self._then: Callable[[Recorded], object] | None = then
        self._tail = b""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever requests asks of it
        return getattr(self._raw, name)

    def read1(self, amount: int, *, decode_content: bool) -> bytes:
        try:
            piece: bytes = self._raw.read1(amount, decode_content=decode_content)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            silent = isinstance(error, urllib3.exceptions.ReadTimeoutError | TimeoutError)
            self._end(SILENT if silent else BROKEN)
            raise
        if piece:
            self._pieces.append((self._elapsed_s(), piece))
            self._tail = (self._tail + piece)[-_TAIL:]
            if _LAST.search(self._tail):
                # Before anybody hears of it: whoever has the whole answer may leave at once.
                self._end(WHOLE)
        else:
            self._end(WHOLE if self._framed else CLOSED)
        return piece

    def close(self) -> None:
        try:
            self._raw.close()
        finally:
            # Nobody read on: what was wanted has come.
            self._end(WHOLE)

    def _end(self, how: str) -> None:
        then, self._then = self._then, None
        if then is None:
            return
        recorded = replace(self._recorded, pieces=tuple(self._pieces), ended_s=self._elapsed_s())
        if _DONE in recorded.body[-len(_DONE) - 16 :]:
            how = WHOLE
        elif self._cutter.is_cut:
            how = STOPPED
        elif recorded.status != HTTPStatus.OK and how != SILENT:
            how = REFUSED
        then(replace(recorded, ended=how))


def _body(prepared: requests.PreparedRequest) -> bytes:
    body = prepared.body or b""
    return body.encode() if isinstance(body, str) else bytes(body)


def _without_key(pieces: Iterable[tuple[float, bytes]], key: Key | None) -> Iterator[tuple[float, bytes]]:
    """Give the pieces of a body without the key; what was held back comes with the piece that settles it."""
    now_s = 0.0

    def bare() -> Iterator[bytes]:
        nonlocal now_s
        for at_s, piece in pieces:
            now_s = at_s
            yield piece

    for piece in hidden_in_pieces(bare(), key):
        yield now_s, piece


def _holds(recorded: Recorded, line: bytes, key: Key | None) -> bool:
    """Tell whether the key is left in an exchange: whole, or in the words of the answer taken together."""
    if key is None or not key.is_secret:
        return False
    found = any(form.encode() in line or json.dumps(form)[1:-1].encode() in line for form in key.forms)

    def note() -> None:
        nonlocal found
        found = True

    with suppress(RunwareError, ValueError, RecursionError):
        for _ in hidden_in_events(_events(recorded.body), key, note):
            pass
    return found


def _events(body: bytes) -> Iterator[Event]:
    start, pieces = told_apart(iter((body,)))
    if start in {b"{", b"["}:
        yield from decode_whole(json.loads(b"".join(pieces)))
    else:
        yield from decode_stream(pieces)
