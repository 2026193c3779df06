"""Decodes deltas and messages into events."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

from runware_magic.chat.events import ContentDelta, Event, ReasoningDelta, Skipped, ToolCallDelta
from runware_magic.protocol.citations import Citations
from runware_magic.protocol.content_parts import CONTENT, REASONING, REFUSAL, SKIPPED, pieces_of
from runware_magic.protocol.delta_text import Joiner
from runware_magic.protocol.think_tags import ThinkSplitter
from runware_magic.protocol.tool_calls import Fragments, fragment_of, without_surplus
from runware_magic.protocol.whole_messages import Brought

_CALLS = "tool_calls"


class Deltas:
    """Decodes the deltas of one answer."""

    # One list for all steps: generators would take longer than the JSON.
    def __init__(self) -> None:
        self.think, self.joiner, self.citations = ThinkSplitter(), Joiner(), Citations()
        self._brought = Brought()
        self._fragments = Fragments()

    def take(self, delta: Mapping[str, Any], events: list[Event]) -> None:
        """Append the events of a delta."""
        content = delta.get("content")
        if len(delta) == 1 and type(content) is str:
            # The fast path for nearly all deltas.
            if content:
                self._brought.by_deltas.add(CONTENT)
                events += self.think.feed(self.joiner.take(CONTENT, content))
            return
        for kind, text in pieces_of(delta):
            self._brought.by_deltas.add(kind)
            self._piece(kind, text, events)
        self.citations.take(delta, events)
        calls = delta.get("tool_calls")
        for fragment in self._fragments.take(calls) if isinstance(calls, list) else ():
            self._brought.by_deltas.add(_CALLS)
            events.append(replace(fragment, arguments=self.joiner.take(fragment.index, fragment.arguments)))

    def take_whole(self, message: Mapping[str, Any], events: list[Event]) -> None:
        """Append the events of a message, for what no delta has brought."""
        texts: dict[str, str] = {}
        for kind, text in pieces_of(message):
            texts[kind] = texts.get(kind, "") + text
        if self.think.found:
            texts.pop(REASONING, None)
        for kind, text in texts.items():
            if new := self._brought.new(kind, text):
                self._piece(kind, new, events)
        self.citations.take(message, events)
        calls = message.get("tool_calls")
        if isinstance(calls, list) and _CALLS not in self._brought.by_deltas:
            for number, call in enumerate(call for call in calls if isinstance(call, dict)):
                told = fragment_of(call, number)
                is_known = told.index in self._brought.by_messages
                arguments = self.joiner.take(told.index, self._brought.new(told.index, without_surplus(told.arguments)))
                if arguments or not is_known:
                    events.append(replace(told, arguments=arguments))

    def rest(self) -> list[Event]:
        """Return the events of what was held back, once no more will come."""
        events: list[Event] = []
        for kind, text in self.joiner.rest():
            self._text(kind, text, events)
        return [*events, *self.think.close()]

    def _piece(self, kind: str, text: str, events: list[Event]) -> None:
        if kind == REASONING:
            self.think.reasoning_told()
        if kind != SKIPPED:
            self._text(kind, self.joiner.take(kind, text), events)
        elif not any(type(event) is Skipped for event in events):
            events.append(Skipped())

    def _text(self, kind: Hashable, text: str, events: list[Event]) -> None:
        if not text:
            return
        if kind == CONTENT:
            events += self.think.feed(text)
        elif kind == REASONING:
            events.append(ReasoningDelta(text))
        elif kind == REFUSAL:
            events.append(ContentDelta(text))
        elif isinstance(kind, int):
            events.append(ToolCallDelta(kind, arguments=text))
