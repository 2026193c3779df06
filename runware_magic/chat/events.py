"""What an answer is made of, in the order it arrives.

The wire turns bytes into these events; a `~runware_magic.chat.turn.Draft` folds them into a turn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from runware_magic.chat.request import Request
from runware_magic.chat.usage import Usage


@dataclass(frozen=True, slots=True)
class Retrying:
    """The endpoint was busy or not there; the request will be sent again.

    Attributes
    ----------
    reason
        What happened, in a few words.
    attempt
        Which attempt comes next; the first request was attempt 1.
    wait_s
        Seconds until then.
    """

    reason: str
    attempt: int
    wait_s: float


@dataclass(frozen=True, slots=True)
class Opened:
    """The endpoint accepted the request; the body of its answer begins.

    Attributes
    ----------
    request
        What it accepted: not always what was first sent, since some models want a field under another name.
    """

    request: Request | None = None


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """More of the model's reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class ContentDelta:
    """More of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ContentWasReasoning:
    """All content so far was reasoning: the server left out the tag that says so at the beginning."""


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A fragment of a tool call.

    Attributes
    ----------
    index
        Which call it belongs to; counts from 0.
    id, name
        Told in one fragment of the call, empty in the others.
    arguments
        More of the JSON text.
    """

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class UsageReport:
    """Tokens and cost so far: the last report counts."""

    usage: Usage


@dataclass(frozen=True, slots=True)
class Finished:
    """The model has stopped, and why: ``stop``, ``length``, ``tool_calls``, ``content_filter`` or a new word."""

    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The endpoint reports an error in the middle of its answer."""

    message: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """An event that could not be read was passed over; the answer may lack a piece.

    Attributes
    ----------
    size
        Its length in characters.
    """

    size: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The endpoint said that nothing more will come (``[DONE]``)."""


Event = (
    Retrying
    | Opened
    | ReasoningDelta
    | ContentDelta
    | ContentWasReasoning
    | ToolCallDelta
    | UsageReport
    | Finished
    | Failed
    | Skipped
    | Ended
)


def joined(batch: Iterable[Event]) -> list[Event]:
    """Join the words that follow each other: a thousand are folded and counted like one."""
    events: list[Event] = []
    words: list[str] = []
    for event in batch:
        if type(event) is ContentDelta:
            words.append(event.text)
            continue
        if words:
            events.append(ContentDelta("".join(words)))
            words.clear()
        events.append(event)
    return [*events, ContentDelta("".join(words))] if words else events
