"""From the JSON of an answer to events: every variation that servers send."""

import functools
import json

import pytest
from loopback import ANSWER, USAGE, delta, finish, sse

from runware_magic.chat.events import (
    ContentDelta,
    Ended,
    Failed,
    Finished,
    OtherChoice,
    ReasoningDelta,
    Skipped,
    ToolCallDelta,
    UsageReport,
)
from runware_magic.chat.usage import Usage
from runware_magic.errors import ConnectionLostError, TransportError
from runware_magic.protocol.chunk_decoder import decode_stream, decode_whole

TOLD = UsageReport(Usage(5, 2, 7, 0.00001))
HELLO = [ContentDelta("Hel"), ContentDelta("lo")]
DOCUMENTED = [ReasoningDelta("The user asks 2+2."), ContentDelta("4"), TOLD, Finished("stop"), Ended()]


def decoded(*values, framed=True):
    """Decode a stream of these events."""
    return list(decode_stream([sse(*values)], framed=framed))


def test_the_documented_stream():
    """Role, reasoning, content, usage before the finish, [DONE]."""
    stream = sse(delta(role="assistant"), delta(reasoning_content="The user asks 2+2."), delta(content="4"), USAGE)
    stream += sse(finish(), "[DONE]")
    for at in range(len(stream) + 1):
        assert list(decode_stream([stream[:at], stream[at:]])) == DOCUMENTED


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((*ANSWER[:3], finish(), USAGE, "[DONE]"), [*HELLO, Finished("stop"), TOLD, Ended()]),
        ((*ANSWER[:3], finish() | {"usage": USAGE["usage"]}, "[DONE]"), [*HELLO, Finished("stop"), TOLD, Ended()]),
        ((delta(content="x") | {"usage": {"cost": "0.5"}},), [ContentDelta("x"), UsageReport(Usage(cost=0.5))]),
        ((delta(content="x") | {"usage": None}, "[DONE]"), [ContentDelta("x"), Ended()]),
        (({"choices": [{"index": 0, "delta": {}}], "usage": USAGE["usage"]}, "[DONE]"), [TOLD, Ended()]),
    ],
)
def test_usage_comes_anywhere(values, expected):
    """Before the finish, after it, in it, on every chunk, with choices, with a cost that is text."""
    assert decoded(*values) == expected


@pytest.mark.parametrize(
    "chunk",
    [
        {"choices": []},
        {"choices": None},
        {},
        {"choices": [{"index": 0}]},
        {"choices": [{"index": 0, "delta": None}]},
        {"choices": [{"delta": {"content": None, "role": None, "tool_calls": None}}]},
        {"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": ""}]},
        {"choices": ["x", None], "system_fingerprint": "f", "service_tier": "t", "obfuscation": "o"},
        {"choices": [{"index": 0, "delta": {"annotations": [{}]}, "logprobs": {"content": []}}]},
        {"object": "chat.completion.chunk", "usage": "x", "error": None, "errors": []},
    ],
)
def test_chunks_that_say_nothing_are_passed_over(chunk):
    """Neither an event nor an error comes of them."""
    assert decoded(delta(content="a"), chunk, delta(content="b"), "[DONE]") == [
        ContentDelta("a"),
        ContentDelta("b"),
        Ended(),
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"reasoning_content": "Hm"},
        {"reasoning": "Hm"},
        {"reasoning": "Hm", "reasoning_content": "Hm"},
        {"reasoning": "Hm", "reasoning_details": [{"type": "reasoning.text", "text": "Hm"}]},
        {"reasoning_details": [{"text": "H"}, {"summary": "m"}, {"data": "x"}]},
        {"reasoning_content": "Hm", "content": ""},
        {"reasoning_content": "Hm", "content": None},
        {"content": "<think>Hm</think>"},
    ],
)
def test_reasoning_has_many_names(fields):
    """It is read once, under whichever."""
    assert decoded(delta(**fields), "[DONE]") == [ReasoningDelta("Hm"), Ended()]


def test_content_may_come_in_parts_and_as_a_refusal():
    """Their text is the answer's."""
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}, None]
    assert decoded(delta(content=parts), delta(refusal="No."), "[DONE]") == [
        ContentDelta("ab"),
        ContentDelta("No."),
        Ended(),
    ]


def test_tool_calls_come_in_fragments():
    """Keyed by index, several interleaved; what is no fragment is passed over."""
    first = {"index": 0, "id": "a", "function": {"name": "f", "arguments": ""}}
    second = {"index": 1, "id": "b", "function": {"name": "g", "arguments": "{"}}
    assert decoded(
        delta(tool_calls=[first, second]), delta(tool_calls=[{"index": 0, "function": {"arguments": "{}"}}])
    ) == [
        ToolCallDelta(0, "a", "f", ""),
        ToolCallDelta(1, "b", "g", "{"),
        ToolCallDelta(0, arguments="{}"),
    ]
    bare = {"function": {"name": "f", "arguments": {"x": 1}}}
    assert decoded(delta(tool_calls=["x", bare])) == [ToolCallDelta(0, "", "f", '{"x": 1}')]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        *(("length", [Finished("length")]), ("eos", [Finished("eos")]), (" stop ", [Finished("stop")])),
        *((nothing, []) for nothing in ("", " ", None, 3, "null", "None", "NULL")),
    ],
)
def test_any_word_may_be_a_finish_reason(reason, expected):
    """An empty one is none, nor is what a server writes for nothing."""
    assert decoded(delta(content="x"), finish(reason))[1:] == expected


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"error": {"message": "broke", "code": "x"}}, Failed("broke", "x")),
        ({"error": {"message": "broke", "code": 500}}, Failed("broke", "500")),
        ({"error": "broke"}, Failed("broke")),
        ({"errors": [{"message": "broke", "code": "x"}]}, Failed("broke", "x")),
        ({"object": "error", "message": "broke"}, Failed("broke")),
        ({"error": {"weird": 1}}, Failed("an error without a reason")),
        (finish("error"), Failed("the provider reported an error")),
        ({"choices": [{"finish_reason": "error", "error": {"message": "broke", "code": 5}}]}, Failed("broke", "5")),
    ],
)
def test_errors_come_inside_a_200(event, expected):
    """What had come before is given, and nothing after."""
    assert decoded(delta(content="a"), event, delta(content="b")) == [ContentDelta("a"), expected]


@pytest.mark.parametrize("data", ['{"message": "broke"}', "broke", '{"error": {"message": "broke"}}'])
def test_an_error_event_is_an_error(data):
    """Whether its data is JSON or text."""
    assert list(decode_stream([f"event: error\ndata: {data}\n\n".encode()])) == [Failed("broke")]


def test_an_unreadable_event_in_the_middle_is_passed_over_and_told():
    """The answer may lack a piece, and the user is to know."""
    assert decoded(delta(content="a"), "{oops", "[1]", delta(content="b"), "[DONE]") == [
        ContentDelta("a"),
        Skipped(5),
        Skipped(3),
        ContentDelta("b"),
        Ended(),
    ]


def test_an_unreadable_event_at_the_end_is_a_lost_connection():
    """A cut line leaves half an event."""
    events = decode_stream([sse(delta(content="a")), b'data: {"choi'])
    assert next(events) == ContentDelta("a")
    with pytest.raises(ConnectionLostError, match="before the answer was complete"):
        next(events)


@pytest.mark.parametrize(
    ("values", "framed", "lost"),
    [
        (ANSWER, False, False),
        (ANSWER[:-1], False, False),
        (ANSWER[:3], True, False),
        (ANSWER[:3], False, True),
        ((*ANSWER[:3], "[DONE]"), False, False),
        ((), True, True),
        ((), False, True),
        (("[DONE]",), True, True),
    ],
)
def test_an_answer_without_its_end_is_lost_unless_http_says_otherwise(values, framed, lost):
    """[DONE], a finish reason, or a body whose length HTTP tells make it whole; an empty body is none."""
    events = decode_stream([sse(*values)], framed=framed)
    if lost:
        with pytest.raises(ConnectionLostError):
            list(events)
    else:
        assert list(events)[:2] == HELLO


def test_nothing_is_read_after_done():
    """A body that is kept open does not hold the answer up."""

    def pieces():
        yield sse(*ANSWER)
        pytest.fail("read on after [DONE]")

    assert list(decode_stream(pieces()))[-1] == Ended()


def test_a_whole_reply_gives_the_same_events():
    """Where a stream was not asked for, or not given."""
    message = {"role": "assistant", "content": "4", "reasoning_content": "Hm"}
    whole = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": USAGE["usage"]}
    assert list(decode_whole(whole)) == [ReasoningDelta("Hm"), ContentDelta("4"), Finished("stop"), TOLD, Ended()]


@pytest.mark.parametrize("value", [None, [], "x", {}, {"choices": None}, {"answer": 42}])
def test_json_of_another_shape_is_an_error(value):
    """It is no answer, and must not pass for an empty one."""
    with pytest.raises(TransportError, match="unknown format"):
        list(decode_whole(value))


def test_a_deeply_nested_chunk_does_no_harm():
    """It cannot be read, and is told as such."""
    deep = "[" * 100_000
    assert decoded(delta(content="a"), deep, "[DONE]")[1] == Skipped(len(deep))


def test_what_a_server_says_is_made_fit_for_one_line():
    """No control characters, no endless text."""
    said = decoded({"error": "a\x1b[31m\nb" + json.dumps("x" * 1000)})[0].message
    assert "\n" not in said
    assert "\x1b" not in said
    assert len(said) <= 300


def test_one_choice_a_chunk_is_the_answer_whatever_its_index():
    """Where one was asked for: some servers count tokens by it; where several were, the first counts."""
    chunks = [
        {"choices": [{"index": number, "delta": {"content": word}}]}
        for number, word in enumerate(("Hel", "lo", "!"), 1)
    ]
    assert decoded(*chunks, "[DONE]") == [*HELLO, ContentDelta("!"), Ended()]
    others = [OtherChoice(2, ContentDelta("lo")), OtherChoice(3, ContentDelta("!"))]
    assert list(decode_stream([sse(*chunks, "[DONE]")], several=True)) == [ContentDelta("Hel"), *others, Ended()]


@pytest.mark.parametrize("field", ["message", "delta"])
@pytest.mark.parametrize(
    ("content", "reasoning", "answer", "skipped"),
    [
        # Magistral, Databricks, Anthropic's form through a gateway, OpenAI's, and what is made of them
        ([{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}], "Hm", "", 0),
        ([{"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}]}], "Hm", "", 0),
        ([{"type": "reasoning", "text": "Hm"}, {"type": "text", "text": "Yes"}], "Hm", "Yes", 0),
        (
            [{"type": "thinking", "thinking": "Hm", "signature": "x"}, {"type": "output_text", "text": "a"}],
            "Hm",
            "a",
            0,
        ),
        ([{"type": "reasoning", "content": [{"type": "reasoning_text", "text": "Hm"}]}], "Hm", "", 0),
        ([{"type": "refusal", "refusal": "No."}], "", "No.", 0),
        ({"type": "text", "text": "a"}, "", "a", 0),
        ({"type": "text", "text": {"value": "a", "annotations": []}}, "", "a", 0),
        (["a", "b"], "", "ab", 0),
        ([["a"], {"text": "b"}, None, "", {}], "", "ab", 0),
        ([{"type": "redacted_thinking", "data": "x"}, {"type": "text", "text": None}, {"type": "text"}], "", "", 0),
        ([{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "x"}}], "", "a", 1),
        ([{"type": "reference", "reference_ids": [1]}, {"type": "x", "text": "y"}, {"type": ["x"]}], "", "", 1),
        ([3, "a"], "", "a", 1),
        (functools.reduce(lambda inner, _: [inner], range(100), "a"), "", "", 1),
    ],
)
def test_content_may_be_parts_of_many_types(field, content, reasoning, answer, skipped):
    """Each is told by its type, in deltas and messages alike; what nobody knows is skipped and said."""
    events = decoded({"choices": [{"index": 0, field: {"content": content}, "finish_reason": "stop"}]})
    assert said(events) == (reasoning, answer)
    assert sum(isinstance(event, Skipped) for event in events) == skipped


def test_reasoning_that_is_told_twice_is_read_once():
    """In a field of its own, and among the parts."""
    parts = [{"type": "thinking", "thinking": "Hm"}, {"type": "text", "text": "Yes"}]
    assert said(decoded(delta(reasoning_content="Hm", content=parts))) == ("Hm", "Yes")


def said(events):
    """Return the reasoning and the answer of some events."""
    return tuple(
        "".join(event.text for event in events if isinstance(event, kind)) for kind in (ReasoningDelta, ContentDelta)
    )
