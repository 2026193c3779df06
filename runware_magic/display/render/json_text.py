"""The JSON of a growing answer as indented text to which each piece only adds: for terminals."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from runware_magic.display.render.json_events import (
    Atom,
    Began,
    Broken,
    Closed,
    Ended,
    Event,
    Grew,
    Label,
    Opened,
    Prose,
)
from runware_magic.display.render.json_scanner import JsonScanner

_INDENT = "  "


class GrowingJsonText:
    """The JSON of a growing answer as text; `fenced` puts it in a code block of Markdown."""

    def __init__(self, schema: Mapping[str, Any] | None, *, fenced: bool) -> None:
        self._scanner = JsonScanner(schema)
        self._fenced = fenced
        self._in_fence = False
        self._open: list[tuple[bool, int]] = []  # whether it is a list, and how many entries it has
        self._at_line_start = True

    def feed(self, delta: str) -> str:
        """Return what more of the answer adds to the text."""
        return "".join(piece for event in self._scanner.feed(delta) for piece in self._pieces(event))

    def end(self) -> str:
        """Return what the end of the answer adds to the text: what was not certain is shown as it is."""
        return self._scanner.rest

    def _pieces(self, event: Event) -> Iterator[str]:
        match event:
            case Opened(label, is_list):
                yield f"{self._before(label)}{'[' if is_list else '{'}"
                self._open.append((is_list, 0))
            case Closed():
                is_list, count = self._open.pop()
                line = f"\n{_INDENT * len(self._open)}" if count else ""
                yield f"{line}{']' if is_list else '}'}{self._after()}"
            case Began(label):
                yield f'{self._before(label)}"'
            case Grew(text):
                yield json.dumps(text, ensure_ascii=False)[1:-1]
            case Ended():
                yield f'"{self._after()}'
            case Atom(label, text):
                yield f"{self._before(label)}{text}{self._after()}"
            case Broken():
                self._open = []
                yield self._after()
            case Prose(text):
                shown = text.lstrip("\n") if self._at_line_start else text
                self._at_line_start = shown.endswith("\n") if shown else self._at_line_start
                yield shown

    def _before(self, label: Label) -> str:
        """Return what stands before a value: after the entries before it, on a line of its own, its name."""
        if not self._open:
            start = "" if self._at_line_start else "\n"
            self._in_fence = self._fenced
            self._at_line_start = False
            return f"{start}```json\n" if self._fenced else start
        is_list, count = self._open[-1]
        self._open[-1] = (is_list, count + 1)
        name = f"{json.dumps(label, ensure_ascii=False)}: " if isinstance(label, str) else ""
        return f"{',' if count else ''}\n{_INDENT * len(self._open)}{name}"

    def _after(self) -> str:
        """Return what ends the value, once nothing of it is open."""
        if self._open or self._at_line_start:
            return ""
        self._at_line_start = True
        ended, self._in_fence = "\n```\n" if self._in_fence else "\n", False
        return ended
