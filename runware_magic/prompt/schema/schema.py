"""A schema, and the data of the answers that match it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from runware_magic.chat.answer_json import NoJsonError, found_json
from runware_magic.chat.structured import field_around, inner_schema, is_bare, unwrapped
from runware_magic.prompt.schema.json_problems import problems_of
from runware_magic.prompt.schema.json_schema import validator_of
from runware_magic.prompt.schema.problems import DataError, data_error
from runware_magic.prompt.schema.python_types import DataOf


@dataclass(frozen=True, slots=True)
class Schema:
    """What the data of an answer must look like. It can be pickled if its source can.

    Attributes
    ----------
    json
        The JSON schema; its ``title`` is the name of the class where there is one.
    source
        What it was read from: a type, a JSON schema, or a text in the concise form.
    """

    json: Mapping[str, Any]
    source: object
    _read: DataOf = field(repr=False, compare=False)

    def __reduce__(self) -> tuple[Callable[[object], Schema], tuple[object]]:
        # Validators cannot be pickled; reading the source again makes them anew.
        from runware_magic.prompt.schema.read_schema import read_schema  # noqa: PLC0415  # it imports this module

        return read_schema, (self.source,)

    def data_of(self, text: str) -> object:
        """Return the data of an answer: an instance of the class if there is one, else JSON values.

        Raises `DataError` if the answer has no JSON, more than one, or JSON that does not match.
        """
        try:
            value, written = found_json(text, self.json)
        except NoJsonError as error:
            raise DataError([str(error)]) from None
        return self._read(value, written)


def schema_of_json(schema: Mapping[str, Any], source: object) -> Schema:
    """Return the schema of a JSON schema that is known to be valid.

    Where `wrapped` put an object around the data, the data is without it, and so may be the answer.
    """
    whole = validator_of(json.dumps(schema))
    bare = validator_of(json.dumps(inner_schema(schema))) if field_around(schema) else None

    def data(value: object, _: str) -> object:
        validator = whole if bare is None or not is_bare(value, schema) else bare
        if problems := problems_of(validator, value):
            raise data_error(problems)
        return unwrapped(value, schema) if validator is whole else value

    return Schema(schema, source, data)
