"""The demo endpoint on the wire: order of a stream, limits, cost, models."""

from __future__ import annotations

import http.client
import json
import re
import sys
from pathlib import Path

import pytest
from demo_client import QUESTION, ask, body, content, events, send

import runware_magic
from runware_magic.demo.models import MODELS
from runware_magic.demo.stream import tokens
from runware_magic.transport.endpoint import DEMO_MODEL

PACKAGE = Path(runware_magic.__file__).parent


def kinds(chunks):
    """Return what each chunk contains, without repetitions."""
    found = []
    for chunk in chunks:
        carries = "usage" if chunk["choices"] == [] else next(iter(chunk["choices"][0]["delta"]), "finish")
        if found[-1:] != [carries]:
            found.append(carries)
    return found


def test_stream_is_in_the_order_of_the_real_endpoint(endpoint, connection):
    """A stream goes role, reasoning, content, usage, finish, [DONE]."""
    *chunks, done = events(endpoint, connection, QUESTION, model=DEMO_MODEL, stream_options={"include_usage": True})
    order = ["role", "reasoning_content", "content", "usage", "finish"]
    assert (kinds(map(json.loads, chunks)), done) == (order, "[DONE]")


def test_chunks_have_the_fields_of_the_real_endpoint(endpoint, connection):
    """Only the first chunk names the model, the id is constant, and no chunk says when it was created."""
    chunks = [json.loads(event) for event in events(endpoint, connection, "a b c")[:-1]]
    assert set(chunks[0]) == {"id", "object", "model", "choices"}
    assert {frozenset(chunk) for chunk in chunks[1:]} == {frozenset({"id", "object", "choices"})}
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}


def test_stream_tells_usage_only_when_asked(endpoint, connection):
    """Without stream_options.include_usage, no chunk has a usage."""
    assert not any("usage" in event for event in events(endpoint, connection, "hello"))


def test_stream_is_sent_in_chunks_as_event_stream(endpoint, connection):
    """The head of a stream says event stream, chunked, not to be cached."""
    response = send(endpoint, connection, body("hello", stream=True))
    response.read()
    assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert response.headers["Transfer-Encoding"] == "chunked"
    assert response.headers["Cache-Control"] == "no-cache"


def test_stream_and_whole_answer_say_the_same(endpoint, connection):
    """The deltas of a stream join to the content of the whole answer."""
    chunks = [json.loads(event) for event in events(endpoint, connection, QUESTION, model=DEMO_MODEL)[:-1]]
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    assert "".join(delta.get("content", "") for delta in deltas) == content(endpoint, connection, QUESTION)


@pytest.mark.parametrize("text", ["", "a", "To be, or not to be", "  two\n\nlines ", "naïve 漢字 🙂", "`x` = $x_1$"])
def test_tokens_join_to_the_text(text):
    """Nothing of a text is lost between its tokens."""
    assert "".join(tokens(text)) == text


def test_usage_counts_what_was_sent_and_generated(endpoint, connection):
    """The counts are those of the estimate, and the total is their sum."""
    usage = ask(endpoint, connection, "one two three")["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]) == (7, 3, 10)


def test_cost_is_the_tokens_at_the_listed_prices(endpoint, connection):
    """The cost of an answer follows from its counts and the prices of /v1/models."""
    usage = ask(endpoint, connection, QUESTION, model=DEMO_MODEL)["usage"]
    rows = json.load(send(endpoint, connection, b"", method="GET", path="/v1/models"))["data"]
    prices = next(row["pricing"] for row in rows if row["id"] == DEMO_MODEL)
    expected = usage["prompt_tokens"] * float(prices["prompt"])
    expected += usage["completion_tokens"] * float(prices["completion"])
    assert usage["cost"] == pytest.approx(expected)


@pytest.mark.parametrize("name", ["max_completion_tokens", "max_tokens"])
def test_limit_cuts_the_answer(endpoint, connection, name):
    """Under either name, a limit cuts the answer and the finish says so."""
    answer = ask(endpoint, connection, "one two three four", **{"max_completion_tokens": None, name: 2})
    assert answer["choices"][0]["message"]["content"] == "one two"
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["completion_tokens"] == 2


def test_reasoning_can_eat_the_limit_whole(endpoint, connection):
    """Reasoning counts: with a small limit nothing is left for the answer."""
    answer = ask(endpoint, connection, QUESTION, model=DEMO_MODEL, max_completion_tokens=5)
    choice = answer["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("", "length")
    assert answer["usage"]["completion_tokens_details"] == {"reasoning_tokens": 5}


def test_an_answer_that_just_fits_is_whole(endpoint, connection):
    """A limit of exactly the answer's length cuts nothing."""
    answer = ask(endpoint, connection, "one two three", max_completion_tokens=3)
    assert answer["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize(
    ("stop", "expected"), [(" three", "one two"), ([" two", "three"], "one"), ([""], "one two three")]
)
def test_stop_ends_the_answer_before_it(endpoint, connection, stop, expected):
    """The answer ends before the first of the stop texts; an empty one stops nothing."""
    assert content(endpoint, connection, "one two three", model="demo:echo@1", stop=stop) == expected


def test_no_effort_gives_no_reasoning(endpoint, connection):
    """With reasoning_effort none there is an answer without reasoning."""
    answer = ask(endpoint, connection, QUESTION, model=DEMO_MODEL, reasoning_effort="none")
    assert "reasoning_content" not in answer["choices"][0]["message"]


def test_models_have_the_fields_of_the_real_list(endpoint, connection):
    """A row has context, longest output, prices as decimal strings, modalities."""
    rows = json.load(send(endpoint, connection, b"", method="GET", path="/v1/models"))["data"]
    assert [row["id"] for row in rows] == [model.id for model in MODELS]
    row = rows[0]
    assert re.fullmatch(r"0\.\d+", row["pricing"]["prompt"])
    assert re.fullmatch(r"0\.\d+", row["pricing"]["completion"])
    assert (type(row["context_length"]), type(row["max_output_tokens"])) == (int, int)
    assert (row["input_modalities"], row["output_modalities"]) == (["text", "image"], ["text"])


def test_slug_names_the_model_too(endpoint, connection):
    """A model may be asked by its dashed name; the answer gives the full one."""
    assert ask(endpoint, connection, "hello", model="demo-echo-1")["model"] == "demo:echo@1"


@pytest.mark.parametrize("status", [401, 429, 500])
@pytest.mark.parametrize("stream", [False, True])
def test_error_models_refuse_with_their_status(endpoint, connection, status, stream):
    """Each demo:error model answers with its status and a message in JSON, streamed or not."""
    response = send(endpoint, connection, body("hello", model=f"demo:error@{status}", stream=stream))
    value = json.load(response)
    error = value["errors"][0] if "errors" in value else value["error"]
    assert (response.status, bool(error["message"])) == (status, True)


def test_too_many_requests_say_when_to_try_again(endpoint, connection):
    """The 429 comes with Retry-After."""
    response = send(endpoint, connection, body("hello", model="demo:error@429"))
    response.read()
    assert response.headers["Retry-After"] == "1"


def test_drop_breaks_a_stream_off(endpoint, connection):
    """The stream of demo:drop has content, no finish, and ends in the middle of its framing."""
    response = send(endpoint, connection, body("hello", model="demo:drop@1", stream=True))
    with pytest.raises(http.client.IncompleteRead) as caught:
        response.read()
    assert b'"content"' in caught.value.partial
    assert b"[DONE]" not in caught.value.partial


def test_drop_breaks_a_whole_answer_off(endpoint, connection):
    """Without a stream, demo:drop sends less than it announced."""
    response = send(endpoint, connection, body("hello", model="demo:drop@1"))
    with pytest.raises(http.client.IncompleteRead):
        response.read()


def test_importing_the_endpoint_needs_only_the_standard_library():
    """The package imports nothing outside of the standard library and itself."""
    imported = re.compile(r"^(?:from|import) (\w+)", re.MULTILINE)
    sources = (PACKAGE / "demo").glob("*.py")
    names = {name for source in sources for name in imported.findall(source.read_text("utf-8"))}
    assert names - set(sys.stdlib_module_names) == {"runware_magic"}
