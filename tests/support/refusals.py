"""Endpoints that refuse a JSON schema, in the ways that were seen, or ignore it; each answers without one.

Each row of `REFUSALS` is a reply for `serve(...)` and for `Played(...)`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from loopback import USAGE, Heard, Step, chunked, delta, finish, sized, sse

#: What these endpoints answer once the schema is in the prompt.
DATA = {"name": "Ada", "age": 36}
ANSWER = f"Here it is:\n\n```json\n{json.dumps(DATA)}\n```"
#: What an endpoint answers that ignores a schema in its own field, and knows nothing of it.
PROSE = "Ada is thirty-six."

_NOT_SUPPORTED = "response_format is not supported"
#: The wordings of refusals seen at other endpoints.
WORDINGS = (
    _NOT_SUPPORTED,
    "'response_format.type' must be 'text' or 'json_object'",
    "json_schema is not supported by this model",
    "This response_format type is unavailable now",
    "Invalid schema for response_format",
    "Missing required parameter: 'jsonSchema'",
    "Unrecognized request argument supplied: response_format",
)
#: FastAPI's: it names the field in a path, and not in the message.
FASTAPI = {
    "detail": [{"type": "extra_forbidden", "loc": ["body", "response_format"], "msg": "extra fields not permitted"}]
}
#: Refusals that have nothing to do with a schema, and lead to no other request.
OTHERS = (
    (400, {"error": {"message": "The prompt is too long."}}),
    (400, {"error": {"message": "'temperature' must be between 0 and 2."}}),
    (401, {"error": {"message": "response_format is not supported with this key"}}),
    (422, {"detail": [{"loc": ["body", "seed"], "msg": "extra fields not permitted"}]}),
    (500, {"error": {"message": "response_format is not supported"}}),
)


@dataclass(frozen=True)
class Refusal:
    """What an endpoint does with a schema in ``response_format``.

    Attributes
    ----------
    name
        For the ids of tests.
    status
        Of its refusal; 200 for an endpoint that ignores the field.
    body
        Of its refusal.
    """

    name: str
    status: int
    body: Any = None

    def __call__(self, heard: Heard) -> list[Step]:
        """Return the reply to a request."""
        asked = heard.json
        if "response_format" in asked and self.status != 200:
            return sized(self.status, json.dumps(self.body).encode())
        return answered(asked, ANSWER if has_schema(asked) else PROSE)


def has_schema(asked: dict[str, Any]) -> bool:
    """Whether the last message of a request's body has a JSON schema in a fence at its end."""
    content = asked["messages"][-1]["content"]
    text = content if isinstance(content, str) else content[-1].get("text", "")
    return "schema" in text.lower() and text.rstrip().endswith("```")


def answered(asked: dict[str, Any], text: str) -> list[Step]:
    """Return an answer to a request's body: streamed, if it asks for that, or whole."""
    if asked.get("stream"):
        pieces = [text[at : at + 7] for at in range(0, len(text), 7)]
        return chunked(
            map(sse, (delta(role="assistant"), *(delta(content=piece) for piece in pieces), USAGE, finish(), "[DONE]"))
        )
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return sized(200, json.dumps({"choices": [choice], "usage": USAGE["usage"]}).encode())


def _error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": "response_format", "code": None}}


def _rows(shape: str, body: Callable[[str], Any]) -> list[Refusal]:
    return [Refusal(f"{shape}: {wording}", 400, body(wording)) for wording in WORDINGS]


#: All of them: each wording in the shape of OpenAI's errors, as a bare message, and as the provider writes it.
REFUSALS = (
    *_rows("openai", _error),
    *_rows("plain", lambda wording: {"message": wording}),
    *_rows("runware", lambda wording: {"errors": [{"code": "invalidParameter", "message": wording, "parameter": ""}]}),
    Refusal("fastapi", 422, FASTAPI),
    Refusal(
        "fastapi-pydantic1",
        422,
        {"detail": [{"loc": ["body", "response_format"], "msg": "extra fields not permitted"}]},
    ),
    Refusal("ignores", 200),
)
