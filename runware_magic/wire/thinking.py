"""Reasoning that comes inside the content, between ``<think>`` and ``</think>``.

Some servers leave the tags of open-weight models in the text. They arrive split over chunks, the opening one is
missing where the server's prompt template already holds it, and the closing one where the answer was cut.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from runware_magic.chat.events import ContentDelta, ContentWasReasoning, Event, ReasoningDelta

_OPEN, _CLOSE = "<think>", "</think>"
_LONE_CLOSE = re.compile(rf"(?:^|\n){_CLOSE}(?=\s)")


class ThinkSplitter:
    """Tells reasoning from answer in a stream of content.

    ``<think>`` counts at the very beginning only, and a ``</think>`` without it only alone at the start of a line: a
    model that writes *about* the tags is left alone.
    """

    def __init__(self) -> None:
        self._held = ""
        self._feed: Callable[[str], Iterable[Event]] = self._beginning
        self._line_start = True

    def feed(self, text: str) -> Iterable[Event]:
        """Take in more content, give what is settled of it."""
        return self._feed(text)

    def reasoning_told(self) -> None:
        """Take note that this server tells reasoning in a field of its own: content is content."""
        if self._feed in {self._beginning, self._answer}:
            self._feed = self._plain

    def close(self) -> Iterator[Event]:
        """Give what was held back, once the stream has ended."""
        held, self._held = self._held, ""
        if not held:
            return
        if self._feed == self._thinking:
            yield ReasoningDelta(held)
        elif self._feed == self._answer and held.strip() == _CLOSE:
            yield ContentWasReasoning()
        else:
            yield ContentDelta(held)

    def _beginning(self, text: str) -> Iterator[Event]:
        text = self._held + text
        start = text.lstrip()
        if start.startswith(_OPEN):
            self._held, self._feed = "", self._thinking
            yield from self._thinking(start.removeprefix(_OPEN).lstrip("\n"))
        elif _OPEN.startswith(start) or (start and _CLOSE.startswith(start)):
            self._held = text
        else:
            self._held, self._feed = "", self._answer
            yield from self._answer(text)

    def _thinking(self, text: str) -> Iterator[Event]:
        text = self._held + text
        before, close, after = text.partition(_CLOSE)
        if close:
            self._held, self._feed = "", self._gap
            if before.rstrip("\n"):
                yield ReasoningDelta(before.rstrip("\n"))
            yield from self._gap(after)
            return
        keep = _overlap(text, _CLOSE)
        self._held = text[len(text) - keep :]
        if before := text[: len(text) - keep]:
            yield ReasoningDelta(before)

    def _gap(self, text: str) -> Iterator[Event]:
        # Blank lines between the closing tag and the answer belong to neither.
        if text := text.lstrip("\n"):
            self._feed = self._plain
            yield ContentDelta(text)

    def _answer(self, text: str) -> Iterable[Event]:
        if self._held or "<" in text:
            return self._searched(text)
        self._line_start = text.endswith("\n") or (self._line_start and not text)
        return (ContentDelta(text),) if text else ()

    def _searched(self, text: str) -> Iterator[Event]:
        text = self._held + text
        match = _LONE_CLOSE.search(text if self._line_start else "\0" + text)
        if match:
            end = match.end() - (not self._line_start)
            begin = max(match.start() - (not self._line_start), 0)
            self._held, self._feed = "", self._gap
            if text[:begin]:
                yield ContentDelta(text[:begin])
            yield ContentWasReasoning()
            yield from self._gap(text[end:])
            return
        keep = self._undecided(text)
        self._held = text[len(text) - keep :]
        if before := text[: len(text) - keep]:
            self._line_start = before.endswith("\n")
            yield ContentDelta(before)

    def _plain(self, text: str) -> Iterable[Event]:
        text, self._held = self._held + text, ""
        return (ContentDelta(text),) if text else ()

    def _undecided(self, text: str) -> int:
        """Count the characters at the end that may become a closing tag at the start of a line."""
        _, newline, line = text.rpartition("\n")
        if (newline or self._line_start) and line and _CLOSE.startswith(line):
            return len(line) + len(newline)
        return 0


def _overlap(text: str, tag: str) -> int:
    """Count the characters at the end of a text that may be the beginning of a tag."""
    return next((size for size in range(min(len(tag) - 1, len(text)), 0, -1) if text.endswith(tag[:size])), 0)
