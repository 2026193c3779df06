"""The events of an answer, in the order of arrival.

The protocol decodes bytes into these events; `~runware_magic.chat.draft.TurnBuilder` folds them into a turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runware_magic.chat.logprobs import TokenLogprob
from runware_magic.chat.request import Request
from runware_magic.chat.sources import Source
from runware_magic.chat.usage import Usage

__all__ = [
    "Cited",
    "ContentDelta",
    "ContentWasReasoning",
    "Ended",
    "Event",
    "Failed",
    "Finished",
    "Opened",
    "OtherChoice",
    "ReasoningDelta",
    "Retrying",
    "Skipped",
    "TokensScored",
    "ToolCallDelta",
    "UsageReport",
]


@dataclass(frozen=True, slots=True)
class Retrying:
    """The endpoint was busy or unreachable; the request is sent again.

    Attributes
    ----------
    reason
        Why, in a few words.
    attempt
        The number of the next attempt; the first one was 1.
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
        The accepted request. It may differ from the first one sent: some models want a field under another name.
    """

    request: Request | None = None


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """More of the model's reasoning.

    Attributes
    ----------
    text
        The new text only.
    """

    text: str


@dataclass(frozen=True, slots=True)
class ContentDelta:
    """More of the answer.

    Attributes
    ----------
    text
        The new text only.
    """

    text: str


@dataclass(frozen=True, slots=True)
class ContentWasReasoning:
    """All content so far was reasoning: the server left out the opening tag."""


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A fragment of a tool call.

    Attributes
    ----------
    index
        The number of the call, from 0.
    id, name
        Those of the call in one of its fragments, and empty in the others.
    arguments
        More of the JSON text.
    extra
        As in `~runware_magic.chat.messages.ToolCall`.
    """

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Cited:
    """All sources cited so far: the last event replaces earlier ones.

    Attributes
    ----------
    sources
        The sources, each once, in the endpoint's order.
    """

    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class TokensScored:
    """More tokens with their probabilities. Their texts are those of the answer, which other events bring.

    Attributes
    ----------
    tokens
        The new tokens only.
    """

    tokens: tuple[TokenLogprob, ...]


@dataclass(frozen=True, slots=True)
class OtherChoice:
    """An event of another choice of the same request (``n`` above 1).

    Attributes
    ----------
    index
        The number that the endpoint gives the choice.
    event
        The event.
    """

    index: int
    event: Event


@dataclass(frozen=True, slots=True)
class UsageReport:
    """Tokens and cost so far: the last report replaces earlier ones.

    Attributes
    ----------
    usage
        The report.
    """

    usage: Usage


@dataclass(frozen=True, slots=True)
class Finished:
    """The model has stopped.

    Attributes
    ----------
    reason
        ``stop``, ``length``, ``tool_calls``, ``content_filter``, or another word of the endpoint.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The endpoint reported an error within its answer.

    Attributes
    ----------
    message, code
        What it says, and its own code of the error, if it sent one.
    """

    message: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """An event, or a part of one, could not be read and was skipped; a piece of the answer may be missing.

    Attributes
    ----------
    size
        Its length in characters; 0 where only parts of it are unknown.
    """

    size: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """The endpoint marked the end of the answer (``[DONE]``)."""


Event = (
    Retrying
    | Opened
    | ReasoningDelta
    | ContentDelta
    | ContentWasReasoning
    | ToolCallDelta
    | Cited
    | TokensScored
    | OtherChoice
    | UsageReport
    | Finished
    | Failed
    | Skipped
    | Ended
)
