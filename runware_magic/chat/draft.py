"""Builds a turn from the events of its answer."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from runware_magic.chat import events
from runware_magic.chat.choices import Choice
from runware_magic.chat.logprobs import MOST_TOKENS, Logprobs, TokenLogprob
from runware_magic.chat.messages import ToolCall
from runware_magic.chat.request import Request
from runware_magic.chat.structured import IN_PROMPT, RESPONSE_FORMAT
from runware_magic.chat.text import one_line
from runware_magic.chat.turn import COMPLETE, FAILED, STREAMING, Reply, ToolResult, Turn
from runware_magic.chat.usage import Usage

_MANY = 256  # pieces that are joined into one


#: What a tool call does before it has a result: the model writes it, the user is asked, the function runs.
WRITING, WAITING, RUNNING = "writing", "waiting", "running"


@dataclass(frozen=True, slots=True)
class CallUnderWay:
    """A tool call of the last reply, as the reader sees it."""

    call: ToolCall
    state: str  # one of those above, or that of its result
    since_s: float = 0.0  # when that began, in seconds since the request was sent
    result: ToolResult | None = None


class TurnBuilder:
    """A turn while it is being answered. One thread folds events; other threads may read it at the same time."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self.model, self.endpoint, self.recorded = turn.model, turn.endpoint, turn.recorded
        self._content, self._reasoning = _Text(), _Text()
        self._calls: dict[int, list[events.ToolCallDelta]] = {}
        self._logprobs: list[TokenLogprob] = []
        self._others: dict[int, TurnBuilder] = {}  # of other choices, by their index
        self._first_s: float | None = None
        self.retrying: events.Retrying | None = None
        self.retrying_since_s = 0.0
        self.calls: tuple[CallUnderWay, ...] = ()  # of the last reply, once it has ended
        self.waits_for = ""  # what must end before the request is sent
        self.opened = False
        self.sent: Request | None = None
        self.ended = False
        self.failure: events.Failed | None = None

    @property
    def content(self) -> str:
        """The answer so far."""
        return str(self._content)

    @property
    def reasoning(self) -> str:
        """The reasoning so far."""
        return str(self._reasoning)

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tool calls so far."""
        return _assembled(dict(self._calls)) if self._calls else ()

    @property
    def replies(self) -> tuple[Reply | ToolResult, ...]:
        """What came before this reply."""
        return self._turn.replies

    @property
    def usage(self) -> Usage | None:
        """Tokens and cost as last reported."""
        return self._turn.usage

    @property
    def answering(self) -> bool:
        """Whether the answer itself (not only its reasoning) has begun."""
        return bool(self._content)

    def fold(self, event: events.Event, at_s: float) -> None:  # noqa: C901, PLR0912  # one case an event
        """Apply the next event, which came `at_s` seconds after the request was sent."""
        match event:
            case events.ContentDelta(text):
                self._content.append(text)
                self._mark_first(at_s)
            case events.ReasoningDelta(text):
                self._reasoning.append(text)
                self._mark_first(at_s)
            case events.ContentWasReasoning():
                self._reasoning, self._content = _Text(str(self._reasoning), str(self._content)), _Text()
            case events.ToolCallDelta():
                self._calls.setdefault(event.index, []).append(event)
                self._mark_first(at_s)
            case events.Cited(sources):
                self._turn = replace(self._turn, sources=sources)
            case events.TokensScored(tokens):
                self._logprobs += tokens[: MOST_TOKENS - len(self._logprobs)]
            case events.OtherChoice(index, other):
                self._other(index).fold(other, at_s)
            case events.UsageReport(usage):
                before = self._turn.usage
                self._turn = replace(self._turn, usage=before.updated(usage) if before else usage)
            case events.Finished(reason):
                self._turn = replace(self._turn, finish_reason=reason)
            case events.Skipped():
                self._turn = replace(self._turn, skipped=self._turn.skipped + 1)
            case events.Failed():
                self.failure = event
            case events.Opened(request):
                self._accepted(request)
            case events.Retrying():
                self.retrying, self.retrying_since_s = event, at_s
            case events.Ended():
                self.ended = True

    def _accepted(self, request: Request | None) -> None:
        self.opened, self.sent, self.retrying = True, request, None
        if self._turn.schema_sent and request is not None:
            sent = RESPONSE_FORMAT if RESPONSE_FORMAT in request.parameters else IN_PROMPT
            self._turn = replace(self._turn, schema_sent=sent)

    def snapshot(self, state: str = STREAMING, *, error: str | None = None, total_s: float | None = None) -> Turn:
        """Return the turn as it is now; `total_s` is the time from request to end, in seconds."""
        turn = replace(
            self._turn,
            reply=Reply(self.content, self.reasoning, self.tool_calls),
            logprobs=Logprobs(tuple(self._logprobs)),
            state=state,
            maybe_cut=state == COMPLETE and not self.ended and self._turn.finish_reason is None,
            error=error,
            timing=replace(self._turn.timing, first_token_s=self._first_s, total_s=total_s),
        )
        others = [builder._beside(self, state, error, total_s) for builder in tuple(self._others.values())]  # noqa: SLF001  # of its own kind
        return _with_choices(turn, [other for other in others if other.reply != Reply()])

    def _other(self, index: int) -> TurnBuilder:
        """Return the builder of another choice."""
        if index not in self._others:
            # As if it superseded the first: so it becomes a version of that turn wherever there are no cells.
            turn = replace(self._turn, id=uuid.uuid4().hex, supersedes=self._turn.id, usage=None)
            self._others[index] = TurnBuilder(turn)
        return self._others[index]

    def _beside(self, first: TurnBuilder, state: str, error: str | None, total_s: float | None) -> Turn:
        """Return the turn of another choice, which ends as the first does unless it failed itself."""
        self.ended = first.ended
        if self.failure is not None:
            state, error = FAILED, f"The endpoint reported an error: {one_line(self.failure.message)}"
        return self.snapshot(state, error=error, total_s=total_s)

    def _mark_first(self, at_s: float) -> None:
        if self._first_s is None:
            self._first_s = round(at_s, 3)


def _with_choices(turn: Turn, others: Sequence[Turn]) -> Turn:
    """Return a turn with the other choices that came."""
    if not others:
        return turn
    of = 1 + len(others)
    numbered = (replace(other, choice=Choice(number, of, turn.id)) for number, other in enumerate(others, 2))
    return replace(turn, choice=Choice(1, of, turn.id), other_choices=tuple(numbered))


class _Text:
    """A text that one thread appends to and others may read: each step is atomic."""

    __slots__ = ("_packed", "_pieces")

    def __init__(self, *pieces: str) -> None:
        self._pieces = [*pieces]
        self._packed = 0

    def __bool__(self) -> bool:
        return bool(self._pieces)

    def __str__(self) -> str:
        return "".join(self._pieces)

    def append(self, piece: str) -> None:
        self._pieces.append(piece)
        if len(self._pieces) - self._packed >= _MANY:
            # A short piece takes many times the memory of its characters.
            self._pieces[self._packed :] = ["".join(self._pieces[self._packed :])]
            self._packed += 1


def _assembled(fragments: Mapping[int, Sequence[events.ToolCallDelta]]) -> tuple[ToolCall, ...]:
    """Return the calls so far, in order, from the fragments of each call by index.

    A call without an id gets one, since results refer to calls by id.
    """
    ids = {piece.id for pieces in fragments.values() for piece in pieces}
    return tuple(_call(index, fragments[index], ids) for index in sorted(fragments))


def _call(index: int, pieces: Sequence[events.ToolCallDelta], ids: set[str]) -> ToolCall:
    call_id = next((piece.id for piece in pieces if piece.id), "")
    if not call_id:
        call_id = f"call_{index}"
        while call_id in ids:
            call_id += "_"
    name = next((piece.name for piece in pieces if piece.name), "")
    return ToolCall(call_id, name, "".join(piece.arguments for piece in pieces))
