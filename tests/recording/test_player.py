"""Replaying: the same answers, byte for byte, at the same pace, from nowhere."""

import random
import threading
import time
from dataclasses import replace
from itertools import pairwise

import pytest
from asking import KEY, OK, PIECES, REQUEST, content
from calling import call, started
from growth import PROMPTLY_S
from loopback import chunk, chunked, closing, delta, finish, hang_up, head, sized, sse
from recorded import AT_ONCE, asked, no_network, played, recorded, replaying, talking  # noqa: F401  # a fixture

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.events import ContentDelta, ReasoningDelta, Retrying, ToolCallDelta, UsageReport
from runware_magic.chat.messages import Message, ToolCall
from runware_magic.chat.request import Request
from runware_magic.chat.sources import Source
from runware_magic.chat.turn import Reply, Timing, Turn
from runware_magic.chat.usage import Usage
from runware_magic.demo import DemoEndpoint
from runware_magic.engine.connections import Connections
from runware_magic.errors import NotRecordedError, RunwareError, TransportError
from runware_magic.recording.file import read
from runware_magic.recording.format import Recorded, Recording
from runware_magic.recording.from_turns import retold
from runware_magic.recording.mismatch import difference
from runware_magic.recording.player import Player
from runware_magic.recording.recorder import Recorder
from runware_magic.transport.connections import RequestCanceller
from runware_magic.transport.endpoint import Key, endpoint
from runware_magic.transport.transport import Timeouts

SMILE = 'data: {"choices": [{"delta": {"content": "abcd\U0001f600"}}]}\n\n'.encode()
CUT = SMILE.index(b"\xf0") + 2
BUSY = sized(429, b'{"error": "busy"}', Retry_After="0")
OTHER_LIMIT = sized(400, b'{"error": {"message": "use max_tokens", "param": "max_completion_tokens"}}')
KEPT_OPEN = [head(Transfer_Encoding="chunked"), *map(chunk, PIECES), threading.Event()]
REPLIES = {
    "a whole answer": (OK,),
    "an emoji that is cut": (chunked([SMILE[:CUT], SMILE[CUT:], PIECES[-1]]),),
    "a body that ends by closing": (closing(PIECES),),
    "a body without its end": (chunked(PIECES[:-1]),),
    "a body that closes too early": (closing(PIECES[:2]),),
    "a line that breaks": ([head(Transfer_Encoding="chunked"), *map(chunk, PIECES[:2]), hang_up],),
    "silence in the middle": ([head(Transfer_Encoding="chunked"), chunk(PIECES[1]), threading.Event()],),
    "silence after the end": (KEPT_OPEN,),
    "silence from the beginning": ([threading.Event()],),
    "the end instead of an answer": ([hang_up],),
    "an error in the stream": (chunked([PIECES[1], sse({"error": {"message": "broken"}})]),),
    "bytes that are no text": (chunked([b'data: {"choices":[{"delta":{"content":"\xff"}}]}\n\n', PIECES[-1]]),),
    "JSON where a stream was asked for": (sized(200, b'{"choices": [{"message": {"content": "Hi"}}]}'),),
    "a page": (sized(200, b"<html>", "text/html"),),
    "a refusal": (sized(401, b'{"error": "no"}'),),
    "a refusal, twice": (BUSY,),
    "a refusal, then an answer": (BUSY, OK),
    "the other name of the limit": (OTHER_LIMIT, OK),
    "nothing": (sized(200, b""),),
}


@pytest.mark.parametrize("name", REPLIES)
def test_whatever_came_comes_again(serve, tmp_path, no_network, name):  # noqa: F811
    """The same events, the same bytes and the same error, without a server and without a network."""
    path = tmp_path / "lesson.jsonl"
    (live,), _ = recorded(path, serve(*REPLIES[name]).url)
    no_network()
    assert settled(played(replaying(path))) == settled(live)


def settled(came):
    """Return what came, without the exact waits between attempts."""
    events, error, body = came
    return (
        [replace(event, wait_s=round(event.wait_s, 1)) if isinstance(event, Retrying) else event for event in events],
        error,
        body,
    )


def test_where_no_server_was_there_is_none(tmp_path, serve, no_network):  # noqa: F811
    """The error is that of the endpoint, by its name."""
    server = serve(OK)
    url = server.url
    server.stop()
    (live,), _ = recorded(tmp_path / "a", url)
    no_network()
    assert played(replaying(tmp_path / "a")) == live
    assert "refused the connection" in live[1][1]


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        ("unknown name", "The host name h was not found"),
        ("no connection", "h did not accept a connection"),
        ("no secure connection", "No secure connection to h"),
        ("whatever else", "h closed the connection without an answer"),
    ],
)
def test_what_no_server_here_can_do_is_replayed_too(ended, said):
    """By the word that stands in the recording."""
    player = Player(Recording("x", (Recorded("2026", "https://h/v1", REQUEST, None, ended=ended),)), AT_ONCE)
    assert said in asked(talking(player.endpoint, player))[1][1]


def timed(made):
    """Read an answer; return its text, its bytes, and the seconds of its first word and its end."""
    turn = made.run().turn
    made.close()
    return turn.content, made.body.read(), turn.timing.first_token_s, turn.timing.total_s


@pytest.mark.usefixtures("_sockets", "paced")
def test_the_demo_replays_byte_for_byte_at_its_pace(tmp_path, no_network):  # noqa: F811
    """Within ten per cent, with the demo stopped and the network blocked; twice as fast where that is asked for."""
    path = tmp_path / "lesson.jsonl"
    request = Request("demo:tutor@1", (Message("user", "Explain recursion in two sentences."),), {"max_tokens": 70})
    with DemoEndpoint() as demo:
        talk = talking(endpoint(demo.base_url, Key(demo.key, "a test"), name="demo"), Recorder(path), Timeouts(2, 5, 0))
        text, body, *live = timed(call(talk, request))
        talk.close()
    no_network()
    assert live[1] > 1
    for speed in (1, 2):
        talk = replaying(path, speed)
        again, sent, *pace = timed(call(talk, request))
        talk.close()
        assert (again, sent) == (text, body)
        # To begin takes a moment, at any speed.
        assert pace == pytest.approx([seconds / speed for seconds in live], rel=0.1, abs=0.1)


def test_the_wait_between_attempts_is_the_recorded_one():
    """At the speed of the replay, whatever the endpoint had asked for then."""
    busy = Recorded("2026", "https://h/v1", REQUEST, 429, ended_s=0.1)
    done = Recorded("2026", "https://h/v1", REQUEST, 200, pieces=((0.0, b"".join(PIECES)),), attempt=2, sent_s=0.3)
    player = Player(Recording("x", (busy, done)), 2)
    talk = talking(player.endpoint, player)
    waits = [event.wait_s for event in talk.answer(REQUEST, RequestCanceller()) if isinstance(event, Retrying)]
    assert waits == [pytest.approx(0.1)]


def test_each_time_has_its_own_answer_and_the_last_one_comes_again(serve, tmp_path):
    """Same request, n-th time, n-th answer."""
    path = tmp_path / "lesson.jsonl"
    replies = [chunked([sse(delta(content=text), finish(), "[DONE]")]) for text in "abc"]
    recorded(path, serve(*replies).url, REQUEST, REQUEST, REQUEST)
    talk = replaying(path)
    assert [content(asked(talk)[0]) for _ in range(5)] == ["a", "b", "c", "c", "c"]


def test_several_alike_at_once_keep_their_order():
    """By where they begin, whichever thread is the first to send."""
    pieces = [((0.0, sse(delta(content=text), finish(), "[DONE]")),) for text in "abc"]
    exchanges = [Recorded(f"2026-{n}", "https://h/v1", REQUEST, 200, pieces=each) for n, each in enumerate(pieces)]
    player = Player(Recording("x", tuple(exchanges)), AT_ONCE)
    talk = talking(player.endpoint, player)
    cancellers = [RequestCanceller() for _ in range(3)]
    for canceller in cancellers:
        talk.expect(REQUEST, canceller)
    said = [content(talk.answer(REQUEST, canceller)) for canceller in reversed(cancellers)]
    assert said == ["c", "b", "a"]


def test_the_model_list_is_replayed_where_it_was_asked_for(serve, tmp_path):
    """And an error in one line where it was not."""
    path = tmp_path / "lesson.jsonl"
    talk = talking(endpoint(serve(sized(200, b'[{"id": "a"}]')).url, KEY), Recorder(path))
    rows = talk.models()
    talk.close()
    assert replaying(path).models() == rows == [{"id": "a"}]
    empty = Player(Recording("x.jsonl", ()))
    with pytest.raises(NotRecordedError, match=r"x\.jsonl contains no list of models"):
        talking(empty.endpoint, empty).models()


def test_a_stop_ends_a_replay_at_once():
    """Whatever it waits for: here for an hour."""
    for after_s, at_s in ((3600, 3600), (0, 3600)):
        one = Recorded(
            "2026", "https://h/v1", REQUEST, 200, after_s=after_s, pieces=((0, PIECES[1]), (at_s, PIECES[2]))
        )
        player = Player(Recording("x", (one,)))
        under_way = started(talking(player.endpoint, player))
        began_s = time.monotonic()
        under_way.stop()
        under_way.close()
        assert under_way.has_let_go
        assert time.monotonic() - began_s < PROMPTLY_S


def test_bytes_that_have_come_are_given_at_once():
    """As from a socket: at any speed, what is due is one piece."""
    pieces = tuple((float(at_s), piece) for at_s, piece in enumerate(PIECES))
    one = Recorded("2026", "https://h/v1", REQUEST, 200, pieces=pieces)
    player = Player(Recording("x", (one,)), AT_ONCE)
    given = []
    list(talking(player.endpoint, player).answer(REQUEST, RequestCanceller(), given.append))
    assert given == [b"".join(PIECES)]


PROMPTS = ["Explain recursion in two sentences.", "What is the capital of Norway?"]
ANSWERS = tuple(
    Recorded(f"2026-{n}", "https://h/v1", Request("m", (Message("user", text),), {"seed": 1}), 200)
    for n, text in enumerate(PROMPTS)
)
BEFORE = (Message("user", "Hi"), Message("assistant", "Hello"))
UNKNOWN = [
    (
        Request("m", (Message("user", "Explain recursion in three sentences."),), {"seed": 1}),
        "(recorded → here): “Explain recursion in [two → three] sentences.”",
    ),
    (
        Request("m", (Message("user", "What is the capital of France?"),), {"seed": 1}),
        "(recorded → here): “What is the capital of [Norway? → France?]”",
    ),
    (
        Request("m", (Message("user", "Explain recursion in two\r\nsentences."),), {"seed": 1}),
        r"it has 'Explain recursion in two sentences.', here it is 'Explain recursion in two\r\nsentences.'",
    ),
    (
        Request("m", (Message("user", "  What is the capital of Norway?"),), {"seed": 1}),
        "it has 'What is the capital of N', here it is '  What is the capital of'",
    ),
    (replace(ANSWERS[0].request, model="n"), "a different request: the model was m, here it is n."),
    (replace(ANSWERS[0].request, parameters={"seed": 2}), "a different request: seed was 1, here it is 2."),
    (replace(ANSWERS[0].request, parameters={}), "a different request: seed was 1, here it is not set."),
    (
        replace(ANSWERS[0].request, messages=(*BEFORE, *ANSWERS[0].request.messages)),
        "with a different request: the messages before it are different",
    ),
]


@pytest.mark.parametrize(("request_", "said"), UNKNOWN)
def test_a_request_that_was_not_recorded_names_the_nearest_in_one_line(request_, said):
    """With what is different: the prompt, or else what it was asked with."""
    player = Player(Recording("lesson.jsonl", ANSWERS), AT_ONCE)
    with pytest.raises(NotRecordedError) as caught:
        list(talking(player.endpoint, player).answer(request_, RequestCanceller()))
    assert str(caught.value).startswith("lesson.jsonl ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("recorded_", "asked_", "shown"),
    [
        ("a b c", "a x c", "a [b → x] c"),
        ("a b", "a b c", "a b[ → c]"),
        ("a  b\n c", "a b d", "a b [c → d]"),
        ("", "x", "[ → x]"),
        ("word " * 50 + "old", "word " * 50 + "new", "…ord word word word word [old → new]"),
        ("old" + " word" * 50, "new" + " word" * 50, "[old → new] word word word word wor…word word word word word"),
        ("x" * 90, "y" * 90, f"[{'x' * 47}… → {'y' * 47}…]"),
    ],
)
def test_differences_are_short(recorded_, asked_, shown):
    """A few words beside what is not alike."""
    assert difference(recorded_, asked_) == shown


def test_a_difference_late_in_a_long_prompt_is_shown():
    """Also behind what is compared word by word."""
    long = Recorded("2026", "e", Request("m", (Message("user", "word " * 900 + "old"),), {}), 200)
    asked_ = Request("m", (Message("user", "word " * 900 + "new"),), {})
    assert "word old', here it is" in str(Player(Recording("x", (long,))).unknown(asked_))


def test_the_nearest_of_many_is_found_at_once():
    """Among long prompts that have most of their words in common, and short ones; and how it was asked counts too."""
    words = "the of and a to in is you that it he was for on are as with his they at be this have from or one had by"
    chosen = random.Random(1)  # noqa: S311  # no secret, and the same each time
    prompts = [" ".join(chosen.choices(words.split(), k=250)) for _ in range(300)] + ["the", "a"] * 20
    recorded_ = tuple(
        Recorded(f"2026-{n:03}", "e", Request("m", (Message("user", text),), {"seed": n}), 200)
        for n, text in enumerate(prompts)
    )
    asked_ = Request("m", (Message("user", prompts[137].replace(" the ", " no ", 3)),), {"seed": 1})
    began_s = time.monotonic()
    error = Player(Recording("x", recorded_)).unknown(asked_)
    assert "[the → no]" in str(error)
    assert time.monotonic() - began_s < 20
    sweep = [
        Recorded(f"2026-{n:03}", "e", Request("m", REQUEST.messages, {"seed": n // 2, "n": n}), 200) for n in range(50)
    ]
    asked_ = Request("m", REQUEST.messages, {"seed": 20, "n": 99})
    assert "seed" not in str(Player(Recording("x", tuple(sweep))).unknown(asked_))


def test_an_empty_recording_says_so():
    """There is no nearest prompt."""
    player = Player(Recording("lesson.jsonl", ()))
    with pytest.raises(TransportError, match="contains no answers"):
        list(talking(player.endpoint, player).answer(REQUEST, RequestCanceller()))


def told(**fields):
    """Return a turn."""
    return Turn(
        **{
            "id": "1",
            "model": "m",
            "endpoint": "https://h/v1",
            "messages": REQUEST.messages,
            "timing": Timing("2026-11-25T13:40:02Z", 0.5, 2.5),
            "reply": Reply("Two words, or three: \U0001f600.", "Let me think.", (ToolCall("c", "f", "{}"),)),
            "state": "complete",
            "finish_reason": "stop",
            "usage": Usage(1, 2, 3, 0.5, None, 1),
            **fields,
        }
    )


def again(turn, clock=time.monotonic):
    """Replay a turn; return the new turn, and when its words come."""
    exchange = retold(turn, REQUEST, "2026-11-25T13:40:02Z")
    player = Player(Recording("x", (exchange,)), AT_ONCE, clock=clock)
    builder = TurnBuilder(replace(turn, reply=Reply(), usage=None, finish_reason=None, sources=()))
    error = None
    try:
        for event in talking(player.endpoint, player).answer(REQUEST, RequestCanceller()):
            builder.fold(event, 0.5)
    except RunwareError as caught:
        error = caught
    return replace(builder.snapshot(turn.state), timing=turn.timing), error, exchange


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"usage": None},
        {"finish_reason": "length"},
        {"reply": Reply("Hi")},
        {"finish_reason": None, "maybe_cut": True},
        {"sources": (Source("https://x.org/", "X"), Source("", "Y"))},
    ],
)
def test_a_turn_of_a_notebook_is_told_again_as_a_stream(fields):
    """Reasoning, answer, tool calls, usage and the reason of its end, through the very same decoder."""
    turn = told(**fields)
    rebuilt, error, _ = again(turn)
    assert (rebuilt, error) == (turn, None)


def test_a_turn_is_told_again_at_an_even_pace():
    """From its first word to its end."""
    *_, exchange = again(told())
    times = [at_s for at_s, _ in exchange.pieces[1:-1]]
    gaps = [after - before for before, after in pairwise(times)]
    assert (times[0], times[-1], exchange.pieces[-1][0]) == (0.5, 2.5, 2.5)
    assert gaps == pytest.approx([gaps[0]] * len(gaps))


def test_a_stopped_turn_ends_where_it_was_and_says_so():
    """Nobody is there to stop it again, and later turns were asked after it."""
    turn = told(state="stopped", finish_reason=None)
    rebuilt, error, _ = again(turn)
    assert (rebuilt.reply, rebuilt.finish_reason, error) == (turn.reply, "stopped", None)


def test_a_failed_turn_breaks_off():
    """Where it did."""
    turn = told(state="failed", finish_reason=None, sources=(Source("https://x.org/", "X"),))
    rebuilt, error, _ = again(turn)
    assert (rebuilt.reply, rebuilt.sources) == (turn.reply, turn.sources)
    assert "before the answer was complete" in str(error)


def test_the_events_are_those_of_an_endpoint():
    """Words, reasoning, tool calls and usage."""
    exchange = retold(told(), REQUEST, "2026-11-25")
    player = Player(Recording("x", (exchange,)), AT_ONCE)
    events = list(talking(player.endpoint, player).answer(REQUEST, RequestCanceller()))
    for kind in (ContentDelta, ReasoningDelta, ToolCallDelta, UsageReport):
        assert any(isinstance(event, kind) for event in events)


def test_a_recording_tells_its_days_and_who_answered(tmp_path, serve):
    """The endpoint that stands for it is called as the one that answered most."""
    path = tmp_path / "lesson.jsonl"
    url = serve(OK).url
    recorded(path, url)
    player = Player(read(path))
    assert player.dates == ("2026-11-25",)
    assert player.endpoint.name == url
    assert player.endpoint.host in url
    assert (player.requests, player.coming(REQUEST).endpoint) == (1, url)


@pytest.mark.parametrize(
    "name", ["", "//", "http://[", "http://h:port\n", "x" * 1000, "https://h/\x1b[2J", "javascript:alert(1)", "demo "]
)
def test_an_endpoint_that_cannot_be_called_so_is_called_as_the_recording(name):
    """A recording may come from anywhere: what it says of who answered is no address of ours."""
    one = Recorded("2026", name, REQUEST, 200, pieces=((0.0, b"".join(PIECES)),))
    player = Player(Recording("lesson.jsonl", (one,)), AT_ONCE)
    assert (player.endpoint.host, player.endpoint.is_demo) == ("lesson.jsonl", False)
    assert content(talking(player.endpoint, player).answer(REQUEST, RequestCanceller()))


def test_a_request_is_tried_as_often_as_it_was_then(serve, tmp_path):
    """However often this kernel would: a lesson has its answers at the end of the same waits."""
    refused = sized(503, b"busy", Retry_After="0")
    recorded(tmp_path / "a", serve(refused, OK).url)
    recorded(tmp_path / "b", serve(refused).url)
    for path, retries, events in ((tmp_path / "a", 0, 1), (tmp_path / "b", 5, 1)):
        player = Player(read(path), AT_ONCE)
        connections = Connections()
        connections.replay(player)
        talk = connections.transport(player.endpoint, Timeouts(retries=retries))
        came, error, _ = asked(talk)
        assert sum(isinstance(event, Retrying) for event in came) == events
        assert bool(error) == (path.name == "b")


def test_nothing_goes_out_for_a_replay_that_has_ended(no_network):  # noqa: F811
    """An answer in the background may be about to be asked just then."""
    no_network()
    connections = Connections()
    connections.replay(Player(Recording("x.jsonl", ANSWERS), AT_ONCE))
    where = connections.player.endpoint
    connections.live()
    for ask in (lambda: connections.transport(where, Timeouts()), lambda: connections.routed(where, REQUEST)):
        with pytest.raises(NotRecordedError, match=r"The replay of x\.jsonl has ended"):
            ask()


def test_where_no_server_was_nobody_goes_on_trying():
    """The error is the same, and comes after as many attempts as then."""
    gone = Recorded("2026", "https://h/v1", REQUEST, None, ended="no server")
    player = Player(Recording("x", (gone,)), AT_ONCE)
    came, error, _ = asked(talking(player.endpoint, player, Timeouts(retries=1000)))
    assert (came, error) == (
        [],
        ("ConnectError", "h refused the connection (nothing is listening there). Check base_url and the network."),
    )
