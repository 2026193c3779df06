"""A reply as widgets while it arrives: its reasoning under a fold, and its text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ipywidgets import Layout, Widget  # type: ignore[import-untyped]  # has no types

from runware_magic.display.render import styles
from runware_magic.display.render.answer_data import Document
from runware_magic.display.views.fold_button import Fold
from runware_magic.display.views.growing_text import GrowingBox, Styles
from runware_magic.display.views.shared_tail import Tail
from runware_magic.engine.throttle import DrawCost, together


class GrowingReply:
    """The ``widgets`` of a reply, from top to bottom; there are more once it has reasoning.

    Parameters are as in `runware_magic.display.views.panel.Panel`.
    """

    def __init__(self, sheet: Styles, layout: Layout, mode: str, tails: tuple[Tail, Tail] | None = None) -> None:
        self._styles, self._layout, self._mode = sheet, layout, mode
        self._thought_tail = tails[0] if tails else None
        self._content = GrowingBox(styles.CONTENT, sheet, layout, tails[1] if tails else None)
        self._fold: Fold | None = None
        self._reasoning: GrowingBox
        self.widgets: Sequence[Widget] = (self._content.box,)

    @property
    def chosen(self) -> str | None:
        """Whether the reader has opened or folded the reasoning: ``open`` or ``folded``; None for neither."""
        return self._fold.chosen if self._fold else None

    @property
    def has_begun(self) -> bool:
        """Whether it shows anything."""
        return self._fold is not None or self._content.has_begun

    def grow_as(self, new: Callable[[], Document]) -> None:
        """Show the text, from its next beginning on, as documents that `new` returns."""
        self._content.grow_as(new)

    def show(self, reasoning: str, content: str, *, answering: bool) -> DrawCost:
        """Show the reply so far; only changes are sent."""
        thought = DrawCost()
        if reasoning.strip() and self._mode != "hidden":
            messages = 0 if self._fold else self._begin_reasoning(opened=not answering)
            thought = self._reasoning.show(reasoning)
            if self._fold and answering and self._mode == "auto":
                messages += self._fold.fold()
            thought = together(thought, DrawCost(messages=messages))
        return together(thought, self._content.show(content))

    def _begin_reasoning(self, *, opened: bool) -> int:
        """Add the reasoning above the text; count the messages of that."""
        like = self._styles.fold
        self._fold = Fold("Reasoning", opened=self._mode == "open" or (self._mode == "auto" and opened), like=like)
        self._styles.fold = like or self._fold.button
        self._reasoning = GrowingBox(
            styles.THINKING, self._styles, self._layout, self._thought_tail, ("runware-reasoning",)
        )
        self.widgets = (self._fold.button, self._reasoning.box, self._content.box)
        # The first button adds a layout and a style.
        return 3 if like else 5
