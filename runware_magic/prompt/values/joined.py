"""Texts and values as the parts of one message."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

from runware_magic.chat.parts import Part, TextPart
from runware_magic.prompt.values.inserted import Inserted

#: How many line ends are at least between a value of a kind and the text around it; others stand in the line.
_APART = {"table": 2, "source": 1, "error": 1, "file": 1}


def joined(pieces: Iterable[str | Inserted]) -> tuple[Part, ...]:
    """Return pieces as parts, in order: texts side by side are one part, and empty lines at both ends are removed."""
    parts: list[Part] = []
    text, after = "", 0
    for piece in pieces:
        inserted = piece if isinstance(piece, Inserted) else Inserted((TextPart(piece),))
        apart = _APART.get(inserted.attached.kind, 0) if inserted.attached else 0
        for part in inserted.parts:
            if not isinstance(part, TextPart):
                parts += [TextPart(text), part]
                text, after = "", 0
            elif part.text:
                text, after = _beside(text, part.text, max(apart, after)), apart
    return _trimmed([*parts, TextPart(text)])


def _beside(before: str, text: str, apart: int) -> str:
    if not before:
        return text
    ends = sum(1 for _ in takewhile("\n".__eq__, reversed(before))) + sum(1 for _ in takewhile("\n".__eq__, text))
    return before + "\n" * (apart - ends) + text


def _trimmed(parts: list[Part]) -> tuple[Part, ...]:
    for at, without_empty in ((0, _without_empty_begin), (-1, _without_empty_end)):
        part = parts[at]
        if isinstance(part, TextPart):
            parts[at] = TextPart(without_empty(part.text))
    # Endpoints refuse blank texts beside pictures.
    return tuple(part for part in parts if not isinstance(part, TextPart) or part.text.strip())


def _without_empty_begin(text: str) -> str:
    return text[text.rfind("\n", 0, len(text) - len(text.lstrip())) + 1 :]


def _without_empty_end(text: str) -> str:
    end = text.find("\n", len(text.rstrip()))
    return text if end < 0 else text[:end]
