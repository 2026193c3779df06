"""The views without widgets: a display that is updated while answers arrive, and holds them at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from IPython.display import DisplayHandle, display

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.text import counted, plain
from runware_magic.chat.turn import Reply, Turn
from runware_magic.display.render import styles
from runware_magic.display.render.answer_data import Document, document_for
from runware_magic.display.render.badge import SEPARATOR, badge_html, status
from runware_magic.display.render.bundle import content_html, framed, reasoning_html, refusal, step_html
from runware_magic.display.render.comparison_table import headed, slot_line
from runware_magic.display.render.incremental import GrowingDocument
from runware_magic.display.render.sanitize_html import clean, escape
from runware_magic.display.render.tool_cards import cards_html
from runware_magic.display.render.tool_lines import cards_text
from runware_magic.display.render.tool_steps import so_far
from runware_magic.display.views.settled_parts import SettledParts
from runware_magic.engine.throttle import DrawCost
from runware_magic.engine.view import Settled, Slot

REST_S = 0.25  # between updates: all is sent again each time
_CLOCK_S, _CLOCK_BYTES_A_S = 1.0, 20_000  # between updates that only tell the time
_MOST_IN_FULL = 11  # answers; of more, only how far they are
_MOST = 100  # lines


class _UpdatedDisplay:
    """A display that can be updated: what both views share.

    ``show`` displays a bundle and returns its handle, as IPython's ``display`` does with a display id.
    """

    def __init__(
        self,
        show: Callable[..., DisplayHandle | None],
        *,
        reasoning: str = "auto",
        tells_errors: bool = False,
        alone: bool = False,
    ) -> None:
        self.tells_errors = tells_errors
        self._mode = reasoning
        self._display = show
        self._handle: DisplayHandle | None = None
        self._parts = SettledParts(show, alone=alone)
        self._size = 0  # characters of what shows, roughly the bytes that an update takes
        self._state: object = None
        self._said_s = 0.0

    def hand_over(self) -> DisplayHandle | None:
        """Return the first display, for another view to take over, and empty the others."""
        self._parts.show(())
        return self._handle

    def announce_end(self, ended: object) -> None:
        """Do nothing: a screen reader announces no display."""

    def settle(self, settled: Settled) -> None:
        """Show the final bundle."""
        head, *parts = self._parts.of(settled, reasoning=self._mode, says_why=self.tells_errors)
        self._show(head.bundle())
        self._parts.show(parts)

    def refuse(self, model: str, error: BaseException) -> None:
        """Show that there is no answer."""
        self._show(refusal(model, error, says_why=self.tells_errors))

    def _show(self, data: dict[str, str]) -> None:
        if self._handle is None:
            self._handle = self._display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)

    def _update(self, state: object, elapsed_s: float, bundle: Callable[[], dict[str, str]]) -> DrawCost:
        """Show a growing answer, unless only the time would change and too little of it has passed."""
        rest_s = max(_CLOCK_S, self._size / _CLOCK_BYTES_A_S)
        if state == self._state and elapsed_s - self._said_s < rest_s:
            return DrawCost()
        self._state, self._said_s = state, elapsed_s
        data = bundle()
        before, self._size = self._size, sum(len(text) for text in data.values())
        self._show(data)
        return DrawCost(words=True, messages=1, again=before, rest_s=REST_S)


class UpdatesGridView(_UpdatedDisplay):
    """The view of several answers: a display that is updated."""

    def __init__(self, *, show: Callable[..., DisplayHandle | None] = display, alone: bool = False) -> None:
        super().__init__(show, alone=alone)
        self._texts: list[_GrowingText] = []

    def open(self, slots: Sequence[Slot]) -> None:
        """Show that the requests are on their way."""
        self._texts = [_GrowingText(styles.CONTENT) for _ in slots]
        self._show(self._bundle(slots, 0.0))

    def draw(self, slots: Sequence[Slot], elapsed_s: float) -> DrawCost:
        """Show the answers so far."""
        state = [(slot.has_ended, slot.builder is not None, _said(slot)) for slot in slots]
        return self._update(state, elapsed_s, lambda: self._bundle(slots, elapsed_s))

    def _bundle(self, slots: Sequence[Slot], elapsed_s: float) -> dict[str, str]:
        ended = sum(slot.has_ended for slot in slots)
        head = SEPARATOR.join((f"{ended} of {counted(len(slots), 'answer')}", f"{elapsed_s:.0f} s"))
        numbered = enumerate(slots[:_MOST], 1)
        lines = [(headed(number, slot.name), slot_line(slot, slot.name)) for number, slot in numbered]
        shown = [self._entry(at, slots, *line) for at, line in enumerate(lines)]
        markup = clean(badge_html([head])) + "".join(shown)
        text = "\n".join((head, *(SEPARATOR.join(line) for line in lines)))
        return {"text/html": framed(markup, "runware-comparison", styles.HEADED), "text/plain": text}

    def _entry(self, at: int, slots: Sequence[Slot], name: str, line: str) -> str:
        if len(slots) > _MOST_IN_FULL:
            return clean(badge_html([name, line]))
        title = clean(f'<div style="{styles.NAME}">{escape(name)}</div>{badge_html([line])}')
        current = slots[at].turn or slots[at].builder
        return title + (self._texts[at].answer_html(current, current.content) if current else "")


def _said(slot: Slot) -> str:
    current = slot.turn or slot.builder
    return current.content if current else ""


class UpdatesView(_UpdatedDisplay):
    """The view of one answer: a display that is updated; parameters as in `LiveView`."""

    hears_choices = False  # it has no buttons

    def __init__(
        self, *, reasoning: str = "auto", background: bool = False, show: Callable[..., DisplayHandle | None] = display
    ) -> None:
        super().__init__(show, reasoning=reasoning, tells_errors=background)
        self._thinking, self._answer = _GrowingText(styles.THINKING), _GrowingText(styles.CONTENT)

    def open(self, builder: TurnBuilder) -> None:
        """Show that a request is on its way."""
        self._show(self._bundle(builder, 0.0))

    def draw(self, builder: TurnBuilder, elapsed_s: float) -> DrawCost:
        """Show the answer so far."""
        doing = (builder.opened, builder.retrying, builder.waits_for, builder.answering)
        tools = (len(builder.replies), builder.tool_calls, tuple(each.state for each in builder.calls))
        state = (*doing, *tools, builder.reasoning, builder.content)
        return self._update(state, elapsed_s, lambda: self._bundle(builder, elapsed_s))

    def _bundle(self, builder: TurnBuilder, elapsed_s: float) -> dict[str, str]:
        line = status(builder, elapsed_s)
        steps, now = so_far(builder, elapsed_s)
        shown = (
            clean(badge_html([line])),
            *(step_html(step, self._mode) for step in steps),
            self._reasoning(now.said),
            # Not as much as has come by now: the reasoning above would still be unfolded.
            self._answer.answer_html(builder, now.said.content),
            cards_html(now.cards),
        )
        markup = framed("".join(shown), style=styles.HEADED)
        texts = (line, *(cards_text(step.cards) for step in steps), plain(now.said.content), cards_text(now.cards))
        return {"text/html": markup, "text/plain": "\n\n".join(filter(None, texts))}

    def _reasoning(self, said: Reply) -> str:
        if not said.reasoning.strip() or self._mode == "hidden":
            return ""
        opened = self._mode == "open" or (self._mode == "auto" and not said.content)
        return reasoning_html(self._thinking.html(said.reasoning), opened=opened)


class _GrowingText:
    """A text that grows, as HTML in one style; only its end is rendered again."""

    def __init__(self, style: str) -> None:
        self._style = style
        self._document: Document = GrowingDocument()
        self._text = ""

    def answer_html(self, current: TurnBuilder | Turn, text: str) -> str:
        """Return the text of an answer so far, which may be data."""
        if not self._text or not text.startswith(self._text):
            turn = current if isinstance(current, Turn) else current.snapshot()
            self._document, self._text = document_for(turn), ""
        return self.html(text)

    def html(self, text: str) -> str:
        if not text.startswith(self._text):
            # What was shown as the answer turned out to be reasoning.
            self._document, self._text = GrowingDocument(), ""
        self._document.feed(text[len(self._text) :])
        self._text = text
        markup = "".join((*self._document.sealed, self._document.tail))
        return content_html(markup, self._style) if markup else ""
