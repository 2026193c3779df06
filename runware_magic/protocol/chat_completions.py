"""The Chat Completions protocol: paths, bodies of requests and answers, and fallbacks for refused requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from runware_magic.chat.events import Event
from runware_magic.chat.request import Request
from runware_magic.chat.text import encodable, encodable_json
from runware_magic.protocol.chunk_decoder import decode_stream, decode_whole
from runware_magic.protocol.complaints import parsed
from runware_magic.protocol.event_splitting import told_in_lines
from runware_magic.protocol.fallbacks import (
    PROBABILITIES,
    SCHEMA,
    TOKEN_LIMIT,
    TOOL_CHOICE,
    TOOLS_WITHOUT_REASONING,
    Fallback,
)
from runware_magic.protocol.sse import LONGEST


@dataclass(frozen=True, slots=True)
class ChatCompletions:
    """The protocol of an endpoint: paths relative to its address, bodies, and fallbacks for refused requests.

    Another protocol is another class with these members.
    """

    path: str = "/chat/completions"
    models_path: str = "/models"
    fallbacks: tuple[Fallback, ...] = (
        TOKEN_LIMIT,
        SCHEMA,
        PROBABILITIES,
        TOOLS_WITHOUT_REASONING,
        TOOL_CHOICE,
    )

    def encode(self, request: Request) -> dict[str, Any]:
        """Return the JSON body. Streams ask for usage, since endpoints report no cost otherwise."""
        return {
            "model": encodable(request.model),
            "messages": [message.to_json() for message in request.messages],
            "stream": request.stream,
            **encodable_json(request.parameters),
            **({"stream_options": {"include_usage": True}} if request.stream else {}),
        }

    def decode(
        self, start: bytes, body: Iterator[bytes], *, framed: bool = True, longest: int = LONGEST, several: bool = False
    ) -> Iterator[Event]:
        """Decode the body of an answer, whether it is a stream, one JSON object, or one in each line.

        `start` is its first byte that is no blank; the options and the errors are those of `decode_stream` and
        `decode_whole` in `~runware_magic.protocol.chunk_decoder`.
        """
        if start in {b"{", b"["}:
            in_lines, body = told_in_lines(body)
            if not in_lines:
                yield from decode_whole(parsed(b"".join(body)), several=several)
                return
        yield from decode_stream(body, framed=framed, longest=longest, several=several)

    def models(self, value: object) -> list[dict[str, Any]] | None:
        """Return the rows of a list of models that have an ``id``; None if this is no list."""
        rows = value.get("data") if isinstance(value, dict) else value
        if not isinstance(rows, list):
            return None
        return [row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]


#: The protocol that all endpoints speak.
CHAT_COMPLETIONS = ChatCompletions()
