"""The table of faults, where the reply itself is one: statuses, redirects, and ways that lead nowhere."""

from __future__ import annotations

import itertools
import socket
import ssl
import threading
from email.utils import formatdate
from pathlib import Path

import pytest
from cells import ask, small
from faults import BODIES, endlessly, half_close, reply, say_nothing
from loopback import ANSWER, chunked, hang_up, head, reset, sized, sse
from played import Played

OK = chunked([sse(value) for value in ANSWER])
CERTIFICATES = Path(__file__).parents[1] / "support" / "certificates"

# Status, requests made, what the error says.
STATUSES = {
    400: (1, "rejected the request"),
    401: (1, "rejected the key"),
    402: (1, "reports an empty balance"),
    403: (1, "denied access"),
    404: (1, "found no such model or address"),
    408: (3, "timed out"),
    409: (1, "rejected the request"),
    413: (1, "rejected the request as too long"),
    422: (1, "rejected the request"),
    429: (3, "is limiting requests"),
    500: (3, "failed"),
    502: (3, "failed"),
    503: (3, "failed"),
    504: (3, "failed"),
    529: (3, "failed"),
}
# Body, what the error repeats of it.
REPEATED = dict.fromkeys(BODIES, ": no such luck.") | {
    "page": " and sent a web page without a reason.",
    "nothing": ".",
    "rubbish": ".",
}


@pytest.fixture
def play():
    """Return what asks a server without a socket; gives the server, the view and the error."""
    sessions = []

    def asked(*replies):
        server = Played(*replies)
        # Pauses between tries are multiplied by 1 + jitter / 2: none is waited for where no time matters.
        sessions.append(small(medium=server, jitter=-2.0))
        return server, *ask(sessions[-1], server.url)

    yield asked
    for session in sessions:
        session.close()


@pytest.fixture
def play_over_socket(serve, session):
    """Return what does the same over a socket."""

    def asked(*replies):
        server = serve(*replies)
        return server, *ask(session, server.url)

    return asked


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("body", BODIES)
def test_what_comes_of_a_refusal(play, status, body):
    """No turn, one line that says why, and as many requests as make sense; with every body that servers send."""
    assert_refused(play, status, body)


@pytest.mark.parametrize(("status", "body"), [*zip(STATUSES, itertools.cycle(BODIES), strict=False)])
def test_the_same_comes_of_a_refusal_over_a_socket(play_over_socket, status, body):
    """Each status, and each body."""
    assert_refused(play_over_socket, status, body)


def assert_refused(play, status, body):
    """Ask a server that refuses, and see what comes of it."""
    requests, says = STATUSES[status]
    server, view, error = play(sized(status, BODIES[body], "text/html", Retry_After="0"))
    assert error.message == f"127.0.0.1:{server.port} {says} ({status}){REPEATED[body]}"
    assert error.hint
    assert len(server.heard) == requests
    assert (view.settled, view.refused) == ([], [error])


# What the server asks for, and how many requests are made when it answers to the second.
WAITS = {
    "0": 2,
    "0.01": 2,
    "-5": 2,
    "-1e400": 2,
    "past": 2,
    "soon": 2,
    "nan": 2,
    "": 2,
    "3600": 1,
    "99999999999999999999": 1,
    "inf": 1,
    "tomorrow": 1,
    "Fri, 31 Dec 9999 23:59:59 GMT": 1,
}


@pytest.mark.parametrize("asked_for", WAITS)
@pytest.mark.parametrize("status", [429, 503])
def test_what_comes_of_retry_after(play, asked_for, status):
    """Seconds, a date, the absurd: a wait that makes sense is waited for, one that is too long is not."""
    assert_waited(play, asked_for, status)


@pytest.mark.parametrize(("asked_for", "status"), [("0.01", 429), ("3600", 503)])
def test_the_same_comes_of_retry_after_over_a_socket(play_over_socket, asked_for, status):
    """One that is waited for, and one that is not."""
    assert_waited(play_over_socket, asked_for, status)


def assert_waited(play, asked_for, status):
    """Ask a server that says when to come again, and see whether it is asked again."""
    dates = {"past": formatdate(0, usegmt=True), "tomorrow": formatdate(4e9, usegmt=True)}
    server, _, error = play(sized(status, b"{}", Retry_After=dates.get(asked_for, asked_for)), OK)
    assert len(server.heard) == WAITS[asked_for]
    assert (error is None) == (WAITS[asked_for] == 2)


# Where a redirect leads: to a host of its own, unless a name stands for it.
TO = {
    "same host": "/v2/chat/completions",
    "other host": "{}/chat/completions",
    "http": "http://127.0.0.1:{}/v1/chat/completions",
    "loop": "/v1/chat/completions",
    "nonsense": "http://[::1",
    "nowhere": "gopher://nowhere.invalid:99999/\xff",
    "nothing": None,
}


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
@pytest.mark.parametrize("to", [to for to in TO if to != "http"])
def test_what_comes_of_a_redirect(play, status, to):
    """It is an error and one request: neither the prompt nor the key is sent on, be it to the same host."""
    location = {"Location": TO[to].format("http://127.0.0.1:10/v1")} if TO[to] else {}
    server, _, error = play(sized(status, b"<html>", **location), OK)
    assert f"redirects to another address ({status})" in error.message
    assert len(server.heard) == 1


@pytest.mark.parametrize(("status", "to"), [*((307, to) for to in TO), (302, "http"), (308, "http")])
def test_the_same_comes_of_a_redirect_over_a_socket(serve, status, to):
    """With an other host that would be heard from, and from TLS to none."""
    other, tls = serve(OK), server_side("this_machine")
    location = {"Location": TO[to].format(other.port if to == "http" else other.url)} if TO[to] else {}
    server = serve(sized(status, b"<html>", **location), OK, tls=tls if to == "http" else None)
    session = small(CERTIFICATES / "this_machine.pem" if to == "http" else None)
    _, error = ask(session, server.url)
    session.close()
    assert f"redirects to another address ({status})" in error.message
    assert len(server.heard) == 1
    assert not other.heard


@pytest.mark.parametrize("framing", [{"Connection": "close"}, {"Content_Length": "99999999999"}])
@pytest.mark.parametrize("status", [302, 400, 503])
def test_the_endless_body_of_a_refusal_is_not_read_to_its_end(serve, session, framing, status):
    """Its beginning tells enough."""
    server = serve([head(status, Location="/", Retry_After="9999", **framing), endlessly(b"x" * 1000)])
    _, error = ask(session, server.url)
    assert f"({status})" in error.message
    assert len(str(error)) < 600
    assert len(server.heard) == 1


def test_a_refusal_whose_body_never_comes_is_told_all_the_same(serve, session):
    """After two seconds, also when a byte comes now and then: the status tells enough."""
    gate = threading.Event()

    def now_and_then(connection):
        while not gate.wait(0.1):
            connection.sendall(b"0")

    for body in (say_nothing, now_and_then):
        server = serve([head(402, Transfer_Encoding="chunked"), body])
        _, error = ask(session, server.url)
        assert error.message == f"127.0.0.1:{server.port} reports an empty balance (402)."
    gate.set()


@pytest.mark.parametrize("body", [b"<html>", b" \r\n <!DOCTYPE html>"])
@pytest.mark.parametrize("end", [hang_up, half_close, reset, endlessly(b"<p>" * 1000)])
def test_a_page_with_200_is_no_answer(serve, session, body, end):
    """A portal or a wrong address; it is told by how it begins."""
    server = serve([head(kind="text/html", Connection="close"), body, end])
    _, error = ask(session, server.url)
    assert "sent a web page instead of an answer (200)" in error.message
    assert session.conversation.all_turns() == ()
    assert len(server.heard) == 1


def server_side(name):
    """Let a server show a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{name}.pem")
    return context


@pytest.mark.parametrize(
    ("shown", "trusted"),
    [("this_machine", None), ("another_name", "another_name"), ("expired", "expired"), ("expired", "this_machine")],
)
def test_what_comes_of_a_wrong_certificate(serve, shown, trusted):
    """Nobody vouches for it, it is another's, it is old: nothing is sent."""
    server = serve(OK, tls=server_side(shown))
    session = small(CERTIFICATES / f"{trusted}.pem" if trusted else None)
    _, error = ask(session, server.url)
    session.close()
    assert str(error) == (
        f"No secure connection to 127.0.0.1:{server.port}: its certificate could not be verified. "
        "Check base_url and the certificates."
    )
    assert not server.heard


@pytest.mark.parametrize("fault", ["reset", "hang up", "stall", "half-close"])
@pytest.mark.parametrize("framing", ["chunked", "closing"])
def test_a_line_that_breaks_under_tls_breaks_as_any(serve, fault, framing):
    """What had come is kept, and the next question is answered."""
    server = serve(reply(fault, framing, "content"), OK, tls=server_side("this_machine"))
    session = small(CERTIFICATES / "this_machine.pem")
    view, error = ask(session, server.url)
    assert [(turn.state, turn.reasoning, turn.content) for turn in view.settled] == [("failed", "Think", "Hel")]
    assert "The text so far is kept; its cost is unknown." in str(error)
    view, error = ask(session, server.url)
    session.close()
    assert [turn.content for turn in view.settled] == ["Hello"]
    assert len(server.heard) == 2


@pytest.fixture
def proxied(monkeypatch):
    """Let the environment name a proxy."""

    def name(url):
        for variable in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            monkeypatch.setenv(variable, url)
        for variable in ("NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.delenv(variable, raising=False)

    return name


NOT_LET_THROUGH = "The proxy did not connect to nowhere.invalid. Check https_proxy and NO_PROXY."
HUNG_UP = "nowhere.invalid closed the connection during the handshake. Check base_url and the network."


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (sized(403, BODIES["page"], "text/html"), NOT_LET_THROUGH),
        (sized(407, b"", Proxy_Authenticate="Basic"), NOT_LET_THROUGH),
        (sized(502, BODIES["page"], "text/html"), NOT_LET_THROUGH),
        (sized(302, b"", Location="http://127.0.0.1:1/"), NOT_LET_THROUGH),
        ([hang_up], HUNG_UP),
        ([reset], HUNG_UP),
        ([b"no HTTP at all\r\n\r\n", hang_up], HUNG_UP),
    ],
)
def test_what_comes_of_a_proxy_that_refuses(serve, session, proxied, answer, says):
    """It is asked once, and the key is not for it to see."""
    proxy = serve(answer)
    proxied(f"http://127.0.0.1:{proxy.port}")
    _, error = ask(session, "https://nowhere.invalid/v1")
    assert str(error) == says
    assert [heard.line.split()[:2] for heard in proxy.heard] == [["CONNECT", "nowhere.invalid:443"]]
    assert "authorization" not in proxy.heard[0].headers


@pytest.mark.usefixtures("_sockets")
def test_a_proxy_that_is_not_there_is_told_as_one(session, proxied):
    """As one that refuses."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    proxied(f"http://127.0.0.1:{port}")
    _, error = ask(session, "https://nowhere.invalid/v1")
    assert str(error) == NOT_LET_THROUGH


def test_a_name_that_nobody_knows(session, monkeypatch):
    """It is told at once, and nothing is tried again."""
    monkeypatch.setenv("NO_PROXY", "*")
    _, error = ask(session, "https://nowhere.invalid/v1")
    assert str(error) == "The host name nowhere.invalid was not found. Check base_url and the network."
    assert session.conversation.all_turns() == ()
