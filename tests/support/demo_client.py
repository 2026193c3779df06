"""A plain HTTP client for the tests of the demo endpoint: nothing between them and the wire."""

from __future__ import annotations

import json

from runware_magic.transport.endpoint import DEMO_MODEL

QUESTION = "What does a language model do? Answer in two sentences."


def body(*messages, model="demo:echo@1", **parameters):
    """Give a request; messages are texts of the user, or pairs of role and text."""
    rows = [("user", message) if isinstance(message, str) else message for message in messages]
    return {
        "model": model,
        "messages": [{"role": role, "content": text} for role, text in rows],
        "max_completion_tokens": 4096,
        **parameters,
    }


def send(endpoint, connection, value, *, method="POST", path="/v1/chat/completions", **headers):
    """Send a request with the key; give the response with its body unread."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    connection.request(method, path, data, {"Authorization": f"Bearer {endpoint.key}", **headers})
    return connection.getresponse()


def ask(endpoint, connection, *messages, **parameters):
    """Give the whole answer as one object."""
    response = send(endpoint, connection, body(*messages, **parameters))
    assert response.status == 200
    return json.load(response)


def content(endpoint, connection, *messages, model=DEMO_MODEL, **parameters):
    """Give the text of an answer."""
    answer = ask(endpoint, connection, *messages, model=model, **parameters)
    return answer["choices"][0]["message"]["content"]


def events(endpoint, connection, *messages, **parameters):
    """Give the data of a stream's events, `[DONE]` included."""
    response = send(endpoint, connection, body(*messages, stream=True, **parameters))
    assert response.status == 200
    *blocks, rest = response.read().decode().split("\n\n")
    assert rest == ""
    return [block.removeprefix("data: ") for block in blocks]


def refusal(endpoint, connection, value, **options):
    """Give status and message of a refused request."""
    response = send(endpoint, connection, value, **options)
    error = json.load(response)
    return response.status, (error["errors"][0] if "errors" in error else error["error"])["message"]
