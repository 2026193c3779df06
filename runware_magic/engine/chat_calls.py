"""The requests of a `Chat`, one after the other, until an answer is final."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.events import Event
from runware_magic.chat.turn import STOPPED, Turn
from runware_magic.engine.call import Call
from runware_magic.engine.cancel import CancelToken, cancel_on_interrupt
from runware_magic.engine.checker import must_be_data
from runware_magic.engine.course import Course, Plan
from runware_magic.engine.query import PreparedCall, Query
from runware_magic.engine.session import Session
from runware_magic.engine.settings import Settings
from runware_magic.engine.tool_watch import ToolWatch
from runware_magic.errors import RunwareError, StoppedError, asked_from_python
from runware_magic.transport.credentials import demo_endpoint
from runware_magic.transport.endpoint import Endpoint


class ChatCalls:
    """Runs the requests of a chat with the settings that hold when they begin."""

    def __init__(self, session: Session, where: Endpoint, settings: Settings) -> None:
        self._session, self.where, self.settings = session, where, settings

    def events(self, ask: Query) -> Iterator[Event | Turn]:
        """Yield the events of an answer, then its turn; one that is left early is kept as it is."""
        call = self._begun(self._prepared(ask))
        try:
            yield from call.events()
        except BaseException:
            # The stream is closed early, or interrupted anywhere.
            call.stop()
            with suppress(RunwareError):
                self._ended(call)
            raise
        yield self._ended(call)

    def final(self, ask: Query, plan: Plan, pending: Turn | None = None) -> Turn:
        """Return the turn of an answer after all calls that it takes; it goes on with a pending turn, if there is one.

        Raises `CheckFailedError` if its data does not match the schema, and what the calls raise.
        """
        stop = CancelToken()
        with cancel_on_interrupt(stop):
            prepared = self._prepared(ask)
            course = Course(plan, prepared)
            asked = prepared.turn.id
            coming = deque([prepared] if pending is None else self._went_on(course, asked, pending, stop))
            while coming:
                coming += self._next(course, coming.popleft(), stop)
        turn = course.turn
        assert turn is not None  # noqa: S101  # the first call has answered
        self._session.keep(turn)
        with asked_from_python():
            if turn.state == STOPPED:
                msg = "Stopped while tools were called. All that came before is kept."
                raise StoppedError(msg)
            must_be_data(turn)
        return turn

    def _next(self, course: Course, prepared: PreparedCall, stop: CancelToken) -> Iterable[PreparedCall]:
        call = self._begun(prepared, stop)
        # In a thread, so that an interrupt takes effect even while a connection is being made.
        call.start()
        stop.then(call.stop)
        call.outcome()
        asked = prepared.turn.id
        if not course.is_judging(asked):
            return self._went_on(
                course, asked, self._ended(call, course.read, partial(self._failed, course, asked)), stop
            )
        with suppress(RunwareError):  # then its verdict is unknown
            self._ended(call)
        course.judged(asked, call.outcome().turn)
        return ()

    def _failed(self, course: Course, asked: str, turn: Turn) -> None:
        course.failed(asked, turn)
        if course.turn is turn:  # its results got no answer, but they are there
            self._session.keep(turn)

    def _went_on(self, course: Course, asked: str, turn: Turn, stop: CancelToken) -> Iterable[PreparedCall]:
        if course.ignores_schema(turn):
            self._session.note_ignored_schema(turn)
        calls = course.answered(asked, turn)
        if not course.calls_tools:
            return calls
        watch = ToolWatch(TurnBuilder(turn), lambda: None, stop)
        return course.use_tools(watch, self._session.connections.recorded_results)

    def _prepared(self, ask: Query) -> PreparedCall:
        if self.where.is_demo and not self.where.recording:
            # It does not run after `close`, nor in a forked process.
            self.where = demo_endpoint(self._session.connections.demo)
        with asked_from_python():
            return self._session.prepare(ask, self.where, replace(self.settings, budget=None))

    def _begun(self, prepared: PreparedCall, stop: CancelToken | None = None) -> Call:
        with asked_from_python():
            return self._session.begin(prepared, self.where, self.settings, stop)

    def _ended(
        self,
        call: Call,
        read: Callable[[Turn], Turn] = lambda turn: turn,
        failed: Callable[[Turn], object] = lambda _: None,
    ) -> Turn:
        turn, error = self._session.end(call, read), call.outcome().error
        call.close()
        for note in self._session.notes.of_recorder():
            warnings.warn(note, stacklevel=6)
        if error:
            failed(turn)
            raise error
        return turn
