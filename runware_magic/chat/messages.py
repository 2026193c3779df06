"""Messages of a chat request, and their tool calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runware_magic.chat.parts import Part, TextPart, part_from_json
from runware_magic.chat.record_values import read_json
from runware_magic.chat.text import encodable

SYSTEM = "system"
#: The field of a tool call for what came beside it.
EXTRA = "extra_content"
_EXTRAS = "the extras of a tool call"
_INSTRUCTIONS = frozenset({SYSTEM, "developer"})


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function call that the model requests.

    Attributes
    ----------
    id, name
        The id of the call, which its result repeats, and the name of the function.
    arguments
        JSON text as the model wrote it. It is not parsed, since it may be invalid.
    extra
        What came beside the call, such as a signature: some endpoints refuse a call that is sent back without it.
    """

    id: str
    name: str
    arguments: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return the Chat Completions form."""
        function = {"name": self.name, "arguments": self.arguments}
        beside = {EXTRA: dict(self.extra)} if self.extra else {}
        return {"id": self.id, "type": "function", "function": function, **beside}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ToolCall:
        """Parse the Chat Completions form, or raise KeyError, TypeError or ValueError."""
        function = value["function"]
        told = (value["id"], function["name"], function["arguments"])
        if not all(isinstance(text, str) for text in told):
            msg = "the id, name and arguments of a tool call are text"
            raise TypeError(msg)
        extra = value.get(EXTRA)
        call_id, name, arguments = map(encodable, told)
        return cls(call_id, name, arguments, read_json(extra, _EXTRAS) if isinstance(extra, Mapping) else {})


def function_name(tool: object) -> str:
    """Return the name of a function among the tools of a request; empty for what has none."""
    match tool:
        case {"function": {"name": str(name)}}:
            return name
        case _:
            return ""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a request.

    Attributes
    ----------
    role
        ``system``, ``developer``, ``user``, ``assistant`` or ``tool``.
    content
        The text; if there are parts, the text of all text parts.
    parts
        Text, images and files, in order; a single text part if only `content` is given.
    tool_calls
        Function calls that the assistant requested.
    tool_call_id
        The call that a ``tool`` message answers; empty in all others.
    """

    role: str
    content: str = ""
    parts: tuple[Part, ...] = field(default=(), repr=False)
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""

    def __post_init__(self) -> None:
        parts = self.parts or (TextPart(self.content),)
        texts = [part.text for part in parts if isinstance(part, TextPart)]
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "content", "".join(texts))

    @property
    def text(self) -> str:
        """The text of the message, without images and files."""
        return self.content

    @property
    def is_instruction(self) -> bool:
        """Whether it tells the model how to answer: a system message, or a developer's, as newer models call it."""
        return self.role in _INSTRUCTIONS

    @property
    def has_only_text(self) -> bool:
        """Whether it has neither images nor files."""
        return all(isinstance(part, TextPart) for part in self.parts)

    @property
    def is_plain(self) -> bool:
        """Whether it is a role and a text, and nothing else."""
        return self.has_only_text and not self.tool_calls and not self.tool_call_id

    def to_json(self) -> dict[str, Any]:
        """Return the Chat Completions form."""
        content = self.content if self.has_only_text else [part.to_json() for part in self.parts]
        return {
            "role": self.role,
            "content": content,
            **({"tool_calls": [call.to_json() for call in self.tool_calls]} if self.tool_calls else {}),
            **({"tool_call_id": self.tool_call_id} if self.tool_call_id else {}),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Message:
        """Parse the Chat Completions form, or raise KeyError, TypeError or ValueError."""
        role, content = value["role"], value["content"]
        calls, call_id = value.get("tool_calls", ()), value.get("tool_call_id", "")
        if not isinstance(role, str) or not isinstance(content, str | list) or not isinstance(call_id, str):
            msg = "a message's role is text, and its content text or parts"
            raise TypeError(msg)
        parts = () if isinstance(content, str) else tuple(part_from_json(part) for part in content)
        text = content if isinstance(content, str) else ""
        return cls(role, text, parts, tuple(ToolCall.from_json(call) for call in calls), call_id)
