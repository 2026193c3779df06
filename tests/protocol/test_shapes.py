"""Answers to a JSON schema in the shapes of servers that enforce one, written by hand after what others report of them.

vLLM 0.11 and later (guided decoding), Ollama 0.5 and later, and llama.cpp's server (builds 8267 to 9251): the order of
the fields, those that are null, ids, usage and timings are theirs, the values are not.
"""

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


@pytest.mark.parametrize(("name", "kind", "words"), REFUSALS)
def test_a_refused_schema_is_an_error_with_the_words_of_the_server(name, kind, words):
    """In one line."""
    with pytest.raises(kind) as caught:
        replayed(FOLDER / f"{name}.http")
    assert caught.value.message.endswith(words)


def test_every_shape_is_tested():
    """None lies there unread."""
    named = {row[0] for row in ANSWERS} | {row[0] for row in REFUSALS} | {"llamacpp-stream-cut"}
    assert {path.stem for path in FOLDER.glob("*.http")} == named
