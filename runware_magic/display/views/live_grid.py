"""The live view of several answers: columns or a table that fills, and one static bundle when all have ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from IPython.display import DisplayHandle
from ipywidgets import HBox, Layout, VBox  # type: ignore[import-untyped]  # has no types

from runware_magic.display.views.announcer import GridNarrator
from runware_magic.display.views.attached import attached_widgets, sent_by_all
from runware_magic.display.views.buttons import ROW, stop_button
from runware_magic.display.views.comms import hears_while_running
from runware_magic.display.views.grid_columns import Columns
from runware_magic.display.views.grid_progress import Filling
from runware_magic.display.views.grid_table import RULES
from runware_magic.display.views.grid_tally import Tally
from runware_magic.display.views.growing_text import Styles
from runware_magic.display.views.output_area import LiveOutput, show_widget
from runware_magic.display.views.shared_tail import SharedTail
from runware_magic.engine.throttle import DrawCost, together
from runware_magic.engine.view import Slot

_MOST_COLUMNS = 11


def are_columns(slots: Sequence[Slot]) -> bool:
    """Whether answers stand side by side: a few that are not about rows, which are a table from the beginning."""
    are_rows = any(slot.variant is not None and slot.variant.row for slot in slots)
    return len(slots) <= _MOST_COLUMNS and not are_rows


class LiveGridView(LiveOutput):
    """The view of several answers: widgets that settle into a bundle.

    ``stop`` is called when the reader clicks on Stop, which stops them all, and ``pick`` with the number of an answer,
    counting from 1, when the reader clicks to continue from it. The rest is as in `LiveOutput`.
    """

    _body: Columns | Filling
    _narrator: GridNarrator
    _tally: Tally
    _head: HBox

    def __init__(
        self,
        *,
        reasoning: str = "auto",
        stop: Callable[[object], object] | None = None,
        pick: Callable[[int], object] | None = None,
        show: Callable[..., DisplayHandle | None] = show_widget,
        alone: bool = False,
    ) -> None:
        super().__init__(reasoning, show, tells_errors=False, alone=alone)
        self._stop, self._pick = stop, pick
        self._hears = False

    def open(self, slots: Sequence[Slot]) -> None:
        """Show that the requests are on their way."""
        layout = Layout(margin="0")
        if are_columns(slots):
            tails = SharedTail(2 * len(slots))
            styles = Styles(tails.rules)
            self._body = Columns(slots, styles, layout, self._mode, tails)
        else:
            styles = Styles(RULES)
            self._body = Filling(slots, styles, layout, self._mode)
        self._narrator = GridNarrator(styles.widget.style)
        self._tally = Tally(slots, layout, styles.widget.style)
        self._head = HBox([self._tally.widget], layout=ROW, _dom_classes=("runware-head",))
        sent = attached_widgets(sent_by_all(slots), styles.widget)
        self._open(
            VBox(
                [styles.widget, self._narrator.widget, self._head, *sent, self._body.box],
                layout=layout,
                _dom_classes=("runware-turn", "runware-comparison"),
            )
        )
        self._offer()

    def draw(self, slots: Sequence[Slot], elapsed_s: float) -> DrawCost:
        """Show the answers so far; only changes are sent."""
        messages = self._offer() + self._narrator.draw(slots, elapsed_s) + self._tally.draw(slots, elapsed_s)
        return together(DrawCost(messages=messages), self._body.draw(slots, elapsed_s))

    def _offer(self) -> int:
        """Show the buttons as soon as clicks are heard, and count the messages of that."""
        # Not at once, as in `LiveView`.
        if self._hears or not hears_while_running(self._root.comm):
            return 0
        self._hears = True
        messages = self._body.offer(self._pick)
        if self._stop is not None:
            self._head.children = (stop_button(self._stop, "all answers"), self._tally.widget)
            messages += 4
        return messages
