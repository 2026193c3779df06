"""The live widgets of one answer: its status, its reasoning in an accordion, and its text as it grows."""

from __future__ import annotations

from collections.abc import Sequence

from ipywidgets import HTML, Accordion, Layout, VBox, Widget  # type: ignore[import-untyped]  # has no types
from traitlets import Bunch

from runware_magic.chat.turn import Draft, Turn
from runware_magic.display import look
from runware_magic.display.badge import badge, status
from runware_magic.display.bundle import badge_html, lines_of, notes_html
from runware_magic.display.comms import listen_while_running
from runware_magic.display.door import clean, escape
from runware_magic.display.ends import End
from runware_magic.display.growing_box import GrowingBox, Styles
from runware_magic.pace import Drawn

_OPEN, _FOLDED = 0, None  # what an Accordion of one child calls them
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
        self._reasoning: _Reasoning | None = None
        self.status = HTML(self._headed(badge_html([line])), layout=layout, style=styles.widget.style)
        self._thought_end = ends[0] if ends else None
        self._content = GrowingBox(look.CONTENT, styles, layout, ends[1] if ends else None)
        self.box = VBox([*before, self.status, self._content.box], layout=layout, _dom_classes=tuple(classes))

    @property
    def chosen(self) -> str | None:
        """Whether the reader has opened or folded the reasoning: ``open`` or ``folded``."""
        return self._reasoning.chosen if self._reasoning else None

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
        return clean(f'<div style="{look.HEAD}"><div style="{look.NAME}">{escape(self._name)}</div>{markup}</div>')

    def _show(self, reasoning: str, content: str, *, answering: bool) -> Drawn:
        thought = Drawn()
        if reasoning.strip() and self._mode != "hidden":
            thought = self._show_reasoning(reasoning, answering=answering)
        return together(thought, self._content.show(content))

    def _show_reasoning(self, reasoning: str, *, answering: bool) -> Drawn:
        messages = 0
        if self._reasoning is None:
            opened = self._mode == "open" or (self._mode == "auto" and not answering)
            self._reasoning = _Reasoning(self._styles, self._layout, self._thought_end, opened=opened)
            self.box.children = (*self.box.children[:-1], self._reasoning.accordion, self._content.box)
            messages = 4  # two boxes, a layout, and the children of the panel
        drawn = self._reasoning.text.show(reasoning)
        if answering and self._mode == "auto":
            messages += self._reasoning.fold()
        return together(drawn, Drawn(messages=messages))


class _Reasoning:
    """The reasoning in an accordion, which knows its own doings from the reader's."""

    def __init__(self, styles: Styles, layout: Layout, end: End | None, *, opened: bool) -> None:
        self.text = GrowingBox(look.THINKING, styles, layout, end)
        self._set = _OPEN if opened else _FOLDED
        self.accordion = Accordion(
            [self.text.box],
            **_titled("Reasoning"),
            selected_index=self._set,
            layout=Layout(margin="4px 0 10px"),
            _dom_classes=("runware-reasoning",),
        )
        self.chosen: str | None = None
        self.accordion.observe(self._notice, "selected_index")
        listen_while_running(self.accordion.comm)

    def fold(self) -> int:
        """Fold it, unless the reader has made a choice; count the messages of that."""
        if self.chosen is not None or self._set == _FOLDED:
            return 0
        self._set = _FOLDED
        self.accordion.selected_index = _FOLDED
        return 1

    def _notice(self, change: Bunch) -> None:
        if change.new != self._set:
            self.chosen = "open" if change.new == _OPEN else "folded"
            self._set = change.new


def _titled(name: str) -> dict[str, object]:
    # ipywidgets 7, where Colab stays, calls it otherwise; to set it afterwards would be a message of its own.
    return {"titles": (name,)} if "titles" in Accordion.class_trait_names() else {"_titles": {"0": name}}


def together(*drawn: Drawn) -> Drawn:
    """Give what several drawings took in all."""
    return Drawn(any(one.words for one in drawn), sum(one.messages for one in drawn), sum(one.again for one in drawn))
