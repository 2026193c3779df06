"""The live view of many answers: how many have ended, what they cost, a table that fills, and one answer in full."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ipywidgets import HTML, IntProgress, Layout, VBox  # type: ignore[import-untyped]  # has no types

from runware_magic.chat.turn import COMPLETE, Turn
from runware_magic.display.render.badge import SEPARATOR, badge_html, costs
from runware_magic.display.render.sanitize_html import clean
from runware_magic.display.views.grid_selected import Selected
from runware_magic.display.views.grid_table import FillingTable
from runware_magic.display.views.growing_text import Styles
from runware_magic.display.views.panel import together
from runware_magic.engine.throttle import DrawCost
from runware_magic.engine.view import Slot


class Filling:
    """A ``box`` with a progress bar, a table of the answers that have ended, and one answer beneath."""

    def __init__(self, slots: Sequence[Slot], styles: Styles, layout: Layout, reasoning: str) -> None:
        self._pending = list(range(len(slots)))
        self._ended: list[Turn | None] = []
        self._tally = _tally([], len(slots))
        self._bar = IntProgress(max=len(slots), layout=Layout(width="100%", height="14px", margin="2px 0"))
        self._line = HTML(self._html(0.0), layout=layout, style=styles.widget.style)
        self._table = FillingTable(styles)
        self._selected = Selected(slots, styles, layout, reasoning)
        self.box = VBox([self._bar, self._line, self._table.box, self._selected.box], layout=layout)

    @property
    def chosen(self) -> str | None:
        """How the reader has left the reasoning of the answer that is shown."""
        return self._selected.chosen

    def draw(self, slots: Sequence[Slot], elapsed_s: float) -> DrawCost:
        """Show how far the answers are."""
        ended = [at for at in self._pending if slots[at].has_ended]
        if ended:
            self._pending = [at for at in self._pending if not slots[at].has_ended]
            self._ended += [slots[at].turn for at in ended]
            self._tally = _tally(self._ended, len(slots))
        return together(
            DrawCost(messages=self._count(elapsed_s)),
            self._table.add([(at + 1, slots[at]) for at in ended]),
            self._selected.draw(slots, ended, elapsed_s),
        )

    def offer(self, pick: Callable[[int], object] | None) -> int:
        """Show the controls that choose the answer and continue from it; count the messages of that."""
        return self._selected.offer(pick)

    def _count(self, elapsed_s: float) -> int:
        before = (self._bar.value, self._line.value)
        self._bar.value, self._line.value = now = (len(self._ended), self._html(elapsed_s))
        return sum(new != old for new, old in zip(now, before, strict=True))

    def _html(self, elapsed_s: float) -> str:
        return clean(badge_html([f"{self._tally}{SEPARATOR}{elapsed_s:.0f} s"]))


def _tally(ended: Sequence[Turn | None], of: int) -> str:
    """Return what the answers that have ended come to: ``37 of 120 · 2 failed · $0.0123``."""
    turns = [turn for turn in ended if turn is not None]
    whole = [turn for turn in turns if turn.state == COMPLETE]
    odd = len(ended) - len(whole)
    unexpected = sum(not all(verdict.passed for verdict in turn.verdicts) for turn in whole)
    failed = f"{odd:,} failed" if odd else ""
    checks = f"{unexpected:,} failed a check" if unexpected else ""
    return SEPARATOR.join(filter(None, (f"{len(ended):,} of {of:,}", failed, checks, costs(turns))))
