"""How two texts differ, word by word, in a time that long and repetitive texts cannot run away with.

Lines, then words, that both texts hold exactly once line them up (Bram Cohen's patience diff). `difflib`, which can
take the cube of the length, sees only what is left between those, and only as much of it as a budget allows.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, pairwise

_ROUNDS = 8  # of lining up: what is unique between two anchors may not be so in the whole
_CELLS = 100_000  # pairs of words that difflib compares in one go: some 150 words with the spaces between, each way
_ALL_CELLS = 1_500_000  # and in all

# Chinese and Japanese are compared by character, since nothing there tells where words end.
_IDEOGRAPHS = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_POINTS = r"!-/:-@\[-^`{-~\u00a1-\u00bf\u2010-\u2027\u3001-\u303f\uff01-\uff0f"
_WORD = re.compile(rf"[{_IDEOGRAPHS}]|[^\s{_POINTS}{_IDEOGRAPHS}]+|[^\S\n]+|\n|.")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of two texts, in the old one and in the new. All pieces together are the texts.

    Attributes
    ----------
    old, new
        The text; empty where the other one has something in its place.
    """

    old: str
    new: str

    @property
    def same(self) -> bool:
        """Whether both texts agree here."""
        return self.old == self.new


def compare(old: str, new: str) -> tuple[Piece, ...]:
    """Give two texts as pieces in which they agree and in which they do not.

    Parameters
    ----------
    old, new
        Any texts. Where they are long and have little in common, a change may be told as larger than it is.
    """
    budget = _Budget()
    lined_up = _lined_up(_LINE.findall(old), _LINE.findall(new), _ROUNDS)
    return _tidied([piece for lines in lined_up for piece in _by_words("".join(lines[0]), "".join(lines[1]), budget)])


class _Budget:
    def __init__(self) -> None:
        self._left = _ALL_CELLS

    def allows(self, old: Sequence[str], new: Sequence[str]) -> bool:
        cells = len(old) * len(new)
        if cells > min(_CELLS, self._left):
            return False
        self._left -= cells
        return True


def _by_words(old: str, new: str, budget: _Budget) -> Iterator[Piece]:
    if old == new:
        yield Piece(old, new)
        return
    words = _WORD.findall(old), _WORD.findall(new)
    if budget.allows(*words):
        yield from _matched(*words)
        return
    for before, after in _lined_up(*words, _ROUNDS):
        if before != after and budget.allows(before, after):
            yield from _matched(before, after)
        else:
            yield Piece("".join(before), "".join(after))


def _matched(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    # Spaces are junk: they may extend a match and never make one, which would cost most and mean least.
    matcher = SequenceMatcher(_is_space, old, new, autojunk=False)
    for _, start, end, new_start, new_end in matcher.get_opcodes():
        yield Piece("".join(old[start:end]), "".join(new[new_start:new_end]))


def _lined_up(old: Sequence[str], new: Sequence[str], rounds: int) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """Give two sequences in parts that are equal, and parts that are not and have nothing to line them up by."""
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    yield old[:start], new[:start]
    before, after = old[start : len(old) - end], new[start : len(new) - end]
    anchors = _anchors(before, after) if rounds else []
    if anchors:
        # Each part but the first starts with an anchor, which is then what it starts with alike.
        bounds = [(0, 0), *anchors, (len(before), len(after))]
        for (i, j), (next_i, next_j) in pairwise(bounds):
            yield from _lined_up(before[i:next_i], after[j:next_j], rounds - 1)
    else:
        yield before, after
    yield old[len(old) - end :], new[len(new) - end :]


def _alike(old: Sequence[str], new: Sequence[str]) -> int:
    """Count the elements that two sequences start with alike."""
    pairs = zip(old, new, strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(old), len(new)))


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Give where elements stand that both sequences hold once, as many as come in one order in both."""
    counts, new_counts = Counter(old), Counter(new)
    once = {
        element: at
        for at, element in enumerate(new)
        if counts[element] == new_counts[element] == 1 and not element.isspace()
    }
    return _rising([(at, once[element]) for at, element in enumerate(old) if element in once])


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Give a longest run of pairs, leaving out others, in which the second numbers grow as the first ones do."""
    smallest: list[int] = []  # second numbers on which runs of length 1, 2, … can end
    ends: list[int] = []  # the indices of those pairs
    before: list[int] = []  # for each pair the index of the one before it in its run; -1 for none
    for at, (_, number) in enumerate(pairs):
        length = bisect_left(smallest, number)
        before.append(ends[length - 1] if length else -1)
        smallest[length : length + 1] = [number]
        ends[length : length + 1] = [at]
    run = []
    at = ends[-1] if ends else -1
    while at >= 0:
        run.append(pairs[at])
        at = before[at]
    return run[::-1]


def _tidied(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Join neighbours of a kind; a space between two changes belongs to them, so that a phrase changes as one."""
    pieces = [piece for piece in pieces if piece.old or piece.new]
    changed = [False, *(not piece.same for piece in pieces), False]
    joined = [
        changed[at] or (changed[at - 1] and changed[at + 1] and _is_space(piece.old))
        for at, piece in enumerate(pieces, 1)
    ]
    return tuple(
        _join([piece for _, piece in group])
        for _, group in groupby(zip(joined, pieces, strict=True), key=lambda pair: pair[0])
    )


def _is_space(text: str) -> bool:
    return text.isspace() and "\n" not in text


def _join(pieces: Sequence[Piece]) -> Piece:
    return Piece("".join(piece.old for piece in pieces), "".join(piece.new for piece in pieces))
