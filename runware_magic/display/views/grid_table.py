"""A table with a row for each answer that has ended, of which only the last rows are sent again."""

from __future__ import annotations

from collections.abc import Sequence

from ipywidgets import HTML, Layout, VBox  # type: ignore[import-untyped]  # has no types

from runware_magic.chat.text import one_line
from runware_magic.chat.turn import Turn
from runware_magic.display.render import styles
from runware_magic.display.render.badge import SEPARATOR, costs, passed, state
from runware_magic.display.render.bidi import isolated
from runware_magic.display.render.comparison_table import beginning, not_asked
from runware_magic.display.render.html_rules import scroller
from runware_magic.display.render.sanitize_html import clean, escape
from runware_magic.display.views.growing_text import Styles
from runware_magic.engine.throttle import MESSAGE, DrawCost
from runware_magic.engine.view import Slot

_GROUP = 50  # rows: only those of the last group are sent again

# Each group is a table; with fixed widths they look like one.
_TABLE = "width:100%;min-width:500px;table-layout:fixed;border-collapse:collapse;margin:0"
_CELL = (
    "padding:2px 8px 2px 0;text-align:left;vertical-align:top;overflow-wrap:break-word;"
    f"{styles.TAGS['tr']};{styles.SMALL}"
)
_WIDTHS = ("width:40px", "width:26%", "", "width:184px")


class FillingTable:
    """A ``box`` with a row for each answer that has ended, in that order, the latest in sight."""

    def __init__(self, sheet: Styles) -> None:
        self._styles = sheet
        self._rows: list[str] = []  # of the last group, while it is not full
        self._last: HTML | None = None
        self._plain = Layout(margin="0", flex="0 0 auto")
        self._groups = VBox([], layout=self._plain)
        # A reversed column stays at its end while it grows, until the reader scrolls.
        scrolling = Layout(margin="4px 0 12px", max_height="240px", overflow="auto", flex_flow="column-reverse")
        self.box = VBox([self._groups], layout=scrolling)

    def add(self, ended: Sequence[tuple[int, Slot]]) -> DrawCost:
        """Add answers, each with its number."""
        if not ended:
            return DrawCost()
        sent, messages = self._styles.sent, 0
        again = len(self._last.value) if self._last else 0
        rows = [_row(number, slot) for number, slot in ended]
        while rows:
            room = _GROUP - len(self._rows)
            self._rows += rows[:room]
            rows = rows[room:]
            messages += self._show()
        messages += self._styles.sent - sent
        return DrawCost(words=True, messages=messages, again=again + MESSAGE * messages)

    def _show(self) -> int:
        """Update the last group, and count the messages of that."""
        table = f'<table style="{_TABLE}"><tbody>{"".join(self._rows)}</tbody></table>'
        # The keyboard reaches each group, and so the box in which all of them scroll.
        value = self._styles.shorten(clean(scroller(table, "Table", styles.BARE_SCROLLER)))
        messages = 1 if self._last else 2
        if self._last:
            self._last.value = value
        else:
            self._last = HTML(value, layout=self._plain, style=self._styles.widget.style)
            self._groups.children = (*self._groups.children, self._last)
        if len(self._rows) == _GROUP:
            self._rows, self._last = [], None
        return messages


def _row(number: int, slot: Slot) -> str:
    texts = (str(number), one_line(slot.name, 80), _said(slot), _facts(slot.turn))
    sheet = (f"{_CELL};{width}" if width else _CELL for width in _WIDTHS)
    cells = "".join(
        f'<td style="{style}"{isolated(text)}>{escape(text)}</td>' for style, text in zip(sheet, texts, strict=True)
    )
    return f"<tr>{cells}</tr>"


def _said(slot: Slot) -> str:
    if slot.turn is None:
        return not_asked(slot, 120)
    return beginning(slot.turn) or one_line(slot.turn.error or "", 120)


def _facts(turn: Turn | None) -> str:
    if turn is None:
        return ""
    total = "" if turn.timing.total_s is None else f"{turn.timing.total_s:.1f} s"
    return SEPARATOR.join(filter(None, (state(turn), passed((turn,)), costs((turn,)), total)))
