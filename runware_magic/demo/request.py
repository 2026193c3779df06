"""Parse and check chat requests; refuse them as the real endpoint does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runware_magic.chat.structured import schema_in
from runware_magic.demo.models import MAX_OUTPUT_TOKENS, MODELS, Model, find

#: The hint in answers on how to use a real model.
SET_A_KEY = "To ask a real model, run `%runware login`, or set `RUNWARE_API_KEY` before you start Jupyter."
_OTHERS = "For others, run `%runware login`, or set `RUNWARE_API_KEY`."  # short: long messages are cut
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})
_EFFORTS = ("none", "minimal", "low", "medium", "high")
_NO_PARAMETERS = frozenset({"model", "messages", "stream", "stream_options"})


class RefusalError(Exception):
    """A request that is answered with an error; `parameter` names the field that is wrong."""

    def __init__(
        self, status: int, code: str, message: str, parameter: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(status, code, message, parameter, headers)
        self.status, self.code, self.message, self.parameter = status, code, message, parameter
        self.headers = headers or {}

    def body(self) -> dict[str, Any]:
        """Return the error as OpenAI's interface writes it."""
        kind = "invalid_request_error" if self.status < 500 else "server_error"  # noqa: PLR2004  # the HTTP border
        return {"error": {"message": self.message, "type": kind, "code": self.code, "param": self.parameter}}


class TaskRefusalError(RefusalError):
    """A request that the model refused: the provider writes these in its own way as well."""

    def body(self) -> dict[str, Any]:
        """Return the error as the provider's task interface writes it, and as OpenAI's clients expect it."""
        row = {"code": self.code, "message": self.message, "parameter": self.parameter, "taskUUID": None}
        return {**super().body(), "errors": [row]}


@dataclass(frozen=True, slots=True)
class Said:
    """A message: role and text, in which other parts stand as ``[image_url]``, and the addresses of its pictures."""

    role: str
    text: str
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """A valid request; its last message is not an assistant's."""

    model: Model
    messages: tuple[Said, ...]
    limit: int  # tokens of the answer at most, reasoning included
    stream: bool = False
    include_usage: bool = False
    stop: tuple[str, ...] = ()  # texts that the answer ends before
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)  # all fields but _NO_PARAMETERS
    nth: int = 1  # how often this request has come by now

    def texts(self, *roles: str) -> list[str]:
        """Return the texts of these roles, in order."""
        return [message.text for message in self.messages if message.role in roles]

    @property
    def prompt(self) -> str:
        """The user's last text; empty if there is none."""
        return (self.texts("user") or [""])[-1]

    @property
    def pictures(self) -> tuple[str, ...]:
        """The addresses of the pictures in the user's last message."""
        return next((message.pictures for message in reversed(self.messages) if message.role == "user"), ())

    @property
    def system(self) -> str:
        """All instructions."""
        return "\n".join(self.texts("system", "developer"))


def read(body: bytes) -> Ask:
    """Parse the body of a chat request; raise RefusalError if it is invalid, or asks an unknown model."""
    value = _parsed(body)
    model = _model(value)
    if model.status is not None:
        raise _temper(model.status)
    messages = _messages(value)
    _check_parameters(value)
    _check_format(value.get("response_format"), model)
    options = value.get("stream_options")
    return Ask(
        model=model,
        messages=messages,
        limit=_limit(value, model),
        stream=value.get("stream") is True,
        include_usage=isinstance(options, dict) and options.get("include_usage") is True,
        stop=_stop(value.get("stop")),
        parameters={key: entry for key, entry in value.items() if key not in _NO_PARAMETERS},
    )


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusalError(400, "invalid_json", "The body of the request is not valid JSON.") from None
    if not isinstance(value, dict):
        raise RefusalError(400, "invalid_json", "The body of the request must be a JSON object.")
    return value


def _model(value: Mapping[str, Any]) -> Model:
    name = value.get("model")
    if not isinstance(name, str) or not name:
        raise RefusalError(400, "missing_model", "Missing required parameter: 'model'.", "model")
    model = find(name)
    if model is None:
        there = ", ".join(known.id for known in MODELS)
        message = f"No model {name[:32]!r} is here, only {there}. {_OTHERS}"
        raise RefusalError(404, "model_not_found", message, "model")
    return model


def _temper(status: int) -> RefusalError:
    match status:
        case 401:
            return RefusalError(401, "invalid_api_key", "Invalid API key. This model refuses on purpose.")
        case 429:
            message = "Too many requests: try again in a second. This model refuses on purpose."
            return TaskRefusalError(429, "rateLimitExceeded", message, headers={"Retry-After": "1"})
        case _:
            message = "The provider failed to answer. This model fails on purpose."
            return TaskRefusalError(status, "providerError", message)


def _messages(value: Mapping[str, Any]) -> tuple[Said, ...]:
    rows = value.get("messages")
    if not isinstance(rows, list) or not rows:
        raise RefusalError(400, "missing_messages", "'messages' must be a list with at least one message.", "messages")
    messages = tuple(_said(row, f"messages[{at}]") for at, row in enumerate(rows))
    if messages[-1].role == "assistant":
        message = "The conversation must not end on an assistant message."
        raise TaskRefusalError(400, "invalidMessages", message, "messages")
    return messages


def _said(row: object, where: str) -> Said:
    if not isinstance(row, dict) or row.get("role") not in _ROLES:
        message = f"'{where}.role' must be one of {', '.join(sorted(_ROLES))}."
        raise RefusalError(400, "invalid_message", message, f"{where}.role")
    content = row.get("content")
    pictures: tuple[str, ...] = ()
    if isinstance(content, list):
        pictures = tuple(uri for part in content if (uri := _picture(part)))
        content = "".join(map(_part, content))
    # An assistant's message with tool calls has a null content.
    if not isinstance(content, str) and not (content is None and row["role"] == "assistant"):
        raise RefusalError(400, "invalid_message", f"'{where}.content' must be text.", f"{where}.content")
    return Said(row["role"], content or "", pictures)


def _part(part: object) -> str:
    if not isinstance(part, dict):
        return ""
    return part["text"] if isinstance(part.get("text"), str) else f"[{part.get('type')}]"


def _picture(part: object) -> str:
    """Return the address of a picture; empty for any other part."""
    where = part.get("image_url") if isinstance(part, dict) and part.get("type") == "image_url" else None
    uri = where.get("url") if isinstance(where, dict) else None
    return uri if isinstance(uri, str) else ""


def _limit(value: Mapping[str, Any], model: Model) -> int:
    given = [value[name] for name in ("max_completion_tokens", "max_tokens") if value.get(name) is not None]
    if not given and not model.strict:
        return MAX_OUTPUT_TOKENS
    if not given or any(type(limit) is not int or not 1 <= limit <= MAX_OUTPUT_TOKENS for limit in given):
        message = f"'settings.maxTokens' must be an integer between 1 and {MAX_OUTPUT_TOKENS}."
        raise TaskRefusalError(400, "invalidMaxTokens", message, "settings.maxTokens")
    return int(min(given))


def _stop(value: object) -> tuple[str, ...]:
    stops = [value] if isinstance(value, str) else value or []
    if not isinstance(stops, list) or not all(isinstance(stop, str) for stop in stops):
        raise RefusalError(400, "invalid_stop", "'stop' must be a text or a list of texts.", "stop")
    return tuple(stop for stop in stops if stop)


def _check_parameters(value: Mapping[str, Any]) -> None:
    heat, effort = value.get("temperature"), value.get("reasoning_effort")
    if heat is not None and (type(heat) not in (int, float) or not 0 <= heat <= 2):  # noqa: PLR2004  # the range
        message = "'settings.temperature' must be a number between 0 and 2."
        raise TaskRefusalError(400, "invalidTemperature", message, "settings.temperature")
    if effort is not None and effort not in _EFFORTS:
        message = f"'reasoning_effort' must be one of {', '.join(_EFFORTS)}."
        raise TaskRefusalError(400, "invalidReasoningEffort", message, "reasoning_effort")


def _check_format(form: object, model: Model) -> None:
    kind = form.get("type") if isinstance(form, dict) else None
    if form is not None and not model.takes_schema:
        message = "response_format is not supported by this model."
        raise TaskRefusalError(400, "unsupportedParameter", message, "response_format")
    if kind == "json_object":
        message = "Missing required parameter: 'jsonSchema'."
        raise TaskRefusalError(400, "missingJsonSchema", message, "jsonSchema")
    if kind == "json_schema" and schema_in({"response_format": form}) is None:
        message = "Invalid schema for response_format: 'json_schema.schema' must be an object."
        raise TaskRefusalError(400, "invalidJsonSchema", message, "response_format")
