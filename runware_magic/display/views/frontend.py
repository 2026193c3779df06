"""What the message that runs a cell says about its front end: which cell it is, and how answers can show."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from typing import Any

# As core widgets, as displays that are updated, or as text that is printed.
WIDGETS, UPDATES, TEXT = "widgets", "updates", "text"

# Cell ids that nbformat accepts.
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SECRET = secrets.token_bytes(16)


def cell_id(parent: object) -> str | None:
    """Return a name of the cell that stays the same each time it runs; None where the front end tells none.

    JupyterLab and Notebook tell the id in the notebook, Colab one of its own. VS Code tells an address that holds the
    path of the notebook, which is private, and numbers the cells again whenever the notebook is opened. It is hashed to
    a name that is valid in this kernel only.
    """
    metadata = _part(parent, "metadata")
    told = metadata.get("cellId") or _part(metadata, "colab").get("cell_id")
    if not isinstance(told, str) or not told:
        return None
    if _ID.fullmatch(told):
        return told
    return hashlib.blake2b(told.encode(errors="replace"), key=_SECRET, digest_size=16).hexdigest()


def page(parent: object) -> str | None:
    """Return an id of the page that runs a cell, which is another one after it is loaded anew; None for a console."""
    session = _part(parent, "header").get("session")
    return session if isinstance(session, str) and session and shows(parent) == WIDGETS else None


def shows(parent: object) -> str:
    """Return how answers can show: ``widgets``, ``updates`` or ``text``.

    No front end tells whether it has widgets. But those in a browser or an editor have them, and those without are
    written in Python: they name their messages as jupyter_client does, and tell no cell. Of these, a console (Jupyter's
    or Qt's) takes input, and prints. One that takes no input (nbclient, and thus papermill, nbconvert, voila) keeps
    what is displayed, and the state of every widget too.
    """
    header = _part(parent, "header")
    session, name = header.get("session"), header.get("msg_id")
    is_python = bool(session) and isinstance(name, str) and re.fullmatch(rf"{re.escape(str(session))}_\d+_\d+", name)
    if not is_python or cell_id(parent) is not None:
        return WIDGETS
    return TEXT if _part(parent, "content").get("allow_stdin") else UPDATES


def takes_cells(parent: object) -> bool:
    """Whether the front end makes a new cell, or the next prompt, of a text that the kernel sends.

    Those of VS Code and Colab have lost such texts or doubled them, depending on the version, and what executes a
    notebook has its cells already.
    """
    metadata = _part(parent, "metadata")
    is_vscode = str(metadata.get("cellId")).startswith("vscode-")
    return not is_vscode and "colab" not in metadata and shows(parent) != UPDATES


def comes_back(parent: object) -> bool:
    """Whether an output still counts after its cell has ended: what executes a notebook has moved on by then."""
    return shows(parent) != UPDATES


def _part(whole: object, name: str) -> Mapping[str, Any]:
    part = whole.get(name) if isinstance(whole, Mapping) else None
    return part if isinstance(part, Mapping) else {}
