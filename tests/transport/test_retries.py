"""Requests that are sent again, and those that never are."""

import threading
from dataclasses import replace

import pytest
from asking import OK, REQUEST, answer, content, transport
from loopback import hang_up, head, reset, sized

from runware_magic.chat.events import Retrying
from runware_magic.errors import (
    ConnectError,
    ConnectionLostError,
    RateLimitedError,
    RefusedError,
    RunwareError,
    TimedOutError,
)
from runware_magic.transport.connections import RequestCanceller
from runware_magic.transport.transport import Timeouts


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
    events = talk.answer(REQUEST, RequestCanceller())
    assert next(events) == Retrying("no connection", 2, 0.5)
    assert next(events) == Retrying("no connection", 3, 1.0)
    with pytest.raises(ConnectError, match="refused the connection"):
        next(events)


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


def test_a_connection_closed_without_an_answer_is_not_tried_again(serve):
    """It may have been billed."""
    server = serve([hang_up])
    with pytest.raises(ConnectionLostError, match="without an answer"):
        answer(server)
    assert len(server.heard) == 1


def test_a_limit_that_a_model_refused_is_not_sent_to_it_again(serve):
    """The second question to it pays for no second refusal; another model is asked as before."""
    server = serve(sized(400, b'{"error":"use max_tokens"}'), OK)
    talk = transport(server.url)
    for request in (REQUEST, REQUEST, replace(REQUEST, model="other")):
        assert content(talk.answer(request, RequestCanceller())) == "Hello"
    talk.close()
    limits = [[name for name in heard.json if name.startswith("max_")] for heard in server.heard]
    assert limits == [["max_completion_tokens"], ["max_tokens"], ["max_tokens"], ["max_completion_tokens"]]


@pytest.mark.parametrize("death", [hang_up, reset])
def test_a_kept_connection_that_died_is_made_anew(serve, death):
    """The server closed it just then and read nothing: that is no lost answer."""
    server = serve(OK, [death], OK)
    talk = transport(server.url)
    assert [content(talk.answer(REQUEST, RequestCanceller())) for _ in range(2)] == ["Hello", "Hello"]
    talk.close()
    assert [heard.connection for heard in server.heard] == [1, 1, 2]


@pytest.mark.parametrize("death", [hang_up, reset])
def test_a_kept_connection_is_made_anew_once(serve, death):
    """A new one that dies as well may have been billed."""
    server = serve(OK, [death])
    talk = transport(server.url)
    list(talk.answer(REQUEST, RequestCanceller()))
    with pytest.raises(ConnectionLostError, match="without an answer"):
        list(talk.answer(REQUEST, RequestCanceller()))
    talk.close()
    assert len(server.heard) == 3


@pytest.mark.parametrize("death", [hang_up, reset])
@pytest.mark.parametrize("reply", [b"H", b"HTTP/1.1 200 OK\r\n", head(Content_Length="9"), head(kind="text/html")[:40]])
def test_a_kept_connection_that_brought_a_byte_is_not_asked_again(serve, death, reply):
    """The server had begun to answer."""
    never = threading.Event()
    server = serve(OK, [reply, lambda _: never.wait(0.05), death])
    talk = transport(server.url)
    list(talk.answer(REQUEST, RequestCanceller()))
    with pytest.raises(RunwareError):
        list(talk.answer(REQUEST, RequestCanceller()))
    talk.close()
    assert len(server.heard) == 2


def test_a_kept_connection_that_falls_silent_is_not_asked_again(serve):
    """It may be at work."""
    server = serve(OK, [threading.Event()])
    talk = transport(server.url, Timeouts(2, 0.2, 2))
    list(talk.answer(REQUEST, RequestCanceller()))
    with pytest.raises(TimedOutError):
        list(talk.answer(REQUEST, RequestCanceller()))
    talk.close()
    assert len(server.heard) == 2


def test_a_wait_between_attempts_has_a_bound(serve):
    """However many attempts are asked for."""
    server = serve(OK)
    talk = transport(server.url, Timeouts(2, 2, 1100))
    server.stop()
    canceller = RequestCanceller()
    waits = []
    canceller.wait = waits.append
    with pytest.raises(ConnectError):
        list(talk.answer(REQUEST, canceller))
    assert max(waits) == 60.0
