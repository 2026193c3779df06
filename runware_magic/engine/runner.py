"""Runs the answers of a cell, one or many: draws them while they grow, then shows and keeps them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.lineage import answered_before
from runware_magic.chat.request import Fingerprints
from runware_magic.chat.turn import COMPLETE, FAILED, PENDING, STOPPED, Turn
from runware_magic.engine.call import Call, Outcome
from runware_magic.engine.cancel import CancelToken, cancel_on_interrupt
from runware_magic.engine.course import Course, Job
from runware_magic.engine.incomplete import incomplete
from runware_magic.engine.limiter import AdaptiveLimiter
from runware_magic.engine.pool import CallPool
from runware_magic.engine.query import PreparedCall
from runware_magic.engine.session import Session
from runware_magic.engine.settings import Settings
from runware_magic.engine.throttle import FrameThrottle
from runware_magic.engine.tool_watch import ToolWatch
from runware_magic.engine.view import GridView, Slot
from runware_magic.engine.workers import ThreadWorkers
from runware_magic.errors import RunwareError, SpentError, StoppedError
from runware_magic.transport.endpoint import Endpoint

_POLL_S = 0.05  # between checks whether an earlier answer has ended
_TICK_S = 0.5  # between drawings until then

#: Makes the view of the answers, which may cancel them, and pick the one that the chat continues from, if there is one.
ShownBy = Callable[[CancelToken, Callable[[int], None] | None], GridView]


class Runner:
    """The answers of a cell, one or those of a comparison.

    `shown_by` makes the view after the first requests are sent, so that widgets load while the model thinks. `earlier`
    are runners to wait for: the new requests contain their answers. Commands use the `name`. Of several answers, that
    with the number ``preferred`` is used if it is whole and the reader picks none. Making a runner of one
    answer raises a `RunwareError` if the request cannot be made.
    """

    builder: TurnBuilder  # the answer so far; of several, the one that began last

    def __init__(  # noqa: PLR0913  # collaborators are arguments
        self,
        session: Session,
        jobs: Sequence[Job],
        where: Endpoint,
        settings: Settings,
        shown_by: ShownBy,
        *,
        earlier: Sequence[Runner] = (),
        max_parallel: int = 1,
        name: str = "",
        preferred: int | None = None,
    ) -> None:
        first = jobs[0].ask
        self.name, self.chat, self.cell_id = name, first.chat, first.cell_id
        self.stop = CancelToken()  # of all; text that has arrived is kept
        self.turns: tuple[Turn, ...] = ()  # in order, after all have ended
        self.slots = [Slot(job.name, variant=job.ask.variant, is_checked=job.plan.is_checked) for job in jobs]
        self._session, self._jobs, self._where, self._settings = session, jobs, where, settings
        self._shown_by, self._earlier = shown_by, earlier
        self._fingerprints = Fingerprints()
        self._limiter = AdaptiveLimiter(max_parallel)
        self._numbers: dict[str, int] = {}  # of jobs, by the ids of the turns of their calls
        self._courses: dict[int, Course] = {}  # by the numbers of jobs
        self._calls: dict[str, Call] = {}  # under way, by the ids of their turns
        self._news, self._ends = threading.Event(), threading.Event()
        self._view: GridView | None = None
        self._picked: int | None = None
        self._preferred = preferred
        self._labels: tuple[str, ...] = ()
        self._was_kept = False
        self._error: RunwareError | None = None
        self._began, self.has_ended = time.monotonic(), False
        self._is_one = first.variant is None
        self._ready = self._prepared() if self._is_one else None

    @property
    def elapsed_s(self) -> float:
        """Seconds since it was made."""
        return time.monotonic() - self._began

    def show(self) -> GridView:
        """Show that the answers are under way."""
        if self._view is None:
            self._view = self._new_view()
            self._view.open(self.slots)
        return self._view

    def here(self, quiet_s: float = 0.0) -> tuple[Turn, ...]:
        """Run it in the foreground, where an interrupt stops it.

        Also raises `StoppedError` if the answer was whole before the interrupt, so that *Run All* stops. For `quiet_s`
        seconds afterwards, more interrupts are ignored.
        """
        with cancel_on_interrupt(self.stop, quiet_s=quiet_s):
            turns = self.run()
        if self.stop.asked:
            msg = "Stopped. This answer was already complete, and is kept."
            raise StoppedError(msg)
        return turns

    def run(self) -> tuple[Turn, ...]:
        """Ask, draw the answers while they grow, show and keep them, and return them.

        Raises a `RunwareError` if there is no answer, or one is not whole; the text so far is shown and kept.
        """
        workers = ThreadWorkers(self._begin_call)
        pool = CallPool(workers, self._limiter, kept=self._kept, news=self._has_ended)
        self.stop.then(self._has_ended)
        try:
            try:
                self._wait_for_earlier()
                self._follow(pool)
            except BaseException as error:
                pool.stop()
                self._take(pool, pool.ended())
                self._give_up()
                with suppress(RunwareError):
                    self._settle(error)
                raise
            self._give_up()
            self._settle(self._why_none(pool.error))
        finally:
            # After the answers are shown, since closing connections may take a moment.
            pool.close()
            self.has_ended = True
        if failed := self._failure():
            raise failed
        return self.turns

    def _prepared(self) -> PreparedCall:  # at once, so that an error comes before any output
        prepared = self._session.prepare(self._jobs[0].ask, self._where, self._settings)
        self.builder = TurnBuilder(prepared.turn)
        self.slots[0].name, self.slots[0].builder = prepared.turn.model, self.builder
        return prepared

    def _new_view(self) -> GridView:
        return self._shown_by(self.stop, None if self.chat is None else self._pick)

    def _pick(self, number: int) -> None:
        self._picked = number

    def _wait_for_earlier(self) -> None:
        if all(answer.has_ended for answer in self._earlier):
            return
        self.builder.waits_for = f"an earlier answer in chat {self.chat}"
        view, slot, drawn_s = self.show(), self.slots[0], 0.0
        while not all(answer.has_ended for answer in self._earlier):
            if self.stop.wait(_POLL_S):
                msg = "Stopped before the request was sent."
                raise StoppedError(msg, "Run the cell again to ask.")
            if self.elapsed_s - drawn_s > _TICK_S:
                drawn_s = slot.elapsed_s = self.elapsed_s
                view.draw(self.slots, drawn_s)
        # Again, with the earlier answer in its context.
        self._ready = self._prepared()

    def _follow(self, pool: CallPool) -> None:
        throttle = FrameThrottle(self._settings.frames_per_second, self._session.message_budget)
        prepared = self._prepare()
        self._take(pool, pool.begin(prepared))
        if pool.is_over:
            return
        view = self.show()
        with self._session.message_budget:
            while not pool.is_over:
                self._wait(throttle, pool.wait_s)
                if self.stop.asked:
                    pool.stop()
                self._take(pool, pool.ended())
                self._take(pool, pool.begin(prepared))
                if not throttle.resting and not pool.is_over:
                    for turn_id, call in self._calls.items():
                        self._slot(turn_id).elapsed_s = self._course(turn_id).before_s + call.elapsed_s
                    began = time.monotonic()
                    throttle.drawn(view.draw(self.slots, began - self._began), began)

    def _wait(self, throttle: FrameThrottle, begin_s: float) -> None:
        """Wait until there is something to draw, an answer has ended, or another may begin."""
        tick_s, rest_s = throttle.waits()
        if not (rest_s and self._ends.wait(min(rest_s, begin_s))):
            self._news.wait(min(tick_s - rest_s, begin_s))
        self._ends.clear()
        self._news.clear()

    def _prepare(self) -> Iterator[PreparedCall]:
        """Yield the calls, each made when it may begin, since there may be thousands."""
        for number, job in enumerate(self._jobs):
            if self.stop.asked:
                return
            try:
                prepared = self._ready or self._variant(job)
            except RunwareError as error:
                self._note(number, error)
                continue
            self._numbers[prepared.turn.id] = number
            self._courses[number] = Course(job.plan, prepared)
            yield prepared

    def _slot(self, turn_id: str) -> Slot:
        return self.slots[self._numbers[turn_id]]

    def _course(self, turn_id: str) -> Course:
        return self._courses[self._numbers[turn_id]]

    def _variant(self, job: Job) -> PreparedCall:
        prepared = self._session.prepare(job.ask, self._where, self._settings)
        assert prepared.turn.variant is not None  # noqa: S101  # each of several has one
        variant = replace(prepared.turn.variant, fingerprint=self._fingerprints(prepared.request))
        return replace(prepared, turn=replace(prepared.turn, variant=variant))

    def _kept(self, prepared: PreparedCall) -> Turn | None:
        ask = self._jobs[self._numbers[prepared.turn.id]].ask
        if ask.resume is not None and prepared.turn.replies == ():
            return ask.resume
        return answered_before(self._session.conversation, prepared.turn) if ask.keep else None

    def _begin_call(self, prepared: PreparedCall) -> Call:
        tell, slow_down = self._has_news, self._limiter.slow_down
        call = self._session.begin(prepared, self._where, self._settings, self.stop, news=tell, slow_down=slow_down)
        self._calls[prepared.turn.id] = call
        if not self._course(prepared.turn.id).is_judging(prepared.turn.id):
            self.builder = self._slot(prepared.turn.id).builder = call.builder
        return call

    def _has_news(self) -> None:
        # Called for every event, and reading is faster than setting.
        if not self._news.is_set():
            self._news.set()

    def _has_ended(self) -> None:
        self._ends.set()
        self._news.set()

    def _take(self, pool: CallPool, outcomes: Iterator[Outcome]) -> None:
        """Keep the answers that have ended, and begin what follows from them."""
        for outcome in outcomes:
            number, call = self._numbers[outcome.asked], self._calls.pop(outcome.asked, None)
            course, slot = self._courses[number], self.slots[number]
            is_judge = course.is_judging(outcome.asked)
            if is_judge:
                course.judged(outcome.asked, self._session.end(call) if call else outcome.turn)
            else:
                calls = self._answered(course, call, outcome)
                if course.calls_tools:
                    calls = self._use_tools(number, call.builder if call else None)
                self._numbers |= {each.turn.id: number for each in calls}
                pool.add(calls)
            course.before_s += call.elapsed_s if call else 0.0
            if course.is_final:
                self._end(number)
            elif slot.builder is not None:
                slot.builder.waits_for = course.waits_for
            if outcome.error is not None and not is_judge:
                self._note(number, outcome.error)

    def _answered(self, course: Course, call: Call | None, outcome: Outcome) -> tuple[PreparedCall, ...]:
        """Keep an answer; return the calls that follow."""
        if call is None:
            self._was_kept = outcome.error is None
            if not self._was_kept:
                return course.failed(outcome.asked, course.read(outcome.turn))
            is_examined = outcome.turn.state == PENDING or (self._is_one and course.plan.schema is None)
            turn = outcome.turn if is_examined else course.plan.examined(outcome.turn)
            return course.answered(outcome.asked, turn)
        turn, self._was_kept = self._session.end(call, course.read), False
        self._labels = call.guard.labels if self._is_one else ()
        if (self._is_one and call.refused) or (course.turn is not None and turn.state == FAILED):
            return course.failed(outcome.asked, turn)
        if course.ignores_schema(turn):
            self._session.note_ignored_schema(turn)
        return course.answered(outcome.asked, turn)

    def _use_tools(self, number: int, builder: TurnBuilder | None) -> tuple[PreparedCall, ...]:
        """Run the tool calls of an answer; return the call that follows."""
        slot, course = self.slots[number], self._courses[number]
        if builder is None and course.turn is not None:
            builder = TurnBuilder(course.turn)  # it was saved, and goes on now
        assert builder is not None  # noqa: S101  # a call has one
        self.builder = slot.builder = builder
        view = self.show()
        slot.elapsed_s = began_s = self.elapsed_s
        self._was_kept = False

        def draw() -> None:
            slot.elapsed_s = self.elapsed_s
            view.draw(self.slots, slot.elapsed_s)

        recorded = self._session.connections.recorded_results
        try:
            return course.use_tools(ToolWatch(builder, draw, self.stop), recorded)
        finally:
            course.before_s += self.elapsed_s - began_s

    def _end(self, number: int) -> None:
        slot, course = self.slots[number], self._courses[number]
        slot.builder, slot.turn, slot.elapsed_s = None, course.turn, course.before_s
        if course.turn is not None and self._is_one and not self._was_kept:
            self._session.keep(course.turn)

    def _give_up(self) -> None:
        """End the answers of which something was still to come."""
        for number, course in self._courses.items():
            if not course.is_final:
                course.give_up("stopped")
                self._end(number)

    def _note(self, number: int, error: RunwareError) -> None:
        if self.slots[number].turn is None:
            self.slots[number].error = error.message
        if self._is_one or not isinstance(error, SpentError):
            self._error = self._error or error

    def _why_none(self, ended_by: RunwareError | None) -> RunwareError:
        """Return the error if there is no answer at all."""
        stopped = StoppedError("Stopped before an answer arrived.", "Run the cell again to ask.")
        if self.stop.asked and not self._is_one:
            return stopped
        return ended_by or self._error or stopped

    def _settle(self, error: BaseException) -> None:
        """Show the answers, or raise the error if there is none."""
        turns = tuple(slot.turn for slot in self.slots if slot.turn is not None)
        view = self._view or self._new_view()
        if not any(self._is_one or turn.state == COMPLETE or turn.content or turn.reasoning for turn in turns):
            model = turns[0].model if turns else self.slots[0].name
            self._session.refuse(view, self.cell_id, model, error)
            raise error
        self.turns = turns
        if self._is_one and self._was_kept:
            self._session.show_kept(turns[0], view)
        else:
            whole = {turn.variant.number for turn in turns if turn.variant and turn.is_whole}
            picked = self._picked or (self._preferred if self._preferred in whole else None)
            self._session.settle(view, turns, self._where, labels=self._labels, picked=picked)

    def _failure(self) -> RunwareError | None:
        """Return the error if an answer is missing or not whole."""
        if self._is_one:
            stopped = StoppedError("Stopped while tools were called. All that came before is kept.")
            return stopped if self._error is None and self.turns[0].state == STOPPED else self._error
        return incomplete(self.turns, len(self._jobs), stopped=self.stop.asked, error=self._error)
