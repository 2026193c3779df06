"""Talk to language models from a notebook.

In a notebook: ``%load_ext runware_magic``, then ask in a ``%%runware`` cell. From Python: `Chat`.

Public are the names in ``__all__``, `map`, ``__version__``, the errors of `runware_magic.errors`, the events of
`runware_magic.chat.events`, and the magics with their options and settings. Everything else may change without notice.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from runware_magic.batch import map as map  # noqa: A004  # public, but see `__all__`
    from runware_magic.chat.turn import Turn
    from runware_magic.client import Chat
    from runware_magic.comparison import Comparison
    from runware_magic.errors import RunwareError

    __version__: str

# Without `map`, so that a star import keeps Python's.
__all__ = ["Chat", "Comparison", "RunwareError", "Turn", "load_ipython_extension", "unload_ipython_extension"]

# Imported on first use, so that importing the package loads neither requests nor ipywidgets.
_HOMES = {
    "Chat": "client",
    "Comparison": "comparison",
    "RunwareError": "errors",
    "Turn": "chat.turn",
    "map": "batch",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  # whatever the module holds by that name
    """Import a public name at its first use."""
    if name == "errors":
        return import_module(f"{__name__}.errors")
    if name == "__version__":
        value = import_module("importlib.metadata").version("runware-magic")
    elif name in _HOMES:
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    else:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, imported or not, and those that every module has."""
    own = {name for name in globals() if name.startswith("__") and name.endswith("__")}
    return sorted({*own, *__all__, *_HOMES, "errors", "__version__"})


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register ``%%runware`` and ``%runware``: what ``%load_ext runware_magic`` does."""
    from runware_magic.ipython.extension import load  # noqa: PLC0415  # see _HOMES

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Remove the magics and close all connections: what ``%unload_ext runware_magic`` does."""
    from runware_magic.ipython.extension import unload  # noqa: PLC0415  # see _HOMES

    unload(shell)
