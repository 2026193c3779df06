"""Saves conversations in the outputs of a notebook, and restores them from there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from runware_magic.chat.ancestry import Ancestry
from runware_magic.chat.branches import Apart, Placed, parted
from runware_magic.chat.conversation import NTH, Conversation, VersionedTurn
from runware_magic.chat.part_records import all_blobs, bytes_of, written_blobs
from runware_magic.chat.progress import progress
from runware_magic.chat.record import from_record, to_record, with_parts
from runware_magic.chat.remarks import COPY, named, remark
from runware_magic.chat.text import encodable_json, printable
from runware_magic.chat.turn import Turn

_LONGEST_LINE, _MOST_LINES = 160, 20  # the first in characters
#: In a record that only holds answers of a comparison, which has its place in another output of the same cell.
PART_OF = "part_of"
# JavaScript cannot represent larger integers exactly.
_LARGEST = 2**53


@dataclass(frozen=True, slots=True)
class SavedOutput:
    """An output of a notebook that holds a record."""

    kept: object  # the JSON of the record, not trusted
    cell: int  # the number of its cell, from 1
    cell_id: str | None = None  # the cell's id in the file now


@dataclass(frozen=True, slots=True)
class Restored:
    """The result of restoring a notebook's outputs."""

    conversation: Conversation
    turns: tuple[Turn, ...]  # also those that were forgotten since: they were paid for
    left_out: tuple[str, ...] = ()  # a printable line for each reason
    apart: tuple[str, ...] = ()  # a printable line for each chat that holds turns of another branch
    held: tuple[tuple[Turn, frozenset[str]], ...] = ()  # the digests of what each output holds, by the turn it shows


_without_blobs = partial(to_record, blobs=False)


def keep(  # noqa: PLR0913  # what an output is
    conversation: Conversation,
    turn: Turn,
    variants: Iterable[Turn] = (),
    record: Callable[[Turn], dict[str, Any]] = _without_blobs,
    holds: Callable[[Iterable[str]], Collection[str]] = tuple,
    *,
    again: bool = False,
) -> dict[str, Any]:
    """Return what the output of a turn's cell saves: its record, other versions, and the cell's places in the chats.

    `variants` are the turns that it was compared with; `record` makes the records of the others, and may cache them.
    ``again`` marks the output of a cell that has not asked, but shows the turn again.
    Of the digests of all pictures and files in them, `holds` returns those whose bytes this output must hold.
    """
    spots = conversation.spots(turn)
    others = {version.id: version for _, _, place in spots for version in place.versions}
    others |= {variant.id: variant for variant in variants}
    ranks = list(conversation.chats)
    blobs = bytes_of(message for each in (turn, *others.values()) for message in with_parts(each))
    held = {digest: blobs[digest] for digest in holds(blobs)}
    return {
        **_without_blobs(turn),
        **({"blobs": written_blobs(held)} if held else {}),
        "others": [record(other) for other in others.values() if other.id != turn.id],
        "places": [_where(place, chat, ranks.index(chat), number) for chat, number, place in spots],
        **({"again": True} if again else {}),
    }


def _where(place: VersionedTurn, chat: str, rank: int, number: int) -> dict[str, Any]:
    where = {
        "chat": chat,
        # A cell that moves to a new chat leaves the first of its chats, so their order is saved.
        "chat_rank": rank,
        "number": number,
        "order": place.order,
        "shown": place.turn.id,
        "versions": [version.id for version in place.versions],
    }
    return encodable_json(where)  # type: ignore[no-any-return]  # JSON goes in, JSON comes out


def rebuild(entries: Iterable[SavedOutput]) -> Restored:
    """Restore the chats from the outputs of a notebook, in the order of its cells.

    A faulty output does not keep the others from being used. Of two outputs with one record (a copied cell), the one of
    the cell that asked is used; if neither did, the first one with places.
    """
    entries = tuple(entries)
    work = _Work(all_blobs(entry.kept for entry in entries))
    for entry in entries:
        work.read(entry)
    return work.done()


@dataclass(frozen=True, slots=True)
class _Told:
    """A saved output without the other versions of its turn."""

    entry: SavedOutput
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

    @property
    def is_again(self) -> bool:
        """Whether its cell has only shown the turn again."""
        return isinstance(self.entry.kept, Mapping) and self.entry.kept.get("again") is True

    def holds(self, blobs: Mapping[str, bytes]) -> frozenset[str]:
        own = self.entry.kept.get("blobs") if isinstance(self.entry.kept, Mapping) else None
        return frozenset(own).intersection(blobs) if isinstance(own, Mapping) else frozenset()


@dataclass(frozen=True, slots=True)
class _Spot(Placed):
    """A place in a chat, as an output describes it."""

    told: _Told
    chat: str
    chat_rank: int
    number: int
    order: int

    @property
    def cell(self) -> int:
        return self.told.cell

    @property
    def is_again(self) -> bool:
        return self.told.is_again

    @property
    def rank(self) -> tuple[bool, int]:
        return self.told.asked_here, len(self.versions)

    def place(self, turns: Mapping[str, Turn], taken: set[str]) -> VersionedTurn:
        # If the file has no ids, the front end may still use those of the time when the cells ran.
        keeps = self.told.asked_here or self.told.is_again
        cell = self.told.turn.cell_id if keeps else self.told.entry.cell_id or self.told.turn.cell_id
        if cell in taken:
            cell = None
        taken |= {cell} if cell else set()
        versions = tuple(turns[name] for name in self.versions)
        return VersionedTurn(cell, versions, self.versions.index(self.shown), self.order)


_Copied = TypeVar("_Copied", _Told, _Spot)


@dataclass
class _Work:
    blobs: Mapping[str, bytes]
    turns: dict[str, Turn] = field(default_factory=dict)
    told: dict[str, _Told] = field(default_factory=dict)
    spots: dict[tuple[str, str], _Spot] = field(default_factory=dict)
    left_out: dict[str, dict[int, None]] = field(default_factory=dict)  # the cells, by reason
    order: int = 0

    def read(self, entry: SavedOutput) -> None:
        if isinstance(entry.kept, Mapping) and PART_OF in entry.kept:
            self._read_others(entry.kept, entry)
            return
        turn = self._turn(entry.kept, entry)
        if turn is None or not isinstance(entry.kept, Mapping):
            return
        before, now = self.told.get(turn.id), _Told(entry, turn, entry.kept.get("places"))
        if before is None or progress(before.turn) == progress(turn):
            told = self._preferred(before, now)
        else:  # its calls waited, and another cell has gone on, whose output is no copy
            told = replace(max(before, now, key=lambda each: each.rank), turn=max(before.turn, turn, key=progress))
        self.told[turn.id], self.turns[turn.id] = told, told.turn
        self._read_others(entry.kept, entry)

    def _read_others(self, kept: Mapping[str, Any], entry: SavedOutput) -> None:
        others = kept.get("others")
        for other in others if isinstance(others, list) else ():
            version = self._turn(other, entry)
            if version is not None:
                self.turns.setdefault(version.id, version)

    def done(self) -> Restored:
        self._break_circles()
        for told in self.told.values():
            self._place(told)
        chats: dict[str, list[_Spot]] = {}
        for spot in sorted(self.spots.values(), key=lambda spot: spot.chat_rank):
            chats.setdefault(spot.chat, []).append(spot)
        for spots in chats.values():
            spots.sort(key=lambda spot: spot.order)
        chats, apart = parted(chats, self.turns)
        for part in apart:
            for version in (version for spot in part.places for version in spot.versions):
                if self.turns[version].chat == part.chat:
                    self.turns[version] = replace(self.turns[version], chat=part.name)
        missing = {chat: spots[0].number - 1 for chat, spots in chats.items()}
        places = {chat: _places(spots, self.turns) for chat, spots in chats.items()}
        whole = _with_shared_past(places, missing, self.turns)
        remarks = [remark(tuple(cells), why) for why, cells in self.left_out.items()]
        rest = len(remarks) - _MOST_LINES
        left_out = (*remarks[:_MOST_LINES], *([f"{rest} more remarks"] if rest > 0 else []))
        held = tuple((told.turn, told.holds(self.blobs)) for told in self.told.values())
        return Restored(Conversation(whole), tuple(self.turns.values()), left_out, tuple(map(_told_apart, apart)), held)

    def _turn(self, value: object, entry: SavedOutput) -> Turn | None:
        lost: list[str] = []
        try:
            return from_record(value, self.blobs, lost)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            why = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            why = "not JSON; it may be cut off" if isinstance(value, str) else why
            self._leave_out(entry.cell, f"not the record of a turn ({why}); skipped")
            return None
        finally:
            for why in lost:
                self._leave_out(entry.cell, f"{why}; a text stands in its place")

    def _leave_out(self, cell: int, why: str) -> None:
        # Cleaned first, so that equal lines are listed once.
        self.left_out.setdefault(printable(why, _LONGEST_LINE), {})[cell] = None

    def _preferred(self, before: _Copied | None, now: _Copied) -> _Copied:
        if before is None:
            return now
        best, other = (now, before) if now.rank > before.rank else (before, now)
        if best.cell != other.cell and not other.is_again:
            self._leave_out(other.cell, COPY)
        return best

    def _place(self, told: _Told) -> None:
        places, turn = told.places, told.turn
        if places is None and turn.chat is not None:
            # A record without places gets its own, after the outputs before it.
            places = [{"chat": turn.chat, "shown": turn.id, "versions": [turn.id]}]
        for place in places if isinstance(places, list) else ():
            if isinstance(place, Mapping) and isinstance(place.get("chat"), str):
                self._spot(place, told)
            else:
                self._leave_out(told.cell, "a position in a chat cannot be read; skipped")

    def _spot(self, value: Mapping[str, Any], told: _Told) -> None:
        names, shown = value.get("versions"), value.get("shown")
        names = names if isinstance(names, list) else []
        known = [name for name in names if isinstance(name, str) and name in self.turns]
        if len(known) < len(names):
            self._leave_out(told.cell, "some versions of the turn are missing")
        versions = tuple(dict.fromkeys(known)) or (told.turn.id,)
        self.order = _integer(value.get("order"), self.order)
        spot = _Spot(
            told=told,
            chat=value["chat"],
            chat_rank=_integer(value.get("chat_rank"), _LARGEST),
            number=_integer(value.get("number"), 1),
            order=self.order,
            ranks=tuple((name, value[name]) for name in ("order", "number") if _integer(value.get(name), -1) >= 0),
            shown=shown if isinstance(shown, str) and shown in versions else versions[-1],
            versions=versions,
        )
        key = spot.chat, versions[0]
        self.spots[key] = self._joined(self.spots.get(key), spot)

    def _joined(self, before: _Spot | None, now: _Spot) -> _Spot:
        if before is not None:
            fewer, more = sorted((before, now), key=lambda spot: len(spot.versions))
            if fewer.told.asked_here and set(fewer.versions) < set(more.versions):
                # Asked again from another cell, when the output of its own could not be reached.
                return replace(more, told=fewer.told)
        return self._preferred(before, now)

    def _break_circles(self) -> None:
        """Remove circular parents, so that following them always ends."""
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


def _places(spots: Iterable[_Spot], turns: Mapping[str, Turn]) -> tuple[VersionedTurn, ...]:
    taken: set[str] = set()
    return tuple(spot.place(turns, taken) for spot in spots)


def _with_shared_past(
    chats: Mapping[str, tuple[VersionedTurn, ...]], missing: Mapping[str, int], turns: Mapping[str, Turn]
) -> dict[str, tuple[VersionedTurn, ...]]:
    """Return chats with the turns that forks share, where only the outputs after the fork were saved."""
    ancestry = Ancestry(turns.values())
    homes = {version.id: place for places in chats.values() for place in places for version in place.versions}
    whole = {}
    for chat, places in chats.items():
        here = {version.id for place in places for version in place.versions}
        shared = []
        for name in ancestry.seen(places[0].turn.id) if missing[chat] > 0 else ():
            home = homes.get(name)
            # Only turns of another chat: those that have left this chat must not come back.
            if home is not None and name not in here and turns[name].chat != chat:
                at = next(i for i, version in enumerate(home.versions) if version.id == name)
                shared.append(VersionedTurn(home.cell_id, home.versions[: at + 1], at, home.order))
        whole[chat] = (*shared[-missing[chat] :], *places)
    return whole


def _told_apart(part: Apart[_Spot]) -> str:
    cells = named(tuple(dict.fromkeys(spot.cell for spot in part.places)))
    line = f"Asked separately from the rest of chat {part.chat}, so now in chat {part.name}: {cells}"
    return printable(line, _LONGEST_LINE)


def _integer(value: object, otherwise: int) -> int:
    known = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST
    return value if known and isinstance(value, int) else otherwise
