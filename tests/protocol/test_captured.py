"""What servers sent that nobody here wrote, byte for byte.

Captured on the loopback interface from aimock 1.43, openai-mock-api 0.4, litellm 1.106 (alone, and before aimock),
guidellm 0.8 (its mock server), transformers 5.23 (``transformers serve``), mockllm 0.0.8 and llama-cpp-python 0.3.36,
the two engines with tiny models that say a fixed text. Only dates and the like were dropped from the heads, and the
chunks of the bodies joined.
"""

from pathlib import Path

import pytest
from captures import replayed as replayed_file
from played import Played

from runware_magic import errors

FOLDER = Path(__file__).with_name("captured")

# Name, content, reasoning, finish reason, tokens in and out, tool calls.
ANSWERS = [
    ("aimock-nonstream-think", "Answer 42.", "First I think about it. Then more.", "stop", (2, 3), ()),
    ("aimock-nonstream-weather", "", "", "tool_calls", (2, 10), (("get_weather", '{"city":"Zürich","unit":"c"}'),)),
    (
        "aimock-nonstream",
        "Grüße! Naïve café — 日本語 🎉 done.\nSecond line.\u2028after U+2028",
        "",
        "stop",
        (2, 15),
        (),
    ),
    ("aimock-openrouter-keepalive", "After a comment.", "hmm ok", "stop", (3, 4), ()),
    ("aimock-stream-long", "cut off here", "", "length", (11, 3), ()),
    ("aimock-stream-think", "Answer 42.", "First I think about it. Then more.", "stop", (2, 3), ()),
    ("aimock-stream-truncate", "This ", "", None, None, ()),
    ("aimock-stream-weather", "", "", "tool_calls", (2, 10), (("get_weather", '{"city":"Zürich","unit":"c"}'),)),
    ("aimock-stream", "Grüße! Naïve café — 日本語 🎉 done.\nSecond line.\u2028after U+2028", "", "stop", (2, 15), ()),
    ("guidellm-nonstream", "Score each cause.", "", "stop", (1, 6), ()),
    ("guidellm-stream", "Score each cause.", "", "stop", (1, 6), ()),
    (
        "litellm-nonstream",
        "Grüße! Naïve café — 日本語 🎉 done.\nSecond line.\u2028after U+2028",
        "",
        "stop",
        (10, 20),
        (),
    ),
    ("litellm-stream", "Grüße! Naïve café — 日本語 🎉 done.\nSecond line.\u2028after U+2028", "", "stop", (8, 28), ()),
    ("litellm-via-aimock-long", "cut off here", "", "length", (11, 3), ()),
    ("litellm-via-aimock-malformed", "", "", "stop", None, ()),
    ("litellm-via-aimock-think", "Answer 42.", "First I think about it. Then more.", "stop", (2, 3), ()),
    ("litellm-via-aimock-weather", "", "", "tool_calls", (2, 10), (("get_weather", '{"city":"Zürich","unit":"c"}'),)),
    ("litellm-via-deepseek-think", "Answer 42.", "First I think about it. Then more.", "stop", (2, 3), ()),
    ("llama-cpp-python-nonstream", "Grüße! café 日本 🎉 done.\nSecond line.\u2028after", "", "stop", (25, 12), ()),
    ("llama-cpp-python-stream-maxtokens4", "Grüße! ", "", "length", None, ()),
    ("llama-cpp-python-stream-think", "Answer 42.", "\nFirst I think.", "stop", None, ()),
    ("llama-cpp-python-stream-weather", "", "", "tool_calls", None, (("get_weather", '{ "city" : "'),)),
    ("llama-cpp-python-stream", "Grüße! café 日本 🎉 done.\nSecond line.\u2028after", "", "stop", None, ()),
    ("mockllm-nonstream", "Grüße! Naïve café — 日本語 🎉 done.\nSecond line.", "", "stop", (2, 9), ()),
    ("mockllm-stream", "I do not know.", "", "stop", None, ()),
    (
        "openai-mock-api-nonstream",
        "Grüße! Naïve café — 日本語 🎉 done.\nSecond line.\u2028after U+2028",
        "",
        "stop",
        (3, 28),
        (),
    ),
    ("openai-mock-api-stream-weather", "", "", "stop", None, (("get_weather", '{"city": "Zürich"}'),)),
    (
        "openai-mock-api-stream",
        "Grüße! Naïve café — 日本語 🎉 done.\nSecond line.\u2028after U+2028",
        "",
        "stop",
        None,
        (),
    ),
    ("transformers-nonstream-think", "Answer 42.", "First I think.", "stop", (25, 7), ()),
    (
        "transformers-nonstream-weather",
        "\x03",
        "",
        "tool_calls",
        (27, 7),
        (("get_weather", '{"city": "Z\\u00fcrich"}'),),
    ),
    ("transformers-nonstream", "\x01Grüße! café 日本 🎉 done.\nSecond line.\u2028after", "", "stop", (25, 13), ()),
    ("transformers-stream-think", "\x02\n\nAnswer 42.", "\nFirst I think.\n", "stop", (25, 7), ()),
    ("transformers-stream-weather", "\x03", "", "tool_calls", (27, 7), (("get_weather", '{"city": "Z\\u00fcrich"}'),)),
    ("transformers-stream", "\x01Grüße! café 日本 🎉 done.\nSecond line.\u2028after", "", "stop", (25, 13), ()),
]

# Name, and the error: "Failed" stands for one that came inside the answer.
ERRORS = [
    ("aimock-no-key", "KeyRefusedError"),
    ("aimock-no-match", "NotFoundError"),
    ("aimock-no-messages", "RefusedError"),
    ("aimock-nonstream-malformed", "TransportError"),
    ("aimock-openrouter-unknown", "NotFoundError"),
    ("aimock-stream-malformed", "TransportError"),
    ("aimock-stream-ratelimit", "RateLimitedError"),
    ("aimock-wrong-key", "KeyRefusedError"),
    ("guidellm-no-messages", "RefusedError"),
    ("litellm-no-key", "ServerFailedError"),
    ("litellm-no-messages", "RefusedError"),
    ("litellm-stream-mock-context", "RefusedError"),
    ("litellm-stream-mock-ise", "ServerFailedError"),
    ("litellm-stream-mock-ratelimit", "RateLimitedError"),
    ("litellm-unknown-model", "RefusedError"),
    ("litellm-via-aimock-ratelimit", "RateLimitedError"),
    ("litellm-via-aimock-slam", "ServerFailedError"),
    ("litellm-via-aimock-truncate", "Failed"),
    ("litellm-wrong-key", "RefusedError"),
    ("llama-cpp-python-no-key", "KeyRefusedError"),
    ("llama-cpp-python-no-messages-nonstream", "ServerFailedError"),
    ("llama-cpp-python-no-messages", "ConnectionLostError"),
    ("llama-cpp-python-nonstream-toolong", "RefusedError"),
    ("llama-cpp-python-stream-toolong", "ConnectionLostError"),
    ("llama-cpp-python-wrong-key", "KeyRefusedError"),
    ("mockllm-no-messages", "ServerFailedError"),
    ("openai-mock-api-no-key", "KeyRefusedError"),
    ("openai-mock-api-no-match", "RefusedError"),
    ("openai-mock-api-no-messages", "RefusedError"),
    ("openai-mock-api-wrong-key", "KeyRefusedError"),
    ("transformers-extra-field", "RefusedError"),
    ("transformers-no-messages", "ServerFailedError"),
    ("transformers-stream-error-beams", "Failed"),
    ("transformers-stream-topk", "RefusedError"),
    ("transformers-unknown-model", "RefusedError"),
]


def replayed(name, serve=Played):
    """Give the builder of what was captured."""
    return replayed_file(FOLDER / f"{name}.http", serve)


@pytest.mark.parametrize(
    ("name", "content", "reasoning", "reason", "tokens", "calls"), ANSWERS, ids=lambda x: str(x)[:24]
)
def test_every_field_is_understood(name, content, reasoning, reason, tokens, calls):
    """Or ignored without harm."""
    turn = replayed(name).snapshot()
    usage = turn.usage and (turn.usage.prompt_tokens, turn.usage.completion_tokens)
    assert (turn.content, turn.reasoning, turn.finish_reason, usage) == (content, reasoning, reason, tokens)
    assert tuple((call.name, call.arguments) for call in turn.reply.tool_calls) == calls
    assert turn.skipped == 0


@pytest.mark.parametrize(("name", "kind"), ERRORS)
def test_every_error_is_one(name, kind):
    """Before the answer or inside it, in one line."""
    if kind == "Failed":
        failure = replayed(name).failure
        assert failure.message
        assert "\n" not in failure.message
    else:
        with pytest.raises(getattr(errors, kind)) as caught:
            replayed(name)
        assert type(caught.value).__name__ == kind
        assert "\n" not in str(caught.value)


def test_a_socket_brings_the_same(serve):
    """Of an answer that streams, of one that is whole, and of an error."""
    for name in ("aimock-stream-think", "transformers-nonstream-weather"):
        assert replayed(name, serve).snapshot() == replayed(name).snapshot()
    with pytest.raises(errors.KeyRefusedError):
        replayed("aimock-wrong-key", serve)


def test_every_capture_is_tested():
    """None lies there unread."""
    assert {path.stem for path in FOLDER.glob("*.http")} == {row[0] for row in ANSWERS} | {row[0] for row in ERRORS}
