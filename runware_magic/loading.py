"""Registers the magics with a shell, and takes them away again."""

from __future__ import annotations

import atexit
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from runware_magic.magics import RunwareMagics
from runware_magic.session import Session
from runware_magic.shell import Hooks
from runware_magic.views import views_for


def load(shell: InteractiveShell) -> None:
    """Register the magics with a shell, once."""
    if _loaded(shell):
        return
    magics = RunwareMagics(shell, Session(), views_for(shell))
    shell.register_magics(magics)
    magics.hooks = Hooks(shell, magics.known)
    atexit.register(magics.close)
    magics.greet()


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


def _loaded(shell: InteractiveShell) -> RunwareMagics | None:
    entries: list[Any] = shell.configurables
    return next((entry for entry in entries if isinstance(entry, RunwareMagics)), None)
