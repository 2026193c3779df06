"""Asking an answer to end, by an interrupt above all."""

import os
import signal
import threading
from pathlib import Path

import pytest
from loopback import chunk, chunked, delta, finish, head, sse
from terminal_ipython import cell, contents, failed

from runware_magic import Chat
from runware_magic.chat.events import ContentDelta
from runware_magic.engine.cancel import CancelToken, cancel_on_interrupt
from runware_magic.engine.throttle import DrawCost
from runware_magic.errors import StoppedError

HALF = [head(Transfer_Encoding="chunked"), chunk(sse(delta(content="Half")))]
WHOLE = chunked([sse(delta(content="Whole"), finish(), "[DONE]")])


def interrupt():
    """Interrupt this process as a kernel is interrupted."""
    os.kill(os.getpid(), signal.SIGINT)


def until_main_thread_waits():
    """Return once it sleeps: a signal that comes just before a read is seen after it, as everywhere in Python."""
    stat = Path(f"/proc/self/task/{threading.main_thread().native_id}/stat")
    while stat.read_text().rpartition(")")[2].split()[0] != "S":
        pass


class Output:
    """A view that does something at a moment of an answer's life."""

    tells_errors = False

    def __init__(self, **at):
        self._at = at
        self.settled = []
        self.refused = []

    def open(self, builder):
        """Show that a request is on its way."""
        self._at.get("open", lambda _: None)(builder)

    def draw(self, builder, _):
        """Show the answer so far."""
        self._at.get("draw", lambda _: None)(builder)
        return DrawCost()

    def announce_end(self, ended):
        """Say nothing."""

    def settle(self, settled):
        """Keep the turn."""
        self._at.get("settle", lambda _: None)(settled)
        self.settled.append(settled)

    def refuse(self, _, error):
        """Keep the error."""
        self.refused.append(error)


def test_what_is_to_be_done_is_done_once():
    """Whether it is told before or after the end was asked for, and however often that is."""
    stop, done = CancelToken(), []
    stop.then(lambda: done.append("before"))
    assert not stop.asked
    stop.ask()
    stop.ask("a button")
    stop.then(lambda: done.append("after"))
    assert (stop.asked, stop.wait(0), done) == (True, True, ["before", "after"])


def test_an_interrupt_asks_and_raises_nothing():
    """And from then on interrupts are what they were."""
    before = signal.getsignal(signal.SIGINT)
    stop = CancelToken()
    with cancel_on_interrupt(stop):
        interrupt()
        assert stop.wait(5)
        interrupt()
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupt_right_after_one_that_was_heard_may_be_ignored():
    """For as long as it was told, and only where there was one before."""
    before = signal.getsignal(signal.SIGINT)
    times = iter([0.0, 1.0, 1.4, 1.6])
    with cancel_on_interrupt(CancelToken(), lambda: next(times), quiet_s=0.5):
        interrupt()
    interrupt()
    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert signal.getsignal(signal.SIGINT) is before
    with cancel_on_interrupt(CancelToken(), quiet_s=0.5):
        pass
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupt_long_after_the_first_is_raised():
    """Whatever is stuck then, the user gets out."""
    times = iter([0.0, 4.0, 6.0])
    with cancel_on_interrupt(CancelToken(), lambda: next(times)):
        interrupt()
        interrupt()
        with pytest.raises(KeyboardInterrupt):
            interrupt()


def test_a_thread_leaves_interrupts_alone():
    """Only the main thread may take them over, and only it gets them."""
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def work():
        with cancel_on_interrupt(CancelToken()):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]


def test_who_ignores_interrupts_goes_on_ignoring_them():
    """As a process does that was started in the background of a shell."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        stop = CancelToken()
        with cancel_on_interrupt(stop):
            interrupt()
        assert not stop.asked
    finally:
        signal.signal(signal.SIGINT, before)


def test_all_that_had_arrived_is_kept(magics, shell, asked, capsys):
    """Also what no one has drawn yet."""
    gate = threading.Event()
    server = asked([*HALF, chunk(sse(delta(content=" and more"))), lambda _: interrupt(), gate], WHOLE)
    error, shown = failed(shell, "%%runware\nHi", capsys)
    gate.set()
    assert type(error) is StoppedError
    assert "Traceback" not in shown
    (turn,) = magics.session.conversation.turns("main")
    assert (turn.state, turn.content, turn.cost) == ("stopped", "Half and more", None)
    cell(shell, "", "again")
    assert contents(server.heard[1]) == [("user", "Hi"), ("assistant", "Half and more"), ("user", "again")]


@pytest.mark.parametrize("moment", ["open", "draw", "settle"])
def test_many_interrupts_leave_one_turn_that_is_shown(magics, shell, asked, capsys, moment):
    """Wherever they come, and however many; the cell fails, so that those behind it do not run."""
    gate = threading.Event()
    asked([*HALF, gate])

    def burst(_):
        for _ in range(20):
            interrupt()

    view = Output(**{moment: burst, **({"draw": lambda _: interrupt()} if moment == "settle" else {})})
    magics.dispatch._view = lambda *_, **__: view
    error, _ = failed(shell, "%%runware\nHi", capsys)
    gate.set()
    assert type(error) is StoppedError
    turns = magics.session.conversation.turns("main")
    assert len(turns) == len(view.settled) <= 1
    assert len(view.settled) + len(view.refused) == 1
    assert all(turn.state == "stopped" for turn in turns)


def test_an_interrupt_that_comes_too_late_keeps_the_whole_answer(magics, shell, asked, capsys):
    """And yet the cell fails: whoever interrupts does not want the next one to run."""
    asked(WHOLE)
    magics.dispatch._view = lambda *_, **__: Output(settle=lambda _: interrupt())
    error, _ = failed(shell, "%%runware\nHi", capsys)
    assert type(error) is StoppedError
    assert "already complete" in str(error)
    (turn,) = magics.session.conversation.turns("main")
    assert (turn.state, turn.content) == ("complete", "Whole")


def test_an_interrupt_of_ask_keeps_what_has_come(serve):
    """From Python it is the same."""
    gate = threading.Event()
    server = serve([*HALF, lambda _: interrupt(), gate])
    chat = Chat(base_url=server.url)
    with pytest.raises(StoppedError, match="kept"):
        chat.ask("Hi")
    gate.set()
    chat.close()
    assert [(turn.state, turn.content) for turn in chat.turns] == [("stopped", "Half")]


def test_an_interrupt_of_a_loop_over_a_stream_keeps_what_has_come(serve):
    """The interrupt is raised in the loop or in the stream, wherever the code is just then."""
    seen, gate = threading.Event(), threading.Event()
    server = serve([*HALF, seen, lambda _: until_main_thread_waits(), lambda _: interrupt(), gate])
    chat = Chat(base_url=server.url)
    stream = chat.stream("Hi")

    def read():
        for event in stream:
            if isinstance(event, ContentDelta):
                seen.set()

    with pytest.raises((StoppedError, KeyboardInterrupt)):
        read()
    gate.set()
    stream.close()
    chat.close()
    assert [(turn.state, turn.content) for turn in chat.turns] == [("stopped", "Half")]
