"""A table with a row for each answer that has begun, of which only the parts that change are sent again."""

from __future__ import annotations

from collections.abc import Sequence

from ipywidgets import HTML, Layout, VBox  # type: ignore[import-untyped]  # has no types

from runware_magic.display.render import styles
from runware_magic.display.render.answers_table import Columns, Row
from runware_magic.display.render.badge import cost_decimals, passed
from runware_magic.display.render.comparison_table import begins, cost, not_asked
from runware_magic.display.render.html_rules import scroller
from runware_magic.display.render.sanitize_html import clean, escape
from runware_magic.display.views.growing_text import Styles
from runware_magic.engine.throttle import MESSAGE, DrawCost, together
from runware_magic.engine.view import Slot

_GROUP = 50  # rows: only groups with changes are sent again
_UNDER_WAY = "…"
#: The heads of each group stay in sight while its rows scroll.
RULES = (
    "<style>.runware-turn .runware-filling th{position:sticky;top:0;z-index:1;"
    "background:var(--jp-layout-color0,Canvas)}</style>"
)


class FillingTable:
    """A ``box`` with a row for each answer that has begun, in the order of the answers, the last in sight."""

    def __init__(self, sheet: Styles, slots: Sequence[Slot]) -> None:
        self._styles = sheet
        has_checks = any(slot.is_checked for slot in slots)
        self._columns = Columns.of((slot.variant for slot in slots), has_checks=has_checks)
        self._decimals = 0  # of the costs
        self._rows: dict[int, str] = {}  # by the indexes of the answers
        self._groups: dict[int, HTML] = {}
        # Visible: otherwise each box would scroll by itself, and the heads would stay in sight in none.
        self._plain = Layout(margin="0", flex="0 0 auto", overflow="visible")
        self._inside = VBox([], layout=self._plain)
        # A reversed column stays at its end while it grows, until the reader scrolls.
        scrolling = Layout(margin="4px 0 12px", max_height="240px", overflow="auto", flex_flow="column-reverse")
        self.box = VBox([self._inside], layout=scrolling, _dom_classes=("runware-filling",))

    def show(self, slots: Sequence[Slot], changed: Sequence[int]) -> DrawCost:
        """Show the answers with these indexes, which have begun or ended."""
        if not changed:
            return DrawCost()
        stale = {at // _GROUP for at in changed}
        decimals = cost_decimals(turn for at in changed if (turn := slots[at].turn) is not None)
        if decimals > self._decimals:
            # Rare: a cost is much less than all before.
            self._decimals = decimals
            stale |= self._groups.keys()
            changed = [*self._rows, *changed]
        self._rows |= {at: self._columns.row(self._row(at, slots[at])) for at in changed}
        return together(*map(self._send, sorted(stale)))

    def _send(self, group: int) -> DrawCost:
        rows = [self._rows[at] for at in range(_GROUP * group, _GROUP * (group + 1)) if at in self._rows]
        sent = self._styles.sent
        # The keyboard reaches each group, and so the box in which all of them scroll.
        value = self._styles.shorten(clean(scroller(self._columns.table(rows), "Table", styles.REACHED)))
        widget = self._groups.get(group)
        again = len(widget.value) if widget else 0
        if widget:
            widget.value = value
        else:
            self._groups[group] = HTML(value, layout=self._plain, style=self._styles.widget.style)
            self._inside.children = tuple(self._groups[at] for at in sorted(self._groups))
        messages = self._styles.sent - sent + (1 if widget else 2)
        return DrawCost(words=True, messages=messages, again=again + MESSAGE * messages)

    def _row(self, at: int, slot: Slot) -> Row:
        values, turn = self._columns.values(slot.variant), slot.turn
        if turn is None:
            return Row(str(at + 1), values, escape(not_asked(slot, 120) if slot.error else _UNDER_WAY))
        said = escape(begins(turn))
        return Row(str(at + 1), values, said, passed([turn]), cost([turn], self._decimals))
