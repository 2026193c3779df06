"""Many answers at once: how far they are, what they come to, a table that fills, and one of them in full."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ipywidgets import HTML, IntProgress, Layout, VBox  # type: ignore[import-untyped]  # has no types

from runware_magic.chat.turn import COMPLETE
from runware_magic.display.badge import SEPARATOR, dollars
from runware_magic.display.bundle import badge_html
from runware_magic.display.door import clean
from runware_magic.display.filling_table import FillingTable
from runware_magic.display.growing_box import Styles
from runware_magic.display.panel import together
from runware_magic.display.selected import Selected
from runware_magic.display.view import Slot
from runware_magic.pace import Drawn


class Filling:
    """Shows how far answers are, and those that have ended in a table; beneath, one of them.

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
        self._tally = Tally(len(slots))
        self._pending = list(range(len(slots)))
        self._bar = IntProgress(max=len(slots), layout=Layout(width="100%", height="14px", margin="2px 0"))
        self._line = HTML(_line(self._tally, 0.0), layout=layout, style=styles.widget.style)
        self._table = FillingTable(styles)
        self._selected = Selected(slots, styles, layout, reasoning)
        self.box = VBox([self._bar, self._line, self._table.box, self._selected.box], layout=layout)

    @property
    def chosen(self) -> str | None:
        """What the reader has done with the reasoning of the answer that is shown."""
        return self._selected.chosen

    def draw(self, slots: Sequence[Slot], elapsed_s: float) -> Drawn:
        """Show how far they are, and tell what that took."""
        ended = [at for at in self._pending if slots[at].has_ended]
        self._pending = [at for at in self._pending if not slots[at].has_ended]
        for at in ended:
            self._tally.add(slots[at])
        return together(
            Drawn(messages=self._count(elapsed_s)),
            self._table.add([(at + 1, slots[at]) for at in ended]),
            self._selected.draw(slots, ended, elapsed_s),
        )

    def offer(self, pick: Callable[[int], object] | None) -> int:
        """Let the reader choose which answer shows, and go on from it; count the messages of that."""
        return self._selected.offer(pick)

    def _count(self, elapsed_s: float) -> int:
        before = (self._bar.value, self._line.value)
        self._bar.value = self._tally.ended
        self._line.value = _line(self._tally, elapsed_s)
        return int(self._bar.value != before[0]) + int(self._line.value != before[1])


class Tally:
    """What some answers come to, of those that have ended.

    Parameters
    ----------
    of
        How many there will be.

    Attributes
    ----------
    ended
        How many have ended.
    """

    def __init__(self, of: int) -> None:
        self._of = of
        self.ended = 0
        self._odd = 0
        self._failed_checks = 0
        self._cost = self._replayed = 0.0

    def add(self, slot: Slot) -> None:
        """Count one that has ended."""
        turn = slot.turn
        self.ended += 1
        self._odd += turn is None or turn.state != COMPLETE
        if turn is not None:
            self._failed_checks += turn.state == COMPLETE and not all(verdict.passed for verdict in turn.verdicts)
            if turn.recorded is None:
                self._cost += turn.cost or 0.0
            else:
                self._replayed += turn.cost or 0.0

    def line(self, elapsed_s: float) -> str:
        """Give it in a line: ``37 of 120 · 2 failed · $0.0123 · 14 s``."""
        segments = (
            f"{self.ended:,} of {self._of:,}",
            f"{self._odd:,} failed" if self._odd else "",
            f"{self._failed_checks:,} not as expected" if self._failed_checks else "",
            dollars(self._cost) if self._cost else "",
            f"{dollars(self._replayed)} (not billed)" if self._replayed else "",
            f"{elapsed_s:.0f} s",
        )
        return SEPARATOR.join(segment for segment in segments if segment)


def _line(tally: Tally, elapsed_s: float) -> str:
    return clean(badge_html([tally.line(elapsed_s)]))
