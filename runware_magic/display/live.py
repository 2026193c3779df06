"""The live view: core widgets while an answer comes, one static bundle when it has ended.

A widget in a saved notebook is lost, and a bundle that holds one beside its HTML shows an error in its place. So the
last thing a view does is to replace itself.
"""

from __future__ import annotations

from collections.abc import Callable

from IPython.display import DisplayHandle
from ipywidgets import HBox, Layout  # type: ignore[import-untyped]  # has no types

from runware_magic.chat.turn import Draft, Turn
from runware_magic.display.announcer import Narrator
from runware_magic.display.badge import status
from runware_magic.display.bundle import refusal
from runware_magic.display.buttons import stop_button
from runware_magic.display.comms import hears_while_running
from runware_magic.display.comparison import settled_bundle
from runware_magic.display.growing_box import Styles
from runware_magic.display.panel import Panel, together
from runware_magic.display.showing import show_widget
from runware_magic.display.stage import Stage
from runware_magic.display.view import Settled
from runware_magic.pace import Drawn


class LiveView:
    """Shows a turn as widgets which settle into a bundle.

    Parameters
    ----------
    reasoning
        ``auto`` (open while the model thinks, folded when it answers), ``open``, ``folded`` or ``hidden``. What the
        reader clicks goes before.
    stop
        Called when the reader clicks on Stop; None shows no such button.
    background
        Whether the answer goes on while other cells run: then this view says what goes wrong, which no cell does.
    show
        Displays an object and gives its handle, as IPython's ``display`` does with a display id.
    """

    def __init__(
        self,
        *,
        reasoning: str = "auto",
        stop: Callable[[object], None] | None = None,
        background: bool = False,
        show: Callable[..., DisplayHandle | None] = show_widget,
    ) -> None:
        self.tells_errors = background
        self._mode = reasoning
        self._stop = stop
        self._stage = Stage(show)
        self._panel: Panel
        self._narrator: Narrator
        self._chosen: str | None = None  # how the reader has left the reasoning

    def open(self, draft: Draft) -> None:
        """Show that a request is on its way."""
        styles = Styles()
        self._narrator = Narrator(styles.widget.style)
        self._panel = Panel(
            styles,
            Layout(margin="0"),
            status(draft, 0.0),
            reasoning=self._mode,
            before=(styles.widget, self._narrator.announcer.widget),
            classes=("runware-turn",),
        )
        self._stage.open(self._panel.box)
        self._offer_stop()

    def draw(self, draft: Draft, elapsed_s: float) -> Drawn:
        """Show the answer so far, and tell what that took; what has not changed is not sent again."""
        self._offer_stop()
        said = Drawn(messages=self._narrator.draw(draft, elapsed_s))
        return together(said, self._panel.draw(draft, elapsed_s))

    def farewell(self, ended: Turn | BaseException) -> None:
        """Let it be heard how it ended, as long as there are widgets."""
        if self._stage.is_live:
            self._narrator.announcer.say_at_last(self._narrator.ended(ended), self._stage.root.comm)

    def settle(self, settled: Settled) -> None:
        """Replace the widgets by the turn as it is to stay; later, replace what stays."""
        if self._stage.is_live:
            self._chosen = self._panel.chosen
        self._stage.settle(settled_bundle(settled, reasoning=self._chosen or self._mode, says_why=self.tells_errors))

    def refuse(self, model: str, error: BaseException) -> None:
        """Let it be heard that there is no answer, and replace the widgets by a line that says so."""
        try:
            self.farewell(error)
        finally:
            self._stage.replace(refusal(model, error, says_why=self.tells_errors))

    def _offer_stop(self) -> None:
        # Not at once: a front end opens its way past a busy kernel only when it hears of the first widget.
        if self._stop is None or not (self.tells_errors or hears_while_running(self._stage.root.comm)):
            return
        line = self._panel.status
        head = HBox([line, stop_button(self._stop, "this answer")], layout=Layout(align_items="center"))
        self._panel.replace(line, head)
        self._stop = None
