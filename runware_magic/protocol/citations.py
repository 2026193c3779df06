"""Collects the sources of an answer from lists of addresses, search results and annotations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runware_magic.chat.events import Cited, Event
from runware_magic.chat.sources import MOST, Source, merged
from runware_magic.protocol.tool_calls import text_of

# Fields of chunks, deltas or messages. The numbers in a text refer to the first; the second has the titles.
_NAMES = ("citations", "search_results", "annotations")


class Citations:
    """Collects the sources of one answer."""

    def __init__(self) -> None:
        self._sources: tuple[Source, ...] = ()
        self._seen: dict[str, object] = {}

    def take(self, said: Mapping[str, Any], events: list[Event]) -> None:
        """Append an event if a chunk, delta or message names a new source. Servers may repeat their lists."""
        for name in _NAMES:
            told = said.get(name)
            if told and isinstance(told, list) and told != self._seen.get(name):
                self._seen[name] = told
                sources = merged(self._sources, _read(told[:MOST]))
                if sources != self._sources:
                    self._sources = sources
                    events.append(Cited(sources))


def _read(entries: list[Any]) -> Iterator[Source]:
    for entry in entries:
        if isinstance(entry, str):
            yield Source(entry)
        elif isinstance(entry, dict):
            # Annotations have it in a field named as their type, which some servers leave out.
            held = entry.get("url_citation")
            held = held if isinstance(held, dict) else entry
            yield Source(text_of(held.get("url")), text_of(held.get("title")))
