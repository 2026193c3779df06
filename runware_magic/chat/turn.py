"""A turn: one request of a cell and the answer to it; and the draft that an answer grows in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from runware_magic.chat.events import (
    ContentDelta,
    ContentWasReasoning,
    Ended,
    Event,
    Failed,
    Finished,
    Opened,
    ReasoningDelta,
    Retrying,
    Skipped,
    ToolCallDelta,
    UsageReport,
)
from runware_magic.chat.messages import Message, ToolCall
from runware_magic.chat.request import Request
from runware_magic.chat.usage import Usage
from runware_magic.chat.variant import Variant
from runware_magic.chat.verdict import Verdict

_SHORTEST_S = 0.05  # an answer that took less came in one piece, and tells nothing of the model's speed

STREAMING, COMPLETE, STOPPED, FAILED = "streaming", "complete", "stopped", "failed"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model said.

    Attributes
    ----------
    content
        The answer, usually Markdown. From outside: never trusted.
    reasoning
        What the model thought before, if it tells.
    tool_calls
        Functions that it wants called.
    """

    content: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Timing:
    """When, and how long.

    Attributes
    ----------
    started
        UTC, ISO 8601, when the request was sent.
    first_token_s
        Seconds from there to the first piece of reasoning or answer; None when none came.
    total_s
        Seconds from there to the end.
    """

    started: str
    first_token_s: float | None = None
    total_s: float | None = None


@dataclass(frozen=True)
class Turn:
    """One request and its answer.

    Attributes
    ----------
    id, parent, supersedes
        This turn, the turn that it was asked after, and the version that it replaces.
    context
        The ids of all answered turns that it was asked after, in order, where they are not simply what its parent was
        asked after and then the parent; None where they are.
    chat
        The conversation that it belongs to; None for a request outside every conversation.
    cell_id
        The notebook cell that asked; None where the front end does not tell.
    model, endpoint, parameters
        What was asked, where, and with which other fields.
    messages
        What this cell added to the conversation, not what came before.
    reply
        The answer so far; `content`, `reasoning` and `cost` give what most want of it.
    state
        ``streaming``, ``complete``, ``stopped`` (by the user) or ``failed``.
    finish_reason
        Why the model stopped, in the endpoint's word.
    error
        What went wrong, in one line.
    usage
        Tokens and cost; None when none was told, which is unknown, not zero.
    timing
        When, and how long.
    skipped
        How many events of the stream could not be read.
    variant
        Which answer of a comparison it is; None where its cell asked for one only.
    verdicts
        What came of the checks of the answer, in the order in which they were written.
    recorded
        The day, as in ``2026-11-25``, on which the endpoint gave the answer that was replayed here; None where it came
        from the endpoint itself.
    """

    id: str
    model: str
    endpoint: str
    messages: tuple[Message, ...]
    timing: Timing
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    chat: str | None = "main"
    cell_id: str | None = None
    parent: str | None = None
    supersedes: str | None = None
    context: tuple[str, ...] | None = None
    reply: Reply = Reply()
    state: str = STREAMING
    finish_reason: str | None = None
    error: str | None = None
    usage: Usage | None = None
    skipped: int = 0
    variant: Variant | None = None
    verdicts: tuple[Verdict, ...] = ()
    recorded: str | None = None

    @property
    def content(self) -> str:
        """The answer."""
        return self.reply.content

    @property
    def reasoning(self) -> str:
        """What the model thought before it answered."""
        return self.reply.reasoning

    @property
    def cost(self) -> float | None:
        """US dollars; None when the endpoint did not tell."""
        return self.usage.cost if self.usage else None

    @property
    def tokens_per_second(self) -> float | None:
        """Generated tokens a second, from the first piece to the end; None when unknown, or when all came at once."""
        count = self.usage.completion_tokens if self.usage else None
        first, total = self.timing.first_token_s, self.timing.total_s
        if not count or first is None or total is None or total - first < _SHORTEST_S:
            return None
        return count / (total - first)

    @property
    def answers(self) -> bool:
        """Whether later turns are to see this one: a failed answer, or one of nothing but blanks, is no context."""
        return self.state in {COMPLETE, STOPPED} and bool(self.content.strip())

    def __str__(self) -> str:
        """Give the answer."""
        return self.content

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return present(self)


def _as_text(turn: Turn) -> dict[str, Any]:
    return {"text/plain": turn.content}


#: How a turn is shown as a MIME bundle. `runware_magic.display.bundle` puts itself here when it is imported:
#: values know nothing of the display, and still show richly wherever one is.
present: Callable[[Turn], dict[str, Any]] = _as_text


def show_turns_with(bundle: Callable[[Turn], dict[str, Any]]) -> None:
    """Let turns show themselves by this function, from a turn to its MIME bundle."""
    global present  # noqa: PLW0603  # the one seam between values and their display
    present = bundle


class Draft:
    """A turn while it is being answered: folds events, gives the turn so far.

    Parameters
    ----------
    turn
        The turn as it stands before the first event.
    """

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._content: list[str] = []
        self._reasoning: list[str] = []
        self._calls: dict[int, list[ToolCallDelta]] = {}
        self._first_s: float | None = None
        self.retrying: Retrying | None = None
        self.retrying_since_s = 0.0
        self.waits_for = ""  # what has to end before it is asked
        self.opened = False
        self.sent: Request | None = None
        self.ended = False
        self.failure: Failed | None = None

    @property
    def model(self) -> str:
        """The model that was asked."""
        return self._turn.model

    @property
    def endpoint(self) -> str:
        """Who is asked, or once was."""
        return self._turn.endpoint

    @property
    def recorded(self) -> str | None:
        """As in `Turn`."""
        return self._turn.recorded

    @property
    def content(self) -> str:
        """The answer so far."""
        return _joined(self._content)

    @property
    def reasoning(self) -> str:
        """The reasoning so far."""
        return _joined(self._reasoning)

    @property
    def usage(self) -> Usage | None:
        """Tokens and cost as last reported."""
        return self._turn.usage

    @property
    def answering(self) -> bool:
        """Whether the answer itself has begun."""
        return bool(self._content)

    def fold(self, event: Event, at_s: float) -> None:  # noqa: C901  # one case an event
        """Take in the next event.

        Parameters
        ----------
        event
            What came.
        at_s
            Seconds since the request was sent.
        """
        match event:
            case ContentDelta(text):
                self._content.append(text)
                self._mark_first(at_s)
            case ReasoningDelta(text):
                self._reasoning.append(text)
                self._mark_first(at_s)
            case ContentWasReasoning():
                self._reasoning += self._content
                self._content.clear()
            case ToolCallDelta():
                self._calls.setdefault(event.index, []).append(event)
                self._mark_first(at_s)
            case UsageReport(usage):
                self._turn = replace(self._turn, usage=usage)
            case Finished(reason):
                self._turn = replace(self._turn, finish_reason=reason)
            case Skipped():
                self._turn = replace(self._turn, skipped=self._turn.skipped + 1)
            case Failed():
                self.failure = event
            case Opened(request):
                self.opened, self.sent, self.retrying = True, request, None
            case Retrying():
                self.retrying, self.retrying_since_s = event, at_s
            case Ended():
                self.ended = True

    def snapshot(self, state: str = STREAMING, *, error: str | None = None, total_s: float | None = None) -> Turn:
        """Give the turn as it stands.

        Parameters
        ----------
        state
            What has become of it.
        error
            What went wrong, in one line.
        total_s
            Seconds since the request was sent, once it has ended.
        """
        return replace(
            self._turn,
            reply=Reply(
                self.content, self.reasoning, tuple(_call(self._calls[index]) for index in sorted(self._calls))
            ),
            state=state,
            error=error,
            timing=replace(self._turn.timing, first_token_s=self._first_s, total_s=total_s),
        )

    def _mark_first(self, at_s: float) -> None:
        if self._first_s is None:
            self._first_s = round(at_s, 3)


def _joined(pieces: list[str]) -> str:
    # Joined in place: asked 15 times a second, a long answer is not to be joined from thousands of pieces each time.
    if len(pieces) > 1:
        pieces[:] = ["".join(pieces)]
    return pieces[0] if pieces else ""


def _call(pieces: list[ToolCallDelta]) -> ToolCall:
    return ToolCall(
        next((piece.id for piece in pieces if piece.id), ""),
        next((piece.name for piece in pieces if piece.name), ""),
        "".join(piece.arguments for piece in pieces),
    )
