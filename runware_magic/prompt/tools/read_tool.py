"""Reads tools: what a model may call, of the functions of a notebook."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from runware_magic.chat.text import printable
from runware_magic.errors import OptionError, Words
from runware_magic.prompt.tools.arguments import arguments_model
from runware_magic.prompt.tools.docstring import read_docstring
from runware_magic.prompt.tools.parameters import hints_of, parameters_of
from runware_magic.prompt.tools.tool import Tool

_SHOWN = 60
_MOST = 64  # characters of a name: endpoints refuse longer ones
_NAME = re.compile(rf"[A-Za-z0-9_-]{{1,{_MOST}}}")
_RENAME = Words(
    "Give it another name in a cell, such as weather = …, and name that.",
    "Name it: tools={'weather': …}.",
)


def read_tool(value: object, name: str | None = None) -> Tool:
    """Return a function as a tool, or raise `OptionError`, which names the parameter that cannot be described.

    Functions are also methods of an object, partials, async functions, and objects that can be called. `name` is what
    the model knows it by; None for the function's own.
    """
    if isinstance(value, Tool):
        return value
    function = _callable(value)
    name = _checked(_name_of(function) if name is None else name)
    # Of a partial of a partial, too: Python joins them.
    bound = frozenset(function.keywords) if isinstance(function, partial) else frozenset[str]()
    doc = read_docstring(_docstring(function))
    schema, read = arguments_model(name, parameters_of(name, function, bound, doc))
    return Tool(name, doc.description, schema, function, read)


def _callable(value: Any) -> Callable[..., object]:  # noqa: ANN401  # any value of the notebook
    if callable(value) and not isinstance(value, type):
        return value  # type: ignore[no-any-return]
    kind = f"the class {value.__name__}" if isinstance(value, type) else f"a value of type {type(value).__name__}"
    msg = f"A tool must be a function, not {printable(kind, _SHOWN)}."
    hint = "Write a function that makes one." if isinstance(value, type) else "Name a function, without parentheses."
    raise OptionError(msg, hint)


def _name_of(function: Any) -> str:  # noqa: ANN401  # anything that can be called
    while isinstance(function, partial):
        function = function.func
    told = getattr(function, "__name__", None)
    return told if isinstance(told, str) else type(function).__name__


def _checked(name: str) -> str:
    if _NAME.fullmatch(name):
        return name
    shown = printable(name, _SHOWN)
    if name == "<lambda>":
        msg = "A tool must have a name, and a lambda has none."
    elif len(name) > _MOST:
        msg = f"The name of a tool can have at most {_MOST} characters, not {len(name)}: {shown}."
    else:
        msg = f"The name of a tool must have letters without accents, digits, _ and - only, not {shown!r}."
    raise OptionError(msg, _RENAME)


def _docstring(function: Any) -> str | None:  # noqa: ANN401  # anything that can be called
    inner = hints_of(function)
    is_object = not (inspect.isroutine(function) or isinstance(function, partial) or hasattr(function, "__wrapped__"))
    texts = (getattr(each, "__doc__", None) for each in (inner, *([type(function)] if is_object else [])))
    return next((text for text in texts if isinstance(text, str)), None)
