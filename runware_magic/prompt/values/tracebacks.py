"""The traceback of an exception, as its author would paste it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from traceback import TracebackException

from runware_magic.prompt.values.bounded import attached_text
from runware_magic.prompt.values.inserted import Inserted, ValueLimits
from runware_magic.prompt.values.sources import CELL_FILE

_OURS = str(Path(__file__).parents[2])
# Frames of IPython that run a cell.
_RUNS_CELLS = re.compile(
    r"[/\\]IPython[/\\]core[/\\](?:(?:interactiveshell|async_helpers|compilerop|magic)\.py|magics[/\\]\w+\.py)$"
)


def traceback(value: object, name: str, limits: ValueLimits) -> Inserted | None:
    """Return the traceback of an exception, without the frames of this package; its end if it is too long."""
    if not isinstance(value, BaseException):
        return None
    return attached_text(traceback_text(value, _without_process), name, "error", limits, keep_end=True)


def traceback_text(error: BaseException, label: Callable[[str], str]) -> str:
    """Return the traceback of an exception, without the frames that run cells; `label` names files."""
    told = TracebackException.from_exception(error)
    chain = [told]
    for each in chain:
        each.stack[:] = [frame for frame in each.stack if not runs_cells(frame.filename)]
        for frame in each.stack:
            frame.filename = label(frame.filename)
        if isinstance(of_syntax_error := getattr(each, "filename", None), str):
            each.filename = label(of_syntax_error)
        # A group holds others.
        more = (each.__cause__, each.__context__, *(getattr(each, "exceptions", None) or ()))
        chain += [other for other in more if other is not None]
    return "".join(told.format()).rstrip("\n")


def runs_cells(file: str) -> bool:
    """Whether code of this file runs cells: it is IPython's, or this package's."""
    return file.startswith(_OURS) or _RUNS_CELLS.search(file) is not None


def _without_process(file: str) -> str:
    # The process and the code of a cell are in its file's name, so that the same prompt would differ from run to run.
    return "<cell>" if CELL_FILE.search(file) else file
