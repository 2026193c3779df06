"""The live widgets of one answer: its status, its reasoning under a fold, and its text as it grows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ipywidgets import HTML, HBox, Layout, VBox, Widget  # type: ignore[import-untyped]  # has no types

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.turn import Turn
from runware_magic.display.render import styles
from runware_magic.display.render.answer_data import document_for
from runware_magic.display.render.badge import Badge, badge_html, status
from runware_magic.display.render.bidi import isolated
from runware_magic.display.render.bundle import column_head, lines_of, notes_html
from runware_magic.display.render.sanitize_html import clean, escape
from runware_magic.display.render.sources import sources_html
from runware_magic.display.views.growing_text import Styles
from runware_magic.display.views.shared_tail import Tail
from runware_magic.display.views.steps import Steps
from runware_magic.display.views.tool_cards import Choose
from runware_magic.engine.throttle import DrawCost, together

_STATUS_S = 0.9  # between changes of the status line that only tell the time


class Panel:
    """A ``box`` with an answer under a heading, while it arrives.

    The boxes of a view share one layout, since each would be a model, and a message, of its own. ``line`` is the first
    status; ``before`` are widgets above it, ``below`` between it and the answer. ``status_s`` are the seconds between
    changes of the status that only tell the time. ``tails`` show the ends of its reasoning and its text together with
    those of other answers. With a ``row``, the layout of one, the status stands in it, behind a button if there is one,
    and tool calls show as cards; without, only the status tells of them. ``choose`` is as in `ToolCards`;
    ``can_choose`` says whether it would be called. Where it is ``settling_in_place``, the status stands where the badge
    will stand, under the answer.
    """

    def __init__(  # noqa: PLR0913  # what the answers of a view share, and what is the answer's own, by name
        self,
        sheet: Styles,
        layout: Layout,
        line: str,
        *,
        reasoning: str = "auto",
        name: str = "",
        status_s: float = _STATUS_S,
        before: Sequence[Widget] = (),
        below: Sequence[Widget] = (),
        classes: Sequence[str] = (),
        tails: tuple[Tail, Tail] | None = None,
        row: dict[str, str] | None = None,
        choose: Choose | None = None,
        settling_in_place: bool = False,
    ) -> None:
        self._styles, self._layout = sheet, layout
        self._name, self._status_s = name, status_s
        self._has_head = settling_in_place
        self._doing: object = None
        self.can_choose = False
        self._grows: object = None
        self._said_s = 0.0
        self._steps = Steps(sheet, layout, reasoning, tails, choose=choose, shows_tools=row is not None)
        self.status = HTML(self._headed(badge_html([line])), layout=layout, style=sheet.widget.style)
        self.row = HBox([self.status], layout=row, _dom_classes=("runware-head",)) if row else None
        self._above: tuple[Widget, ...] = (*before, self.row or self.status, *below)
        self._below: tuple[Widget, ...] = ()
        if settling_in_place:
            head = HTML(column_head(name), layout=layout, style=sheet.widget.style)
            self._above, self._below = (*before, head, *below), (self.status,)
        self._shown = self._steps.widgets
        self.box = VBox([*self._above, *self._shown, *self._below], layout=layout, _dom_classes=tuple(classes))

    @property
    def chosen(self) -> str | None:
        """Whether the reader has opened or folded the reasoning: ``open`` or ``folded``; None for neither."""
        return self._steps.chosen

    def add_button(self, button: Widget) -> None:
        """Show a button before the status, in its row."""
        if self.row:
            self.row.children = (button, self.status)

    def say(self, line: str) -> int:
        """Show plain text as the status; count the messages of that."""
        return self._tell(badge_html([line]))

    def draw(self, builder: TurnBuilder, elapsed_s: float) -> DrawCost:
        """Show the answer so far; only changes are sent."""
        messages = 0
        tools = bool(builder.tool_calls), tuple(each.state for each in builder.calls)
        doing = (builder.opened, bool(builder.reasoning), builder.answering, builder.retrying, tools)
        # Something new shows at once.
        if doing != self._doing or elapsed_s - self._said_s >= self._status_s:
            self._doing, self._said_s = doing, elapsed_s
            messages = self.say(status(builder, elapsed_s, self._name))
        # Once its answer begins, since where the schema was sent may change until then.
        if self._grows != (grows := (builder, builder.answering)):
            self._grows = grows
            self._steps.grow_as(partial(document_for, builder.snapshot()))
        shown = self._steps.draw(builder, elapsed_s, can_choose=self.can_choose)
        self._arrange()
        return together(DrawCost(messages=messages), shown)

    def end(self, turn: Turn) -> DrawCost:
        """Show the answer that has ended, with its badge in place of the status."""
        self._steps.grow_as(partial(document_for, turn))
        badge, notes = Badge.of(turn, name=self._name).html, notes_html(lines_of(turn))
        said = notes + badge if self._has_head else badge + notes
        shown = self._steps.end(turn)
        self._arrange()
        return together(DrawCost(messages=self._tell(said) + self._cite(turn)), shown)

    def _arrange(self) -> None:
        if self._steps.widgets is not self._shown:
            self._shown = self._steps.widgets
            self.box.children = (*self._above, *self._shown, *self._below)

    def _cite(self, turn: Turn) -> int:
        """Show the sources under the answer; count the messages of that."""
        if not turn.sources:
            return 0
        markup = f'<div class="jp-RenderedHTMLCommon">{sources_html(turn.sources)}</div>'
        cited = HTML(markup, layout=self._layout, style=self._styles.widget.style)
        self.box.children = (*self._above, *self._shown, cited, *self._below)
        return 2

    def _tell(self, markup: str) -> int:
        before = self.status.value
        self.status.value = self._headed(markup)
        return int(self.status.value != before)

    def _headed(self, markup: str) -> str:
        if self._name and not self._has_head:
            name = f'<div style="{styles.NAME}"{isolated(self._name)}>{escape(self._name)}</div>'
            markup = f'<div style="{styles.HEAD}">{name}{markup}</div>'
        return clean(markup)
