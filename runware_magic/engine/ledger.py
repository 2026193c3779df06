"""What was spent, including on turns that are forgotten."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from runware_magic.chat.turn import Turn

_UNIT = 2**1074


@dataclass(frozen=True, slots=True)
class Spent:
    """What one request used. Costs are in US dollars; None is unknown."""

    model: str
    endpoint: str
    prompt_tokens: int | None
    completion_tokens: int | None
    cost: float | None  # as reported by the endpoint
    total_s: float
    estimate: float | None = None  # if the endpoint did not report the whole cost, and prices are known
    earlier: bool = False  # spent by an earlier kernel, and restored from a notebook
    recorded: bool = False  # replayed: it cost nothing here

    @classmethod
    def on(cls, turn: Turn, estimate: float | None = None, *, earlier: bool = False) -> Spent:
        """Return what a turn used."""
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
    def is_paid_here(self) -> bool:
        """Whether it was spent in this kernel."""
        return not self.earlier and not self.recorded

    @property
    def counts(self) -> float | None:
        """US dollars that a budget counts: the reported cost or the estimate, whichever is higher."""
        told = [dollars for dollars in (self.cost, self.estimate) if dollars is not None]
        return max(told) if told else None


class Ledger:
    """What every turn used, each counted once."""

    def __init__(self) -> None:
        self._entries: dict[str, Spent] = {}
        self._spent = 0  # in units of the smallest float: integers add up exactly

    def add(self, turns: Iterable[Turn], *, estimate: float | None = None, earlier: bool = False) -> None:
        """Enter turns that are not in it yet, with the fields of `Spent`; other choices of a request count with it."""
        for turn in turns:
            if turn.id not in self._entries and not turn.counts_elsewhere:
                entry = self._entries[turn.id] = Spent.on(turn, estimate, earlier=earlier)
                if entry.is_paid_here:
                    whole, parts = (entry.counts or 0.0).as_integer_ratio()
                    self._spent += whole * (_UNIT // parts)

    @property
    def spent(self) -> float:
        """US dollars spent in this kernel, as a budget counts them; the same sum as `total` returns."""
        return self._spent / _UNIT

    def is_of_here(self, turn: Turn) -> bool:
        """Whether a turn was asked in this kernel."""
        entry = self._entries.get(turn.first_choice_id)
        return entry is not None and not entry.earlier

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Spent]:
        return iter(tuple(self._entries.values()))

    def here(self) -> tuple[Spent, ...]:
        """Return what was paid in this kernel, oldest first."""
        return tuple(entry for entry in self if entry.is_paid_here)


def total(amounts: Iterable[float | None]) -> float:
    """Add dollars exactly, ignoring unknown amounts."""
    return math.fsum(amount for amount in amounts if amount is not None)
