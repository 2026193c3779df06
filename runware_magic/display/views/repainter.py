"""Writes lines to a terminal, of which the last ones may change: only these are written again."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from os import terminal_size
from typing import NamedTuple, TextIO

from runware_magic.display.render.terminal_document import TerminalDocument
from runware_magic.display.render.terminal_lines import Line, encoded, rows_of, with_roles

_UP, _ERASE = "\x1b[{}A", "\x1b[J"  # so many rows; to the end of the screen
_USUAL = terminal_size((80, 24))


def size_of(stream: TextIO) -> terminal_size:
    """Return the columns and rows of a terminal, as they are now; the usual ones where it does not tell."""
    try:
        size = os.get_terminal_size(stream.fileno())
    except (AttributeError, OSError, ValueError):
        return _USUAL
    return terminal_size((size.columns or _USUAL.columns, size.lines or _USUAL.lines))


class _Shown(NamedTuple):
    line: Line
    text: str
    rows: int


class Repainter:
    """The lines of one text at the end of what a terminal shows; the cursor stands behind the last one.

    What has left the screen at the top stays as it is: no terminal can change it.
    """

    def __init__(self, write: Callable[[str], object], *, colours: bool) -> None:
        self._write, self._colours = write, colours
        self._final: list[Line] = []  # the last final line, which the terminal still shows
        self._shown: list[_Shown] = []

    def paint(self, final: Sequence[Line], tail: Sequence[Line], size: terminal_size) -> None:
        """Show lines that are final from now on, and those behind them that may change."""
        kept = [*self._final, *final]
        lines = [
            _Shown(line, encoded(line, colours=self._colours), rows_of(line, size.columns)) for line in (*kept, *tail)
        ]
        at, reach = self._unchanged(lines), self._out_of_reach(size)
        if at == len(lines) < len(self._shown):
            at = max(0, at - 1)  # the cursor has to stand behind a line
        at = max(at, reach)
        if at < len(lines) or (at == 0 and self._shown):
            self._write(self._update(at, lines, size.columns))
            self._shown = lines
        self._final = kept[-1:]
        del self._shown[: len(kept) - len(self._final)]

    def end(self) -> None:
        """Leave the lines: what is written next begins below them."""
        if self._shown:
            self._write("\n")
        self._final, self._shown = [], []

    def _unchanged(self, lines: Sequence[_Shown]) -> int:
        pairs = enumerate(zip(lines, self._shown, strict=False))
        least = min(len(lines), len(self._shown))
        return next((at for at, (new, old) in pairs if new.text != old.text), least)

    def _out_of_reach(self, size: terminal_size) -> int:
        """Return how many of the shown lines have left the screen."""
        rows = 0
        for at in range(len(self._shown) - 1, -1, -1):
            rows += max(self._shown[at].rows, rows_of(self._shown[at].line, size.columns))
            if rows > size.lines:
                return at + 1
        return 0

    def _update(self, at: int, lines: Sequence[_Shown], columns: int) -> str:
        """Return what changes the lines from an index on."""
        new = [shown.text for shown in lines[at:]]
        old = self._shown[at:]
        if not old:
            return "\n".join(["", *new] if self._shown else new)
        if len(old) == 1 and new and new[0].startswith(old[0].text):
            # The most frequent case: nothing is written twice.
            return "\n".join([new[0].removeprefix(old[0].text), *new[1:]])
        # A terminal that has become narrower may have wrapped them or not: rather too low than over what stands above.
        rows = sum(min(shown.rows, rows_of(shown.line, columns)) for shown in old) - 1
        up = _UP.format(rows) if rows else ""
        return f"\r{up}{_ERASE}" + "\n".join(new)


class GrowingMarkdown:
    """A Markdown text that grows on a terminal; ``roles`` are those of all of it, such as ``dim``."""

    def __init__(self, write: Callable[[str], object], *, colours: bool, roles: Sequence[str] = ()) -> None:
        self._document = TerminalDocument(colours=colours)
        self._repainter = Repainter(write, colours=colours)
        self._roles = roles

    def draw(self, delta: str, size: terminal_size, *, ended: bool = False) -> None:
        """Show the text with more of it; at the last time it has `ended`."""
        # One column less: terminals differ in what they do behind the last one.
        self._document.width = max(1, size.columns - 1)
        self._document.feed(delta)
        final, tail = self._document.lines(ended=ended)
        final, tail = ([with_roles(line, *self._roles) for line in lines] for lines in (final, tail))
        self._repainter.paint(final, tail, size)
        if ended:
            self._repainter.end()

    def leave(self) -> None:
        """Let something else be written below: what may still change is shown again below that."""
        self._repainter.end()
