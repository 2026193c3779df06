"""The arguments of a call: the JSON schema of a function's parameters, and the values that a model gives them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from runware_magic.chat.text import encodable_json, one_line, printable
from runware_magic.errors import OptionError
from runware_magic.prompt.schema.problems import EXPECTED, DataError, Problem, data_error
from runware_magic.prompt.schema.pydantic_problems import error_of
from runware_magic.prompt.schema.python_types import is_undefined, schema_generator, type_name, why_no_schema
from runware_magic.prompt.tools.parameters import Parameter
from runware_magic.prompt.tools.tool import UNUSED, ReadArguments

_SHOWN = 120
_TOO_DEEP = "the arguments are nested too deeply"
_JSON_ONLY = "A model sends JSON: texts, numbers, lists, dataclasses. Write a small function that takes those."


def arguments_model(name: str, parameters: Sequence[Parameter]) -> tuple[dict[str, Any], ReadArguments]:
    """Return the JSON schema of parameters, and what reads arguments; raise `OptionError` if one has none."""
    try:
        model, schema = _model(parameters)
    except Exception as error:  # noqa: BLE001  # what a class does when it is read may raise anything
        _refuse(name, parameters, error)
    return schema, _reader(model, parameters)


def _model(parameters: Sequence[Parameter]) -> tuple[Any, dict[str, Any]]:
    from pydantic import ConfigDict, create_model  # noqa: PLC0415  # takes longer than loading the extension may

    # Not the parameters' own names: pydantic refuses some, such as those of its methods.
    fields: dict[str, Any] = {f"p{number}": each.as_field() for number, each in enumerate(parameters)}
    model = create_model("Arguments", __config__=ConfigDict(extra="forbid"), **fields)
    schema = model.model_json_schema(schema_generator=schema_generator())
    for each in schema.get("properties", {}).values():
        _drop_strange_default(each)
    schema = json.loads(json.dumps(schema))
    schema.pop("title", None)
    return model, {"type": "object", "properties": {}, **schema}


def _drop_strange_default(schema: dict[str, Any]) -> None:
    """Remove a default that JSON has no number for."""
    try:
        json.dumps(schema.get("default"), allow_nan=False)
    except ValueError:
        del schema["default"]


def _refuse(name: str, parameters: Sequence[Parameter], error: Exception) -> NoReturn:
    """Raise `OptionError` for the first parameter that alone cannot be described."""
    for each in parameters:
        _refuse_alone(name, each)
    msg = f"The parameters of {name} cannot be described: {why_no_schema(error)}."
    raise OptionError(msg, _JSON_ONLY) from None


def _refuse_alone(name: str, parameter: Parameter) -> None:
    try:
        _model([parameter])
    except Exception as error:  # noqa: BLE001  # as above
        shown = printable(parameter.name, _SHOWN)
        if is_undefined(error):
            msg = f"The parameter {shown} of {name} refers to a class that is not defined."
            raise OptionError(msg, "Define it first, then ask again.") from None
        msg = f"The parameter {shown} of {name} cannot be {type_name(parameter.kind)}: {why_no_schema(error)}."
        raise OptionError(msg, _JSON_ONLY) from None


def _reader(model: Any, parameters: Sequence[Parameter]) -> ReadArguments:  # noqa: ANN401  # pydantic makes it
    def read(text: str) -> Mapping[str, object]:
        value = _parsed(text)
        if not parameters:
            value.pop(UNUSED, None)
        found = _validated(model, value)
        return {
            each.name: getattr(found, f"p{number}")
            for number, each in enumerate(parameters)
            if f"p{number}" in found.model_fields_set or each.has_declared_default
        }

    return read


def _parsed(text: str) -> dict[str, Any]:
    """Return the JSON object of arguments, empty for nothing and for null; or raise `DataError`."""
    if not text.strip():
        return {}
    try:
        value = encodable_json(json.loads(text, parse_constant=_no_number))
    except (ValueError, RecursionError) as error:
        problem = f"the arguments are not JSON: {one_line(str(error), _SHOWN)}"
        raise DataError([_TOO_DEEP if isinstance(error, RecursionError) else problem]) from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise data_error([Problem((), value, expected=EXPECTED["object"])])
    return value


def _no_number(name: str) -> NoReturn:
    msg = f"{name} is no number"
    raise ValueError(msg)


def _validated(model: Any, value: object) -> Any:  # noqa: ANN401  # as above
    from pydantic import ValidationError  # noqa: PLC0415  # as in `_model`

    try:
        return model.model_validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            raise DataError([_TOO_DEEP]) from None
        raise error_of(error, value) from None
    except Exception as error:  # noqa: BLE001  # validators of the user's own may raise anything
        raise DataError([f"checking the arguments raised {type(error).__name__}: {error}"]) from None
