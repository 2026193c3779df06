"""What a front end tells of itself, by the way: which cell asks, and how answers can show there."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from typing import Any

#: As core widgets; as displays that are brought up to date; as text that is printed.
WIDGETS, UPDATES, TEXT = "widgets", "updates", "text"

# What nbformat takes for the id of a cell.
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SECRET = secrets.token_bytes(16)


def cell_id(parent: object) -> str | None:
    """Give a name of the cell that asks, which is the same each time it runs; None where the front end tells none.

    JupyterLab and Notebook tell the id that the notebook holds, Colab one of its own. VS Code tells an address: it
    holds the path of the notebook, which is nobody's business, and numbers its cells anew whenever the notebook is
    opened. What comes of that is a name that means something in this kernel only.

    Parameters
    ----------
    parent
        The message that runs the cell.
    """
    metadata = _part(parent, "metadata")
    told = metadata.get("cellId") or _part(metadata, "colab").get("cell_id")
    if not isinstance(told, str) or not told:
        return None
    if _ID.fullmatch(told):
        return told
    return hashlib.blake2b(told.encode(errors="replace"), key=_SECRET, digest_size=16).hexdigest()


def shows(parent: object) -> str:
    """Tell how answers can show: ``widgets``, ``updates`` or ``text``.

    No front end tells whether it has widgets. But one that runs in a browser or an editor has, and those that have not
    are written in Python: they name their messages as jupyter_client does, and no cells. Of these, a console (that of
    Jupyter, or Qt) takes input, and prints; what takes none (nbclient, and thus papermill, nbconvert, voila) keeps what
    is displayed, the state of every widget included.

    Parameters
    ----------
    parent
        The message that runs the cell.
    """
    header = _part(parent, "header")
    session, name = header.get("session"), header.get("msg_id")
    is_python = bool(session) and isinstance(name, str) and re.fullmatch(rf"{re.escape(str(session))}_\d+_\d+", name)
    if not is_python or cell_id(parent) is not None:
        return WIDGETS
    return TEXT if _part(parent, "content").get("allow_stdin") else UPDATES


def comes_back(parent: object) -> bool:
    """Tell whether what shows after its cell has ended is taken note of: what executes a notebook has gone on by then.

    Parameters
    ----------
    parent
        The message that runs the cell.
    """
    return shows(parent) != UPDATES


def _part(whole: object, name: str) -> Mapping[str, Any]:
    part = whole.get(name) if isinstance(whole, Mapping) else None
    return part if isinstance(part, Mapping) else {}
