"""The status line of several answers: how many have ended, how, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence

from ipywidgets import HTML, Layout, Widget  # type: ignore[import-untyped]  # has no types

from runware_magic.chat.turn import COMPLETE, Turn
from runware_magic.display.render.badge import SEPARATOR, badge_html, costs
from runware_magic.display.render.sanitize_html import clean
from runware_magic.engine.view import Slot


class Tally:
    """A ``widget`` with the status line; ``ended`` is how many answers it counts."""

    def __init__(self, slots: Sequence[Slot], layout: Layout, style: Widget) -> None:
        self._pending = list(range(len(slots)))
        self._of = len(slots)
        self._turns: list[Turn | None] = []
        self._said = ""
        self._count()
        self.widget = HTML(self._html(0.0), layout=layout, style=style)

    @property
    def ended(self) -> int:
        """How many answers have ended."""
        return len(self._turns)

    def draw(self, slots: Sequence[Slot], elapsed_s: float) -> int:
        """Count the answers that have ended; return how many messages that took."""
        ended = [at for at in self._pending if slots[at].has_ended]
        if ended:
            self._pending = [at for at in self._pending if not slots[at].has_ended]
            self._turns += [slots[at].turn for at in ended]
            self._count()
        before, self.widget.value = self.widget.value, self._html(elapsed_s)
        return int(self.widget.value != before)

    def _count(self) -> None:
        """Say what has ended: ``37 of 120 · 2 failed · $0.0123``."""
        turns = [turn for turn in self._turns if turn is not None]
        whole = [turn for turn in turns if turn.state == COMPLETE]
        odd = len(self._turns) - len(whole)
        unexpected = sum(not all(verdict.passed for verdict in turn.verdicts) for turn in whole)
        failed = f"{odd:,} failed" if odd else ""
        checks = f"{unexpected:,} failed a check" if unexpected else ""
        said = (f"{len(self._turns):,} of {self._of:,}", failed, checks, costs(turns))
        self._said = SEPARATOR.join(filter(None, said))

    def _html(self, elapsed_s: float) -> str:
        return clean(badge_html([f"{self._said}{SEPARATOR}{elapsed_s:.0f} s"]))
