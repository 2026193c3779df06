"""JSON schemas that are dicts: whether one is valid, and what a value violates."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any


@lru_cache
def validator_of(text: str) -> Any:  # noqa: ANN401  # jsonschema makes the class at run time
    """Return the validator of a schema, which is given as JSON. Cached, since making it takes milliseconds.

    Raises `jsonschema.SchemaError` if it is not a schema.
    """
    import jsonschema  # noqa: PLC0415  # takes as long as a cell may take to load
    from referencing import Registry  # noqa: PLC0415

    schema = json.loads(text)
    # The empty registry keeps references from being fetched.
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema, registry=Registry())
