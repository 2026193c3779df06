"""A button that folds the widget behind it: by click, Enter and Space, and without the kernel.

ipywidgets' own `Accordion` cannot be reached by the keyboard. A `ToggleButton` can, and a front end marks at once
whether it is on: by that mark, CSS rules show or hide the next widget.
"""

from __future__ import annotations

from ipywidgets import Layout, ToggleButton, Widget  # type: ignore[import-untyped]  # has no types
from traitlets import Bunch

from runware_magic.display.render import styles
from runware_magic.display.views.comms import listen_while_running

#: The class of the button.
NAME = "runware-fold"
# Screen readers say words in place of the triangles.
RULES = (
    f".runware-turn .{NAME}.{NAME}.{NAME}{{{styles.FOLD}}}"
    f".runware-turn .{NAME}.{NAME}.{NAME}.mod-active{{margin-bottom:0}}"
    f'.{NAME}::before{{content:"▸ ";content:"▸ " / "Unfold "}}'
    f'.{NAME}.mod-active::before{{content:"▾ ";content:"▾ " / "Fold "}}'
    f".{NAME}:not(.mod-active)+*{{display:none!important}}"
)


class Fold:
    """A ``button`` that shows or hides what it names, the next widget in the same box.

    ``chosen`` is what the reader has done: ``open`` or ``folded``, None for nothing. ``like`` is a button whose layout
    and style this one shares: each would be a model of its own.
    """

    def __init__(self, name: str, *, opened: bool, like: Widget | None = None) -> None:
        shared = {"layout": like.layout, "style": like.style} if like else {"layout": Layout(width="auto")}
        self.button: ToggleButton = ToggleButton(
            opened, description=name, tooltip="Fold or unfold", _dom_classes=(NAME,), **shared
        )
        self.chosen: str | None = None
        self._set = opened
        self.button.observe(self._notice, "value")
        listen_while_running(self.button.comm)

    def fold(self) -> int:
        """Fold it, unless the reader has made a choice; count the messages of that."""
        if self.chosen is not None or not self._set:
            return 0
        self.button.value = self._set = False
        return 1

    def _notice(self, change: Bunch) -> None:
        if change.new != self._set:
            self.chosen = "open" if change.new else "folded"
            self._set = change.new
