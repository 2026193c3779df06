"""Parse and check chat requests; refuse them as the real endpoint does."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runware_magic.chat.messages import ToolCall
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
    calls: tuple[ToolCall, ...] = ()  # of an assistant
    call_id: str = ""  # the call that a tool's message answers


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
    _check_tools(value)
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
    _check_results(messages)
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
    call_id = row.get("tool_call_id") if row["role"] == "tool" else ""
    if not isinstance(call_id, str):
        message = f"Missing required parameter: '{where}.tool_call_id'."
        raise RefusalError(400, "invalid_message", message, f"{where}.tool_call_id")
    return Said(row["role"], content or "", pictures, _calls(row, where), call_id)


def _calls(row: Mapping[str, Any], where: str) -> tuple[ToolCall, ...]:
    rows = row.get("tool_calls") if row["role"] == "assistant" else None
    try:
        calls = tuple(ToolCall.from_json(call) for call in rows or ())
    except (KeyError, TypeError, ValueError):
        calls, rows = (), ()
    # Other endpoints refuse empty arguments, and with them every later request of the conversation.
    if (rows is not None and not calls) or not all(call.id and call.name and call.arguments.strip() for call in calls):
        message = f"'{where}.tool_calls' must be a list of calls with an id, a name and arguments in JSON."
        raise RefusalError(400, "invalid_message", message, f"{where}.tool_calls")
    return calls


def _check_results(messages: Sequence[Said]) -> None:
    """Check that each call has its result, before the next message of another role."""
    waiting: set[str] = set()
    for at, message in enumerate([*messages, None]):
        if message is not None and message.role == "tool":
            if message.call_id not in waiting:
                text = "messages with role 'tool' must be a response to a preceding message with 'tool_calls'."
                raise RefusalError(400, "invalid_message", f"Invalid parameter: {text}", f"messages[{at}].role")
            waiting.remove(message.call_id)
            continue
        if waiting:
            text = (
                "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
                "'tool_call_id'. The following tool_call_ids did not have response messages: "
                + ", ".join(sorted(waiting))
            )
            raise RefusalError(400, "invalid_message", text, "messages")
        waiting = {call.id for call in message.calls} if message is not None else set()


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


def _check_tools(value: Mapping[str, Any]) -> None:
    """Check the functions that a model may call, and which of them it is told to call."""
    tools, choice = value.get("tools"), value.get("tool_choice")
    if tools is not None and (not isinstance(tools, list) or not tools):
        raise RefusalError(400, "invalid_tools", "'tools' must be a list with at least one function.", "tools")
    names = [_checked_tool(tool, f"tools[{at}]") for at, tool in enumerate(tools or ())]
    if choice is None or (tools and choice in ("auto", "none", "required")):
        return
    if not tools:
        message = "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified."
        raise RefusalError(400, "invalid_tool_choice", message, "tool_choice")
    if called_name(choice) not in names:
        message = "'tool_choice' must be auto, none, required, or name one of the 'tools'."
        raise RefusalError(400, "invalid_tool_choice", message, "tool_choice")


def _checked_tool(tool: object, where: str) -> str:
    """Return the name of a function that is described as it must be."""
    name, function = called_name(tool), tool.get("function") if isinstance(tool, dict) else None
    if not isinstance(function, dict) or not _TOOL_NAME.fullmatch(name):
        message = f"'{where}.function.name' must be 1 to 64 letters, digits, dashes or underscores."
        raise RefusalError(400, "invalid_tools", message, f"{where}.function.name")
    schema = function.get("parameters", {})
    if not isinstance(schema, dict) or (schema and schema.get("type") != "object"):
        message = f"Invalid schema for function '{name}': it must be a JSON schema of type 'object'."
        raise TaskRefusalError(400, "invalidFunctionParameters", message, f"{where}.function.parameters")
    if schema.get("properties", True) == {}:
        message = f"Invalid schema for function '{name}': 'properties' should be non-empty for an object."
        raise TaskRefusalError(400, "invalidFunctionParameters", message, f"{where}.function.parameters")
    return name


def called_name(value: object) -> str:
    """Return the name in ``{"type": "function", "function": {"name": …}}``; empty if there is none."""
    function = value.get("function") if isinstance(value, dict) and value.get("type") == "function" else None
    name = function.get("name") if isinstance(function, dict) else None
    return name if isinstance(name, str) else ""


_TOOL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
