"""Conversations as the outputs of a notebook keep them: each output holds its turn, and enough to rebuild its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from runware_magic.chat.conversation import Conversation, Place
from runware_magic.chat.lineage import Lineage
from runware_magic.chat.record import from_record, to_record
from runware_magic.chat.turn import Turn


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
        What could not be used, and why: a line each.
    """

    conversation: Conversation
    turns: tuple[Turn, ...]
    left_out: tuple[str, ...] = ()


def keep(conversation: Conversation, turn: Turn) -> dict[str, Any]:
    """Give what the output of a turn's cell holds: its record, the other versions, and its places in the chats.

    Parameters
    ----------
    conversation
        The chats as they are now.
    turn
        The turn that the output shows.
    """
    spots = [
        (chat, place) for chat in conversation.chats for place in conversation.places(chat) if place.holds(turn.id)
    ]
    others = {version.id: version for _, place in spots for version in place.versions if version.id != turn.id}
    return {
        **to_record(turn),
        "others": [to_record(other) for other in others.values()],
        "places": [
            {
                "chat": chat,
                "order": place.order,
                "shown": place.turn.id,
                "versions": [version.id for version in place.versions],
            }
            for chat, place in spots
        ],
    }


def rebuild(entries: Iterable[Entry]) -> Rebuilt:
    """Rebuild the chats from the outputs of a notebook, in the order of its cells.

    Nothing that is wrong with an entry keeps the others from being used. Of two outputs with one record (a cell that was
    copied) the one counts whose cell asked; the first where neither did.
    """
    work = _Work()
    for entry in entries:
        work.read(entry)
    return work.done()


@dataclass
class _Spot:
    chat: str
    order: int
    shown: str
    versions: tuple[str, ...]
    cell_id: str | None
    asked_here: bool


@dataclass
class _Work:
    turns: dict[str, Turn] = field(default_factory=dict)
    spots: dict[tuple[str, str], _Spot] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    order: int = 0

    def read(self, entry: Entry) -> None:
        kept = entry.kept
        turn = self._turn(kept, entry)
        if turn is None or not isinstance(kept, Mapping):
            return
        others = kept.get("others")
        for other in others if isinstance(others, list) else ():
            self._turn(other, entry)
        places = kept.get("places")
        if places is None and turn.chat is not None:
            # A record without places stands for itself, after what stands above it in the file.
            places = [{"chat": turn.chat, "shown": turn.id, "versions": [turn.id]}]
        for place in places if isinstance(places, list) else ():
            self._spot(place, turn, entry)

    def done(self) -> Rebuilt:
        chats: dict[str, list[Place]] = {}
        for spot in sorted(self.spots.values(), key=lambda spot: spot.order):
            versions = tuple(self.turns[name] for name in spot.versions)
            place = Place(spot.cell_id, versions, spot.versions.index(spot.shown), spot.order)
            chats.setdefault(spot.chat, []).append(place)
        whole = _with_shared_past({chat: tuple(places) for chat, places in chats.items()}, self.turns)
        return Rebuilt(Conversation(whole), tuple(self.turns.values()), tuple(self.left_out))

    def _turn(self, value: object, entry: Entry) -> Turn | None:
        try:
            turn = from_record(value)  # type: ignore[arg-type]  # whatever it is, it is checked
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            why = f"lacks {error}" if isinstance(error, KeyError) else str(error)
            self.left_out.append(f"cell {entry.cell}: not a record of a turn ({why})")
            return None
        return self.turns.setdefault(turn.id, turn)

    def _spot(self, value: object, turn: Turn, entry: Entry) -> None:
        if not isinstance(value, Mapping) or not isinstance(value.get("chat"), str):
            self.left_out.append(f"cell {entry.cell}: not a place in a chat")
            return
        named = value.get("versions")
        known = (
            [name for name in named if isinstance(name, str) and name in self.turns] if isinstance(named, list) else []
        )
        versions = tuple(dict.fromkeys(known)) or (turn.id,)
        shown = value.get("shown")
        order = value.get("order")
        self.order = order if isinstance(order, int) and not isinstance(order, bool) else self.order
        spot = _Spot(
            chat=value["chat"],
            order=self.order,
            shown=shown if isinstance(shown, str) and shown in versions else versions[-1],
            versions=versions,
            cell_id=entry.cell_id,
            asked_here=entry.cell_id is not None and entry.cell_id == turn.cell_id,
        )
        before = self.spots.get((spot.chat, versions[0]))
        if before is None or (spot.asked_here and not before.asked_here):
            self.spots[spot.chat, versions[0]] = spot
        else:
            self.left_out.append(f"cell {entry.cell}: a copy of another cell's turn")


def _with_shared_past(
    chats: Mapping[str, tuple[Place, ...]], turns: Mapping[str, Turn]
) -> dict[str, tuple[Place, ...]]:
    """Give forks back the turns that they share, where only what came after the fork tells of them."""
    lineage = Lineage(turns.values())
    homes = {version.id: place for places in chats.values() for place in places for version in place.versions}
    whole = {}
    for chat, places in chats.items():
        here = {version.id for place in places for version in place.versions}
        shared = []
        for name in lineage.seen(places[0].turn):
            home = homes.get(name)
            # Only a turn that is another chat's: one that has left this chat is not to come back.
            if home is not None and name not in here and turns[name].chat != chat:
                at = next(i for i, version in enumerate(home.versions) if version.id == name)
                shared.append(Place(home.cell_id, home.versions[: at + 1], at, home.order))
        whole[chat] = (*shared, *places)
    return whole
