"""What a session needs of whoever shows a turn, be it a widget or a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from runware_magic.chat.turn import Draft, Turn


class View(Protocol):
    """Shows one turn from the moment it is asked until it has ended.

    The calls come in this order: `open`; `draw` any number of times; then `settle` or `refuse`, once.
    """

    def open(self, draft: Draft) -> None:
        """Show that a request is on its way."""

    def draw(self, draft: Draft, elapsed_s: float) -> None:
        """Show the answer so far.

        Parameters
        ----------
        draft
            The answer so far; the same object as before, grown.
        elapsed_s
            Seconds since the request was sent.
        """

    def settle(self, turn: Turn, notes: Sequence[str] = ()) -> None:
        """Show the turn as it ended.

        Parameters
        ----------
        turn
            The turn.
        notes
            Remarks on it: plain text, one line each.
        """

    def refuse(self, model: str, error: BaseException) -> None:
        """Show that there is no answer; the error itself is reported elsewhere."""
