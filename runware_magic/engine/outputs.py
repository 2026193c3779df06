"""Keeps the outputs of the front end in step with the conversation."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import zip_longest
from typing import Any

from runware_magic.chat.blob_homes import BlobHomes
from runware_magic.chat.conversation import Conversation, Spot, VersionedTurn
from runware_magic.chat.lineage import Marked, marked
from runware_magic.chat.record import to_record
from runware_magic.chat.saved_outputs import keep
from runware_magic.chat.turn import Turn
from runware_magic.engine.view import Place, Settled, Settling

_NOTHING = Marked()


@dataclass
class _Output:
    view: Settling
    turn: Turn
    notes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    variants: tuple[Turn, ...] = ()
    told: object = None
    records: dict[str, tuple[Turn, dict[str, Any]]] = field(default_factory=dict)
    is_again: bool = False  # whether its cell has not asked, and shows the version in use

    def record(self, other: Turn) -> dict[str, Any]:
        """Return the record of another version, cached: each run of a cell saves all earlier versions."""
        known = self.records.get(other.id)
        if known is None or known[0] is not other:
            known = self.records[other.id] = (other, to_record(other, blobs=False))
        return known[1]


class Outputs:
    """Shows turns in their outputs, and updates them when the conversation changes.

    Updates of an output that the front end has removed have no effect.
    """

    def __init__(self) -> None:
        self._outputs: dict[str, _Output] = {}
        self._again: dict[str, dict[str, _Output]] = {}  # by the name of the turn's output, then by their own
        self._known: dict[str, Marked] = {}
        self._due: dict[str, None] = {}  # names of outputs whose remarks may have changed
        self._blob_homes = BlobHomes()

    def settle(  # noqa: PLR0913  # fields of an output
        self,
        view: Settling,
        turn: Turn,
        conversation: Conversation,
        *,
        notes: tuple[str, ...] = (),
        labels: tuple[str, ...] = (),
        variants: tuple[Turn, ...] = (),
    ) -> None:
        """Show a turn that has ended in its output, and update all others.

        `variants` are the answers of its comparison; the conversation does not know them outside of all chats.
        """
        name = _name(turn)
        before = self._outputs.get(name)
        self._outputs[name] = _Output(view, turn, notes, labels, variants, records=before.records if before else {})
        self._due[name] = None
        self._refresh(conversation)

    def display_of(self, cell_id: str | None) -> object:
        """Return the display that shows the turn of a cell, for a view to take over; None if nothing can."""
        output = self._outputs.get(cell_id or "")
        return output.view.hand_over() if output else None

    def show(self, turn: Turn | None, conversation: Conversation) -> None:
        """Show another version in the output of its cell, if both exist, and update every output."""
        output = self._outputs.get(_name(turn)) if turn else None
        if turn and output is not None and output.turn.id != turn.id:
            output.turn, output.notes, output.labels, output.variants = turn, (), (), ()
            self._due[_name(turn)] = None
        self._refresh(conversation)

    def show_again(self, view: Settling, turn: Turn, conversation: Conversation, where: str) -> None:
        """Show a turn in the output of another cell, ``where``, too, which then follows that of its own cell."""
        name = _name(turn)
        own = self._outputs.get(name)
        self._again.setdefault(name, {})[where] = _Output(
            view, turn, variants=own.variants if own else (), records=own.records if own else {}, is_again=True
        )
        self._due[name] = None
        self._refresh(conversation)

    def turn_of(self, cell_id: str) -> Turn | None:
        """Return the turn that the output of a cell shows; None while there is none."""
        output = self._outputs.get(cell_id)
        return output.turn if output else None

    def read(self, held: Iterable[tuple[Turn, Collection[str]]]) -> None:
        """Take note of the pictures and files that saved outputs of this notebook hold, by the turns they show."""
        for turn, digests in held:
            if _name(turn) not in self._outputs:  # else its cell has run again since the file was saved
                self._blob_homes.claim(_name(turn), digests)

    def _refresh(self, conversation: Conversation) -> None:
        self._due |= dict.fromkeys(self._changed(conversation))
        while self._due:
            name = next(iter(self._due))
            if name in self._outputs:
                self._settle(self._outputs[name], conversation)
            for output in self._again.get(name, {}).values():
                self._settle(output, conversation)
            # Last, in case an interrupt comes before it is shown.
            del self._due[name]

    def _settle(self, output: _Output, conversation: Conversation) -> None:
        spots = conversation.spots(output.turn)
        if output.is_again:
            output.turn = _in_use(output.turn, spots)
        said, mark, place = _told(output, spots, conversation)
        # The record has the turns of this cell in all chats.
        told = (output.turn.id, said, mark, tuple(spots))
        if output.told != told:
            variants = conversation.variants(output.turn) or output.variants
            holds = partial(self._holds, _name(output.turn))
            record = keep(conversation, output.turn, variants, output.record, holds, again=output.is_again)
            notes = (*output.notes, *said)
            output.view.settle(Settled(output.turn, notes, output.labels, record, variants, mark, place))
            output.told = told

    def _holds(self, name: str, digests: Iterable[str]) -> Collection[str]:
        """Return the pictures and files that an output must hold; those that it gives up are due elsewhere."""
        held, others = self._blob_homes.claim(name, digests)
        for other in self._outputs.keys() & set(others):
            self._outputs[other].told = None
            self._due[other] = None
        return held

    def _changed(self, conversation: Conversation) -> Iterator[str]:
        """Yield the names of outputs that show turns whose place or mark has changed."""
        chats = {**dict.fromkeys(self._known, ()), **conversation.chats}
        changed = [chat for chat, places in chats.items() if self._known.get(chat, _NOTHING).places is not places]
        for chat in changed:
            now = marked(conversation, chat)
            for place in _differing(self._known.get(chat, _NOTHING), now):
                yield from (place.cell_id or "", *map(_name, place.versions))
            self._known[chat] = now


def _name(turn: Turn) -> str:
    """Return the name of a turn's output: the cell, else the comparison, else the turn."""
    return turn.cell_id or (turn.variant.comparison if turn.variant else turn.id)


def _differing(before: Marked, now: Marked) -> Iterator[VersionedTurn]:
    """Yield the places that are new, gone, moved, or marked differently."""
    same = before.same(now.places)
    pairs = (zip_longest(known.places[same:], known.marks[same:]) for known in (before, now))
    for old, new in zip_longest(*pairs):
        if old is None or new is None or old[0] is not new[0] or old[1] != new[1]:
            yield from (each[0] for each in (old, new) if each is not None)


def _in_use(turn: Turn, spots: Sequence[Spot]) -> Turn:
    """Return the version of a turn that is in use; itself if it is in no chat."""
    return next((place.turn for chat, _, place in spots if chat == turn.chat), turn)


def _told(
    output: _Output, spots: Sequence[Spot], conversation: Conversation
) -> tuple[tuple[str, ...], str, Place | None]:
    """Return the remarks on a turn, its mark, and its place in its own chat if it is there."""
    turn = output.turn
    holding = [spot for spot in spots if spot[2].holds(turn.id)]
    spot = next((spot for spot in holding if spot[0] == turn.chat), holding[0] if holding else None)
    if spot is None:
        forgotten = f"Forgotten: later cells of chat {turn.chat} do not see this turn."
        return (forgotten,) if turn.chat else (), "", None
    chat, number, place = spot
    version = 1 + [each.id for each in place.versions].index(turn.id)
    stands = Place(number, version, len(place.versions))
    if place.turn.id != turn.id:
        used = f"Version {place.shown + 1} of this turn is still in use"
        return (f"{used}; %runware versions {number} --use {version} switches to this one.",), "", stands
    mark = marked(conversation, chat).marks[number - 1]
    return _other_choices(turn, place, number), _mark(mark, chat, is_again=output.is_again) if mark else "", stands


def _other_choices(turn: Turn, place: VersionedTurn, number: int) -> tuple[str, ...]:
    """Return the line that says how to see the other choices of a turn; none if there are none."""
    if turn.choice is None:
        return ()
    first = turn.choice.first
    others = (at for at, each in enumerate(place.versions, 1) if each.choice and each.choice.first == first)
    other = next((at for at in others if place.versions[at - 1].id != turn.id), None)
    shows = f"; %runware versions {number} --use {other} shows another" if other else ""
    return (f"{turn.choice.of} choices came, with one cost. %runware versions {number} compares them{shows}.",)


def _mark(why: str, chat: str, *, is_again: bool) -> str:
    refresh = "%runware refresh" if chat == "main" else f"%runware refresh {shlex.quote(chat)}"
    return f"{why[0].upper()}{why[1:]}. Run {'' if is_again else 'this cell again, or '}{refresh}."
