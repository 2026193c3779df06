"""Decodes Chat Completions chunks into events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from runware_magic.chat.events import Ended, Event, Failed, Skipped, UsageReport
from runware_magic.chat.usage import Usage
from runware_magic.errors import ConnectionLostError, TransportError
from runware_magic.protocol.choices import ChoiceDecoder, OtherChoices, finish_reason
from runware_magic.protocol.complaints import clean, complaint, described, more_telling
from runware_magic.protocol.content_parts import CONTENT
from runware_magic.protocol.delta_text import Likeness
from runware_magic.protocol.errors import AGAIN, THEN_AGAIN, left
from runware_magic.protocol.sse import LONGEST, server_sent
from runware_magic.protocol.tool_calls import index_of

_WITHOUT_REASON = "an error without a reason"
_LAST = frozenset({Ended, Failed})
_read = json.JSONDecoder().decode  # faster than json.loads, which calls it
_CHECK = "Check the length of the prompt and the model, " + THEN_AGAIN


class ChunkDecoder:
    """Decodes the chunks of one answer. Holds no bytes and does no I/O.

    If several answers were requested (``n`` > 1), the first one to arrive is the answer, and the events of the others
    are wrapped as `OtherChoice`. Otherwise a choice that comes alone is the answer whatever its index, which some
    servers use to count tokens, and others are ignored.
    """

    def __init__(self, *, several: bool = False) -> None:
        self._several = several
        self._likeness = Likeness()
        self._shown, self._others = ChoiceDecoder(), OtherChoices()
        self._think, self._joiner = self._shown.deltas.think, self._shown.deltas.joiner
        self._index: int | None = None
        self._unreadable: int | None = None
        self._began = False
        self._gave = self._told = False
        self._done = False  # whether [DONE] came

    def decode(self, name: str, data: str) -> list[Event]:
        """Decode one server-sent event, called ``message`` or ``error``: a JSON chunk, or ``[DONE]``."""
        if self._unreadable is None and name == "message" and (words := self._likeness.words(data)):
            return list(self._think.feed(self._joiner.take(CONTENT, words)))
        # One list for all steps: generators would take longer than the JSON.
        events: list[Event] = []
        if self._unreadable is not None:
            events.append(Skipped(self._unreadable))
            self._unreadable = None
        try:
            chunk = _read(data)
        except (ValueError, RecursionError):
            chunk = None
        chunk = _unwrapped(chunk)
        if chunk is None and data.strip() == "[DONE]":
            self._done = True
            return [*events, *self.close(framed=True), Ended()]
        if name == "error":
            events += self.rest()
            events.append(Failed(*(described(chunk) or (clean(data) or _WITHOUT_REASON, None))))
        elif isinstance(chunk, dict):
            events += self.chunk(chunk)
            if (words := _only_words(chunk)) and self._is_shown(chunk["choices"][0], alone=True):
                self._likeness.learn(data, words)
        elif data.strip():
            # Reported later: as the last event it means that the connection was lost.
            self._unreadable = len(data)
        return events

    def chunk(self, chunk: Mapping[str, Any], *, alone: bool = False) -> list[Event]:
        """Decode one parsed chunk, or a whole ``chat.completion``; `alone` as in `complaint`."""
        self._began = True
        events: list[Event] = []
        failed = complaint(chunk, alone=alone)
        # Before annotations: the numbers in the text refer to these.
        self._shown.deltas.citations.take(chunk, events)
        choices = chunk.get("choices")
        choices = choices if isinstance(choices, list) else []
        for choice in choices:
            if not isinstance(choice, dict):
                continue
            if self._is_shown(choice, alone=len(choices) == 1):
                failed = more_telling(failed, self._shown.take(choice, events))
            elif self._several:
                self._others.take(_index(choice), choice, events)
        self._gave = self._gave or any(type(event) is not Skipped for event in events)
        told = chunk.get("usage")
        if told and (usage := Usage.from_json(told)):
            self._told = self._told or usage.counts_answer
            events.append(UsageReport(usage))
        if failed:
            events += self.rest()
            events.append(Failed(*failed))
        return events

    def rest(self) -> list[Event]:
        """Return the events of what was held back, once no more will come."""
        return [*self._shown.deltas.rest(), *self._others.rest()]

    def close(self, *, framed: bool) -> Iterator[Event]:
        """Yield the last events, or raise `ConnectionLostError` if the answer broke off.

        `framed` tells whether the endpoint or HTTP marked the end (by chunks or a length). A body that merely stops is
        whole only if the model said so.
        """
        yield from self.rest()
        finished = self._done or self._shown.finished
        if self._unreadable is not None and finished:
            yield Skipped(self._unreadable)
        if self._unreadable is not None and not finished:
            msg = "The connection was lost before the answer was complete."
        elif not finished and not framed:
            msg = "The connection was closed before the answer was complete."
        elif not self._began:
            msg = "The endpoint accepted the request but sent an empty answer."
        else:
            return
        raise ConnectionLostError(msg, left(began=self._gave, told=self._told, advice=AGAIN if self._gave else _CHECK))

    def _is_shown(self, choice: Mapping[str, Any], *, alone: bool) -> bool:
        if alone and not self._several:
            return True
        index = choice.get("index")
        if index is not self._index or index is None:
            index = _index(choice)
        if self._index is None:
            self._index = index
        return index == self._index


def _only_words(chunk: Mapping[str, Any]) -> str:
    """Return the text of a chunk that has the text of one answer and nothing else of interest; otherwise empty."""
    if any(chunk.get(name) for name in ("error", "errors", "usage")) or chunk.get("object") == "error":
        return ""
    match chunk.get("choices"):
        case [{"delta": {"content": str(words), **beside}, **rest}]:
            ends = finish_reason(rest.get("finish_reason")) or rest.get("error") or rest.get("logprobs")
            return "" if ends or any(beside[name] for name in beside if name != "role") else words
        case _:
            return ""


def _unwrapped(value: object) -> object:
    """Return the single object in a list, as some servers send it; anything else unchanged."""
    return value[0] if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict) else value


def _index(choice: Mapping[str, Any]) -> int:
    return index_of(choice.get("index")) or 0


def decode_stream(
    pieces: Iterable[bytes], *, framed: bool = True, longest: int = LONGEST, several: bool = False
) -> Iterator[Event]:
    """Decode the body of a streamed answer until the endpoint marks its end, or the body ends.

    The body may be cut anywhere. `longest` is the size limit of an event in bytes; `framed` and `several` are those of
    `ChunkDecoder`. Raises `ConnectionLostError` after the last event when the answer broke off.
    """
    decoder = ChunkDecoder(several=several)
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


def decode_whole(value: object, *, several: bool = False) -> Iterator[Event]:
    """Decode an answer that came as one parsed JSON object, or raise `TransportError` if it is no answer."""
    value = _unwrapped(value)
    if not isinstance(value, dict) or not (isinstance(value.get("choices"), list) or complaint(value, alone=True)):
        msg = "The answer is JSON in an unknown format."
        raise TransportError(msg, "Check base_url and the model.")
    decoder = ChunkDecoder(several=several)
    for event in decoder.chunk(value, alone=True):
        yield event
        if isinstance(event, Failed):
            return
    yield from decoder.close(framed=True)
    yield Ended()
