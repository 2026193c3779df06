"""Tasks go in and turns come out: as many under way as may be, each written down when it ends."""

from __future__ import annotations

import math
import queue
from collections.abc import Generator, Iterator
from concurrent.futures import Future
from dataclasses import replace
from functools import partial

from runware_magic.asking import Elsewhere, Here, Outcome, Task, failed
from runware_magic.chat.turn import FAILED, Turn
from runware_magic.display.badge import amount, dollars
from runware_magic.display.plain import counted
from runware_magic.errors import OptionError, RunwareError, SpentError
from runware_magic.gate import Gate
from runware_magic.journal import Journal

_LOOK_S = 1.0  # at most between looks, since not every system interrupts a wait without end


class Purse:
    """What the answers of a flow may cost together.

    Parameters
    ----------
    budget
        US dollars; None sets no limit.
    """

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
        """Tell whether it is enough for one more beside those under way, if each costs as much as the dearest so far.

        The first goes alone: before that, nothing is known of what they cost.
        """
        if self._budget is None:
            return True
        if not self._ended:
            return self._budget > 0 and not under_way
        return self._spent + self._dearest * (under_way + 1) <= self._budget and self._spent < self._budget

    def used_up(self) -> SpentError:
        """Give the error for when it is not enough."""
        unknown = f", {counted(self._unknown, 'answer')} of unknown cost not counted" if self._unknown else ""
        spent = f"{dollars(self._spent)} were spent on {counted(self._ended, 'answer')}{unknown}"
        msg = f"The budget of {amount(self._budget or 0.0)} does not reach for another answer: {spent}."
        return SpentError(msg, "Raise budget; what is in a record is not asked again.")


class Flow:
    """Asks task after task.

    Parameters
    ----------
    asks
        Has tasks done.
    gate
        Says how many may be under way.
    journal
        Where turns are written down, and found; None for nowhere.
    purse
        What they may cost.
    held
        How many turns may wait for an earlier one, where they are to come in order; None where they come as they end.
    """

    def __init__(
        self, asks: Here | Elsewhere, gate: Gate, journal: Journal | None, purse: Purse, held: int | None = None
    ) -> None:
        self._asks, self._gate, self._journal, self._purse, self._held = asks, gate, journal, purse, held
        self._ended: queue.SimpleQueue[Outcome | OSError] = queue.SimpleQueue()
        self._under_way = 0
        self._taken = self._given = 0
        self._open, self._leaving = True, False
        self._error: RunwareError | None = None
        self._wait_s = math.inf

    def turns(self, tasks: Iterator[Task | Outcome]) -> Generator[Turn, None, None]:
        """Give the turn of each task; of one that was refused before it could be asked, too.

        Raises
        ------
        RunwareError
            When no more can be asked, after the turns that were under way.
        """
        turns = self._as_they_end(tasks)
        try:
            yield from turns if self._held is None else self._in_order(turns)
        finally:
            self._leaving = True
            self._asks.stop()
            if self._journal:
                self._journal.close()
        if self._error is not None:
            raise self._error

    def _as_they_end(self, tasks: Iterator[Task | Outcome]) -> Iterator[Turn]:
        while self._open or self._under_way:
            yield from self._begin(tasks)
            if (outcome := self._next()) is not None:
                yield outcome.turn

    def _in_order(self, turns: Iterator[Turn]) -> Iterator[Turn]:
        early: dict[int, Turn] = {}
        for turn in turns:
            early[_number(turn)] = turn
            while self._given + 1 in early:
                self._given += 1
                yield early.pop(self._given)

    def _begin(self, tasks: Iterator[Task | Outcome]) -> Iterator[Turn]:
        """Have tasks done until no more may be under way; give the turns of those that were asked before."""
        while self._open and self._may_begin():
            task = next(tasks, None)
            if task is None:
                self._open = False
                self._gate.release(ok=False)
            elif (kept := self._kept(task)) is None:
                self._submit(task)
            else:
                self._gate.release(ok=False)
                yield kept

    def _may_begin(self) -> bool:
        self._wait_s = math.inf
        if self._held is not None and self._taken - self._given >= self._held:
            return False
        if not self._purse.reaches(self._under_way):
            if not self._under_way:
                self._end(self._purse.used_up())
            return False
        self._wait_s = self._gate.enter()
        return self._wait_s == 0

    def _kept(self, task: Task | Outcome) -> Turn | None:
        self._taken += 1
        if self._journal is None or isinstance(task, Outcome):
            return None
        kept = self._journal.take(task.variant.fingerprint, self._asks.endpoint)
        return replace(kept, variant=task.variant) if kept else None

    def _submit(self, task: Task | Outcome) -> None:
        self._under_way += 1
        if isinstance(task, Outcome):
            self._note(task)
        else:
            self._asks.submit(task).add_done_callback(partial(self._has_ended, task))

    def _has_ended(self, task: Task, future: Future[Outcome]) -> None:
        # In the thread that ended it, at once: whoever takes the turns may take their time.
        if future.cancelled():
            if not self._leaving:
                self._note(failed(task, RunwareError("The executor cancelled it.")))
            return
        error = future.exception()
        self._note(failed(task, error) if error else future.result())

    def _note(self, outcome: Outcome) -> None:
        if self._journal is None:
            self._ended.put(outcome)
        else:
            self._journal.add(outcome.turn, lambda error: self._ended.put(error or outcome))

    def _next(self) -> Outcome | None:
        """Wait for the next that ends, or until another may begin."""
        if self._open or self._under_way:
            wait_s = self._wait_s if self._open else math.inf
            try:
                outcome = self._ended.get(timeout=min(wait_s, _LOOK_S))
            except queue.Empty:
                return None
            return self._took(outcome)
        return None

    def _took(self, outcome: Outcome | OSError) -> Outcome:
        if isinstance(outcome, OSError):
            msg = f"The record cannot be written: {outcome.strerror or outcome}."
            raise OptionError(msg, "What was written before is kept.")
        self._under_way -= 1
        self._gate.release(ok=outcome.error is None and outcome.slowed_s is None)
        self._purse.add(outcome.turn)
        if outcome.is_hopeless and outcome.error is not None:
            self._end(outcome.error)
        return outcome

    def _end(self, error: RunwareError) -> None:
        self._open, self._error = False, self._error or error


def _number(turn: Turn) -> int:
    assert turn.variant is not None  # noqa: S101  # every task has one
    return turn.variant.number
