"""The place of a view in an output: a display that is updated, and widgets that one bundle replaces at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from IPython.display import DisplayHandle, display
from ipywidgets import VBox  # type: ignore[import-untyped]  # has no types

from runware_magic.display.render.bundle import refusal
from runware_magic.display.views.announcer import Announcer
from runware_magic.display.views.growing_text import close
from runware_magic.display.views.settled_parts import SettledParts
from runware_magic.engine.view import Settled

_VIEW = "application/vnd.jupyter.widget-view+json"
_INSTEAD = "Answer in progress. Nothing visible? %config RunwareMagics.widgets = 'off' shows answers without widgets."


#: Displays a bundle and returns its handle, as IPython's ``display`` does with a display id.
Display = Callable[..., DisplayHandle | None]


def show_widget(shown: Any, *, display_id: bool, raw: bool = False, display: Display = display) -> DisplayHandle | None:  # noqa: ANN401  # ipywidgets has no types
    """Display a widget, or a bundle if it is raw, and return the handle, as IPython's ``display`` does."""
    # Its bundle is made here: a widget of ipywidgets 7 displays itself, under no id, and stays for ever.
    if not raw:
        view = {"version_major": 2, "version_minor": 0, "model_id": shown.model_id}
        shown = {"text/plain": _INSTEAD, _VIEW: view}
    return display(shown, raw=True, display_id=display_id)


class _Body(Protocol):
    @property
    def chosen(self) -> str | None: ...


class LiveOutput:
    """What the live views share: widgets, and then the bundle that replaces them.

    ``reasoning`` is ``auto`` (open while the model thinks, folded when it answers), ``open``, ``folded`` or ``hidden``;
    what the reader clicks takes precedence. ``show`` displays an object and returns its handle, as IPython's
    ``display`` does with a display id.
    """

    _root: VBox  # holds all other widgets
    _body: _Body
    _narrator: Announcer

    def __init__(
        self, reasoning: str, show: Callable[..., DisplayHandle | None], *, tells_errors: bool, alone: bool = False
    ) -> None:
        self.tells_errors = tells_errors
        self._mode = reasoning
        self._is_live = False  # whether widgets are shown
        self._show = show
        self._handle: DisplayHandle | None = None
        self._parts = SettledParts(show, alone=alone)

    def hand_over(self) -> DisplayHandle | None:
        """Return the first display, for another view to take over, and empty the others."""
        self._parts.show(())
        return self._handle

    def announce_end(self, ended: object) -> None:
        """Announce how it ended, as long as there are widgets."""
        if self._is_live:
            self._narrator.end(ended, self._root.comm)

    def settle(self, settled: Settled) -> None:
        """Replace the widgets by the final bundle; later, replace that bundle."""
        if self._is_live:
            self._mode = self._body.chosen or self._mode
        head, *parts = self._parts.of(settled, reasoning=self._mode, says_why=self.tells_errors)
        if self._handle is None:
            self._handle = self._show(head.bundle(), raw=True, display_id=True)
        else:
            self._replace(head.bundle())
        self._parts.show(parts)

    def refuse(self, model: str, error: BaseException) -> None:
        """Announce that there is no answer, and replace the widgets by a line that says so."""
        try:
            self.announce_end(error)
        finally:
            self._replace(refusal(model, error, says_why=self.tells_errors))

    def _open(self, root: VBox) -> None:
        self._root, self._is_live = root, True
        self._handle = self._show(root, display_id=True)

    def _replace(self, data: dict[str, object]) -> None:
        # In this order: widgets that are closed first leave an empty output until the bundle arrives.
        if self._handle is not None:
            self._handle.update(data, raw=True)
        if self._is_live:
            close(self._root)
            self._is_live = False
