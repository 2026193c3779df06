"""The official OpenAI client talks to the demo endpoint as to any other."""

from __future__ import annotations

import pytest

from runware_magic.demo import DemoEndpoint
from runware_magic.demo.models import MODELS
from runware_magic.transport.endpoint import DEMO_MODEL

ASKED = {
    "model": DEMO_MODEL,
    "messages": [{"role": "user", "content": "What does a language model do? Answer in two sentences."}],
    "max_completion_tokens": 1000,
}


@pytest.fixture
def endpoint(_sockets):
    """Return a running endpoint without pauses."""
    with DemoEndpoint(pace=0) as running:
        yield running


@pytest.fixture(scope="module")
def openai():
    """Return the official client's package: loading it takes more than a second, wherever it is not used."""
    import openai

    return openai


@pytest.fixture
def client(endpoint, openai):
    """Return the official client, set to this endpoint."""
    with openai.OpenAI(base_url=endpoint.base_url, api_key=endpoint.key, max_retries=0) as opened:
        yield opened


def test_create_gives_a_whole_answer(client):
    """A request without a stream gives content, finish and usage."""
    answer = client.chat.completions.create(**ASKED)
    assert answer.choices[0].message.content.startswith("A language model")
    assert answer.choices[0].message.reasoning_content.startswith("What is the one thing")
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.created > 1_600_000_000


def test_stream_gives_the_same_answer(client):
    """The chunks of a stream join to the answer that comes without one; the usage stands in one of them."""
    whole = client.chat.completions.create(**ASKED)
    with client.chat.completions.create(**ASKED, stream=True, stream_options={"include_usage": True}) as stream:
        chunks = list(stream)
    deltas = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(deltas) == whole.choices[0].message.content
    assert [chunk.usage for chunk in chunks if chunk.usage] == [whole.usage]


def test_stream_helper_gives_the_same_answer(client):
    """The client's own accumulation of events ends with the answer that comes without a stream."""
    whole = client.chat.completions.create(**ASKED)
    with client.chat.completions.stream(**ASKED) as stream:
        kinds = {event.type for event in stream}
        final = stream.get_final_completion()
    assert final.choices[0].message.content == whole.choices[0].message.content
    assert kinds >= {"chunk", "content.delta", "content.done"}


def test_models_are_listed(client):
    """The client's list has the models with the fields that it does not know as well."""
    rows = list(client.models.list())
    assert [row.id for row in rows] == [model.id for model in MODELS]
    assert rows[0].pricing == {"prompt": MODELS[0].prompt_price, "completion": MODELS[0].completion_price}


@pytest.mark.parametrize(
    ("model", "error"),
    [
        ("demo:error@401", "AuthenticationError"),
        ("demo:error@429", "RateLimitError"),
        ("demo:error@500", "InternalServerError"),
        ("minimax:m2.7@0", "NotFoundError"),
    ],
)
def test_refusals_raise_the_clients_own_errors(client, openai, model, error):
    """Each status becomes the class that the client has for it."""
    with pytest.raises(getattr(openai, error)):
        client.chat.completions.create(**ASKED | {"model": model})


def test_no_limit_is_needed(client):
    """The shortest request that there is gets a whole answer."""
    answer = client.chat.completions.create(model=DEMO_MODEL, messages=ASKED["messages"])
    assert answer.choices[0].finish_reason == "stop"


def test_missing_limit_raises_bad_request(client, openai):
    """The strict model's refusal is one that the client can read, and has the provider's own form beside it."""
    with pytest.raises(openai.BadRequestError, match=r"settings\.maxTokens' must be an integer") as caught:
        client.chat.completions.create(model="demo:strict@1", messages=ASKED["messages"])
    assert (caught.value.code, caught.value.param) == ("invalidMaxTokens", "settings.maxTokens")
    assert caught.value.response.json()["errors"][0]["parameter"] == caught.value.param


def test_wrong_key_raises_authentication_error(endpoint, openai):
    """A key that the endpoint did not make is refused."""
    with (
        openai.OpenAI(base_url=endpoint.base_url, api_key="wrong", max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError, match="Invalid API key"),
    ):
        stranger.chat.completions.create(**ASKED)


def test_dropped_stream_raises_a_connection_error(client, openai):
    """The client notices that the answer broke off."""
    with (
        pytest.raises((openai.APIConnectionError, openai.APIError)),
        client.chat.completions.create(**ASKED | {"model": "demo:drop@1"}, stream=True) as stream,
    ):
        list(stream)


def test_client_may_leave_a_stream_early(client):
    """After closing a stream in the middle, the same client asks again."""
    stream = client.chat.completions.create(**ASKED, stream=True)
    next(stream)
    stream.close()
    assert client.chat.completions.create(**ASKED).choices[0].finish_reason == "stop"


TOOL = {
    "name": "weather",
    "description": "Return the weather in a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
CALLING = {
    "model": DEMO_MODEL,
    "messages": [{"role": "user", "content": "Compare the weather in Oslo and Lima."}],
    "tools": [{"type": "function", "function": TOOL}],
}


def test_calls_of_functions_are_the_clients_own(client):
    """Whole or in a stream; the messages that it gives back are accepted, with results, and answered."""
    made = client.chat.completions.create(**CALLING).choices[0]
    with client.chat.completions.stream(**CALLING) as stream:
        final = stream.get_final_completion().choices[0]
    asked = [(call.function.name, call.function.arguments) for call in made.message.tool_calls]
    assert asked == [("weather", '{"city": "Oslo"}'), ("weather", '{"city": "Lima"}')]
    assert [(call.function.name, call.function.arguments) for call in final.message.tool_calls] == asked
    assert (made.finish_reason, final.finish_reason) == ("tool_calls", "tool_calls")
    results = [{"role": "tool", "tool_call_id": call.id, "content": "cold"} for call in made.message.tool_calls]
    messages = [*CALLING["messages"], made.message, *results]
    said = client.chat.completions.create(**CALLING | {"messages": messages}).choices[0].message
    assert said.content.count("`cold`") == 2
