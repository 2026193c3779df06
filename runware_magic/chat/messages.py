"""Messages of a chat request, and the tool calls they may carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function that the model wants called.

    Attributes
    ----------
    id
        The endpoint's name for this call.
    name
        The function's name.
    arguments
        JSON text as the model wrote it: unparsed, since it may be invalid.
    """

    id: str
    name: str
    arguments: str = ""

    def to_json(self) -> dict[str, Any]:
        """Give the form that the Chat Completions interface uses."""
        return {"id": self.id, "type": "function", "function": {"name": self.name, "arguments": self.arguments}}


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a request.

    Attributes
    ----------
    role
        ``system``, ``user`` or ``assistant``.
    content
        The text.
    """

    role: str
    content: str

    def to_json(self) -> dict[str, str]:
        """Give the form that the Chat Completions interface uses."""
        return {"role": self.role, "content": self.content}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Message:
        """Read what `to_json` wrote.

        Raises
        ------
        KeyError, TypeError
            When the value is not a message.
        """
        role, content = value["role"], value["content"]
        if not isinstance(role, str) or not isinstance(content, str):
            msg = "a message's role and content are text"
            raise TypeError(msg)
        return cls(role, content)
