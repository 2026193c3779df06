"""A request, and the JSON that is sent for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from runware_magic.chat.messages import Message
from runware_magic.errors import OptionError

#: The two names of the token limit; models refuse the one or the other.
LIMIT, OLD_LIMIT = "max_completion_tokens", "max_tokens"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of the endpoint.

    Attributes
    ----------
    model
        AIR id (``creator:family@version``) or slug.
    messages
        The whole context, in order.
    parameters
        Every other field of the body, by the endpoint's names.
    stream
        Whether the answer is to come piece by piece.
    """

    model: str
    messages: tuple[Message, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    stream: bool = True

    def body(self) -> dict[str, Any]:
        """Give the JSON body, usage asked for in a stream (the endpoint tells no cost otherwise)."""
        body = {
            "model": self.model,
            "messages": [message.to_json() for message in self.messages],
            "stream": self.stream,
            **self.parameters,
        }
        if self.stream:
            body["stream_options"] = {"include_usage": True}
        return body

    def with_other_limit(self) -> Request:
        """Give the same request with the token limit under its other name."""
        swap = {LIMIT: OLD_LIMIT, OLD_LIMIT: LIMIT}
        return replace(self, parameters={swap.get(key, key): value for key, value in self.parameters.items()})


def with_defaults(parameters: Mapping[str, Any], *, max_tokens: int, temperature: float | None) -> dict[str, Any]:
    """Add what was not said: a token limit always, since some models refuse a request without one.

    Parameters
    ----------
    parameters
        What the user asked for.
    max_tokens
        The limit when the user gave none, under either name.
    temperature
        The temperature when the user gave none; None sends none.

    Raises
    ------
    OptionError
        When a value cannot be written as JSON.
    """
    full = dict(parameters)
    if LIMIT not in full and OLD_LIMIT not in full:
        full[LIMIT] = max_tokens
    if temperature is not None:
        full.setdefault("temperature", temperature)
    for name, value in full.items():
        _check_json(name, value)
    return full


def _check_json(name: str, value: object) -> None:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        msg = f"{name} has a value that JSON cannot hold: {type(value).__name__}."
        raise OptionError(msg, "Numbers, texts, lists and dicts can be sent; nan and infinity cannot.") from None
