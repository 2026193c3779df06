"""What each turn was asked after, and so which turns were answered before something above them changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from runware_magic.chat.conversation import Conversation, Place
from runware_magic.chat.turn import Turn

_START = 0


def asked_after(conversation: Conversation, before: Sequence[Turn]) -> tuple[str | None, tuple[str, ...] | None]:
    """Give what a new turn keeps of what it is asked after.

    Parameters
    ----------
    conversation
        All that has been said.
    before
        The turns that the new one is asked after, in order.

    Returns
    -------
    tuple
        Its ``parent`` and its ``context``, as in `Turn`.
    """
    ids = _answered(before)
    if not ids:
        return None, None
    seen = Lineage(conversation.all_turns()).print_of(ids[-1])
    return ids[-1], None if seen == _print(ids[:-1]) else ids


def stale(conversation: Conversation, chat: str) -> tuple[str, ...]:
    """Give a mark for each turn of a chat: empty where it was answered from what stands above it now.

    Parameters
    ----------
    conversation
        All that has been said.
    chat
        Which chat.
    """
    lineage = Lineage(conversation.all_turns())
    places = conversation.places(chat)
    marks: list[str] = []
    now = _START
    for number, place in enumerate(places):
        same = lineage.print_of(place.turn.id) == now
        marks.append("" if same else _mark(places[:number], lineage.seen(place.turn)))
        if place.turn.answers:
            now = _extended(now, place.turn.id)
    return tuple(marks)


def _mark(above: Sequence[Place], seen: Sequence[str]) -> str:
    numbered = [(number, place.turn.id) for number, place in enumerate(above, 1) if place.turn.answers]
    for (number, current), before in zip(numbered, (*seen, *[None] * len(numbered)), strict=False):
        if current != before:
            return f"answered before turn {number} changed"
    return "answered after a turn that is no longer here"


class Lineage:
    """Looks up what turns were asked after.

    Compares by fingerprints, so that a long chat costs no more than its length.

    Parameters
    ----------
    turns
        Every version of every turn.
    """

    def __init__(self, turns: Iterable[Turn]) -> None:
        self._turns = {turn.id: turn for turn in turns}
        self._prints: dict[str, int | None] = {}

    def print_of(self, turn_id: str) -> int | None:
        """Give the fingerprint of what a turn was asked after; None when a turn in it is unknown."""
        chain: list[Turn] = []
        turn = self._turns.get(turn_id)
        while turn and turn.id not in self._prints and turn.context is None and turn.parent:
            chain.append(turn)
            turn = self._turns.get(turn.parent)
        if turn and turn.id not in self._prints:
            self._prints[turn.id] = _print(turn.context or ())
        known = self._prints[turn.id] if turn else None
        for child in reversed(chain):
            known = None if known is None else _extended(known, str(child.parent))
            self._prints[child.id] = known
        return self._prints.get(turn_id)

    def seen(self, turn: Turn) -> tuple[str, ...]:
        """Give the ids of what a turn was asked after, as far as they are known."""
        ids: list[str] = []
        at: Turn | None = turn
        while at and at.context is None and at.parent:
            ids.append(at.parent)
            at = self._turns.get(at.parent)
        return (*(at.context or () if at else ()), *reversed(ids))


def _answered(turns: Iterable[Turn]) -> tuple[str, ...]:
    return tuple(turn.id for turn in turns if turn.answers)


def _print(ids: Iterable[str]) -> int:
    known = _START
    for each in ids:
        known = _extended(known, each)
    return known


def _extended(known: int, turn_id: str) -> int:
    return hash((known, turn_id))
