"""The source of functions, classes and modules, also of those in cells."""

from __future__ import annotations

import ast
import inspect
import linecache
import re
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from types import FunctionType
from typing import cast

from runware_magic.errors import PromptError
from runware_magic.prompt.values.bounded import attached_text
from runware_magic.prompt.values.inserted import Inserted, ValueLimits

#: Names that IPython, its kernels and Colab make up for the code of cells.
CELL_FILE = re.compile(r"(?:ipykernel|xpython)_\d+[/\\]\d+\.py$|[<\\/]ipython-input-")


def source(value: object, name: str, limits: ValueLimits) -> Inserted | None:
    """Return the source of a function, class or module; None for one that is not written in Python."""
    if not (inspect.isroutine(value) or inspect.isclass(value) or inspect.ismodule(value) or _wrapped(value)):
        return None
    try:
        text = (_of_class_in_cell(value) if inspect.isclass(value) else None) or inspect.getsource(cast("type", value))
    except TypeError:
        return None  # built in, or compiled
    except OSError:
        msg = f"{name}: its source is not known to this kernel."
        raise PromptError(msg, "Run the cell that defines it again, or paste the source.") from None
    return attached_text(textwrap.dedent(text).rstrip("\n"), name, "source", limits)


def _wrapped(value: object) -> bool:
    # As functools.lru_cache makes them. Looked up without running any code of the value's.
    return isinstance(inspect.getattr_static(value, "__wrapped__", None), FunctionType)


def _of_class_in_cell(value: type) -> str | None:
    """Return the source of a class from a cell: `inspect` looks for classes in files of modules only."""
    if value.__module__ != "__main__":
        return None
    for file in _files_of(value):
        lines = linecache.getlines(file)
        with suppress(SyntaxError):
            found = [node for node in ast.walk(ast.parse("".join(lines))) if isinstance(node, ast.ClassDef)]
            named = [node for node in found if node.name == value.__name__]
            if named:
                first = min([named[-1].lineno, *(mark.lineno for mark in named[-1].decorator_list)])
                return "".join(lines[first - 1 : named[-1].end_lineno])
    return None


def _files_of(value: type) -> Iterator[str]:
    """Yield where a class may be defined: where its methods are, then the cells, the latest first."""
    for member in vars(value).values():
        if isinstance(member, FunctionType) and linecache.getlines(member.__code__.co_filename):
            yield member.__code__.co_filename
    yield from (file for file in reversed(list(linecache.cache)) if CELL_FILE.search(file))
