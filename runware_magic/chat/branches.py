"""Separates branches of a chat, or chats of several notebooks, that were saved in one file under one name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Generic, TypeVar

from runware_magic.chat.turn import Turn

Rank = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Placed:
    """A place in a chat, as a file describes it: the version in use, and all versions, by their ids.

    No two places of a chat share a rank: each is a name (``order``, ``number``) and a value, as far as they are saved.
    """

    shown: str
    versions: tuple[str, ...]
    ranks: tuple[Rank, ...]


P = TypeVar("P", bound=Placed)
_MOST = 20  # branches; a notebook that is opened daily without restoring it gets one a day


@dataclass(frozen=True)
class Apart(Generic[P]):
    """Places of a chat that belong to another branch, and the name of the new chat that they move to."""

    chat: str
    name: str
    places: tuple[P, ...]


def parted(chats: Mapping[str, list[P]], turns: Mapping[str, Turn]) -> tuple[dict[str, list[P]], list[Apart[P]]]:
    """Split each chat into its branches: the first keeps the name, the others become new chats.

    `chats` holds the places of each chat in order, `turns` every turn by its id.
    """
    left, whole, apart = dict(chats), dict[str, list[P]](), list[Apart[P]]()
    for chat in chats:
        first, *others = lines_of(left.pop(chat), turns)
        whole[chat] = first
        known = {place.versions[0] for place in first}
        for line in others:
            own = tuple(place for place in line if place.versions[0] not in known)
            known |= {place.versions[0] for place in own}
            name = _name_for(chat, own, {**left, **whole}, turns)
            # The chat of that name may be an earlier branch that was continued.
            (left if name in left else whole).setdefault(name, [])[:0] = line
            apart.append(Apart(chat, name, own))
    return whole, apart


def _name_for(chat: str, own: Sequence[Placed], taken: Mapping[str, Sequence[P]], turns: Mapping[str, Turn]) -> str:
    versions = {version for place in own for version in place.versions}
    names = (f"{chat} ({number})" for number in count(2))
    return next(name for name in names if name not in taken or turns[taken[name][0].shown].parent in versions)


def lines_of(places: Sequence[P], turns: Mapping[str, Turn]) -> list[list[P]]:
    """Return the branches of a chat, given its places in order; one branch where all comes from one notebook.

    A turn follows its parent. Where two turns have the same rank and neither was asked after the other, they belong to
    different branches: the second starts a new branch, which shares the earlier turns with the first.
    """
    if len({rank for place in places for rank in place.ranks}) == sum(len(place.ranks) for place in places):
        return [list(places)]
    work = _Work(places, turns)
    for at in range(len(places)):
        work.place(at)
    return [[places[at] for at in line.at] for line in work.lines]


class _Line:
    """A branch: the places of the chat that belong to it, by their numbers there."""

    def __init__(self) -> None:
        self.at: dict[int, int] = {}  # the position of each place
        self.last: dict[Rank, int] = {}  # the position of the last answer of a rank
        self.first: dict[Rank, int] = {}  # the first turn of the tree that a rank comes from


class _Work:
    def __init__(self, places: Sequence[Placed], turns: Mapping[str, Turn]) -> None:
        holds = {version: at for at, place in enumerate(places) for version in place.versions}
        shown = [turns[place.shown] for place in places]
        # No turn follows a failed one, so its position means nothing.
        self._ranks = [place.ranks if turn.answers else () for place, turn in zip(places, shown, strict=True)]
        # A turn before its own parent, which no kernel writes, has no parent.
        parents = (holds.get(turn.parent or "") for turn in shown)
        self._parents = [parent if parent is not None and parent < at else None for at, parent in enumerate(parents)]
        self._firsts: list[int] = []
        self._ranks_after: dict[int, set[Rank]] = {}
        for at, parent in enumerate(self._parents):
            self._firsts.append(at if parent is None else self._firsts[parent])
            self._ranks_after.setdefault(self._firsts[at], set()).update(self._ranks[at])
        self.lines: list[_Line] = []

    def place(self, at: int) -> None:
        """Append a place to the first branch where it follows its parent, or else to a new one."""
        parent = self._parents[at]
        holding = [line for line in self.lines if parent is None or parent in line.at]
        line = next((line for line in holding if self._fits(at, line)), None)
        if line is None and len(self.lines) == _MOST:
            line = self.lines[-1]
        if line is None:
            line = _Line()
            self.lines.append(line)
            for above in () if parent is None else list(holding[0].at)[: holding[0].at[parent] + 1]:
                self._append(above, line)
        self._append(at, line)

    def _fits(self, at: int, line: _Line) -> bool:
        parent, first = self._parents[at], self._firsts[at]
        if parent is None:
            return all(line.first.get(rank, first) == first for rank in self._ranks_after[first])
        return all(line.last.get(rank, -1) <= line.at[parent] for rank in self._ranks[at])

    def _append(self, at: int, line: _Line) -> None:
        line.last |= dict.fromkeys(self._ranks[at], len(line.at))
        line.at[at] = len(line.at)
        if self._firsts[at] == at:
            line.first |= dict.fromkeys(self._ranks_after[at], at)
