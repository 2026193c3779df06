"""Types of Python as schemas, by pydantic: models, dataclasses, typed dicts, and what is made of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NewType, get_origin

from runware_magic.chat.structured import field_around, inner_schema, is_bare, wrapped
from runware_magic.chat.text import printable
from runware_magic.errors import OptionError
from runware_magic.prompt.schema.problems import COUNTED, DataError, data_error, extra, missing
from runware_magic.prompt.schema.pydantic_problems import error_of
from runware_magic.prompt.schema.typed_dicts import for_pydantic

#: Returns the data of a JSON value, which is given decoded and as text, or raises `DataError`.
DataOf = Callable[[object, str], object]

_SHOWN = 120
_HINT = "Use a Pydantic model, a dataclass, a TypedDict, or what is made of them, such as list[Model]."
_FIELDS = {"string": str, "integer": int, "number": float, "boolean": bool}
_UNDEFINED = {"class-not-fully-defined", "undefined-annotation"}  # codes of pydantic's errors
_NO_JSON = re.compile(r"Cannot generate a JsonSchema for core_schema\.(\w+?)Schema")
_LAZY = (Iterable, Iterator, Generator)


def is_type(value: object) -> bool:
    """Whether a value stands for a type, as an annotation does."""
    return (
        isinstance(value, type | NewType)
        or get_origin(value) is not None
        or value is Any
        or type(value).__name__ == "TypeAliasType"  # of Python 3.12, and of typing_extensions
    )


def read_type(kind: Any) -> tuple[dict[str, Any], DataOf]:  # noqa: ANN401  # any type
    """Return the JSON schema of a type, and what reads its data; or raise `OptionError`."""
    name = type_name(kind)
    if get_origin(kind) in _LAZY:
        # Pydantic reads the items when they are asked for, and only once.
        msg = f"{name} is no schema: its items would not be validated."
        raise OptionError(msg, "Use list[…].")
    try:
        kind = for_pydantic(kind)
        bare, schema = _adapter(kind)
        if schema.get("type") == "object":
            return schema, lambda value, text: _validated(bare, name, value, text)
        whole, field, schema = _around(kind, schema)
    except Exception as error:  # noqa: BLE001  # what a class does when it is read may raise anything
        raise _no_schema(name, error) from None

    def data(value: object, text: str) -> object:
        if is_bare(value, schema) or not isinstance(value, dict):
            return _validated(bare, name, value, text)
        if others := [other for other in value if other != field]:
            absent = [] if field in value else [missing((field,))]
            raise data_error([*absent, *(extra((other,)) for other in others[:COUNTED])])
        return _validated(whole, name, value, text)[field]

    return schema, data


def read_fields(schema: Mapping[str, Any]) -> DataOf:
    """Return what reads the data of a schema in the concise form: an object with fields, or a list of such.

    Not by jsonschema: where JupyterLab is installed, importing it takes seconds.
    """
    from typing_extensions import TypedDict  # noqa: PLC0415  # pydantic has it

    one = inner_schema(schema)["items"] if field_around(schema) else schema
    make: Any = TypedDict  # type checkers want the names as literals
    fields: Any = make("Fields", {name: _FIELDS[field["type"]] for name, field in one["properties"].items()})
    fields.__pydantic_config__ = {"extra": "forbid"}
    many = list[fields]
    return read_type(fields if one is schema else many)[1]


def type_name(kind: object) -> str:
    """Return the name of a type as it is written."""
    name = kind.__qualname__ if isinstance(kind, type) and get_origin(kind) is None else repr(kind)
    return printable(name.replace("__main__.", "").replace("typing.", "").rpartition("<locals>.")[2], _SHOWN // 2)


def _adapter(kind: Any) -> tuple[Any, dict[str, Any]]:  # noqa: ANN401  # any type
    """Return the validator of a type, and its JSON schema, whose root is not a reference."""
    from pydantic import TypeAdapter  # noqa: PLC0415  # takes longer than loading the extension may

    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    schema: dict[str, Any] = json.loads(json.dumps(adapter.json_schema(schema_generator=schema_generator())))
    reference = str(schema.pop("$ref", ""))
    # Where a type refers to itself, endpoints that want an object at the root take no reference there.
    return adapter, {**schema.get("$defs", {}).get(reference.removeprefix("#/$defs/"), {}), **schema}


def _around(kind: Any, schema: dict[str, Any]) -> tuple[Any, str, dict[str, Any]]:  # noqa: ANN401  # any type
    """Return the validator of an object around a type, its field, and its JSON schema."""
    from typing_extensions import TypedDict  # noqa: PLC0415  # pydantic has it

    title, field = wrapped(schema)["title"], field_around(wrapped(schema))
    make: Any = TypedDict  # type checkers want the names as literals
    around = make(title, {field: kind})
    adapter, described = _adapter(around)
    # Not by pydantic's configuration, which what is inside would inherit.
    return adapter, field, {**described, "title": title, "additionalProperties": False}


@lru_cache
def schema_generator() -> Any:  # noqa: ANN401  # a class of pydantic's
    """Return what makes short JSON schemas, for ``schema_generator``."""
    from pydantic.json_schema import GenerateJsonSchema  # noqa: PLC0415  # as in `_adapter`

    class Short(GenerateJsonSchema):
        """Without titles that repeat the names of fields, and without warnings."""

        ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012  # as pydantic has it

        def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002  # pydantic's
            return False

    return Short


def _validated(adapter: Any, name: str, value: object, text: str) -> Any:  # noqa: ANN401  # as the type says
    from pydantic import ValidationError  # noqa: PLC0415  # as in `_adapter`

    try:
        return adapter.validate_json(text, strict=True)
    except ValidationError as error:
        raise error_of(error, value) from None
    except Exception as error:  # noqa: BLE001  # validators of the user's own may raise anything
        raise DataError([f"{name} raised {type(error).__name__}: {error}"]) from None


def _no_schema(name: str, error: Exception) -> OptionError:
    if is_undefined(error):
        return OptionError(f"{name} refers to a class that is not defined.", "Define it first, then ask again.")
    return OptionError(f"{name} is no schema: {why_no_schema(error)}.", _HINT)


def is_undefined(error: Exception) -> bool:
    """Whether pydantic says that a type refers to a class that is not defined."""
    return getattr(error, "code", None) in _UNDEFINED


def why_no_schema(error: Exception) -> str:
    """Return why pydantic makes no schema of a type, in one line without a full stop."""
    why = str(error).partition("\n")[0].partition(". Set `")[0].rstrip(".") or type(error).__name__
    if found := _NO_JSON.search(why):
        why = f"JSON cannot express it ({found[1].lower()})"
    return printable(why, _SHOWN)
