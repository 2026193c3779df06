"""A growing Markdown text as lines of a terminal, of which only the last ones change."""

from __future__ import annotations

from typing import Any

from runware_magic.display.render.incremental import GrowingText, Seam
from runware_magic.display.render.terminal_lines import Line, Span, line_width
from runware_magic.display.render.terminal_markdown import BAR, Around, Continued, Rendered, render_lines

# Blocks that go on in the next part without a blank line, unless there is one in the text.
_GOES_ON = {"paragraph_open": "paragraph", "bullet_list_open": "list", "ordered_list_open": "list"}
_HOLDS_TEXT = {*_GOES_ON, "blockquote_open", "fence"}


class TerminalDocument(GrowingText):
    """A text that grows, as lines that are final and lines that may change."""

    def __init__(self, *, colours: bool, width: int = 79) -> None:
        super().__init__()
        self.width = width
        self._colours = colours
        self._continued = Continued()
        self._final: list[Line] = []
        self._open: Line | None = None  # the line that the next part continues
        self._last = ""  # the kind of the last block that is final
        self._has_gap = False  # whether the text has a blank line there

    def lines(self, *, ended: bool = False) -> tuple[list[Line], list[Line]]:
        """Return the lines that have become final since the last call, and the rest, which may change.

        When the text has `ended`, the rest is as final.
        """
        text = self._tail if ended else self._shown
        tail = self._placed(self._rendered(text, growing=not ended))
        final, self._final = self._final, []
        return final, tail

    def _rendered(self, text: str, *, growing: bool) -> Rendered:
        env: dict[str, Any] = {"references": dict(self._references), **({"growing": True} if growing else {})}
        return render_lines(text, env, self.width, colours=self._colours, continued=self._continued)

    def _cut(self, seam: Seam) -> bool:
        rest = seam.reopening + self._tail[seam.at + seam.skip :]
        if len(rest) >= len(self._tail):
            return False
        part, around = self._tail[: seam.at], self._around(seam)
        env: dict[str, Any] = {"references": self._references}
        rendered = render_lines(part, env, self.width, colours=self._colours, continued=self._continued, cut=seam.fence)
        lines = self._placed(rendered)
        self._tail, self._open = rest, None
        if lines and not part.endswith("\n") and (rendered.last or self._last) in _HOLDS_TEXT:
            self._open = (*lines.pop(), Span(" ")) if part[-1].isspace() and not seam.fence else lines.pop()
        self._final += lines
        self._last = rendered.last or self._last
        self._has_gap = part.endswith("\n\n")
        is_table = rendered.last == "table_open" and seam.reopening and not seam.fence
        self._continued = Continued(
            fence=seam.fence,
            start=None if self._open is None else line_width(self._open),
            widths=rendered.widths if is_table else (),
            around=around,
        )
        return True

    def _around(self, seam: Seam) -> tuple[Around, ...]:
        """Return the lists around a seam, one for each bullet that replaces some of them."""
        if not seam.bullets:
            return ()
        line = self._tail.count("\n", 0, seam.at)
        whole = self._rendered(self._tail, growing=True)
        around = whole.around_fence if seam.fence else whole.around.get(line, ())
        missing = seam.bullets - len(around)
        if missing >= 0:
            return (*(Around(0),) * missing, *around)
        outer = around[: 1 - missing]
        return (Around(sum(each.width for each in outer), outer[0].is_loose), *around[1 - missing :])

    def _placed(self, rendered: Rendered) -> list[Line]:
        """Return the lines of a part below those before."""
        lines = rendered.lines
        if self._open is not None and rendered.joins:
            return [_stripped((*self._open, *lines[0])), *lines[1:]]
        before = [] if self._open is None else [_stripped(self._open)]
        gap: list[Line] = [()] if lines and self._last and not self._goes_on(rendered) else []
        if gap and self._last == rendered.first == "blockquote_open" and not self._has_gap:
            gap = [(BAR,)]
        return [*before, *gap, *lines]

    def _goes_on(self, rendered: Rendered) -> bool:
        if self._continued.fence or self._continued.widths:
            return True
        kind = _GOES_ON.get(self._last)
        return kind is not None and kind == _GOES_ON.get(rendered.first) and not self._has_gap


def _stripped(line: Line) -> Line:
    while line and line[-1].text == " ":
        line = line[:-1]
    return line
