"""The body of an answer, whichever kind it is."""

import json
from dataclasses import replace

import pytest
from asking import REQUEST, answer, content
from loopback import ANSWER, chunked, delta, finish, sized

from runware_magic.chat.events import ContentDelta, Ended, Finished
from runware_magic.errors import ConnectionLostError, TransportError
from runware_magic.protocol.chat_completions import CHAT_COMPLETIONS
from runware_magic.transport.response import first_byte

LINES = [json.dumps(value).encode() for value in (*ANSWER[:3], finish())]
HELLO = [ContentDelta("Hel"), ContentDelta("lo"), Finished("stop")]
WHOLE = {"choices": [{"index": 0, "message": {"content": "Hello"}, "finish_reason": "stop"}]}


def decoded(*pieces, framed=True):
    """Decode a body of these pieces."""
    return list(CHAT_COMPLETIONS.decode(*first_byte(iter(pieces)), framed=framed))


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\n\n"])
@pytest.mark.parametrize("done", [[], [b"[DONE]"]])
def test_bare_json_lines_are_a_stream(end, done):
    """However they are cut, whatever parts them, and whether the last one has its end."""
    body = end.join((*LINES, *done))
    expected = [*HELLO, *(Ended() for _ in done)]
    for at in range(len(body) + 1):
        assert decoded(body[:at], body[at:]) == expected
    assert decoded(body + end) == decoded(*(body[at : at + 1] for at in range(len(body)))) == expected


def test_bare_json_lines_come_as_they_arrive():
    """The first as soon as the second has begun."""

    def pieces():
        yield LINES[1] + b"\n"
        yield LINES[2] + b"\n"
        pytest.fail("read on before the first word was given")

    assert next(CHAT_COMPLETIONS.decode(*first_byte(pieces()))) == HELLO[0]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n \n"])
def test_one_object_is_a_whole_answer(indent, end):
    """In one line or in many."""
    body = json.dumps(WHOLE, indent=indent).encode() + end
    for pieces in ([body], [body[at : at + 1] for at in range(len(body))]):
        assert decoded(*pieces) == [ContentDelta("Hello"), Finished("stop"), Ended()]


@pytest.mark.parametrize("body", [b"[1]", b"{}", b"{}\n{}", b'{"a": 1', b'[{"a": 1}]\n{}'])
def test_json_of_another_shape_is_no_answer(body):
    """Nor is what merely begins like it."""
    with pytest.raises(TransportError):
        decoded(body)


def test_a_line_of_json_that_is_cut_is_a_lost_connection():
    """What came before it is given."""
    events = CHAT_COMPLETIONS.decode(*first_byte(iter([LINES[1] + b"\n", LINES[2][:20]])))
    assert next(events) == HELLO[0]
    with pytest.raises(ConnectionLostError, match="before the answer was complete"):
        next(events)


@pytest.mark.parametrize("kind", ["application/x-ndjson", "application/json", "text/event-stream"])
def test_the_label_of_a_stream_of_lines_does_not_matter(serve, kind):
    """They come over HTTP as any other."""
    assert content(answer(serve(chunked([line + b"\n" for line in LINES], kind)))) == "Hello"


def test_several_answers_are_told_apart_where_they_were_asked_for(serve):
    """By their index; where one was asked for, each is a piece of it."""
    body = b"".join(
        b"data: %s\n\n" % json.dumps({"choices": [{"index": number, "delta": {"content": word}}]}).encode()
        for number, word in enumerate(("a", "b"))
    )
    server = serve(sized(200, body, "text/event-stream"))
    assert content(answer(server)) == "ab"
    assert content(answer(server, replace(REQUEST, parameters={"n": 2}))) == "a"


def test_a_line_without_a_word_is_passed_over():
    """As an event without one is."""
    role = json.dumps(delta(role="assistant")).encode()
    assert decoded(role + b"\n" + b"\n".join(LINES)) == HELLO
