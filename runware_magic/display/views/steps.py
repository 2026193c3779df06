"""The replies of an answer as widgets, from top to bottom, each with the cards of its tool calls.

Each step stays where it has grown, and the next one grows below it: so what has ended is not sent again, and nothing
moves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ipywidgets import HTML, Layout, Widget  # type: ignore[import-untyped]  # has no types

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.turn import Turn
from runware_magic.display.render.answer_data import Document
from runware_magic.display.render.bundle import step_html
from runware_magic.display.render.tool_steps import Card, Step, last_cards, so_far, steps_of
from runware_magic.display.views.growing_reply import GrowingReply
from runware_magic.display.views.growing_text import Styles
from runware_magic.display.views.shared_tail import Tail
from runware_magic.display.views.tool_cards import Choose, ToolCards
from runware_magic.engine.throttle import DrawCost, together

_WIDGETS = 3  # messages of a reply's text, and of the new children


class Steps:
    """The ``widgets`` of an answer; there are more with each step.

    Without ``shows_tools``, only the last reply shows. The other parameters are as in
    `runware_magic.display.views.panel.Panel`.
    """

    def __init__(  # noqa: PLR0913  # what the steps share
        self,
        sheet: Styles,
        layout: Layout,
        mode: str,
        tails: tuple[Tail, Tail] | None = None,
        *,
        choose: Choose | None = None,
        shows_tools: bool = False,
    ) -> None:
        self._styles, self._layout, self._mode, self._choose = sheet, layout, mode, choose
        self._shows_tools = shows_tools
        self._reply = GrowingReply(sheet, layout, mode, tails)
        self._cards = ToolCards(sheet, choose)
        self._above: tuple[Widget, ...] = ()  # of the steps before
        self._ended = 0  # steps
        self._chosen: str | None = None
        self._new: Callable[[], Document] | None = None
        self.widgets: Sequence[Widget] = self._reply.widgets

    @property
    def chosen(self) -> str | None:
        """Whether the reader has opened or folded the last reasoning: ``open`` or ``folded``; None for neither."""
        return self._reply.chosen or self._chosen

    def grow_as(self, new: Callable[[], Document]) -> None:
        """Show texts, from their next beginning on, as documents that `new` returns: usually they are Markdown."""
        self._new = new
        self._reply.grow_as(new)

    def draw(self, builder: TurnBuilder, elapsed_s: float, *, can_choose: bool = False) -> DrawCost:
        """Show the answer so far; only changes are sent."""
        if not self._shows_tools:
            content = builder.content  # first: so that all the reasoning before it shows, too
            return self._show(builder.reasoning, content, answering=bool(content))
        steps, now = so_far(builder, elapsed_s)
        before = self._end(steps)
        answering = bool(now.said.content or now.cards)
        shown = self._show(now.said.reasoning, now.said.content, answering=answering)
        return together(before, shown, self._draw_cards(now.cards, can_choose=can_choose))

    def end(self, turn: Turn) -> DrawCost:
        """Show the answer that has ended."""
        if not self._shows_tools:
            return self._show(turn.reasoning, turn.content, answering=bool(turn.content))
        before = self._end(steps_of(turn.replies))
        shown = self._show(turn.reasoning, turn.content, answering=bool(turn.content))
        return together(before, shown, self._draw_cards(last_cards(turn), can_choose=False))

    def _end(self, steps: Sequence[Step]) -> DrawCost:
        """Show steps that have ended: the first in the widgets in which it has grown, if it has."""
        new = steps[self._ended :]
        if not new:
            return DrawCost()
        self._ended = len(steps)
        cost, first = DrawCost(), 0
        if self._reply.has_begun or self._cards.have_begun:
            first, step = 1, new[0]
            cost = together(
                self._show(step.said.reasoning, step.said.content, answering=True),
                self._draw_cards(step.cards, can_choose=False),
            )
        self._above = (*self._above, *self._own())
        missed = "".join(step_html(step, self._mode) for step in new[first:])
        if missed:
            markup = f'<div class="jp-RenderedHTMLCommon">{missed}</div>'
            layout = Layout(display="block", margin="0", width="auto")
            self._above = (*self._above, HTML(markup, layout=layout, style=self._styles.widget.style))
        self._chosen = self.chosen
        self._reply = GrowingReply(self._styles, self._layout, self._mode)
        if self._new:
            self._reply.grow_as(self._new)
        self._cards = ToolCards(self._styles, self._choose)
        self._arrange()
        return together(cost, DrawCost(words=True, messages=_WIDGETS))

    def _show(self, reasoning: str, content: str, *, answering: bool) -> DrawCost:
        before = self._reply.widgets
        shown = self._reply.show(reasoning, content, answering=answering)
        if self._reply.widgets is not before:
            self._arrange()
        return shown

    def _draw_cards(self, cards: Sequence[Card], *, can_choose: bool) -> DrawCost:
        had = self._cards.have_begun
        drawn = self._cards.draw(cards, can_choose=can_choose)
        if self._cards.have_begun != had:
            self._arrange()
        return drawn

    def _own(self) -> Iterable[Widget]:
        return (*self._reply.widgets, *([self._cards.box] if self._cards.have_begun else []))

    def _arrange(self) -> None:
        self.widgets = (*self._above, *self._own())
