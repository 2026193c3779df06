"""Requests and answers over a real socket."""

import gzip
import json
import threading
import time
import zlib

import pytest
from loopback import ANSWER, chunk, chunked, closing, delta, finish, hang_up, head, reset, sized, sse

from runware_magic.chat.events import ContentDelta, Ended, Finished, Opened, Retrying, UsageReport
from runware_magic.chat.messages import Message
from runware_magic.chat.request import Request
from runware_magic.errors import (
    BalanceError,
    ConnectError,
    ConnectionLostError,
    KeyRefusedError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    ServerFailedError,
    TimedOutError,
    TransportError,
)
from runware_magic.wire.connections import Cutter
from runware_magic.wire.endpoint import Key, endpoint
from runware_magic.wire.exchange import Exchange
from runware_magic.wire.transport import Patience, Transport

KEY = Key("sk-secret", "a test")
REQUEST = Request("m", (Message("user", "Hi"),), {"max_completion_tokens": 9})
QUICK = Patience(connect_s=2, idle_s=2, retries=2)
OK = chunked([sse(value) for value in ANSWER])


def transport(url, patience=QUICK):
    """Make a transport that never waits longer than it must."""
    return Transport(endpoint(url, KEY), patience, jitter=lambda: 0.0)


def answer(server, request=REQUEST, patience=QUICK):
    """Ask once, give all events."""
    talk = transport(server.url, patience)
    try:
        return list(talk.answer(request, Cutter()))
    finally:
        talk.close()


def content(events):
    """Give the text of an answer."""
    return "".join(event.text for event in events if isinstance(event, ContentDelta))


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


PIECES = [sse(value) for value in ANSWER]


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


@pytest.mark.parametrize("framing", [chunked, closing])
@pytest.mark.parametrize("packed", [False, True])
def test_a_delta_is_there_before_the_next_is_sent(serve, framing, packed):
    """On chunked and on closing bodies, compressed or not: the server waits until it was seen."""
    pieces = deflated(*PIECES) if packed else PIECES
    first, *rest = framing(pieces, **({"Content_Encoding": "gzip"} if packed else {}))
    seen = threading.Event()
    exchange = Exchange(transport(serve([first, *rest[:2], seen, *rest[2:]]).url), REQUEST)
    events = []
    while content(events) != "Hel":
        batch = exchange.next(1)
        assert batch, "the delta was held back"
        events += batch
    seen.set()
    for batch in exchange:
        events += batch
    exchange.close()
    assert content(events) == "Hello"


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
    exchange = Exchange(transport(serve(reply).url), REQUEST)
    got = []
    for batch in exchange:
        got += [time.monotonic() for event in batch if isinstance(event, ContentDelta)]
    exchange.close()
    delays = sorted(after - before for before, after in zip(sent, got, strict=False))
    assert delays[50] < 0.005


def test_a_connection_serves_again(serve):
    """The next cell does not pay for another handshake."""
    server = serve(OK)
    talk = transport(server.url)
    for _ in range(3):
        exchange = Exchange(talk, REQUEST)
        assert content([event for batch in exchange for event in batch]) == "Hello"
        exchange.close()
    talk.close()
    assert server.connections == 1


def test_a_body_kept_open_after_done_holds_nothing_up(serve):
    """The answer is over, and so is the thread that read it."""
    server = serve([*OK[:-1], threading.Event()])
    exchange = Exchange(transport(server.url), REQUEST)
    events = [event for batch in exchange for event in batch]
    exchange.close()
    assert events[-1] == Ended()
    assert not any(thread.name == "runware-exchange" for thread in threading.enumerate())


def test_json_in_place_of_a_stream_is_an_answer(serve):
    """Whatever the server was asked for."""
    whole = {"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}], "usage": {"cost": 1}}
    events = answer(serve(sized(200, json.dumps(whole).encode())))
    assert content(events) == "Hello"
    assert [type(event) for event in events] == [Opened, ContentDelta, Finished, UsageReport, Ended]


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"{malformed", "application/json"), (b'{"answer": 42}', "application/json"), (b"[]", "text/plain")],
)
def test_json_that_is_no_answer_is_an_error(serve, body, kind):
    """It does not pass for an empty answer."""
    with pytest.raises(TransportError, match="JSON of an unknown shape"):
        answer(serve(sized(200, body, kind)))


def test_a_page_in_place_of_a_stream_is_an_error(serve):
    """A wrong base URL often leads to a web site."""
    with pytest.raises(RefusedError, match="sent a page"):
        answer(serve(sized(200, b"<!doctype html><script>alert(1)</script>", "text/html")))


SAID = {"message": "no such thing", "code": "c"}


@pytest.mark.parametrize(
    "body",
    [
        {"errors": [SAID]},
        {"error": SAID},
        {"error": "no such thing"},
        {"message": "no such thing"},
        [SAID],
        {"detail": "no such thing"},
        {"detail": [{"loc": ["body"], "msg": "no such thing"}]},
    ],
)
def test_every_shape_of_error_body_is_read(serve, body):
    """Its message reaches the user."""
    with pytest.raises(RefusedError, match="no such thing"):
        answer(serve(sized(400, json.dumps(body).encode())))


@pytest.mark.parametrize("body", [b"", b"null", b"<html><body>Bad gateway</body></html>", b"\xff\xfe", b"[" * 9999])
def test_an_error_without_a_readable_body_is_still_one(serve, body):
    """HTML, nothing, rubbish: the status tells enough."""
    with pytest.raises(ServerFailedError) as caught:
        answer(serve(sized(502, body, "text/html")), patience=Patience(2, 2, retries=0))
    assert "502" in str(caught.value)
    assert "<" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RefusedError),
        (401, KeyRefusedError),
        (402, BalanceError),
        (403, KeyRefusedError),
        (404, NotFoundError),
        (408, ServerFailedError),
        (429, RateLimitedError),
        (500, ServerFailedError),
        (503, ServerFailedError),
        (302, RefusedError),
    ],
)
def test_each_status_has_its_error(serve, status, kind):
    """So that a caller can tell them apart."""
    with pytest.raises(kind) as caught:
        answer(serve(sized(status, b"{}", Location="http://127.0.0.1:1/")), patience=Patience(2, 2, retries=0))
    assert caught.value.status == status
    assert caught.value.hint


def test_an_outage_told_as_a_400_is_the_servers_failure(serve):
    """The user's request was right."""
    with pytest.raises(ServerFailedError):
        answer(serve(sized(400, b'{"errors":[{"code":"providerUnavailable","message":"down"}]}')))


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_request_refused_for_now_is_sent_again(serve, status):
    """After the time that the server asks for, and the user is told."""
    server = serve(sized(status, b"{}", Retry_After="0"), OK)
    events = answer(server)
    assert events[0] == Retrying(str(status), 2, 0.0)
    assert content(events) == "Hello"
    assert len(server.heard) == 2


def test_retries_end(serve):
    """The last refusal is the error."""
    server = serve(sized(429, b'{"error":"slow down"}', Retry_After="0"))
    with pytest.raises(RateLimitedError, match="slow down"):
        answer(server)
    assert len(server.heard) == 3


def test_nobody_waits_an_hour(serve):
    """A server that asks for it is not asked again."""
    server = serve(sized(429, b"{}", Retry_After="3600"))
    with pytest.raises(RateLimitedError):
        answer(server)
    assert len(server.heard) == 1


@pytest.mark.parametrize("status", [400, 401, 402, 404, 413])
def test_a_request_that_is_wrong_is_not_sent_again(serve, status):
    """It would be refused again."""
    server = serve(sized(status, b"{}"))
    with pytest.raises(RefusedError):
        answer(server)
    assert len(server.heard) == 1


def test_a_refused_connection_is_tried_again(serve):
    """Nothing was sent, so it costs nothing; and it ends in one line."""
    server = serve(OK)
    talk = transport(server.url)
    server.stop()
    events = talk.answer(REQUEST, Cutter())
    assert next(events) == Retrying("no connection", 2, 0.5)
    assert next(events) == Retrying("no connection", 3, 1.0)
    with pytest.raises(ConnectError, match="accepts no connection"):
        next(events)


@pytest.mark.parametrize(
    ("address", "said"),
    [("https://127.0.0.1:{port}/v1", "No secure connection"), ("https://nowhere.invalid/v1", "is not known")],
)
def test_no_way_there_is_an_error_at_once(serve, address, said):
    """TLS that fails and names that nobody knows are not tried again."""
    server = serve(OK)
    talk = transport(address.format(port=server.port))
    with pytest.raises(ConnectError, match=said) as caught:
        next(talk.answer(REQUEST, Cutter()))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "body", [b'{"error":{"message":"Unsupported parameter: max_completion_tokens"}}', b'{"error":"use max_tokens"}']
)
def test_the_token_limit_is_sent_under_its_other_name_once(serve, body):
    """Models refuse the one or the other; a server that refuses both is not asked for ever."""
    server = serve(sized(400, body), OK)
    assert content(answer(server)) == "Hello"
    assert "max_completion_tokens" not in server.heard[1].json
    assert server.heard[1].json["max_tokens"] == 9
    stubborn = serve(sized(400, body))
    with pytest.raises(RefusedError):
        answer(stubborn)
    assert len(stubborn.heard) == 2


@pytest.mark.parametrize(
    "reply",
    [
        [head(Transfer_Encoding="chunked"), chunk(PIECES[1]), hang_up],
        [head(Transfer_Encoding="chunked"), chunk(PIECES[1]), reset],
        [head(Connection="close"), PIECES[1], hang_up],
        [head(Connection="close"), PIECES[1], b'data: {"cho', hang_up],
        [head(Content_Length="9999"), PIECES[1], hang_up],
        [head(Transfer_Encoding="chunked"), chunk(PIECES[1]), b"nonsense\r\n", hang_up],
        [head(Transfer_Encoding="chunked", Content_Encoding="gzip"), chunk(b"no gzip"), hang_up],
    ],
)
def test_an_answer_that_breaks_off_is_never_asked_again(serve, reply):
    """What had come was given, and billed perhaps."""
    server = serve(reply)
    events = []
    with pytest.raises(ConnectionLostError) as caught:
        events.extend(transport(server.url).answer(REQUEST, Cutter()))
    assert caught.value.hint
    assert len(server.heard) == 1


def test_a_connection_closed_without_an_answer_is_not_tried_again(serve):
    """It may have been billed."""
    server = serve([hang_up])
    with pytest.raises(ConnectionLostError, match="without an answer"):
        answer(server)
    assert len(server.heard) == 1


@pytest.mark.parametrize("reply", [[threading.Event()], [head(Transfer_Encoding="chunked"), threading.Event()]])
def test_a_silent_server_times_out(serve, reply):
    """Before its headers and after them."""
    with pytest.raises(TimedOutError, match=r"0\.2 s"):
        answer(serve(reply), patience=Patience(2, 0.2, 0))


@pytest.mark.parametrize(
    "reply",
    [
        [threading.Event()],
        [head(Transfer_Encoding="chunked"), threading.Event()],
        [head(Connection="close"), PIECES[1], threading.Event()],
        [head(Transfer_Encoding="chunked"), chunk(PIECES[1]), threading.Event()],
        sized(429, b"{}", Retry_After="60"),
    ],
)
def test_an_exchange_can_be_ended_in_every_phase(serve, reply):
    """At once, and its thread with it."""
    server = serve(reply)
    exchange = Exchange(transport(server.url), REQUEST)
    while not server.heard:
        exchange.next(0.01)
    began = time.monotonic()
    exchange.close()
    assert time.monotonic() - began < 0.3
    assert not any(thread.name == "runware-exchange" for thread in threading.enumerate())


def test_no_key_from_netrc(serve, tmp_path, monkeypatch):
    """Else requests would put it in place of ours."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server = serve(OK)
    answer(server)
    assert server.heard[0].headers["authorization"] == "Bearer sk-secret"


def test_no_proxy_to_this_machine(serve, monkeypatch):
    """A proxy of the environment does not stand before the loopback interface."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert content(answer(serve(OK))) == "Hello"


def test_a_redirect_is_not_followed(serve):
    """Neither the prompt nor the key goes anywhere else."""
    other = serve(OK)
    server = serve([head(307, Location=f"{other.url}/chat/completions", Content_Length="0")])
    with pytest.raises(RefusedError, match="redirects"):
        answer(server)
    assert not other.heard


@pytest.mark.parametrize("rows", [[{"id": "a"}, "x", {"name": "b"}], {"object": "list", "data": [{"id": "a"}]}])
def test_models_come_bare_or_in_data(serve, rows):
    """Rows without an id are no models."""
    assert transport(serve(sized(200, json.dumps(rows).encode())).url).models() == [{"id": "a"}]


def test_a_list_of_models_that_is_none_is_an_error(serve):
    """Some servers have no such address, or a page there."""
    with pytest.raises(TransportError, match="no list of models"):
        transport(serve(sized(200, b"{}")).url).models()
    with pytest.raises(NotFoundError):
        transport(serve(sized(404, b"")).url).models()


def test_an_exchange_that_nobody_reads_waits(serve):
    """The queue is bounded: what is not drawn is not read."""
    server = serve(chunked([sse(delta(content="x")) for _ in range(2000)]))
    exchange = Exchange(transport(server.url), REQUEST)
    first = exchange.next(5)
    exchange.close()
    assert first
