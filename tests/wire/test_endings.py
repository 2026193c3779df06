"""Answers that break off, fall silent, or are ended from here."""

import socket
import threading
import time

import pytest
from asking import OK, PIECES, REQUEST, answer, content, transport
from loopback import chunk, chunked, delta, hang_up, head, reset, sized, sse

from runware_magic.chat.events import Ended
from runware_magic.errors import ConnectError, ConnectionLostError, RunwareError, TimedOutError
from runware_magic.wire.connections import Cutter
from runware_magic.wire.exchange import Exchange
from runware_magic.wire.transport import Patience


def test_a_body_kept_open_after_done_holds_nothing_up(serve):
    """The answer is over, and so is the thread that read it."""
    server = serve([*OK[:-1], threading.Event()])
    exchange = Exchange(transport(server.url), REQUEST)
    events = [event for batch in exchange for event in batch]
    exchange.close()
    assert events[-1] == Ended()
    assert not any(thread.name == "runware-exchange" for thread in threading.enumerate())


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


def test_an_exchange_that_nobody_reads_waits(serve):
    """The queue is bounded: what is not drawn is not read."""
    server = serve(chunked([sse(delta(content="x")) for _ in range(2000)]))
    exchange = Exchange(transport(server.url), REQUEST)
    first = exchange.next(5)
    exchange.close()
    assert first


def test_a_handshake_that_is_never_answered_is_no_lost_answer():
    """Nothing was sent, so nothing can be billed; and it is the time-out for connections that ended it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        talk = transport(f"https://127.0.0.1:{silent.getsockname()[1]}/v1", Patience(0.2, 60, 0))
        with pytest.raises(ConnectError, match=r"handshake within 0\.2 s") as caught:
            list(talk.answer(REQUEST, Cutter()))
    assert "billed" not in str(caught.value)


@pytest.mark.parametrize("seconds", [1e300, float("inf"), 10.0**10, float("nan")])
def test_a_time_out_beyond_all_bounds_is_a_day(serve, seconds):
    """Sockets cannot count further than some weeks."""
    assert Patience(seconds, seconds) == Patience(86400.0, 86400.0)
    assert content(answer(serve(OK), patience=Patience(seconds, seconds))) == "Hello"


@pytest.mark.parametrize(
    ("pieces", "hint"),
    [([PIECES[1]], "kept"), ([PIECES[0]], "billed is unknown"), ([b": ping\n\n"], "billed is unknown")],
)
def test_a_lost_answer_is_said_to_be_kept_only_where_some_came(serve, pieces, hint):
    """A role is no answer, nor is a comment."""
    with pytest.raises(ConnectionLostError, match=hint):
        answer(serve([head(Transfer_Encoding="chunked"), *map(chunk, pieces), hang_up]))


@pytest.mark.parametrize(
    "reply", [[hang_up], sized(401, b"{}"), [head(Transfer_Encoding="chunked"), b"z\r\n", hang_up]]
)
def test_no_frame_of_the_request_hangs_on_an_error(serve, reply):
    """Those hold its headers, and with them the key."""
    exchange = Exchange(transport(serve(reply).url, Patience(2, 2, 0)), REQUEST)
    with pytest.raises(RunwareError) as caught:
        list(exchange)
    exchange.close()
    assert caught.value.__context__ is None
    assert [entry.name for entry in caught.traceback][1:] == ["__iter__", "next"]
