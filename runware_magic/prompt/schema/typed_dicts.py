"""Typed dicts of the standard library, as pydantic takes them: before Python 3.12 it refuses those."""

from __future__ import annotations

import sys
import types
import typing
from typing import Annotated, Any, get_args, get_origin, get_type_hints

_OURS = sys.version_info >= (3, 12)


def for_pydantic(kind: Any) -> Any:  # noqa: ANN401  # any type
    """Return a type in which the typed dicts are those of `typing_extensions`; the same type if it has none."""
    return kind if _OURS else _replaced(kind, {})


def _replaced(kind: Any, known: dict[object, Any]) -> Any:  # noqa: ANN401  # likewise
    if typing.is_typeddict(kind) and type(kind).__module__ == "typing":
        return known[kind] if kind in known else _typed_dict(kind, known)
    arguments = get_args(kind)
    replaced = tuple(_replaced(argument, known) for argument in arguments)
    if all(new is old for new, old in zip(replaced, arguments, strict=True)):
        return kind
    if get_origin(kind) is Annotated:
        return Annotated[replaced]
    if isinstance(kind, types.UnionType):
        return typing.Union[replaced]  # noqa: UP007  # the operator takes no tuple
    if hasattr(kind, "copy_with"):
        return kind.copy_with(replaced)
    return get_origin(kind)[replaced]


def _typed_dict(kind: Any, known: dict[object, Any]) -> Any:  # noqa: ANN401  # likewise
    from typing_extensions import NotRequired, Required, TypedDict  # noqa: PLC0415  # pydantic has it

    hints = get_type_hints(kind, include_extras=True)
    make: Any = TypedDict  # type checkers want the names as literals
    copy = make(kind.__name__, dict.fromkeys(hints, Any))
    required: set[str] = set()
    optional: set[str] = set()
    known[kind] = copy  # before its fields, which may refer to it
    copy.__module__, copy.__doc__ = kind.__module__, kind.__doc__
    for name, hint in hints.items():
        # Python 3.10 knows no fields that are required one by one.
        presence: Any = get_origin(hint)
        presence = presence if presence in {Required, NotRequired} else None
        inner = _replaced(get_args(hint)[0] if presence else hint, known)
        presence = presence or (Required if name in kind.__required_keys__ else NotRequired)
        copy.__annotations__[name] = presence[inner]
        (required if presence is Required else optional).add(name)
    copy.__required_keys__, copy.__optional_keys__ = frozenset(required), frozenset(optional)
    return copy
