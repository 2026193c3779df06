"""What a server repeats of the key goes no further."""

import re

import pytest
from asking import OK, REQUEST, content
from hypothesis import given
from hypothesis import strategies as st
from loopback import ANSWER, chunked, closing, delta, finish, reset, sized, sse

from runware_magic.chat.events import (
    ContentDelta,
    ContentWasReasoning,
    Ended,
    Failed,
    Finished,
    ReasoningDelta,
    ToolCallDelta,
)
from runware_magic.errors import ConnectionLostError, RunwareError
from runware_magic.wire.connections import Cutter
from runware_magic.wire.endpoint import Key, endpoint
from runware_magic.wire.exchange import Exchange
from runware_magic.wire.patience import Patience
from runware_magic.wire.redaction import Redactor, hidden_in_events
from runware_magic.wire.transport import Transport

SECRET = "sk-Recognisable/7f3a9c"
KEY = Key(SECRET, "a test")


def fed(pieces, secret=SECRET, mark="…"):
    """Feed a redactor; give all that came out."""
    redactor = Redactor(secret, mark)
    return "".join([*map(redactor.feed, pieces), redactor.rest()])


@given(st.lists(st.sampled_from(["a", "ab", "aab", "b", "c", "aabaabaac", "aabaab", ""])), st.integers(1, 4))
def test_a_secret_is_found_wherever_it_is_cut(parts, size):
    """In one piece or in many, the same text comes out, whatever repeats itself in it."""
    text, secret = "".join(parts), "aabaabaac"
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    whole = fed([text], secret)
    assert secret not in fed(pieces, secret)
    # A first character or three of the secret may have been given before it was one.
    assert re.fullmatch(re.escape(whole).replace("…", "a{0,2}b?…"), fed(pieces, secret))


@given(st.lists(st.text("sk-Rx ")))
def test_a_text_without_the_secret_comes_out_as_it_is(pieces):
    """Also where it begins like one, again and again."""
    assert fed(pieces) == "".join(pieces)


def test_words_do_not_wait():
    """What begins like a key is given at once, until it can hardly be anything else."""
    redactor = Redactor(SECRET, "…")
    assert [redactor.feed(text) for text in ("the desk", "-", "Re", "al")] == ["the desk", "-", "", "Real"]
    assert redactor.rest() == ""


def test_a_secret_that_is_cut_short_is_none_the_less_hidden():
    """The text may end in the middle of it."""
    assert fed([SECRET[:-1]]) in {"…", "sk-…"}
    assert fed(["desk", "-R"]) == "desk-R"


def hidden(*events):
    """Give events without the key, and whether it was there."""
    found = []
    return list(hidden_in_events(events, KEY, lambda: found.append(1))), bool(found)


def texts(events, kind):
    """Join the texts of a kind."""
    return "".join(event.text for event in events if isinstance(event, kind))


def test_each_text_of_an_answer_is_watched_by_itself():
    """Answer, reasoning and arguments come interleaved, letter by letter, each with the key in it."""
    letters = [
        event
        for letter in SECRET
        for event in (ContentDelta(letter), ReasoningDelta(letter), ToolCallDelta(0, arguments=letter))
    ]
    events, found = hidden(*letters, Finished("stop"), Ended())
    arguments = "".join(event.arguments for event in events if isinstance(event, ToolCallDelta))
    assert (texts(events, ContentDelta), texts(events, ReasoningDelta), arguments) == ("sk-…", "sk-…", "sk-…")
    assert events[-1] == Ended()
    assert found


def test_the_rest_of_an_answer_holds_none_either():
    """Names and ids of calls, the reason of the end, errors and their codes."""
    events, found = hidden(ToolCallDelta(0, SECRET, SECRET, "{}"), Finished(SECRET), Failed(SECRET, SECRET))
    assert events == [ToolCallDelta(0, "…", "…", "{}"), Finished("…"), Failed("…", "…")]
    assert found


def test_an_answer_without_it_is_the_same_event_for_event():
    """Nothing is held back for longer than it may be a key."""
    told = [ReasoningDelta("Hm"), ContentWasReasoning(), ContentDelta("desk-"), ContentDelta("top"), Ended()]
    assert hidden(*told) == (told, False)


def test_what_is_held_back_when_the_line_breaks_is_given():
    """It may be a word after all."""

    def broken():
        yield ContentDelta("sk-Rec")
        msg = "gone"
        raise ConnectionLostError(msg)

    taken = []
    with pytest.raises(ConnectionLostError):
        taken.extend(hidden_in_events(broken(), KEY, list))
    assert texts(taken, ContentDelta) == "sk-Rec"


@pytest.mark.parametrize("word", ["x", "EMPTY", "lm-studio", "sk-no-key-required"])
def test_what_stands_in_for_a_key_is_no_secret(word):
    """Where no key is wanted a client sends some word, and answers may speak of it."""
    told = [ContentDelta(f"Set it to {word}."), Ended()]
    assert list(hidden_in_events(told, Key(word, "a test"), list)) == told


def exchanged(server, key=KEY):
    """Ask a server; give the events, the error, and what is kept of its bytes."""
    talk = Transport(endpoint(server.url, key), Patience(2, 2, 0))
    exchange = Exchange(talk, REQUEST)
    events, error = [], None
    try:
        for batch in exchange:
            events += batch
    except RunwareError as caught:
        error = caught
    exchange.close()
    talk.close()
    return events, error, exchange.body.read().decode()


@pytest.mark.parametrize(
    "reply",
    [
        chunked([sse(delta(content=f"Your key is {SECRET}."), finish(), "[DONE]")]),
        chunked([b": " + SECRET.encode() + b"\n\n", *map(sse, ANSWER)]),
        chunked([bytes([byte]) for byte in sse(delta(content=SECRET), finish(), "[DONE]")]),
        chunked([sse(*(delta(content=letter) for letter in SECRET), finish(), "[DONE]")]),
        chunked([sse(*(delta(reasoning_content=letter) for letter in SECRET), finish(), "[DONE]")]),
        chunked([sse(delta(content=SECRET)).replace(b"k-", b"k\\u002d"), sse(finish(), "[DONE]")]),
        chunked([sse(delta(content=SECRET)).replace(b"/", b"\\/"), sse(finish(), "[DONE]")]),
        chunked([sse(delta(content=SECRET.replace("/", "%2F")), finish(), "[DONE]")]),
        chunked([sse(delta(tool_calls=[{"id": SECRET, "function": {"name": SECRET, "arguments": SECRET}}]), "[DONE]")]),
        chunked([sse(delta(content="x"), {"error": {"message": SECRET, "code": SECRET}})]),
        chunked([sse(delta(content=f"x {SECRET}")), sse(delta(content="y"))[:9]]),
        [*closing([sse(delta(content="x " + SECRET[:-1]))])[:-1], reset],
        sized(401, f'{{"error": {{"message": "bad {SECRET}", "code": "{SECRET}"}}}}'.encode()),
        sized(500, SECRET.encode(), "text/html", Set_Cookie=f"a={SECRET}", Retry_After=SECRET),
        sized(302, b"", Location=f"http://e.invalid/{SECRET}"),
        sized(200, f'{{"choices": [{{"message": {{"content": "{SECRET}"}}}}]}}'.encode(), X_Key=SECRET),
        [f"HTTP/1.1 200 {SECRET}\r\nContent-Length: 2\r\n{SECRET}\r\nnonsense\r\n\r\n{{}}".encode()],
        [f"{SECRET}\r\n\r\n".encode(), lambda connection: connection.shutdown(2)],
    ],
)
def test_nothing_that_a_server_repeats_comes_through(serve, reply, caplog):
    """In the answer, a comment, a call, an error, a header; whole, in pieces, escaped; kept bytes and logs included."""
    caplog.set_level(1)
    events, error, body = exchanged(serve(reply))
    told = "\n".join(map(repr, [events, error, vars(error) if error else "", body, *map(vars, caplog.records)]))
    assert SECRET not in told + caplog.text
    assert SECRET[3:-1] not in told.replace("\\\\", "")
    assert all(letter not in body or SECRET not in "".join(re.findall(r'content": "(.)"', body)) for letter in "R7")
    assert error or events


def test_where_it_came_in_pieces_the_bytes_are_not_kept(serve):
    """A look at them would not find it, and a reader would."""
    _, _, body = exchanged(serve(chunked([sse(*(delta(content=x) for x in SECRET), finish(), "[DONE]")])))
    assert body == ": What came repeated the key in pieces, so it is not kept.\n"


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
    list(talk.answer(REQUEST, Cutter()))
    talk.close()
    assert server.heard[0].headers["authorization"] == f"Bearer {SECRET}"
