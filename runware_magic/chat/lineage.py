"""Finds turns that were answered before an earlier turn changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress, count
from operator import is_not

from runware_magic.chat.ancestry import START, Ancestry, extended
from runware_magic.chat.conversation import Conversation, VersionedTurn
from runware_magic.chat.turn import Turn

_GONE = "an earlier turn was removed since"


def answered_before(conversation: Conversation, turn: Turn) -> Turn | None:
    """Return the whole answer that this very request already got in its cell, or None."""
    if turn.chat is None:
        return None
    places = conversation.places(turn.chat)
    if turn.cell_id is not None:
        place = conversation.place_of(turn.chat, turn.cell_id)
        places = (place,) if place else ()
    # Without cell ids, any turn of the chat with this request is taken for this cell's.
    for place in places:
        for version in place.versions[::-1]:
            if version.is_whole and turn.variant is not None:
                # The fingerprint covers the whole request, with earlier messages.
                if version.variant is not None and version.variant.fingerprint == turn.variant.fingerprint:
                    return replace(version, variant=turn.variant)
            elif version.counts_elsewhere and version.id != place.turn.id:
                pass  # of several choices, the one in use counts, else the first
            elif version.is_whole and _asks_alike(version, turn, conversation.index.ancestry):
                return version
    return None


def _asks_alike(one: Turn, other: Turn, ancestry: Ancestry) -> bool:
    asked = [(turn.model, turn.endpoint, turn.parameters, turn.messages) for turn in (one, other)]
    return asked[0] == asked[1] and ancestry.print_of(one.id) == ancestry.print_after(other.parent, other.context)


def asked_after(
    conversation: Conversation, chat: str, cell_id: str | None, again: str | None = None
) -> tuple[str | None, tuple[str, ...] | None]:
    """Return the ``parent`` and the ``context`` (as in `Turn`) of a new turn of this cell, or in place of another."""
    places = conversation.places(chat)
    at = conversation.index_of(chat, cell_id, again)
    last = next(_answered_above(places, len(places) if at is None else at), None)
    if last is None:
        return None, None
    parent = places[last].turn.id
    if conversation.index.ancestry.print_of(parent) == marked(conversation, chat).above[last]:
        return parent, None
    return parent, tuple(place.turn.id for place in places[: last + 1] if place.turn.answers)


def _answered_above(places: Sequence[VersionedTurn], at: int) -> Iterator[int]:
    return (above for above in range(at - 1, -1, -1) if places[above].turn.answers)


def stale(conversation: Conversation, chat: str) -> tuple[str, ...]:
    """Return a remark for each turn of a chat; empty where the turns that it was asked after have not changed."""
    return marked(conversation, chat).marks


@dataclass(frozen=True, slots=True)
class Marked:
    """Cached results for a chat."""

    places: tuple[VersionedTurn, ...] = ()
    above: tuple[int, ...] = (START,)  # the fingerprint of the turns before each place, and of all
    marks: tuple[str, ...] = ()  # as `stale` returns them

    def same(self, places: Sequence[VersionedTurn]) -> int:
        """Return how many places at the beginning are the same."""
        shorter = min(len(self.places), len(places))
        return next(compress(count(), map(is_not, self.places, places)), shorter)


def marked(conversation: Conversation, chat: str) -> Marked:
    """Return the cached results for a chat, updated from the first place that has changed."""
    index, places = conversation.index, conversation.places(chat)
    known: Marked = index.marked.get(chat, Marked())
    if known.places is not places:
        same = known.same(places)
        above, marks = list(known.above[: same + 1]), list(known.marks[:same])
        for at, place in enumerate(places[same:], same):
            turn, now = place.turn, above[at]
            is_fresh = index.ancestry.print_of(turn.id) == now
            marks.append("" if is_fresh else _mark(index.ancestry, places, marks, at))
            above.append(extended(now, turn.id) if turn.answers else now)
        known = index.marked[chat] = Marked(places, tuple(above), tuple(marks))
    return known


def _mark(ancestry: Ancestry, places: Sequence[VersionedTurn], marks: Sequence[str], at: int) -> str:
    last = next(_answered_above(places, at), None)
    if last is not None and marks[last] and ancestry.follows(places[at].turn.id, places[last].turn.id):
        # It follows that turn directly, so the same change made both outdated.
        return f"turn {last + 1} has changed since" if marks[last] == _GONE else marks[last]
    seen, same = ancestry.seen(places[at].turn.id), 0
    for number, place in enumerate(places[:at], 1):
        before = seen[same] if same < len(seen) else ""
        if place.turn.answers and place.turn.id == before:
            same += 1
        elif place.turn.answers or place.holds(before):
            return f"turn {number} has changed since"
    return _GONE
