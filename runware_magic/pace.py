"""How often a growing answer is drawn: soon after news, and never more than a front end and a server can take."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

#: Bytes of a message to a front end beside what it says.
MESSAGE = 540

_TICK_S = 0.5  # between drawings while nothing comes: the clock in the status line goes on
_MESSAGES_S = 40.0  # from one answer
_SHARED_S = 30.0  # from several together, whose beginnings and ends are some fifty messages each beside
_AGAIN_S = 37_000.0  # bytes sent again, of one answer: what is new has to be sent anyway
_SHARE = 1 / 3  # of the time, at most, that drawing takes


class Drawn(NamedTuple):
    """What a drawing took.

    Attributes
    ----------
    words
        Whether some of the answer was drawn.
    messages
        How many went to the front end.
    again
        Bytes in them that it had before.
    rest_s
        Seconds, at least, until the next.
    """

    words: bool = False
    messages: int = 0
    again: int = 0
    rest_s: float = 0.0


class Traffic:
    """What all answers of a kernel may send: those that grow at the same time share it."""

    def __init__(self) -> None:
        self._growing = 0

    def __enter__(self) -> None:
        self._growing += 1

    def __exit__(self, *_: object) -> None:
        self._growing -= 1

    def interval_s(self, messages: int) -> float:
        """Give the seconds from a drawing of so many messages to the next one of the same answer."""
        growing = self._growing
        return messages * growing / _SHARED_S if growing > 1 else messages / _MESSAGES_S


class Pacer:
    """Says how long to wait before an answer is drawn again.

    Parameters
    ----------
    frames_per_second
        At most so many drawings.
    traffic
        Shared with the other answers.
    clock
        Seconds, from any beginning.
    """

    def __init__(
        self, frames_per_second: float, traffic: Traffic | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._frame_s = 1 / frames_per_second
        self._traffic = traffic or Traffic()
        self._clock = clock
        self._drawn_at = self._next_at = float("-inf")

    def waits(self) -> tuple[float, float]:
        """Give the seconds to wait for news, and those to wait even if there is news."""
        now = self._clock()
        return max(0.0, self._drawn_at + _TICK_S - now), max(0.0, self._next_at - now)

    @property
    def resting(self) -> bool:
        """Whether it is too early to draw again."""
        return self._clock() < self._next_at

    def drawn(self, drawn: Drawn, began: float) -> None:
        """Take note of a drawing.

        Parameters
        ----------
        drawn
            What it took.
        began
            When it began, by the clock.
        """
        self._drawn_at = self._clock()
        interval_s = max(self._traffic.interval_s(drawn.messages), drawn.rest_s)
        if drawn.words:
            took_s = self._drawn_at - began
            interval_s = max(interval_s, self._frame_s, drawn.again / _AGAIN_S, took_s / _SHARE)
        # From its beginning: frames are as far apart as they are to be, however long one takes.
        self._next_at = max(began + interval_s, self._drawn_at)
