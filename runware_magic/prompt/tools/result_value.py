"""A value of any kind as JSON: bounded, whatever it holds, and with words for what JSON has no form for."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import re
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, ValuesView
from collections.abc import Set as AbstractSet
from types import ModuleType
from typing import Any

from runware_magic.chat.parts import ImagePart, TextPart
from runware_magic.chat.text import printable
from runware_magic.errors import PromptError
from runware_magic.prompt.values.answers import answer
from runware_magic.prompt.values.inserted import Inserted, ValueLimits
from runware_magic.prompt.values.libraries import belongs_to
from runware_magic.prompt.values.pictures import picture, whole_figure
from runware_magic.prompt.values.tables import table

_DEEPEST = 30
_TAKEN = 100  # items of an iterator, which may have no end
_MOST_PICTURES = 10
_BITS = 10_000  # of a number, whose digits take time with its square
_SHOWN = 60
_ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+")
_LISTS = (list, tuple, AbstractSet, deque, range, ValuesView)  # keys and items are sets
_AXES = ("matplotlib.axes", "Axes")
_ARRAY = ("ndim", "shape", "dtype", "tolist")


class ResultValue:
    """Makes JSON values of about `most` characters at most, and keeps the pictures that it comes across.

    Attributes
    ----------
    pictures, drawn
        The pictures for the reader, and the objects that they were drawn from.
    is_full
        Whether there was more than `most` characters.
    has_gaps
        Whether ``…`` stands for what is nested too deeply, and for more items of an iterator.
    """

    def __init__(self, most: int) -> None:
        self.pictures: list[ImagePart] = []
        self.drawn: list[object] = []
        self.is_full = self.has_gaps = False
        self._left = self._most = most
        self._limits = ValueLimits(max_attachment=most)
        self._path: list[int] = []  # the containers around a value

    def of(self, value: Any) -> Any:  # noqa: ANN401  # anything goes in, JSON comes out
        """Return a value as JSON; an error of an iterator in it is raised."""
        match value:
            case enum.Enum():
                return self.of(value.value)
            case str():
                return self._text(str.__str__(value))
            case int() if value.bit_length() > _BITS:
                return self._text(f"(a number of {value.bit_length():,} bits)")
            case None | int() | float():
                self._left -= len(str(value))
                return value
            case _:
                return self._of_object(value)

    def _of_object(self, value: Any) -> Any:  # noqa: ANN401  # as above
        if id(value) in self._path:
            return self._text("(itself)")
        if len(self._path) >= _DEEPEST:
            return self._gap()
        self._path.append(id(value))
        try:
            return self._of_parts(value)
        finally:
            self._path.pop()

    def _of_parts(self, value: Any) -> Any:  # noqa: ANN401  # as above
        if (found := self._answer(value)) is not None:
            return found
        if isinstance(value, Mapping):
            return self._mapping(value.items())
        if isinstance(value, _LISTS):
            as_dict = getattr(value, "_asdict", None)  # of a named tuple
            return self._mapping(as_dict().items()) if as_dict else self._items(value)
        if dataclasses.is_dataclass(value) and not isinstance(value, type) and not _of_pydantic(value):
            return self._mapping((each.name, getattr(value, each.name)) for each in dataclasses.fields(value))
        if isinstance(value, Iterator):
            return self._items(value, _TAKEN)
        return self._leaf(value)

    def _mapping(self, items: Iterable[tuple[object, object]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in items:
            if self._fills():
                break
            found[self._text(_named(name))] = self.of(value)
        return found

    def _items(self, values: Iterable[object], most: int | None = None) -> list[Any]:
        found: list[Any] = []
        for value in values:
            if self._fills():
                break
            if len(found) == most:
                found.append(self._gap())
                break
            found.append(self.of(value))
        return found

    def _leaf(self, value: Any) -> Any:  # noqa: ANN401  # as above
        """Return a value that has no parts of its own; its own code may raise anything."""
        kinds: tuple[Callable[[Any], Any], ...] = (
            *(self._table, self._picture, self._array, self._special, self._json, self._said),
        )
        for kind in kinds:
            try:
                found = kind(value)
            except Exception:  # noqa: BLE001, S112  # then it is something else, in the end an object with a name only
                continue
            if found is not None:
                return found
        return self._text(f"(an object of class {class_name(value)})")

    def _special(self, value: Any) -> str | None:  # noqa: ANN401  # as above
        if isinstance(value, AsyncIterator):
            return self._text("(an asynchronous iterator, whose items were not taken)")
        if isinstance(value, BaseException):
            return self._text(f"(an error: {class_name(value)})")
        if isinstance(value, type | ModuleType) or inspect.isroutine(value):
            what = "a class" if isinstance(value, type) else "a module" if inspect.ismodule(value) else "a function"
            return self._text(f"({what}: {printable(str(value.__name__), _SHOWN)})")
        if isinstance(value, bytes | bytearray):
            return self._text(_decoded(bytes(value)))
        if belongs_to(value, "IPython.core.display", "TextDisplayObject"):
            return self._text(str(value.data))
        return None

    def _answer(self, value: object) -> str | None:
        return self._inserted(answer(value, "answer", self._limits))

    def _table(self, value: object) -> str | None:
        if belongs_to(value, "numpy", "ndarray") and getattr(value, "dtype", "") == "O":
            return None  # such as axes
        try:
            return self._inserted(table(value, "the table", self._limits))
        except PromptError as error:
            return self._text(f"({error.message.removesuffix('.')})")

    def _picture(self, value: object) -> str | None:
        figure = whole_figure(value)
        what = "a picture" if figure is value and not hasattr(value, "savefig") else "a figure"
        if any(figure is each for each in self.drawn) and (figure is value or belongs_to(value, *_AXES)):
            return self._text(f"(the same {what[2:]})")
        if len(self.pictures) == _MOST_PICTURES:
            return None
        try:
            inserted = picture(value, "picture", ValueLimits())
        except PromptError as error:
            return self._text(f"({error.message.removesuffix('.')})")
        if inserted is None or not isinstance(part := inserted.parts[0], ImagePart):
            return None
        self.pictures.append(part)
        self.drawn.append(figure)
        return self._text(f"({what}{_size(part)} was shown to the user)")

    def _array(self, value: Any) -> Any:  # noqa: ANN401  # as above
        if not all(hasattr(type(value), known) for known in _ARRAY):
            return None
        if value.ndim == 0:
            item = value.item()
            return None if type(item) is type(value) else self.of(item)
        if value.ndim == 1 or value.dtype == "O":
            return self._items(value.reshape(-1)[: self._most].tolist())
        return self._text(str(value))

    def _json(self, value: object) -> Any:  # noqa: ANN401  # as above
        from pydantic_core import to_jsonable_python  # noqa: PLC0415  # takes longer than loading the extension may

        plain = to_jsonable_python(value, fallback=_words)
        return self.of(plain)

    def _said(self, value: object) -> str:
        return self._text(_words(value))

    def _inserted(self, inserted: Inserted | None) -> str | None:
        if inserted is None:
            return None
        return self._text("".join(part.text for part in inserted.parts if isinstance(part, TextPart)))

    def _text(self, text: str) -> str:
        self.is_full = self.is_full or len(text) > self._left
        shown = text[: max(self._left, 0)]
        self._left -= len(text)
        return shown

    def _gap(self) -> str:
        self.has_gaps = True
        return self._text("…")

    def _fills(self) -> bool:
        """Count the signs around another value, and return whether there is no room for it."""
        self._left -= 2
        self.is_full = self.is_full or self._left <= 0
        return self._left <= 0


def class_name(value: object) -> str:
    """Return the name of the class of a value."""
    return printable(type(value).__name__, _SHOWN)


def _of_pydantic(value: object) -> bool:
    return hasattr(type(value), "__pydantic_serializer__")


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return f"({len(data):,} bytes)"


def _named(name: object) -> str:
    """Return a key of a mapping as a text."""
    try:
        return name if type(name) is str else _words(name)
    except Exception:  # noqa: BLE001  # its own code may raise anything
        return class_name(name)


def _size(part: ImagePart) -> str:
    return f", {part.size[0]:,} × {part.size[1]:,} pixels," if part.size else ""  # noqa: RUF001  # the sign for a size


def _words(value: object) -> str:
    return _ADDRESS.sub("", str(value))
