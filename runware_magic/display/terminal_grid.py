"""The view of several answers in a terminal: a line for each as it ends, then all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TextIO

from runware_magic.chat.turn import Turn
from runware_magic.display.badge import SEPARATOR, badge
from runware_magic.display.bundle import refusal
from runware_magic.display.comparison import settled_bundle
from runware_magic.display.comparison_table import headed
from runware_magic.display.plain import one_line
from runware_magic.display.view import Settled, Slot
from runware_magic.pace import Drawn

_DIM, _RESET = "\x1b[2m", "\x1b[0m"


class TerminalGridView:
    """Writes several answers to a stream.

    Parameters
    ----------
    stream
        Gives where to, each time.
    colour
        Whether it understands escape sequences: false for a file or a pipe.
    """

    def __init__(self, stream: Callable[[], TextIO], *, colour: bool) -> None:
        self.tells_errors = False
        self._stream = stream
        self._dim, self._reset = (_DIM, _RESET) if colour else ("", "")
        self._pending: list[int] = []
        self._settled = False

    def open(self, slots: Sequence[Slot]) -> None:
        """Do nothing but count them: there is nothing to tell yet."""
        self._pending = list(range(len(slots)))

    def draw(self, slots: Sequence[Slot], elapsed_s: float) -> Drawn:  # noqa: ARG002  # a line that is written has no clock
        """Write a line for each answer that has ended since."""
        ended = [at for at in self._pending if slots[at].has_ended]
        self._pending = [at for at in self._pending if not slots[at].has_ended]
        done = len(slots) - len(self._pending) - len(ended)
        for count, at in enumerate(ended, done + 1):
            self._write(f"{self._dim}[{count}/{len(slots)}] {_line(at + 1, slots[at])}{self._reset}\n")
        return Drawn(words=bool(ended))

    def farewell(self, ended: Sequence[Turn] | BaseException) -> None:
        """Do nothing: what is written stays."""

    def settle(self, settled: Settled) -> None:
        """Write the table and all answers, once: what is written cannot be changed."""
        if not self._settled:
            self._settled = True
            self._write(f"\n{settled_bundle(settled)['text/plain']}\n")

    def refuse(self, model: str, error: BaseException) -> None:
        """Write that there is no answer."""
        self._write(f"{self._dim}{refusal(model, error)['text/plain']}{self._reset}\n")

    def _write(self, text: str) -> None:
        self._stream().write(text)
        self._stream().flush()


def _line(number: int, slot: Slot) -> str:
    name = headed(number, slot.name)
    if slot.turn is None:
        return f"{name}{SEPARATOR}not asked: {one_line(slot.error, 400)}"
    return SEPARATOR.join((name, *badge(slot.turn, name=name)))
