"""What may be spent: looked at before a request is sent, and whenever more of its answer has come."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from runware_magic.chat.estimate import Meter
from runware_magic.chat.events import Ended, Event, Finished
from runware_magic.chat.turn import COMPLETE, Turn
from runware_magic.display.badge import amount, dollars
from runware_magic.display.plain import counted
from runware_magic.errors import BudgetError, OptionError, SpentError
from runware_magic.ledger import Ledger, total
from runware_magic.wire.forks import Lock

_KEPT = " What had arrived is kept."
_SETTLED = object()


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be spent, in US dollars; None sets no limit.

    Attributes
    ----------
    kernel
        By all answers of the kernel.
    cell
        By this answer.
    """

    kernel: float | None = None
    cell: float | None = None

    def __post_init__(self) -> None:
        for limit in (self.kernel, self.cell):
            if limit is not None and (not isinstance(limit, int | float) or not limit >= 0):
                msg = f"A budget takes US dollars from 0, not {limit!r}."
                raise OptionError(msg, "None sets no limit.")

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return self.kernel is not None or self.cell is not None


class Budget:
    """What the answers of a kernel cost, those under way included. Several threads may ask at once.

    What an endpoint tells counts; where it does not tell, the estimate counts if the model's prices are known, and
    nothing if they are not.

    Parameters
    ----------
    ledger
        Where the answers are entered that have ended.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = Lock()
        self._ended = 0.0
        self._under_way: dict[Guard, float | None] = {}

    @property
    def spent(self) -> float:
        """US dollars so far."""
        with self._lock:
            return self._sum()

    @property
    def under_way(self) -> tuple[float | None, ...]:
        """What each answer under way has cost so far, about; None where that is unknown."""
        with self._lock:
            return tuple(self._under_way.values())

    def admit(self, meter: Meter, limits: Limits) -> Guard:
        """Let a request be sent, and count it from here on.

        Parameters
        ----------
        meter
            Its own.
        limits
            What may be spent.

        Raises
        ------
        SpentError
            When a budget is used up, or the prompt alone would pass it. A model that is known to be free may always be
            asked.
        """
        guard = Guard(self, meter, limits)
        with self._lock:
            # In one step: of many that ask at once, none is to see a sum without the others.
            if not (meter.prices and meter.prices.free):
                self._refuse(meter.cost, limits)
            self._under_way[guard] = meter.cost
        return guard

    def replay(self, meter: Meter) -> Guard:
        """Let an answer be replayed: it costs nothing, whatever it says."""
        guard = _Free(self, meter, Limits())
        with self._lock:
            self._under_way[guard] = 0.0
        return guard

    def note(self, guard: Guard, cost: float | None) -> float:
        """Take note of what an answer under way has cost so far; give the sum of all."""
        with self._lock:
            if guard in self._under_way:
                self._under_way[guard] = cost
            return self._sum()

    def settle(self, guard: Guard, turn: Turn | None, estimate: float | None = None) -> None:
        """Enter what has become of an answer; None is an answer that nothing was spent on."""
        with self._lock:
            if self._under_way.pop(guard, _SETTLED) is _SETTLED:
                return
            if turn is not None:
                self._ledger.add((turn,), estimate=estimate)
                self._ended = total(entry.counts for entry in self._ledger.here())

    def so_far(self) -> str:
        """Say in words what was spent, and what is not counted."""
        with self._lock:
            return self._words()

    def _sum(self) -> float:
        return total((self._ended, *self._under_way.values()))

    def _words(self) -> str:
        entries, under_way = self._ledger.here(), tuple(self._under_way.values())
        estimated = total((*(entry.estimate for entry in entries if entry.cost is None), *under_way))
        unknown = sum(entry.counts is None for entry in entries)
        return (
            f"{dollars(self._sum())} were spent"
            + (f", {dollars(estimated)} of it by estimate" if estimated else "")
            + (f", {counted(unknown, 'answer')} of unknown cost not counted" if unknown else "")
        )

    def _refuse(self, prompt: float | None, limits: Limits) -> None:
        spent, cell, kernel = self._sum(), limits.cell, limits.kernel
        if cell is not None and (why := _why_not(prompt, cell, 0.0, "")):
            msg = f"This cell's budget of {why}"
            raise SpentError(msg, _raise_cell(max(cell, prompt or 0.0)))
        if kernel is not None and (why := _why_not(prompt, kernel, spent, self._words())):
            msg = f"The budget of {why}"
            raise SpentError(msg, _raise_kernel(kernel, spent + (prompt or 0.0)))


class Guard:
    """Watches what one answer costs while it comes; see `Budget.admit`.

    Parameters
    ----------
    budget
        Of the kernel.
    meter
        Of the answer.
    limits
        What may be spent.
    """

    def __init__(self, budget: Budget, meter: Meter, limits: Limits) -> None:
        self._budget, self._meter, self._limits = budget, meter, limits
        self._spent = 0.0
        self._whole = False
        self._estimate: float | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """What the badge is to say beside what the endpoint told."""
        if self._limits.any and self._meter.prices is None:
            return ("price unknown",)
        return () if self._estimate is None else (f"cost about {dollars(self._estimate)}",)

    def see(self, batch: Iterable[Event]) -> None:
        """Count what has come."""
        for event in batch:
            self._meter.read(event)
            self._whole |= isinstance(event, Finished | Ended)
        self._spent = self._budget.note(self, self._meter.cost)

    def check(self) -> None:
        """Stop the answer where it has passed a budget, unless it is there: nothing is saved by stopping it then.

        Raises
        ------
        BudgetError
            When it has. A report of the endpoint is acted upon when more of the answer comes after it: many endpoints
            send theirs last.
        """
        cost, limits = self._meter.cost, self._limits
        if self._whole or self._meter.reported or cost == 0:
            return
        if limits.cell is not None and cost is not None and cost > limits.cell:
            msg = f"Stopped at this cell's budget of {amount(limits.cell)}: the answer had cost about {dollars(cost)}."
            raise BudgetError(msg + _KEPT, _raise_cell(cost))
        if limits.kernel is not None and self._spent > limits.kernel:
            msg = f"Stopped at the budget of {amount(limits.kernel)}: {self._budget.so_far()}."
            raise BudgetError(msg + _KEPT, _raise_kernel(limits.kernel, self._spent))

    def settle(self, turn: Turn | None) -> None:
        """Enter what has become of the answer, once; None is an answer that nothing was spent on."""
        if turn is not None and (turn.state != COMPLETE or turn.cost is None):
            self._estimate = self._meter.cost
        self._budget.settle(self, turn, self._estimate)


class _Free(Guard):
    """Watches nothing: the answer costs nothing, and only once did."""

    @property
    def labels(self) -> tuple[str, ...]:
        return ()

    def see(self, batch: Iterable[Event]) -> None:
        """Count nothing."""

    def check(self) -> None:
        """Stop nothing."""

    def settle(self, turn: Turn | None) -> None:
        self._budget.settle(self, turn)


def _why_not(prompt: float | None, limit: float, spent: float, so_far: str) -> str:
    """Say why a prompt may not be sent; empty when it may."""
    if limit == 0:
        return "$0 is for free models only, and this one is not known to be free."
    if spent >= limit:
        return f"{amount(limit)} is used up: {so_far}."
    if prompt is not None and spent + prompt > limit:
        before = f"{so_far}, and " if spent else ""
        return f"{amount(limit)} does not reach: {before}the prompt alone costs about {dollars(prompt)}."
    return ""


def _raise_kernel(limit: float, spent: float) -> str:
    more = _more(max(limit, spent))
    return f"%config RunwareMagics.budget = {more} raises it (for a Chat: chat.budget = {more})."


def _raise_cell(limit: float) -> str:
    return f"--budget {_more(limit)} raises it."


def _more(sum_: float) -> str:
    """Give about twice an amount, as one digit and zeros."""
    if sum_ <= 0:
        return "1"
    unit = 10.0 ** math.floor(math.log10(2 * sum_))
    return f"{math.ceil(2 * sum_ / unit) * unit:.12f}".rstrip("0").rstrip(".")
