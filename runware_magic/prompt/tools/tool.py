"""A function that a model may ask to be called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: Returns the values of a call's arguments, which are given as JSON text, or raises `DataError`.
ReadArguments = Callable[[str], Mapping[str, object]]

#: Some endpoints refuse a schema without properties: a function without parameters is shown with this one.
UNUSED = "unused"
_EMPTY = {
    "type": "object",
    "properties": {UNUSED: {"type": "string", "description": "not used: leave it out"}},
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Tool:
    """A function of the notebook as a model sees it, and what calls it.

    Attributes
    ----------
    name, description
        What the model knows it by, and what it does: from its docstring, empty without one.
    parameters
        The JSON schema of an object with its parameters; without any, the object has no properties.
    function
        What is called, with the values that `arguments_of` returns, by name.
    """

    name: str
    description: str
    parameters: Mapping[str, Any] = field(hash=False)
    function: Callable[..., object] = field(repr=False)
    _read: ReadArguments = field(repr=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Return the Chat Completions form."""
        function: dict[str, Any] = {"name": self.name}
        if self.description:
            function["description"] = self.description
        function["parameters"] = dict(self.parameters if self.parameters["properties"] else _EMPTY)
        return {"type": "function", "function": function}

    def arguments_of(self, text: str) -> Mapping[str, object]:
        """Return the arguments that a model wrote, by name: instances of classes where these are meant.

        Nothing, or null, stands for no arguments. What the model left out is left out, so that the function's own
        defaults apply. Raises `DataError`, which tells the model what is wrong and where.
        """
        return self._read(text)
