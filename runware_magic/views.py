"""How answers show: as widgets where a kernel talks to a front end, as text in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Protocol

from IPython.core.interactiveshell import InteractiveShell

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
    return _Widgets() if hasattr(shell, "kernel") else _Texts()


class _Widgets:
    def __call__(self, settings: Settings, stop: Stop | None, *, background: bool = False) -> View:
        from runware_magic.display.live import LiveView  # noqa: PLC0415  # the first answer pays, not every kernel

        return LiveView(reasoning=settings.reasoning, stop=stop.ask if stop else None, background=background)

    def grid(self, settings: Settings, stop: Stop, pick: Callable[[int], object]) -> GridView:
        from runware_magic.display.live_grid import LiveGridView  # noqa: PLC0415  # as above

        return LiveGridView(reasoning=settings.reasoning, stop=stop.ask, pick=pick)


class _Texts:
    def __call__(self, settings: Settings, stop: Stop | None, *, background: bool = False) -> View:  # noqa: ARG002  # no button here
        from runware_magic.display.terminal import TerminalView  # noqa: PLC0415  # as above

        return TerminalView(
            # Asked for each time: while a prompt waits, a terminal has another stream than while a cell runs.
            lambda: sys.stdout,
            colour=sys.stdout.isatty(),
            reasoning=settings.reasoning,
            background=background,
        )

    def grid(self, settings: Settings, stop: Stop, pick: Callable[[int], object]) -> GridView:  # noqa: ARG002  # likewise
        from runware_magic.display.terminal_grid import TerminalGridView  # noqa: PLC0415  # as above

        return TerminalGridView(lambda: sys.stdout, colour=sys.stdout.isatty())
