"""Runs any number of calls, a limited number at once: for cells, comparisons and `map`."""

from __future__ import annotations

import math
import queue
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator

from runware_magic.chat.turn import Turn
from runware_magic.engine.budget import Purse
from runware_magic.engine.call import Outcome, failed
from runware_magic.engine.limiter import AdaptiveLimiter
from runware_magic.engine.query import PreparedCall
from runware_magic.engine.turn_log import TurnLog
from runware_magic.engine.workers import Workers
from runware_magic.errors import OptionError, RunwareError

_LONGEST_WAIT_S = 1.0  # some systems do not interrupt a wait without a time-out

#: The input of a pool: calls to make, and the outcomes of those that cannot be made.
Calls = Iterator[PreparedCall | Outcome]


class CallPool:
    """Runs calls in workers, as many at once as the limiter allows.

    `kept` returns an earlier answer to a call, if there is one. `held` is how many turns may wait for an earlier one if
    `turns` keeps the order; None for the order in which they end. `news` is called when a call has ended, in whichever
    thread.
    """

    def __init__(  # noqa: PLR0913  # collaborators are arguments
        self,
        workers: Workers,
        limiter: AdaptiveLimiter,
        *,
        kept: Callable[[PreparedCall], Turn | None] = lambda _: None,
        turn_log: TurnLog | None = None,
        purse: Purse | None = None,
        held: int | None = None,
        news: Callable[[], object] = lambda: None,
    ) -> None:
        self._workers, self._limiter, self._kept, self._news = workers, limiter, kept, news
        self._turn_log, self._purse, self._held = turn_log, purse or Purse(None), held
        self._taken = self._given = 0
        self._ended: queue.SimpleQueue[Outcome | OSError] = queue.SimpleQueue()
        self._more: deque[PreparedCall] = deque()
        self._is_open, self._is_stopped = True, False
        self.under_way = 0
        self.wait_s = math.inf  # until another call may begin; infinite if one has to end first, or no more may begin
        self.error: RunwareError | None = None  # why no more calls are made; None if all were made

    @property
    def is_over(self) -> bool:
        """Whether no more outcomes will come."""
        return not self.under_way and (self._is_stopped or not (self._is_open or self._more))

    def add(self, calls: Iterable[PreparedCall]) -> None:
        """Add calls that follow from an outcome; they begin before others."""
        self._more += calls

    def begin(self, calls: Calls) -> Iterator[Outcome]:
        """Begin calls while the limits allow it; yield the outcomes of calls that have a kept answer."""
        while self._may_begin():
            call = self._more.popleft() if self._more else self._next(calls)
            if call is None:
                self._limiter.release(ok=False)
            elif isinstance(call, PreparedCall) and (kept := self._kept(call)):
                self._limiter.release(ok=False)
                yield Outcome(kept, asked=call.turn.id)
            else:
                self._begin(call)

    def ended(self, timeout_s: float = 0.0) -> Iterator[Outcome]:
        """Yield the outcomes of calls that have ended, after waiting `timeout_s` at most for the first.

        Raises `OptionError` if a turn cannot be written to the turn log.
        """
        try:
            while self.under_way:
                yield self._took(self._ended.get(block=timeout_s > 0, timeout=timeout_s or None))
                timeout_s = 0.0
        except queue.Empty:
            return

    def turns(
        self,
        calls: Calls,
        final: Callable[[Outcome], Turn | None] = lambda outcome: outcome.turn,
        left: Callable[[], Iterable[Turn]] = tuple,
    ) -> Generator[Turn, None, None]:
        """Yield the turn of each call, then raise the error that ended the pool early, if one did.

        `final` returns the turn to yield for an outcome; None if more is to come. `left` returns the turns of those of
        which it then did not.
        """
        turns = self._as_they_end(calls, final, left)
        try:
            yield from turns if self._held is None else self._in_order(turns)
        finally:
            self.close()
        if self.error is not None:
            raise self.error

    def stop(self) -> None:
        """Begin no more calls, and stop those under way. Text that has arrived is kept."""
        self._is_stopped = True
        self._workers.stop()

    def close(self) -> None:
        """Stop, then close the turn log and the connections."""
        self.stop()
        if self._turn_log:
            self._turn_log.close()
        self._workers.close()

    def _as_they_end(
        self, calls: Calls, final: Callable[[Outcome], Turn | None], left: Callable[[], Iterable[Turn]]
    ) -> Iterator[Turn]:
        while not self.is_over:
            yield from filter(None, map(final, self.begin(calls)))
            yield from filter(None, map(final, self.ended(min(self.wait_s, _LONGEST_WAIT_S))))
        yield from left()

    def _in_order(self, turns: Iterator[Turn]) -> Iterator[Turn]:
        early: dict[int, Turn] = {}
        for turn in turns:
            assert turn.variant is not None  # noqa: S101  # calls of `map` have one
            early[turn.variant.number] = turn
            while self._given + 1 in early:
                self._given += 1
                yield early.pop(self._given)

    def _next(self, calls: Calls) -> PreparedCall | Outcome | None:
        call = next(calls, None)
        self._taken += 1
        self._is_open = call is not None
        return call

    def _may_begin(self) -> bool:
        self.wait_s = math.inf
        if self._is_stopped or not (self._is_open or self._more):
            return False
        if not self._more and self._held is not None and self._taken - self._given >= self._held:
            return False
        if not self._purse.reaches(self.under_way):
            if not self.under_way:
                self._end(self._purse.used_up())
            return False
        self.wait_s = self._limiter.enter()
        return self.wait_s == 0

    def _begin(self, call: PreparedCall | Outcome) -> None:
        self.under_way += 1
        if isinstance(call, Outcome):
            self._note(call)
            return
        try:
            self._workers.begin(call, self._note)
        except RunwareError as error:
            self._note(failed(call, error))

    def _note(self, outcome: Outcome) -> None:
        # Written by the thread that ended the call, since the consumer of the turns may be slow.
        def put(error: OSError | None = None) -> None:
            self._ended.put(error or outcome)
            self._news()

        if self._turn_log is None:
            put()
        else:
            self._turn_log.add(outcome.turn, put)

    def _took(self, outcome: Outcome | OSError) -> Outcome:
        if isinstance(outcome, OSError):
            msg = f"The record cannot be written: {outcome.strerror or outcome}."
            raise OptionError(msg, "What was already written is kept.")
        self.under_way -= 1
        self._limiter.release(ok=outcome.error is None and outcome.slowed_s is None)
        self._purse.add(outcome.turn)
        if outcome.is_hopeless and outcome.error is not None:
            self._end(outcome.error)
        return outcome

    def _end(self, error: RunwareError) -> None:
        self._is_stopped, self.error = True, self.error or error
