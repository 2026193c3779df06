"""The interface of views, which show answers as widgets or in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.turn import Turn, Variant
from runware_magic.engine.throttle import DrawCost


@dataclass(frozen=True, slots=True)
class Place:
    """Where a turn stands in its chat; all numbers count from 1."""

    turn: int
    version: int
    versions: int  # how many there are

    def __str__(self) -> str:
        return f"turn {self.turn}" + (f" · v{self.version} of {self.versions}" if self.versions > 1 else "")


@dataclass(frozen=True, slots=True)
class Settled:
    """A turn that has ended, as its output shows it from now on."""

    turn: Turn
    notes: tuple[str, ...] = ()  # remarks: plain text, one line each
    labels: tuple[str, ...] = ()  # words for its badge, such as ``kept``
    record: Mapping[str, Any] | None = field(default=None, hash=False)  # to save; None for the turn's own
    variants: tuple[Turn, ...] = ()  # all answers of its comparison, in order
    mark: str = ""  # that an earlier turn has changed since: shown first
    place: Place | None = None  # None outside of all chats


@dataclass(slots=True)
class Slot:
    """The state of one of several answers."""

    name: str
    builder: TurnBuilder | None = None  # the answer so far, while it is under way
    turn: Turn | None = None  # the answer, once it has ended
    elapsed_s: float = 0.0
    error: str = ""  # why it is not asked for
    variant: Variant | None = None  # its place in a comparison
    is_checked: bool = False  # whether there are checks of it

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come."""
        return self.turn is not None or bool(self.error)


class Settling(Protocol):
    """Shows a turn that has ended."""

    def hand_over(self) -> object:
        """Return the display that holds it, for a later view to take over; None if nothing can."""

    def settle(self, settled: Settled) -> None:
        """Show the turn from now on, in the same output each time."""


class GridView(Settling, Protocol):
    """Shows several answers while they come; the calls are those of a `View`."""

    tells_errors: bool

    def open(self, slots: Sequence[Slot]) -> None:
        """Show that the requests are under way."""

    def draw(self, slots: Sequence[Slot], elapsed_s: float) -> DrawCost:
        """Draw the answers so far, in the same slots each time."""

    def announce_end(self, ended: Sequence[Turn] | BaseException) -> None:
        """Announce the end of all answers."""

    def refuse(self, model: str, error: BaseException) -> None:
        """Show that there is no answer at all."""


class View(Settling, Protocol):
    """Shows one turn while it comes, and its remarks later.

    The calls come in this order: `open`; `draw` any number of times; then `refuse`, or `announce_end` and `settle`.
    `settle` may be called more than once, and without `open` for a turn that has ended before.
    """

    tells_errors: bool  # whether it shows errors itself, since the cell has already ended

    def open(self, builder: TurnBuilder) -> None:
        """Show that the request is under way."""

    def draw(self, builder: TurnBuilder, elapsed_s: float) -> DrawCost:
        """Draw the answer so far, from the same builder each time."""

    def announce_end(self, ended: Turn | BaseException) -> None:
        """Announce the end to screen readers before the live view is removed; wait until they may have read it.

        This may take a moment, and may be interrupted. The caller holds no lock, and calls `settle` even then.
        """

    def refuse(self, model: str, error: BaseException) -> None:
        """Show that there is no answer. The cell reports the error itself, unless this view `tells_errors`."""


class ViewOfOne:
    """Shows a grid of one answer in a `View`."""

    def __init__(self, view: View) -> None:
        self._view, self.tells_errors = view, view.tells_errors

    def hand_over(self) -> object:
        """Return the display of the view."""
        return self._view.hand_over()

    def open(self, slots: Sequence[Slot]) -> None:
        """Show that the request is under way."""
        if (builder := slots[0].builder) is not None:
            self._view.open(builder)

    def draw(self, slots: Sequence[Slot], elapsed_s: float) -> DrawCost:  # noqa: ARG002  # the slot has its own time
        """Draw the answer so far, unless it has ended."""
        slot = slots[0]
        return DrawCost() if slot.builder is None else self._view.draw(slot.builder, slot.elapsed_s)

    def announce_end(self, ended: Sequence[Turn] | BaseException) -> None:
        """Announce the end of the answer."""
        self._view.announce_end(ended if isinstance(ended, BaseException) else ended[0])

    def settle(self, settled: Settled) -> None:
        """Show the turn from now on."""
        self._view.settle(settled)

    def refuse(self, model: str, error: BaseException) -> None:
        """Show that there is no answer."""
        self._view.refuse(model, error)
