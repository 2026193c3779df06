"""How many requests are under way at once: as many as are wanted, fewer where an endpoint says that they are too many.

It is what TCP does: each answer lets the number grow a little, a refusal halves it. And nobody is let in while the
endpoint wants none: a request that is refused slows down all of them, not only itself.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

_LEAST_S = 1.0  # that a refusal counts for: others that come with it, for requests sent before, are the same one

#: Waits for a change for so many seconds at most, None for ever.
Wait = Callable[[threading.Condition, float | None], object]


def _wait(changed: threading.Condition, seconds: float | None) -> object:
    return changed.wait(seconds)


class Gate:
    """Lets requests in, from any thread.

    Parameters
    ----------
    most
        How many are let in at once where nobody is slowed down.
    clock
        Seconds, from any beginning.
    wait
        Waits for a change.

    Attributes
    ----------
    under_way
        How many are in.
    """

    def __init__(self, most: int, *, clock: Callable[[], float] = time.monotonic, wait: Wait = _wait) -> None:
        self.under_way = 0
        self._most, self._clock, self._wait = most, clock, wait
        self._wanted = float(most)
        self._opens_s = self._counts_until_s = -math.inf
        self._closed = False
        self._changed = threading.Condition()

    @property
    def limit(self) -> int:
        """How many may be in at once, as things are."""
        return int(self._wanted)

    def enter(self) -> float:
        """Let one in if there is room.

        Returns
        -------
        float
            0 where it is in. Where it is not, the seconds until it is worth asking again: infinite where another has
            to leave first.
        """
        with self._changed:
            return self._entered()

    def acquire(self) -> bool:
        """Wait until one is let in; false when the gate is closed."""
        with self._changed:
            while not self._closed and (wait_s := self._entered()) > 0:
                self._wait(self._changed, None if wait_s == math.inf else wait_s)
            return not self._closed

    def release(self, *, ok: bool = True) -> None:
        """Let one out.

        Parameters
        ----------
        ok
            Whether it was answered, and not told to wait before: then more may be under way.
        """
        with self._changed:
            self.under_way -= 1
            if ok:
                self._wanted = min(self._most, self._wanted + 1 / self._wanted)
            self._changed.notify_all()

    def slow_down(self, wait_s: float = 0.0) -> None:
        """Let nobody in for so many seconds, and from then on half as many at once."""
        with self._changed:
            now_s = self._clock()
            if now_s >= self._counts_until_s:
                self._wanted = max(1.0, self._wanted / 2)
            self._opens_s = max(self._opens_s, now_s + wait_s)
            self._counts_until_s = max(self._opens_s, now_s + _LEAST_S)

    def close(self) -> None:
        """Let nobody in any more: whoever waits is told so."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _entered(self) -> float:
        if self._closed or self.under_way >= self.limit:
            return math.inf
        wait_s = self._opens_s - self._clock()
        if wait_s > 0:
            return wait_s
        self.under_way += 1
        return 0.0
