"""The JSON of a growing answer as words for a screen reader: each field once it is complete, without brackets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runware_magic.chat.text import one_line
from runware_magic.display.render.json_events import Atom, Began, Ended, Event, Grew, Label, Opened, Prose
from runware_magic.display.render.json_scanner import JsonScanner
from runware_magic.display.render.speech import LONGEST, MOST

_LONGEST_NAME = 80
_LONGEST_TEXT = 400


class SpokenJson:
    """A growing JSON as words; `schema` tells what it begins with."""

    def __init__(self, schema: Mapping[str, Any] | None = None) -> None:
        self._schema = schema
        self._start()

    def _start(self) -> None:
        self._scanner = JsonScanner(self._schema)
        self._heard = ""
        self._waiting: list[str] = []  # to be said
        self._label: Label = None
        self._text: list[str] = []
        self._prose = ""

    def more(self, text: str) -> str:
        """Return what can be said of the text beyond what was said before; may be empty."""
        self._hear(text)
        count = size = 0
        for words in self._waiting:
            size += 1 + len(words)
            if count and size > MOST:
                break
            count += 1
        said, self._waiting = " ".join(self._waiting[:count]), self._waiting[count:]
        return said

    def rest(self, text: str) -> str:
        """Return what was not said of a text that has ended; empty where it is too much."""
        self._hear(text)
        self._end_line()
        said = " ".join(self._waiting)
        return said if len(text) <= LONGEST and len(said) <= MOST else ""

    def _hear(self, text: str) -> None:
        if not text.startswith(self._heard):
            # The answer so far turned out to be reasoning, or is being repaired.
            self._start()
        heard = text[:LONGEST]
        for event in self._scanner.feed(heard[len(self._heard) :]):
            self._waiting += map(_sentence, filter(None, self._words(event)))
        self._heard = heard

    def _words(self, event: Event) -> Iterator[str]:
        match event:
            case Opened(label, _):
                yield _named(label)
            case Atom(label, text):
                yield _with_name(label, one_line(text, _LONGEST_TEXT))
            case Began(label):
                self._label, self._text = label, []
            case Grew(text):
                self._text.append(text)
            case Ended():
                yield _with_name(self._label, one_line("".join(self._text), _LONGEST_TEXT) or "empty")
            case Prose(text):
                self._prose += text
                if text.endswith("\n"):
                    self._end_line()

    def _end_line(self) -> None:
        said, self._prose = one_line(self._prose, MOST), ""
        self._waiting += [_sentence(said)] if said else []


def _named(label: Label) -> str:
    return f"Item {label + 1}" if isinstance(label, int) else one_line(label or "", _LONGEST_NAME)


def _with_name(label: Label, said: str) -> str:
    name = one_line(label, _LONGEST_NAME) if isinstance(label, str) else ""
    return f"{name}: {said}" if name else said


def _sentence(said: str) -> str:
    return said if said[-1] in ".!?…" else f"{said}."
