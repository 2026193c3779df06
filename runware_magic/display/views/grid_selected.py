"""One answer of many in full: the one that the reader chose, or else the latest that has ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ipywidgets import Dropdown, HBox, Layout, VBox  # type: ignore[import-untyped]  # has no types
from traitlets import Bunch

from runware_magic.chat.text import one_line
from runware_magic.display.render.comparison_table import WAITS, headed
from runware_magic.display.views.buttons import PickButton
from runware_magic.display.views.comms import listen_while_running
from runware_magic.display.views.grid_columns import can_be_picked, draw_slot
from runware_magic.display.views.growing_text import Styles, close
from runware_magic.display.views.panel import Panel
from runware_magic.engine.throttle import DrawCost, together
from runware_magic.engine.view import Slot

_LATEST = -1  # the choice "the latest"
_STAYS_S = 0.5  # at least, before the latest answer replaces the one before: each takes some ten messages


class Selected:
    """A ``box`` with one answer."""

    def __init__(self, slots: Sequence[Slot], styles: Styles, layout: Layout, reasoning: str) -> None:
        self._names = [headed(number, one_line(slot.name, 60)) for number, slot in enumerate(slots, 1)]
        self._styles, self._layout, self._reasoning = styles, layout, reasoning
        self._chosen = _LATEST
        self._latest: int | None = None
        self._shown: int | None = None
        self._shown_s = 0.0
        self._is_whole = False
        self._panel: Panel | None = None
        self._picked: int | None = None
        self._button: PickButton | None = None
        # As high without the controls as with them, so that nothing moves when they come.
        self._controls = HBox([], layout=Layout(flex_flow="row wrap", margin="0", min_height="32px"))
        self.box = VBox([self._controls], layout=layout)

    @property
    def chosen(self) -> str | None:
        """How the reader has left the reasoning of the answer that is shown."""
        return self._panel.chosen if self._panel else None

    def draw(self, slots: Sequence[Slot], ended: Sequence[int], elapsed_s: float) -> DrawCost:
        """Show the answer so far; ``ended`` are the indices of those that have ended since the last time."""
        self._latest = next((at for at in reversed(ended) if slots[at].turn is not None), self._latest)
        wanted = self._wanted(slots, elapsed_s)
        if wanted is None:
            return DrawCost()
        messages = 0 if wanted == self._shown else self._turn_to(wanted, elapsed_s)
        if self._button is not None:
            possible = can_be_picked(slots[wanted])
            messages += self._button.show(picked=self._picked == self._shown, possible=possible)
        if self._panel is None or self._is_whole:
            return DrawCost(messages=messages)
        self._is_whole = slots[wanted].has_ended
        return together(DrawCost(messages=messages), draw_slot(self._panel, slots[wanted]))

    def offer(self, pick: Callable[[int], object] | None) -> int:
        """Show the controls that choose the answer and continue from it; count the messages of that."""
        names = Dropdown(
            options=[("the latest", _LATEST), *((name, at) for at, name in enumerate(self._names))],
            value=_LATEST,
            description="Shown:",
            layout=Layout(width="auto", min_width="0", max_width="100%", margin="0 12px 0 0", flex="0 1 360px"),
            style={"description_width": "auto"},
        )
        names.observe(self._choose, "value")
        listen_while_running(names.comm)
        controls = [names]
        if pick is not None:
            self._button = PickButton(lambda: self._pick(pick))
            self._button.show(picked=False, possible=False)
            controls.append(self._button.widget)
        self._controls.children = controls
        return 9 if pick else 4

    def _choose(self, change: Bunch) -> None:
        self._chosen = change.new

    def _pick(self, pick: Callable[[int], object]) -> None:
        if self._shown is not None:
            self._picked = self._shown
            pick(self._shown + 1)

    def _wanted(self, slots: Sequence[Slot], elapsed_s: float) -> int | None:
        if self._chosen != _LATEST:
            return self._chosen
        if self._shown is None:
            begun = (at for at, slot in enumerate(slots) if slot.builder is not None)
            return next(begun, None) if self._latest is None else self._latest
        gives_way = elapsed_s - self._shown_s >= _STAYS_S
        return self._latest if gives_way and self._latest is not None else self._shown

    def _turn_to(self, at: int, elapsed_s: float) -> int:
        """Show another answer, and count the messages of that."""
        before, reasoning = self._panel, self.chosen or self._reasoning
        self._panel = Panel(self._styles, self._layout, WAITS, reasoning=reasoning, name=self._names[at])
        kept = [child for child in self.box.children if before is None or child is not before.box]
        self.box.children = (*kept, self._panel.box)
        self._shown, self._shown_s, self._is_whole = at, elapsed_s, False
        # The layout and the style of its fold button are closed too.
        self._styles.fold = None
        return 4 + (close(before.box, keep={self._layout, self._styles.widget.style}) if before else 0)
