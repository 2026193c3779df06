"""What was spent in a kernel: kept even when the turn that it was spent on is forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from runware_magic.chat.turn import Turn


@dataclass(frozen=True, slots=True)
class Spent:
    """What one request used.

    Attributes
    ----------
    model, endpoint
        Who answered.
    prompt_tokens, completion_tokens, cost
        As the endpoint told, the cost in US dollars; None where it did not.
    total_s
        Seconds from the request to the end of the answer.
    """

    model: str
    endpoint: str
    prompt_tokens: int | None
    completion_tokens: int | None
    cost: float | None
    total_s: float

    @classmethod
    def on(cls, turn: Turn) -> Spent:
        """Give what a turn used."""
        usage = turn.usage
        return cls(
            turn.model,
            turn.endpoint,
            usage.prompt_tokens if usage else None,
            usage.completion_tokens if usage else None,
            turn.cost,
            turn.timing.total_s or 0.0,
        )


class Ledger:
    """What every turn used, each counted once."""

    def __init__(self) -> None:
        self._entries: dict[str, Spent] = {}

    def add(self, turns: Iterable[Turn]) -> None:
        """Enter turns; those that are in it already change nothing."""
        for turn in turns:
            self._entries.setdefault(turn.id, Spent.on(turn))

    def __iter__(self) -> Iterator[Spent]:
        """Give the entries, oldest first."""
        return iter(self._entries.values())
