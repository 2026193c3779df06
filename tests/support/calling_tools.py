"""Requests with tools: what a client of the tests sends, and the loop that runs the functions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from runware_magic.demo.request import read
from runware_magic.demo.stream import Reply
from runware_magic.demo.voices import reply
from runware_magic.transport.endpoint import DEMO_MODEL

TEXT, WHOLE, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}


def tool(
    name: str, description: str = "", /, *, required: list[str] | None = None, **properties: Any
) -> dict[str, Any]:
    """Return a function as a request describes it; all parameters are required unless they are told."""
    needed = list(properties) if required is None else required
    schema = {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": schema}}


WEATHER = tool("weather", "Return the weather in a city.", city=TEXT)
POPULATION = tool("population", "Return how many people live in a city.", city=TEXT)
FORECAST = tool("forecast", "Return the forecast for the next days in a city.", city=TEXT, days=WHOLE)


def called(call_id: str, name: str, arguments: str) -> dict[str, Any]:
    """Return a call as a message has it."""
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def asked(prompt: str, *tools: Mapping[str, Any], model: str = DEMO_MODEL, **fields: Any) -> dict[str, Any]:
    """Return the body of a request."""
    return {"model": model, "messages": [{"role": "user", "content": prompt}], "tools": list(tools), **fields}


def answered(body: Mapping[str, Any]) -> Reply:
    """Return what the demo says to a body."""
    return reply(read(json.dumps(body).encode()))


def looped(
    body: Mapping[str, Any], run: Callable[[str, dict[str, Any]], str], *, rounds: int = 8, last: str = "none"
) -> list[Reply]:
    """Return the replies of the demo until it answers without calls; `run` returns the result of each call.

    The last of the rounds is asked with a ``tool_choice`` of its own.
    """
    messages, replies = list(body["messages"]), []
    for number in range(1, rounds + 1):
        closing = {"tool_choice": last} if number == rounds else {}
        replies.append(answered({**body, "messages": messages, **closing}))
        calls = replies[-1].calls
        if not calls:
            break
        messages.append({"role": "assistant", "content": None, "tool_calls": [call.to_json() for call in calls]})
        messages += [
            {"role": "tool", "tool_call_id": call.id, "content": run(call.name, json.loads(call.arguments))}
            for call in calls
        ]
    return replies
