"""The live view of one answer: widgets while it arrives, one static bundle when it has ended.

A widget in a saved notebook is lost, and a bundle that holds one beside its HTML shows an error instead. So the last
thing a view does is to replace itself.
"""

from __future__ import annotations

from collections.abc import Callable

from IPython.display import DisplayHandle
from ipywidgets import Layout  # type: ignore[import-untyped]  # has no types

from runware_magic.chat.draft import TurnBuilder
from runware_magic.display.render.badge import status
from runware_magic.display.views.announcer import Narrator
from runware_magic.display.views.attached import attached_widgets
from runware_magic.display.views.buttons import ROW, stop_button
from runware_magic.display.views.comms import hears_while_running
from runware_magic.display.views.growing_text import Styles
from runware_magic.display.views.output_area import LiveOutput, show_widget
from runware_magic.display.views.panel import Panel, together
from runware_magic.engine.throttle import DrawCost


class LiveView(LiveOutput):
    """The view of one answer: widgets that settle into a bundle.

    ``stop`` is called when the reader clicks on Stop; without it there is no such button. In the background this view
    reports errors, which no cell does. The rest is as in `LiveOutput`.
    """

    _body: Panel
    _narrator: Narrator

    def __init__(
        self,
        *,
        reasoning: str = "auto",
        stop: Callable[[object], None] | None = None,
        background: bool = False,
        show: Callable[..., DisplayHandle | None] = show_widget,
    ) -> None:
        super().__init__(reasoning, show, tells_errors=background)
        self._stop = stop

    def open(self, builder: TurnBuilder) -> None:
        """Show that a request is on its way."""
        styles = Styles()
        self._narrator = Narrator(styles.widget.style)
        self._body = Panel(
            styles,
            Layout(margin="0"),
            status(builder, 0.0),
            reasoning=self._mode,
            before=(styles.widget, self._narrator.widget, *attached_widgets(builder.snapshot(), styles.widget)),
            classes=("runware-turn",),
            row=ROW,
        )
        self._open(self._body.box)
        self._offer_stop()

    def draw(self, builder: TurnBuilder, elapsed_s: float) -> DrawCost:
        """Show the answer so far; only changes are sent."""
        self._offer_stop()
        said = DrawCost(messages=self._narrator.draw(builder, elapsed_s))
        return together(said, self._body.draw(builder, elapsed_s))

    def _offer_stop(self) -> None:
        # Not at once: a front end opens its way past a busy kernel only when it hears of the first widget.
        if self._stop is None or not (self.tells_errors or hears_while_running(self._root.comm)):
            return
        self._body.add_button(stop_button(self._stop, "this answer"))
        self._stop = None
