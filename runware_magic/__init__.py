"""Talk to language models from a notebook.

In a notebook: ``%load_ext runware_magic``, then ask in a ``%%runware`` cell. From Python: `Chat`.

These names are public, with their attributes and methods that have no underscore:

To ask
    `Chat`, and `map` for many rows.
Answers
    `Turn`, and what it holds: `Reply`, `ToolCall`, `ToolResult`, `Usage`, `Timing`, `Verdict`, `Source`, `Attached`,
    `Logprobs`, `TokenLogprob`, `Choice`, `Variant`. `Comparison` holds several turns.
Requests
    `Message` with its parts, `TextPart`, `ImagePart`, `FilePart`; `Request`.
Errors
    `RunwareError`; all others are in the module `errors`.
The extension
    `load_ipython_extension`, `unload_ipython_extension`; `__version__`.

Public as well: the names in ``runware_magic.chat.events.__all__``, which `Chat.stream` yields; the options, commands
and settings of the magics; ``runware.toml``; the records in notebooks and answers files, whose JSON schema is
``chat/record.schema.json``; recordings, whose form is told in ``recording/format.py``. CONTRIBUTING.md says how long
each of these is kept.

Everything else is private and may change in any version.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from runware_magic.batch import map as map  # noqa: A004  # public, but see `__all__`
    from runware_magic.chat.attached import Attached
    from runware_magic.chat.choices import Choice
    from runware_magic.chat.logprobs import Logprobs, TokenLogprob
    from runware_magic.chat.messages import Message, ToolCall
    from runware_magic.chat.parts import FilePart, ImagePart, TextPart
    from runware_magic.chat.request import Request
    from runware_magic.chat.sources import Source
    from runware_magic.chat.turn import Reply, Timing, ToolResult, Turn, Variant
    from runware_magic.chat.usage import Usage
    from runware_magic.chat.verdict import Verdict
    from runware_magic.client import Chat
    from runware_magic.comparison import Comparison
    from runware_magic.errors import RunwareError

#: The one place for the version; pyproject.toml reads it here.
__version__ = "0.1.0"

# Without `map`, so that a star import keeps Python's.
__all__ = [
    "Attached",
    "Chat",
    "Choice",
    "Comparison",
    "FilePart",
    "ImagePart",
    "Logprobs",
    "Message",
    "Reply",
    "Request",
    "RunwareError",
    "Source",
    "TextPart",
    "Timing",
    "TokenLogprob",
    "ToolCall",
    "ToolResult",
    "Turn",
    "Usage",
    "Variant",
    "Verdict",
    "load_ipython_extension",
    "unload_ipython_extension",
]

# Imported on first use, so that importing the package loads neither requests nor ipywidgets.
_HOMES = {
    "batch": ("map",),
    "chat.attached": ("Attached",),
    "chat.choices": ("Choice",),
    "chat.logprobs": ("Logprobs", "TokenLogprob"),
    "chat.messages": ("Message", "ToolCall"),
    "chat.parts": ("FilePart", "ImagePart", "TextPart"),
    "chat.request": ("Request",),
    "chat.sources": ("Source",),
    "chat.turn": ("Reply", "Timing", "ToolResult", "Turn", "Variant"),
    "chat.usage": ("Usage",),
    "chat.verdict": ("Verdict",),
    "client": ("Chat",),
    "comparison": ("Comparison",),
    "errors": ("RunwareError",),
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  # whatever the module holds by that name
    """Import a public name at its first use."""
    if name == "errors":
        return import_module(f"{__name__}.errors")
    home = next((home for home, names in _HOMES.items() if name in names), None)
    if home is None:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
    return value


def __dir__() -> list[str]:
    """Return the public names, imported or not, and those that every module has."""
    own = {name for name in globals() if name.startswith("__") and name.endswith("__")}
    return sorted({*own, *__all__, "errors", "map"})


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register ``%%runware`` and ``%runware``: what ``%load_ext runware_magic`` does."""
    from runware_magic.ipython.extension import load  # noqa: PLC0415  # see _HOMES

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Remove the magics and close all connections: what ``%unload_ext runware_magic`` does."""
    from runware_magic.ipython.extension import unload  # noqa: PLC0415  # see _HOMES

    unload(shell)
