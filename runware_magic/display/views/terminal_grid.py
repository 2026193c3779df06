"""The view of several answers in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from runware_magic.display.render.badge import SEPARATOR
from runware_magic.display.render.comparison_table import headed, slot_line
from runware_magic.display.views.terminal_writer import TerminalWriter
from runware_magic.engine.throttle import DrawCost
from runware_magic.engine.view import Settled, Slot


class TerminalGridView(TerminalWriter):
    """The view of several answers: a line for each when it has ended, and all answers at the end."""

    def open(self, slots: Sequence[Slot]) -> None:
        """Write nothing yet."""
        self._pending = list(range(len(slots)))

    def draw(self, slots: Sequence[Slot], elapsed_s: float) -> DrawCost:  # noqa: ARG002  # a line that is written has no clock
        """Write a line for each answer that has ended since."""
        ended = [at for at in self._pending if slots[at].has_ended]
        self._pending = [at for at in self._pending if not slots[at].has_ended]
        done = len(slots) - len(self._pending) - len(ended)
        for count, at in enumerate(ended, done + 1):
            name = headed(at + 1, slots[at].name)
            with self._writing():
                self._say(f"[{count}/{len(slots)}] {name}{SEPARATOR}{slot_line(slots[at], name)}")
        return DrawCost(words=bool(ended))

    def _finish(self, settled: Settled) -> None:
        self._write("\n")
        super()._finish(settled)
