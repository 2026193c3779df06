"""How answers show: as widgets where a front end has them, else as displays that are updated, or as text."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from IPython.core.interactiveshell import InteractiveShell

from runware_magic.frontend import TEXT, UPDATES, WIDGETS, shows

if TYPE_CHECKING:  # the first question pays for them, not every kernel
    from runware_magic.display.view import GridView, View
    from runware_magic.settings import Settings
    from runware_magic.stopping import Stop


class Views(Protocol):
    """Gives what shows answers."""

    def __call__(self, settings: Settings, stop: Stop | None, *, background: bool = False) -> View:
        """Make a view of one answer.

        Parameters
        ----------
        settings
            How reasoning shows.
        stop
            Ends the answer; None for one that has ended.
        background
            Whether it goes on while other cells run.
        """

    def grid(self, settings: Settings, stop: Stop, pick: Callable[[int], object]) -> GridView:
        """Make a view of several answers.

        Parameters
        ----------
        settings
            How reasoning shows.
        stop
            Ends them all.
        pick
            Is told the number of the answer that the chat is to go on from.
        """


def views_for(shell: InteractiveShell) -> Views:
    """Choose how answers show."""
    return _OfKernel(shell) if hasattr(shell, "kernel") else _Texts()


class _OfKernel:
    """Chooses anew for each answer: a console may have joined a notebook's kernel."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell

    def __call__(self, settings: Settings, stop: Stop | None, *, background: bool = False) -> View:
        return self._chosen(settings)(settings, stop, background=background)

    def grid(self, settings: Settings, stop: Stop, pick: Callable[[int], object]) -> GridView:
        return self._chosen(settings).grid(settings, stop, pick)

    def _chosen(self, settings: Settings) -> Views:
        views: dict[str, Views] = {WIDGETS: _Widgets(), UPDATES: _Updates(), TEXT: _Texts(colour=True)}
        told = {"on": WIDGETS, "off": UPDATES}.get(settings.widgets)
        return views[told or shows(getattr(self._shell, "parent_header", None))]


class _Widgets:
    def __call__(self, settings: Settings, stop: Stop | None, *, background: bool = False) -> View:
        from runware_magic.display.live import LiveView  # noqa: PLC0415  # the first answer pays, not every kernel

        return LiveView(reasoning=settings.reasoning, stop=stop.ask if stop else None, background=background)

    def grid(self, settings: Settings, stop: Stop, pick: Callable[[int], object]) -> GridView:
        from runware_magic.display.live_grid import LiveGridView  # noqa: PLC0415  # as above

        return LiveGridView(reasoning=settings.reasoning, stop=stop.ask, pick=pick)


class _Updates:
    def __call__(self, settings: Settings, stop: Stop | None, *, background: bool = False) -> View:  # noqa: ARG002  # no button here
        from runware_magic.display.updates import UpdatesView  # noqa: PLC0415  # as above

        return UpdatesView(reasoning=settings.reasoning, background=background)

    def grid(self, settings: Settings, stop: Stop, pick: Callable[[int], object]) -> GridView:  # noqa: ARG002  # likewise
        from runware_magic.display.updates_grid import UpdatesGridView  # noqa: PLC0415  # as above

        return UpdatesGridView()


class _Texts:
    def __init__(self, *, colour: bool = False) -> None:
        self._colour = colour

    def __call__(self, settings: Settings, stop: Stop | None, *, background: bool = False) -> View:  # noqa: ARG002  # no button here
        from runware_magic.display.terminal import TerminalView  # noqa: PLC0415  # as above

        return TerminalView(
            # Asked for each time: while a prompt waits, a terminal has another stream than while a cell runs.
            lambda: sys.stdout,
            colour=self._has_colours,
            reasoning=settings.reasoning,
            background=background,
        )

    def grid(self, settings: Settings, stop: Stop, pick: Callable[[int], object]) -> GridView:  # noqa: ARG002  # likewise
        from runware_magic.display.terminal_grid import TerminalGridView  # noqa: PLC0415  # as above

        return TerminalGridView(lambda: sys.stdout, colour=self._has_colours)

    @property
    def _has_colours(self) -> bool:
        # A kernel's stream is none, and yet a console writes what comes to a terminal.
        return self._colour or sys.stdout.isatty()
