"""Limits how often a growing answer is drawn, to what front ends and servers can take."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

#: Bytes of a message to a front end without its content.
MESSAGE = 540

_TICK_S = 0.5  # between drawings while nothing comes, for the clock in the status line
_MESSAGES_PER_S = 40.0  # of one answer
_SHARED_PER_S = 30.0  # of several together, whose beginnings and ends are some fifty messages each
_AGAIN_PER_S = 37_000.0  # bytes of one answer that are sent again
_SHARE = 1 / 3  # of the time that drawing may take


class DrawCost(NamedTuple):
    """What a drawing cost."""

    words: bool = False  # whether some of the answer was drawn
    messages: int = 0  # to the front end
    again: int = 0  # bytes in them that the front end had before
    rest_s: float = 0.0  # seconds until the next drawing, at least


def together(*drawn: DrawCost) -> DrawCost:
    """Return the cost of several drawings together."""
    words, messages, again, _ = zip(*drawn, strict=True)
    return DrawCost(any(words), sum(messages), sum(again))


class MessageBudget:
    """The messages to the front end, shared by all answers of a kernel that grow at the same time."""

    def __init__(self) -> None:
        self._growing = 0

    def __enter__(self) -> None:
        self._growing += 1

    def __exit__(self, *_: object) -> None:
        self._growing -= 1

    def interval_s(self, messages: int) -> float:
        """Return the seconds between two drawings of an answer that each take so many messages."""
        growing = self._growing
        return messages * growing / _SHARED_PER_S if growing > 1 else messages / _MESSAGES_PER_S


class FrameThrottle:
    """Limits how often an answer is drawn again."""

    def __init__(
        self, frames_per_second: float, message_budget: MessageBudget, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._frame_s, self._message_budget, self._clock = 1 / frames_per_second, message_budget, clock
        self._drawn_at = self._next_at = float("-inf")

    def waits(self) -> tuple[float, float]:
        """Return the longest and the shortest time to wait for news, in seconds."""
        now = self._clock()
        return max(0.0, self._drawn_at + _TICK_S - now), max(0.0, self._next_at - now)

    @property
    def resting(self) -> bool:
        """Whether it is too early to draw again."""
        return self._clock() < self._next_at

    def drawn(self, drawn: DrawCost, began: float) -> None:
        """Record what a drawing cost, and when it `began`."""
        self._drawn_at = self._clock()
        interval_s = max(self._message_budget.interval_s(drawn.messages), drawn.rest_s)
        if drawn.words:
            took_s = self._drawn_at - began
            interval_s = max(interval_s, self._frame_s, drawn.again / _AGAIN_PER_S, took_s / _SHARE)
        # From the beginning of the drawing, so that the frame rate does not depend on how long drawing takes.
        self._next_at = max(began + interval_s, self._drawn_at)
