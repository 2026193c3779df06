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
from runware_magic.display.views.panel import Panel
from runware_magic.display.views.tool_cards import Choose
from runware_magic.engine.throttle import DrawCost, together


class LiveView(LiveOutput):
    """The view of one answer: widgets that settle into a bundle.

    ``stop`` is called when the reader clicks on Stop; without it there is no such button. ``choose`` is called, in a
    thread of the kernel's, with the id of a tool call that waits and ``once``, ``always`` or ``refuse``; without it
    there are no buttons under the call. In the background this view reports errors, which no cell does. The rest is as
    in `LiveOutput`.
    """

    _body: Panel
    _narrator: Narrator

    def __init__(
        self,
        *,
        reasoning: str = "auto",
        stop: Callable[[object], None] | None = None,
        background: bool = False,
        choose: Choose | None = None,
        show: Callable[..., DisplayHandle | None] = show_widget,
    ) -> None:
        super().__init__(reasoning, show, tells_errors=background)
        self._stop, self._choose = stop, choose

    def open(self, builder: TurnBuilder) -> None:
        """Show that a request is on its way."""
        styles = Styles()
        self._narrator = Narrator(styles.widget.style)
        self._body = Panel(
            styles,
            Layout(margin="0"),
            status(builder, 0.0),
            reasoning=self._mode,
            before=(styles.widget, self._narrator.widget),
            below=attached_widgets(builder.snapshot(), styles.widget),
            classes=("runware-turn",),
            row=ROW,
            choose=self._choose,
        )
        if builder.replies:
            self._body.draw(builder, 0.0)
        self._open(self._body.box)
        self._offer_stop()

    def draw(self, builder: TurnBuilder, elapsed_s: float) -> DrawCost:
        """Show the answer so far; only changes are sent."""
        self._offer_stop()
        self._body.can_choose = self.hears_choices
        said = DrawCost(messages=self._narrator.draw(builder, elapsed_s))
        return together(said, self._body.draw(builder, elapsed_s))

    @property
    def hears_choices(self) -> bool:
        """Whether a click on a button of consent is heard now: there are such buttons only then."""
        return self._choose is not None and self._hears_clicks

    @property
    def _hears_clicks(self) -> bool:
        # Not at once: a front end opens its way past a busy kernel only when it hears of the first widget.
        return self._is_live and (self.tells_errors or hears_while_running(self._root.comm))

    def _offer_stop(self) -> None:
        if self._stop is None or not self._hears_clicks:
            return
        self._body.add_button(stop_button(self._stop, "this answer"))
        self._stop = None
