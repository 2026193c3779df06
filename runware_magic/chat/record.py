"""The record of a turn: the JSON in a notebook's output from which the turn can be restored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from runware_magic.chat.answer_json import json_of
from runware_magic.chat.attached import Attached
from runware_magic.chat.choices import Choice
from runware_magic.chat.logprobs import Logprobs
from runware_magic.chat.messages import Message, ToolCall
from runware_magic.chat.part_records import bytes_of, message_fields, message_from_fields, read_blobs, written_blobs
from runware_magic.chat.record_values import (
    read_amount,
    read_count,
    read_flag,
    read_json,
    read_list,
    read_object,
    read_seconds,
    read_text,
    read_text_or_none,
    shown,
)
from runware_magic.chat.sources import Source, merged
from runware_magic.chat.structured import RESPONSE_FORMAT, response_format, unwrapped
from runware_magic.chat.text import encodable_json
from runware_magic.chat.turn import (
    COMPLETE,
    FAILED,
    PENDING,
    STOPPED,
    Reply,
    Timing,
    ToolResult,
    Turn,
    Variant,
)
from runware_magic.chat.usage import Usage
from runware_magic.chat.verdict import Verdict

#: The MIME type of a record in a notebook's output.
MIME_TYPE = "application/vnd.runware.turn+json"
#: The versions that can be read. Version 2 is written only for images, files, replies and tool messages, so that
#: earlier versions of this package can read all other records.
VERSIONS = (1, 2)


def to_record(turn: Turn, *, blobs: bool = True) -> dict[str, Any]:
    """Return the record of a turn: JSON values only, and no text that cannot be encoded.

    Without ``blobs``, the bytes of its images and files are left out.
    """
    record: dict[str, Any] = encodable_json(_fields(turn))
    held = written_blobs(bytes_of(with_parts(turn))) if blobs else {}
    return {**record, "blobs": held} if held else record


def with_parts(turn: Turn) -> tuple[Message, ...]:
    """Return the messages of a turn, and what its tool calls showed as messages."""
    if not turn.replies:
        return turn.messages
    results = (reply for reply in turn.replies if isinstance(reply, ToolResult) and reply.shown)
    return (*turn.messages, *(Message("tool", parts=result.shown) for result in results))


def _fields(turn: Turn) -> dict[str, Any]:
    has_more = bool(turn.replies) or not all(message.is_plain for message in turn.messages)
    return {
        "version": VERSIONS[has_more],
        **_named(turn, "id", "chat", "cell_id", "parent", "supersedes", "model", "endpoint"),
        "parameters": _parameter_fields(turn),
        "messages": [message_fields(message) for message in turn.messages],
        "reply": _reply_fields(turn.reply),
        **_named(turn, "state", "finish_reason", "error"),
        "usage": turn.usage.to_json() if turn.usage else None,
        "timing": _plain(turn.timing),
        # Not promised by version 1, so only if not empty.
        **({"context": list(turn.context)} if turn.context is not None else {}),
        **({"skipped": turn.skipped} if turn.skipped else {}),
        **({"maybe_cut": True} if turn.maybe_cut else {}),
        **({"citations": [source.to_json() for source in turn.sources]} if turn.sources else {}),
        **({"variant": _variant_fields(turn.variant)} if turn.variant else {}),
        **({"verdicts": list(map(_verdict_fields, turn.verdicts))} if turn.verdicts else {}),
        **({"recorded": turn.recorded} if turn.recorded is not None else {}),
        **({"attached": [entry.to_json() for entry in turn.attached]} if turn.attached else {}),
        **({"replies": [_exchanged_fields(reply) for reply in turn.replies]} if turn.replies else {}),
        **({"schema": turn.schema, "schema_sent": turn.schema_sent} if turn.schema_sent else {}),
        **({"data": unwrapped(json_of(turn.content, turn.schema), turn.schema)} if turn.data is not None else {}),
        **({"logprobs": turn.logprobs.to_json()} if turn.logprobs else {}),
        **({"choice": turn.choice.to_json()} if turn.choice else {}),
    }


def _parameter_fields(turn: Turn) -> dict[str, Any]:
    # A schema stands in a field of its own, wherever it was sent.
    without = {RESPONSE_FORMAT} if turn.schema_sent else ()
    return {name: value for name, value in turn.parameters.items() if name not in without}


def _plain(value: Timing | Variant) -> dict[str, Any]:
    # `dataclasses.asdict` copies the fields, which takes most of the time of a record.
    return _named(value, *value.__slots__)


def _named(value: object, *names: str) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}


def _variant_fields(variant: Variant) -> dict[str, Any]:
    fields = _plain(variant)
    # Not promised by version 1 either.
    return fields if variant.used else {name: value for name, value in fields.items() if name != "used"}


def _verdict_fields(verdict: Verdict) -> dict[str, Any]:
    # Not promised by version 1 either, and of judges only.
    more = _named(verdict, "unknown", "model", "cost") if verdict.model or verdict.unknown else {}
    return {**_named(verdict, "check", "passed", "why"), **more}


def _reply_fields(reply: Reply) -> dict[str, Any]:
    calls = [call.to_json() for call in reply.tool_calls]
    return {"content": reply.content, "reasoning": reply.reasoning, "tool_calls": calls}


def _exchanged_fields(reply: Reply | ToolResult) -> dict[str, Any]:
    if isinstance(reply, Reply):
        usage = {"usage": reply.usage.to_json()} if reply.usage else {}
        return {"role": "assistant", **_reply_fields(reply), **usage}
    fields = _named(reply, "tool_call_id", "name", "content", "state", "seconds")
    if reply.shown:
        told = message_fields(Message("tool", parts=reply.shown))["content"]
        fields["shown"] = [{"type": "text", "text": told}] if isinstance(told, str) else told
    return {"role": "tool", **fields}


def from_record(record: object, blobs: Mapping[str, bytes] | None = None, lost: list[str] | None = None) -> Turn:
    """Restore a turn from its record (parsed JSON, not trusted).

    `blobs` are those of all records of its notebook; None for its own. With a list for what is ``lost``, an image or a
    file that cannot be read does not raise: why is appended, and a text stands in its place.

    Raises KeyError, TypeError, ValueError or OverflowError when this is no record, or one of an unknown version.
    """
    fields = read_object(record, "the record")
    version = fields["version"]
    if isinstance(version, bool) or version not in VERSIONS:
        msg = f"the record has version {shown(version)}, this package reads {' and '.join(map(str, VERSIONS))}"
        raise ValueError(msg)
    known = read_blobs(fields.get("blobs")) if blobs is None else blobs
    return Turn(
        **_read(fields, read_text, "id", "model", "endpoint"),
        **_read(fields, read_text_or_none, "chat", "cell_id", "parent", "supersedes", "finish_reason", "error"),
        parameters=_parameters(fields),
        messages=tuple(
            message_from_fields(read_object(message, "a message"), known, lost)
            for message in read_list(fields["messages"], "messages")
        ),
        reply=_reply(read_object(fields["reply"], "reply")),
        state=_state(read_text(fields["state"], "state")),
        usage=Usage.from_json(fields["usage"]),
        timing=_timing(read_object(fields["timing"], "timing")),
        context=_context(fields.get("context")),
        skipped=read_count(fields.get("skipped", 0), "skipped"),
        maybe_cut=read_flag(fields.get("maybe_cut", False), "maybe_cut"),
        sources=merged((), map(_source, read_list(fields.get("citations", []), "citations"))),
        attached=tuple(
            Attached.from_json(read_object(entry, "attached"))
            for entry in read_list(fields.get("attached", []), "attached")
        ),
        variant=_variant(fields.get("variant")),
        verdicts=tuple(_verdict(verdict) for verdict in read_list(fields.get("verdicts", []), "verdicts")),
        recorded=read_text_or_none(fields.get("recorded"), "recorded"),
        replies=tuple(_exchanged(reply, known, lost) for reply in read_list(fields.get("replies", []), "replies")),
        schema_sent=read_text(fields.get("schema_sent", ""), "schema_sent"),
        data=read_json(fields.get("data")),
        logprobs=Logprobs.from_json(fields.get("logprobs")),
        choice=Choice.from_json(fields.get("choice")),
    )


def _parameters(fields: Mapping[str, Any]) -> dict[str, Any]:
    parameters: dict[str, Any] = read_json(read_object(fields["parameters"], "parameters"))
    if fields.get("schema") is None:
        return parameters
    return {**parameters, RESPONSE_FORMAT: response_format(read_json(read_object(fields["schema"], "schema")))}


def _read(fields: Mapping[str, Any], read: Callable[[object, str], object], *names: str) -> dict[str, Any]:
    return {name: read(fields[name], name) for name in names}


def _reply(fields: Mapping[str, Any]) -> Reply:
    calls = [read_object(call, "a tool call") for call in read_list(fields["tool_calls"], "tool_calls")]
    return Reply(**_read(fields, read_text, "content", "reasoning"), tool_calls=tuple(map(ToolCall.from_json, calls)))


def _source(value: object) -> Source:
    fields = read_object(value, "a citation")
    return Source(read_text(fields["url"], "url"), read_text(fields.get("title", ""), "title"))


def _exchanged(value: object, blobs: Mapping[str, bytes], lost: list[str] | None) -> Reply | ToolResult:
    fields = read_object(value, "a reply")
    if fields["role"] == "assistant":
        return replace(_reply(fields), usage=Usage.from_json(fields.get("usage")))
    texts = _read(fields, read_text, "tool_call_id", "name", "content", "state")
    parts = read_list(fields.get("shown", []), "shown")
    shown_parts = message_from_fields({"role": "tool", "content": parts}, blobs, lost).parts if parts else ()
    return ToolResult(**texts, **_read(fields, read_seconds, "seconds"), shown=shown_parts)


def _timing(fields: Mapping[str, Any]) -> Timing:
    return Timing(**_read(fields, read_text, "started"), **_read(fields, read_seconds, "first_token_s", "total_s"))


def _state(value: str) -> str:
    if value not in {COMPLETE, STOPPED, FAILED, PENDING}:
        msg = f"a turn does not end as {shown(value)}"
        raise ValueError(msg)
    return value


def _context(value: object) -> tuple[str, ...] | None:
    return (
        None if value is None else tuple(read_text(entry, "an id in context") for entry in read_list(value, "context"))
    )


def _variant(value: object) -> Variant | None:
    if value is None:
        return None
    fields = read_object(value, "variant")
    labels, used = _texts(fields["labels"], "label"), _texts(fields.get("used", {}), "used value")
    number, of = read_count(fields["number"], "number"), read_count(fields["of"], "of")
    if not 1 <= number <= of:
        msg = f"there is no variant {number} of {of}"
        raise ValueError(msg)
    named = _read(fields, read_text, "comparison", "fingerprint")
    return Variant(**named, number=number, of=of, labels=labels, used=used)


def _texts(value: object, what: str) -> dict[str, str]:
    fields = read_object(value, f"{what}s")
    return {read_text(name, f"the name of a {what}"): read_text(text, f"a {what}") for name, text in fields.items()}


def _verdict(value: object) -> Verdict:
    fields = read_object(value, "a verdict")
    return Verdict(
        **_read(fields, read_text, "check", "why"),
        **_read(fields, read_flag, "passed"),
        unknown=read_flag(fields.get("unknown", False), "unknown"),
        model=read_text(fields.get("model", ""), "model"),
        cost=read_amount(fields.get("cost"), "cost"),
    )
