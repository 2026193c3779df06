"""The record of a turn: the JSON that a notebook keeps, from which everything can be rebuilt."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from runware_magic.chat.messages import Message, ToolCall
from runware_magic.chat.surrogates import encodable, encodable_json
from runware_magic.chat.turn import COMPLETE, FAILED, STOPPED, Reply, Timing, Turn
from runware_magic.chat.usage import Usage
from runware_magic.chat.variant import Variant
from runware_magic.chat.verdict import Verdict

#: The MIME type of a record in a notebook's output.
MIME_TYPE = "application/vnd.runware.turn+json"
VERSION = 1

# Levels: what is nested deeper can be read, but neither compared nor written again.
_DEEPEST = 50
_LONGEST_S = 1e9
_MOST = 10**9  # of anything that is counted: larger numbers cost time to write
_SHOWN = 20  # characters


def to_record(turn: Turn) -> dict[str, Any]:
    """Give the record of a turn, version 1: JSON values only, and no text that cannot be encoded."""
    record: dict[str, Any] = encodable_json(_fields(turn))
    return record


def _fields(turn: Turn) -> dict[str, Any]:
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
        **({"variant": _variant_fields(turn.variant)} if turn.variant else {}),
        **({"verdicts": [_verdict_fields(verdict) for verdict in turn.verdicts]} if turn.verdicts else {}),
        **({"recorded": turn.recorded} if turn.recorded is not None else {}),
    }


def _variant_fields(variant: Variant) -> dict[str, Any]:
    return {
        "comparison": variant.comparison,
        "number": variant.number,
        "of": variant.of,
        "labels": dict(variant.labels),
        "fingerprint": variant.fingerprint,
    }


def _verdict_fields(verdict: Verdict) -> dict[str, Any]:
    return {"check": verdict.check, "passed": verdict.passed, "why": verdict.why}


def from_record(record: object) -> Turn:
    """Rebuild the turn from its record.

    Parameters
    ----------
    record
        Parsed JSON, not trusted.

    Raises
    ------
    KeyError, TypeError, ValueError, OverflowError
        When this is no record, or one of another version.
    """
    fields = _object(record, "the record")
    version = fields["version"]
    if isinstance(version, bool) or version != VERSION:
        msg = f"the record has version {_shown(version)}, this package reads {VERSION}"
        raise ValueError(msg)
    return Turn(
        id=_text(fields["id"], "id"),
        chat=_text_or_none(fields["chat"], "chat"),
        cell_id=_text_or_none(fields["cell_id"], "cell_id"),
        parent=_text_or_none(fields["parent"], "parent"),
        supersedes=_text_or_none(fields["supersedes"], "supersedes"),
        model=_text(fields["model"], "model"),
        endpoint=_text(fields["endpoint"], "endpoint"),
        parameters=_json(_object(fields["parameters"], "parameters")),
        messages=tuple(_message(message) for message in _list(fields["messages"], "messages")),
        reply=_reply(_object(fields["reply"], "reply")),
        state=_state(_text(fields["state"], "state")),
        finish_reason=_text_or_none(fields["finish_reason"], "finish_reason"),
        error=_text_or_none(fields["error"], "error"),
        usage=Usage.from_json(fields["usage"]),
        timing=_timing(_object(fields["timing"], "timing")),
        context=_context(fields.get("context")),
        skipped=_count(fields.get("skipped", 0), "skipped"),
        variant=_variant(fields.get("variant")),
        verdicts=tuple(_verdict(verdict) for verdict in _list(fields.get("verdicts", []), "verdicts")),
        recorded=_text_or_none(fields.get("recorded"), "recorded"),
    )


def _message(value: object) -> Message:
    fields = _object(value, "a message")
    return Message(_text(fields["role"], "role"), _text(fields["content"], "content"))


def _reply(fields: Mapping[str, Any]) -> Reply:
    calls = tuple(_call(_object(call, "a tool call")) for call in _list(fields["tool_calls"], "tool_calls"))
    return Reply(_text(fields["content"], "content"), _text(fields["reasoning"], "reasoning"), calls)


def _call(fields: Mapping[str, Any]) -> ToolCall:
    function = _object(fields["function"], "function")
    return ToolCall(
        _text(fields["id"], "id"), _text(function["name"], "name"), _text(function["arguments"], "arguments")
    )


def _timing(fields: Mapping[str, Any]) -> Timing:
    return Timing(
        _text(fields["started"], "started"),
        _seconds(fields["first_token_s"], "first_token_s"),
        _seconds(fields["total_s"], "total_s"),
    )


def _state(value: str) -> str:
    if value not in {COMPLETE, STOPPED, FAILED}:
        msg = f"a turn does not end as {_shown(value)}"
        raise ValueError(msg)
    return value


def _context(value: object) -> tuple[str, ...] | None:
    return None if value is None else tuple(_text(entry, "an id in context") for entry in _list(value, "context"))


def _variant(value: object) -> Variant | None:
    if value is None:
        return None
    fields = _object(value, "variant")
    labels = _object(fields["labels"], "labels")
    number, of = _count(fields["number"], "number"), _count(fields["of"], "of")
    if not 1 <= number <= of:
        msg = f"there is no variant {number} of {of}"
        raise ValueError(msg)
    return Variant(
        _text(fields["comparison"], "comparison"),
        number,
        of,
        {_text(name, "the name of a label"): _text(label, "a label") for name, label in labels.items()},
        _text(fields["fingerprint"], "fingerprint"),
    )


def _verdict(value: object) -> Verdict:
    fields = _object(value, "a verdict")
    passed = fields["passed"]
    if not isinstance(passed, bool):
        raise _unexpected(passed, "passed", "true or false")
    return Verdict(_text(fields["check"], "check"), passed, _text(fields["why"], "why"))


def _object(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _unexpected(value, name, "an object")
    return value


def _list(value: object, name: str) -> list[object]:
    if not isinstance(value, list):
        raise _unexpected(value, name, "a list")
    return value


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise _unexpected(value, name, "text")
    return encodable(value)


def _text_or_none(value: object, name: str) -> str | None:
    return None if value is None else _text(value, name)


def _count(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
        raise _unexpected(value, name, "a count")
    return value


def _seconds(value: object, name: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LONGEST_S:
        raise _unexpected(value, name, "seconds")
    return value


def _json(value: Any, deep: int = 0) -> Any:  # noqa: ANN401  # JSON goes in, JSON comes out
    if deep > _DEEPEST:
        msg = f"parameters are nested deeper than {_DEEPEST} levels"
        raise ValueError(msg)
    if isinstance(value, Mapping):
        return {encodable(name): _json(entry, deep + 1) for name, entry in value.items()}
    if isinstance(value, list):
        return [_json(entry, deep + 1) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise _unexpected(value, "a number in parameters", "a finite number")
    return encodable(value) if isinstance(value, str) else value


def _unexpected(value: object, name: str, expected: str) -> TypeError:
    return TypeError(f"{name}: expected {expected}, got {_shown(value)}")


def _shown(value: object) -> str:
    # Never a whole value: it may be endless, or nested deeper than repr() can go.
    if value is None or isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return repr(value[:_SHOWN])
    return "a list" if isinstance(value, list) else "an object"
