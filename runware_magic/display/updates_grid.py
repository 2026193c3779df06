"""The view of several answers without widgets: a display that is brought up to date until all have ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from IPython.display import DisplayHandle, display

from runware_magic.chat.turn import Turn
from runware_magic.display import look
from runware_magic.display.badge import SEPARATOR, badge, status
from runware_magic.display.bundle import badge_html, framed, refusal
from runware_magic.display.comparison import settled_bundle
from runware_magic.display.comparison_table import headed
from runware_magic.display.door import clean, escape
from runware_magic.display.plain import counted, one_line
from runware_magic.display.updates import Clock, Growing, Output
from runware_magic.display.view import Settled, Slot
from runware_magic.pace import Drawn

_MOST_IN_FULL = 11  # answers; of more, only how far they are
_MOST = 100  # lines


class UpdatesGridView:
    """Shows several answers as a display that is updated.

    Parameters
    ----------
    show
        As in `UpdatesView`.
    """

    def __init__(self, *, show: Callable[..., DisplayHandle | None] = display) -> None:
        self.tells_errors = False
        self._output, self._clock = Output(show), Clock()
        self._texts: list[Growing] = []

    def open(self, slots: Sequence[Slot]) -> None:
        """Show that they are on their way."""
        self._texts = [Growing(look.CONTENT) for _ in slots]
        self._output.show(self._bundle(slots, 0.0))

    def draw(self, slots: Sequence[Slot], elapsed_s: float) -> Drawn:
        """Show the answers so far, and tell what that took."""
        state = [(slot.has_ended, slot.draft is not None, _said(slot)) for slot in slots]
        if not self._clock.is_due(state, elapsed_s, self._output.size):
            return Drawn()
        return self._output.update(self._bundle(slots, elapsed_s))

    def farewell(self, ended: Sequence[Turn] | BaseException) -> None:
        """Do nothing: nothing in it is heard."""

    def settle(self, settled: Settled) -> None:
        """Show the answers as they are to stay."""
        self._output.show(settled_bundle(settled))

    def refuse(self, model: str, error: BaseException) -> None:
        """Show that there is no answer at all."""
        self._output.show(refusal(model, error))

    def _bundle(self, slots: Sequence[Slot], elapsed_s: float) -> dict[str, str]:
        ended = sum(slot.has_ended for slot in slots)
        head = SEPARATOR.join((f"{ended} of {counted(len(slots), 'answer')}", f"{elapsed_s:.0f} s"))
        lines = [(headed(number, slot.name), _line(slot)) for number, slot in enumerate(slots[:_MOST], 1)]
        shown = [self._entry(at, slots, *line) for at, line in enumerate(lines)]
        markup = clean(badge_html([head])) + "".join(shown)
        text = "\n".join((head, *(SEPARATOR.join(line) for line in lines)))
        return {"text/html": framed(markup, "runware-comparison"), "text/plain": text}

    def _entry(self, at: int, slots: Sequence[Slot], name: str, line: str) -> str:
        if len(slots) > _MOST_IN_FULL:
            return clean(badge_html([name, line]))
        title = clean(f'<div style="{look.NAME}">{escape(name)}</div>{badge_html([line])}')
        return title + self._texts[at].html(_said(slots[at]))


def _said(slot: Slot) -> str:
    current = slot.turn or slot.draft
    return current.content if current else ""


def _line(slot: Slot) -> str:
    if slot.turn is not None:
        return SEPARATOR.join(badge(slot.turn, name=slot.name))
    if slot.error:
        return f"not asked: {one_line(slot.error, 400)}"
    return status(slot.draft, slot.elapsed_s, slot.name) if slot.draft else "waiting for its turn…"
