"""Errors that servers put where answers are, at most all that they say in them."""

import json

import pytest
from asking import REQUEST, answer
from loopback import chunked, delta, finish, sized, sse

from runware_magic.chat.events import ContentDelta, Ended, Failed, Opened, UsageReport
from runware_magic.chat.usage import Usage
from runware_magic.errors import TransportError
from runware_magic.protocol.chunk_decoder import decode_stream, decode_whole
from runware_magic.protocol.complaints import described

BUSY = "System is too busy now."
COMPLAINTS = [
    ({"code": 50508, "message": BUSY, "data": None}, Failed(BUSY, "50508")),
    ({"code": "InvalidApiKey", "message": BUSY, "request_id": "r"}, Failed(BUSY, "InvalidApiKey")),
    ({"choices": None, "base_resp": {"status_code": 1027, "status_msg": BUSY}}, Failed(BUSY, "1027")),
    ({"choices": [], "base_resp": {"status_code": 1027}}, Failed("an error without a reason", "1027")),
    ({"success": False, "msg": BUSY}, Failed(BUSY)),
    ({"success": False}, Failed("an error without a reason")),
    ({"error_msg": BUSY}, Failed(BUSY)),
    ({"error_code": 336003, "error_msg": BUSY}, Failed(BUSY, "336003")),
    ({"errcode": 7, "errmsg": BUSY}, Failed(BUSY, "7")),
    ({"detail": BUSY}, Failed(BUSY)),
    ({"type": "server_error", "message": BUSY}, Failed(BUSY, "server_error")),
    ({"status": 503, "message": BUSY}, Failed(BUSY)),
    ({"status": "failed", "message": BUSY}, Failed(BUSY)),
    ([{"error": {"code": 503, "message": BUSY}}], Failed(BUSY, "503")),
]
WELL = [
    {"choices": [], "usage": None, "base_resp": {"status_code": 0, "status_msg": ""}},
    {"choices": None, "base_resp": {"status_code": 0, "status_msg": "success"}},
    {"code": 0, "message": "working"},
    {"code": 200, "msg": "working"},
    {"code": 20000, "message": "Ok", "status": True},
    {"code": "0", "message": "working"},
    {"code": 1, "msg": "success"},
    {"code": 5},
    {"success": True, "code": 5, "msg": "queued"},
    {"errcode": 0, "errmsg": "queued"},
    {"error_msg": "", "error_code": 0},
    {"type": "ping"},
    {"status": "processing", "message": "You are number 3."},
    {"error": None, "errors": [], "detail": None, "success": None},
    {"choices": [{"delta": {"content": ""}, "finish_reason": "stop"}], "code": 5, "message": "m"},
]


@pytest.mark.parametrize(("said", "expected"), COMPLAINTS)
def test_an_error_that_no_answer_is_in_is_one(said, expected):
    """As an event before and after the first word, and as a body with status 200."""
    assert list(decode_stream([sse(said)])) == [expected]
    assert list(decode_stream([sse(delta(content="a"), said, delta(content="b"))])) == [ContentDelta("a"), expected]
    assert list(decode_whole(said)) == [expected]


@pytest.mark.parametrize("said", WELL)
def test_what_says_that_all_is_well_is_no_error(said):
    """Nor is what only keeps the connection alive."""
    events = list(decode_stream([sse(delta(content="a"), said, delta(content="b"), "[DONE]")]))
    assert not any(isinstance(event, Failed) for event in events)
    assert [event for event in events if isinstance(event, ContentDelta)] == [ContentDelta("a"), ContentDelta("b")]


@pytest.mark.parametrize("said", [{"code": 0, "message": "done"}, {"message": "ok"}, {"success": True, "msg": "m"}])
def test_a_body_that_says_that_all_is_well_is_of_an_unknown_shape(said):
    """It is neither an answer nor an error."""
    with pytest.raises(TransportError, match="unknown format"):
        list(decode_whole(said))


def test_words_that_are_all_that_came_are_those_of_an_error():
    """A body of nothing else is no answer, whatever the server calls it."""
    assert list(decode_whole({"message": BUSY})) == [Failed(BUSY)]


def test_usage_in_an_error_is_told_before_it():
    """It may have been billed."""
    said = {"code": 5, "message": "m", "usage": {"prompt_tokens": 3}}
    assert list(decode_stream([sse(said)])) == [UsageReport(Usage(3)), Failed("m", "5")]


ERROR_FIELD = b'error: {"code":500,"message":"Context size has been exceeded.","type":"server_error"}\n'
EXCEEDED = Failed("Context size has been exceeded.", "500")


@pytest.mark.parametrize(
    "body",
    [
        sse(delta(content="a")) + ERROR_FIELD + b"\n",
        sse(delta(content="a")) + ERROR_FIELD,
        sse(delta(content="a")) + ERROR_FIELD.rstrip(),
        sse(delta(content="a")) + ERROR_FIELD + b"data: [DONE]\n\n",
        sse(delta(content="a")).rstrip() + b"\n" + ERROR_FIELD + b"\n",
        sse(delta(content="a")).replace(b"\n", b"\r\n") + ERROR_FIELD.replace(b"\n", b"\r\n"),
    ],
)
def test_a_field_that_is_called_error_is_an_error(body):
    """However it is set apart from what stands around it, and wherever the body is cut."""
    for at in range(len(body) + 1):
        assert list(decode_stream([body[:at], body[at:]])) == [ContentDelta("a"), EXCEEDED]


def test_words_about_errors_in_an_answer_are_words():
    """Only a line that begins so is a field."""
    said = delta(content="error: x\nerror: y")
    assert list(decode_stream([sse(said, "[DONE]")])) == [ContentDelta("error: x\nerror: y"), Ended()]


@pytest.mark.parametrize(("data", "said"), [(b"", "an error without a reason"), (b" broke", "broke")])
def test_a_field_that_is_called_error_needs_no_json(data, said):
    """It needs no words either."""
    assert list(decode_stream([b"error:" + data + b"\n\n"])) == [Failed(said)]


@pytest.mark.parametrize("said", [said for said, _ in COMPLAINTS])
def test_a_complaint_alone_opens_no_answer_and_one_after_words_keeps_them(serve, said):
    """So that it leaves no turn, or a failed one with what had come."""
    assert not any(isinstance(event, Opened) for event in answer(serve(chunked([sse(said)]))))
    assert not any(isinstance(event, Opened) for event in answer(serve(sized(200, json.dumps(said).encode()))))
    events = answer(serve(chunked([sse(delta(content="a"), said)])))
    assert events[:2] == [Opened(REQUEST), ContentDelta("a")]
    assert isinstance(events[-1], Failed)


@pytest.mark.parametrize(
    "choice", [{"finish_reason": "error"}, {"finish_reason": "error", "delta": {"content": ""}, "error": {"code": 5}}]
)
def test_the_words_beside_a_choice_that_failed_are_told(choice):
    """A finish reason alone says nothing."""
    said = {"error": {"code": "server_error", "message": "Provider disconnected"}, "choices": [choice]}
    assert list(decode_stream([sse(delta(content="a"), said)])) == [
        ContentDelta("a"),
        Failed("Provider disconnected", "server_error"),
    ]


def test_the_words_in_a_choice_are_told_where_there_are_no_others():
    """Whichever says more."""
    said = {"error": {}, "object": "error"} | finish("error")
    said["choices"][0]["error"] = {"message": "broke", "code": 5}
    assert list(decode_stream([sse(said)])) == [Failed("broke", "5")]


RETURNED = {"message": "Provider returned error", "code": 400}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"error": {**RETURNED, "metadata": {"raw": "Too long."}}}, "Provider returned error: Too long."),
        (
            {"error": {**RETURNED, "metadata": {"raw": '{"error":{"message":"Too long.","code":7}}'}}},
            "Provider returned error: Too long.",
        ),
        ({"error": {**RETURNED, "metadata": {"raw": {"detail": "Too long."}}}}, "Provider returned error: Too long."),
        ({"error": {**RETURNED, "metadata": {"raw": "<html>502</html>"}}}, "Provider returned error"),
        ({"error": {**RETURNED, "metadata": {"raw": "Provider returned error"}}}, "Provider returned error"),
        ({"error": {**RETURNED, "metadata": {"reasons": ["hate", "spam"]}}}, "Provider returned error: hate; spam"),
        ({"detail": [{"loc": ["body", "temperature"], "msg": "must be ≤ 1"}]}, "temperature: must be ≤ 1"),
        ({"detail": [{"loc": ["body", "messages", 0, "role"], "msg": "m"}]}, "messages.0.role: m"),
        ({"detail": [{"loc": ["body"], "msg": "m"}, {"loc": ["query", "n"], "msg": "o"}]}, "m; n: o"),
        ({"errors": {"temperature": ["must be ≤ 1"]}}, "temperature: must be ≤ 1"),
        ({"title": "Wrong.", "status": 400, "errors": {"a": ["m", "n"], "b": "o"}}, "Wrong: a: m; n; b: o"),
        ({"errors": [{"field": "n", "message": "m"}]}, "n: m"),
        ({"message": ["m", "n"]}, "m; n"),
        ({"statusCode": 400, "message": ["m", "n"], "error": "Bad Request"}, "Bad Request: m; n"),
        ({"error": "Not Found", "message": "No such model."}, "Not Found: No such model."),
        ({"error": "invalid_token", "error_description": "It expired."}, "invalid_token: It expired."),
        ({"error": '{"message": "m"}'}, "m"),
        ({"error": True, "message": "m"}, "m"),
        ({"error": {"message": "m"}, "message": "m"}, "m"),
    ],
)
def test_all_that_an_error_says_is_told(value, expected):
    """What stands behind the first words, the names of the fields, and every entry of a list."""
    assert described(value)[0] == expected


@pytest.mark.parametrize(
    "value",
    [
        {"errors": [{"message": f"{number}" * 100} for number in range(1000)]},
        {"errors": {f"{number}" * 100: "m" for number in range(1000)}},
        {"error": {"message": "m", "metadata": {"raw": "x\n\x1b" * 10_000}}},
    ],
)
def test_however_much_an_error_says_it_is_one_short_line(value):
    """With nothing in it that a terminal obeys."""
    said = described(value)[0]
    assert len(said) <= 300
    assert said.isprintable()


def test_nothing_is_found_beyond_every_depth():
    """And nothing breaks on the way, also where each level is JSON in a text."""
    deep = text = "m"
    for _ in range(200):
        deep = {"error": deep}
    for _ in range(14):
        text = json.dumps({"error": text})
    assert described(deep) is None
    assert described(text)[0]
