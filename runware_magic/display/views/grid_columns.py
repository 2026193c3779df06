"""The live view of a few answers: columns that wrap on a narrow page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from ipywidgets import GridBox, Layout, VBox  # type: ignore[import-untyped]  # has no types

from runware_magic.display.render.comparison_table import WAITS, headed, slot_line
from runware_magic.display.render.styles import IN_PAIRS, LEAST_COLUMN, LEAST_PAIR
from runware_magic.display.views.buttons import PickButton
from runware_magic.display.views.growing_text import Styles
from runware_magic.display.views.panel import Panel
from runware_magic.display.views.shared_tail import SharedTail
from runware_magic.engine.throttle import DrawCost, together
from runware_magic.engine.view import Slot

# As many columns as fit, as in the settled output; one that is wider than the page would be cut off.
_WRAPPING = "repeat(auto-fit, minmax(min(100%, {}), 1fr))"
_STATUS_S = 0.2  # between clock changes, for each answer: all clocks together cost as much as three answers


class Columns:
    """A ``box`` with a column for each answer, and two of the ``tails``: of its reasoning and of its text."""

    def __init__(
        self, slots: Sequence[Slot], styles: Styles, layout: Layout, reasoning: str, tails: SharedTail
    ) -> None:
        self._tails = tails
        self._panels = [
            Panel(
                styles,
                layout,
                WAITS,
                reasoning=reasoning,
                name=headed(number, slot.name),
                status_s=max(0.9, _STATUS_S * len(slots)),
                tails=(tails.of(2 * number - 2), tails.of(2 * number - 1)),
                settling_in_place=True,
            )
            for number, slot in enumerate(slots, 1)
        ]
        # Without a minimum of 0, a long word would make its column wider than the others.
        column = Layout(margin="0", min_width="0")
        self._columns = [VBox([panel.box], layout=column, _dom_classes=("runware-answer",)) for panel in self._panels]
        self.box = _beside(self._columns)
        self._pending = list(range(len(slots)))
        self._buttons: list[PickButton] = []
        self._picked: int | None = None

    @property
    def chosen(self) -> str | None:
        """How the reader has left the reasoning of the picked answer, or else of the first."""
        return self._panels[self._picked or 0].chosen

    def draw(self, slots: Sequence[Slot], _elapsed_s: float) -> DrawCost:
        """Show the answers so far."""
        growing = max(1, len(self._pending))
        drawn = [draw_slot(self._panels[at], slots[at]) for at in self._pending]
        self._pending = [at for at in self._pending if not slots[at].has_ended]
        sent = self._tails.send()
        # Each answer may send as much again as one that stands alone.
        drawn.append(sent._replace(again=sent.again // growing))
        for at, button in enumerate(self._buttons):
            messages = button.show(picked=self._picked == at, possible=can_be_picked(slots[at]))
            drawn.append(DrawCost(messages=messages))
        return together(*drawn)

    def offer(self, pick: Callable[[int], object] | None) -> int:
        """Show a pick button under each column; count the messages of that."""
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


def _beside(columns: Sequence[VBox]) -> GridBox:
    if len(columns) == IN_PAIRS:
        return _grid([_grid(pair, LEAST_COLUMN) for pair in (columns[:2], columns[2:])], LEAST_PAIR)
    return _grid(columns, LEAST_COLUMN)


def _grid(boxes: Sequence[VBox | GridBox], least: str) -> GridBox:
    layout = Layout(
        grid_template_columns=_WRAPPING.format(least),
        grid_gap="8px 24px",
        align_items="flex-start",
        margin="0",
        min_width="0",
    )
    return GridBox(boxes, layout=layout)


def draw_slot(panel: Panel, slot: Slot) -> DrawCost:
    """Show an answer in its panel."""
    if slot.turn is not None:
        return panel.end(slot.turn)
    if slot.error:
        return DrawCost(messages=panel.say(slot_line(slot, slot.name)))
    return panel.draw(slot.builder, slot.elapsed_s) if slot.builder else DrawCost()


def can_be_picked(slot: Slot) -> bool:
    """Whether the chat could continue from an answer."""
    return not slot.error and (slot.turn is None or slot.turn.answers)
