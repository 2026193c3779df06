"""The live view of many answers: a progress bar, a table that fills, and one answer in full."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ipywidgets import IntProgress, Layout, VBox  # type: ignore[import-untyped]  # has no types

from runware_magic.display.views.grid_selected import Selected
from runware_magic.display.views.grid_table import FillingTable
from runware_magic.display.views.growing_text import Styles
from runware_magic.engine.throttle import DrawCost, together
from runware_magic.engine.view import Slot


class Filling:
    """A ``box`` with a progress bar, a table of the answers that have begun, and one answer beneath."""

    def __init__(self, slots: Sequence[Slot], styles: Styles, layout: Layout, reasoning: str) -> None:
        self._pending = list(range(len(slots)))
        self._begun: set[int] = set()
        self._bar = IntProgress(max=len(slots), layout=Layout(width="100%", height="14px", margin="2px 0"))
        self._table = FillingTable(styles, slots)
        self._selected = Selected(slots, styles, layout, reasoning)
        self.box = VBox([self._bar, self._table.box, self._selected.box], layout=layout)

    @property
    def chosen(self) -> str | None:
        """How the reader has left the reasoning of the answer that is shown."""
        return self._selected.chosen

    def draw(self, slots: Sequence[Slot], elapsed_s: float) -> DrawCost:
        """Show how far the answers are."""
        ended = [at for at in self._pending if slots[at].has_ended]
        begun = [at for at in self._pending if slots[at].builder is not None and at not in self._begun]
        self._begun.update(begun)
        if ended:
            self._pending = [at for at in self._pending if not slots[at].has_ended]
        before, self._bar.value = self._bar.value, len(slots) - len(self._pending)
        return together(
            DrawCost(messages=int(self._bar.value != before)),
            self._table.show(slots, [*begun, *ended]),
            self._selected.draw(slots, ended, elapsed_s),
        )

    def offer(self, pick: Callable[[int], object] | None) -> int:
        """Show the controls that choose the answer and continue from it; count the messages of that."""
        return self._selected.offer(pick)
