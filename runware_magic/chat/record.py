"""The record of a turn: the JSON that a notebook keeps, from which everything can be rebuilt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runware_magic.chat.messages import Message, ToolCall
from runware_magic.chat.turn import COMPLETE, FAILED, STOPPED, Reply, Timing, Turn
from runware_magic.chat.usage import Usage

#: The MIME type of a record in a notebook's output.
MIME_TYPE = "application/vnd.runware.turn+json"
VERSION = 1


def to_record(turn: Turn) -> dict[str, Any]:
    """Give the record of a turn, version 1: JSON values only."""
    return {
        "version": VERSION,
        "id": turn.id,
        "chat": turn.chat,
        "cell_id": turn.cell_id,
        "parent": turn.parent,
        "supersedes": turn.supersedes,
        "model": turn.model,
        "endpoint": turn.endpoint,
        "parameters": dict(turn.parameters),
        "messages": [message.to_json() for message in turn.messages],
        "reply": {
            "content": turn.content,
            "reasoning": turn.reasoning,
            "tool_calls": [call.to_json() for call in turn.reply.tool_calls],
        },
        "state": turn.state,
        "finish_reason": turn.finish_reason,
        "error": turn.error,
        "usage": turn.usage.to_json() if turn.usage else None,
        "timing": {
            "started": turn.timing.started,
            "first_token_s": turn.timing.first_token_s,
            "total_s": turn.timing.total_s,
        },
        # Beside what version 1 promises, and only where there is something to say.
        **({"context": list(turn.context)} if turn.context is not None else {}),
        **({"skipped": turn.skipped} if turn.skipped else {}),
    }


def from_record(record: Mapping[str, Any]) -> Turn:
    """Rebuild the turn from its record.

    Raises
    ------
    KeyError, TypeError, ValueError
        When this is no record, or one of another version.
    """
    if record["version"] != VERSION:
        msg = f"the record has version {record['version']!r}, this package reads {VERSION}"
        raise ValueError(msg)
    if record["state"] not in {COMPLETE, STOPPED, FAILED}:
        msg = f"a turn does not end as {record['state']!r}"
        raise ValueError(msg)
    timing = record["timing"]
    return Turn(
        id=_text(record["id"]),
        chat=_text_or_none(record["chat"]),
        cell_id=_text_or_none(record["cell_id"]),
        parent=_text_or_none(record["parent"]),
        supersedes=_text_or_none(record["supersedes"]),
        model=_text(record["model"]),
        endpoint=_text(record["endpoint"]),
        parameters=dict(record["parameters"]),
        messages=tuple(Message.from_json(message) for message in record["messages"]),
        reply=_reply(record["reply"]),
        state=record["state"],
        finish_reason=_text_or_none(record["finish_reason"]),
        error=_text_or_none(record["error"]),
        usage=Usage.from_json(record["usage"]),
        timing=Timing(_text(timing["started"]), _seconds(timing["first_token_s"]), _seconds(timing["total_s"])),
        context=_context(record.get("context")),
        skipped=_count(record.get("skipped", 0)),
    )


def _reply(value: Mapping[str, Any]) -> Reply:
    calls = tuple(
        ToolCall(_text(call["id"]), _text(call["function"]["name"]), _text(call["function"]["arguments"]))
        for call in value["tool_calls"]
    )
    return Reply(_text(value["content"]), _text(value["reasoning"]), calls)


def _text(value: object) -> str:
    if not isinstance(value, str):
        msg = f"expected text, got {type(value).__name__}"
        raise TypeError(msg)
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _context(value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        msg = f"expected a list of ids, got {type(value).__name__}"
        raise TypeError(msg)
    return tuple(_text(entry) for entry in value)


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        msg = f"expected a count, got {type(value).__name__}"
        raise TypeError(msg)
    return value


def _seconds(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        msg = f"expected seconds, got {type(value).__name__}"
        raise TypeError(msg)
    return value
