"""Render the JSON of a growing answer as a tree of which only the end changes.

It has the interface of `runware_magic.display.render.incremental.GrowingDocument`. What is whole is a fold; what is
still open is not, since it goes on in a later part, which stands in a widget of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from runware_magic.display.render import json_rows
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
from runware_magic.display.render.json_scanner import JsonScanner
from runware_magic.display.render.sanitize_html import clean

PART = 700  # characters: more are sealed
_ROW, _HEAD = 20, 40  # characters that a row, and the beginning of an object or a list, count beside their own

_Kind = Literal["row", "head", "end"]


@dataclass(slots=True)
class _Piece:
    """A row, or the beginning or the end of an object or a list that does not stand in one part."""

    kind: _Kind
    html: str
    size: int


@dataclass(slots=True)
class _Atoms:
    """Numbers and such that follow each other in a list, and the length of all."""

    label: Label
    in_list: bool
    texts: list[str]
    size: int

    kind: _Kind = "row"

    @property
    def html(self) -> str:
        """One row."""
        return json_rows.atoms_row(self.texts) if self.in_list else json_rows.atom_row(self.label, self.texts[0])


@dataclass(slots=True)
class _Prose:
    """Text outside of the value."""

    texts: list[str] = field(default_factory=list)
    size: int = 0

    kind: _Kind = "row"

    @property
    def html(self) -> str:
        """All of it, without the blank lines around it."""
        return json_rows.prose("".join(self.texts))


@dataclass(slots=True)
class _Spine:
    """An object or a list that is open; ``at`` is the index of its beginning, None once that is sealed."""

    label: Label
    is_list: bool
    at: int | None
    count: int = 0


@dataclass(slots=True)
class _Text:
    """A text that grows."""

    label: Label
    texts: list[str] = field(default_factory=list)
    size: int = 0
    begins: bool = True

    def html(self, *, ends: bool, goes_on: bool = False) -> str:
        """Return the row of it."""
        return json_rows.text_row(self.label, "".join(self.texts), begins=self.begins, ends=ends, goes_on=goes_on)


class GrowingJson:
    """The JSON of a growing answer as sealed parts and a tail; `schema` tells what the JSON begins with."""

    is_seamless = True

    def __init__(self, schema: Mapping[str, Any] | None = None) -> None:
        self.sealed: list[str] = []  # the HTML of the parts that will not change again, in order
        self._scanner = JsonScanner(schema)
        self._pieces: list[_Piece | _Atoms | _Prose] = []
        self._spine: list[_Spine] = []
        self._depth = 0  # of the first piece
        self._text: _Text | None = None
        self._size = 0
        self._values_at = 0  # pieces before the value
        self._has_sealed_values = False

    def feed(self, delta: str) -> None:
        """Add text to the end."""
        for event in self._scanner.feed(delta):
            self._take(event)
            if self._size > PART:
                self._seal()

    @property
    def tail(self) -> str:
        """The HTML of the rest."""
        growing = self._text.html(ends=False) if self._text else ""
        return self._rendered(len(self._pieces), growing)

    def _take(self, event: Event) -> None:
        match event:
            case Opened(label, is_list):
                self._count()
                self._spine.append(_Spine(label, is_list, len(self._pieces)))
                told = json_rows.told_of(label, None, is_list=is_list)
                self._add(_Piece("head", told, _HEAD + _length(label)))
            case Closed():
                self._close()
            case Began(label):
                self._count()
                self._text = _Text(label)
                self._grow(_ROW + _length(label))
            case Grew(text) if self._text:
                self._text.texts.append(text)
                self._grow(len(text))
            case Ended() if self._text:
                self._end_text(ends=True)
            case Atom(label, text):
                self._count()
                self._add_atom(label, text)
            case Prose(text):
                self._add_prose(text)
            case Broken():
                self._break()
            case Dropped():
                self._drop()

    def _count(self) -> None:
        if self._spine:
            self._spine[-1].count += 1
        elif not self._has_sealed_values:
            self._values_at = len(self._pieces)

    def _add(self, piece: _Piece | _Atoms | _Prose) -> None:
        self._pieces.append(piece)
        self._size += piece.size

    def _grow(self, size: int) -> None:
        if self._text:
            self._text.size += size
            self._size += size

    def _end_text(self, *, ends: bool) -> None:
        text, self._text = self._text, None
        if text:
            self._pieces.append(_Piece("row", text.html(ends=ends), text.size))

    def _add_atom(self, label: Label, text: str) -> None:
        last = self._pieces[-1] if self._pieces else None
        in_list = bool(self._spine) and self._spine[-1].is_list
        size = 2 + len(text)
        if in_list and isinstance(last, _Atoms) and last.in_list:
            last.texts.append(text)
            last.size += size
            self._size += size
        else:
            self._add(_Atoms(label, in_list, [text], size + _ROW))

    def _add_prose(self, text: str) -> None:
        last = self._pieces[-1] if self._pieces else None
        if not isinstance(last, _Prose):
            last = _Prose()
            self._add(last)
        last.texts.append(text)
        last.size += len(text)
        self._size += len(text)

    def _close(self) -> None:
        ended = self._spine.pop()
        if ended.at is None:
            self._add(_Piece("end", "", 0))
            return
        inside = self._pieces[ended.at + 1 :]
        depth = len(self._spine)
        if inside:
            told = json_rows.told_of(ended.label, ended.count, is_list=ended.is_list)
            markup = json_rows.fold(told, "".join(piece.html for piece in inside), depth)
        else:
            markup = json_rows.empty_row(ended.label, is_list=ended.is_list)
        size = sum(piece.size for piece in self._pieces[ended.at :])
        self._pieces[ended.at :] = [_Piece("row", markup, size)]

    def _break(self) -> None:
        self._end_text(ends=False)
        # Whatever is open stays without its number of fields.
        while self._spine:
            self._spine.pop()
            self._add(_Piece("end", "", 0))

    def _drop(self) -> None:
        """Forget what looked like the value, unless it is sealed: that is no longer in the tail."""
        if not self._has_sealed_values:
            kept = self._pieces[: self._values_at]
            self._pieces = [*kept, *(piece for piece in self._pieces[self._values_at :] if isinstance(piece, _Prose))]
            self._size = sum(piece.size for piece in self._pieces)

    def _seal(self) -> None:
        """Seal what is long, but not an object or a list that may soon be whole."""
        if self._text and self._text.size > PART // 2:
            self._cut_text(self._text)
        rest = self._cut_prose()
        if cut := self._cut():
            self._has_sealed_values = self._has_sealed_values or not all(
                isinstance(piece, _Prose) for piece in self._pieces[:cut]
            )
            self.sealed.append(self._rendered(cut))
            self._depth += sum({"head": 1, "row": 0, "end": -1}[piece.kind] for piece in self._pieces[:cut])
            for around in self._spine:
                around.at = None if around.at is None or around.at < cut else around.at - cut
            self._values_at = max(0, self._values_at - cut)
            del self._pieces[:cut]
            self._size = sum(piece.size for piece in self._pieces) + (self._text.size if self._text else 0)
        if rest:
            self._add_prose(rest)

    def _cut(self) -> int:
        """Return the number of pieces to seal."""
        after = self._size
        starts = {around.at for around in self._spine}
        for at, piece in enumerate(self._pieces):
            if at in starts and after <= PART // 2:
                return at
            after -= piece.size
        return len(self._pieces)

    def _cut_text(self, text: _Text) -> None:
        """Make a row of the beginning of a long text; the rest continues it."""
        shown = "".join(text.texts)
        at = _seam(shown)
        text.texts = [shown[:at]]
        self._pieces.append(_Piece("row", text.html(ends=False, goes_on=True), text.size - len(shown) + at))
        rest = shown[at:]
        self._text = _Text(text.label, [rest], len(rest), begins=False)

    def _cut_prose(self) -> str:
        """Cut prose at the end in two; return its end."""
        last = self._pieces[-1] if self._pieces else None
        if not isinstance(last, _Prose):
            return ""
        shown = "".join(last.texts)
        at = _seam(shown)
        last.texts = [shown[:at]]
        last.size -= len(shown) - at
        self._size -= len(shown) - at
        return shown[at:]

    def _rendered(self, count: int, growing: str = "") -> str:
        """Return the first of the pieces as HTML, within what is open around them."""
        depth = self._depth
        parts = [json_rows.held(at) for at in range(depth)]
        for piece in self._pieces[:count]:
            if piece.kind == "head":
                parts.append(json_rows.head(piece.html, depth))
                depth += 1
            elif piece.kind == "end":
                parts.append("</div>")
                depth -= 1
            else:
                parts.append(piece.html)
        markup = "".join((*parts, growing, "</div>" * depth))
        return clean(markup) if self._pieces or growing else ""


def _seam(text: str) -> int:
    """Return where a long text may be cut: at the end of a line, else of a word, else anywhere."""
    ends = (text.rfind("\n") + 1, text.rfind(" ") + 1)
    return next((end for end in ends if end > len(text) // 2), len(text))


def _length(label: Label) -> int:
    return len(label) if isinstance(label, str) else 0
