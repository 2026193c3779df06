"""Separates reasoning that comes inside the content, between ``<think>`` and ``</think>``.

Some servers leave these tags of open-weight models in the text. They may be split over chunks; the opening one is
missing where the server's prompt template holds it, and the closing one where the answer was cut.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from runware_magic.chat.events import ContentDelta, ContentWasReasoning, Event, ReasoningDelta

_OPEN, _CLOSE = "<think>", "</think>"
_LONE_CLOSE = re.compile(rf"\n{_CLOSE}(?=\s)")


class ThinkSplitter:
    """Separates reasoning from answer in a stream of content. `found` tells whether there was reasoning.

    ``<think>`` counts at the very beginning only, and a ``</think>`` without it only alone at the start of a line: a
    model may write *about* the tags.
    """

    def __init__(self) -> None:
        self.found = False
        self._held = ""
        #: Returns the events of more content, except what may be part of a tag.
        self.feed: Callable[[str], Iterable[Event]] = self._beginning
        self._line_start = True

    def reasoning_told(self) -> None:
        """Treat content as content from now on: this server sends reasoning in its own field."""
        if self.feed in {self._beginning, self._answer}:
            self.feed = self._plain

    def close(self) -> Iterator[Event]:
        """Yield what was held back, once the stream has ended."""
        held, self._held = self._held, ""
        if not held:
            return
        if self.feed == self._thinking:
            yield ReasoningDelta(held)
        elif self.feed == self._answer and held.strip() == _CLOSE:
            yield ContentWasReasoning()
        else:
            yield ContentDelta(held)

    def _beginning(self, text: str) -> Iterator[Event]:
        text = self._held + text
        start = text.lstrip()
        if start.startswith(_OPEN):
            self._held, self.feed, self.found = "", self._thinking, True
            yield from self._thinking(start.removeprefix(_OPEN).lstrip("\n"))
        elif _OPEN.startswith(start) or (start and _CLOSE.startswith(start)):
            self._held = text
        else:
            self._held, self.feed = "", self._answer
            yield from self._answer(text)

    def _thinking(self, text: str) -> Iterator[Event]:
        before, close, after = (self._held + text).partition(_CLOSE)
        if close:
            self._held, self.feed = "", self._gap
            if before.rstrip("\n"):
                yield ReasoningDelta(before.rstrip("\n"))
            yield from self._gap(after)
            return
        # What may be the beginning of the tag waits for more.
        sizes = range(len(_CLOSE) - 1, 0, -1)
        shown = len(before) - next((size for size in sizes if before.endswith(_CLOSE[:size])), 0)
        self._held = before[shown:]
        if shown:
            yield ReasoningDelta(before[:shown])

    def _gap(self, text: str) -> Iterator[Event]:
        # Blank lines after the closing tag belong to neither.
        if text := text.lstrip("\n"):
            self.feed = self._plain
            yield ContentDelta(text)

    def _answer(self, text: str) -> Iterable[Event]:
        if self._held or "<" in text:
            return self._searched(text)
        self._line_start = text.endswith("\n") or (self._line_start and not text)
        return (ContentDelta(text),) if text else ()

    def _searched(self, text: str) -> Iterator[Event]:
        start = "\n" if self._line_start else ""
        before, *after = _LONE_CLOSE.split(start + self._held + text, maxsplit=1)
        before = before.removeprefix(start)
        if after:
            self._held, self.feed, self.found = "", self._gap, True
            if before:
                yield ContentDelta(before)
            yield ContentWasReasoning()
            yield from self._gap(after[0])
            return
        shown = len(before) - self._undecided(before)
        self._held = before[shown:]
        if shown:
            self._line_start = before[:shown].endswith("\n")
            yield ContentDelta(before[:shown])

    def _plain(self, text: str) -> Iterable[Event]:
        text, self._held = self._held + text, ""
        return (ContentDelta(text),) if text else ()

    def _undecided(self, text: str) -> int:
        """Count the characters at the end that may become a closing tag at the start of a line."""
        _, newline, line = text.rpartition("\n")
        if (newline or self._line_start) and line and _CLOSE.startswith(line):
            return len(line) + len(newline)
        return 0
