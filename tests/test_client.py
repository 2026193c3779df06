"""The conversation from Python."""

import _thread
import copy
import pickle
import signal
import threading
from contextlib import suppress
from decimal import Decimal

import pytest
from loopback import ANSWER, chunk, chunked, delta, finish, hang_up, head, sized, sse

from runware_magic import Chat, Turn
from runware_magic.chat.events import ContentDelta, OtherChoice
from runware_magic.chat.messages import Message
from runware_magic.errors import (
    ConnectionLostError,
    KeyRefusedError,
    OptionError,
    PromptError,
    RunwareError,
    StoppedError,
    UsageError,
)

OK = chunked([sse(value) for value in ANSWER])


@pytest.fixture
def chat(serve):
    """Make chats with scripted servers; closed at the end."""
    made = []

    def make(*replies, **options):
        server = serve(*(replies or (OK,)))
        made.append(Chat(base_url=server.url, **options))
        return made[-1], server

    yield make
    for each in made:
        each.close()


def test_ask_gives_a_turn(chat):
    """With its answer, usage, cost and timing; it shows richly."""
    talk, server = chat(model="m", system="Be brief.", temperature=0.5, max_tokens=7)
    turn = talk.ask("Hi", seed=1)
    assert (str(turn), turn.content, turn.model) == ("Hello", "Hello", "m")
    assert (turn.state, turn.finish_reason) == ("complete", "stop")
    assert (turn.usage.completion_tokens, turn.cost, turn.error) == (2, 0.00001, None)
    assert turn.timing.first_token_s <= turn.timing.total_s
    assert {"text/html", "text/markdown", "text/plain"} < set(turn._repr_mimebundle_())
    sent = server.heard[0].json
    assert (sent["temperature"], sent["max_completion_tokens"], sent["seed"]) == (0.5, 7, 1)
    assert sent["messages"][0] == {"role": "system", "content": "Be brief."}


def test_a_chat_remembers(chat):
    """Turns, and the messages as they would be sent."""
    talk, server = chat()
    first, second = talk.ask("one"), talk.ask("two")
    assert talk.turns == (first, second)
    assert second.parent == first.id
    assert talk.messages == (
        Message("user", "one"),
        Message("assistant", "Hello"),
        Message("user", "two"),
        Message("assistant", "Hello"),
    )
    assert len(server.heard[1].json["messages"]) == 3
    assert server.connections == 1


def test_stream_gives_events_and_the_turn_last(chat):
    """As they come."""
    talk, _ = chat()
    *events, turn = talk.stream("Hi")
    assert "".join(event.text for event in events if isinstance(event, ContentDelta)) == "Hello"
    assert isinstance(turn, Turn)
    assert talk.turns == (turn,)


def test_an_interrupt_stops_an_answer_on_windows(chat):
    """Where an interrupt does not end a wait; the text so far is kept."""
    begun = [head(Transfer_Encoding="chunked"), chunk(sse(delta(content="Hel")))]
    talk, _ = chat([*begun, lambda _: _thread.interrupt_main(signal.SIGINT), threading.Event()])
    with pytest.raises(StoppedError):
        talk.ask("Hi")
    assert [(turn.state, turn.content) for turn in talk.turns] == [("stopped", "Hel")]


def test_a_stream_that_is_closed_early_is_a_stopped_turn(chat):
    """What had come is kept, and the connection ends."""
    gate = threading.Event()
    talk, _ = chat([head(Transfer_Encoding="chunked"), chunk(sse(delta(content="Half"))), gate])
    stream = talk.stream("Hi")
    while not isinstance(next(stream), ContentDelta):
        pass
    stream.close()
    gate.set()
    assert [(turn.state, turn.content) for turn in talk.turns] == [("stopped", "Half")]
    assert not any(thread.name == "runware-call" for thread in threading.enumerate())


def test_an_error_leaves_the_conversation_as_it_was(chat):
    """A refusal leaves no turn; an answer that broke off leaves a failed one, which is not sent."""
    broken = [head(Transfer_Encoding="chunked"), chunk(sse(delta(content="Half"))), lambda s: s.shutdown(2)]
    talk, server = chat(sized(401, b"{}"), broken, OK)
    with pytest.raises(KeyRefusedError):
        talk.ask("one")
    assert talk.turns == ()
    with pytest.raises(ConnectionLostError):
        talk.ask("two")
    assert [(turn.state, turn.content) for turn in talk.turns] == [("failed", "Half")]
    talk.ask("three")
    assert [m["content"] for m in server.heard[2].json["messages"]] == ["three"]


def test_what_cannot_be_sent_is_said_before(chat):
    """Nothing goes out."""
    talk, server = chat()
    with pytest.raises(PromptError):
        talk.ask(" ")
    with pytest.raises(OptionError):
        talk.ask("Hi", temperature=9)
    with pytest.raises(OptionError):
        Chat(temperature=9)
    with pytest.raises(OptionError, match="top_k"):
        talk.ask("Hi", top_k=float("nan"))
    assert not server.heard


@pytest.mark.usefixtures("_sockets")
def test_without_a_key_the_demo_endpoint_answers():
    """And says that it is a script."""
    talk = Chat("demo:echo@1")
    turn = talk.ask("Say this back.")
    talk.close()
    assert "Say this back." in turn.content
    assert turn.endpoint == "demo"


@pytest.mark.usefixtures("_sockets")
def test_the_demo_endpoint_answers_where_the_environment_names_it(monkeypatch):
    """Whatever key there is."""
    monkeypatch.setenv("RUNWARE_API_KEY", "sk-of-mine")
    monkeypatch.setenv("RUNWARE_BASE_URL", "DEMO")
    with Chat() as talk:
        turn = talk.ask("Hi")
    assert (turn.endpoint, turn.model) == ("demo", "demo:tutor@1")


def test_finish_reasons_of_the_endpoint_are_kept(chat):
    """In its own words."""
    talk, _ = chat(chunked([sse(delta(content="x"), finish("content_filter"), "[DONE]")]))
    assert talk.ask("Hi").finish_reason == "content_filter"


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_chat_is_not_copied(chat, way):
    """Two that share connections, a budget and turns would mislead: one line says so, and how to keep the turns."""
    talk, _ = chat(api_key="rw-Recognisable")
    turn = talk.ask("Hi")
    with pytest.raises(UsageError, match=r"cannot be copied or pickled: .* Copy its turns") as raised:
        way(talk)
    assert "\n" not in str(raised.value)
    assert way(talk.turns)
    assert talk.turns == (turn,)


@pytest.mark.usefixtures("_sockets")
def test_a_chat_closes_itself():
    """At the end of a with block, whatever ends it; the turns stay."""
    before = set(threading.enumerate())
    with suppress(ZeroDivisionError), Chat("demo:echo@1") as talk:
        talk.ask("Hi")
        assert set(threading.enumerate()) > before
        raise ZeroDivisionError
    assert len(talk.turns) == 1
    assert set(threading.enumerate()) <= before


def test_a_chat_tells_what_it_is(chat):
    """Its repr names model, endpoint and turns; no key, open or closed."""
    talk, server = chat(model="m", api_key="rw-Recognisable")
    assert repr(talk) == f"<Chat with m at {server.url}, 0 turns>"
    talk.ask("Hi")
    talk.close()
    assert repr(talk) == f"<Chat with m at {server.url}, 1 turn>"
    assert repr(Chat()) == "<Chat with demo:tutor@1 at demo, 0 turns>"


WRONG = {
    "ask(bytes)": (lambda talk: talk.ask(b"x"), "prompt must be a string, not a value of type bytes. Decode"),
    "ask(None)": (lambda talk: talk.ask(None), "prompt must be a string, not None."),
    "ask(Turn)": (lambda talk: talk.ask(["Hi"]), "prompt must be a string, not a value of type list."),
    "stream(int)": (lambda talk: talk.stream(5), "prompt must be a string, not a value of type int."),
    "model": (lambda _: Chat(5), "model must be a string, not a value of type int."),
    "system": (lambda _: Chat("m", 5), "system must be a string, not a value of type int."),
    "base_url": (lambda _: Chat(base_url=5), "base_url must be a string, not a value of type int."),
    "base_url bytes": (
        lambda _: Chat(base_url=b"demo"),
        "base_url must be a string, not a value of type bytes. Decode",
    ),
    "api_key": (lambda _: Chat(api_key=5), "api_key must be a string, not a value of type int."),
    "budget": (lambda _: Chat(budget="x"), "budget must be an amount in US dollars, 0 or more, not 'x'."),
    "budget bool": (lambda _: Chat(budget=True), "budget must be an amount in US dollars, 0 or more, not True."),
    "budget nan": (lambda _: Chat(budget=float("nan")), "budget must be an amount in US dollars, 0 or more, not nan."),
    "record": (lambda _: Chat(record=5), "record must be a file path, not a value of type int."),
    "replay": (lambda _: Chat(replay=b"a.jsonl"), "replay must be a file path, not a value of type bytes."),
    "model, later": (lambda talk: setattr(talk, "model", 5), "model must be a string, not a value of type int."),
    "budget, later": (
        lambda talk: setattr(talk, "budget", -1),
        "budget must be an amount in US dollars, 0 or more, not -1.",
    ),
    "temperature": (lambda talk: talk.ask("x", temperature=9), "temperature must be a number from 0 to 2, not 9."),
    "temperature bool": (lambda _: Chat(temperature=True), "temperature must be a number from 0 to 2, not True."),
    "max_tokens": (lambda talk: talk.ask("x", max_tokens=b"7"), "max_tokens must be a whole number from 1, not b'7'."),
    "limit": (
        lambda talk: talk.ask("x", max_completion_tokens=1.5),
        "max_completion_tokens must be a whole number from 1, not 1.5.",
    ),
    "effort": (lambda talk: talk.ask("x", effort=5), "effort must be a string, not 5."),
    "effort list": (lambda talk: talk.ask("x", effort=["low"] * 9**5), "effort must be a string, not ['low', 'low'"),
    "stop": (lambda talk: talk.ask("x", stop=b"END"), "stop must be a string or a list of strings, not b'END'."),
    "any field": (lambda talk: talk.ask("x", top_k=Decimal(1)), "top_k has a value that JSON cannot represent: Dec"),
    "budget of one": (lambda talk: talk.ask("x", budget=0.1), "budget is not a request field. Pass it to Chat"),
    "system of one": (lambda talk: talk.ask("x", system="s"), "system is not a request field. Pass it to Chat"),
    "key of one": (lambda talk: talk.ask("x", api_key="k"), "api_key is not a request field. Pass it to Chat"),
    "an option of cells": (lambda _: Chat(once=True), "once is not a request field."),
}


@pytest.mark.parametrize(("wrong", "told"), WRONG.values(), ids=WRONG)
def test_a_wrong_type_is_told_by_the_name_of_its_argument(chat, wrong, told):
    """In one short line; nothing is sent, and the chat goes on."""
    talk, server = chat()
    with pytest.raises(UsageError) as raised:
        wrong(talk)
    assert str(raised.value).startswith(told)
    assert len(str(raised.value)) < 200
    assert "\n" not in str(raised.value)
    assert not server.heard
    assert talk.ask("Hi").content == "Hello"


def test_numbers_of_any_kind_are_numbers(chat):
    """What reads as one is one: a text, a Decimal."""
    talk, server = chat(temperature="0.5", max_tokens="7", budget=1)
    talk.ask("Hi", temperature=Decimal("0.3"))
    sent = server.heard[-1].json
    assert (sent["temperature"], sent["max_completion_tokens"]) == (0.3, 7)


@pytest.mark.parametrize("key", [b"rw-Recognisable", ["rw-Recognisable"]])
def test_a_key_of_the_wrong_type_is_not_shown(key):
    """Neither in the error nor in what a debugger shows of its frames."""
    with pytest.raises(RunwareError) as raised:
        Chat(api_key=key)
    assert "Recognisable" not in str(raised.value)
    frames = [entry.frame.f_locals for entry in raised.traceback if "runware_magic" in str(entry.path)]
    assert frames
    assert "Recognisable" not in repr(frames)


def test_two_streams_in_one_thread_do_not_meet(serve):
    """Each is read, and ended, over a connection of its own, in whatever order they are pulled."""
    gate = threading.Event()
    whole = chunked([sse(delta(content="one ")), sse(delta(content="two")), sse(finish(), "[DONE]")])
    server = serve([whole[0], whole[1], gate, *whole[2:]], whole)
    with Chat(base_url=server.url) as first, Chat(base_url=server.url) as second:
        slow, quick = first.stream("a"), second.stream("b")
        assert type(next(slow)).__name__ == "Opened"
        assert next(slow).text == "one "
        *_, turn = quick
        assert turn.content == "one two"
        gate.set()
        *_, turn = slow
        assert turn.content == "one two"
        assert [len(chat.turns) for chat in (first, second)] == [1, 1]


def test_values_and_files_go_along(chat, tmp_path):
    """Behind the prompt, under their names; the turn says what it has of them. Errors are worded for Python."""
    (tmp_path / "notes.md").write_text("# Notes")
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.7")
    talk, server = chat(model="m")
    turn = talk.ask("Why?", attach=[tmp_path / "notes.md", 42, tmp_path / "paper.pdf"])
    text, file = server.heard[0].json["messages"][0]["content"]
    assert text["text"] == "Why?\n\nnotes.md:\n\n```md\n# Notes\n```\n\nattachment 2:\n\n42\n\npaper.pdf:\n\n"
    assert file["file"] == {"filename": "paper.pdf", "file_data": "data:application/pdf;base64,JVBERi0xLjc="}
    assert [each.name for each in turn.attached] == ["notes.md", "attachment 2", "paper.pdf"]
    *_, streamed = talk.stream("And?", attach={"answer": 42})
    assert streamed.messages[0].content == "And?\n\nanswer:\n\n42"


def test_attach_is_no_field(chat):
    """Given to `Chat`, it would be sent with each request."""
    with pytest.raises(OptionError, match=r"attach is not a request field. Pass it to Chat.ask or Chat.stream."):
        chat(attach=[1])


def choice(index, text):
    """Make a chunk of one of several choices."""
    return {"choices": [{"index": index, "delta": {"content": text}}]}


def test_several_choices_are_one_turn(chat):
    """The first is the answer, and the others stand beside it; the chat goes on from the first."""
    talk, server = chat(chunked([sse(choice(0, "a"), choice(1, "b"), finish(), "[DONE]")]), OK)
    turn = talk.ask("Hi", n=2)
    assert talk.turns == (turn,)
    assert [turn.content, *(other.content for other in turn.other_choices)] == ["a", "b"]
    assert [message.content for message in talk.messages] == ["Hi", "a"]
    talk.ask("And?")
    assert [message["content"] for message in server.heard[1].json["messages"]] == ["Hi", "a", "And?"]
    copied = pickle.loads(pickle.dumps(turn))  # noqa: S301  # our own
    assert [other.content for other in copied.other_choices] == ["b"]


def test_choices_that_have_come_stay_when_a_stream_is_closed(chat):
    """Each as far as it came."""
    talk, _ = chat([head(Transfer_Encoding="chunked"), chunk(sse(choice(0, "a"), choice(1, "b"))), threading.Event()])
    for event in talk.stream("Hi", n=2):
        if isinstance(event, OtherChoice):
            break
    (turn,) = talk.turns
    assert [(each.content, each.state) for each in (turn, *turn.other_choices)] == [("a", "stopped"), ("b", "stopped")]


def test_choices_that_are_cut_off_do_not_take_the_answer_with_them(chat):
    """An answer that is complete stays so when the connection is lost within another choice."""
    ended = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    stream = [sse(choice(0, "a"), choice(1, "b"), ended, choice(1, "c"))]
    talk, _ = chat([head(Content_Length="9999"), *stream, hang_up])
    turn = talk.ask("Hi", n=2)
    (other,) = turn.other_choices
    assert (turn.state, turn.is_whole, turn.content) == ("complete", True, "a")
    assert (other.is_whole, other.content) == (False, "bc")


def test_probabilities_come_with_the_turn(chat):
    """By a number, or by the fields of the request."""
    scored = {"content": [{"token": "Hi", "logprob": -0.5, "top_logprobs": []}]}
    chunk_ = {"choices": [{"index": 0, "delta": {"content": "Hi"}, "logprobs": scored}]}
    talk, server = chat(chunked([sse(chunk_, finish(), "[DONE]")]))
    for fields in ({"logprobs": 2}, {"logprobs": True, "top_logprobs": 2}):
        assert [token.token for token in talk.ask("Hi", **fields).logprobs] == ["Hi"]
        sent = server.heard[-1].json
        assert (sent["logprobs"], sent["top_logprobs"]) == (True, 2)
