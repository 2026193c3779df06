"""Which turns each turn was asked after, as ids and fingerprints."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from runware_magic.chat.turn import Turn

#: The fingerprint of no turns.
START = 0
_Link = tuple[str | None, tuple[str, ...] | None]


class Ancestry:
    """Links from each turn to the turns that it was asked after.

    All conversations derived from one share its ancestry and add their own turns; links never change. It holds ids
    only, so forgotten turns can be freed. Each fingerprint is computed once: the last turn of a long chat costs no more
    than the first.
    """

    def __init__(self, turns: Iterable[Turn] = ()) -> None:
        self._links: dict[str, _Link] = {turn.id: (turn.parent, turn.context) for turn in turns}
        self._prints: dict[str, int] = {}

    def add(self, turn: Turn) -> bool:
        """Add a turn and return True, or return False where a different turn is known under its id."""
        if turn.id in self._prints and turn.id not in self._links:
            # Fingerprints that were computed without it are outdated.
            self._prints.clear()
        link = (turn.parent, turn.context)
        return self._links.setdefault(turn.id, link) == link

    def print_of(self, turn_id: str) -> int:
        """Return the fingerprint of the turns before a turn; a unique one where some of them are missing."""
        chain: list[tuple[str, str]] = []
        at = turn_id
        while at not in self._prints:
            parent, context = self._links.get(at, (None, (f"before {at}",)))
            if context is None and parent:
                chain.append((at, parent))
                at = parent
            else:
                self._prints[at] = reduce(extended, context or (), START)
        for child, parent in reversed(chain):
            self._prints[child] = extended(self._prints[parent], parent)
        return self._prints[turn_id]

    def print_after(self, parent: str | None, context: tuple[str, ...] | None) -> int:
        """Return the fingerprint that a turn with these links would have."""
        if context is None and parent:
            return extended(self.print_of(parent), parent)
        return reduce(extended, context or (), START)

    def follows(self, turn_id: str, parent: str) -> bool:
        """Whether a turn was asked after exactly the parent and the turns that the parent was asked after."""
        return self._links.get(turn_id) == (parent, None)

    def seen(self, turn_id: str) -> tuple[str, ...]:
        """Return the ids of the turns that a turn was asked after, as far as they are known."""
        ids: list[str] = []
        parent, context = self._links.get(turn_id, (None, None))
        while context is None and parent:
            ids.append(parent)
            parent, context = self._links.get(parent, (None, None))
        return (*(context or ()), *reversed(ids))


def extended(known: int, turn_id: str) -> int:
    """Return the fingerprint of some turns (by their fingerprint) followed by one more."""
    return hash((known, turn_id))
