"""A turn: one request and its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic

from runware_magic.chat.attached import Attached
from runware_magic.chat.choices import Choice
from runware_magic.chat.logprobs import Logprobs
from runware_magic.chat.messages import Message, ToolCall
from runware_magic.chat.parts import Part
from runware_magic.chat.sources import Source
from runware_magic.chat.structured import schema_in
from runware_magic.chat.usage import Usage
from runware_magic.chat.verdict import Verdict

if TYPE_CHECKING:
    from typing_extensions import TypeVar  # type checkers bring it; Python has the default from 3.13 on

    Data_co = TypeVar("Data_co", default=Any, covariant=True)
else:
    from typing import TypeVar

    Data_co = TypeVar("Data_co", covariant=True)

ROW = "row"  # the label that names the row


@dataclass(frozen=True, slots=True)
class Variant:
    """One answer of a comparison.

    Attributes
    ----------
    comparison
        An id that all answers of one run of the cell share.
    number, of
        The number of this answer, counting from 1, and the number of answers.
    labels
        What differs from the other answers, as texts: ``{"model": "google:gemini@3.1-pro", "temperature": "0.7"}``.
        ``row`` is the label of its row; ``run`` counts answers to the same request from 1.
    fingerprint
        Of the request, with its number among equal ones: see `runware_magic.chat.request`.
    used
        What the prompt used of its row, as texts by name: ``{"country": "France"}``. Empty where that is the label
        only.
    """

    comparison: str
    number: int
    of: int
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    fingerprint: str = ""
    used: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> str:
        """What differs from other answers, in one line; the number if nothing does."""
        of_row = [_of_row(name, value) for name, value in self.row.items()]
        others = [_named(name, value) for name, value in self.labels.items() if name != ROW]
        return " · ".join((*of_row, *others)) or str(self.number)

    @property
    def row(self) -> Mapping[str, str]:
        """What its row goes by: what the prompt used of it, else its label; empty if there is only one row."""
        return (self.used or {ROW: self.labels[ROW]}) if ROW in self.labels else {}


def _of_row(name: str, value: str) -> str:
    """Return a value of a row, with its name where it is only a number."""
    return value if any(map(str.isalpha, value)) else f"{name} {value}"


def _named(name: str, value: str) -> str:
    return value if name == "model" else f"{name} {value}"


_SHORTEST_S = 0.05  # a shorter answer came in one piece, which says nothing about the model's speed

STREAMING, COMPLETE, STOPPED, FAILED = "streaming", "complete", "stopped", "failed"
#: A turn whose tool calls wait for consent; a tool call that does.
PENDING = "pending"
#: How a tool call ended, beside `FAILED`.
DONE, REFUSED = "done", "refused"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model said; never trusted.

    Attributes
    ----------
    content
        The answer, usually Markdown.
    reasoning
        What the model thought before.
    tool_calls
        The function calls that it requests.
    usage
        Tokens and cost of a reply before the answer, which those of the turn include; else None.
    """

    content: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The result of a tool call.

    Attributes
    ----------
    tool_call_id, name
        The call, and the function that it names.
    content
        What the model receives.
    state
        ``done``, ``failed``, ``refused`` or ``pending``.
    seconds
        How long the function ran; None if it did not.
    shown
        What the function printed and displayed, as texts and pictures: for the reader, not for the model.
    """

    tool_call_id: str
    name: str
    content: str = ""
    state: str = DONE
    seconds: float | None = None
    shown: tuple[Part, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Timing:
    """When a request was sent, and how long its answer took.

    Attributes
    ----------
    started
        When the request was sent: UTC, ISO 8601.
    first_token_s, total_s
        The seconds from then to the first piece of the answer, and to its end, with those of the functions that it
        called; None if it did not come.
    """

    started: str
    first_token_s: float | None = None
    total_s: float | None = None


@dataclass(frozen=True)
class Turn(Generic[Data_co]):
    """One request and its answer.

    Attributes
    ----------
    id, parent, supersedes
        This turn, the turn that it was asked after, and the version that it replaces.
    context
        The ids of all answered turns that it was asked after, in order; None where they are the parent and the turns
        that the parent was asked after.
    chat
        The conversation that it belongs to; None for a request outside every conversation.
    cell_id
        The notebook cell that asked; None if the front end does not tell.
    model, endpoint, parameters
        The model, the endpoint's address, and the other fields of the request.
    messages
        The messages that this cell added to the conversation, without earlier ones.
    replies
        Replies with tool calls, and the results of these, before the answer, in order. Empty for most turns.
    reply
        The answer so far; `content`, `reasoning` and `cost` are shortcuts.
    state
        ``streaming``, ``complete``, ``stopped``, ``failed``; ``pending`` while a tool call waits for consent.
    finish_reason
        Why the model stopped, in the endpoint's word.
    error
        What went wrong, in one line.
    usage
        Tokens and cost; None if not reported, which means unknown, not zero.
    timing
        When, and how long.
    skipped
        The number of events in the stream that could not be read.
    variant
        Its part in a comparison; None if its cell asked for one answer.
    verdicts
        The results of the checks of the answer, in the order in which they were written.
    recorded
        The day, as in ``2026-11-25``, when a replayed answer was recorded; None if it came from the endpoint itself.
    maybe_cut
        Whether a ``complete`` answer ended without a finish reason and without the event that ends a stream.
    attached
        What its messages have of the notebook: tables, pictures, files and others, in order.
    sources
        The sources that the answer cites, in the endpoint's order: ``[1]`` in the text is usually the first.
    data
        The answer as data, if a schema was given and the answer matches it: an instance of the class if there is one.
        Plain JSON values in a turn that was restored or replayed without its schema; else None.
    schema_sent
        Where the request had the schema: ``response_format`` or ``prompt``; empty without a schema.
    logprobs
        The tokens of the answer with their probabilities, if these were asked for, and came.
    choice
        Which choice it is, if several were asked for (``n`` above 1) and came; else None.
    other_choices
        The turns of the other choices: versions of this turn, whose usage is counted here. Only the first choice has
        them, and not after it was restored.
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
    maybe_cut: bool = False
    replies: tuple[Reply | ToolResult, ...] = ()
    sources: tuple[Source, ...] = ()
    attached: tuple[Attached, ...] = ()
    # Not optional for type checkers: `Chat.ask` returns no turn without the data that it was asked for.
    data: Data_co = field(default=None, compare=False)  # type: ignore[assignment]
    schema_sent: str = ""
    logprobs: Logprobs = field(default_factory=Logprobs)
    choice: Choice | None = None
    other_choices: tuple[Turn, ...] = field(default=(), compare=False, repr=False)

    @property
    def schema(self) -> Mapping[str, Any] | None:
        """The JSON schema that was asked for; None if there was none."""
        return schema_in(self.parameters)

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
        """US dollars; None if the endpoint did not report it."""
        return self.usage.cost if self.usage else None

    @property
    def first_choice_id(self) -> str:
        """The id of the turn that has the usage of its request: its own, except for other choices."""
        return self.choice.first if self.choice else self.id

    @property
    def counts_elsewhere(self) -> bool:
        """Whether its usage and cost are those of another turn: the first of several choices."""
        return self.first_choice_id != self.id

    @property
    def tokens_per_second(self) -> float | None:
        """Generated tokens a second, from the first piece to the end; None when unknown, or when all came at once."""
        count = self.usage.completion_tokens if self.usage else None
        first, total = self.timing.first_token_s, self.timing.total_s
        if not count or first is None or total is None or (took_s := total - first - self.called_s) < _SHORTEST_S:
            return None
        return count / took_s

    @property
    def called_s(self) -> float:
        """The seconds that functions ran for its tool calls, which its timing includes."""
        return sum(each.seconds or 0.0 for each in self.replies if isinstance(each, ToolResult))

    @property
    def is_whole(self) -> bool:
        """Whether all of the answer has come, as far as the endpoint tells."""
        return self.state == COMPLETE and not self.maybe_cut

    @property
    def answers(self) -> bool:
        """Whether later requests include this turn: failed and blank answers are left out."""
        return self.state in {COMPLETE, STOPPED} and bool(self.content.strip())

    @cached_property
    def system_messages(self) -> tuple[Message, ...]:
        """The system messages that it adds, or those of a developer."""
        return tuple(message for message in self.messages if message.is_instruction)

    @cached_property
    def exchange(self) -> tuple[Message, ...]:
        """Question and answer as later requests include them; none if it has no answer.

        Tool calls of the answer itself never ran: endpoints refuse calls without results.
        """
        if not self.answers:
            return ()
        asked = (message for message in self.messages if not message.is_instruction)
        return (*asked, *map(said, self.replies), Message("assistant", self.content))

    def __str__(self) -> str:
        return self.content

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return present(self)


def said(reply: Reply | ToolResult) -> Message:
    """Return a reply, or the result of a tool call, as requests include it."""
    if isinstance(reply, ToolResult):
        return Message("tool", reply.content, tool_call_id=reply.tool_call_id)
    return Message("assistant", reply.content, tool_calls=reply.tool_calls)


def _as_text(turn: Turn) -> dict[str, Any]:
    return {"text/plain": turn.content}


#: Returns the MIME bundle of a turn.
Bundle = Callable[[Turn], dict[str, Any]]
#: Set by `runware_magic.display.render.bundle` when it is imported: values do not import the display, and still show
#: richly where it is loaded.
present: Bundle = _as_text


def show_turns_with(bundle: Bundle) -> None:
    """Set the function that turns use to show themselves."""
    global present  # noqa: PLW0603  # the one seam between values and their display
    present = bundle
