"""From the JSON of an answer to events: the one place that knows the shapes of Chat Completions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from runware_magic.chat.events import (
    ContentDelta,
    Ended,
    Event,
    Failed,
    Finished,
    ReasoningDelta,
    Skipped,
    ToolCallDelta,
    UsageReport,
)
from runware_magic.chat.usage import Usage
from runware_magic.errors import ConnectionLostError
from runware_magic.wire.feed import server_sent
from runware_magic.wire.refusal import clean, described
from runware_magic.wire.thinking import ThinkSplitter

_LOST_HINT = "What had arrived is kept; its cost is unknown. Run the cell again."


class ChunkDecoder:
    """Decodes the chunks of one answer. Holds no bytes and does no I/O."""

    def __init__(self) -> None:
        self._think = ThinkSplitter()
        self._unreadable: int | None = None
        self._began = False
        self._finished = False
        self._ended = False

    def decode(self, name: str, data: str) -> Iterator[Event]:
        """Decode one server-sent event.

        Parameters
        ----------
        name
            ``message``, or ``error``.
        data
            A JSON chunk, or ``[DONE]``.
        """
        if self._unreadable is not None:
            yield Skipped(self._unreadable)
            self._unreadable = None
        if data.strip() == "[DONE]":
            yield from self._think.close()
            self._ended = True
            yield Ended()
            return
        try:
            chunk = json.loads(data)
        except (ValueError, RecursionError):
            chunk = None
        if name == "error":
            message, code = described(chunk) or (clean(data), None)
            yield Failed(message, code)
        elif isinstance(chunk, dict):
            yield from self.chunk(chunk)
        else:
            # Not said yet: as the very last event it means that the line was cut.
            self._unreadable = len(data)

    def chunk(self, chunk: Mapping[str, Any]) -> Iterator[Event]:
        """Decode one parsed chunk, or a whole ``chat.completion``."""
        self._began = True
        if failed := _failure(chunk):
            yield failed
            return
        choices = chunk.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            # Only the first of several answers (n > 1) is shown.
            if isinstance(choice, dict) and choice.get("index") in {0, None}:
                yield from self._choice(choice)
        if usage := Usage.from_json(chunk.get("usage")):
            yield UsageReport(usage)

    def close(self, *, framed: bool) -> Iterator[Event]:
        """Say what the end of the body means.

        Parameters
        ----------
        framed
            Whether HTTP itself told where the body ends (by chunks or a length). A body that merely stops is whole only
            if the model or the endpoint said so.

        Raises
        ------
        ConnectionLostError
            When the answer broke off.
        """
        yield from self._think.close()
        if self._ended:
            return
        if self._unreadable is not None:
            msg = "The connection was lost in the middle of an event."
            raise ConnectionLostError(msg, _LOST_HINT)
        if not self._finished and not framed:
            msg = "The connection was closed before the answer was finished."
            raise ConnectionLostError(msg, _LOST_HINT)
        if not self._began:
            msg = "The endpoint accepted the request and sent an empty answer."
            raise ConnectionLostError(msg, "Check the length of the prompt and the model, then run the cell again.")

    def _choice(self, choice: Mapping[str, Any]) -> Iterator[Event]:
        delta = choice.get("delta") or choice.get("message")
        if isinstance(delta, dict):
            yield from self._delta(delta)
        reason = choice.get("finish_reason")
        if reason == "error":
            yield Failed("the provider reported an error")
        elif isinstance(reason, str) and reason:
            self._finished = True
            yield Finished(clean(reason))

    def _delta(self, delta: Mapping[str, Any]) -> Iterator[Event]:
        if reasoning := _reasoning(delta):
            self._think.reasoning_told()
            yield ReasoningDelta(reasoning)
        content = delta.get("content")
        if content and isinstance(content, str):
            yield from self._think.feed(content)
        elif isinstance(content, list):
            yield from self._think.feed("".join(_texts(content)))
        refusal = delta.get("refusal")
        if refusal and isinstance(refusal, str):
            yield ContentDelta(refusal)
        calls = delta.get("tool_calls")
        if isinstance(calls, list):
            yield from _tool_calls(calls)


def _failure(chunk: Mapping[str, Any]) -> Failed | None:
    if not (chunk.get("error") or chunk.get("errors") or chunk.get("object") == "error"):
        return None
    message, code = described(chunk) or ("an error without a reason", None)
    return Failed(message, code)


def _reasoning(delta: Mapping[str, Any]) -> str:
    # Servers that send two of these send the same text twice: the first that holds any is read.
    for key in ("reasoning_content", "reasoning"):
        text = delta.get(key)
        if text and isinstance(text, str):
            return text
    details = delta.get("reasoning_details")
    return "".join(_texts(details)) if isinstance(details, list) else ""


def _texts(parts: Iterable[object]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, dict):
            text = part.get("text") or part.get("summary")
            if isinstance(text, str):
                yield text


def _tool_calls(calls: Iterable[object]) -> Iterator[Event]:
    for position, call in enumerate(calls):
        if not isinstance(call, dict):
            continue
        function = call.get("function")
        function = function if isinstance(function, dict) else {}
        index = call.get("index")
        arguments = function.get("arguments")
        yield ToolCallDelta(
            index if isinstance(index, int) else position,
            call["id"] if isinstance(call.get("id"), str) else "",
            function["name"] if isinstance(function.get("name"), str) else "",
            arguments if isinstance(arguments, str) else "" if arguments is None else json.dumps(arguments),
        )


def decode_stream(pieces: Iterable[bytes], *, framed: bool = True) -> Iterator[Event]:
    """Decode the body of a streamed answer.

    Parameters
    ----------
    pieces
        The body, cut anywhere.
    framed
        As in `ChunkDecoder.close`.

    Yields
    ------
    Event
        Until the endpoint says that it is done, or the body ends.

    Raises
    ------
    ConnectionLostError
        When the answer broke off; everything before has been given.
    """
    decoder = ChunkDecoder()
    for name, data in server_sent(pieces):
        for event in decoder.decode(name, data):
            yield event
            if isinstance(event, Ended | Failed):
                return
    yield from decoder.close(framed=framed)


def decode_whole(value: object) -> Iterator[Event]:
    """Decode an answer that came as one JSON object.

    Parameters
    ----------
    value
        The parsed body.
    """
    decoder = ChunkDecoder()
    if not isinstance(value, dict) or not (_failure(value) or isinstance(value.get("choices"), list)):
        yield Failed("the answer is JSON of an unknown shape")
        return
    yield from decoder.chunk(value)
    yield from decoder.close(framed=True)
    yield Ended()
