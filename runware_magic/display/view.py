"""What a session needs of whoever shows a turn, be it a widget or a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from runware_magic.chat.turn import Draft, Turn
from runware_magic.pace import Drawn


@dataclass(frozen=True, slots=True)
class Settled:
    """A turn as it is to stay in its output.

    Attributes
    ----------
    turn
        The turn, ended.
    notes
        Remarks on it: plain text, one line each.
    labels
        Words for its badge, such as ``kept``.
    record
        What the output keeps of it; None takes the turn's record alone.
    variants
        Where it is one of several answers that its cell asked for at once: all of them, in order.
    """

    turn: Turn
    notes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    record: Mapping[str, Any] | None = field(default=None, hash=False)
    variants: tuple[Turn, ...] = ()


class View(Protocol):
    """Shows one turn from the moment it is asked until it has ended, and what is to be said of it later.

    The calls come in this order: `open`; `draw` any number of times; then `refuse`, or `settle` once or more often.
    A turn that is already there may be settled without having been opened.

    Attributes
    ----------
    tells_errors
        Whether it says itself what went wrong: in the background, where nothing else does.
    """

    tells_errors: bool

    def open(self, draft: Draft) -> None:
        """Show that a request is on its way."""

    def draw(self, draft: Draft, elapsed_s: float) -> Drawn:
        """Show the answer so far, and tell what that took.

        Parameters
        ----------
        draft
            The answer so far; the same object as before, grown.
        elapsed_s
            Seconds since the request was sent.
        """

    def settle(self, settled: Settled) -> None:
        """Show the turn as it is to stay, in the same output each time."""

    def refuse(self, model: str, error: BaseException) -> None:
        """Show that there is no answer; the error itself is reported elsewhere, unless this view tells errors."""
