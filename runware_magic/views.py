"""How answers show: as widgets where a kernel talks to a front end, as text in a terminal."""

from __future__ import annotations

import sys
from typing import Protocol

from IPython.core.interactiveshell import InteractiveShell

from runware_magic.display.view import View
from runware_magic.settings import Settings
from runware_magic.stopping import Stop


class Views(Protocol):
    """Gives what shows an answer."""

    def __call__(self, settings: Settings, stop: Stop | None, *, background: bool = False) -> View:
        """Make a view.

        Parameters
        ----------
        settings
            How reasoning shows.
        stop
            Ends the answer; None for one that has ended.
        background
            Whether it goes on while other cells run.
        """


def views_for(shell: InteractiveShell) -> Views:
    """Choose how answers show."""
    return _widgets if hasattr(shell, "kernel") else _text


def _widgets(settings: Settings, stop: Stop | None, *, background: bool = False) -> View:
    from runware_magic.display.live import LiveView  # noqa: PLC0415  # the first answer pays for it, not every kernel

    return LiveView(reasoning=settings.reasoning, stop=stop.ask if stop else None, background=background)


def _text(settings: Settings, stop: Stop | None, *, background: bool = False) -> View:  # noqa: ARG001  # no button here
    from runware_magic.display.terminal import TerminalView  # noqa: PLC0415  # as above

    return TerminalView(
        # Asked for each time: while a prompt waits, a terminal has another stream than while a cell runs.
        lambda: sys.stdout,
        colour=sys.stdout.isatty(),
        reasoning=settings.reasoning,
        background=background,
    )
