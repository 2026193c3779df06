"""Compare two texts word by word up to some 2,000 words, else line by line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

_MOST = 4000  # words and spaces, or lines, that difflib compares in quadratic time

# Chinese and Japanese are compared by character, since nothing separates words.
_IDEOGRAPHS = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_POINTS = r"!-/:-@\[-^`{-~\u00a1-\u00bf\u2010-\u2027\u3001-\u303f\uff01-\uff0f"
_WORD = re.compile(rf"[{_IDEOGRAPHS}]|[^\s{_POINTS}{_IDEOGRAPHS}]+|[^\S\n]+|\n|.")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_ALL = re.compile(r".+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of two texts, `old` and `new`, either of which may be empty."""

    old: str
    new: str

    @property
    def same(self) -> bool:
        """Whether both texts agree here."""
        return self.old == self.new


def compare(old: str, new: str) -> tuple[Piece, ...]:
    """Return pieces in which the texts agree and differ by turns; all pieces together are the texts."""
    for unit in (_WORD, _LINE, _ALL):
        before, after = unit.findall(old), unit.findall(new)
        if max(len(before), len(after)) <= _MOST:
            break
    pieces: list[Piece] = []
    # Spaces are junk: they may extend a match and never make one.
    for _, start, end, new_start, new_end in SequenceMatcher(_is_space, before, after).get_opcodes():
        piece = Piece("".join(before[start:end]), "".join(after[new_start:new_end]))
        if not piece.same and len(pieces) > 1 and _is_space(pieces[-1].old):
            # A space between two changes belongs to them, so that a phrase changes as one.
            change, space = pieces.pop(-2), pieces.pop()
            piece = Piece(change.old + space.old + piece.old, change.new + space.new + piece.new)
        pieces.append(piece)
    return tuple(pieces)


def likeness(pieces: Iterable[Piece]) -> float:
    """Return the share of two texts in which they agree, from 0 to 1; 1 if one holds all of the other."""
    both = [(_letters(piece.old), _letters(piece.new), piece.same) for piece in pieces]
    if any(all(same or not lengths[side] for *lengths, same in both) for side in (0, 1)):
        return 1.0
    total = sum(old + new for old, new, _ in both)
    return sum(old + new for old, new, same in both if same) / total if total else 1.0


def _letters(text: str) -> int:
    return sum(map(len, text.split()))


def _is_space(text: str) -> bool:
    return text.isspace() and "\n" not in text
