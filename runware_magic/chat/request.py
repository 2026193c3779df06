"""A request, its default parameters, and its fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from runware_magic.errors import OptionError

if TYPE_CHECKING:
    from runware_magic.chat.messages import Message

#: The two names of the token limit; models refuse the one or the other.
LIMIT, OLD_LIMIT = "max_completion_tokens", "max_tokens"
#: Whether the probabilities of tokens are asked for, and the number of alternatives.
LOGPROBS, TOP_LOGPROBS = "logprobs", "top_logprobs"
#: The number of choices that are asked for at once.
CHOICES = "n"


@dataclass(frozen=True, slots=True)
class Request:
    """A request to a model.

    Attributes
    ----------
    model
        AIR id (``creator:family@version``) or slug.
    messages
        The whole context, in order.
    parameters
        All other fields, by the endpoint's names.
    stream
        Whether the answer comes in pieces.
    """

    model: str
    messages: tuple[Message, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    stream: bool = True

    @property
    def asks_for_several(self) -> bool:
        """Whether more than one answer may come."""
        return self.parameters.get(CHOICES) not in (None, 1)


def with_defaults(parameters: Mapping[str, Any], *, max_tokens: int, temperature: float | None) -> dict[str, Any]:
    """Return parameters with defaults added, or raise `OptionError` for a value that JSON cannot hold.

    A token limit is always sent, since some models refuse requests without one; no temperature is sent if it is None.
    ``logprobs`` as a number is the number of alternatives, unless their own field is set.
    """
    full = dict(parameters)
    if LIMIT not in full and OLD_LIMIT not in full:
        full[LIMIT] = max_tokens
    if temperature is not None:
        full.setdefault("temperature", temperature)
    if type(full.get(LOGPROBS)) is int:
        full = {TOP_LOGPROBS: full[LOGPROBS], **full, LOGPROBS: True}
    return {name: _plain(name, value) for name, value in full.items()}


def _plain(name: str, value: object) -> object:
    """Return a copy of a value as it is sent: later changes to a dict do not change the turn."""
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        msg = f"{name} has a value that JSON cannot represent: {type(value).__name__}."
        raise OptionError(msg, "Use numbers, strings, lists and dicts; nan and infinity cannot be sent.") from None


def fingerprint(request: Request, nth: int = 1) -> str:
    """Return 32 hexadecimal digits that identify a request by model, messages and parameters.

    The order of names and streaming do not matter. `nth` counts equal requests from 1.
    """
    messages = [message.to_json() for message in request.messages]
    # Parsed again, since keys of inner dicts may have several types, which cannot be sorted.
    parameters = json.loads(json.dumps(dict(request.parameters)))
    told = json.dumps([request.model, messages, parameters, nth], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()[:32]


class Fingerprints:
    """Assigns each request its own fingerprint, also among equal ones. Not thread-safe.

    The same requests in the same order get the same fingerprints.
    """

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def __call__(self, request: Request) -> str:
        """Return the fingerprint of the next request."""
        first = fingerprint(request)
        nth = self._seen[first] = self._seen.get(first, 0) + 1
        return first if nth == 1 else fingerprint(request, nth)


MODEL = "minimax:m2.7@0"
