"""Conversations as the outputs of a notebook keep them: each output holds its turn, and enough to rebuild its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from runware_magic.chat.conversation import NTH, Conversation, Place
from runware_magic.chat.lineage import Lineage
from runware_magic.chat.record import from_record, to_record
from runware_magic.chat.turn import Turn

_LONGEST_LINE = 160  # characters
_MOST_CELLS, _MOST_LINES = 5, 20
# JSON readers in browsers tell no larger integers apart.
_LARGEST = 2**53


@dataclass(frozen=True, slots=True)
class Entry:
    """An output of a notebook that holds a record.

    Attributes
    ----------
    kept
        The JSON of the record, not trusted.
    cell
        Where it stands: the number of its cell, counting from 1.
    cell_id
        The id that the cell has in the file now; None where the file has none.
    """

    kept: object
    cell: int
    cell_id: str | None = None


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of a notebook's outputs.

    Attributes
    ----------
    conversation
        The chats.
    turns
        Every turn that was found, those that were forgotten since included: what was spent was spent.
    left_out
        What could not be used, and why: a short line of printable characters for each reason.
    """

    conversation: Conversation
    turns: tuple[Turn, ...]
    left_out: tuple[str, ...] = ()


def keep(conversation: Conversation, turn: Turn) -> dict[str, Any]:
    """Give what the output of a turn's cell holds: its record, the other versions, and the cell's places in the chats.

    Parameters
    ----------
    conversation
        The chats as they are now.
    turn
        The turn that the output shows.
    """
    return Keeper(conversation).keep(turn)


class Keeper:
    """Gives what outputs hold: made once for the outputs of a whole notebook, which `keep` would search for each.

    Parameters
    ----------
    conversation
        The chats as they are now.
    """

    def __init__(self, conversation: Conversation) -> None:
        self._spots: list[tuple[dict[str, Any], Place]] = []
        self._of: dict[tuple[str, str | None], list[int]] = {}
        for rank, chat in enumerate(conversation.chats):
            for number, place in enumerate(conversation.places(chat), 1):
                for name in (("cell", place.cell_id), *(("turn", version.id) for version in place.versions)):
                    self._of.setdefault(name, []).append(len(self._spots))
                self._spots.append((_where(place, chat, rank, number), place))

    def keep(self, turn: Turn, variants: Iterable[Turn] = ()) -> dict[str, Any]:
        """Give what the output of a turn's cell holds, as `keep` does; and those that it was compared with."""
        spots = [self._spots[at] for at in sorted(self._at(turn))]
        others = {version.id: version for _, place in spots for version in place.versions}
        others |= {variant.id: variant for variant in variants}
        return {
            **to_record(turn),
            "others": [to_record(other) for other in others.values() if other.id != turn.id],
            "places": [dict(where) for where, _ in spots],
        }

    def _at(self, turn: Turn) -> set[int]:
        holding = self._of.get(("turn", turn.id), [])
        # A fork that asked again holds other versions than the chat it came from, and the cell has one output for both.
        cells = {turn.cell_id, *(self._spots[at][1].cell_id for at in holding)} - {None}
        return {*holding, *(at for cell in cells for at in self._of.get(("cell", cell), []))}


def _where(place: Place, chat: str, rank: int, number: int) -> dict[str, Any]:
    return {
        "chat": chat,
        # A cell that is in several chats leaves the first of them when it moves: so their order is kept, too.
        "chat_rank": rank,
        "number": number,
        "order": place.order,
        "shown": place.turn.id,
        "versions": [version.id for version in place.versions],
    }


def rebuild(entries: Iterable[Entry]) -> Rebuilt:
    """Rebuild the chats from the outputs of a notebook, in the order of its cells.

    Nothing that is wrong with an entry keeps the others from being used. Of two outputs with one record (a cell that
    was copied) the one counts whose cell asked; where neither did, the first that tells of places.
    """
    work = _Work()
    for entry in entries:
        work.read(entry)
    return work.done()


@dataclass(frozen=True, slots=True)
class _Told:
    """What an entry tells, apart from the versions of its turn."""

    entry: Entry
    turn: Turn
    places: object

    @property
    def cell(self) -> int:
        return self.entry.cell

    @property
    def asked_here(self) -> bool:
        asked = (self.turn.cell_id or "").partition(NTH)[0]
        return self.entry.cell_id is not None and self.entry.cell_id == asked

    @property
    def rank(self) -> tuple[bool, bool]:
        return self.asked_here, self.places is not None


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place in a chat, as an entry tells of it."""

    told: _Told
    chat: str
    chat_rank: int
    number: int
    order: int
    shown: str
    versions: tuple[str, ...]

    @property
    def cell(self) -> int:
        return self.told.cell

    @property
    def rank(self) -> tuple[bool, int]:
        return self.told.asked_here, len(self.versions)

    def place(self, turns: Mapping[str, Turn], taken: set[str]) -> Place:
        # Without ids in the file, the front end may still know its cells by those that it told when they asked.
        cell = self.told.turn.cell_id if self.told.asked_here else self.told.entry.cell_id or self.told.turn.cell_id
        if cell in taken:
            cell = None
        taken |= {cell} if cell else set()
        versions = tuple(turns[name] for name in self.versions)
        return Place(cell, versions, self.versions.index(self.shown), self.order)


_Copied = TypeVar("_Copied", _Told, _Spot)


@dataclass
class _Remarks:
    """Who was left out, by the reason."""

    cells: dict[str, dict[int, None]] = field(default_factory=dict)

    def add(self, cell: int, why: str) -> None:
        # Cleaned first, so that reasons which read alike are told once.
        self.cells.setdefault(_printable(why), {})[cell] = None

    def lines(self) -> tuple[str, ...]:
        lines = [f"{_named(tuple(cells))}: {why}" for why, cells in self.cells.items()]
        rest = len(lines) - _MOST_LINES
        return (*lines[:_MOST_LINES], *([f"and for {rest} other reasons"] if rest > 0 else []))


@dataclass
class _Work:
    turns: dict[str, Turn] = field(default_factory=dict)
    told: dict[str, _Told] = field(default_factory=dict)
    spots: dict[tuple[str, str], _Spot] = field(default_factory=dict)
    left_out: _Remarks = field(default_factory=_Remarks)
    order: int = 0

    def read(self, entry: Entry) -> None:
        turn = self._turn(entry.kept, entry)
        if turn is None or not isinstance(entry.kept, Mapping):
            return
        self._tell(_Told(entry, turn, entry.kept.get("places")))
        others = entry.kept.get("others")
        for other in others if isinstance(others, list) else ():
            version = self._turn(other, entry)
            if version is not None:
                self.turns.setdefault(version.id, version)

    def done(self) -> Rebuilt:
        self._break_circles()
        for told in self.told.values():
            self._place(told)
        chats: dict[str, list[_Spot]] = {}
        for spot in sorted(self.spots.values(), key=lambda spot: spot.chat_rank):
            chats.setdefault(spot.chat, []).append(spot)
        for spots in chats.values():
            spots.sort(key=lambda spot: spot.order)
        missing = {chat: spots[0].number - 1 for chat, spots in chats.items()}
        places = {chat: _places(spots, self.turns) for chat, spots in chats.items()}
        whole = _with_shared_past(places, missing, self.turns)
        return Rebuilt(Conversation(whole), tuple(self.turns.values()), self.left_out.lines())

    def _turn(self, value: object, entry: Entry) -> Turn | None:
        if isinstance(value, str):
            self.left_out.add(entry.cell, "no record of a turn: the text is not JSON; it may have been cut short")
            return None
        try:
            return from_record(value)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            why = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
            self.left_out.add(entry.cell, f"no record of a turn: {why}")
            return None

    def _tell(self, told: _Told) -> None:
        counts = self._preferred(self.told.get(told.turn.id), told)
        self.told[told.turn.id] = counts
        self.turns[told.turn.id] = counts.turn

    def _preferred(self, before: _Copied | None, now: _Copied) -> _Copied:
        if before is None:
            return now
        best, other = (now, before) if now.rank > before.rank else (before, now)
        if best.cell != other.cell:
            self.left_out.add(other.cell, "a copy of another cell's turn")
        return best

    def _place(self, told: _Told) -> None:
        places, turn = told.places, told.turn
        if places is None and turn.chat is not None:
            # A record without places stands for itself, after what stands above it in the file.
            places = [{"chat": turn.chat, "shown": turn.id, "versions": [turn.id]}]
        for place in places if isinstance(places, list) else ():
            if isinstance(place, Mapping) and isinstance(place.get("chat"), str):
                self._spot(place, told)
            else:
                self.left_out.add(told.entry.cell, "not a place in a chat")

    def _spot(self, value: Mapping[str, Any], told: _Told) -> None:
        versions = self._versions(value.get("versions"), told)
        shown = value.get("shown")
        self.order = _integer(value.get("order"), self.order)
        spot = _Spot(
            told=told,
            chat=value["chat"],
            chat_rank=_integer(value.get("chat_rank"), _LARGEST),
            number=_integer(value.get("number"), 1),
            order=self.order,
            shown=shown if isinstance(shown, str) and shown in versions else versions[-1],
            versions=versions,
        )
        key = spot.chat, versions[0]
        self.spots[key] = self._preferred(self.spots.get(key), spot)

    def _versions(self, named: object, told: _Told) -> tuple[str, ...]:
        names = named if isinstance(named, list) else []
        known = [name for name in names if isinstance(name, str) and name in self.turns]
        if len(known) < len(names):
            self.left_out.add(told.entry.cell, "versions of its turn are missing")
        return tuple(dict.fromkeys(known)) or (told.turn.id,)

    def _break_circles(self) -> None:
        """See to it that no turn was asked after itself: who follows the parents is to come to an end."""
        sound: set[str] = set()
        for turn_id in self.turns:
            path: dict[str, None] = {}
            at: str | None = turn_id
            while at in self.turns and at not in sound and at not in path:
                path[at] = None
                at = self.turns[at].parent
            if at in path:
                last = next(reversed(path))
                self.turns[last] = replace(self.turns[last], parent=None)
            sound.update(path)


def _places(spots: Iterable[_Spot], turns: Mapping[str, Turn]) -> tuple[Place, ...]:
    taken: set[str] = set()
    return tuple(spot.place(turns, taken) for spot in spots)


def _with_shared_past(
    chats: Mapping[str, tuple[Place, ...]], missing: Mapping[str, int], turns: Mapping[str, Turn]
) -> dict[str, tuple[Place, ...]]:
    """Give forks back the turns that they share, where only what came after the fork tells of them."""
    lineage = Lineage(turns.values())
    homes = {version.id: place for places in chats.values() for place in places for version in place.versions}
    whole = {}
    for chat, places in chats.items():
        here = {version.id for place in places for version in place.versions}
        shared = []
        for name in lineage.seen(places[0].turn) if missing[chat] > 0 else ():
            home = homes.get(name)
            # Only a turn that is another chat's: one that has left this chat is not to come back.
            if home is not None and name not in here and turns[name].chat != chat:
                at = next(i for i, version in enumerate(home.versions) if version.id == name)
                shared.append(Place(home.cell_id, home.versions[: at + 1], at, home.order))
        whole[chat] = (*shared[-missing[chat] :], *places)
    return whole


def _integer(value: object, otherwise: int) -> int:
    known = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST
    return value if known and isinstance(value, int) else otherwise


def _printable(text: str) -> str:
    short = text if len(text) <= _LONGEST_LINE else f"{text[: _LONGEST_LINE - 1]}…"
    return "".join(character if character.isprintable() else "�" for character in short)


def _named(cells: tuple[int, ...]) -> str:
    if len(cells) == 1:
        return f"cell {cells[0]}"
    if len(cells) > _MOST_CELLS:
        return f"cells {', '.join(map(str, cells[:_MOST_CELLS]))} and {len(cells) - _MOST_CELLS} more"
    return f"cells {', '.join(map(str, cells[:-1]))} and {cells[-1]}"
