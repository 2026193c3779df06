"""What sseclient is fed, by the cases of the WHATWG standard, cut at every byte."""

import pytest

from runware_magic.errors import TransportError
from runware_magic.protocol.sse import lines, server_sent

# https://html.spec.whatwg.org/multipage/server-sent-events.html: the examples of the section on interpreting a stream,
# and the rules of the section on parsing one.
STREAMS = [
    (b"data: YHOO\ndata: +2\ndata: 10\n\n", [("message", "YHOO\n+2\n10")]),
    (
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
        [("message", "first event"), ("message", "second event"), ("message", " third event")],
    ),
    (b"data:test\n\ndata: test\n\n", [("message", "test"), ("message", "test")]),
    (b"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n", [("add", "73857293"), ("remove", "2153")]),
    (b"\xef\xbb\xbfdata: bom\n\n", [("message", "bom")]),
    (b"data: cr\r\rdata: crlf\r\n\r\ndata: lf\n\n", [("message", "cr"), ("message", "crlf"), ("message", "lf")]),
    (b"data: mixed\n\r\ndata: ends\r\n\n", [("message", "mixed"), ("message", "ends")]),
    (b": ping\n\n: ping\r\n\r\ndata: x\n\n", [("message", "x")]),
    ("data: é 漢 🎉\n\n".encode(), [("message", "é 漢 🎉")]),
    ("data: a\u2028b\u0085c\n\n".encode(), [("message", "a\u2028b\u0085c")]),
    (b"data: bad \xff\xc3 utf-8\n\ndata: next\n\n", [("message", "bad \ufffd\ufffd utf-8"), ("message", "next")]),
    (b"data: unfinished", [("message", "unfinished")]),
    (b"data: x\nretry: 10\nunknown: y\n\n", [("message", "x")]),
    (b"", []),
    (b"\n\n\n", []),
]


@pytest.mark.parametrize(("body", "expected"), STREAMS)
def test_a_stream_reads_the_same_cut_at_every_byte(body, expected):
    """Whole, in two pieces cut anywhere, and byte by byte."""
    cuts = [[body[:at], body[at:]] for at in range(len(body) + 1)]
    bytewise = [body[at : at + 1] for at in range(len(body))]
    for pieces in ([body], bytewise, *cuts):
        assert list(server_sent(pieces)) == expected


def test_a_line_is_given_as_soon_as_it_ends():
    """Not when the next piece comes: not even after a CR, which an LF may follow."""
    taken = []
    pieces = iter([b"data: a\r\r", b"data: b\n\n", b"data: c"])
    source = (taken.append(piece) or piece for piece in pieces)
    events = server_sent(source)
    assert next(events) == ("message", "a")
    assert len(taken) == 1
    assert next(events) == ("message", "b")
    assert len(taken) == 2


def test_a_line_beyond_every_answer_is_an_error():
    """Memory is bounded, however it is cut."""
    with pytest.raises(TransportError, match="longer than 100"):
        list(lines([b"data: "] + [b"x"] * 200, longest=100))


A, B, C = (b'{"choices": [{"delta": {"content": "%s"}}]}' % word for word in (b"a", b"b", b"c"))
JOINED = [
    (b"data: %s\ndata: %s\ndata: [DONE]\n" % (A, B), [A, B, b"[DONE]"]),
    (b"data:%s\r\ndata:%s\r\ndata: [DONE]\r\n\r\n" % (A, B), [A, B, b"[DONE]"]),
    (b"event: message\ndata: %s\nevent: message\ndata: %s\n" % (A, B), [A, B]),
    (b"id: 1\ndata: %s\nid: 2\ndata: %s" % (A, B), [A, B]),
    (b"data: %s\n: ping\ndata: %s \ndata: %s\n\n" % (A, B, C), [A, B + b" ", C]),
    (b"%s\n%s\n[DONE]\n" % (A, B), [A, B, b"[DONE]"]),
    (b": ping\n\n%s\n\n%s" % (A, B), [A, B]),
    (b"data: %s\n%s\n\ndata: %s\n\n" % (A, B, C), [A, B, C]),
    (b"data: %s\ndata: [DONE" % A, [A, b"[DONE"]),
    # These are one event, however it was printed
    (
        b'data: {"choices":\ndata: [{"delta": {"content": "a"}}]\ndata: }\n\n',
        [b'{"choices":\n[{"delta": {"content": "a"}}]\n}'],
    ),
    (b"data: [\ndata: {}\ndata: ]\n\n", [b"[\n{}\n]"]),
    (b"data: %s\nid: 1\n\ndata: %s\n\n" % (A, B), [A, B]),
]


@pytest.mark.parametrize(("body", "expected"), JOINED)
def test_events_that_are_not_parted_are_events(body, expected):
    """One line end between them, or bare JSON lines: where a line is whole JSON, it is an event, cut at every byte."""
    cuts = [[body[:at], body[at:]] for at in range(len(body) + 1)]
    bytewise = [body[at : at + 1] for at in range(len(body))]
    for pieces in ([body], bytewise, *cuts):
        assert [data.encode() for _, data in server_sent(pieces)] == expected, pieces


def test_the_name_of_an_event_may_stand_behind_its_data():
    """It is not parted from it."""
    assert list(server_sent([b"data: %s\nevent: error\n\n" % A])) == [("error", A.decode())]


def test_events_that_are_not_parted_come_as_they_arrive():
    """As soon as the next one begins, and as many as there are: not at the end of the answer."""
    taken = []
    pieces = [b"data: %s\n" % A] * 3000
    events = server_sent(taken.append(piece) or piece for piece in pieces)
    assert next(events) == ("message", A.decode())
    assert len(taken) == 2
    assert sum(1 for _ in events) == 2999


@pytest.mark.parametrize("cut", [b"|", b""])
def test_the_last_fields_of_a_stream_are_not_lost(cut):
    """Though they waited for what would follow."""
    body = b"data: %s\n|event: error\n" % A
    assert list(server_sent(body.replace(b"|", cut).split(b"|"))) == [("error", A.decode())]
