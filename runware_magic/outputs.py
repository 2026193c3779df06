"""The outputs that the front end shows, kept in step with the conversation they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runware_magic.chat.archive import Keeper
from runware_magic.chat.conversation import Conversation, Place
from runware_magic.chat.lineage import stale
from runware_magic.chat.turn import Turn
from runware_magic.display.view import Settled, Settling

#: Where a turn stands: its chat, its number there from 1, its place, and its mark.
Spot = tuple[str, int, Place, str]


@dataclass
class _Output:
    view: Settling
    turn: Turn
    notes: tuple[str, ...]
    labels: tuple[str, ...]
    variants: tuple[Turn, ...] = ()
    told: object = None


class Outputs:
    """Settles turns in their outputs, and settles them again where the conversation changes what is to be said of them.

    An output that the front end no longer shows is updated in vain, and nothing comes of it.
    """

    def __init__(self) -> None:
        self._outputs: dict[str, _Output] = {}

    def settle(  # noqa: PLR0913  # what is to be said of it, by name
        self,
        view: Settling,
        turn: Turn,
        conversation: Conversation,
        *,
        notes: tuple[str, ...] = (),
        labels: tuple[str, ...] = (),
        variants: tuple[Turn, ...] = (),
    ) -> None:
        """Settle a turn in the output that it has streamed into, and bring all others up to date.

        Parameters
        ----------
        view
            The output.
        turn
            What it shows.
        conversation
            The chats, the turn included.
        notes, labels
            What is to be said of the turn, now and later.
        variants
            All answers of the comparison that it belongs to, for one outside of all chats.
        """
        self._outputs[_name(turn)] = _Output(view, turn, notes, labels, variants)
        self.refresh(conversation)

    def show(self, turn: Turn, conversation: Conversation) -> None:
        """Show another version in the output of its cell, if there is one."""
        output = self._outputs.get(_name(turn))
        if output is not None and output.turn.id != turn.id:
            output.turn, output.notes, output.labels, output.variants = turn, (), (), ()
        self.refresh(conversation)

    def refresh(self, conversation: Conversation) -> None:
        """Settle again every output of which something else is to be said than it says."""
        spots = _spots(conversation)
        keeper = Keeper(conversation)
        for output in self._outputs.values():
            here = spots.get(output.turn.id, ())
            said = _said(output.turn, here)
            # The record tells of all places of the cell, in forks too where it has answered anew.
            kept = (*here, *spots.get(f"cell {output.turn.cell_id}", ()))
            told = (output.turn.id, said, tuple((chat, number, place) for chat, number, place, _ in kept))
            if output.told != told:
                variants = conversation.variants(output.turn) or output.variants
                record = keeper.keep(output.turn, variants)
                output.view.settle(Settled(output.turn, (*output.notes, *said), output.labels, record, variants))
                # Only now: an interrupt may have kept it from being shown.
                output.told = told


def _name(turn: Turn) -> str:
    """Name the output of a turn: by its cell, where the front end tells it; what was compared has one output."""
    return turn.cell_id or (turn.variant.comparison if turn.variant else turn.id)


def _spots(conversation: Conversation) -> Mapping[str, Sequence[Spot]]:
    spots: dict[str, list[Spot]] = {}
    for chat in conversation.chats:
        marks = stale(conversation, chat)
        for number, (place, mark) in enumerate(zip(conversation.places(chat), marks, strict=True), 1):
            cell = [f"cell {place.cell_id}"] if place.cell_id else []
            for key in (*cell, *(version.id for version in place.versions)):
                spots.setdefault(key, []).append((chat, number, place, mark))
    return spots


def _said(turn: Turn, spots: Sequence[Spot]) -> tuple[str, ...]:
    if turn.chat is None:
        return ()
    spot = next((spot for spot in spots if spot[0] == turn.chat), spots[0] if spots else None)
    if spot is None:
        return (f"Forgotten: the next cells of chat {turn.chat} do not see this turn.",)
    _, number, place, mark = spot
    if place.turn.id != turn.id:
        own = 1 + [version.id for version in place.versions].index(turn.id)
        return (
            f"Version {place.shown + 1} of this turn still counts; %runware versions {number} --use {own} takes this.",
        )
    return (f"{mark[0].upper()}{mark[1:]}: run this cell again to bring it up to date.",) if mark else ()
