"""The parameters of a function: names, types, defaults, descriptions."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Annotated, Any, Optional, get_args, get_origin

from runware_magic.chat.text import one_line, printable
from runware_magic.errors import OptionError
from runware_magic.prompt.schema.typed_dicts import for_pydantic
from runware_magic.prompt.tools.docstring import Docstring

_SHOWN = 60
_NONE = inspect.Parameter.empty
_AROUND = "Write a small function around it, and name each parameter and its type."
#: What a value without a type hint may be: what JSON has, without lists and objects, whose parts would need types.
_ANY = str | bool | int | float
_PLAIN = (bool, int, float, str)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter that a model gives: its type, its default (`inspect.Parameter.empty` if none), what it means."""

    name: str
    kind: Any
    default: object = _NONE
    description: str = ""

    @property
    def has_declared_default(self) -> bool:
        """Whether its default is ``Field(…)``, which the function itself does not understand."""
        return _is_field(self.default)

    def as_field(self) -> tuple[Any, Any]:
        """Return it as a field of a pydantic model: its type, and what is said of it."""
        from pydantic import Field  # noqa: PLC0415  # takes longer than loading the extension may
        from pydantic.fields import FieldInfo  # noqa: PLC0415  # likewise

        named: dict[str, Any] = dict.fromkeys(("alias", "validation_alias", "serialization_alias"), self.name)
        if not self.has_declared_default:
            if self.description:
                named["description"] = self.description
            default: Any = ... if self.default is _NONE else self.default
            return self.kind, Field(default, **named)
        declared: Any = self.default
        if self.description and not declared.description:
            named["description"] = self.description
        return self.kind, FieldInfo.merge_field_infos(declared, **named)


def parameters_of(name: str, function: Callable[..., object], bound: frozenset[str], doc: Docstring) -> list[Parameter]:
    """Return the parameters that a model gives, or raise `OptionError`; those `bound` by a partial are not among them.

    `function` is what is called. A parameter without a type hint has the type that its docstring names, or that of its
    default; else it may be a text, a number or a truth value.
    """
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError):
        msg = f"{name} cannot be described: Python does not tell its parameters."
        raise OptionError(msg, _AROUND) from None
    source = hints_of(function)
    return [_parameter(name, each, source, doc) for each in signature.parameters.values() if each.name not in bound]


def hints_of(function: Any) -> Any:  # noqa: ANN401  # anything that can be called
    """Return the function in whose module type hints are looked up: what a decorator, a method or a partial calls."""
    while True:
        if isinstance(function, type) or not callable(function):
            return function
        if hasattr(function, "func") and hasattr(function, "keywords"):
            function = function.func
        elif inspect.ismethod(function):
            function = function.__func__
        elif hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        elif inspect.isroutine(function):
            return function
        else:
            function = type(function).__call__


def _parameter(name: str, each: inspect.Parameter, source: Any, doc: Docstring) -> Parameter:  # noqa: ANN401
    _refuse_kind(name, each)
    kind, said = _split(_resolved(name, each, source))
    if kind is _NONE:
        if each.name in {"self", "cls"}:
            msg = f"{name} is a method without its object: its parameter {each.name} cannot be described."
            raise OptionError(msg, f"Name the method of an object, such as thing.{name}.")
        kind = doc.kinds.get(each.name) or _kind_of(each.default)
    if each.default is None:
        kind = Optional[kind]  # noqa: UP045  # a hint may be a text, which has no operator
    if said is None:
        said = doc.parameters.get(each.name, "")
    return Parameter(each.name, for_pydantic(kind), each.default, said)


def _refuse_kind(name: str, each: inspect.Parameter) -> None:
    written: dict[object, str] = {
        each.VAR_POSITIONAL: f"*{each.name} takes any number of arguments",
        each.VAR_KEYWORD: f"**{each.name} takes arguments of any name",
        each.POSITIONAL_ONLY: f"{each.name} is positional only",
    }
    if why := written.get(each.kind):
        msg = f"{name} cannot be described: its parameter {why}, but a model gives arguments by name."
        raise OptionError(msg, _AROUND)


def _resolved(name: str, each: inspect.Parameter, source: Any) -> Any:  # noqa: ANN401  # any type
    """Return the type of a parameter, whose names are looked up where the function is defined."""
    if each.annotation is _NONE:
        return _NONE
    holder: Any = SimpleNamespace(__annotations__={each.name: each.annotation})
    try:
        hints = typing.get_type_hints(holder, getattr(source, "__globals__", {}), None, include_extras=True)
    except Exception as error:  # noqa: BLE001  # a hint is any expression
        shown = printable(str(each.annotation), _SHOWN)
        why = f"{type(error).__name__}: {one_line(str(error), _SHOWN)}".removesuffix(".")
        msg = f"The type of the parameter {each.name} of {name} is not known: {shown} raised {why}."
        raise OptionError(msg, "Define it first, then ask again.") from None
    return hints[each.name]


def _split(kind: Any) -> tuple[Any, str | None]:  # noqa: ANN401  # any type
    """Return a type, and what a text or a ``Doc`` in its ``Annotated`` says of it; empty if a ``Field`` does."""
    if get_origin(kind) is not Annotated:
        return _as_list(kind), None
    inner, *notes = get_args(kind)
    texts = (note if isinstance(note, str) else getattr(note, "documentation", None) for note in notes)
    said = next((text for text in texts if isinstance(text, str)), None)
    if any(_is_field(note) and note.description for note in notes):
        said = ""
    return Annotated[(_as_list(inner), *notes)], said


def _as_list(kind: Any) -> Any:  # noqa: ANN401  # any type
    # Pydantic would read the items only when they are asked for.
    if kind is Iterable or get_origin(kind) is Iterable:
        return list[get_args(kind)] if get_args(kind) else list  # type: ignore[misc]  # as the hint says
    return kind


def _is_field(value: object) -> bool:
    from pydantic.fields import FieldInfo  # noqa: PLC0415  # as in `Parameter.as_field`

    return isinstance(value, FieldInfo)


def _kind_of(default: object) -> Any:  # noqa: ANN401  # any type
    return next((kind for kind in _PLAIN if type(default) is kind), _ANY)
