"""Finds turns and their ancestors in a conversation in constant time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from runware_magic.chat.ancestry import Ancestry
from runware_magic.chat.turn import Turn

if TYPE_CHECKING:
    from runware_magic.chat.conversation import VersionedTurn


class Index:
    """The last known position of each cell and turn, by chat, and the ancestry of turns.

    All conversations derived from one share it, so a position is only a hint to be checked; but a cell or turn without
    a position is in no chat.
    """

    def __init__(self) -> None:
        self.ancestry = Ancestry()
        self.marked: dict[str, Any] = {}
        self._cells: dict[str | None, dict[str, int]] = {None: {}}
        self._turns: dict[str, dict[str, int]] = {}

    @property
    def is_new(self) -> bool:
        """Whether it is still empty."""
        return not self._turns

    def of_cell(self, cell_id: str | None) -> Mapping[str, int]:
        """Return where a cell may stand, by chat, from 0."""
        return self._cells.get(cell_id, {})

    def of_turn(self, turn_id: str) -> Mapping[str, int]:
        """Return where a turn may stand, by chat, from 0."""
        return self._turns.get(turn_id, {})

    def put(self, chat: str, at: int, cell_id: str | None, turns: Iterable[Turn]) -> bool:
        """Record a place, or new versions there. Return False if an id is known for a different turn."""
        if cell_id is not None:
            self._cells.setdefault(cell_id, {})[chat] = at
        for turn in turns:
            self._turns.setdefault(turn.id, {})[chat] = at
        agrees = [self.ancestry.add(turn) for turn in turns]
        return all(agrees)

    def put_all(self, chat: str, places: Iterable[VersionedTurn]) -> None:
        """Record all places of a chat."""
        for at, place in enumerate(places):
            self.put(chat, at, place.cell_id, place.versions)
