"""The official OpenAI client talks to the demo endpoint as to any other."""

from __future__ import annotations

import ast
import io
import json
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from terminal_ipython import cell, line

from runware_magic import Chat
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


TEMPERATURES = {"Oslo": "-2 °C", "Lima": "22 °C"}
PEOPLE = {"Oslo": "700,000", "Lima": "10,000,000"}


def weather(city: str) -> str:
    """Return the weather in a city."""
    return TEMPERATURES[city]


def population(city: str) -> str:
    """Return how many people live in a city."""
    return PEOPLE[city]


def is_whole(messages):
    """Whether messages have calls, and each has its result after it, before anything else is said."""
    waiting, count = [], 0
    for message in messages:
        if message["role"] == "tool":
            waiting.remove(message["tool_call_id"])
        else:
            assert waiting == []
        calls = message.get("tool_calls", ())
        waiting += [call["id"] for call in calls]
        count += len(calls)
    return count > 0 and waiting == []


@pytest.fixture
def talk(shell, magics, endpoint, monkeypatch, tmp_path):
    """Return a shell whose chat has two turns, each with calls of another function."""
    monkeypatch.chdir(tmp_path)
    # Whoever gives an address gives the key to it.
    monkeypatch.setenv("RUNWARE_API_KEY", endpoint.key)
    magics.base_url = endpoint.base_url
    shell.user_ns |= {"weather": weather, "population": population}
    cell(shell, f"{DEMO_MODEL} --tools weather --allow weather", "Compare the weather in Oslo and Lima.")
    cell(shell, f"{DEMO_MODEL} --tools population --allow population -o last", "What is the population of Lima?")
    return shell


def answer_to(client, example, prompt):
    """Return what the demo says to a question after an example, with the example's tools."""
    messages = [*example["messages"], {"role": "user", "content": prompt}]
    return client.chat.completions.create(model=DEMO_MODEL, messages=messages, tools=example["tools"]).choices[0]


def test_an_exported_chat_with_calls_can_be_replayed(talk, client, openai):
    """Its line has the client's own types, and every function that it calls; the demo goes on from it."""
    from pydantic import TypeAdapter

    line(talk, "export talk.jsonl")
    (example,) = map(json.loads, Path("talk.jsonl").read_text(encoding="utf-8").splitlines())
    TypeAdapter(list[openai.types.chat.ChatCompletionMessageParam]).validate_python(example["messages"])
    TypeAdapter(list[openai.types.chat.ChatCompletionToolParam]).validate_python(example["tools"])
    called = {call["function"]["name"] for each in example["messages"] for call in each.get("tool_calls", ())}
    assert called == {tool["function"]["name"] for tool in example["tools"]} == {"weather", "population"}
    assert is_whole(example["messages"])
    choice = answer_to(client, example, "And what is the weather in Oslo?")
    assert [call.function.arguments for call in choice.message.tool_calls] == ['{"city": "Oslo"}']
    without_answer = example | {"messages": example["messages"][:-1]}
    again = client.chat.completions.create(model=DEMO_MODEL, **without_answer).choices[0].message
    assert again.content == talk.user_ns["last"].content


def called_with(program):
    """Return the arguments with which a program calls the client."""
    calls = [each for each in ast.walk(ast.parse(program)) if isinstance(each, ast.Call) and each.keywords]
    (create,) = [each for each in calls if any(word.arg == "messages" for word in each.keywords)]
    return {word.arg: ast.literal_eval(word.value) for word in create.keywords}


def test_the_program_that_is_shown_prints_the_same_answer(talk):
    """With the results of the calls in it: no function is needed."""
    program = line(talk, "show --as python")
    assert is_whole(called_with(program)["messages"])
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(program, "program", "exec"), {})  # noqa: S102  # what it runs is what is tested
    assert printed.getvalue().strip() == talk.user_ns["last"].content


def test_the_messages_of_turns_and_chats_can_be_replayed(client, endpoint):
    """As a Python program has them."""
    with Chat(DEMO_MODEL, base_url=endpoint.base_url, api_key=endpoint.key) as chat:
        turn = chat.ask("Compare the weather in Oslo and Lima.", tools=[weather], allow=True)
    messages = [message.to_json() for message in chat.messages]
    assert messages == [message.to_json() for message in turn.exchange]
    assert is_whole(messages)
    said = client.chat.completions.create(model=DEMO_MODEL, messages=messages[:-1], tools=turn.parameters["tools"])
    assert said.choices[0].message.content == turn.content
