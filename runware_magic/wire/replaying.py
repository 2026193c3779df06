"""Replaying: a recording answers in the place of the network, byte for byte, at the pace at which it was recorded."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from http.client import IncompleteRead
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3.exceptions
from requests.adapters import BaseAdapter

from runware_magic.chat.request import Request
from runware_magic.errors import NotRecordedError
from runware_magic.wire.connections import Cutter, cutter_here
from runware_magic.wire.endpoint import BASE_URL, DEMO, Endpoint
from runware_magic.wire.forks import Lock
from runware_magic.wire.places import Places
from runware_magic.wire.recordings import BROKEN, SILENT, WHOLE, Recorded, Recording, request_in, same
from runware_magic.wire.unanswered import unanswered
from runware_magic.wire.unrecorded import unrecorded

#: Seconds come when they come: all at once.
AT_ONCE = math.inf

_NEVER_S = 1e6
_LONGEST_NAME = 200  # characters
_Take = tuple[Recorded, ...]


class Player:
    """Answers from a recording; a `Medium`.

    Parameters
    ----------
    recording
        What was recorded.
    speed
        How many times as fast as it was recorded; `AT_ONCE` for without pauses.
    clock
        Seconds, from any beginning.

    Attributes
    ----------
    recording, speed
        As given.
    endpoint
        What stands for the endpoint: it is called as the one that answered most.
    """

    def __init__(
        self, recording: Recording, speed: float = 1.0, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.recording, self.speed = recording, speed
        self._takes = recording.takes()
        self._given: Counter[str] = Counter()
        self._lock = Lock()
        self._places = Places(self._next)
        self._clock = clock
        names = Counter(each.endpoint for each in recording.exchanges if _is_name(each.endpoint)).most_common(1)
        # Nobody is asked there; and what is shown to be run by hand goes to no address that a file brings.
        self.endpoint = Endpoint(BASE_URL, None, names[0][0] if names else recording.name, recording.name)

    @property
    def requests(self) -> int:
        """How many requests it has an answer to, each counted once; the list of models is none."""
        return sum(bool(which) for which in self._takes)

    @property
    def dates(self) -> tuple[str, ...]:
        """The days of the recording, the first and the last; one where they are the same, none where it is empty."""
        dates = sorted(each.date for each in self.recording.exchanges)
        return tuple(dict.fromkeys((dates[0], dates[-1]))) if dates else ()

    def coming(self, request: Request) -> Recorded | None:
        """Give what a request would be answered by next, if it was recorded."""
        with self._lock:
            take = self._take(same(request))
        return take[-1] if take else None

    def unknown(self, request: Request | None) -> NotRecordedError:
        """Give the error for a request that was not recorded."""
        return unrecorded(request, self.recording)

    def adapter(self, where: Endpoint) -> BaseAdapter:
        """Give what stands for the network."""
        return _Replaying(self, where.host, self._clock)

    def expect(self, request: Request, cutter: Cutter) -> None:
        """Take note that a request begins."""
        self._places.expect(request, cutter)

    def attempt(self, request: Request | None, cutter: Cutter) -> tuple[Recorded, float | None]:
        """Give what came of this attempt at a request; the last one again where it was tried more often than then.

        Returns
        -------
        tuple
            It, and the seconds from its end to the next attempt; None where there was none.

        Raises
        ------
        NotRecordedError
            When it was not recorded.
        """
        take, attempt = self._places.attempt(request, cutter)
        if not take:
            raise self.unknown(request)
        now, *then = take[min(attempt, len(take)) - 1 :]
        return now, max(0.0, then[0].sent_s - now.sent_s - now.ended_s) / self.speed if then else None

    def _next(self, request: Request | None) -> _Take:
        which = same(request)
        with self._lock:
            take = self._take(which)
            self._given[which] += 1
        return take

    def _take(self, which: str) -> _Take:
        takes = self._takes.get(which, [])
        return takes[min(self._given[which], len(takes) - 1)] if takes else ()


def _is_name(text: str) -> bool:
    """Tell whether an endpoint may be called so: what a file says is not trusted."""
    with suppress(ValueError):
        return text == DEMO or (
            bool(urlsplit(text).netloc) and text.isascii() and text.isprintable() and len(text) <= _LONGEST_NAME
        )
    return False


class _Replaying(BaseAdapter):
    """An adapter that reaches nothing: what it gives was recorded."""

    def __init__(self, player: Player, host: str, clock: Callable[[], float]) -> None:
        super().__init__()
        self._player, self._host, self._clock = player, host, clock

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:  # noqa: ANN401  # requests' business
        body = request.body or b""
        asked = (
            request_in(body.encode() if isinstance(body, str) else bytes(body)) if request.method == "POST" else None
        )
        cutter = cutter_here()
        recorded, again_s = self._player.attempt(asked, cutter)
        pace = _Pace(self._player.speed, cutter, self._clock)
        if recorded.status is None:
            pace.reaches(recorded.ended_s)
            raise unanswered(recorded.ended, self._host, again=again_s is not None)
        pace.reaches(recorded.after_s)
        cutter.replied = True
        response = _response(request, recorded, _Tape(recorded, pace))
        # What the endpoint had asked for, or what was waited all the same; so long where nobody tried again that
        # nobody does.
        response.headers["Retry-After"] = f"{_NEVER_S if again_s is None else again_s:.2f}"
        return response

    def close(self) -> None:
        """Close nothing: nothing is open."""


class _Pace:
    """Tells when the moments of an exchange have come, counted from now."""

    def __init__(self, speed: float, cutter: Cutter, clock: Callable[[], float]) -> None:
        self._speed, self._cutter, self._clock = speed, cutter, clock
        self._began_s = clock()

    def has_come(self, at_s: float) -> bool:
        """Tell whether it has."""
        return self._clock() >= self._began_s + at_s / self._speed

    def reaches(self, at_s: float) -> bool:
        """Wait for it; False as soon as the request is to end."""
        wait_s = self._began_s + at_s / self._speed - self._clock()
        return not (self._cutter.wait(wait_s) if wait_s > 0 else self._cutter.is_cut)


class _Tape:
    """The raw body of a recorded answer, as far as this package reads one."""

    def __init__(self, recorded: Recorded, pace: _Pace) -> None:
        self._recorded, self._pace = recorded, pace
        self._at = 0

    def read1(self, amount: int, *, decode_content: bool) -> bytes:  # noqa: ARG002  # it was unpacked as it was recorded
        pieces = self._recorded.pieces
        if self._at == len(pieces):
            return self._end()
        if not self._pace.reaches(pieces[self._at][0]):
            return b""
        # What has come by now, at once, as from a socket.
        given: list[bytes] = []
        size = 0
        while self._at < len(pieces) and (not given or size < amount) and self._pace.has_come(pieces[self._at][0]):
            given.append(pieces[self._at][1])
            size += len(given[-1])
            self._at += 1
        return b"".join(given)

    def close(self) -> None:
        """Close nothing."""

    def _end(self) -> bytes:
        going_on = self._pace.reaches(self._recorded.ended_s)
        if going_on and self._recorded.ended == SILENT:
            raise urllib3.exceptions.ReadTimeoutError(None, "", "as recorded")  # type: ignore[arg-type]  # there is no pool
        if going_on and self._recorded.ended == BROKEN:
            msg = "as recorded"
            raise urllib3.exceptions.ProtocolError(msg, IncompleteRead(b""))
        return b""


def _response(request: requests.PreparedRequest, recorded: Recorded, tape: _Tape) -> requests.Response:
    response = requests.Response()
    response.status_code = recorded.status or 0
    response.headers["Content-Type"] = recorded.content_type
    if recorded.ended == WHOLE:
        # What HTTP itself had said, or the endpoint.
        response.headers["Transfer-Encoding"] = "chunked"
    response.raw, response.request, response.url = tape, request, request.url or ""
    return response
