"""How often a growing answer is drawn."""

from __future__ import annotations

from collections.abc import Callable

_TICK_S = 0.5  # between drawings while nothing comes: the clock in the status line goes on


class Pacer:
    """Says when to draw: soon after news, at most so many times a second, and now and then without news.

    Parameters
    ----------
    clock
        Seconds, from any beginning.
    frames_per_second
        At most so many drawings.
    """

    def __init__(self, clock: Callable[[], float], frames_per_second: float) -> None:
        self._clock = clock
        self._frame_s = 1 / frames_per_second
        self._drawn_at = float("-inf")
        self._news = False

    def timeout_s(self) -> float:
        """Give the seconds until something is to be drawn, even if nothing arrives."""
        return max(0.0, self._drawn_at + self._interval_s() - self._clock())

    def due(self, *, news: bool) -> bool:
        """Tell whether to draw now; if so, it counts as drawn."""
        self._news |= news
        now = self._clock()
        if now - self._drawn_at < self._interval_s():
            return False
        self._drawn_at, self._news = now, False
        return True

    def _interval_s(self) -> float:
        return self._frame_s if self._news else _TICK_S
