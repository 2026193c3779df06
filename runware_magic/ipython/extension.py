"""Loads and unloads the IPython extension."""

from __future__ import annotations

import atexit
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display
from traitlets import TraitError

from runware_magic.chat.text import one_line
from runware_magic.display.views.choose import Views
from runware_magic.errors import UsageError
from runware_magic.ipython.cell_log import CellLog
from runware_magic.ipython.class_file import FILE, find, folder_of, open_notebook
from runware_magic.ipython.magics import RunwareMagics
from runware_magic.ipython.shell_hooks import Hooks

_MEND = "Correct it where it is set (ipython_config.py, or %config), then %load_ext runware_magic."


def load(shell: InteractiveShell) -> None:
    """Register the magics with a shell, once; raise `UsageError` if the configuration has an invalid value."""
    if _loaded(shell):
        return
    magics = _configured(shell)
    shell.register_magics(magics)
    magics.hooks = Hooks(shell, magics.known)
    magics.log = CellLog(shell)
    atexit.register(magics.close)
    _greet(shell, magics)


def unload(shell: InteractiveShell) -> None:
    """Remove the magics, and close all connections."""
    magics = _loaded(shell)
    if magics is None:
        return
    magics.close()
    magics.hooks.remove()
    magics.log.close()
    atexit.unregister(magics.close)
    shell.configurables.remove(magics)  # type: ignore[arg-type]
    for table in shell.magics_manager.magics.values():
        table.pop("runware", None)
    shell.magics_manager.registry.pop(RunwareMagics.__name__, None)


def _configured(shell: InteractiveShell) -> RunwareMagics:
    try:
        return RunwareMagics(shell, Views)
    except Exception as error:
        # IPython registers the object before it reads the values: a half-built one would count as loaded.
        if half_built := _loaded(shell):
            shell.configurables.remove(half_built)  # type: ignore[arg-type]
        if not isinstance(error, TraitError):
            raise
        # traitlets' message names the trait, what it takes and what came.
        why = str(error).replace(f" of a {RunwareMagics.__name__} instance", "").rstrip(".")
        msg = f"The configuration of {RunwareMagics.__name__} is not valid: {one_line(why)}."
        raise UsageError(msg, _MEND) from None


def _greet(shell: InteractiveShell, magics: RunwareMagics) -> None:
    """Show which settings and turns come with the notebook, if any do."""
    path = open_notebook(shell)
    if find(folder_of(path)):
        _tell(f"{FILE} sets defaults for this notebook's cells: %runware shows them.")
    if not path or magics.restore == "off":
        return
    from runware_magic.notebook import reader  # noqa: PLC0415  # keeps loading the extension fast

    turns = reader.holds_turns(path)
    if turns and magics.restore == "auto":
        magics.dispatch.command("restore")
    elif turns:
        held = "1 saved turn found. It is" if turns == 1 else f"{turns} saved turns found. They are"
        it = "it" if turns == 1 else "them"
        _tell(f"{held} not in this chat yet: %runware restore loads {it}.")


def _tell(notice: str) -> None:
    from runware_magic.display.render.tables import Notice  # noqa: PLC0415  # keeps loading the extension fast

    display(Notice(notice))


def _loaded(shell: InteractiveShell) -> RunwareMagics | None:
    entries: list[Any] = shell.configurables
    return next((entry for entry in entries if isinstance(entry, RunwareMagics)), None)
