"""The tool calls of one turn: who agrees to them, their results, and the request that follows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial, reduce
from time import monotonic
from typing import Protocol

from runware_magic.chat.draft import RUNNING, WAITING, CallUnderWay
from runware_magic.chat.messages import ToolCall
from runware_magic.chat.request import Request
from runware_magic.chat.text import listed, printable
from runware_magic.chat.turn import COMPLETE, FAILED, PENDING, REFUSED, STOPPED, Reply, ToolResult, Turn, said
from runware_magic.chat.usage import Usage
from runware_magic.prompt.schema.problems import DataError
from runware_magic.prompt.tools.tool import Tool

#: Decisions on a call: run it; do not; not now, since nobody can answer.
RUN, REFUSE, LATER = "run", "refuse", "later"
#: Returns the result of a call with these arguments.
Run = Callable[[Tool, ToolCall, Mapping[str, object]], ToolResult]

_OFTEN = 2  # times that the same call runs before the user is asked again
_SHOWN = 60  # characters of a name
_CUT = "The token limit cut this call off; nothing ran. Make a shorter one."
_BY_USER = "The user refused this call."
_STOPPED = "The user stopped this call."
_NOT_RUN = "The user stopped before this call ran."


class Consent(Protocol):
    """Asks whether calls may run."""

    def decide(self, tool: Tool, call: ToolCall, *, again: bool) -> str | None:
        """Return a decision; None while the user has not answered.

        ``again`` is a call that has run before with the same arguments: nothing agrees to that beforehand.
        """


class Watch(Protocol):
    """Shows what calls are doing."""

    def show(self, calls: Sequence[CallUnderWay]) -> None:
        """Show calls in their new states."""

    def wait(self) -> bool:
        """Wait a moment; return whether to go on, which is not so once the user has stopped the answer."""

    def running(self) -> AbstractContextManager[object]:
        """Let time tick while a function runs, and let an interrupt reach it."""


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The tools of a cell.

    Attributes
    ----------
    consent
        Who agrees to calls.
    max_rounds
        How often results are sent; with the last ones, the model is asked for an answer without tools.
    run
        Runs a call with its arguments, which are valid.
    calls
        Is told the id of each turn that calls tools.
    """

    tools: tuple[Tool, ...]
    run: Run
    consent: Consent
    max_rounds: int = 8
    calls: Callable[[str], object] = lambda _: None

    def named(self, name: str) -> Tool | None:
        """Return the tool of a name; None if there is none."""
        return next((tool for tool in self.tools if tool.name == name), None)


class ToolLoop:
    """The steps of one turn that takes tools: each is a request, whose answer may call tools."""

    def __init__(self, box: Toolbox, first: Turn) -> None:
        self._box, self._first = box, first
        self._replies: tuple[Reply | ToolResult, ...] = ()
        self._before_s, self._first_token_s = 0.0, first.timing.first_token_s
        self._last: Usage | None = None  # of the last step
        self._ran: Counter[tuple[str, str]] = Counter()

    @property
    def _usage(self) -> Usage | None:
        told = [reply.usage for reply in self._replies if isinstance(reply, Reply) and reply.usage]
        return reduce(Usage.plus, told) if told else None

    def merged(self, step: Turn) -> Turn:
        """Return the turn with all steps so far, of which ``step`` is the last."""
        before, self._last = self._usage, step.usage
        timing = replace(
            self._first.timing,
            first_token_s=step.timing.first_token_s if self._first_token_s is None else self._first_token_s,
            total_s=None if step.timing.total_s is None else round(self._before_s + step.timing.total_s, 3),
        )
        return replace(
            step,
            id=self._first.id,
            parent=self._first.parent,
            context=self._first.context,
            supersedes=self._first.supersedes,
            replies=self._replies,
            usage=before.plus(step.usage) if before else step.usage,
            timing=timing,
        )

    def calls(self, turn: Turn) -> bool:
        """Whether the last reply of a turn calls tools, and may."""
        # A model that was asked for an answer without tools, and calls some nevertheless, is not asked again.
        may = _rounds(turn.replies) < self._box.max_rounds
        return turn.state == PENDING or (turn.state == COMPLETE and bool(turn.reply.tool_calls) and may)

    def run(self, turn: Turn, watch: Watch, recorded: Mapping[str, str] | None = None) -> Turn:
        """Run the calls of a turn's last reply, one after the other; return the turn with their results.

        Its state is ``complete`` if the model is to be asked for more, else ``pending`` or ``stopped``. With results
        that were ``recorded``, by ids of calls, nothing runs.
        """
        self._box.calls(turn.id)
        reply, known = self._begun(turn)
        if recorded is not None:
            names = {call.id: call.name for call in reply.tool_calls}
            known |= {call: ToolResult(call, names[call], text) for call, text in recorded.items() if call in names}
        shown = [CallUnderWay(call, WAITING) for call in reply.tool_calls]
        results: list[ToolResult] = []
        state, ran_s = COMPLETE, 0.0
        for at, call in enumerate(reply.tool_calls):
            show = partial(self._show, shown, at, watch)
            result = known.get(call.id)
            if result is None:
                ready = self._ready(call, cut=turn.finish_reason == "length")
                if isinstance(ready, ToolResult):
                    result = ready
                elif recorded is not None:
                    state = PENDING  # the recording ends here
                elif state == COMPLETE:
                    result, state = self._asked(call, *ready, show, watch)
                    ran_s += (result and result.seconds) or 0.0
            result = result or _left(call, state)
            results.append(result)
            show(result.state, result)
        self._replies = (*self._replies, reply, *results)
        self._before_s, self._first_token_s = (turn.timing.total_s or 0.0) + ran_s, turn.timing.first_token_s
        timing = replace(turn.timing, total_s=round(self._before_s, 3))
        return replace(turn, reply=Reply(), replies=self._replies, state=state, usage=self._usage, timing=timing)

    def next_request(self, first: Request) -> Request:
        """Return the request that sends the results so far; the last one asks for an answer without tools."""
        messages = (*first.messages, *map(said, self._replies))
        last = {"tool_choice": "none"} if _rounds(self._replies) >= self._box.max_rounds else {}
        return replace(first, messages=messages, parameters={**first.parameters, **last})

    def _begun(self, turn: Turn) -> tuple[Reply, dict[str, ToolResult]]:
        """Return the reply whose calls are to run, and the results that there are already, by ids of calls."""
        if turn.state != PENDING:
            return replace(turn.reply, tool_calls=self._unique(turn.reply.tool_calls), usage=self._last), {}
        at = max(at for at, reply in enumerate(turn.replies) if isinstance(reply, Reply))
        reply, results = turn.replies[at], turn.replies[at + 1 :]
        assert isinstance(reply, Reply)  # noqa: S101  # found above
        self._replies = turn.replies[:at]
        return replace(reply, tool_calls=last_calls(turn)), {
            each.tool_call_id: each for each in results if isinstance(each, ToolResult) and each.state != PENDING
        }

    def _unique(self, calls: Sequence[ToolCall]) -> tuple[ToolCall, ...]:
        """Return calls as they are sent back: with ids that no earlier call has, and with arguments."""
        taken = {reply.tool_call_id for reply in self._replies if isinstance(reply, ToolResult)}
        unique = []
        for call in calls:
            call_id = call.id
            while call_id in taken:
                call_id += "_"
            taken.add(call_id)
            # Endpoints refuse a conversation with empty arguments for ever after.
            arguments = "{}" if call.arguments.strip() in {"", "null"} else call.arguments
            unique.append(replace(call, id=call_id, arguments=arguments))
        return tuple(unique)

    def _show(
        self, shown: list[CallUnderWay], at: int, watch: Watch, state: str, result: ToolResult | None = None
    ) -> None:
        shown[at] = replace(shown[at], state=state, result=result)
        watch.show(tuple(shown))

    def _ready(self, call: ToolCall, *, cut: bool) -> tuple[Tool, Mapping[str, object]] | ToolResult:
        """Return the tool and the arguments of a call that can run; the result of one that cannot."""
        tool = self._box.named(call.name)
        if cut:
            return _failed(call, _CUT)
        if tool is None:
            name, names = printable(call.name, _SHOWN), [each.name for each in self._box.tools]
            return _failed(call, f"There is no tool called {name!r}. The tools are {listed(names)}.")
        try:
            return tool, tool.arguments_of(call.arguments)
        except DataError as error:
            return _failed(call, f"The arguments do not match the schema; nothing ran.\n{error.report}")

    def _asked(
        self, call: ToolCall, tool: Tool, arguments: Mapping[str, object], show: Callable[..., None], watch: Watch
    ) -> tuple[ToolResult | None, str]:
        """Ask for consent, and run the call; return its result, if there is one, and the state of the turn."""
        same = call.name, _canonical(call.arguments)
        again = self._ran[same] >= _OFTEN
        show(WAITING)
        while (decision := self._box.consent.decide(tool, call, again=again)) is None:
            if not watch.wait():
                return None, STOPPED
        if decision == LATER:
            return None, PENDING
        if decision == REFUSE:
            return refused(call.id, call.name), COMPLETE
        self._ran[same] += 1
        show(RUNNING)
        began_s = monotonic()
        try:
            with watch.running():
                return self._box.run(tool, call, arguments), COMPLETE
        except KeyboardInterrupt:
            return replace(_failed(call, _STOPPED), seconds=monotonic() - began_s), STOPPED


def _canonical(arguments: str) -> str:
    """Return arguments that were read, as JSON that is the same for the same values: blanks and order do not count."""
    return json.dumps(json.loads(arguments if arguments.strip() else "{}"), sort_keys=True)


def _rounds(replies: Sequence[Reply | ToolResult]) -> int:
    return sum(isinstance(reply, Reply) for reply in replies)


def refused(call_id: str, name: str) -> ToolResult:
    """Return the result of a call that the user has refused."""
    return ToolResult(call_id, name, _BY_USER, REFUSED)


def last_calls(turn: Turn) -> tuple[ToolCall, ...]:
    """Return the calls that a turn's last results belong to; in a record, only one of several with the same id."""
    reply = next((reply for reply in reversed(turn.replies) if isinstance(reply, Reply)), Reply())
    calls: dict[str, ToolCall] = {}
    for call in reply.tool_calls:
        calls.setdefault(call.id, call)
    return tuple(calls.values())


def _failed(call: ToolCall, why: str) -> ToolResult:
    return ToolResult(call.id, call.name, why, FAILED)


def _left(call: ToolCall, state: str) -> ToolResult:
    """Return the result of a call that was not asked about, or waits."""
    if state == PENDING:
        return ToolResult(call.id, call.name, state=PENDING)
    return ToolResult(call.id, call.name, _NOT_RUN, REFUSED)
