"""Reads a list of OpenAI messages that the notebook holds; an error names the place in it."""

from __future__ import annotations

import binascii
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any, NoReturn

from runware_magic.chat.messages import EXTRA, Message, ToolCall
from runware_magic.chat.parts import ImagePart, Part, TextPart, part_from_json
from runware_magic.chat.picture_header import read_picture_header
from runware_magic.chat.text import listed, one_line
from runware_magic.errors import PromptError

_ROLES = ("system", "developer", "user", "assistant", "tool")
_WEB = ("http:", "https:")
_SHOWN = 60  # characters of a value
_HINT = "Correct the list; nothing was sent."
_PARTS = {"text": "text", "image_url": "image_url", "file": "file"}  # each kind, and the field that holds it
_NO_ADDRESS = "Use the picture's bytes: 'data:image/png;base64,…'. An address may show others something else."


def read_messages(value: object) -> tuple[Message, ...]:
    """Return the messages of a list in OpenAI's form, as they stand; raise `PromptError` for what cannot be sent so.

    An entry is a dict, an object of the ``openai`` package, or a `Message`.
    """
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Collection) or len(value) == 0:
        _refuse("messages", f"expected a list of messages, got {_kind(value)}")
    messages: list[Message] = []
    for number, entry in enumerate(value):
        where = f"messages[{number}]"
        message = entry if isinstance(entry, Message) else _message(_fields(entry, where), where)
        _check_place(message, messages, where)
        messages.append(message)
    return tuple(messages)


def _message(fields: Mapping[str, Any], where: str) -> Message:
    role = fields.get("role")
    if role not in _ROLES:
        _refuse(f"{where}.role", f"expected {listed(_ROLES)}, got {_shown(role)}")
    more = {"assistant": {"tool_calls"}, "tool": {"tool_call_id"}}.get(str(role), set())
    _check_names(fields, {"role", "content", *more}, where)
    return Message(
        str(role),
        parts=tuple(_content(fields, where)),
        tool_calls=tuple(_calls(fields.get("tool_calls") or (), f"{where}.tool_calls")),
        tool_call_id=_text(fields.get("tool_call_id"), f"{where}.tool_call_id") if role == "tool" else "",
    )


def _check_place(message: Message, before: list[Message], where: str) -> None:
    """Refuse what this package would send at another place, and a result that answers no call."""
    if message.is_instruction and not all(each.is_instruction for each in before):
        _refuse(f"{where}.role", f"{message.role} messages are sent first, but others come before it", "Put it first.")
    calls = {call.id for each in before for call in each.tool_calls}
    if message.role == "tool" and message.tool_call_id not in calls:
        _refuse(f"{where}.tool_call_id", f"no message before it has a tool call {_shown(message.tool_call_id)}")


def _content(fields: Mapping[str, Any], where: str) -> Iterator[Part]:
    content, where = fields.get("content"), f"{where}.content"
    if content is None and fields.get("tool_calls"):
        yield TextPart("")
    elif isinstance(content, str):
        yield TextPart(content)
    elif not isinstance(content, list | tuple) or not content:
        _refuse(where, f"expected a text or a list of parts, got {_kind(content)}")
    else:
        for number, part in enumerate(content):
            yield _part(_fields(part, f"{where}[{number}]"), f"{where}[{number}]")


def _part(fields: Mapping[str, Any], where: str) -> Part:
    kind = fields.get("type")
    if not isinstance(kind, str) or kind not in _PARTS:
        _refuse(f"{where}.type", f"expected {listed(_PARTS)}, got {_shown(kind)}")
    name = _PARTS[str(kind)]
    _check_names(fields, {"type", name}, where)
    if kind == "text":
        return TextPart(_text(fields.get(name), f"{where}.{name}"))
    inner, where = _fields(fields.get(name), f"{where}.{name}"), f"{where}.{name}"
    if kind == "image_url":
        _check_names({**inner, "detail": None} if inner.get("detail") == "auto" else inner, {"url"}, where)
        return _picture(_blob(fields, inner, "url", where), where)
    _check_names(inner, {"file_data", "filename"}, where)
    _text(inner.get("filename"), f"{where}.filename")
    return _blob(fields, inner, "file_data", where)


def _blob(part: Mapping[str, Any], inner: Mapping[str, Any], name: str, where: str) -> Part:
    uri = _text(inner.get(name), f"{where}.{name}")
    if uri.startswith(_WEB):
        _refuse(f"{where}.{name}", "an address is not sent", _NO_ADDRESS)
    try:
        read = part_from_json({**part, str(part["type"]): inner})
    except binascii.Error as error:
        _refuse(f"{where}.{name}", f"not base64: {error}")
    except ValueError as error:
        _refuse(f"{where}.{name}", f"{error}; got {_shown(uri)}")
    if not isinstance(read, TextPart) and not read.data:
        _refuse(f"{where}.{name}", "it has no bytes")
    return read


def _picture(read: Part, where: str) -> Part:
    """Return a picture with its size; refuse bytes of another kind than they are said to be."""
    if not isinstance(read, ImagePart):
        return read
    header = read_picture_header(read.data)
    if header is None or header.media_type != read.media_type:
        _refuse(f"{where}.url", f"its bytes are not {read.media_type}")
    return replace(read, size=header.size)


def _calls(calls: object, where: str) -> Iterator[ToolCall]:
    if not isinstance(calls, list | tuple):
        _refuse(where, f"expected a list of tool calls, got {_kind(calls)}")
    for number, entry in enumerate(calls):
        place = f"{where}[{number}]"
        call = _fields(entry, place)
        _check_names(call, {"id", "type", "function", EXTRA}, place)
        if call.get("type", "function") != "function":
            _refuse(f"{place}.type", f"expected function, got {_shown(call['type'])}")
        function = _fields(call.get("function"), f"{place}.function")
        _check_names(function, {"name", "arguments"}, f"{place}.function")
        name, arguments = (_text(function.get(key), f"{place}.function.{key}") for key in ("name", "arguments"))
        extra = call.get(EXTRA)
        call_id = _text(call.get("id"), f"{place}.id")
        yield ToolCall(call_id, name, arguments, extra if isinstance(extra, dict) else {})


def _fields(value: object, where: str) -> Mapping[str, Any]:
    """Return a dict, also of an object of Pydantic's, as which the ``openai`` package returns messages."""
    describe = getattr(value, "model_dump", None)
    fields = describe() if callable(describe) else value
    if not isinstance(fields, Mapping):
        _refuse(where, f"expected a dict, got {_kind(value)}")
    return fields


def _check_names(fields: Mapping[str, Any], known: Collection[str], where: str) -> None:
    """Refuse a field that would be lost; one without a value says nothing."""
    for name, value in fields.items():
        if name not in known and value not in (None, [], {}, ""):
            _refuse(f"{where}.{one_line(str(name), _SHOWN)}", "this field cannot be sent", "Remove it.")


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        _refuse(where, f"expected a text, got {_kind(value)}")
    return value


def _kind(value: object) -> str:
    if isinstance(value, Collection) and len(value) == 0:
        return f"an empty {type(value).__name__}"
    return "nothing" if value is None else f"a value of type {type(value).__name__}"


def _shown(value: object) -> str:
    return one_line(repr(value[:_SHOWN]), _SHOWN) if isinstance(value, str) else _kind(value)


def _refuse(where: str, why: str, hint: str = _HINT) -> NoReturn:
    msg = f"{where}: {why}."
    raise PromptError(msg, hint)
