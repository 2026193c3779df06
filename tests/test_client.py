"""The conversation from Python."""

import threading

import pytest
from loopback import ANSWER, chunk, chunked, delta, finish, head, sized, sse

from runware_magic import Chat, Turn
from runware_magic.chat.events import ContentDelta
from runware_magic.chat.messages import Message
from runware_magic.errors import ConnectionLostError, KeyRefusedError, OptionError, PromptError

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
    assert not any(thread.name == "runware-exchange" for thread in threading.enumerate())


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


def test_without_a_key_the_demo_endpoint_answers():
    """And says that it is a script."""
    talk = Chat("demo:echo@1")
    turn = talk.ask("Say this back.")
    talk.close()
    assert "Say this back." in turn.content
    assert turn.endpoint == "demo"


def test_finish_reasons_of_the_endpoint_are_kept(chat):
    """In its own words."""
    talk, _ = chat(chunked([sse(delta(content="x"), finish("content_filter"), "[DONE]")]))
    assert talk.ask("Hi").finish_reason == "content_filter"
