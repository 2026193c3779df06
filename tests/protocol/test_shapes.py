"""Answers to a JSON schema, and calls of functions, in shapes of servers: by hand, after what others report of them.

vLLM 0.11 and later (guided decoding; the parser of Qwen's calls, and one whose index is always 0), Ollama 0.5 and later
(once without an index), llama.cpp's server (builds 8267 to 9251, with a template that knows tools) and aimock: the
order of the fields, those that are null, ids, usage and timings are theirs, the values are not.
"""

import json
from pathlib import Path

import pytest
from captures import replayed

from runware_magic import errors
from runware_magic.chat.answer_json import NoJsonError, json_of

FOLDER = Path(__file__).with_name("shapes")
DATA = {"name": "Zo\u00eb Moreau", "age": 36, "tags": ["baker", "Lyon"]}

# Name, reasoning, tokens in and out.
ANSWERS = [
    ("vllm-whole", "", (61, 25)),
    ("vllm-stream", "", (61, 25)),
    ("vllm-stream-reasoning", "The name, then the age.", (61, 25)),
    ("ollama-whole", "", (41, 27)),
    ("ollama-stream", "", (41, 27)),
    ("ollama-stream-reasoning", "The name, then the age.", (41, 27)),
    ("llamacpp-whole", "", (24, 25)),
    ("llamacpp-stream", "", (24, 25)),
    ("llamacpp-stream-without-usage", "", None),
]
# Name, the error, and the words of the server in it.
REFUSALS = [
    ("vllm-refused", errors.RefusedError, "The provided JSON schema contains features not supported by xgrammar."),
    ("ollama-refused", errors.ServerFailedError, "invalid JSON schema in format."),
    ("llamacpp-refused", errors.RefusedError, 'Either "json_schema" or "grammar" can be specified, but not both.'),
]


WEATHER = [("get_weather", {"city": "Z\u00fcrich"}), ("get_weather", {"city": "Lima"})]
VLLM = ["chatcmpl-tool-b120ab7bad790b75", "chatcmpl-tool-a3265080ed754ab5"]
LLAMA = ["v2dhOZ8kYw4LJ6mE1sR0pXqBtC3nUaGf", "Qy7Hs2VbN5dKcA9eWxM4rTfJ0uLzPgI8"]
OLLAMA = ["call_k3v9q2xw", "call_7bn0ztya"]
AIMOCK = ["call_zoVmxLs5LxEruCwZ", "call_Q8cD2yJr0nHkTb1P"]
# Name, ids, finish reason.
CALLS = [
    ("vllm-tools-whole", VLLM, "tool_calls"),
    ("vllm-tools-stream", VLLM, "tool_calls"),
    ("vllm-tools-stream-index-0", VLLM, "tool_calls"),
    ("ollama-tools-whole", OLLAMA, "tool_calls"),
    ("ollama-tools-stream", OLLAMA, "tool_calls"),
    ("ollama-tools-stream-without-index", OLLAMA, "stop"),
    ("llamacpp-tools-whole", LLAMA, "tool_calls"),
    ("llamacpp-tools-stream", LLAMA, "tool_calls"),
    ("aimock-tools-whole", AIMOCK, "tool_calls"),
    ("aimock-tools-stream", AIMOCK, "tool_calls"),
]
# As those of a schema.
TOOL_REFUSALS = [
    (
        "vllm-tools-refused",
        errors.RefusedError,
        '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set.',
    ),
    ("ollama-tools-refused", errors.RefusedError, "registry.ollama.ai/library/gemma3:4b does not support tools."),
    ("llamacpp-tools-refused-jinja", errors.ServerFailedError, "tools param requires --jinja flag."),
    ("llamacpp-tools-refused-stream", errors.ServerFailedError, "Cannot use tools with stream."),
]


@pytest.mark.parametrize(("name", "reasoning", "tokens"), ANSWERS)
def test_the_data_is_the_same_from_each(name, reasoning, tokens):
    """And so is what is said of it, where it is said."""
    turn = replayed(FOLDER / f"{name}.http").snapshot()
    usage = turn.usage and (turn.usage.prompt_tokens, turn.usage.completion_tokens)
    assert (json_of(turn.content), turn.reasoning, usage, turn.finish_reason) == (DATA, reasoning, tokens, "stop")
    assert turn.skipped == 0


def test_data_that_the_limit_cut_is_no_data():
    """The answer says that it was cut."""
    turn = replayed(FOLDER / "llamacpp-stream-cut.http").snapshot()
    assert turn.finish_reason == "length"
    with pytest.raises(NoJsonError, match="the JSON is cut off"):
        json_of(turn.content)


@pytest.mark.parametrize(("name", "ids", "reason"), CALLS)
def test_the_calls_are_the_same_from_each(name, ids, reason):
    """With the ids of the server, and no words beside them."""
    turn = replayed(FOLDER / f"{name}.http").snapshot()
    calls = turn.reply.tool_calls
    assert [(call.name, json.loads(call.arguments)) for call in calls] == WEATHER
    assert ([call.id for call in calls], turn.finish_reason, turn.content) == (ids, reason, "")
    assert (turn.usage.prompt_tokens, turn.usage.completion_tokens, turn.skipped) == (198, 38, 0)


def test_a_call_without_arguments_may_have_none_at_all():
    """The field never comes."""
    (call,) = replayed(FOLDER / "vllm-tools-stream-no-arguments.http").snapshot().reply.tool_calls
    assert (call.id, call.name, call.arguments) == (VLLM[0], "now", "")


@pytest.mark.parametrize(("name", "kind", "words"), REFUSALS + TOOL_REFUSALS)
def test_what_is_refused_is_an_error_with_the_words_of_the_server(name, kind, words):
    """In one line."""
    with pytest.raises(kind) as caught:
        replayed(FOLDER / f"{name}.http")
    assert caught.value.message.endswith(words)


def test_every_shape_is_tested():
    """None lies there unread."""
    named = {row[0] for rows in (ANSWERS, REFUSALS, CALLS, TOOL_REFUSALS) for row in rows}
    named |= {"llamacpp-stream-cut", "vllm-tools-stream-no-arguments"}
    assert {path.stem for path in FOLDER.glob("*.http")} == named
