"""Limits how many requests are under way at once, and adapts the limit to the endpoint as TCP does.

Each answer raises the limit a little, each refusal for too many requests halves it and pauses new requests.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

_LEAST_S = 1.0  # refusals within this time of the first answer requests sent before it, and count as one


class AdaptiveLimiter:
    """Limits how many requests are under way, from any thread: `most` at once if the endpoint accepts them."""

    def __init__(self, most: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.under_way = 0
        self._most, self._clock = most, clock
        self._limit = float(most)
        self._opens_s = self._counts_until_s = -math.inf
        self._lock = threading.Lock()

    @property
    def limit(self) -> int:
        """How many may be under way now."""
        return int(self._limit)

    def enter(self) -> float:
        """Begin a request if the limit allows it, and return 0.

        Otherwise, return the seconds to wait before the next try; infinite if another request has to end first.
        """
        with self._lock:
            if self.under_way >= self.limit:
                return math.inf
            wait_s = self._opens_s - self._clock()
            if wait_s > 0:
                return wait_s
            self.under_way += 1
            return 0.0

    def release(self, *, ok: bool = True) -> None:
        """End a request; raise the limit if it was answered at the first try (`ok`)."""
        with self._lock:
            self.under_way -= 1
            if ok:
                self._limit = min(self._most, self._limit + 1 / self._limit)

    def slow_down(self, wait_s: float = 0.0) -> None:
        """Pause new requests for `wait_s` seconds, and halve the limit."""
        with self._lock:
            now_s = self._clock()
            if now_s >= self._counts_until_s:
                self._limit = max(1.0, self._limit / 2)
            self._opens_s = max(self._opens_s, now_s + wait_s)
            self._counts_until_s = max(self._opens_s, now_s + _LEAST_S)
