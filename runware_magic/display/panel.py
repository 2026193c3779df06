"""The live widgets of one answer: its status, its reasoning under a fold, and its text as it grows."""

from __future__ import annotations

from collections.abc import Sequence

from ipywidgets import HTML, Layout, VBox, Widget  # type: ignore[import-untyped]  # has no types

from runware_magic.chat.turn import Draft, Turn
from runware_magic.display import look
from runware_magic.display.badge import badge, status
from runware_magic.display.bundle import badge_html, lines_of, notes_html
from runware_magic.display.directions import isolated
from runware_magic.display.door import clean, escape
from runware_magic.display.ends import End
from runware_magic.display.fold import Fold
from runware_magic.display.growing_box import GrowingBox, Styles
from runware_magic.pace import Drawn

_STATUS_S = 0.9  # between changes of the status line, whose clock counts seconds, unless it says something new


class Panel:
    """Shows an answer while it comes.

    Parameters
    ----------
    styles
        Of the view.
    layout
        Of the boxes: one for all that have the same, since each would be a model, and a message, of its own.
    line
        The status to begin with: plain text.
    reasoning
        ``auto`` (open while the model thinks, folded when it answers), ``open``, ``folded`` or ``hidden``. What the
        reader clicks goes before.
    name
        What the answer stands under; empty for nothing.
    status_s
        Seconds between changes of the status line that only tell the time.
    before
        Widgets that stand over the status.
    classes
        Of the box.
    ends
        Where its reasoning and its answer end, each together with those of other answers; None where it stands alone.

    Attributes
    ----------
    box
        All of it.
    status
        The line over the answer.
    """

    def __init__(  # noqa: PLR0913  # what every answer of a view has in common, and what is its own, by name
        self,
        styles: Styles,
        layout: Layout,
        line: str,
        *,
        reasoning: str = "auto",
        name: str = "",
        status_s: float = _STATUS_S,
        before: Sequence[Widget] = (),
        classes: Sequence[str] = (),
        ends: tuple[End, End] | None = None,
    ) -> None:
        self._styles, self._layout, self._mode = styles, layout, reasoning
        self._name, self._status_s = name, status_s
        self._doing: object = None
        self._said_s = 0.0
        self._fold: Fold | None = None
        self.status = HTML(self._headed(badge_html([line])), layout=layout, style=styles.widget.style)
        self._reasoning: GrowingBox
        self._thought_end = ends[0] if ends else None
        self._content = GrowingBox(look.CONTENT, styles, layout, ends[1] if ends else None)
        self.box = VBox([*before, self.status, self._content.box], layout=layout, _dom_classes=tuple(classes))

    @property
    def chosen(self) -> str | None:
        """Whether the reader has opened or folded the reasoning: ``open`` or ``folded``."""
        return self._fold.chosen if self._fold else None

    def say(self, line: str) -> int:
        """Show this as the status, plain text; count the messages of that."""
        return self._tell(badge_html([line]))

    def draw(self, draft: Draft, elapsed_s: float) -> Drawn:
        """Show the answer so far, and tell what that took; what has not changed is not sent again."""
        said = Drawn(messages=self._say_status(draft, elapsed_s))
        return together(said, self._show(draft.reasoning, draft.content, answering=draft.answering))

    def end(self, turn: Turn) -> Drawn:
        """Show the answer as it has ended, and its badge in place of the status."""
        said = badge_html(badge(turn, name=self._name)) + notes_html(lines_of(turn))
        return together(
            Drawn(messages=self._tell(said)),
            self._show(turn.reasoning, turn.content, answering=bool(turn.content)),
        )

    def replace(self, widget: Widget, by: Widget) -> None:
        """Put another widget in the place of one of the box's."""
        self.box.children = tuple(by if child is widget else child for child in self.box.children)

    def _say_status(self, draft: Draft, elapsed_s: float) -> int:
        # At once where it says something new.
        doing = (draft.opened, bool(draft.reasoning), draft.answering, draft.retrying)
        if doing == self._doing and elapsed_s - self._said_s < self._status_s:
            return 0
        self._doing, self._said_s = doing, elapsed_s
        return self.say(status(draft, elapsed_s, self._name))

    def _tell(self, markup: str) -> int:
        before = self.status.value
        self.status.value = self._headed(markup)
        return int(self.status.value != before)

    def _headed(self, markup: str) -> str:
        if not self._name:
            return clean(markup)
        name = f'<div style="{look.NAME}"{isolated(self._name)}>{escape(self._name)}</div>'
        return clean(f'<div style="{look.HEAD}">{name}{markup}</div>')

    def _show(self, reasoning: str, content: str, *, answering: bool) -> Drawn:
        thought = Drawn()
        if reasoning.strip() and self._mode != "hidden":
            thought = self._show_reasoning(reasoning, answering=answering)
        return together(thought, self._content.show(content))

    def _show_reasoning(self, reasoning: str, *, answering: bool) -> Drawn:
        messages = 0 if self._fold else self._begin_reasoning(opened=not answering)
        drawn = self._reasoning.show(reasoning)
        if self._fold and answering and self._mode == "auto":
            messages += self._fold.fold()
        return together(drawn, Drawn(messages=messages))

    def _begin_reasoning(self, *, opened: bool) -> int:
        """Make room for the reasoning, before the answer; count the messages of that."""
        like = self._styles.fold
        self._fold = Fold("Reasoning", opened=self._mode == "open" or (self._mode == "auto" and opened), like=like)
        self._styles.fold = like or self._fold.button
        self._reasoning = GrowingBox(
            look.THINKING, self._styles, self._layout, self._thought_end, ("runware-reasoning",)
        )
        *before, content = self.box.children
        self.box.children = (*before, self._fold.button, self._reasoning.box, content)
        # The first button has brought its layout and its style.
        return 3 if like else 5


def together(*drawn: Drawn) -> Drawn:
    """Give what several drawings took in all."""
    return Drawn(any(one.words for one in drawn), sum(one.messages for one in drawn), sum(one.again for one in drawn))
