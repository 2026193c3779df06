"""The live view of several answers: columns or a table that fills, and one static bundle when all have ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from IPython.display import DisplayHandle
from ipywidgets import HBox, Layout, VBox  # type: ignore[import-untyped]  # has no types

from runware_magic.chat.turn import Turn
from runware_magic.display.announcer import GridNarrator
from runware_magic.display.bundle import refusal
from runware_magic.display.buttons import stop_button
from runware_magic.display.columns import Columns
from runware_magic.display.comms import hears_while_running
from runware_magic.display.comparison import settled_bundle
from runware_magic.display.ends import Ends
from runware_magic.display.filling import Filling
from runware_magic.display.growing_box import Styles
from runware_magic.display.panel import together
from runware_magic.display.showing import show_widget
from runware_magic.display.stage import Stage
from runware_magic.display.view import Settled, Slot
from runware_magic.pace import Drawn

_MOST_COLUMNS = 11


class LiveGridView:
    """Shows several answers as widgets which settle into a bundle.

    Parameters
    ----------
    reasoning
        As in `LiveView`.
    stop
        Called when the reader clicks on Stop, which stops them all; None shows no such button.
    pick
        Called with the number of an answer, counting from 1, when the reader clicks to go on from it; None shows no
        such buttons.
    show
        As in `LiveView`.
    """

    def __init__(
        self,
        *,
        reasoning: str = "auto",
        stop: Callable[[object], object] | None = None,
        pick: Callable[[int], object] | None = None,
        show: Callable[..., DisplayHandle | None] = show_widget,
    ) -> None:
        self.tells_errors = False
        self._mode = reasoning
        self._stop, self._pick = stop, pick
        self._stage = Stage(show)
        self._body: Columns | Filling
        self._hears = False
        self._narrator: GridNarrator

    def open(self, slots: Sequence[Slot]) -> None:
        """Show that they are on their way."""
        layout = Layout(margin="0")
        if len(slots) <= _MOST_COLUMNS:
            ends = Ends(2 * len(slots))
            styles = Styles(ends.rules)
            self._body = Columns(slots, styles, layout, self._mode, ends)
        else:
            styles = Styles()
            self._body = Filling(slots, styles, layout, self._mode)
        self._narrator = GridNarrator(styles.widget.style)
        self._stage.open(
            VBox(
                [styles.widget, self._narrator.announcer.widget, self._body.box],
                layout=layout,
                _dom_classes=("runware-turn", "runware-comparison"),
            )
        )
        self._offer()

    def draw(self, slots: Sequence[Slot], elapsed_s: float) -> Drawn:
        """Show the answers so far, and tell what that took; what has not changed is not sent again."""
        messages = self._offer() + self._narrator.draw(slots, elapsed_s)
        return together(Drawn(messages=messages), self._body.draw(slots, elapsed_s))

    def farewell(self, ended: Sequence[Turn] | BaseException) -> None:
        """Let it be heard how they ended, as long as there are widgets."""
        if self._stage.is_live:
            self._narrator.announcer.say_at_last(self._narrator.ended(ended), self._stage.root.comm)

    def settle(self, settled: Settled) -> None:
        """Replace the widgets by the answers as they are to stay; later, replace what stays."""
        if self._stage.is_live:
            self._mode = self._body.chosen or self._mode
        self._stage.settle(settled_bundle(settled, reasoning=self._mode))

    def refuse(self, model: str, error: BaseException) -> None:
        """Let it be heard that there is no answer, and replace the widgets by a line that says so."""
        try:
            self.farewell(error)
        finally:
            self._stage.replace(refusal(model, error))

    def _offer(self) -> int:
        """Show what the reader can click, as soon as that is heard; count the messages of that."""
        # As in `LiveView`, which tells why not at once.
        if self._hears or not hears_while_running(self._stage.root.comm):
            return 0
        self._hears = True
        messages = self._body.offer(self._pick)
        if self._stop is not None:
            head = HBox([stop_button(self._stop, "all answers")], layout=Layout(justify_content="flex-end"))
            root = self._stage.root
            root.children = (*root.children[:-1], head, root.children[-1])
            messages += 6
        return messages
