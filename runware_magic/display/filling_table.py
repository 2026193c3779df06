"""A table that fills: a row for each answer that has ended, and none is sent again for long."""

from __future__ import annotations

from collections.abc import Sequence

from ipywidgets import HTML, Layout, VBox  # type: ignore[import-untyped]  # has no types

from runware_magic.chat.turn import Turn
from runware_magic.display import look
from runware_magic.display.badge import SEPARATOR, costs, state
from runware_magic.display.comparison_table import beginning
from runware_magic.display.directions import isolated
from runware_magic.display.door import clean, escape
from runware_magic.display.growing_box import Styles
from runware_magic.display.plain import one_line
from runware_magic.display.scrolling import scroller
from runware_magic.display.view import Slot
from runware_magic.pace import MESSAGE, Drawn

_GROUP = 50  # rows: only those of the last group are sent again

# Each group is a table of its own: with fixed widths they look like one.
_TABLE = "width:100%;min-width:500px;table-layout:fixed;border-collapse:collapse;margin:0"
_CELL = (
    f"padding:2px 8px 2px 0;text-align:left;vertical-align:top;overflow-wrap:break-word;{look.TAGS['tr']};{look.SMALL}"
)
_WIDTHS = ("width:40px", "width:26%", "", "width:184px")


class FillingTable:
    """Shows a row for each answer that has ended, in that order, the latest in sight.

    Parameters
    ----------
    styles
        Of the view.

    Attributes
    ----------
    box
        All of it.
    """

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self._rows: list[str] = []  # of the last group, while it is not full
        self._last: HTML | None = None
        self._had = 0  # bytes of it
        self._plain = Layout(margin="0", flex="0 0 auto")
        self._groups = VBox([], layout=self._plain)
        # Reversed, it keeps to its end while it grows, until the reader scrolls.
        scrolling = Layout(margin="4px 0 12px", max_height="240px", overflow="auto", flex_flow="column-reverse")
        self.box = VBox([self._groups], layout=scrolling)

    def add(self, ended: Sequence[tuple[int, Slot]]) -> Drawn:
        """Add answers, each with its number, and tell what that took."""
        if not ended:
            return Drawn()
        sent, again, messages = self._styles.sent, self._had, 0
        rows = [_row(number, slot) for number, slot in ended]
        while rows:
            room = _GROUP - len(self._rows)
            self._rows += rows[:room]
            rows = rows[room:]
            messages += self._show()
        messages += self._styles.sent - sent
        return Drawn(words=True, messages=messages, again=again + MESSAGE * messages)

    def _show(self) -> int:
        """Bring the last group up to date, and count the messages of that."""
        value = self._styles.shorten(clean(_table(self._rows)))
        if self._last is None:
            self._last = HTML(value, layout=self._plain, style=self._styles.widget.style)
            self._groups.children = (*self._groups.children, self._last)
            messages = 2
        else:
            self._last.value = value
            messages = 1
        self._had = len(value)
        if len(self._rows) == _GROUP:
            self._rows, self._last, self._had = [], None, 0
        return messages


def _table(rows: Sequence[str]) -> str:
    # Each can be reached by the keyboard, and so the box that all of them scroll in.
    return scroller(f'<table style="{_TABLE}"><tbody>{"".join(rows)}</tbody></table>', "Table", look.BARE_SCROLLER)


def _row(number: int, slot: Slot) -> str:
    texts = (str(number), one_line(slot.name, 80), _said(slot), _facts(slot.turn))
    styles = (f"{_CELL};{width}" if width else _CELL for width in _WIDTHS)
    cells = "".join(
        f'<td style="{style}"{isolated(text)}>{escape(text)}</td>' for style, text in zip(styles, texts, strict=True)
    )
    return f"<tr>{cells}</tr>"


def _said(slot: Slot) -> str:
    if slot.turn is None:
        return f"not asked: {one_line(slot.error, 120)}"
    return beginning(slot.turn) or one_line(slot.turn.error or "", 120)


def _facts(turn: Turn | None) -> str:
    if turn is None:
        return ""
    passed = sum(verdict.passed for verdict in turn.verdicts)
    facts = (
        state(turn),
        f"{passed}/{len(turn.verdicts)}" if turn.verdicts else "",
        costs((turn,)),
        f"{turn.timing.total_s:.1f} s" if turn.timing.total_s is not None else "",
    )
    return SEPARATOR.join(fact for fact in facts if fact)
