"""What a session needs of whoever shows a turn, be it a widget or a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


@dataclass(slots=True)
class Slot:
    """Where one of several answers stands while they come.

    Attributes
    ----------
    name
        What tells it from the others.
    draft
        The answer so far; None until it is asked for, and once it has ended.
    turn
        The answer, once it has ended.
    elapsed_s
        Seconds since it was asked for.
    error
        Why it will not be asked for; empty otherwise.
    """

    name: str
    draft: Draft | None = None
    turn: Turn | None = None
    elapsed_s: float = 0.0
    error: str = ""

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come."""
        return self.turn is not None or bool(self.error)


class Settling(Protocol):
    """Shows what is to stay."""

    def settle(self, settled: Settled) -> None:
        """Show the turn as it is to stay, in the same output each time."""


class GridView(Settling, Protocol):
    """Shows several answers from the moment they are asked for until all have ended; the calls come as for a `View`.

    Attributes
    ----------
    tells_errors
        As in `View`.
    """

    tells_errors: bool

    def open(self, slots: Sequence[Slot]) -> None:
        """Show that they are on their way."""

    def draw(self, slots: Sequence[Slot], elapsed_s: float) -> Drawn:
        """Show the answers so far, and tell what that took.

        Parameters
        ----------
        slots
            The same objects as before, brought up to date.
        elapsed_s
            Seconds since the first request was sent.
        """

    def farewell(self, ended: Sequence[Turn] | BaseException) -> None:
        """Do as a `View` does, for all of them."""

    def refuse(self, model: str, error: BaseException) -> None:
        """Show that there is no answer at all."""


class View(Settling, Protocol):
    """Shows one turn from the moment it is asked until it has ended, and what is to be said of it later.

    The calls come in this order: `open`; `draw` any number of times; then `refuse`, or `farewell` and `settle`, which
    may come more often. A turn that is already there may be settled without having been opened.

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

    def farewell(self, ended: Turn | BaseException) -> None:
        """Say what is to be heard before what is live goes, and wait until it may have been; for eyes there is nothing.

        It may take a moment, and be interrupted in it: the caller holds no lock, and settles the view all the same.

        Parameters
        ----------
        ended
            How it ended; an error where there is no answer.
        """

    def refuse(self, model: str, error: BaseException) -> None:
        """Show that there is no answer; the error itself is reported elsewhere, unless this view tells errors."""
