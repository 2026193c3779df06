"""What a server repeats of the key goes no further."""

import re

import pytest
from asking import OK, REQUEST, content
from calling import call
from hypothesis import given
from hypothesis import strategies as st
from loopback import ANSWER, chunked, closing, delta, finish, reset, sized, sse

from runware_magic.transport.connections import RequestCanceller
from runware_magic.transport.endpoint import Key, endpoint
from runware_magic.transport.redaction import redact_pieces
from runware_magic.transport.timeouts import Timeouts
from runware_magic.transport.transport import Transport

SECRET = "sk-Recognisable/7f3a9c"
KEY = Key(SECRET, "a test")


def hidden(pieces, key=KEY):
    """Return the pieces of a body without a key."""
    return [piece.decode() for piece in redact_pieces(map(str.encode, pieces), key)]


@given(
    st.lists(st.sampled_from(["a", "ab", "aab", "b", "c", "aabaabaac", "aabaab", ""])),
    st.integers(1, 4),
    st.sampled_from(["", "end"]),
)
def test_a_key_is_found_wherever_it_is_cut(parts, size, end):
    """In one piece or in many, the same bytes come out, whatever repeats itself in them."""
    text, key = "".join(parts) + end, Key("aabaabaac", "a test")
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    # The end of a body may be that of a key that was cut short.
    assert re.sub("aabaabaa$", "…", text.replace(key.reveal(), "…")) == "".join(hidden(pieces, key))


@given(st.lists(st.text("sk-Rx ")))
def test_bytes_without_the_key_come_out_as_they_are(pieces):
    """Also where they begin like one, again and again."""
    assert "".join(hidden(pieces)) == "".join(pieces)


def test_only_what_may_be_a_key_waits():
    """All else is given at once."""
    assert hidden(["the desk", "-", "Re", "al", "\n"]) == ["the de", "sk-Real", "\n"]


@pytest.mark.parametrize(("pieces", "come"), [(["a ", SECRET[:-1]], "a …"), (["desk", "-R"], "desk-R")])
def test_a_key_that_is_cut_short_is_none_the_less_hidden(pieces, come):
    """The body may end, or break off, in the middle of it; what is short may be a word."""

    def broken():
        yield from map(str.encode, pieces)
        raise ConnectionResetError

    taken = []
    with pytest.raises(ConnectionResetError):
        taken.extend(redact_pieces(broken(), KEY))
    assert b"".join(taken).decode() == "".join(hidden(pieces)) == come


@pytest.mark.parametrize("word", ["x", "EMPTY", "lm-studio", "sk-no-key-required"])
def test_what_stands_in_for_a_key_is_no_secret(word):
    """Where no key is wanted a client sends some word, and answers may speak of it."""
    assert hidden([f"Set it to {word}."], Key(word, "a test")) == [f"Set it to {word}."]


def exchanged(server, key=KEY):
    """Ask a server; give the events, the error, and what is kept of its bytes."""
    talk = Transport(endpoint(server.url, key), Timeouts(2, 2, 0))
    made = call(talk)
    events = list(made.events())
    made.close()
    talk.close()
    return events, made.outcome().error, made.body.read().decode()


@pytest.mark.parametrize(
    "reply",
    [
        chunked([sse(delta(content=f"Your key is {SECRET}."), finish(), "[DONE]")]),
        chunked([b": " + SECRET.encode() + b"\n\n", *map(sse, ANSWER)]),
        chunked([bytes([byte]) for byte in sse(delta(content=SECRET), finish(), "[DONE]")]),
        chunked([sse(delta(content=SECRET)).replace(b"/", b"\\/"), sse(finish(), "[DONE]")]),
        chunked([sse(delta(content=SECRET.replace("/", "%2F")), finish(), "[DONE]")]),
        chunked([sse(delta(tool_calls=[{"id": SECRET, "function": {"name": SECRET, "arguments": SECRET}}]), "[DONE]")]),
        chunked([sse({"choices": [], "citations": [f"https://x.org/{SECRET}"]}), sse("[DONE]")]),
        chunked([sse({"choices": [], "search_results": [{"title": SECRET}]}).replace(b"/", b"\\/"), sse("[DONE]")]),
        chunked([sse(delta(content="x"), {"error": {"message": SECRET, "code": SECRET}})]),
        chunked([sse(delta(content=f"x {SECRET}")), sse(delta(content="y"))[:9]]),
        [*closing([sse(delta(content="x")), b": " + SECRET[:-1].encode()])[:-1], reset],
        sized(401, f'{{"error": {{"message": "bad {SECRET}", "code": "{SECRET}"}}}}'.encode()),
        sized(500, SECRET.encode(), "text/html", Set_Cookie=f"a={SECRET}", Retry_After=SECRET),
        sized(302, b"", Location=f"http://e.invalid/{SECRET}"),
        sized(200, f'{{"choices": [{{"message": {{"content": "{SECRET}"}}}}]}}'.encode(), X_Key=SECRET),
        [f"HTTP/1.1 200 {SECRET}\r\nContent-Length: 2\r\n{SECRET}\r\nnonsense\r\n\r\n{{}}".encode()],
        [f"{SECRET}\r\n\r\n".encode(), lambda connection: connection.shutdown(2)],
    ],
)
def test_nothing_that_a_server_repeats_comes_through(serve, reply, caplog):
    """In the answer, a comment, a call, an error, a header; cut anywhere, escaped; nor into kept bytes and logs."""
    caplog.set_level(1)
    events, error, body = exchanged(serve(reply))
    told = "\n".join(map(repr, [events, error, vars(error) if error else "", body, *map(vars, caplog.records)]))
    assert SECRET not in told + caplog.text
    assert SECRET[3:-1] not in told.replace("\\\\", "")
    assert error or events


def test_a_row_of_the_list_of_models_holds_none(serve):
    """Names in it are shown, and completed to."""
    talk = Transport(endpoint(serve(sized(200, f'[{{"id": "m-{SECRET}"}}]'.encode())).url, KEY))
    assert [row["id"] for row in talk.models()] == ["m-…"]
    talk.close()


def test_an_ordinary_answer_is_kept_byte_for_byte(serve):
    """Nothing is redacted where nothing is secret."""
    events, error, body = exchanged(serve(OK))
    assert (content(events), error, body) == ("Hello", None, b"".join(map(sse, ANSWER)).decode())


def test_the_key_is_sent(serve):
    """Word for word, whatever stands for it before the socket; and to no prompt that speaks of it."""
    server = serve(OK)
    talk = Transport(endpoint(server.url, KEY))
    list(talk.answer(REQUEST, RequestCanceller()))
    talk.close()
    assert server.heard[0].headers["authorization"] == f"Bearer {SECRET}"


def test_a_key_is_found_as_each_kind_of_server_writes_json():
    """In the letters of the key itself, in those of PHP and in those of .NET."""
    key = Key("rw-Recognisable+a/b==", "a test")
    for written in ("rw-Recognisable+a/b==", r"rw-Recognisable+a\/b==", r"rw-Recognisable\u002Ba/b=="):
        assert b"".join(redact_pieces([f'{{"content": "{written}"}}'.encode()], key)) == '{"content": "…"}'.encode()
