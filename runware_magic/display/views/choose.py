"""Choose the view of an answer: widgets where the front end has them, else an updated display, or text."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TextIO

from IPython.core.interactiveshell import InteractiveShell

from runware_magic.display.views.frontend import TEXT, UPDATES, WIDGETS, shows

if TYPE_CHECKING:
    from runware_magic.engine.cancel import CancelToken
    from runware_magic.engine.settings import Settings
    from runware_magic.engine.view import GridView, View


class Views:
    """The views of a shell, chosen for each answer, since a console may have joined a notebook's kernel."""

    # Views are imported when the first answer is shown, not when a kernel starts.

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._has_kernel = hasattr(shell, "kernel")

    def __call__(
        self,
        settings: Settings,
        stop: CancelToken | None,
        *,
        background: bool = False,
        choose: Callable[[str, str], None] | None = None,
        into: object = None,
    ) -> View:
        """Return a view of one answer.

        ``stop`` cancels it, and is None where it has ended. ``choose`` is called for a click on a button of consent, as
        in `LiveView`: only where the view ``hears_choices``. ``into`` is the handle of an earlier view, whose display
        this one takes over.
        """
        kind = self._kind(settings)
        if kind == WIDGETS:
            from runware_magic.display.views.live import LiveView  # noqa: PLC0415

            stopped_by = stop.ask if stop else None
            return LiveView(
                reasoning=settings.reasoning,
                stop=stopped_by,
                background=background,
                choose=choose,
                **_as_widgets(into),
            )
        if kind == UPDATES:
            from runware_magic.display.views.updates import UpdatesView  # noqa: PLC0415

            return UpdatesView(reasoning=settings.reasoning, background=background, **_as_bundles(into))
        from runware_magic.display.views.terminal import TerminalView  # noqa: PLC0415

        return TerminalView(_stdout, colour=self._has_colours, reasoning=settings.reasoning, background=background)

    def grid(
        self, settings: Settings, stop: CancelToken, pick: Callable[[int], object] | None, *, into: object = None
    ) -> GridView:
        """Return a view of several.

        ``pick`` is called with the number of the answer from which the chat continues; None outside of all chats.
        """
        kind = self._kind(settings)
        if kind == WIDGETS:
            from runware_magic.display.views.live_grid import LiveGridView  # noqa: PLC0415

            return LiveGridView(
                reasoning=settings.reasoning, stop=stop.ask, pick=pick, alone=into is not None, **_as_widgets(into)
            )
        if kind == UPDATES:
            from runware_magic.display.views.updates import UpdatesGridView  # noqa: PLC0415

            return UpdatesGridView(alone=into is not None, **_as_bundles(into))
        from runware_magic.display.views.terminal_grid import TerminalGridView  # noqa: PLC0415

        return TerminalGridView(_stdout, colour=self._has_colours)

    def _kind(self, settings: Settings) -> str:
        if not self._has_kernel:
            return TEXT
        told = {"on": WIDGETS, "off": UPDATES}.get(settings.widgets)
        return told or shows(getattr(self._shell, "parent_header", None))

    @property
    def _has_colours(self) -> bool:
        # A kernel's stream is no terminal, but a console writes it to one.
        return self._has_kernel or sys.stdout.isatty()


def _as_bundles(handle: Any) -> dict[str, Any]:  # noqa: ANN401  # of a view whose kind nobody keeps
    """Return how a view displays bundles: not otherwise than usual, unless it takes over the display of a handle."""

    def show(bundle: dict[str, object], **_: object) -> object:
        handle.update(bundle, raw=True)
        return handle

    return {} if handle is None else {"show": show}


def _as_widgets(handle: object) -> dict[str, Any]:
    from runware_magic.display.views.output_area import show_widget  # noqa: PLC0415  # as in `Views`

    return {name: partial(show_widget, display=show) for name, show in _as_bundles(handle).items()}


def _stdout() -> TextIO:
    # Looked up for each line: while a prompt waits, a terminal has another stream than while a cell runs.
    return sys.stdout
