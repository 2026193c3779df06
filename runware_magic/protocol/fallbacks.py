"""Fallbacks: the request to send instead, for each refusal with a way around it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus

from runware_magic.chat.request import LIMIT, LOGPROBS, OLD_LIMIT, TOP_LOGPROBS, Request
from runware_magic.chat.structured import RESPONSE_FORMAT, in_prompt, schema_in
from runware_magic.errors import RefusedError

_SWAPPED = {LIMIT: OLD_LIMIT, OLD_LIMIT: LIMIT}


@dataclass(frozen=True, slots=True)
class Fallback:
    """A refusal, and the request to send instead. A refused feature is not sent to that model again."""

    name: str
    feature: Callable[[Request], str]  # what may be refused in a request; empty if the rule does not apply
    refuses: Callable[[RefusedError], bool]
    instead: Callable[[Request], Request]


def _limit(request: Request) -> str:
    return next((name for name in _SWAPPED if name in request.parameters), "")


def _names_a_limit(error: RefusedError) -> bool:
    # "max_tokens is not supported, use max_completion_tokens" names both, "unknown parameter max_tokens" only one.
    names = "|".join(_SWAPPED)
    return error.status == HTTPStatus.BAD_REQUEST and re.search(rf"\b(?:{names})\b", error.message) is not None


def _with_other_limit(request: Request) -> Request:
    return replace(request, parameters={_SWAPPED.get(name, name): value for name, value in request.parameters.items()})


#: The token limit has two names; some models refuse one of them.
TOKEN_LIMIT = Fallback("the token limit's name", _limit, _names_a_limit, _with_other_limit)

_SCHEMA = re.compile(r"response_?format|json[_ ]?schema", re.IGNORECASE)
_TAKES_NO_SCHEMA = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.UNSUPPORTED_MEDIA_TYPE}
    | {HTTPStatus.NOT_FOUND, HTTPStatus.NOT_IMPLEMENTED}
)


def _schema(request: Request) -> str:
    return RESPONSE_FORMAT if schema_in(request.parameters) is not None else ""


def _names_schema(error: RefusedError) -> bool:
    return error.status in _TAKES_NO_SCHEMA and _SCHEMA.search(error.message) is not None


#: Most models take no schema in a field of the request; in the prompt, all do.
SCHEMA = Fallback("the schema's field", _schema, _names_schema, in_prompt)


_ABOUT_LOGPROBS = frozenset({LOGPROBS, TOP_LOGPROBS})
_REFUSALS = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})


def _logprobs(request: Request) -> str:
    return LOGPROBS if request.parameters.keys() & _ABOUT_LOGPROBS else ""


def _names_logprobs(error: RefusedError) -> bool:
    return (
        error.status in _REFUSALS and re.search(r"\b(?:top_)?log_?probs?\b", error.message, re.IGNORECASE) is not None
    )


def _without_logprobs(request: Request) -> Request:
    kept = {name: value for name, value in request.parameters.items() if name not in _ABOUT_LOGPROBS}
    return replace(request, parameters=kept)


#: Many models have no probabilities to tell; the answer then comes without.
PROBABILITIES = Fallback("the probabilities of tokens", _logprobs, _names_logprobs, _without_logprobs)


_EFFORT, _CHOICE = "reasoning_effort", "tool_choice"


def _reasons_with_tools(request: Request) -> str:
    reasons = request.parameters.get("tools") and request.parameters.get(_EFFORT) != "none"
    return "tools with reasoning" if reasons else ""


def _wants_no_reasoning(error: RefusedError) -> bool:
    return error.status in _REFUSALS and _EFFORT in error.message and "tool" in error.message


def _without_reasoning(request: Request) -> Request:
    return replace(request, parameters={**request.parameters, _EFFORT: "none"})


#: Some models take tools only if they do not reason.
TOOLS_WITHOUT_REASONING = Fallback("reasoning", _reasons_with_tools, _wants_no_reasoning, _without_reasoning)


def _chooses(request: Request) -> str:
    return _CHOICE if request.parameters.get(_CHOICE) not in (None, "auto") else ""


def _takes_no_choice(error: RefusedError) -> bool:
    return error.status in {*_REFUSALS, HTTPStatus.NOT_FOUND} and _CHOICE in error.message


def _without_choice(request: Request) -> Request:
    return replace(request, parameters={name: value for name, value in request.parameters.items() if name != _CHOICE})


#: Some endpoints let the model choose alone whether it calls tools.
TOOL_CHOICE = Fallback("the choice of tools", _chooses, _takes_no_choice, _without_choice)


class Fallbacks:
    """Rules, in the order in which they are tried, and the features refused so far."""

    def __init__(self, rules: tuple[Fallback, ...]) -> None:
        self._rules = rules
        self._refused: set[tuple[str, str]] = set()

    def known(self, request: Request) -> Request:
        """Return a request without features that its model has refused before."""
        for rule in self._rules:
            if (request.model, rule.feature(request)) in self._refused:
                request = rule.instead(request)
        return request

    def instead(self, request: Request, error: Exception, taken: set[str]) -> Request | None:
        """Return the request to send instead of a refused one; None if no rule applies.

        `taken` holds the names of the rules already used for this request; the rule used now is added to it.
        """
        for rule in self._rules:
            applies = rule.name not in taken and rule.feature(request)
            if applies and isinstance(error, RefusedError) and rule.refuses(error):
                taken.add(rule.name)
                return rule.instead(request)
        return None

    def accepted(self, request: Request, asked: Request) -> None:
        """Record that a request was accepted instead of the one first asked."""
        features = {rule.feature(asked) for rule in self._rules} - {rule.feature(request) for rule in self._rules}
        self._refused |= {(request.model, feature) for feature in features if feature}
