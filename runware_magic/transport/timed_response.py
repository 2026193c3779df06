"""Responses without a connection, whose bytes come at given times: of recordings, and of the demo in process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

import requests

from runware_magic.transport.connections import RequestCanceller


class Pace:
    """The times of an answer, counted from now, at `speed` times the given pace."""

    def __init__(self, speed: float, canceller: RequestCanceller, clock: Callable[[], float] = time.monotonic) -> None:
        self._speed, self._canceller, self._clock = speed, canceller, clock
        self._began_s = clock()

    def has_come(self, at_s: float) -> bool:
        """Whether this time has come."""
        return self._clock() >= self._began_s + at_s / self._speed

    def reaches(self, at_s: float) -> bool:
        """Wait for this time; return False as soon as the request is to end."""
        wait_s = self._began_s + at_s / self._speed - self._clock()
        return not (self._canceller.wait(wait_s) if wait_s > 0 else self._canceller.is_cut)


class TimedBody:
    """The raw body of a response, with the methods that this package uses; each piece has the second at which it comes.

    `at_end` is called at the end of the body, and may raise what a broken connection would.
    """

    def __init__(
        self, pieces: Iterable[tuple[float, bytes]], pace: Pace, at_end: Callable[[], None] = lambda: None
    ) -> None:
        self._pieces, self._pace, self._at_end = iter(pieces), pace, at_end
        self._next = next(self._pieces, None)

    def read1(self, amount: int, *, decode_content: bool) -> bytes:  # noqa: ARG002  # nothing here is compressed
        """Return all that has arrived, as a socket does; wait if nothing has."""
        if self._next is None:
            self._at_end()
            return b""
        if not self._pace.reaches(self._next[0]):
            return b""
        given: list[bytes] = []
        size = 0
        while self._next is not None and (not given or size < amount) and self._pace.has_come(self._next[0]):
            given.append(self._next[1])
            size += len(given[-1])
            self._next = next(self._pieces, None)
        return b"".join(given)

    def close(self) -> None:
        """Do nothing."""


def timed_response(
    request: requests.PreparedRequest, status: int, headers: Mapping[str, str], body: TimedBody
) -> requests.Response:
    """Return a response as requests' adapters do."""
    response = requests.Response()
    response.status_code = status
    response.headers.update(headers)
    response.raw, response.request, response.url = body, request, request.url or ""
    return response
