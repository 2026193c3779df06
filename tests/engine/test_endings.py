"""Answers that break off, fall silent, or are ended from here."""

import os
import socket
import threading
import time

import pytest
from asking import OK, PIECES, REQUEST, answer, content, transport
from calling import call, read, started
from growth import PROMPTLY_S
from loopback import chunk, chunked, delta, hang_up, head, reset, sized, sse

from runware_magic.chat.events import Ended
from runware_magic.errors import ConnectError, ConnectionLostError, RunwareError, TimedOutError
from runware_magic.transport.connections import RequestCanceller
from runware_magic.transport.transport import Timeouts


def test_a_body_kept_open_after_done_holds_nothing_up(serve):
    """The answer is over, and so is the thread that read it."""
    server = serve([*OK[:-1], threading.Event()])
    under_way = started(transport(server.url), until=lambda builder: builder.ended)
    assert under_way.outcome().turn.state == "complete"
    under_way.close()
    assert under_way.has_let_go


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
        events.extend(transport(server.url).answer(REQUEST, RequestCanceller()))
    assert caught.value.hint
    assert len(server.heard) == 1


@pytest.mark.parametrize("reply", [[threading.Event()], [head(Transfer_Encoding="chunked"), threading.Event()]])
def test_a_silent_server_times_out(serve, reply):
    """Before its headers and after them."""
    with pytest.raises(TimedOutError, match=r"0\.2 s"):
        answer(serve(reply), timeouts=Timeouts(2, 0.2, 0))


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
def test_a_call_can_be_ended_in_every_phase(serve, reply):
    """At once, and its thread with it."""
    server = serve(reply)
    under_way = started(transport(server.url))
    while not server.heard:
        threading.Event().wait(0.01)
    began = time.monotonic()
    under_way.close()
    assert time.monotonic() - began < PROMPTLY_S
    assert under_way.has_let_go
    assert under_way.outcome().turn.state == "stopped"


def test_what_is_pulled_is_read_no_faster_than_it_is_taken(serve):
    """Whoever leaves early has what had come, as a stopped turn."""
    server = serve(chunked([sse(delta(content="x")) for _ in range(2000)]))
    pulled = call(transport(server.url))
    for _ in zip(range(4), events := pulled.events(), strict=False):
        pass
    events.close()
    turn = pulled.outcome().turn
    assert (turn.state, turn.content) == ("stopped", "xxx")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_takes_nothing_of_an_answer(serve):
    """It goes on in the parent; in the child it ends with what had come."""
    gate = threading.Event()
    server = serve([head(Transfer_Encoding="chunked"), chunk(PIECES[1]), gate, *map(chunk, PIECES[2:]), chunk(b"")])
    pulled = call(transport(server.url))
    events = pulled.events()
    while not pulled.builder.content:
        next(events)
    child = os.fork()
    if not child:
        list(events)
        error = pulled.outcome().error
        os._exit(isinstance(error, ConnectionLostError) and "forked" in error.message)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
    gate.set()
    assert [*events][-1] == Ended()
    assert pulled.outcome().turn.content == "Hello"


@pytest.mark.usefixtures("_sockets")
def test_a_handshake_that_is_never_answered_is_no_lost_answer():
    """Nothing was sent, so nothing can be billed; and it is the time-out for connections that ended it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        talk = transport(f"https://127.0.0.1:{silent.getsockname()[1]}/v1", Timeouts(0.2, 60, 0))
        with pytest.raises(ConnectError, match=r"handshake within 0\.2 s") as caught:
            list(talk.answer(REQUEST, RequestCanceller()))
    assert "billed" not in str(caught.value)


@pytest.mark.parametrize("seconds", [1e300, float("inf"), 10.0**10, float("nan")])
def test_a_time_out_beyond_all_bounds_is_a_day(serve, seconds):
    """Sockets cannot count further than some weeks."""
    assert Timeouts(seconds, seconds) == Timeouts(86400.0, 86400.0)
    assert content(answer(serve(OK), timeouts=Timeouts(seconds, seconds))) == "Hello"


@pytest.mark.parametrize(
    ("pieces", "hint"),
    [([PIECES[1]], "kept"), ([PIECES[0]], "may have been billed"), ([b": ping\n\n"], "may have been billed")],
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
    _, error = read(transport(serve(reply).url, Timeouts(2, 2, 0)))
    assert isinstance(error, RunwareError)
    assert (error.__context__, error.__cause__, error.__traceback__) == (None, None, None)
