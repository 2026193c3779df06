"""A schema, and the data of answers that match it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from runware_magic.chat.answer_json import NoJsonError, json_of
from runware_magic.chat.structured import unwrapped
from runware_magic.prompt.schema.json_schema import validator_of
from runware_magic.prompt.schema.problems import DataError

#: Returns the data of a JSON value, which is given decoded and as text, or raises `DataError`.
DataOf = Callable[[object, str], object]


@dataclass(frozen=True, slots=True)
class Schema:
    """What the data of an answer must look like.

    Attributes
    ----------
    json
        The JSON schema, with a ``title`` where the class or the schema has one.
    source
        What it was read from: a class or another type, a JSON schema, or a text in the concise form.
    """

    json: Mapping[str, Any]
    source: object
    _data: DataOf = field(repr=False, compare=False)

    def __reduce__(self) -> tuple[object, ...]:
        # Validators cannot be pickled; reading the source again makes them anew.
        from runware_magic.prompt.schema.read_schema import read_schema  # noqa: PLC0415  # it imports this module

        return read_schema, (self.source,)

    def data_of(self, text: str) -> object:
        """Return the data of an answer: an instance of the class if there is one, else JSON values.

        Raises `DataError` if the answer has no JSON, more than one, or JSON that does not match.
        """
        try:
            value = json_of(text, self.json)
        except NoJsonError as error:
            raise DataError([str(error)]) from None
        return self._data(value, json.dumps(value))


def schema_of_json(schema: Mapping[str, Any], source: object) -> Schema:
    """Return the schema of a JSON schema that is known to be valid."""
    validator = validator_of(json.dumps(schema))

    def data(value: object, _text: str) -> object:
        problems = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
        if problems:
            raise DataError(problems, len(problems))
        return unwrapped(value, schema)

    return Schema(schema, source, data)
