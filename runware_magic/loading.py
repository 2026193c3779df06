"""Registers the magics with a shell, and takes them away again."""

from __future__ import annotations

import atexit
import os
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from runware_magic.classroom import FILE, find, folder_of
from runware_magic.magics import RunwareMagics
from runware_magic.shell import Hooks
from runware_magic.views import views_for


def load(shell: InteractiveShell) -> None:
    """Register the magics with a shell, once."""
    if _loaded(shell):
        return
    magics = RunwareMagics(shell, views_for)
    shell.register_magics(magics)
    magics.hooks = Hooks(shell, magics.known)
    atexit.register(magics.close)
    _greet(shell, magics)


def unload(shell: InteractiveShell) -> None:
    """Take the magics away and close what they opened."""
    magics = _loaded(shell)
    if magics is None:
        return
    magics.close()
    magics.hooks.remove()
    atexit.unregister(magics.close)
    shell.configurables.remove(magics)  # type: ignore[arg-type]
    for table in shell.magics_manager.magics.values():
        table.pop("runware", None)
    shell.magics_manager.registry.pop(RunwareMagics.__name__, None)


def _greet(shell: InteractiveShell, magics: RunwareMagics) -> None:
    """Say in a line each what comes with the notebook, if it does: a class's settings, and turns."""
    told = "JPY_SESSION_NAME" in os.environ or "__vsc_ipynb_file__" in shell.user_ns
    path = None
    if told:
        from runware_magic.notebook import saved  # noqa: PLC0415  # where a front end tells its notebook

        path = saved.find(os.environ, shell.user_ns)
    if find(folder_of(path)):
        print(f"{FILE} sets how cells ask here: %runware shows what.")  # noqa: T201  # what the user is told
    if path and magics.restore != "off":
        _tell_of_turns(path, magics)


def _tell_of_turns(path: Path, magics: RunwareMagics) -> None:
    from runware_magic.notebook import saved  # noqa: PLC0415  # as above

    turns = saved.holds_turns(path)
    if turns and magics.restore == "auto":
        magics.dispatch.command("restore")
    elif turns:
        held = "1 turn" if turns == 1 else f"{turns} turns"
        print(f"This notebook holds {held}: %runware restore brings them back.")  # noqa: T201  # what the user is told


def _loaded(shell: InteractiveShell) -> RunwareMagics | None:
    entries: list[Any] = shell.configurables
    return next((entry for entry in entries if isinstance(entry, RunwareMagics)), None)
