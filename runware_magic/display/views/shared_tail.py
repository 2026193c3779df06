"""The tails of several growing texts in one widget, so that all of them change in one message.

A message for each text would be too many: ten answers that are to show within a tenth of a second take a hundred a
second. So one widget holds all tails and has a view at the end of each text, where a CSS rule shows only the tail of
that text.
"""

from __future__ import annotations

from dataclasses import dataclass

from ipywidgets import HTMLMath, Layout  # type: ignore[import-untyped]  # has no types

from runware_magic.engine.throttle import MESSAGE, DrawCost


class SharedTail:
    """The tails of ``count`` texts, in a widget that belongs at the end of each text."""

    def __init__(self, count: int) -> None:
        # A block: the flex box that it is otherwise grows with its content, past a narrow page.
        self.widget = HTMLMath("", layout=Layout(display="block", margin="0", width="auto"))
        self.markup = [""] * count  # to be sent the next time

    @property
    def rules(self) -> str:
        """The CSS rules that belong in the view."""
        shown = "".join(f".{self.of(at).name} .{_tail(at)}{{display:block}}" for at in range(len(self.markup)))
        return f"<style>.runware-end{{display:none}}{shown}</style>"

    def of(self, at: int) -> Tail:
        """Return the tail of the text with this index."""
        return Tail(self, at)

    def send(self) -> DrawCost:
        """Send what has changed."""
        parts = enumerate(self.markup)
        value = "".join(f'<div class="runware-end {_tail(at)}">{markup}</div>' for at, markup in parts if markup)
        if value == self.widget.value:
            return DrawCost()
        had, self.widget.value = len(self.widget.value), value
        return DrawCost(words=True, messages=1, again=had + MESSAGE)


@dataclass(frozen=True, slots=True)
class Tail:
    """The tail of one of the texts, counting from 0."""

    tails: SharedTail
    at: int

    @property
    def widget(self) -> HTMLMath:
        """The widget that shows it, within a box of the class `name`."""
        return self.tails.widget

    @property
    def name(self) -> str:
        """The class of the box in which the widget shows this tail."""
        return f"runware-text-{self.at}"

    def put(self, markup: str) -> None:
        """Set it, to be sent with the others."""
        self.tails.markup[self.at] = markup


def _tail(at: int) -> str:
    return f"runware-end-{at}"
