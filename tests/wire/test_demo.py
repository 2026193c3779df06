"""The demo endpoint on the wire, byte by byte: order, limits, refusals, connections."""

from __future__ import annotations

import gc
import http.client
import json
import os
import re
import socket
import struct
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import runware_magic
from runware_magic.chat.cell import to_messages
from runware_magic.wire.demo import DEFAULT_MODEL, DemoEndpoint
from runware_magic.wire.demo.models import MODELS
from runware_magic.wire.demo.stream import tokens
from runware_magic.wire.demo.topics import TOPICS

QUESTION = "What does a language model do? Answer in two sentences."
PACKAGE = Path(runware_magic.__file__).parent
NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "01_first_prompt.ipynb"


@pytest.fixture
def endpoint():
    """Give a running endpoint without pauses."""
    with DemoEndpoint(pace=0) as running:
        yield running


@pytest.fixture
def connection(endpoint):
    """Give a connection to the endpoint."""
    opened = http.client.HTTPConnection(urlsplit(endpoint.base_url).netloc, timeout=10)
    yield opened
    opened.close()


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


def content(endpoint, connection, *messages, model=DEFAULT_MODEL, **parameters):
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


def kinds(chunks):
    """Give what each chunk carries, without repetitions."""
    found = []
    for chunk in chunks:
        carries = "usage" if chunk["choices"] == [] else next(iter(chunk["choices"][0]["delta"]), "finish")
        if found[-1:] != [carries]:
            found.append(carries)
    return found


# The stream


def test_stream_is_in_the_order_of_the_real_endpoint(endpoint, connection):
    """A stream goes role, reasoning, content, usage, finish, [DONE]."""
    *chunks, done = events(endpoint, connection, QUESTION, model=DEFAULT_MODEL, stream_options={"include_usage": True})
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
    chunks = [json.loads(event) for event in events(endpoint, connection, QUESTION, model=DEFAULT_MODEL)[:-1]]
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    assert "".join(delta.get("content", "") for delta in deltas) == content(endpoint, connection, QUESTION)


def test_http_1_0_gets_a_body_that_ends_by_closing(endpoint):
    """A client of HTTP/1.0 gets the stream without chunked framing."""
    data = json.dumps(body("hello", stream=True)).encode()
    address = urlsplit(endpoint.base_url)
    head = (
        f"POST /v1/chat/completions HTTP/1.0\r\nAuthorization: Bearer {endpoint.key}\r\n"
        f"Content-Length: {len(data)}\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port), timeout=10) as client:
        client.sendall(head.encode() + data)
        received = b"".join(iter(lambda: client.recv(65536), b""))
    sent_head, _, stream = received.partition(b"\r\n\r\n")
    assert b"Transfer-Encoding" not in sent_head
    assert stream.startswith(b"data: {")
    assert stream.endswith(b"data: [DONE]\n\n")


# Tokens, limits, cost


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
    usage = ask(endpoint, connection, QUESTION, model=DEFAULT_MODEL)["usage"]
    rows = json.load(send(endpoint, connection, b"", method="GET", path="/v1/models"))["data"]
    prices = next(row["pricing"] for row in rows if row["id"] == DEFAULT_MODEL)
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
    answer = ask(endpoint, connection, QUESTION, model=DEFAULT_MODEL, max_completion_tokens=5)
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
    answer = ask(endpoint, connection, QUESTION, model=DEFAULT_MODEL, reasoning_effort="none")
    assert "reasoning_content" not in answer["choices"][0]["message"]


# Models


def test_models_have_the_fields_of_the_real_list(endpoint, connection):
    """A row has context, longest output, prices as decimal strings, modalities."""
    rows = json.load(send(endpoint, connection, b"", method="GET", path="/v1/models"))["data"]
    assert [row["id"] for row in rows] == [model.id for model in MODELS]
    row = rows[0]
    assert re.fullmatch(r"0\.\d+", row["pricing"]["prompt"])
    assert re.fullmatch(r"0\.\d+", row["pricing"]["completion"])
    assert (type(row["context_length"]), type(row["max_output_tokens"])) == (int, int)
    assert (row["input_modalities"], row["output_modalities"]) == (["text"], ["text"])


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


# Refusals


def refusal(endpoint, connection, value, **options):
    """Give status and message of a refused request."""
    response = send(endpoint, connection, value, **options)
    error = json.load(response)
    return response.status, (error["errors"][0] if "errors" in error else error["error"])["message"]


@pytest.mark.parametrize("limit", [None, 0, -1, "5", 1.5, True, 10**9])
def test_missing_or_odd_limit_is_refused_in_the_real_words(endpoint, connection, limit):
    """Without a usable token limit the answer is the provider's 400."""
    status, message = refusal(endpoint, connection, body("hello", max_completion_tokens=limit))
    assert (status, message[:42]) == (400, "'settings.maxTokens' must be an integer be")


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


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b'{"model": NaN}', b"[" * 100_000])
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


# What is said


def test_follow_up_uses_the_conversation(endpoint, connection):
    """An example of "it", one sentence of "that" and the first question come from the messages before."""
    before = (QUESTION, ("assistant", content(endpoint, connection, QUESTION)))
    assert "The capital of France is" in content(endpoint, connection, *before, "Give me an example of it.")
    assert content(endpoint, connection, *before, "Say that in one sentence.") == TOPICS[0].reply.short
    assert QUESTION in content(endpoint, connection, *before, "What did I ask first?")


def test_one_sentence_of_an_answer_that_is_not_scripted(endpoint, connection):
    """Of any other answer, its first sentence is given without its Markdown."""
    before = ("Why?", ("assistant", "## Because **light** scatters. There is more.\n\n```\nx. y\n```"))
    said = content(endpoint, connection, *before, "Say that in one sentence.")
    assert said.split() == ["Because", "light", "scatters."]


@pytest.mark.parametrize("prompt", ["Give me an example of it.", "Say that in one sentence.", "What did I ask first?"])
def test_follow_up_without_a_conversation_says_so(endpoint, connection, prompt):
    """A follow-up question that follows nothing gets an answer that admits it."""
    said = content(endpoint, connection, prompt)
    assert re.search(r"script|nothing yet|first thing", said)


def test_name_is_known_as_long_as_the_conversation_brings_it(endpoint, connection):
    """The name told in an earlier message is answered, and not known without it."""
    question = "What is my name?"
    told = ("My name is Ada.", ("assistant", "Nice to meet you."))
    assert content(endpoint, connection, *told, question) == "Your name is Ada."
    assert "not told" in content(endpoint, connection, question)


def test_instructions_set_the_form(endpoint, connection):
    """The system message makes the answer one sentence, or a pirate's."""
    sentence = content(endpoint, connection, ("system", "Answer in one sentence."), QUESTION)
    pirate = content(endpoint, connection, ("system", "Answer like a pirate."), QUESTION)
    assert sentence == TOPICS[0].reply.short
    assert pirate.startswith("Arr! ")


def test_pirate_leaves_code_alone(endpoint, connection):
    """What is between backticks or dollars reaches the reader unchanged."""
    prompt = "What does the temperature do? Show me the formula."
    formula = re.compile(r"\$\$.*?\$\$", re.DOTALL)
    plain, pirate = (
        content(endpoint, connection, ("system", text), prompt) for text in ("Be kind.", "You are a pirate.")
    )
    assert formula.findall(plain) == formula.findall(pirate) != []


@pytest.mark.parametrize(
    ("example", "text", "label"),
    [
        ("positive", "The waiter was rude.", "negative"),
        ("Negative", "What a lovely day!", "Positive"),
        ("neutral", "It has a door.", "neutral"),
        ("positive", "Good food, bad service.", "neutral"),
    ],
)
def test_examples_are_continued(endpoint, connection, example, text, label):
    """After labelled examples the answer is a label, computed from the text, in the form of the examples."""
    assert content(endpoint, connection, "Some text", ("assistant", example), text) == label


def test_question_after_a_label_is_not_labelled(endpoint, connection):
    """A question is no further text to label."""
    said = content(endpoint, connection, "Some text", ("assistant", "positive"), "Why is the sky blue?")
    assert "a script, not a model" in said


def test_numbers_are_computed(endpoint, connection):
    """The statistics are those of the numbers in the prompt."""
    said = content(endpoint, connection, "What is the mean of [1, 2, 4.5, -3]?")
    rows = dict(re.findall(r"\| (\w+) \| (\S+) \|", said))
    assert rows == {"mean": "1.125", "median": "1.5", "lowest": "-3", "highest": "4.5"}
    assert r"\frac{4.5}{4} = 1.125" in said


def test_written_code_does_what_is_written_about_it():
    """The function of the reply runs, and gives what the example says."""
    topic = next(topic for topic in TOPICS if "```python" in topic.reply.content)
    blocks = [re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0] for text in (topic.reply.content, topic.example)]
    names: dict[str, object] = {}
    exec(blocks[0], names)  # noqa: S102  # our own text
    assert f"`{eval(blocks[1], names)}`" in topic.example  # noqa: S307  # likewise


def test_unknown_prompt_gets_an_honest_answer(endpoint, connection):
    """The answer says script, what arrived, and how to set a key."""
    messages = (("system", "Be kind."), "Why is the sky blue?")
    said = content(endpoint, connection, *messages, temperature=0.3, seed=7)
    expected = [
        "a script, not a model",
        "Why is the sky blue?",
        "2 (system, user)",
        "`temperature`: `0.3`",
        "`seed`: `7`",
    ]
    assert [text for text in (*expected, "%runware login", "RUNWARE_API_KEY") if text not in said] == []


def test_quoted_prompt_cannot_leave_its_quotation(endpoint, connection):
    """A prompt with fences of its own is shown inside a longer one, cut and without control characters."""
    said = content(endpoint, connection, "````\n<script>\x1b[2J\n" + "x" * 9999)
    quotation = re.search(r"^`{5}text\n(.*?)\n`{5}$", said, re.DOTALL | re.MULTILINE)
    assert quotation is not None
    assert "\x1b" not in said
    assert len(quotation[1]) <= 201


def test_parts_of_a_message_are_read(endpoint, connection):
    """Text parts are joined; an image is told as one."""
    parts = [{"type": "text", "text": "See "}, {"type": "image_url", "image_url": {"url": "data:,"}}]
    assert content(endpoint, connection, ("user", parts), model="demo:echo@1") == "See [image_url]"


@pytest.mark.parametrize("text", ["naïve 漢字 🙂", "line\nline\r\n\u2028", "", "\ud83d"])
def test_echo_repeats_exactly(endpoint, connection, text):
    """Any text comes back as it was sent, even half a surrogate pair."""
    assert content(endpoint, connection, text, model="demo:echo@1") == text


def prompts():
    """Give line and body of the notebook's cells that ask, in order, with numbers for what stands in braces."""
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    asking = [cell for cell in cells if "".join(cell["source"]).startswith("%%runware")]
    sent = [cell for cell in asking if "raises-exception" not in cell["metadata"].get("tags", [])]
    filled = [re.sub(r"{{.*?}}", "[1, 2]", "".join(cell["source"])) for cell in sent]
    return [(line, body) for line, _, body in (text.partition("\n") for text in filled)]


def test_prompts_of_the_first_notebook_have_answers(endpoint, connection):
    """In its conversation every prompt of the notebook is answered, but for the one that shows what happens then."""
    conversation = []
    unanswered = []
    for line, prompt in prompts():
        messages = [(message.role, message.content) for message in to_messages(prompt, str)]
        alone = "--once" in line or "-c" in line
        said = content(endpoint, connection, *([] if alone else conversation), *messages)
        conversation += [] if alone else [*messages, ("assistant", said)]
        unanswered += [prompt] if "I am a script" in said else []
    assert unanswered == ["Why is the sky blue?"]


# Connections


def test_connection_is_used_again(endpoint, connection):
    """Streams, whole answers and refusals follow each other on one connection."""
    events(endpoint, connection, "hello")
    first = connection.sock
    refusal(endpoint, connection, body("hello", model="unknown"))
    refusal(endpoint, connection, body("hello"), Authorization="Bearer wrong")
    assert content(endpoint, connection, "hello", model="demo:echo@1") == "hello"
    assert connection.sock is first is not None


def test_requests_are_answered_at_the_same_time(endpoint):
    """Many streams at once each get their own answer."""

    def echoed(number):
        opened = http.client.HTTPConnection(urlsplit(endpoint.base_url).netloc, timeout=30)
        try:
            chunks = [json.loads(event) for event in events(endpoint, opened, f"number {number}")[:-1]]
        finally:
            opened.close()
        return "".join(choice["delta"].get("content", "") for chunk in chunks for choice in chunk["choices"])

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(echoed, range(60))) == [f"number {number}" for number in range(60)]


def test_client_that_hangs_up_leaves_no_trace(capfd):
    """A client gone in mid-stream costs its thread, prints nothing, and others are answered."""
    with DemoEndpoint(pace=0) as endpoint:
        netloc = urlsplit(endpoint.base_url).netloc
        gone = http.client.HTTPConnection(netloc, timeout=10)
        response = send(endpoint, gone, body("word " * 40_000, stream=True, max_completion_tokens=60_000))
        response.read(1)
        # Closed without a goodbye, as by a client that has crashed.
        gone.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        response.close()
        gone.close()
        other = http.client.HTTPConnection(netloc, timeout=10)
        assert content(endpoint, other, "hello", model="demo:echo@1") == "hello"
        other.close()
    assert capfd.readouterr() == ("", "")


def demo_threads():
    """Give the threads of all endpoints."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("runware-demo")]


def test_stop_ends_open_streams_and_leaves_no_thread():
    """A client that waits in a stream is let go at once, without the finish of a whole answer."""
    endpoint = DemoEndpoint(pace=1000).start()
    opened = http.client.HTTPConnection(urlsplit(endpoint.base_url).netloc, timeout=10)
    response = send(endpoint, opened, body("hello", model="demo:slow@1", stream=True))
    assert b'"role"' in response.readline()
    endpoint.stop()
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        response.read()
    opened.close()
    assert demo_threads() == []


def test_stop_frees_a_stream_that_nobody_reads():
    """A thread that is stuck in sending ends with the endpoint."""
    endpoint = DemoEndpoint(pace=0).start()
    opened = http.client.HTTPConnection(urlsplit(endpoint.base_url).netloc, timeout=10)
    response = send(endpoint, opened, body("word " * 60_000, stream=True, max_completion_tokens=60_000))
    endpoint.stop()
    response.close()
    opened.close()
    assert demo_threads() == []


def test_stop_closes_the_port_and_idle_connections(endpoint, connection):
    """After stop nobody listens, and a kept connection is closed."""
    content(endpoint, connection, "hello", model="demo:echo@1")
    address = urlsplit(endpoint.base_url)
    endpoint.stop()
    assert connection.sock.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.hostname, address.port), timeout=10)


def test_start_and_stop_may_be_repeated():
    """Starting twice is starting once, stopping twice likewise, and it starts again after a stop."""
    endpoint = DemoEndpoint()
    first = endpoint.start().base_url
    assert endpoint.start().base_url == first
    endpoint.stop()
    endpoint.stop()
    with pytest.raises(RuntimeError, match="not running"):
        _ = endpoint.base_url
    assert endpoint.start().base_url.startswith("http://127.0.0.1:")
    endpoint.stop()


def test_given_port_is_taken(endpoint):
    """A port can be chosen, and a taken one is an error that leaves nothing."""
    port = urlsplit(endpoint.base_url).port
    other = DemoEndpoint(port=port)
    with pytest.raises(OSError, match="use"):
        other.start()
    endpoint.stop()
    with other:
        assert urlsplit(other.base_url).port == port


def test_collected_endpoint_is_stopped():
    """An endpoint that nobody holds any more leaves no thread."""
    DemoEndpoint().start()
    gc.collect()
    assert demo_threads() == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_fork_inherits_nothing(endpoint, connection):
    """A forked child holds no socket of the endpoint, and its end does not disturb the parent's connection."""
    content(endpoint, connection, "hello", model="demo:echo@1")
    listener = endpoint._listener
    descriptors = [listener.fileno(), *(held.fileno() for held in listener._connections.values())]
    child = os.fork()
    if not child:
        os._exit(sum(is_open(descriptor) for descriptor in descriptors) + 10 * (endpoint._listener is not None))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    kept = connection.sock
    assert content(endpoint, connection, "again", model="demo:echo@1") == "again"
    assert connection.sock is kept
    assert len(descriptors) == 2


def is_open(descriptor):
    """Whether a file descriptor is in use."""
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def test_exit_of_python_waits_for_nothing(tmp_path):
    """A program that ends with an open stream ends at once, and prints nothing."""
    program = tmp_path / "program.py"
    program.write_text(
        "import json, urllib.request\n"
        "from runware_magic.wire.demo import DemoEndpoint\n"
        "endpoint = DemoEndpoint(pace=1000).start()\n"
        f"data = json.dumps({body('hello', model='demo:slow@1', stream=True)!r}).encode()\n"
        "headers = {'Authorization': 'Bearer ' + endpoint.key}\n"
        "request = urllib.request.Request(endpoint.base_url + '/chat/completions', data, headers)\n"
        "response = urllib.request.urlopen(request)\n"
        "response.readline()\n"
    )
    done = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-W", "ignore::ResourceWarning", str(program)],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_importing_the_endpoint_needs_only_the_standard_library():
    """The package imports nothing outside of the standard library and itself."""
    imported = re.compile(r"^(?:from|import) (\w+)", re.MULTILINE)
    sources = (PACKAGE / "wire" / "demo").glob("*.py")
    names = {name for source in sources for name in imported.findall(source.read_text("utf-8"))}
    assert names - set(sys.stdlib_module_names) == {"runware_magic"}
