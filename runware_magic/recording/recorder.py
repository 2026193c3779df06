"""Record requests and their answers to a file, while they go over the network as usual."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from weakref import WeakSet

import requests
import urllib3.exceptions

from runware_magic.chat.request import Request
from runware_magic.recording.attempts import Attempts
from runware_magic.recording.failures import why_unanswered
from runware_magic.recording.file import append, is_recording
from runware_magic.recording.format import BROKEN, CLOSED, REFUSED, SILENT, STOPPED, WHOLE, Recorded, to_line
from runware_magic.transport.connections import Adapter, RequestCanceller, canceller_here
from runware_magic.transport.endpoint import Endpoint, Key
from runware_magic.transport.errors import is_stale_connection
from runware_magic.transport.forks import Lock
from runware_magic.transport.local_causes import local_cause
from runware_magic.transport.redaction import redact_pieces
from runware_magic.transport.response import is_framed

_LAST = re.compile(rb"(?:\A|[\r\n])data: ?\[DONE\](?:\r\n|\n|\r){2}\Z")
_TAIL = 32  # bytes that it takes
_POLLS, _POLL_S = 200, 0.01  # how often to check whether all is written, and the seconds between


@dataclass(slots=True)
class _Sent:
    """When a request was made, and when its first attempt was sent by the clock."""

    asked: str
    first_s: float | None = None


class Recorder:
    """A `Medium` that uses the network and records what goes through it; a recording that exists is continued.

    Raise UsageError if the file is something else, OSError if it cannot be written.
    """

    def __init__(
        self,
        path: Path,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = path
        self.count = 0  # requests that were recorded, each counted once
        self.trouble = ""  # why some are missing, in one line; empty if none are
        self._now, self._clock = now, clock
        self._last = datetime.min.replace(tzinfo=timezone.utc)
        self._attempts = Attempts(self._asked)
        self.expect = self._attempts.expect
        self._lock, self._way = Lock(), Lock()
        self._under_way: WeakSet[RequestCanceller] = WeakSet()
        if not is_recording(path):
            append(path, b"", self._made())

    def adapter(self, where: Endpoint) -> Adapter:
        """Return an adapter that records what it sends and receives."""
        return _RecordingAdapter(self, where, self._clock)

    def begun(self, where: Endpoint, canceller: RequestCanceller, now_s: float) -> Recorded:
        """Return what is known of an exchange at its beginning, `now_s` by the clock."""
        sent, attempt = self._attempts.attempt(canceller)
        with self._way:
            self._under_way.add(canceller)
        sent.first_s = now_s if sent.first_s is None else sent.first_s
        return Recorded(sent.asked, where.name, canceller.request, None, attempt=attempt, sent_s=now_s - sent.first_s)

    def ended(self, recorded: Recorded, key: Key | None, canceller: RequestCanceller) -> None:
        """Write an exchange, without the key."""
        try:
            recorded = replace(recorded, pieces=tuple(_without_key(recorded.pieces, key)))
            with self._lock:
                append(self.path, to_line(recorded), self._made())
                self.count += recorded.request is not None and recorded.attempt == 1
        except Exception as error:  # noqa: BLE001  # a recording that fails must not spoil the answer
            why = error.strerror if isinstance(error, OSError) else type(error).__name__
            self.trouble = f"some answers could not be written: {why}"
        finally:
            with self._way:
                self._under_way.discard(canceller)

    def rest(self) -> None:
        """Wait briefly until requests that were stopped are written; do not wait for those that run."""
        for _ in range(_POLLS):
            with self._way:
                if not any(canceller.is_cut for canceller in self._under_way):
                    return
            time.sleep(_POLL_S)

    def _made(self) -> str:
        return self._now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def _asked(self, _: Request | None) -> _Sent:
        # Different for each request: it identifies and orders them.
        self._last = max(self._now(), self._last + timedelta(microseconds=1))
        return _Sent(self._last.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))


class _RecordingAdapter(Adapter):
    """An adapter that passes what it sends and receives to a recorder."""

    def __init__(self, recorder: Recorder, where: Endpoint, clock: Callable[[], float]) -> None:
        self._recorder, self._where, self._clock = recorder, where, clock
        super().__init__()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401  # requests' business
        canceller, began_s = canceller_here(), self._clock()
        recorded = self._recorder.begun(self._where, canceller, began_s)
        try:
            response = super().send(request, *args, **kwargs)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            if not is_stale_connection(error, canceller) and not local_cause(error, self._where):
                ended = STOPPED if canceller.is_cut else why_unanswered(error)
                recorded = replace(recorded, ended=ended, ended_s=self._clock() - began_s)
                self._recorder.ended(recorded, self._where.key, canceller)
            raise
        recorded = replace(
            recorded,
            status=response.status_code,
            content_type=response.headers.get("Content-Type", ""),
            after_s=self._clock() - began_s,
        )
        write = partial(self._recorder.ended, key=self._where.key, canceller=canceller)
        response.raw = _RecordedBody(
            response.raw, is_framed(response), recorded, canceller, lambda: self._clock() - began_s, write
        )
        return response


@dataclass(eq=False)
class _RecordedBody:
    """The raw body of an answer, which reports once what was read of it."""

    _raw: Any
    _framed: bool
    _recorded: Recorded
    _canceller: RequestCanceller
    _elapsed_s: Callable[[], float]
    _write: Callable[[Recorded], object] | None  # None once it has been called
    _pieces: list[tuple[float, bytes]] = field(default_factory=list)
    _tail: bytes = b""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever requests uses
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
                # Before the piece is returned: with the whole answer, the caller may exit at once.
                self._end(WHOLE)
        else:
            self._end(WHOLE if self._framed else CLOSED)
        return piece

    def close(self) -> None:
        try:
            self._raw.close()
        finally:
            # The reader has all that it needs.
            self._end(WHOLE)

    def _end(self, how: str) -> None:
        write, self._write = self._write, None
        if write is None:
            return
        recorded = replace(self._recorded, pieces=tuple(self._pieces), ended_s=self._elapsed_s())
        if _LAST.search(self._tail):
            how = WHOLE
        elif self._canceller.is_cut:
            how = STOPPED
        elif recorded.status != HTTPStatus.OK and how != SILENT:
            how = REFUSED
        write(replace(recorded, ended=how))


def _without_key(pieces: Iterable[tuple[float, bytes]], key: Key | None) -> Iterator[tuple[float, bytes]]:
    """Yield the pieces of a body without the key; text that was held back gets the time of the next piece."""
    now_s = 0.0

    def bare() -> Iterator[bytes]:
        nonlocal now_s
        for at_s, piece in pieces:
            now_s = at_s
            yield piece

    for piece in redact_pieces(bare(), key):
        yield now_s, piece
