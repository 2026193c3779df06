"""What becomes of an answer: its data, its checks, and what is asked again or of a judge before it is final."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from runware_magic.chat.answer_json import openings_of
from runware_magic.chat.checks import Check, not_whole
from runware_magic.chat.messages import Message
from runware_magic.chat.request import Request
from runware_magic.chat.structured import (
    RESPONSE_FORMAT,
    SCHEMA,
    correction,
    failed_schema,
    in_prompt,
    response_format,
)
from runware_magic.chat.turn import COMPLETE, PENDING, STOPPED, Turn
from runware_magic.chat.verdict import Verdict
from runware_magic.engine.checker import Checker
from runware_magic.engine.judge import Judge, verdict
from runware_magic.engine.query import PreparedCall, Query
from runware_magic.engine.tool_loop import Toolbox, ToolLoop, Watch
from runware_magic.prompt.schema.problems import DataError
from runware_magic.prompt.schema.schema import Schema


@dataclass(frozen=True, slots=True)
class Plan:
    """What is expected of an answer.

    Attributes
    ----------
    checked
        Adds the verdicts of the checks that need no model.
    is_checked
        Whether there are checks.
    schema
        What the data of the answer has to match; None for an answer that is a text.
    repair
        How often the model may be asked again for data that matches.
    judges, judge
        The checks by a model, and what asks it.
    tools
        What the model may call; None for nothing.
    """

    checked: Callable[[Turn], Turn] = lambda turn: turn
    is_checked: bool = False
    schema: Schema | None = None
    repair: int = 0
    judges: tuple[Check, ...] = ()
    judge: Judge = field(default_factory=Judge)
    tools: Toolbox | None = None

    @classmethod
    def of(
        cls,
        checker: Checker,
        judge: Judge,
        schema: Schema | None = None,
        repair: int = 0,
        tools: Toolbox | None = None,
    ) -> Plan:
        """Return the plan for an answer that is checked."""
        return cls(checker.checked, bool(checker.checks or schema), schema, repair, checker.judges, judge, tools)

    @property
    def is_trivial(self) -> bool:
        """Whether nothing is expected."""
        return not self.is_checked and self.schema is None and self.tools is None

    @property
    def parameters(self) -> dict[str, Any]:
        """The fields of the request that the schema and the tools add."""
        return {
            **({RESPONSE_FORMAT: response_format(self.schema.json)} if self.schema else {}),
            **({"tools": [tool.to_json() for tool in self.tools.tools]} if self.tools else {}),
        }

    def examined(self, turn: Turn) -> Turn:
        """Return an answer with its data, and with the verdicts that need no model; those of judges stay."""
        if turn.other_choices:
            turn = replace(turn, other_choices=tuple(map(self.examined, turn.other_choices)))
        if self.schema is None and not self.judges:
            return self.checked(turn)
        data, problem = self._read(turn)
        told = "" if problem is None else str(problem)
        of_schema = () if self.schema is None else (Verdict(SCHEMA, problem is None, told),)
        specs = {check.spec for check in self.judges}
        of_judges = (each for each in turn.verdicts if each.model and each.check in specs)
        checked = self.checked(replace(turn, data=data, verdicts=()))
        return replace(checked, verdicts=(*of_schema, *checked.verdicts, *of_judges))

    def problem(self, turn: Turn) -> DataError | None:
        """Return why an answer is not the data that was asked for; None if it is."""
        return self._read(turn)[1]

    def _read(self, turn: Turn) -> tuple[object, DataError | None]:
        if self.schema is None:
            return None, None
        if not turn.is_whole:
            return None, DataError([not_whole(turn)])
        try:
            return self.schema.data_of(turn.content), None
        except DataError as error:
            return None, error


@dataclass(frozen=True, slots=True)
class Job:
    """One of the answers that a cell asks for."""

    ask: Query
    plan: Plan = Plan()

    @property
    def name(self) -> str:
        """The name of the variant, or the model."""
        return self.ask.variant.name if self.ask.variant else self.ask.model or ""


class Course:
    """One answer, from its first request until it is final. Not thread-safe.

    Attributes
    ----------
    turn
        The last answer that is to be kept, examined; None before the first.
    before_s
        Seconds that the calls took that have ended.
    """

    def __init__(self, plan: Plan, prepared: PreparedCall) -> None:
        self.plan, self._first = plan, prepared
        self.turn: Turn | None = None
        self._loop = ToolLoop(plan.tools, prepared.turn) if plan.tools else None
        self._sent = prepared.request  # with the results so far
        self.calls_tools = False  # whether `use_tools` is to come
        self.before_s = 0.0
        self._budget, self._spent = prepared.budget, 0.0  # US dollars, for all calls
        self._repairs = 0
        self._goes_on = ""  # the id of the call that sends results
        self._asked: dict[str, Check | None] = {}  # ids of the calls to come: a judge's check, or None for an answer

    @property
    def is_final(self) -> bool:
        """Whether nothing more is to come."""
        return not self._asked and not self.calls_tools

    @property
    def waits_for(self) -> str:
        """What is to come, in a few words."""
        return "the judge" if any(self._asked.values()) else "the model"

    def is_judging(self, turn_id: str) -> bool:
        """Whether a call is a judge's."""
        return self._asked.get(turn_id) is not None

    def read(self, answer: Turn) -> Turn:
        """Return the next answer as it is to be kept: with the steps before it, and examined unless it calls tools."""
        self._spent += answer.cost or 0.0
        turn = self._loop.merged(answer) if self._loop else answer
        return turn if self._loop and self._loop.calls(turn) else self.plan.examined(turn)

    def answered(self, asked: str, turn: Turn) -> tuple[PreparedCall, ...]:
        """Take an answer that was `read`, to the call with the id ``asked``; return the calls that come next.

        If it calls tools, there are none: `use_tools` returns them.
        """
        self._asked.pop(asked, None)
        self.turn = turn
        if turn.state == PENDING and self.plan.tools:
            self._loop = ToolLoop(self.plan.tools, turn)
        if self._loop and self._loop.calls(turn):
            self.calls_tools = True
            return ()
        return self._again(turn) or self._judged(turn)

    def use_tools(
        self, watch: Watch, recorded: Callable[[Request], Mapping[str, str]] = lambda _: {}
    ) -> tuple[PreparedCall, ...]:
        """Run the tool calls of the answer in this thread; return the call that sends the results, if there is one.

        Of a replayed answer, nothing runs: ``recorded`` returns the results of the calls after a request, by their ids.
        """
        self.calls_tools = False
        assert self._loop is not None  # noqa: S101  # else nothing is called
        assert self.turn is not None  # noqa: S101  # likewise
        results = None if self.turn.recorded is None else recorded(self._sent)
        self.turn = self._loop.run(self.turn, watch, results)
        if self.turn.state != COMPLETE:
            return ()
        self._sent = self._loop.next_request(self._first.request)
        call = self._first.next_step(self._sent, self.turn.replies, self._left())
        self._asked[call.turn.id], self._goes_on = None, call.turn.id
        return (call,)

    def failed(self, asked: str, step: Turn) -> tuple[PreparedCall, ...]:
        """Take note that a call got no answer to keep, but a ``step`` that was `read`; return the calls that come next.

        An answer that was asked for again stays as it was. After tool calls, there is none.
        """
        self._asked.pop(asked, None)
        if asked == self._goes_on:
            self.turn = step
        return self._judged(self.turn) if self.turn else ()

    def judged(self, asked: str, judged: Turn) -> None:
        """Take the answer of a judge."""
        check = self._asked.pop(asked, None)
        self._spent += judged.cost or 0.0
        if check is not None:
            self._add(verdict(check, judged))

    def give_up(self, why: str) -> None:
        """Leave out what is still to come."""
        for check in filter(None, self._asked.values()):
            self._add(Verdict(check.spec, passed=False, why=f"the judge gave no verdict: {why}", unknown=True))
        if self.turn is not None and (self.calls_tools or self._goes_on in self._asked):
            self.turn = replace(self.turn, state=STOPPED)
        self._asked.clear()
        self.calls_tools = False

    def _add(self, told: Verdict) -> None:
        if self.turn is not None:
            self.turn = replace(self.turn, verdicts=(*self.turn.verdicts, told))

    def _again(self, turn: Turn) -> tuple[PreparedCall, ...]:
        """Return the call that asks again for data that matches, if there is to be one."""
        if not turn.is_whole or failed_schema(turn) is None:
            return ()
        # Read again, since a verdict holds one line only.
        problem = self.plan.problem(turn)
        request = self._first.request
        added: tuple[Message, ...] = ()
        if self.ignores_schema(turn):
            request = in_prompt(request)
        elif problem is not None and self._repairs < self.plan.repair:
            self._repairs += 1
            added = (Message("assistant", turn.content), Message("user", correction(problem.report)))
            request = replace(request, messages=(*request.messages, *added))
        else:
            return ()
        self._first = self._first.again(request, turn.id, added, self._left())
        self._sent = self._first.request
        self._loop = ToolLoop(self.plan.tools, self._first.turn) if self.plan.tools else None
        self._asked[self._first.turn.id] = None
        return (self._first,)

    def ignores_schema(self, turn: Turn) -> bool:
        """Whether an answer has no JSON although the endpoint took the schema in its own field."""
        openings = openings_of(turn.schema)
        return turn.schema_sent == RESPONSE_FORMAT and openings != "" and not set(openings) & set(turn.content)

    def _left(self) -> float | None:
        return None if self._budget is None else max(0.0, self._budget - self._spent)

    def _judged(self, turn: Turn) -> tuple[PreparedCall, ...]:
        """Return the calls of judges, which judge whole answers that they have not judged before."""
        done = {each.check for each in turn.verdicts if each.model}
        checks = [check for check in self.plan.judges if check.spec not in done]
        if not turn.is_whole:
            for check in checks:
                self._add(Verdict(check.spec, passed=False, why=not_whole(turn)))
            return ()
        calls = [self.plan.judge.call(check, turn, self._left()) for check in checks]
        self._asked |= {call.turn.id: check for call, check in zip(calls, checks, strict=True)}
        return tuple(calls)
