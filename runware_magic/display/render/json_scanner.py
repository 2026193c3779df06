"""Reads the JSON of an answer while it grows: each piece costs what it brings, and what is not yet certain waits.

It finds the JSON as `runware_magic.chat.answer_json.json_of` does in the whole answer: in the first code fence that
begins with it, else at the first bracket.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runware_magic.chat.answer_json import openings_of
from runware_magic.display.render.json_events import (
    Atom,
    Began,
    Broken,
    Closed,
    Dropped,
    Ended,
    Event,
    Grew,
    Label,
    Opened,
    Prose,
)

DEEPEST = 50  # levels, as `json_of` allows
_STEP = 1000  # characters at once
_LONGEST_LINE = 300  # characters of a line that may become a fence

_SPACE = re.compile(r"[ \t\r\n]*")
_FENCE = re.compile(r"[ \t]*(```+|~~~+)([^\n]*)\n")
_MAY_BE_FENCE = re.compile(r"[ \t]*(?:`{0,2}|~{0,2}|(?:```|~~~)[^\n]*)")
_WORD = re.compile(r"[-+.\w]*", re.ASCII)
_ATOM = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null", re.ASCII)
_HEX = "[0-9a-fA-F]"
_HIGH = f"u[dD][89abAB]{_HEX}{{2}}"
# The first half of a pair waits for what follows, which is the other half or not.
_CHARACTERS = re.compile(
    rf'(?:[^"\\\x00-\x1f]+|\\["\\/bfnrt]|\\(?!{_HIGH})u{_HEX}{{4}}|\\{_HIGH}(?=[^\\]|\\(?:[^u]|u{_HEX}{{4}})))*'
)
_HALF_ESCAPE = re.compile(rf"\\(?:u{_HEX}{{0,3}}|{_HIGH}(?:\\(?:u{_HEX}{{0,3}})?)?)?")


@dataclass(slots=True)
class _Open:
    label: Label
    is_list: bool
    is_told: bool = False
    count: int = 0


class JsonScanner:
    """Scans an answer piece by piece; `schema` tells what its value begins with."""

    def __init__(self, schema: Mapping[str, Any] | None = None) -> None:
        self._openings = openings_of(schema)
        self._begins = re.compile(f"[{re.escape(self._openings)}]" if self._openings else r"\S")
        self._text, self._at = "", 0  # what is not read yet begins there
        self._events: list[Event] = []
        self._step: Callable[[], bool] = self._prose
        self._at_line_start = True
        self._fence = ""  # the signs that opened the fence
        self._has_begun = self._has_fenced = False
        self._start()

    def feed(self, text: str) -> list[Event]:
        """Return what more of the text tells."""
        for start in range(0, len(text), _STEP):
            self._text = self._text[self._at :] + text[start : start + _STEP]
            self._at = 0
            while self._at < len(self._text) and self._step():
                pass
        events, self._events = self._events, []
        return events

    @property
    def rest(self) -> str:
        """What was not told yet, as it was written."""
        return "".join((*self._held, self._text[self._at :]))

    def _start(self) -> None:
        self._stack: list[_Open] = []
        self._key: str | None = None
        self._held: list[str] = []  # what was read, and not told
        self._word: list[str] = []  # of a key or an atom
        self._expected = _VALUE

    # Outside of the value.

    def _prose(self) -> bool:
        if self._at_line_start:
            if fence := _FENCE.match(self._text, self._at):
                self._pass_fence(fence)
                return True
            rest = len(self._text) - self._at
            if rest < _LONGEST_LINE and _MAY_BE_FENCE.fullmatch(self._text, self._at):
                return False
        end = self._text.find("\n", self._at) + 1 or len(self._text)
        found = None if self._has_begun or self._fence else self._begins.search(self._text, self._at, end)
        piece = self._text[self._at : found.start() if found else end]
        self._at += len(piece)
        self._at_line_start = piece.endswith("\n") if piece else self._at_line_start
        if piece:
            self._events.append(Prose(piece))
        if found:
            self._begin()
        return True

    def _pass_fence(self, fence: re.Match[str]) -> None:
        marker, info = fence[1], fence[2]
        if not self._fence:
            self._fence = marker
            self._step = self._prose if self._has_fenced else self._fenced
        elif marker.startswith(self._fence) and not info.strip("`~ \t\r"):
            self._fence = ""
        else:
            self._events.append(Prose(fence[0]))
        self._at = fence.end()

    def _fenced(self) -> bool:
        """Begin the value if it stands first in the fence: otherwise the fence holds something else."""
        self._at = _match(_SPACE, self._text, self._at).end()
        if self._at == len(self._text):
            return True
        sign = self._text[self._at]
        if sign in self._openings or not (self._openings or sign in "`~"):
            if self._has_begun:
                self._events.append(Dropped())
            self._has_fenced = True
            self._begin()
        else:
            self._step = self._prose
        return True

    def _begin(self) -> None:
        self._has_begun = True
        self._start()
        self._step = self._structure

    def _break(self) -> bool:
        held = "".join(self._held)
        self._events += [Broken(), *([Prose(held)] if held else [])]
        self._leave()
        self._at_line_start = held.rstrip(" \t").endswith("\n")
        return True

    def _leave(self) -> bool:
        self._start()
        self._step, self._at_line_start = self._prose, False
        return True

    # Within the value.

    def _structure(self) -> bool:
        space = _match(_SPACE, self._text, self._at)[0]
        if space:
            return self._read(space)
        sign = self._text[self._at]
        act = _ACTS.get((self._expected, sign))
        return act(self, sign) if act else self._break()

    def _read(self, text: str) -> bool:
        self._held.append(text)
        self._at += len(text)
        return True

    def _open(self, sign: str) -> bool:
        if len(self._stack) == DEEPEST:
            return self._break()
        self._stack.append(_Open(self._label(), sign == "["))
        self._expected = _ITEM_OR_END if sign == "[" else _KEY_OR_END
        return self._read(sign)

    def _close(self, sign: str) -> bool:
        if self._stack[-1].is_list is not (sign == "]"):
            return self._break()
        self._read(sign)
        self._tell(Closed())
        self._stack.pop()
        return self._go_on()

    def _go_on(self) -> bool:
        self._expected = _COMMA_OR_END
        return True if self._stack else self._leave()

    def _comma(self, sign: str) -> bool:
        self._expected = _VALUE if self._stack[-1].is_list else _KEY
        return self._read(sign)

    def _colon(self, sign: str) -> bool:
        self._expected = _VALUE
        return self._read(sign)

    def _label(self) -> Label:
        """Return the label of the value that begins, and count it."""
        if not self._stack:
            return None
        around = self._stack[-1]
        around.count += 1
        return around.count - 1 if around.is_list else self._key

    def _tell(self, *events: Event) -> None:
        for around in self._stack:
            if not around.is_told:
                around.is_told = True
                self._events.append(Opened(around.label, around.is_list))
        self._events += events
        self._held = []

    def _quote(self, sign: str) -> bool:
        self._read(sign)
        if self._expected in {_KEY, _KEY_OR_END}:
            self._step = self._name
        else:
            self._tell(Began(self._label()))
            self._step = self._string
        return True

    def _name(self) -> bool:
        part = _match(_CHARACTERS, self._text, self._at)[0]
        self._word.append(part)
        self._read(part)
        if self._at < len(self._text) and self._text[self._at] == '"':
            self._key, self._word = _decoded("".join(self._word)), []
            self._step, self._expected = self._structure, _COLON
            return self._read('"')
        return self._wait()

    def _string(self) -> bool:
        part = _match(_CHARACTERS, self._text, self._at)[0]
        if part:
            self._events.append(Grew(_decoded(part)))
            self._at += len(part)
        if self._at < len(self._text) and self._text[self._at] == '"':
            self._at += 1
            self._events.append(Ended())
            self._step = self._structure
            return self._go_on()
        return self._wait()

    def _wait(self) -> bool:
        """Wait for the rest of a text, unless it has something that no text may have."""
        is_half = self._at == len(self._text) or _HALF_ESCAPE.fullmatch(self._text, self._at)
        return False if is_half else self._break()

    def _begin_atom(self, _sign: str) -> bool:
        self._step = self._atom
        return True

    def _atom(self) -> bool:
        part = _match(_WORD, self._text, self._at)[0]
        self._word.append(part)
        self._read(part)
        if self._at == len(self._text):
            # Only what follows tells that a number is whole.
            return False
        word, self._word = "".join(self._word), []
        if not _ATOM.fullmatch(word) or self._text[self._at] not in " \t\r\n,]}":
            return self._break()
        self._tell(Atom(self._label(), word))
        self._step = self._structure
        return self._go_on()


def _match(pattern: re.Pattern[str], text: str, at: int) -> re.Match[str]:
    found = pattern.match(text, at)
    assert found  # noqa: S101  # each of these patterns also matches nothing
    return found


def _decoded(part: str) -> str:
    return str(json.loads(f'"{part}"'))


_VALUE, _ITEM_OR_END, _KEY, _KEY_OR_END, _COLON, _COMMA_OR_END = range(6)
_Act = Callable[[JsonScanner, str], bool]
_BEGIN: dict[str, _Act] = {
    '"': JsonScanner._quote,  # noqa: SLF001  # of this module
    **dict.fromkeys("{[", JsonScanner._open),  # noqa: SLF001
    **dict.fromkeys("-0123456789tfn", JsonScanner._begin_atom),  # noqa: SLF001
}
_QUOTE: dict[str, _Act] = {'"': JsonScanner._quote}  # noqa: SLF001
_END: dict[str, _Act] = dict.fromkeys("]}", JsonScanner._close)  # noqa: SLF001
_EXPECTED: dict[int, dict[str, _Act]] = {
    _VALUE: _BEGIN,
    _ITEM_OR_END: _BEGIN | _END,
    _KEY: _QUOTE,
    _KEY_OR_END: _QUOTE | _END,
    _COLON: {":": JsonScanner._colon},  # noqa: SLF001
    _COMMA_OR_END: {",": JsonScanner._comma} | _END,  # noqa: SLF001
}
#: What may come next, by what is expected and by the sign that comes.
_ACTS = {(expected, sign): act for expected, acts in _EXPECTED.items() for sign, act in acts.items()}
