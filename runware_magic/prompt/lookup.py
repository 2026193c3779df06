"""Looks up the placeholders of a text that somebody else wrote: names, attributes and items; nothing is evaluated."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from types import FrameType, ModuleType, TracebackType
from typing import Any

from runware_magic.chat.text import one_line
from runware_magic.errors import PromptError
from runware_magic.prompt.template import Evaluate

_SHOWN = 60  # characters
# From these, names lead to all that is imported, such as the environment with its secrets.
_LEADS_OUT = (ModuleType, FrameType, TracebackType)
_HINT = "Such a file only names values, as {{ row.name }} and {{ df['x'] }} do: name this one in a cell above."


@dataclass(frozen=True, slots=True)
class Path:
    """A name of the notebook, and the attributes and items that lead from it to a value."""

    name: str
    steps: tuple[tuple[bool, str | int], ...] = ()  # whether it is an item, and its name or number


def read_path(expression: str) -> Path:
    """Parse an expression, or raise `PromptError` if it is anything but a path without private names."""
    node = ast.parse(expression.strip(), mode="eval").body
    steps: list[tuple[bool, str | int]] = []
    while not isinstance(node, ast.Name):
        match node:
            case ast.Attribute(value=inner, attr=name):
                steps.append((False, name))
            case ast.Subscript(value=inner, slice=ast.Constant(value=str() | int() as key)):
                steps.append((True, key))
            case _:
                raise _refused(expression, "calls something" if isinstance(node, ast.Call) else "is more than a name")
        node = inner
    if any(str(name).startswith("_") for name in (node.id, *(name for _, name in steps))):
        raise _refused(expression, "has a name that begins with an underscore")
    return Path(node.id, tuple(reversed(steps)))


def lookup(names: Mapping[str, object]) -> Evaluate:
    """Return what finds the value of a path; what it returns raises `PromptError` for any other expression."""

    def find(expression: str) -> object:
        path = read_path(expression)
        if path.name not in names:
            msg = f"name {path.name!r} is not defined"
            raise NameError(msg, name=path.name)
        value: Any = names[path.name]
        for is_item, name in path.steps:
            if isinstance(value, _LEADS_OUT):
                raise _refused(expression, "looks into a module or a frame")
            value = value[name] if is_item else getattr(value, str(name))
        if isinstance(value, _LEADS_OUT):
            raise _refused(expression, "is a module or a frame")
        return value

    return find


def _refused(expression: str, why: str) -> PromptError:
    msg = f"{{{{ {one_line(expression, _SHOWN)} }}}} {why}."
    return PromptError(msg, _HINT)
