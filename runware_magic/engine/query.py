"""What is to be asked: a query, and the call that is prepared from it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from runware_magic.chat.attached import Attached
from runware_magic.chat.messages import Message
from runware_magic.chat.request import Request
from runware_magic.chat.turn import Timing, Turn, Variant


@dataclass(frozen=True, slots=True)
class Query:
    """A question, as a cell or a Python caller asks it."""

    messages: tuple[Message, ...]  # the new ones
    model: str | None = None  # None for the default model
    chat: str | None = "main"  # None for outside of all chats
    cell_id: str | None = None  # None where the front end does not send it
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    stream: bool = True
    keep: bool = False  # whether an earlier answer to the same request may be used
    budget: float | None = None  # US dollars for this answer
    variant: Variant | None = None  # its place in a comparison
    again: str | None = None  # the turn whose place it takes; None for that of its cell
    attached: tuple[Attached, ...] = ()  # what the messages have of the notebook


@dataclass(frozen=True, slots=True)
class Job:
    """One of the answers that a cell asks for."""

    ask: Query
    checked: Callable[[Turn], Turn] = lambda turn: turn  # adds the verdicts of the checks
    is_checked: bool = False  # whether there are any

    @property
    def name(self) -> str:
        """The name of the variant, or the model."""
        return self.ask.variant.name if self.ask.variant else self.ask.model or ""


@dataclass(frozen=True, slots=True)
class PreparedCall:
    """A request, and the turn that will hold its answer. It can be pickled, and holds no key."""

    turn: Turn
    request: Request
    budget: float | None = None

    @classmethod
    def of(
        cls,
        request: Request,
        *,
        turn_id: str = "",
        budget: float | None = None,
        **more: Any,  # noqa: ANN401  # fields of `Turn`
    ) -> PreparedCall:
        """Prepare a call; `more` are the other fields of its turn, such as ``endpoint`` and ``messages``."""
        turn = Turn(
            id=turn_id or uuid.uuid4().hex,
            model=request.model,
            parameters=request.parameters,
            timing=Timing(datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")),
            **more,
        )
        return cls(turn, request, budget)
