"""The demo where no socket can listen: it answers all the same."""

import pytest

import runware_magic
from runware_magic import Chat
from runware_magic.demo import DemoEndpoint, server
from runware_magic.demo.answer import Script
from runware_magic.engine.in_process_demo import InProcessDemo
from runware_magic.errors import ConnectionLostError, KeyRefusedError, RunwareError
from runware_magic.transport.endpoint import DEMO, Key, endpoint
from runware_magic.transport.transport import Transport


@pytest.fixture
def _nothing_listens(monkeypatch):
    """Forbid sockets, as in a sandbox."""

    def no(*_):
        msg = "not here"
        raise OSError(msg)

    monkeypatch.setattr(server, "_Listener", no)
    monkeypatch.setattr("socket.socket.connect", no)


@pytest.mark.usefixtures("_nothing_listens")
def test_a_chat_is_answered_without_any_socket():
    """Words come one by one, with reasoning, usage and the price; a second question knows the first."""
    with Chat("demo:tutor@1", base_url=DEMO) as chat:
        *events, turn = chat.stream("My name is Ada.")
        assert len(events) > 9
        assert (turn.state, turn.finish_reason, turn.usage is not None) == ("complete", "stop", True)
        assert "Ada" in chat.ask("What is my name?").content


@pytest.mark.usefixtures("_nothing_listens")
def test_rows_are_answered_too():
    """Several at once."""
    turns = list(runware_magic.map(list("abc"), models="demo:echo@1", base_url=DEMO, stream=False))
    assert sorted(turn.content for turn in turns) == ["a", "b", "c"]


@pytest.mark.usefixtures("_nothing_listens")
def test_who_names_a_port_is_told_that_nothing_can_listen():
    """Only who asks for answers gets them anyhow."""
    with pytest.raises(OSError, match="not here"):
        DemoEndpoint(port=8000).start()


@pytest.mark.usefixtures("_sockets")
def test_what_a_model_that_drops_sends_breaks_off_in_the_same_way():
    """Though there is no line that could be lost."""
    with Chat("demo:drop@1", base_url=DEMO) as chat, pytest.raises(ConnectionLostError) as caught:
        chat.ask("Hi")
    assert "kept" in str(caught.value)


def test_another_key_is_refused():
    """As by the server."""
    script = Script()
    talk = Transport(endpoint("http://127.0.0.1/v1", Key("sk-another-key", "a test")), medium=InProcessDemo(script, 0))
    with pytest.raises(KeyRefusedError):
        talk.models()
    mine = Transport(endpoint("http://127.0.0.1/v1", Key(script.key, "a test")), medium=InProcessDemo(script, 0))
    assert {row["id"] for row in mine.models()} >= {"demo:tutor@1", "demo:echo@1"}


@pytest.mark.usefixtures("_sockets")
def test_the_two_ways_say_the_same(monkeypatch):
    """Word for word, whichever the model."""
    with Chat("demo:tutor@1", base_url=DEMO) as chat:
        by_socket = chat.ask("Explain recursion in two sentences.").content
    monkeypatch.setattr(server.DemoEndpoint, "start", lambda _: (_ for _ in ()).throw(OSError("not here")))
    with Chat("demo:tutor@1", base_url=DEMO) as chat:
        assert chat.ask("Explain recursion in two sentences.").content == by_socket
    with pytest.raises(RunwareError), Chat("demo:none@1", base_url=DEMO) as chat:
        chat.ask("Hi")
