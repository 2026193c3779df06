"""Budgets: checked before a request is sent, and while its answer comes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from runware_magic.chat.events import Ended, Event, Finished
from runware_magic.chat.pricing import Meter
from runware_magic.chat.text import amount, counted, dollars
from runware_magic.chat.turn import COMPLETE, FAILED, Turn
from runware_magic.engine.ledger import Ledger, total
from runware_magic.errors import BudgetError, OptionError, SpentError, Words
from runware_magic.transport.forks import Lock

_KEPT = " The text so far is kept."


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits in US dollars: for all answers of the kernel, and for this answer. None is no limit."""

    kernel: float | None = None
    cell: float | None = None

    def __post_init__(self) -> None:
        for limit in (self.kernel, self.cell):
            if limit is not None and (not isinstance(limit, int | float) or not limit >= 0):
                msg = f"A budget must be an amount in US dollars, 0 or more, not {limit!r}."
                raise OptionError(msg, "None means no limit.")

    @property
    def any(self) -> bool:
        """Whether there is a limit."""
        return self.kernel is not None or self.cell is not None


class Budget:
    """What the answers of a kernel cost, those under way included. Threads may use it at the same time.

    Costs reported by the endpoint count. If none is reported, the estimate counts; if prices are unknown, nothing does.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = Lock()
        self._ended = 0.0
        self._under_way: dict[Guard, None] = {}  # in order

    @property
    def spent(self) -> float:
        """US dollars so far."""
        with self._lock:
            return total((self._ended, *(guard.cost for guard in self._under_way)))

    @property
    def under_way(self) -> tuple[float | None, ...]:
        """Estimated cost of each answer under way; None if unknown."""
        with self._lock:
            return tuple(guard.cost for guard in self._under_way)

    def admit(self, meter: Meter, limits: Limits) -> Guard:
        """Return the guard of a new request, which counts from now on.

        Raises `SpentError` if a budget is used up, or the prompt alone would exceed it. Models known to be free always
        may be asked.
        """
        guard = Guard(self, meter, limits)
        with self._lock:
            # Under one lock, so that requests that begin at the same time see each other's costs.
            if not (meter.prices and meter.prices.free):
                self._refuse(meter.cost, limits)
            self._under_way[guard] = None
        return guard

    def replay(self, meter: Meter) -> Guard:
        """Return the guard of a replayed answer, which costs nothing."""
        guard = _Free(self, meter, Limits())
        with self._lock:
            self._under_way[guard] = None
        return guard

    def settle(self, guard: Guard, turn: Turn | None, estimate: float | None = None) -> None:
        """Enter the cost of an answer that has ended; None if nothing was spent."""
        with self._lock:
            if guard not in self._under_way:
                return
            del self._under_way[guard]
            if turn is not None:
                self._ledger.add((turn,), estimate=estimate)
                self._ended = self._ledger.spent

    def so_far(self) -> str:
        """Return a text: what was spent, and what is not counted."""
        with self._lock:
            entries, under_way, spent = self._ledger.here(), self.under_way, self.spent
        estimated = total((*(entry.estimate for entry in entries if entry.cost is None), *under_way))
        unknown = sum(entry.counts is None for entry in entries)
        return (
            f"{dollars(spent)} spent"
            + (f", {dollars(estimated)} of it estimated" if estimated else "")
            + (f", {counted(unknown, 'answer')} of unknown cost not counted" if unknown else "")
        )

    def _refuse(self, prompt: float | None, limits: Limits) -> None:
        spent, cell, kernel = self.spent, limits.cell, limits.kernel
        if cell is not None and (why := _why_not(prompt, cell, 0.0, "")):
            raise SpentError(why, _raise_cell(max(cell, prompt or 0.0)))
        if kernel is not None and (why := _why_not(prompt, kernel, spent, self.so_far())):
            raise SpentError(why, _raise_kernel(kernel, spent + (prompt or 0.0)))


class Guard:
    """Watches the cost of one answer; made by `Budget.admit`."""

    def __init__(self, budget: Budget, meter: Meter, limits: Limits) -> None:
        self._budget, self._meter, self._limits = budget, meter, limits
        self._whole = False
        self._estimate: float | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """Words for the badge on the cost, if the endpoint did not report it."""
        if self._limits.any and self._meter.prices is None:
            return ("price unknown",)
        return () if self._estimate is None else (f"cost about {dollars(self._estimate)}",)

    @property
    def cost(self) -> float | None:
        """Estimated US dollars so far; None if unknown."""
        return self._meter.cost

    def see(self, event: Event) -> None:
        """Count an event."""
        self._meter.read(event)
        self._whole |= isinstance(event, Finished | Ended)

    def check(self) -> None:
        """Raise `BudgetError` if the answer has exceeded a budget, unless it is whole.

        Right after the endpoint has reported a cost, nothing is checked: many endpoints report at the end.
        """
        limits = self._limits
        if not limits.any or self._whole or self._meter.reported or (cost := self._meter.cost) == 0:
            return
        if limits.cell is not None and cost is not None and cost > limits.cell:
            msg = f"Stopped at this cell's budget of {amount(limits.cell)}: the answer has cost about {dollars(cost)}."
            raise BudgetError(msg + _KEPT, _raise_cell(cost))
        if limits.kernel is not None and (spent := self._budget.spent) > limits.kernel:
            msg = f"Stopped at the budget of {amount(limits.kernel)}: {self._budget.so_far()}."
            raise BudgetError(msg + _KEPT, _raise_kernel(limits.kernel, spent))

    def settle(self, turn: Turn | None) -> None:
        """Enter the cost of the answer, once; None if nothing was spent."""
        if turn is not None and (turn.state != COMPLETE or turn.cost is None):
            self._estimate = self._meter.cost
        self._budget.settle(self, turn, self._estimate)


class Unguarded(Guard):
    """Watches nothing: what one answer of thousands costs counts once it has ended."""

    def __init__(self) -> None:
        """Belong to no budget."""

    def see(self, event: Event) -> None:
        """Do nothing."""

    def check(self) -> None:
        """Do nothing."""

    def settle(self, turn: Turn | None) -> None:
        """Do nothing."""


class _Free(Guard):
    """Watches nothing, since the answer is replayed."""

    @property
    def cost(self) -> float | None:
        return 0.0

    def settle(self, turn: Turn | None) -> None:
        self._budget.settle(self, turn)


def _why_not(prompt: float | None, limit: float, spent: float, so_far: str) -> str:
    """Return why a prompt may not be sent; empty if it may."""
    if limit == 0:
        return "The budget of $0 allows free models only, and this model is not known to be free."
    if spent >= limit:
        return f"The budget of {amount(limit)} is used up: {so_far}."
    if prompt is not None and spent + prompt > limit:
        before, about = f"{so_far}, and " if spent else "", dollars(prompt)
        return f"Budget exceeded: {before}the prompt alone costs about {about} of the {amount(limit)} allowed."
    return ""


def _raise_kernel(limit: float, spent: float) -> Words:
    more = _more(max(limit, spent))
    return Words("%config RunwareMagics.budget", "chat.budget") + f" = {more} raises it."


def _raise_cell(limit: float) -> str:
    return f"--budget {_more(limit)} raises it."


def _more(sum_: float) -> str:
    """Return about twice an amount, as one digit and zeros."""
    if sum_ <= 0:
        return "1"
    unit = 10.0 ** math.floor(math.log10(2 * sum_))
    return f"{math.ceil(2 * sum_ / unit) * unit:.12f}".rstrip("0").rstrip(".")


class Purse:
    """The budget of a pool, in US dollars; None means no limit."""

    def __init__(self, budget: float | None) -> None:
        self._budget = budget
        self._spent = self._dearest = 0.0
        self._ended = self._unknown = 0

    def add(self, turn: Turn) -> None:
        """Count an answer that has ended."""
        self._ended += 1
        self._unknown += turn.cost is None and turn.state != FAILED
        self._spent += turn.cost or 0.0
        self._dearest = max(self._dearest, turn.cost or 0.0)

    def reaches(self, under_way: int) -> bool:
        """Whether the budget is enough for one more call, if each under way costs as much as the dearest so far.

        The first call runs alone, since no cost is known before.
        """
        if self._budget is None:
            return True
        if not self._ended:
            return self._budget > 0 and not under_way
        return self._spent + self._dearest * (under_way + 1) <= self._budget and self._spent < self._budget

    def used_up(self) -> SpentError:
        """Return the error for a budget that is used up."""
        unknown = f", {counted(self._unknown, 'answer')} of unknown cost not counted" if self._unknown else ""
        spent = f"{dollars(self._spent)} spent on {counted(self._ended, 'answer')}{unknown}"
        limit = amount(self._budget or 0.0)
        msg = f"Budget used up: another answer could cost more than the {limit} allowed ({spent})."
        return SpentError(msg, "Raise budget. Answers in the record are not asked again.")
