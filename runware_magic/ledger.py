"""What was spent: kept even when the turn that it was spent on is forgotten."""

from __future__ import annotations

import math
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
    estimate
        US dollars, about, where the endpoint did not tell the cost of all that it sent; None where it did, or where the
        model's prices are unknown.
    earlier
        Whether it was spent before this kernel, which a restored notebook tells: no budget is to pay for it again.
    recorded
        Whether the answer was replayed: it cost so much when it was recorded, and nothing here.
    """

    model: str
    endpoint: str
    prompt_tokens: int | None
    completion_tokens: int | None
    cost: float | None
    total_s: float
    estimate: float | None = None
    earlier: bool = False
    recorded: bool = False

    @classmethod
    def on(cls, turn: Turn, estimate: float | None = None, *, earlier: bool = False) -> Spent:
        """Give what a turn used."""
        usage = turn.usage
        return cls(
            turn.model,
            turn.endpoint,
            usage.prompt_tokens if usage else None,
            usage.completion_tokens if usage else None,
            turn.cost,
            turn.timing.total_s or 0.0,
            estimate,
            earlier,
            turn.recorded is not None,
        )

    @property
    def counts(self) -> float | None:
        """US dollars, as a budget counts it: what was told or, where that is not all, about what it was."""
        told = [dollars for dollars in (self.cost, self.estimate) if dollars is not None]
        return max(told) if told else None


class Ledger:
    """What every turn used, each counted once."""

    def __init__(self) -> None:
        self._entries: dict[str, Spent] = {}

    def add(self, turns: Iterable[Turn], *, estimate: float | None = None, earlier: bool = False) -> None:
        """Enter turns; those that are in it already change nothing.

        Parameters
        ----------
        turns
            What was asked.
        estimate, earlier
            As in `Spent`, of each.
        """
        for turn in turns:
            self._entries.setdefault(turn.id, Spent.on(turn, estimate, earlier=earlier))

    def __len__(self) -> int:
        """Count the entries."""
        return len(self._entries)

    def __iter__(self) -> Iterator[Spent]:
        """Give the entries, oldest first."""
        return iter(tuple(self._entries.values()))

    def here(self) -> tuple[Spent, ...]:
        """Give what was spent in this kernel, oldest first: what was replayed cost nothing."""
        return tuple(entry for entry in self if not entry.earlier and not entry.recorded)


def total(amounts: Iterable[float | None]) -> float:
    """Add dollars up, without what is unknown, and without the noise of binary fractions."""
    return math.fsum(amount for amount in amounts if amount is not None)
