"""Talk to language models from a notebook.

In a notebook: ``%load_ext runware_magic``, then ask in a ``%%runware`` cell. From Python: `Chat`.

Public are the names in ``__all__``, `map`, the errors of `runware_magic.errors`, and the magics with their options and
settings. Everything else may change without notice.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from runware_magic.chat.turn import Turn
    from runware_magic.client import Chat
    from runware_magic.comparison import Comparison
    from runware_magic.errors import RunwareError
    from runware_magic.mapping import map  # noqa: A004, F401  # see there, and beneath

# Without `map`: who imports all of it is to keep Python's.
__all__ = ["Chat", "Comparison", "RunwareError", "Turn", "load_ipython_extension", "unload_ipython_extension"]

# Loaded on first use: importing the package costs nothing, and pulls in neither requests nor ipywidgets.
_HOMES = {
    "Chat": "client",
    "Comparison": "comparison",
    "RunwareError": "errors",
    "Turn": "chat.turn",
    "map": "mapping",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  # whatever the module holds by that name
    """Import a public name when it is first asked for."""
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Name the public names, loaded or not."""
    return sorted({*globals(), *__all__, *_HOMES})


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register ``%%runware`` and ``%runware``: what ``%load_ext runware_magic`` does."""
    from runware_magic.loading import load  # noqa: PLC0415  # see _HOMES

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take the magics away, close all connections: what ``%unload_ext runware_magic`` does."""
    from runware_magic.loading import unload  # noqa: PLC0415  # see _HOMES

    unload(shell)
