"""What a server answers in place of an answer."""

import json
from dataclasses import replace

import pytest
from asking import OK, REQUEST, answer, transport
from loopback import chunked, delta, finish, head, sized, sse
from played import Played

from runware_magic.chat.events import Failed, Opened, UsageReport
from runware_magic.chat.messages import Message
from runware_magic.chat.parts import FilePart
from runware_magic.errors import (
    BalanceError,
    ConnectionLostError,
    KeyRefusedError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    ServerFailedError,
    TransportError,
)
from runware_magic.transport.connections import RequestCanceller
from runware_magic.transport.transport import Timeouts


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"{malformed", "application/json"), (b'{"answer": 42}', "application/json"), (b"[]", "text/plain")],
)
def test_json_that_is_no_answer_is_an_error(body, kind):
    """It does not pass for an empty answer."""
    with pytest.raises(TransportError, match="JSON in an unknown format"):
        answer(Played(sized(200, body, kind)))


def test_a_page_in_place_of_a_stream_is_an_error():
    """A wrong base URL often leads to a web site."""
    with pytest.raises(RefusedError, match="sent a web page"):
        answer(Played(sized(200, b"<!doctype html><script>alert(1)</script>", "text/html")))


def test_a_refused_pdf_is_one_line_that_says_what_may_be_the_reason():
    """No server tells beforehand what its models read; the request is not sent again."""
    pdf = FilePart(b"%PDF-1.7", "application/pdf", "paper.pdf")
    server = Played(sized(400, b'{"error": {"message": "Invalid value: \'file\'."}}'))
    with pytest.raises(RefusedError) as caught:
        answer(server, replace(REQUEST, messages=(Message("user", parts=(pdf,)),)))
    assert caught.value.hint == "Perhaps this model does not read PDF files: send text, or try another model."
    assert "Invalid value: 'file'" in str(caught.value)
    assert len(server.heard) == 1


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
def test_every_shape_of_error_body_is_read(body):
    """Its message reaches the user."""
    with pytest.raises(RefusedError, match="no such thing"):
        answer(Played(sized(400, json.dumps(body).encode())))


@pytest.mark.parametrize("body", [b"", b"null", b"<html><body>Bad gateway</body></html>", b"\xff\xfe", b"[" * 9999])
def test_an_error_without_a_readable_body_is_still_one(body):
    """HTML, nothing, rubbish: the status tells enough."""
    with pytest.raises(ServerFailedError) as caught:
        answer(Played(sized(502, body, "text/html")), timeouts=Timeouts(2, 2, retries=0))
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
def test_each_status_has_its_error(status, kind):
    """So that a caller can tell them apart."""
    with pytest.raises(kind) as caught:
        answer(Played(sized(status, b"{}", Location="http://127.0.0.1:1/")), timeouts=Timeouts(2, 2, retries=0))
    assert caught.value.status == status
    assert caught.value.hint


def test_an_outage_told_as_a_400_is_the_servers_failure():
    """The user's request was right."""
    with pytest.raises(ServerFailedError):
        answer(Played(sized(400, b'{"errors":[{"code":"providerUnavailable","message":"down"}]}')))


def test_a_redirect_is_not_followed(serve):
    """Neither the prompt nor the key goes anywhere else."""
    other = serve(OK)
    server = serve([head(307, Location=f"{other.url}/chat/completions", Content_Length="0")])
    with pytest.raises(RefusedError, match="redirects"):
        answer(server)
    assert not other.heard


BROKEN = {"error": {"message": "broke", "code": "c"}}


@pytest.mark.parametrize(
    "reply",
    [
        sized(200, json.dumps(BROKEN).encode()),
        sized(200, json.dumps(BROKEN).encode(), "text/event-stream"),
        chunked([sse(BROKEN)]),
        chunked([b": ping\n\n", sse(delta(role="assistant")), sse(BROKEN)]),
        chunked([sse({"usage": {"prompt_tokens": 0, "cost": 0}}), sse(BROKEN)]),
        chunked([b"event: error\n" + sse(BROKEN)]),
    ],
)
def test_an_error_alone_opens_no_answer(reply):
    """So that it leaves no turn."""
    events = [event for event in answer(Played(reply)) if not isinstance(event, UsageReport)]
    assert events == [Failed("broke", "c")]


@pytest.mark.parametrize(
    "first", [delta(content="x"), delta(reasoning="x"), finish(), {"usage": {"cost": 0.1}}, delta(tool_calls=[{}])]
)
def test_an_error_after_a_piece_of_an_answer_ends_an_open_one(first):
    """What had come is kept, or at least what it cost."""
    events = answer(Played(chunked([sse(first, BROKEN)])))
    assert events[0] == Opened(REQUEST)
    assert events[-1] == Failed("broke", "c")


@pytest.mark.parametrize("body", [b"", b"  \n", b"\xef\xbb\xbf", b": ping\n\n", sse("[DONE]"), b"Not found"])
@pytest.mark.parametrize("kind", ["text/event-stream", "application/json"])
def test_an_answer_without_anything_is_an_error(body, kind):
    """It opens nothing, and is no answer of no words."""
    server = Played(sized(200, body, kind))
    events = transport(server.url, medium=server).answer(REQUEST, RequestCanceller())
    with pytest.raises(ConnectionLostError, match="empty answer"):
        next(events)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (sized(200, b" \n<html>", "text/html"), "sent a web page instead of an answer (200). Check base_url."),
        (sized(200, b"\xef\xbb\xbf<html>"), "sent a web page instead of an answer (200). Check base_url."),
        (sized(201, b"<html>"), "sent a web page instead of an answer (201). Check base_url."),
        (sized(201, b'{"message": "made"}'), "sent no answer (201): made. Check base_url."),
        ([head(204)], "sent no answer (204). Check base_url."),
    ],
)
def test_a_success_that_is_no_answer_is_not_called_a_refusal(reply, said):
    """The request was fine; the address is not."""
    server = Played(reply)
    with pytest.raises(RefusedError) as caught:
        answer(server)
    assert str(caught.value) == f"127.0.0.1:{server.port} {said}"


ECHO = {"error": {"message": "Bad key sk-secret", "code": "sk-secret"}}
BEHIND = {"error": {"message": "Bad", "metadata": {"raw": json.dumps({"message": "sk-secret"})}}}


@pytest.mark.parametrize("status", [400, 401, 500])
@pytest.mark.parametrize("said", [*map(json.dumps, (ECHO, BEHIND, "y" * 295 + "sk-secret")), r'"sk-secre\u0074"'])
def test_a_refusal_does_not_repeat_the_key(status, said):
    """Nor a part of it, where the words are cut."""
    with pytest.raises(RefusedError) as caught:
        answer(Played(sized(status, said.encode())), timeouts=Timeouts(2, 2, 0))
    assert "…" in str(caught.value)
    assert "sk-" not in f"{caught.value} {caught.value.code}"


@pytest.mark.parametrize(
    "reply",
    [
        sized(200, json.dumps(ECHO).encode()),
        chunked([sse(ECHO)]),
        chunked([b"event: error\ndata: sk-secret\n\n"]),
        chunked([sse({"choices": [{"finish_reason": "error", "error": {"message": "sk-secret"}}]})]),
    ],
)
def test_an_error_inside_an_answer_does_not_repeat_the_key(reply):
    """Its words go to the record of the turn."""
    failed = answer(Played(reply))[-1]
    assert failed.message.endswith("…")
    assert "sk-" not in repr(failed)
