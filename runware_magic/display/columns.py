"""A few answers at once, as columns that wrap on a narrow page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from ipywidgets import GridBox, Layout, VBox  # type: ignore[import-untyped]  # has no types

from runware_magic.display.buttons import PickButton
from runware_magic.display.comparison_table import headed
from runware_magic.display.ends import Ends
from runware_magic.display.growing_box import Styles
from runware_magic.display.panel import Panel, together
from runware_magic.display.plain import one_line
from runware_magic.display.view import Slot
from runware_magic.pace import Drawn

WAITS = "waiting for its turn…"
# As many as fit; one that is wider than the page would be cut off.
_WRAPPING = "repeat(auto-fit, minmax(min(100%, 320px), 1fr))"
_STATUS_S = 0.2  # for each answer: the clocks of all of them together cost as much as three answers do


class Columns:
    """Shows each answer in a column of its own.

    Parameters
    ----------
    slots
        Where they stand.
    styles
        Of the view.
    layout
        As in `Panel`.
    reasoning
        As in `Panel`.
    ends
        Two for each answer.

    Attributes
    ----------
    box
        All of it.
    """

    def __init__(self, slots: Sequence[Slot], styles: Styles, layout: Layout, reasoning: str, ends: Ends) -> None:
        self._ends = ends
        self._panels = [
            Panel(
                styles,
                layout,
                WAITS,
                reasoning=reasoning,
                name=headed(number, slot.name),
                status_s=max(0.9, _STATUS_S * len(slots)),
                ends=(ends.of(2 * number - 2), ends.of(2 * number - 1)),
            )
            for number, slot in enumerate(slots, 1)
        ]
        # Without a minimum of nothing, a long word would make its column wider than the others.
        column = Layout(margin="0", min_width="0")
        self._columns = [VBox([panel.box], layout=column, _dom_classes=("runware-answer",)) for panel in self._panels]
        self.box = GridBox(
            self._columns,
            layout=Layout(grid_template_columns=_WRAPPING, grid_gap="8px 24px", align_items="flex-start", margin="0"),
        )
        self._pending = set(range(len(slots)))
        self._buttons: list[PickButton] = []
        self._picked: int | None = None

    @property
    def chosen(self) -> str | None:
        """What the reader has done with the reasoning of the answer that was picked, or else of the first."""
        return self._panels[self._picked or 0].chosen

    def draw(self, slots: Sequence[Slot], _elapsed_s: float) -> Drawn:
        """Show the answers so far, and tell what that took."""
        growing = max(1, len(self._pending))
        drawn = [self._draw(at, slots[at]) for at in sorted(self._pending)]
        sent = self._ends.send()
        # Each answer may send as much again as one that stands alone.
        drawn.append(sent._replace(again=sent.again // growing))
        messages = sum(
            button.show(picked=self._picked == at, possible=can_be_picked(slots[at]))
            for at, button in enumerate(self._buttons)
        )
        return together(*drawn, Drawn(messages=messages))

    def offer(self, pick: Callable[[int], object] | None) -> int:
        """Show under each column a button to go on from it; count the messages of that."""
        if pick is None:
            return 0
        for at, column in enumerate(self._columns):
            like = self._buttons[0] if self._buttons else None
            self._buttons.append(PickButton(partial(self._pick, pick, at), like))
            column.children = (*column.children, self._buttons[-1].widget)
        return 2 * len(self._columns) + 2

    def _pick(self, pick: Callable[[int], object], at: int) -> None:
        self._picked = at
        pick(at + 1)

    def _draw(self, at: int, slot: Slot) -> Drawn:
        if slot.has_ended:
            self._pending.discard(at)
        return draw_slot(self._panels[at], slot)


def draw_slot(panel: Panel, slot: Slot) -> Drawn:
    """Show an answer where it stands, and tell what that took."""
    if slot.turn is not None:
        return panel.end(slot.turn)
    if slot.error:
        return Drawn(messages=panel.say(f"not asked: {one_line(slot.error, 400)}"))
    return panel.draw(slot.draft, slot.elapsed_s) if slot.draft else Drawn()


def can_be_picked(slot: Slot) -> bool:
    """Tell whether a chat could go on from an answer."""
    return not slot.error and (slot.turn is None or slot.turn.answers)
