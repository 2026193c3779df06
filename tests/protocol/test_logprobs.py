"""The probabilities of tokens, in every form that servers send."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import delta, finish, sse

from runware_magic.chat.events import ContentDelta, Ended, Finished, TokensScored
from runware_magic.chat.logprobs import LOWEST, MOST_ALTERNATIVES, TokenLogprob
from runware_magic.protocol.chunk_decoder import decode_stream, decode_whole
from runware_magic.protocol.logprobs import tokens_scored

HI = {"token": "Hi", "logprob": -0.1, "bytes": [72, 105], "top_logprobs": [{"token": "Hi", "logprob": -0.1}]}
READ = TokenLogprob("Hi", -0.1, (("Hi", -0.1),))


def scored(content="Hi", logprobs=None, **fields):
    """Make a chunk with the probabilities of its text."""
    logprobs = {"content": [HI]} if logprobs is None else logprobs
    return {"choices": [{"index": 0, "delta": {"content": content}, "logprobs": logprobs, **fields}]}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        # OpenAI, vLLM, SGLang
        ({"content": [HI], "refusal": None}, [READ]),
        # llama.cpp: without the bytes, or with an id beside
        ({"content": [{"id": 5, "token": "Hi", "logprob": -0.1, "top_logprobs": []}]}, [TokenLogprob("Hi", -0.1)]),
        ({"content": [{"token": "Hi", "logprob": -0.1, "bytes": None, "top_logprobs": None}]}, [("Hi", -0.1)]),
        # The bytes are what the token is, whatever sign the tokenizer has for blanks.
        ({"content": [{"token": "Ġa", "logprob": 0, "bytes": [32, 97]}]}, [(" a", 0.0)]),
        # Half a character
        ({"content": [{"token": "�", "logprob": -1, "bytes": [240, 159]}]}, [("\\xf0\\x9f", -1.0)]),
        ({"content": [{"token": "a", "logprob": -1, "bytes": [300, "x"]}]}, [("a", -1.0)]),
        ({"content": [{"token": "a", "logprob": -1, "bytes": []}]}, [("a", -1.0)]),
        # The older completions
        (
            {"tokens": ["A", "b"], "token_logprobs": [None, -2], "top_logprobs": [None, {"b": -2, "c": -3}]},
            [TokenLogprob("b", -2.0, (("b", -2.0), ("c", -3.0)))],
        ),
        ({"tokens": ["A", "b"], "token_logprobs": [-1]}, [("A", -1.0)]),
        # Minus infinity, as JSON of Python writes it, and as others do
        ({"content": [{"token": "a", "logprob": -1e999}]}, [("a", LOWEST)]),
        ({"content": [{"token": "a", "logprob": LOWEST}]}, [("a", LOWEST)]),
        # Rounded up
        ({"content": [{"token": "a", "logprob": 1e-7}]}, [("a", 0.0)]),
        # Nothing, and what makes no sense
        (None, []),
        ({}, []),
        ({"content": None}, []),
        ([HI], []),
        ("x", []),
        ({"content": [None, 5, {}, {"token": 5, "logprob": -1}, {"token": "a"}, HI]}, [READ]),
        ({"content": [{"token": "a", "logprob": value} for value in (None, True, "-1", float("nan"))]}, []),
        ({"content": [{**HI, "top_logprobs": [None, {}, {"token": "b", "logprob": "x"}]}]}, [("Hi", -0.1)]),
        ({"content": [{**HI, "top_logprobs": {"Hi": -0.1}}]}, [("Hi", -0.1)]),
        ({"tokens": "ab", "token_logprobs": [-1, -2]}, []),
    ],
)
def test_forms_of_probabilities(told, expected):
    """Each is read alike; what cannot be read is skipped."""
    assert list(tokens_scored(told)) == [
        each if isinstance(each, TokenLogprob) else TokenLogprob(*each) for each in expected
    ]


def test_they_come_beside_the_text():
    """In chunks, at the end, in a whole answer; a message that repeats the deltas does not repeat them."""
    expected = [ContentDelta("Hi"), TokensScored((READ,)), Finished("stop"), Ended()]
    assert list(decode_stream([sse(scored(), finish(), "[DONE]")])) == expected
    assert list(decode_stream([sse(scored(finish_reason="stop"), "[DONE]")])) == expected
    late = {"choices": [{"index": 0, "delta": {}, "logprobs": {"content": [HI]}}]}
    assert list(decode_stream([sse(delta(content="Hi"), late, finish(), "[DONE]")])) == expected
    whole = {"message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop", "logprobs": {"content": [HI]}}
    assert list(decode_whole({"choices": [{"index": 0, **whole}]})) == expected
    assert list(decode_stream([sse(scored(), {"choices": [{"index": 0, **whole}]}, "[DONE]")])) == expected


def test_chunks_that_look_like_others_do_not_hide_them():
    """The shortcut for chunks that differ in their text only is not taken by one with probabilities."""
    plain = [scored(word, {"content": []}) for word in "abc"]
    events = list(decode_stream([sse(*plain, scored(), scored("d", {"content": []}), scored(), "[DONE]")]))
    assert [type(event) for event in events].count(TokensScored) == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.sampled_from(["token", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["content", "token", "logprob", "bytes", "top_logprobs", "tokens", "token_logprobs"]), inner
        )
    ),
    max_leaves=30,
)


@given(JSON)
def test_nothing_a_server_sends_is_an_error(told):
    """Whatever stands there: no exception, texts that can be encoded, logarithms of probabilities, within bounds."""
    parsed = json.loads(json.dumps({"choices": [{"index": 0, "delta": {"content": "x"}, "logprobs": told}]}))
    events = list(decode_stream([sse(parsed, "[DONE]")]))
    assert events[0] == ContentDelta("x")
    for event in events:
        for token in event.tokens if isinstance(event, TokensScored) else ():
            assert len(token.alternatives) <= MOST_ALTERNATIVES
            for text, log in ((token.token, token.logprob), *token.alternatives):
                assert text.encode() is not None
                assert LOWEST <= log <= 0
