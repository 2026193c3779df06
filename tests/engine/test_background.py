"""Answers that go on while other cells run."""

import os
import signal
import threading

import pytest
from cells import Watching, one_answer
from loopback import chunk, chunked, delta, finish, hang_up, head, sized, sse
from scripted import WHERE
from terminal_ipython import cell, contents, failed, line

from runware_magic.chat.messages import Message
from runware_magic.engine.background import Background
from runware_magic.engine.query import Query
from runware_magic.engine.session import Session
from runware_magic.errors import OptionError, StoppedError, UsageError


def held(text, gate, asked_for=None):
    """Give a reply that says this, and waits before it ends; an event is set when it is asked for."""
    beginning = [head(Transfer_Encoding="chunked"), chunk(sse(delta(content=text)))]
    if asked_for:
        beginning.insert(0, lambda _: asked_for.set())
    return [*beginning, gate, chunk(sse(finish(), "[DONE]")), b"0\r\n\r\n"]


def says(text):
    """Give a whole reply."""
    return chunked([sse(delta(content=text), finish(), "[DONE]")])


@pytest.fixture
def settle(magics):
    """Give a function that waits until no answer is in progress."""

    def wait():
        for _, thread in list(magics.background._under_way.values()):
            thread.join(10)
        assert magics.background.under_way() == ()

    return wait


def test_the_cell_returns_at_once_and_the_answer_goes_on(shell, asked, gate, settle, capsys):
    """It is listed while it is under way, and written out in one piece when it has ended."""
    asked(held("Hello", gate))
    assert cell(shell, "--background -o late", "Say hello") == ""
    assert "late" not in shell.user_ns
    assert "main: minimax:m2.7@0 · " in line(shell)
    gate.set()
    settle()
    assert shell.user_ns["late"].content == "Hello"
    assert capsys.readouterr().out.startswith("> Say hello\nHello\n")
    assert "running" not in line(shell)


def test_a_later_cell_of_the_chat_waits(shell, asked, gate):
    """It is asked after the answer; a cell of another chat does not wait."""
    asked_for = threading.Event()
    server = asked(held("First", gate, asked_for), says("Elsewhere"), says("Second"))
    cell(shell, "--background", "one")
    assert asked_for.wait(10)
    assert "Elsewhere" in cell(shell, "-c other", "two")
    threading.Timer(0.2, gate.set).start()
    assert "Second" in cell(shell, "", "three")
    assert contents(server.heard[2]) == [("user", "one"), ("assistant", "First"), ("user", "three")]


def test_answers_in_the_background_of_one_chat_come_in_order(shell, magics, asked, gate, settle):
    """Each is asked after the one before."""
    server = asked(held("First", gate), says("Second"), says("Third"))
    for prompt in ("one", "two", "three"):
        cell(shell, "--background", prompt)
    assert [answer.name for answer in magics.background.under_way()] == ["main", "main-2", "main-3"]
    assert "main-3: minimax:m2.7@0 · waiting for an earlier answer in chat main…" in line(shell)
    gate.set()
    settle()
    assert [text for _, text in contents(server.heard[2])] == ["one", "First", "two", "Second", "three"]
    assert [turn.content for turn in magics.session.conversation.turns("main")] == ["First", "Second", "Third"]


def test_questions_outside_of_all_chats_do_not_wait(shell, magics, asked, gate, settle):
    """Nothing comes after them."""
    asked(held("A", gate), held("B", gate))
    for _ in range(2):
        cell(shell, "--background --once")
    assert [answer.name for answer in magics.background.under_way()] == ["once", "once-2"]
    gate.set()
    settle()


def test_nowait_refuses_and_sends_nothing(shell, asked, gate, settle):
    """The error names the answer that is in progress."""
    asked_for = threading.Event()
    server = asked(held("First", gate, asked_for), says("Second"))
    cell(shell, "--background", "one")
    assert asked_for.wait(10)
    with pytest.raises(UsageError, match=r"Chat main is still answering \(main\)"):
        cell(shell, "--nowait", "two")
    assert "Second" in cell(shell, "--nowait -c other", "two")
    gate.set()
    settle()
    assert len(server.heard) == 2


def test_an_interrupt_ends_the_waiting_only(shell, magics, asked, gate, settle, capsys):
    """The answer in the background goes on, and nothing was asked."""
    server = asked(held("First", gate))
    cell(shell, "--background", "one")
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    error, _ = failed(shell, "%%runware\ntwo", capsys)
    assert type(error) is StoppedError
    assert "before the request was sent" in str(error)
    gate.set()
    settle()
    assert len(server.heard) == 1
    assert [turn.state for turn in magics.session.conversation.turns("main")] == ["complete"]


@pytest.mark.parametrize("name", ["", "main", "all"])
def test_stop_keeps_what_had_arrived(shell, magics, asked, gate, settle, name):
    """By its name, or as the only one."""
    arrived = threading.Event()
    asked([*held("Half", arrived)[:2], lambda _: arrived.set(), gate])
    cell(shell, "--background -o turn")
    assert arrived.wait(5)
    # The answer itself may be written out before, or after.
    assert "Stopped main. The text so far is kept.\n" in line(shell, f"stop {name}")
    settle()
    (turn,) = magics.session.conversation.turns("main")
    assert (turn.state, turn.content, turn.cost) == ("stopped", "Half", None)
    assert shell.user_ns["turn"] is turn


def test_stop_asks_which(shell, asked, gate, settle):
    """Where there are several; and a name that none has is an error too."""
    asked(held("A", gate), held("B", gate))
    assert line(shell, "stop") == "No answer is in progress.\n"
    cell(shell, "--background -c left")
    cell(shell, "--background -c right")
    with pytest.raises(OptionError, match="2 answers are in progress: left, right"):
        line(shell, "stop")
    with pytest.raises(OptionError, match=r"No answer in progress is called lift\..*Did you mean left"):
        line(shell, "stop lift")
    line(shell, "stop all")
    settle()


def test_an_answer_that_waits_can_be_stopped(shell, asked, gate, settle, capsys):
    """It is never asked then."""
    server = asked(held("First", gate))
    cell(shell, "--background", "one")
    cell(shell, "--background", "two")
    said = line(shell, "stop main-2")
    gate.set()
    settle()
    assert len(server.heard) == 1
    assert "Stopped before the request was sent." in said + capsys.readouterr().out


@pytest.mark.parametrize(
    ("reply", "said", "turns"),
    [
        (sized(429, b'{"error":"slow down"}'), "slow down", 0),
        (
            [head(Transfer_Encoding="chunked"), chunk(sse(delta(content="Half"))), hang_up],
            "closed the connection before",
            1,
        ),
    ],
)
def test_an_error_stands_in_its_own_output(shell, magics, asked, settle, capsys, reply, said, turns):
    """No cell is there any more that could fail."""
    asked(reply)
    cell(shell, "--background -o turn")
    settle()
    assert said in capsys.readouterr().out
    assert len(magics.session.conversation.turns("main")) == turns
    assert ("turn" in shell.user_ns) == bool(turns)


@pytest.mark.parametrize("command", ["undo", "reset", "versions 1 --use 1"])
def test_a_chat_that_is_being_answered_is_not_changed(shell, asked, gate, settle, command):
    """The answer would come after the change."""
    asked(says("First"), held("Second", gate))
    cell(shell, "", "one")
    cell(shell, "--background", "two")
    with pytest.raises(UsageError, match=r"Chat main is still answering.*stop main"):
        line(shell, command)
    gate.set()
    settle()
    line(shell, command)


def test_running_its_cell_again_ends_it(shell, magics, asked, gate, settle):
    """Nobody sees it grow any more; what had arrived is a version."""
    arrived = threading.Event()
    asked([*held("Old", arrived)[:2], lambda _: arrived.set(), gate], says("New"))
    shell.parent_header = {"metadata": {"cellId": "a"}}
    try:
        cell(shell, "--background")
        assert arrived.wait(5)
        assert "New" in cell(shell, "")
    finally:
        del shell.parent_header
    settle()
    (place,) = magics.session.conversation.places("main")
    assert [(turn.state, turn.content) for turn in place.versions] == [("stopped", "Old"), ("complete", "New")]


def test_unloading_ends_them_and_leaves_nothing(shell, magics, asked, gate):
    """No thread, and the turn is kept."""
    asked(held("Half", gate), held("Half", gate))
    cell(shell, "--background -c a")
    cell(shell, "--background -c b")
    shell.run_line_magic("unload_ext", "runware_magic")
    assert magics.background.under_way() == ()
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("runware-")]


def test_an_answer_whose_thread_does_not_start_is_not_waited_for(monkeypatch):
    """The next cells of the chat would wait for ever."""

    def none(_thread):
        msg = "can't start new thread"
        raise RuntimeError(msg)

    monkeypatch.setattr(threading.Thread, "start", none)
    background, query = Background(), Query((Message("user", "Hi"),))
    runner = one_answer(Session(), query, WHERE, lambda _: Watching())
    with pytest.raises(RuntimeError):
        background.start(runner, lambda _: None)
    assert background.under_way() == ()
