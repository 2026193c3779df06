"""Replay recordings: answer requests without a network, byte for byte, at the recorded pace."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from http.client import IncompleteRead
from typing import Any
from urllib.parse import urlsplit

import urllib3.exceptions
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter

from runware_magic.chat.request import Request
from runware_magic.errors import NotRecordedError
from runware_magic.recording.attempts import Attempts
from runware_magic.recording.failures import unanswered
from runware_magic.recording.format import BROKEN, SILENT, WHOLE, Recorded, Recording, same
from runware_magic.recording.mismatch import unrecorded
from runware_magic.transport.connections import RequestCanceller, canceller_here
from runware_magic.transport.endpoint import BASE_URL, DEMO, Endpoint
from runware_magic.transport.forks import Lock
from runware_magic.transport.timed_response import Pace, TimedBody, timed_response

#: The speed that leaves out all pauses.
AT_ONCE = math.inf

_NEVER_S = 1e6
_LONGEST_NAME = 200  # characters
_Take = tuple[Recorded, ...]


class Player(BaseAdapter):
    """A `Medium` that answers from a recording, and its only adapter.

    `speed` is the factor of the recorded pace (`AT_ONCE`: without pauses).
    """

    def __init__(
        self, recording: Recording, speed: float = 1.0, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self.recording, self.speed = recording, speed
        self._takes = recording.takes()
        self._given: Counter[str] = Counter()
        self._lock = Lock()
        self._attempts = Attempts(self._next)
        self.expect = self._attempts.expect
        self._clock = clock
        names = Counter(each.endpoint for each in recording.exchanges if _is_name(each.endpoint)).most_common(1)
        # Named after the endpoint that answered most, but never with an address from the file: commands that are shown
        # for running by hand would send the key there.
        self.endpoint = Endpoint(BASE_URL, None, names[0][0] if names else recording.name, recording.name)

    @property
    def requests(self) -> int:
        """How many different requests it can answer, without the list of models."""
        return sum(bool(which) for which in self._takes)

    @property
    def dates(self) -> tuple[str, ...]:
        """The first and the last day of the recording; one if they are the same, none if it is empty."""
        dates = sorted(each.date for each in self.recording.exchanges)
        return tuple(dict.fromkeys((dates[0], dates[-1]))) if dates else ()

    def coming(self, request: Request) -> Recorded | None:
        """Return the exchange that would answer a request next, if it was recorded."""
        with self._lock:
            take = self._take(same(request))
        return take[-1] if take else None

    def unknown(self, request: Request | None) -> NotRecordedError:
        """Return the error for a request that was not recorded."""
        return unrecorded(request, self.recording)

    def results_after(self, request: Request) -> dict[str, str]:
        """Return the results of the tool calls in the answer to a request, as it was recorded, by the calls' ids."""
        count, asked = len(request.messages), [message.to_json() for message in request.messages]
        for each in self.recording.exchanges:
            messages = each.request.messages if each.request else ()
            calls = messages[count].tool_calls if len(messages) > count else ()
            if calls and [message.to_json() for message in messages[:count]] == asked:
                known = {call.id for call in calls}
                return {told.tool_call_id: told.content for told in messages[count:] if told.tool_call_id in known}
        return {}

    def adapter(self, where: Endpoint) -> BaseAdapter:  # noqa: ARG002  # as in `Medium`
        """Return this adapter, which needs no network."""
        return self

    def send(self, request: PreparedRequest, *_: Any, **__: Any) -> Response:  # noqa: ANN401  # requests' business
        """Return the recorded response, or raise the recorded error."""
        canceller = canceller_here()
        recorded, again_s = self._attempt(canceller)
        pace = Pace(self.speed, canceller, self._clock)
        if recorded.status is None:
            pace.reaches(recorded.ended_s)
            raise unanswered(recorded.ended, again=again_s is not None)
        pace.reaches(recorded.after_s)
        canceller.replied = True

        def at_end() -> None:
            going_on = pace.reaches(recorded.ended_s)
            if going_on and recorded.ended == SILENT:
                raise urllib3.exceptions.ReadTimeoutError(None, "", "as recorded")  # type: ignore[arg-type]  # no pool
            if going_on and recorded.ended == BROKEN:
                msg = "as recorded"
                raise urllib3.exceptions.ProtocolError(msg, IncompleteRead(b""))

        # The recorded wait; if there was no other attempt, it is too long for one.
        wait_s = _NEVER_S if again_s is None else again_s
        headers = {"Content-Type": recorded.content_type, "Retry-After": f"{wait_s:.2f}"}
        if recorded.ended == WHOLE:
            # HTTP or the endpoint had marked the end.
            headers["Transfer-Encoding"] = "chunked"
        return timed_response(request, recorded.status, headers, TimedBody(recorded.pieces, pace, at_end))

    def close(self) -> None:
        """Do nothing: no connection is open."""

    def _attempt(self, canceller: RequestCanceller) -> tuple[Recorded, float | None]:
        """Return the exchange for this attempt (the last one again after the recorded attempts).

        With it, the seconds from its end to the next attempt; None if there was none. Raises NotRecordedError.
        """
        take, attempt = self._attempts.attempt(canceller)
        if not take:
            raise self.unknown(canceller.request)
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
    """Whether an endpoint may have this name: the file is not trusted."""
    with suppress(ValueError):
        return text == DEMO or (
            bool(urlsplit(text).netloc) and text.isascii() and text.isprintable() and len(text) <= _LONGEST_NAME
        )
    return False
