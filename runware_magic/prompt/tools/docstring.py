"""What a docstring says to a model: of the function, and of each parameter."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field

from runware_magic.chat.text import one_line, plain

_READ = 20_000  # characters of a docstring
_LONGEST = 1024  # characters of a description: endpoints refuse longer ones
_LONGEST_OF_PARAMETER = 500
_KINDS = {
    **dict.fromkeys(("str", "string", "text"), str),
    **dict.fromkeys(("int", "integer"), int),
    **dict.fromkeys(("float", "number", "double"), float),
    **dict.fromkeys(("bool", "boolean"), bool),
    "list": list,
    "dict": dict,
}


@dataclass(frozen=True, slots=True)
class Docstring:
    """The description of a function; by name, those of its parameters, and their types where they are plain ones."""

    description: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)
    kinds: Mapping[str, type] = field(default_factory=dict, hash=False)


def read_docstring(text: str | None) -> Docstring:
    """Return what a docstring says, in the style of numpydoc, Google or reST; without sections, all of it."""
    text = inspect.cleandoc(plain((text or "")[:_READ]))
    if not text:
        return Docstring()
    try:
        from docstring_parser import parse  # noqa: PLC0415  # takes longer than loading the extension may

        parsed = parse(text)
    except Exception:  # noqa: BLE001  # a text in none of the styles
        return Docstring(described(text.partition("\n\n")[0], _LONGEST))
    # Numpydoc describes several at once: ``x, y : float``.
    parameters = [(name.strip(), each) for each in parsed.params for name in each.arg_name.split(",")]
    told = (part for part in (parsed.short_description, parsed.long_description) if part)
    return Docstring(
        described("\n\n".join(told), _LONGEST),
        {name: one_line(each.description, _LONGEST_OF_PARAMETER) for name, each in parameters if each.description},
        {name: kind for name, each in parameters if (kind := _kind(each.type_name))},
    )


def described(text: str, most: int) -> str:
    """Return a description, cut to so many characters."""
    text = text.strip()
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _kind(name: str | None) -> type | None:
    # "int, optional" and "int, default 3", too.
    return _KINDS.get((name or "").partition(",")[0].strip().lower())
