"""Requests and answers over a real socket."""

import gzip
import json
import threading
import time
import zlib
from dataclasses import replace

import pytest
from asking import OK, PIECES, REQUEST, answer, content, transport
from calling import read, started
from loopback import chunked, closing, delta, finish, sized, sse

from runware_magic.chat.events import ContentDelta, Ended, Finished, Opened, UsageReport
from runware_magic.errors import ConnectError
from runware_magic.transport.connections import RequestCanceller


def test_a_request_says_what_it_must(serve):
    """Address, key, usage asked for, a token limit, nothing compressed."""
    server = serve(OK)
    assert content(answer(server)) == "Hello"
    heard = server.heard[0]
    assert heard.line == "POST /v1/chat/completions HTTP/1.1"
    assert heard.headers["authorization"] == "Bearer sk-secret"
    assert heard.headers["accept"] == "text/event-stream"
    assert heard.headers["accept-encoding"] == "identity"
    assert heard.json == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_completion_tokens": 9,
    }


def deflated(*pieces):
    """Compress as servers do that stream: flushed after every piece."""
    packer = zlib.compressobj(wbits=31)
    return [packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH) for piece in pieces] + [packer.flush()]


@pytest.mark.parametrize(
    "reply",
    [
        chunked(PIECES),
        closing(PIECES),
        chunked(deflated(*PIECES), Content_Encoding="gzip"),
        closing(deflated(*PIECES), Content_Encoding="gzip"),
        closing([gzip.compress(b"".join(PIECES))], Content_Encoding="gzip"),
        sized(200, b"".join(PIECES), "text/event-stream"),
        chunked(PIECES, "text/plain"),
        chunked(PIECES, "application/json"),
        chunked([b"".join(PIECES).replace(b"\n", b"\r\n")]),
        chunked([b"\xef\xbb\xbf: hello\n\n", *PIECES]),
    ],
)
def test_an_answer_reads_the_same_however_it_is_framed(serve, reply):
    """Chunked, closing, of known length; compressed; mislabelled; with CRLF, BOM and comments."""
    events = answer(serve(reply))
    assert events[0] == Opened(REQUEST)
    assert content(events) == "Hello"
    assert events[-1] == Ended()


def assert_given_before_the_rest(serve, beginning, rest):
    """Hold a server back until its first words have been yielded."""
    seen = threading.Event()
    under_way = started(transport(serve([*beginning, seen, *rest]).url), until=lambda builder: builder.content == "Hel")
    seen.set()
    assert under_way.outcome().turn.content == "Hello"
    under_way.close()


@pytest.mark.parametrize("framing", [chunked, closing])
@pytest.mark.parametrize("packed", [False, True])
def test_a_delta_is_there_before_the_next_is_sent(serve, framing, packed):
    """On chunked and on closing bodies, compressed or not: the server waits until it was seen."""
    pieces = deflated(*PIECES) if packed else PIECES
    first, *rest = framing(pieces, **({"Content_Encoding": "gzip"} if packed else {}))
    assert_given_before_the_rest(serve, [first, *rest[:2]], rest[2:])


@pytest.mark.parametrize("framing", [chunked, closing])
def test_a_delta_comes_within_milliseconds(serve, framing):
    """The median over a hundred is far below what buffering would cost (17 ms to 2 s)."""
    sent = []

    def stamp(_):
        sent.append(time.monotonic())

    gate = threading.Event()
    pieces = [sse(delta(content=str(number))) for number in range(100)]
    whole = framing([*pieces, sse(finish()), sse("[DONE]")])
    reply = [whole[0]]
    for piece in whole[1:]:
        reply += [stamp, piece, lambda _: gate.wait(0.002)]
    talk = transport(serve(reply).url)
    events = talk.answer(REQUEST, RequestCanceller())
    got = [time.monotonic() for event in events if isinstance(event, ContentDelta)]
    talk.close()
    delays = sorted(after - before for before, after in zip(sent, got, strict=False))
    assert delays[50] < 0.05


def test_a_connection_serves_again(serve):
    """The next cell does not pay for another handshake."""
    server = serve(OK)
    talk = transport(server.url)
    for _ in range(3):
        assert content(read(talk)[0]) == "Hello"
    talk.close()
    assert server.connections == 1


def test_json_in_place_of_a_stream_is_an_answer(serve):
    """Whatever the server was asked for."""
    whole = {"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}], "usage": {"cost": 1}}
    events = answer(serve(sized(200, json.dumps(whole).encode())))
    assert content(events) == "Hello"
    assert [type(event) for event in events] == [Opened, ContentDelta, Finished, UsageReport, Ended]


@pytest.mark.parametrize(
    ("address", "said"),
    [("https://127.0.0.1:{port}/v1", "No secure connection"), ("https://nowhere.invalid/v1", "was not found")],
)
def test_no_way_there_is_an_error_at_once(serve, address, said):
    """TLS that fails and names that nobody knows are not tried again."""
    server = serve(OK)
    talk = transport(address.format(port=server.port))
    with pytest.raises(ConnectError, match=said) as caught:
        next(talk.answer(REQUEST, RequestCanceller()))
    assert "secret" not in str(caught.value)


def test_no_key_from_netrc(serve, tmp_path, monkeypatch):
    """Else requests would put it in place of ours."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server = serve(OK)
    answer(server)
    assert server.heard[0].headers["authorization"] == "Bearer sk-secret"


def test_no_cookie_is_kept(serve):
    """A server that repeats the key in one would spoil every request after it."""
    server = serve(chunked(PIECES, Set_Cookie="session=sk-secret"))
    talk = transport(server.url)
    for _ in range(2):
        assert content(talk.answer(REQUEST, RequestCanceller()))
    talk.close()
    assert "cookie" not in server.heard[1].headers


def test_no_proxy_to_this_machine(serve, monkeypatch):
    """A proxy of the environment does not stand before the loopback interface."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert content(answer(serve(OK))) == "Hello"


WHOLE = json.dumps({"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}).encode()


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("kind", ["application/json", "text/event-stream", "text/plain"])
@pytest.mark.parametrize("padding", [[], [b"\r\n", b"  ", b"\n"], [b"\xef\xbb\xbf"], [b" ", b"\xef", b"\xbb\xbf"]])
def test_json_is_told_by_its_first_byte(serve, stream, kind, padding):
    """Whatever its label says, whatever was asked for, whatever kept the connection alive before it."""
    events = answer(serve(chunked([*padding, WHOLE[:9], WHOLE[9:]], kind)), replace(REQUEST, stream=stream))
    assert [type(event) for event in events] == [Opened, ContentDelta, Finished, Ended]
    assert content(events) == "Hello"


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
@pytest.mark.parametrize("start", [b"\n", b"\r\n\r\n", b": ping\n\n", b"\xef\xbb\xbf", b"\n: ping\n\n\n"])
def test_a_stream_that_begins_with_nothing_is_given_piece_by_piece(serve, kind, start):
    """The server goes on only once its first words were seen."""
    first, *rest = chunked([start, *PIECES], kind)
    assert_given_before_the_rest(serve, [first, *rest[:3]], rest[3:])
