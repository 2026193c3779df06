"""What the demo endpoint refuses, with which status and words."""

from __future__ import annotations

import pytest
from demo_client import body, content, refusal, send

from runware_magic.demo import DemoEndpoint
from runware_magic.demo.models import MODELS


@pytest.mark.parametrize(
    ("model", "limit"),
    [("demo:strict@1", None), *(("demo:echo@1", limit) for limit in (0, -1, "5", 1.5, True, 10**9))],
)
def test_missing_or_odd_limit_is_refused_in_the_real_words(endpoint, connection, model, limit):
    """Without a usable token limit the answer is the provider's 400; a missing one is usable for most models."""
    status, message = refusal(endpoint, connection, body("hello", model=model, max_completion_tokens=limit))
    assert (status, message[:42]) == (400, "'settings.maxTokens' must be an integer be")


@pytest.mark.parametrize("model", [model.id for model in MODELS if model.status])
def test_every_temper_ends_with_a_full_stop(endpoint, connection, model):
    """What is shown behind it begins a sentence."""
    assert refusal(endpoint, connection, body("hello", model=model))[1].endswith("purpose.")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"messages": []}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "role"),
        ({"messages": [{"role": "user", "content": 5}]}, "content"),
        ({"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]}, "assistant"),
        ({"model": None}, "model"),
        ({"stop": 5}, "stop"),
        ({"temperature": 3}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"reasoning_effort": "heroic"}, "reasoning_effort"),
        ({"response_format": {"type": "json_object"}}, "jsonSchema"),
    ],
)
def test_unusable_field_is_a_400_that_names_it(endpoint, connection, change, named):
    """A field that cannot be used is refused by its name."""
    status, message = refusal(endpoint, connection, body("hello") | change)
    assert (status, named in message) == (400, True)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_what_is_no_json_object_is_a_400(endpoint, connection, data):
    """A body that is not a JSON object is refused."""
    assert refusal(endpoint, connection, data)[0] == 400


def test_unknown_model_is_a_404_that_lists_what_there_is(endpoint, connection):
    """The refusal of an unknown model names the known ones and how to set a key."""
    status, message = refusal(endpoint, connection, body("hello", model="anthropic:claude@sonnet-4.6"))
    # Longer messages of a server are cut where they are shown.
    assert (status, len(message) <= 300) == (404, True)
    assert [name for name in (*(model.id for model in MODELS), "RUNWARE_API_KEY") if name not in message] == []


def test_unknown_address_is_a_404(endpoint, connection):
    """Any other path is refused."""
    assert refusal(endpoint, connection, b"{}", path="/v1/completions")[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "allowed"), [("GET", "/v1/chat/completions", "POST"), ("PUT", "/v1/models", "GET")]
)
def test_wrong_method_is_a_405_that_names_the_right_one(endpoint, connection, method, path, allowed):
    """The refusal of a method says which one the address takes."""
    response = send(endpoint, connection, b"", method=method, path=path)
    response.read()
    assert (response.status, response.headers["Allow"]) == (405, allowed)


def test_head_gets_no_body(endpoint, connection):
    """The connection stays in step after a HEAD request."""
    assert send(endpoint, connection, b"", method="HEAD", path="/v1/models").read() == b""
    assert content(endpoint, connection, "hello", model="demo:echo@1") == "hello"


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/models"])
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic {key}", "Bearer {key}x", "Bearer \xe9"])
def test_without_its_key_nothing_is_answered(endpoint, connection, path, header):
    """Both addresses refuse a request whose key is missing or another."""
    method = "GET" if path == "/v1/models" else "POST"
    authorization = header.format(key=endpoint.key)
    status, _ = refusal(endpoint, connection, body("hello"), method=method, path=path, Authorization=authorization)
    assert status == 401


def test_keys_differ():
    """Each endpoint makes its own key."""
    assert DemoEndpoint().key != DemoEndpoint().key


def test_too_large_a_body_is_refused(endpoint, connection):
    """A body beyond the bound gets a 413, which the client sees."""
    assert refusal(endpoint, connection, b" " * (9 << 20))[0] == 413


@pytest.mark.parametrize(
    ("headers", "status"), [({"Transfer-Encoding": "chunked"}, 411), ({"Content-Length": "-1"}, 400)]
)
def test_a_body_of_unknown_length_is_refused(connection, headers, status):
    """Without a usable Content-Length the request is refused and the connection closed."""
    connection.putrequest("POST", "/v1/chat/completions")
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    response.read()
    assert (response.status, response.headers["Connection"]) == (status, "close")


def test_unheard_of_method_is_refused_as_json(endpoint, connection):
    """Even what the standard library refuses is refused in JSON."""
    assert refusal(endpoint, connection, b"", method="BREW")[0] == 501
