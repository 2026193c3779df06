"""The tools that a cell or a Python program names."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping

from runware_magic.chat.text import printable
from runware_magic.errors import OptionError, Words
from runware_magic.prompt.raised import raised
from runware_magic.prompt.tools.read_tool import read_tool
from runware_magic.prompt.tools.tool import Tool
from runware_magic.prompt.values.items import pieces

_SHOWN = 80
_EXPECTED = "Name functions of the notebook, such as weather,convert."
_TWICE = Words("Give one of them another name in a cell: other = …", "Name them: tools={'one': …, 'other': …}.")


def tools_of(text: str, evaluate: Callable[[str], object]) -> tuple[Tool, ...]:
    """Return the tools that the text of an option names, or raise `OptionError`.

    The text has expressions with commas between them; commas within brackets and quotes belong to an expression.
    `evaluate` returns the value of one. A model knows a function by the name that is written here, also where it is the
    last one of a path; otherwise by the function's own.
    """
    written = [piece.strip() for piece in pieces(text)]
    if not all(written):
        msg = f"Tools must be names with commas between them, not {printable(text, _SHOWN)!r}."
        raise OptionError(msg, _EXPECTED)
    return _distinct(read_tool(_value(each, evaluate), _written_name(each)) for each in written)


def tools_given(values: object) -> tuple[Tool, ...]:
    """Return the tools of a Python program: one function, a list of them, or a dict with their names.

    Raises `OptionError` for anything else, or if one cannot be described.
    """
    match values:
        case None:
            return ()
        case Mapping():
            return _distinct(read_tool(value, _text(name)) for name, value in values.items())
        case list() | tuple() | set() | frozenset():
            return _distinct(map(read_tool, values))
        case _:
            return (read_tool(values),)


def _distinct(tools: Iterable[Tool]) -> tuple[Tool, ...]:
    found: dict[str, Tool] = {}
    for tool in tools:
        if tool.name in found:
            msg = f"Two tools have the name {tool.name}."
            raise OptionError(msg, _TWICE)
        found[tool.name] = tool
    return tuple(found.values())


def _text(name: object) -> str:
    if not isinstance(name, str):
        msg = f"The name of a tool must be a text, not a value of type {printable(type(name).__name__, _SHOWN)}."
        raise OptionError(msg, "tools={'weather': weather}, for example.")
    return name


def _value(text: str, evaluate: Callable[[str], object]) -> object:
    try:
        return evaluate(text)
    except Exception as error:  # noqa: BLE001  # the user's own expression may raise anything
        msg = f"The tool {printable(text, _SHOWN)} has no value: {raised(error)}."
        hint = _EXPECTED if isinstance(error, SyntaxError) else "Run the cell that defines it."
        raise OptionError(msg, hint) from None


def _written_name(text: str) -> str | None:
    """Return the name at the end of an expression that has a value; None if it is no path."""
    match ast.parse(text, mode="eval").body:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return None
