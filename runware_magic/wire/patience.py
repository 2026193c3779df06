"""How long to wait for an endpoint, and how often to try."""

from __future__ import annotations

from dataclasses import dataclass

_DAY_S = 86400.0  # a time-out beyond it is none, and from some weeks on more than sockets can count
_SHORTEST_S = 0.001


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, and how often to try; a time-out is at most a day.

    Attributes
    ----------
    connect_s
        Seconds for a connection to be made.
    idle_s
        Seconds without a single byte before an answer counts as lost.
    retries
        How often a request is sent again that was refused for now (408, 429, 5xx) or met no server.
    """

    connect_s: float = 10.0
    idle_s: float = 120.0
    retries: int = 2

    def __post_init__(self) -> None:
        for name in ("connect_s", "idle_s"):
            # In this order, what is not a number becomes a day.
            object.__setattr__(self, name, max(_SHORTEST_S, min(_DAY_S, getattr(self, name))))
