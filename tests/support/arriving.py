"""An answer of which more arrives while a view reads it, as from the thread that reads the stream."""

from __future__ import annotations

from collections.abc import Iterable

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.events import Event
from runware_magic.chat.turn import Turn


class Arriving(TurnBuilder):
    """A builder that folds ``events`` when its texts are read for the ``nth`` time, counting from 1."""

    def __init__(self, turn: Turn, nth: int, events: Iterable[Event]) -> None:
        super().__init__(turn)
        self._left, self._coming = nth, tuple(events)

    @property
    def content(self) -> str:
        """The answer so far."""
        read = super().content
        self._come()
        return read

    @property
    def reasoning(self) -> str:
        """The reasoning so far."""
        read = super().reasoning
        self._come()
        return read

    def _come(self) -> None:
        self._left -= 1
        if self._left == 0:
            for event in self._coming:
                self.fold(event, 1.0)
