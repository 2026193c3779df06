"""One answer of many, in full: the one that the reader has chosen, or else one of the latest."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ipywidgets import Dropdown, HBox, Layout, VBox  # type: ignore[import-untyped]  # has no types
from traitlets import Bunch

from runware_magic.display.buttons import PickButton
from runware_magic.display.columns import WAITS, can_be_picked, draw_slot
from runware_magic.display.comms import listen_while_running
from runware_magic.display.comparison_table import headed
from runware_magic.display.growing_box import Styles, close
from runware_magic.display.panel import Panel, together
from runware_magic.display.plain import one_line
from runware_magic.display.view import Slot
from runware_magic.pace import Drawn

_LATEST = -1  # what is chosen where no answer is
_STAYS_S = 2.0  # at least, before an answer that nobody chose gives way to the latest


class Selected:
    """Shows one answer.

    Parameters
    ----------
    slots, styles, layout, reasoning
        As in `Columns`.

    Attributes
    ----------
    box
        All of it.
    """

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
        self.box = VBox([], layout=layout)

    @property
    def chosen(self) -> str | None:
        """What the reader has done with the reasoning of the answer that is shown."""
        return self._panel.chosen if self._panel else None

    def draw(self, slots: Sequence[Slot], ended: Sequence[int], elapsed_s: float) -> Drawn:
        """Show the answer so far, and tell what that took.

        Parameters
        ----------
        slots, elapsed_s
            As in `GridView`.
        ended
            Indices of those that have ended since the last time.
        """
        self._latest = next((at for at in reversed(ended) if slots[at].turn is not None), self._latest)
        wanted = self._wanted(slots, elapsed_s)
        if wanted is None:
            return Drawn()
        messages = 0 if wanted == self._shown else self._turn_to(wanted, elapsed_s)
        messages += self._show_button(slots[wanted])
        if self._panel is None or self._is_whole:
            return Drawn(messages=messages)
        self._is_whole = slots[wanted].turn is not None or bool(slots[wanted].error)
        return together(Drawn(messages=messages), draw_slot(self._panel, slots[wanted]))

    def offer(self, pick: Callable[[int], object] | None) -> int:
        """Let the reader choose which answer shows, and go on from it; count the messages of that."""
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
        self.box.children = (HBox(controls, layout=Layout(flex_flow="row wrap", margin="0")), *self.box.children)
        return 11 if pick else 6

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
            begun = (at for at, slot in enumerate(slots) if slot.draft is not None)
            return next(begun, None) if self._latest is None else self._latest
        gives_way = self._is_whole and elapsed_s - self._shown_s >= _STAYS_S
        return self._latest if gives_way and self._latest is not None else self._shown

    def _turn_to(self, at: int, elapsed_s: float) -> int:
        """Begin to show another answer, and count the messages of that."""
        before, self._panel = (
            self._panel,
            Panel(self._styles, self._layout, WAITS, reasoning=self.chosen or self._reasoning, name=self._names[at]),
        )
        kept = [child for child in self.box.children if before is None or child is not before.box]
        self.box.children = (*kept, self._panel.box)
        self._shown, self._shown_s, self._is_whole = at, elapsed_s, False
        shared = {self._layout, self._styles.widget.style}
        # Its button's layout and style go with it.
        self._styles.fold = None
        return 4 + (close(before.box, keep=shared) if before else 0)

    def _show_button(self, slot: Slot) -> int:
        if self._button is None:
            return 0
        return self._button.show(picked=self._picked == self._shown, possible=can_be_picked(slot))
