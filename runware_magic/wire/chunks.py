"""From the JSON of an answer to events: the one place that knows the shapes of Chat Completions."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Iterator, Mapping
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
from runware_magic.chat.surrogates import encodable
from runware_magic.chat.usage import Usage
from runware_magic.errors import ConnectionLostError, TransportError
from runware_magic.wire.feed import LONGEST, server_sent
from runware_magic.wire.likeness import Likeness
from runware_magic.wire.losses import AGAIN, left
from runware_magic.wire.refusal import clean, described
from runware_magic.wire.surrogates import Joiner
from runware_magic.wire.thinking import ThinkSplitter

_MESSAGE = "message"  # what an event is called that has no name
_CONTENT, _REASONING, _REFUSAL = "content", "reasoning", "refusal"
_LAST = frozenset({Ended, Failed})
_read = json.JSONDecoder().decode  # what json.loads calls in the end
_DIGITS = 9  # of an index that is told as text
_CHECK = "Check the length of the prompt and the model, then run the cell again."


class ChunkDecoder:
    """Decodes the chunks of one answer. Holds no bytes and does no I/O."""

    def __init__(self) -> None:
        self._think = ThinkSplitter()
        self._joiner = Joiner()
        self._likeness = Likeness()
        self._index: int | None = None
        self._unreadable: int | None = None
        self._began = False
        self._gave = self._told = False
        self._finished = False

    def decode(self, name: str, data: str) -> list[Event]:
        """Decode one server-sent event.

        Parameters
        ----------
        name
            ``message``, or ``error``.
        data
            A JSON chunk, or ``[DONE]``.
        """
        if self._unreadable is None and name == _MESSAGE and (words := self._likeness.words(data)):
            return list(self._think.feed(self._joiner.take(_CONTENT, words)))
        # A list that every step adds to: a generator for each would take longer than the JSON.
        events: list[Event] = []
        if self._unreadable is not None:
            events.append(Skipped(self._unreadable))
            self._unreadable = None
        try:
            chunk = _read(data)
        except (ValueError, RecursionError):
            chunk = None
        if chunk is None and data.strip() == "[DONE]":
            self._finished = True
            return [*events, *self.close(framed=True), Ended()]
        if name == "error":
            events += self.rest()
            events.append(Failed(*(described(chunk) or (clean(data), None))))
        elif isinstance(chunk, dict):
            events += self.chunk(chunk)
            if (words := _only_words(chunk)) and self._is_shown(chunk["choices"][0]):
                self._likeness.learn(data, words)
        elif data.strip():
            # Not said yet: as the very last event it means that the line was cut.
            self._unreadable = len(data)
        return events

    def chunk(self, chunk: Mapping[str, Any]) -> list[Event]:
        """Decode one parsed chunk, or a whole ``chat.completion``."""
        self._began = True
        events: list[Event] = []
        is_error = chunk.get("error") or chunk.get("errors") or chunk.get("object") == "error"
        failed = _failure(chunk) if is_error else None
        choices = chunk.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, dict) and self._is_shown(choice):
                failed = self._choice(choice, events) or failed
        self._gave = self._gave or bool(events)
        told = chunk.get("usage")
        if told and (usage := Usage.from_json(told)):
            self._told = True
            events.append(UsageReport(usage))
        if failed:
            events += self.rest()
            events.append(failed)
        return events

    def rest(self) -> Iterator[Event]:
        """Give what was held back, once nothing more will come."""
        events: list[Event] = []
        for kind, text in self._joiner.rest():
            self._text(kind, text, events)
        yield from events
        yield from self._think.close()

    def close(self, *, framed: bool) -> Iterator[Event]:
        """Say what the end of the answer means.

        Parameters
        ----------
        framed
            Whether the endpoint or HTTP itself told where it ends (by chunks or a length). A body that merely stops is
            whole only if the model said so.

        Raises
        ------
        ConnectionLostError
            When the answer broke off.
        """
        yield from self.rest()
        hint = left(began=self._gave, told=self._told, advice=AGAIN if self._gave else _CHECK)
        if self._unreadable is not None and self._finished:
            yield Skipped(self._unreadable)
        elif self._unreadable is not None:
            msg = "The connection was lost in the middle of an event."
            raise ConnectionLostError(msg, hint)
        if not self._finished and not framed:
            msg = "The connection was closed before the answer was finished."
            raise ConnectionLostError(msg, hint)
        if not self._began:
            msg = "The endpoint accepted the request and sent an empty answer."
            raise ConnectionLostError(msg, hint)

    def _is_shown(self, choice: Mapping[str, Any]) -> bool:
        # Of several answers (n > 1), the one that comes first.
        index = choice.get("index")
        if index is not self._index or index is None:
            index = _index(index, 0)
        if self._index is None:
            self._index = index
        return index == self._index

    def _choice(self, choice: Mapping[str, Any], events: list[Event]) -> Failed | None:
        """Decode a choice; give what it reports of an error."""
        delta = choice.get("delta") or choice.get("message")
        if isinstance(delta, dict):
            self._delta(delta, events)
        reason = choice.get("finish_reason")
        if reason and isinstance(reason, str) and reason != "error":
            self._finished = True
            events.append(Finished(clean(reason)))
        if reason != "error" and not choice.get("error"):
            return None
        found = described(choice.get("error"))
        return Failed(*(found or ("the provider reported an error", None)))

    def _delta(self, delta: Mapping[str, Any], events: list[Event]) -> None:
        content = delta.get("content")
        if len(delta) == 1 and type(content) is str:
            # Nearly all of them.
            if content:
                events += self._think.feed(self._joiner.take(_CONTENT, content))
            return
        if reasoning := _reasoning(delta):
            self._think.reasoning_told()
            self._text(_REASONING, self._joiner.take(_REASONING, reasoning), events)
        if isinstance(content, list):
            content = "".join(_texts(content))
        for kind, text in ((_CONTENT, content), (_REFUSAL, delta.get("refusal"))):
            if text and isinstance(text, str):
                self._text(kind, self._joiner.take(kind, text), events)
        calls = delta.get("tool_calls")
        for position, call in enumerate(calls if isinstance(calls, list) else ()):
            if isinstance(call, dict):
                events.append(self._tool_call(call, position))

    def _text(self, kind: Hashable, text: str, events: list[Event]) -> None:
        if not text:
            return
        if kind == _CONTENT:
            events += self._think.feed(text)
        elif kind == _REASONING:
            events.append(ReasoningDelta(text))
        elif kind == _REFUSAL:
            events.append(ContentDelta(text))
        elif isinstance(kind, int):
            events.append(ToolCallDelta(kind, arguments=text))

    def _tool_call(self, call: Mapping[str, Any], position: int) -> ToolCallDelta:
        function = call.get("function")
        function = function if isinstance(function, dict) else {}
        index = _index(call.get("index"), position)
        arguments = function.get("arguments")
        if not isinstance(arguments, str):
            arguments = "" if arguments is None else json.dumps(arguments)
        return ToolCallDelta(
            index, _told(call.get("id")), _told(function.get("name")), self._joiner.take(index, arguments)
        )


def _only_words(chunk: Mapping[str, Any]) -> str:
    """Give the words of a chunk that brings words of one answer, and nothing else that is ever looked at."""
    if any(chunk.get(name) for name in ("error", "errors", "usage")) or chunk.get("object") == "error":
        return ""
    match chunk.get("choices"):
        case [{"delta": {"content": str(words), **beside}, **rest}]:
            said = [rest.get("finish_reason"), rest.get("error"), *(beside[name] for name in beside if name != "role")]
            return "" if any(said) else words
        case _:
            return ""


def _failure(chunk: Mapping[str, Any]) -> Failed | None:
    if not (chunk.get("error") or chunk.get("errors") or chunk.get("object") == "error"):
        return None
    return Failed(*(described(chunk) or ("an error without a reason", None)))


def _index(value: object, otherwise: int) -> int:
    if isinstance(value, str) and value.isdecimal() and len(value) <= _DIGITS:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def _told(text: object) -> str:
    return encodable(text) if isinstance(text, str) else ""


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


def decode_stream(pieces: Iterable[bytes], *, framed: bool = True, longest: int = LONGEST) -> Iterator[Event]:
    """Decode the body of a streamed answer.

    Parameters
    ----------
    pieces
        The body, cut anywhere.
    framed
        As in `ChunkDecoder.close`.
    longest
        Bytes that a single event may have.

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
    try:
        for name, data in server_sent(pieces, longest=longest):
            events = decoder.decode(name, data)
            yield from events
            if events and type(events[-1]) in _LAST:
                return
    except Exception:
        yield from decoder.rest()
        raise
    yield from decoder.close(framed=framed)


def decode_whole(value: object) -> Iterator[Event]:
    """Decode an answer that came as one JSON object.

    Parameters
    ----------
    value
        The parsed body.

    Raises
    ------
    TransportError
        When it is no answer.
    """
    if not isinstance(value, dict) or not (_failure(value) or isinstance(value.get("choices"), list)):
        msg = "The answer is JSON of an unknown shape."
        raise TransportError(msg, "Check base_url and the model.")
    decoder = ChunkDecoder()
    for event in decoder.chunk(value):
        yield event
        if isinstance(event, Failed):
            return
    yield from decoder.close(framed=True)
    yield Ended()
