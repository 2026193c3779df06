"""What is to be asked: a query, and the call that is prepared from it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from runware_magic.chat.attached import Attached
from runware_magic.chat.messages import Message
from runware_magic.chat.request import Request, fingerprint
from runware_magic.chat.structured import RESPONSE_FORMAT, schema_in
from runware_magic.chat.turn import Reply, Timing, ToolResult, Turn, Variant


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
    resume: Turn | None = None  # a pending turn to go on with


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
            timing=_now(),
            schema_sent=RESPONSE_FORMAT if schema_in(request.parameters) is not None else "",
            **more,
        )
        return cls(turn, request, budget)

    def again(
        self, request: Request, supersedes: str, added: Sequence[Message] = (), budget: float | None = None
    ) -> PreparedCall:
        """Return the call that asks again, for a new version of the turn ``supersedes``.

        The messages ``added`` to the conversation are in the request, too.
        """
        turn = self.turn
        variant = turn.variant and replace(turn.variant, fingerprint=fingerprint(request))
        messages, turn_id = (*turn.messages, *added), uuid.uuid4().hex
        again = replace(turn, id=turn_id, messages=messages, supersedes=supersedes, variant=variant, timing=_now())
        return PreparedCall(again, request, budget)

    def next_step(
        self, request: Request, replies: tuple[Reply | ToolResult, ...], budget: float | None = None
    ) -> PreparedCall:
        """Return the call that goes on with the turn after tool calls; it has an id of its own, for its cost."""
        return PreparedCall(replace(self.turn, id=uuid.uuid4().hex, replies=replies), request, budget)


def _now() -> Timing:
    return Timing(datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
