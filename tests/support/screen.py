"""A terminal's screen, as far as our output needs one; everything else that reaches it is an error."""

from __future__ import annotations

import re

from wcwidth import wcwidth

# Text, the ends of lines, and the only sequences that are ours: colours, so many rows up, erase to the end.
_STEP = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069])|\x1b\[(?P<n>[\d;]*)(?P<what>[mAJ])|(?P<end>[\r\n])"
)


class Screen:
    """What a terminal of some columns and rows shows after what was written to it; the top line is scrolled off."""

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        self.columns, self.rows = columns, rows
        self.is_styled = False
        self.erased = 0  # how often something was erased
        self._lines: list[list[str]] = [[]]
        self._row = self._column = 0

    def write(self, text: str) -> None:
        """Show more; a newline also returns, as in a terminal's driver."""
        at = 0
        while at < len(text):
            step = _STEP.match(text, at)
            assert step, f"not ours: {text[at : at + 10]!r}"
            at = step.end()
            if step["text"]:
                self._put(step["text"])
            elif step["end"]:
                self._column = 0
                if step["end"] == "\n":
                    self._down()
            elif step["what"] == "m":
                self.is_styled = step["n"] not in {"", "0"}
            elif step["what"] == "A":
                top = max(0, len(self._lines) - self.rows)
                assert self._row - int(step["n"]) >= top, "nothing above the screen can be reached"
                self._row -= int(step["n"])
            else:
                assert step["n"] in {"", "0"}
                self.erased += 1
                del self._lines[self._row + 1 :]
                del self._lines[self._row][self._column :]

    @property
    def lines(self) -> list[str]:
        """All lines, those that were scrolled off too, without spaces at their ends."""
        return ["".join(line).rstrip() for line in self._lines]

    def _put(self, character: str) -> None:
        width = max(0, wcwidth(character))
        if width == 0:
            if self._column:
                self._lines[self._row][self._column - 1] += character
            return
        if self._column + width > self.columns:
            self._column = 0
            self._down()
        line = self._lines[self._row]
        line += [" "] * (self._column - len(line))
        line[self._column : self._column + width] = [character, *[""] * (width - 1)]
        self._column += width

    def _down(self) -> None:
        self._row += 1
        if self._row == len(self._lines):
            self._lines.append([])
