"""Endpoints that refuse tools, or something about them, in the ways that were seen; each accepts requests without that.

A row is a reply for `serve(...)` and for `Played(...)`. What it accepts, it answers with a call of the first function;
to results, to ``tool_choice: "none"`` and without tools, it answers in words. `UNSUPPORTED`, `EMPTY_PROPERTIES`,
`EFFORT`, `CHOICE`, `PARALLEL` and `RESULTS` are the rows by what they refuse; `REFUSALS` are all of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from loopback import USAGE, Heard, Step, chunked, delta, finish, sized, sse
from refusals import answered

#: What these endpoints answer, and the arguments of their calls.
ANSWER, ARGUMENTS = "It snows in Oslo.", '{"city": "Oslo"}'
#: What a call of Google's models has beside the usual fields; such a call is refused without it.
SIGNED = {"extra_content": {"google": {"thought_signature": "c2lnbmVk"}}}
#: What DeepSeek's models think before a call; with tools, they want it back.
THOUGHT = "The weather is wanted."


@dataclass(frozen=True)
class ToolRefusal:
    """What an endpoint refuses about tools.

    Attributes
    ----------
    name
        For the ids of tests.
    refuses
        Whether it refuses a request's body.
    status, body
        Of its refusal.
    """

    name: str
    refuses: Callable[[Mapping[str, Any]], bool]
    status: int
    body: Any

    def __call__(self, heard: Heard) -> list[Step]:
        """Return the reply to a request."""
        asked = heard.json
        if self.refuses(asked):
            return sized(self.status, json.dumps(self.body).encode())
        ends = asked["messages"][-1]["role"] == "tool" or asked.get("tool_choice") == "none"
        return answered(asked, ANSWER) if ends or not asked.get("tools") else called(asked)


def called(asked: Mapping[str, Any]) -> list[Step]:
    """Return an answer that calls the first function: streamed, if the body asks for that, or whole."""
    function = {"name": asked["tools"][0]["function"]["name"], "arguments": ARGUMENTS}
    call = {"index": 0, "id": "call_1", "type": "function", "function": function, **SIGNED}
    said = {"role": "assistant", "content": None, "reasoning_content": THOUGHT, "tool_calls": [call]}
    if asked.get("stream"):
        return chunked(map(sse, (delta(**said), USAGE, finish("tool_calls"), "[DONE]")))
    choice = {"index": 0, "message": said, "finish_reason": "tool_calls"}
    return sized(200, json.dumps({"choices": [choice], "usage": USAGE["usage"]}).encode())


def _openai(message: str, parameter: str | None = None, code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": parameter, "code": code}}


def _numbered(code: int, message: str, kind: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "type": kind}}


def _extra(field: str) -> dict[str, Any]:
    """Return FastAPI's refusal of a field that it does not know."""
    return {"detail": [{"type": "extra_forbidden", "loc": ["body", field], "msg": "Extra inputs are not permitted"}]}


def _has_tools(asked: Mapping[str, Any]) -> bool:
    return bool(asked.get("tools"))


def _has_empty_properties(asked: Mapping[str, Any]) -> bool:
    schemas = (tool["function"].get("parameters") or {} for tool in asked.get("tools") or ())
    return any(not schema.get("properties") for schema in schemas)


def _reasons(asked: Mapping[str, Any]) -> bool:
    return _has_tools(asked) and asked.get("reasoning_effort") != "none"


def _chooses(asked: Mapping[str, Any]) -> bool:
    return _has_tools(asked) and asked.get("tool_choice") not in (None, "auto")


def _has_results(asked: Mapping[str, Any]) -> bool:
    return any(message["role"] == "tool" for message in asked["messages"])


def _has_unsigned_calls(asked: Mapping[str, Any]) -> bool:
    calls = (call for message in asked["messages"] for call in message.get("tool_calls") or ())
    return any("extra_content" not in call for call in calls)


def _lacks_thoughts(asked: Mapping[str, Any]) -> bool:
    return any(message.get("tool_calls") and not message.get("reasoning_content") for message in asked["messages"])


_ROUTED = "To learn more about provider routing, visit: https://openrouter.ai/docs/guides/routing/provider-selection"
#: The model, or the server, takes no tools.
UNSUPPORTED = (
    ToolRefusal(
        "openrouter",
        _has_tools,
        404,
        {"error": {"message": f"No endpoints found that support tool use. {_ROUTED}", "code": 404}},
    ),
    ToolRefusal(
        "openrouter names a tool",
        _has_tools,
        404,
        {"error": {"message": f'No endpoints found that support tool use. Try disabling "f". {_ROUTED}', "code": 404}},
    ),
    ToolRefusal(
        "ollama",
        _has_tools,
        400,
        {"error": {"message": "registry.ollama.ai/library/gemma3:4b does not support tools", "type": "api_error"}},
    ),
    ToolRefusal(
        "ollama, plain", _has_tools, 400, {"error": "registry.ollama.ai/library/smollm2 does not support tools"}
    ),
    ToolRefusal(
        "deepseek",
        _has_tools,
        400,
        _openai("deepseek-reasoner does not support Function Calling", code="invalid_request_error"),
    ),
    ToolRefusal(
        "vllm",
        _has_tools,
        400,
        {
            "object": "error",
            "message": '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
            "type": "BadRequestError",
            "param": None,
            "code": 400,
        },
    ),
    ToolRefusal("llama.cpp", _has_tools, 500, _numbered(500, "tools param requires --jinja flag", "server_error")),
    ToolRefusal("old llama.cpp", _has_tools, 500, _numbered(500, "Unsupported param: tools", "server_error")),
    ToolRefusal("fastapi", _has_tools, 422, _extra("tools")),
)

#: A function without parameters: its schema must name one.
EMPTY_PROPERTIES = (
    ToolRefusal(
        "google",
        _has_empty_properties,
        400,
        [
            _numbered(
                400,
                "* GenerateContentRequest.tools[0].function_declarations[0].parameters.properties: should be non-empty "
                "for OBJECT type\n",
                "INVALID_ARGUMENT",
            )
        ],
    ),
    ToolRefusal(
        "openai",
        _has_empty_properties,
        400,
        _openai(
            "Invalid schema for function 'now': In context=(), object schema missing properties.",
            "tools[0].function.parameters",
            "invalid_function_parameters",
        ),
    ),
    ToolRefusal(
        "runware",
        _has_empty_properties,
        400,
        {"errors": [{"code": "invalidParameter", "message": "'properties' must not be empty.", "parameter": "tools"}]},
    ),
)

_WITH_EFFORT = "Function tools with reasoning_effort are not supported for {} in /v1/chat/completions. {}"
#: Tools only without reasoning: GPT-5.6, also where no effort was asked for, since there is a default.
EFFORT = (
    ToolRefusal(
        "gpt-5.6",
        _reasons,
        400,
        _openai(
            _WITH_EFFORT.format(
                "gpt-5.6-terra", "To use function tools, use /v1/responses or set reasoning_effort to 'none'."
            ),
            "reasoning_effort",
        ),
    ),
    ToolRefusal(
        "gpt-5.4",
        _reasons,
        400,
        _openai(_WITH_EFFORT.format("gpt-5.4", "Please use /v1/responses instead."), "reasoning_effort"),
    ),
)

#: Another choice than ``auto``, which the last round of a loop needs.
CHOICE = (
    ToolRefusal(
        "openrouter",
        _chooses,
        404,
        {
            "error": {
                "message": f"No endpoints found that support the provided 'tool_choice' value. {_ROUTED}",
                "code": 404,
            }
        },
    ),
    ToolRefusal("deepseek", _chooses, 400, _openai("deepseek-reasoner does not support this tool_choice")),
    ToolRefusal("deepseek, thinking", _chooses, 400, _openai("Thinking mode does not support this tool_choice")),
    ToolRefusal("fastapi", _chooses, 422, _extra("tool_choice")),
)

#: The field that forbids several calls at once.
PARALLEL = tuple(
    ToolRefusal(name, lambda asked: "parallel_tool_calls" in asked, status, body)
    for name, status, body in (
        ("openai", 400, _openai("Unrecognized request argument supplied: parallel_tool_calls")),
        (
            "openai, reasoning",
            400,
            _openai(
                "Unsupported parameter: 'parallel_tool_calls' is not supported with this model.",
                "parallel_tool_calls",
                "unsupported_parameter",
            ),
        ),
        ("fastapi", 422, _extra("parallel_tool_calls")),
    )
)

_UNSIGNED = (
    "Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, "
    "and missing thought_signature may lead to degraded model performance. Additional data, function call "
    "`default_api:weather` , position 2. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for "
    "more details."
)
#: Turns with results: always; unless the calls before have what the model sent beside them; or what it thought.
RESULTS = (
    ToolRefusal(
        "always", _has_results, 400, _openai("Messages with role 'tool' are not supported by this model.", "messages")
    ),
    ToolRefusal(
        "google",
        _has_unsigned_calls,
        400,
        [{"error": {"code": 400, "message": _UNSIGNED, "status": "INVALID_ARGUMENT"}}],
    ),
    ToolRefusal(
        "vertex",
        _has_unsigned_calls,
        400,
        {
            "error": {
                "code": 400,
                "message": "Unable to submit request because function call `weather` in the 2. content block is "
                "missing a `thought_signature`. Learn more: "
                "https://docs.cloud.google.com/vertex-ai/generative-ai/docs/thought-signatures",
                "status": "INVALID_ARGUMENT",
            }
        },
    ),
    ToolRefusal(
        "deepseek",
        _lacks_thoughts,
        400,
        _openai("Missing `reasoning_content` field in the assistant message at message index 1."),
    ),
)

#: All of them.
REFUSALS = (*UNSUPPORTED, *EMPTY_PROPERTIES, *EFFORT, *CHOICE, *PARALLEL, *RESULTS)
