"""Tracebacks of a notebook's errors, without numbers of cells and private paths: the same error has the same text."""

from __future__ import annotations

import os
import re
import sysconfig
from functools import partial
from pathlib import Path
from traceback import walk_tb
from types import CodeType

from runware_magic.prompt.values.sources import CELL_FILE
from runware_magic.prompt.values.tracebacks import runs_cells, traceback_text

_PACKAGES = re.compile(r".*[/\\](?:site|dist)-packages[/\\]")
# As Python's build says, and as a file of it says: Homebrew's differ.
_FOLDERS = (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), str(Path(os.__file__).parent))
_STANDARD = tuple({os.path.normcase(folder) for folder in _FOLDERS})


def traceback_of(error: BaseException) -> str:
    """Return the traceback of an error without the frames that run cells."""
    return traceback_text(error, partial(label, cell=cell_of(error)))


def label(file: str, cell: str) -> str:
    """Return how a traceback calls the file of a piece of code; `cell` is the file of the cell that failed."""
    if CELL_FILE.search(file):
        return "<cell>" if file == cell else "<another cell>"
    if found := _PACKAGES.match(file):
        return file[found.end() :]
    standard = next((path for path in _STANDARD if os.path.normcase(file).startswith(path)), None)
    return file[len(standard) + 1 :] if standard else Path(file).name


def cell_of(error: BaseException) -> str:
    """Return the file name of the cell that an error ended; empty if it is not known."""
    files = [code.co_filename for code in codes_of(error)]
    if isinstance(error, SyntaxError) and error.filename:
        files.append(error.filename)
    return next(filter(CELL_FILE.search, files), "")


def codes_of(error: BaseException) -> list[CodeType]:
    """Return the user's own code that an error went through: in cells, and in files that are no library's."""
    codes = (frame.f_code for frame, _ in walk_tb(error.__traceback__))
    return [code for code in codes if _is_users(code.co_filename)]


def _is_users(file: str) -> bool:
    if CELL_FILE.search(file):
        return True
    return not (_PACKAGES.match(file) or os.path.normcase(file).startswith((*_STANDARD, "<")) or runs_cells(file))
