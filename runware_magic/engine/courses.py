"""Follows the answers of a pool until each is final: what `map` does with schemas and checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from runware_magic.chat.structured import in_prompt
from runware_magic.chat.turn import FAILED, Turn
from runware_magic.engine.call import Outcome
from runware_magic.engine.course import Course, Plan
from runware_magic.engine.pool import CallPool, Calls
from runware_magic.engine.query import PreparedCall


class _Unwatched:
    """Shows nothing: the tools of `map` run in the thread of its caller, who sees the turns."""

    def show(self, calls: object) -> None:
        """Do nothing."""

    def wait(self) -> bool:
        """Return that nobody stops."""
        return True

    def running(self) -> AbstractContextManager[object]:
        """Do nothing: an interrupt reaches the function anyway."""
        return nullcontext()


class Courses:
    """The courses of the answers of a pool, whose consumer calls these functions."""

    def __init__(self, plan: Plan, pool: CallPool) -> None:
        self._plan, self._pool = plan, pool
        self._by_call: dict[str, Course] = {}  # by the ids of the turns of calls
        self._ignoring: set[str] = set()  # models that ignore a schema in a field of its own

    def of(self, calls: Calls) -> Calls:
        """Yield calls, and begin their courses."""
        for call in calls:
            if isinstance(call, PreparedCall):
                known = call.request.model in self._ignoring
                asked = replace(call, request=in_prompt(call.request)) if known else call
                self._by_call[call.turn.id] = Course(self._plan, asked)
                yield asked
            else:
                yield call

    def final(self, outcome: Outcome) -> Turn | None:
        """Return the turn of an outcome if it is final; else ask for what follows."""
        course = self._by_call.pop(outcome.asked, None)
        if course is None:
            return self._plan.examined(outcome.turn)  # it could not be asked
        if course.is_judging(outcome.asked):
            course.judged(outcome.asked, outcome.turn)
        elif course.turn is not None and outcome.turn.state == FAILED:
            self._ask(course, course.failed(outcome.asked, course.read(outcome.turn)))
        else:
            turn = course.read(outcome.turn)
            if course.ignores_schema(turn):
                self._ignoring.add(turn.model)
            self._ask(course, course.answered(outcome.asked, turn))
            if course.calls_tools:
                self._ask(course, course.use_tools(_Unwatched()))
        return course.turn if course.is_final else None

    def left(self) -> Iterator[Turn]:
        """Yield the turns of which something was still to come when the pool ended."""
        for course in dict.fromkeys(self._by_call.values()):
            if course.turn is not None:
                course.give_up("stopped")
                yield course.turn
        self._by_call.clear()

    def _ask(self, course: Course, calls: Iterable[PreparedCall]) -> None:
        self._by_call |= {call.turn.id: course for call in calls}
        self._pool.add(calls)
