"""Time-outs and retries."""

from __future__ import annotations

from dataclasses import dataclass

_DAY_S = 86400.0  # sockets fail with time-outs of some weeks
_SHORTEST_S = 0.001


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, and how often to try; a time-out is at most a day."""

    connect_s: float = 10.0  # for making a connection
    idle_s: float = 120.0  # without a byte, before an answer counts as lost
    retries: int = 2  # after 408, 429, 5xx or a refused connection

    def __post_init__(self) -> None:
        for name in ("connect_s", "idle_s"):
            # In this order, NaN becomes a day.
            object.__setattr__(self, name, max(_SHORTEST_S, min(_DAY_S, getattr(self, name))))
