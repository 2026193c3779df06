"""The interrupt of a real kernel: prompt in every phase, keeps what has come, leaves nothing behind."""

import random
import socket
import statistics
import sys
import threading
from functools import partial

import pytest
from kernel import WIDGET, until_gone
from loopback import ANSWER, chunk, chunked, delta, finish, head, sized, sse
from terminal_ipython import in_one_line

from runware_magic.chat.record import MIME_TYPE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="counts what Linux tells of processes")

OK = chunked([sse(value) for value in ANSWER])
HEAD = head(Transfer_Encoding="chunked")
THINKING = chunk(sse(delta(role="assistant"), delta(reasoning_content="Let me see.")))
ANSWERING = chunk(sse(delta(content="Half an answer")))
PROMISED_S = 0.3  # by the middle one of three: this machine may have something else to do
SEEN_S = 2.0  # for the server to be told
SETTLING_S = 20.0  # far more than what is rendered as a whole takes on a busy machine
PARAGRAPH = "Some *words* with `code`, a [link](https://example.org) and $x_{1}$ in a line that goes on.\n\n"


@pytest.fixture
def kernel(running):
    """Give it, and see that a test leaves nothing in it."""
    yield running
    running.run("%unload_ext runware_magic")
    running.until_nothing_is_left()


def interrupted(kernel, code, ready, cell_id="cell"):
    """Run a cell and interrupt it when it is ready for that; give its output, and the seconds until it had ended."""
    output = kernel.send(code, cell_id)
    kernel.wait(lambda: ready(output) or output.idle_at_s)
    assert output.idle_at_s is None, output.brief
    at_s = kernel.interrupt()
    kernel.finish(output)
    return output, output.idle_at_s - at_s


def middle_of(once):
    """Do something three times, give the middle one of the seconds that it tells.

    If the first two keep the promise, whatever the third took, the middle one would: then the slower of the two.
    """
    took = [once(), once()]
    if max(took) >= PROMISED_S:
        took.append(once())
    return statistics.median_high(took)


def is_ready(sent, word, output):
    """Tell whether the server has sent what it was to, and the cell shows a word of it."""
    return sent.is_set() and output.live(word)


def doing(act):
    """Give a step of a server's reply that does something and sends nothing."""
    return lambda _: act()


def is_all_that_shows(error):
    """Whether nothing shows but the kind of an error and its sentences."""
    return in_one_line("\n".join(error["traceback"])) == " ".join(f"{error['ename']}: {error['evalue']}".split())


def assert_stopped(output, kept):
    """Look for one line of an error, and for what had come."""
    assert output.error["ename"] == "StoppedError"
    assert is_all_that_shows(output.error)
    assert "\n" not in output.error["evalue"]
    if kept is None:
        assert output.turn is None
        assert "efore an answer arrived" in output.error["evalue"]
    else:
        reply = output.turn["reply"]
        assert (output.turn["state"], reply["reasoning"], reply["content"]) == ("stopped", *kept)
        assert output.turn["usage"] is None


#: What the server has sent when the interrupt comes, what the cell shows then, and what is kept.
PHASES = {
    "no headers": ([], "", None),
    "headers": ([HEAD], "", None),
    "thinking": ([HEAD, THINKING], "Let me see", ("Let me see.", "")),
    "answering": ([HEAD, THINKING, ANSWERING], "Half an answer", ("Let me see.", "Half an answer")),
    "stalled in an event": ([HEAD, ANSWERING, chunk(b'data: {"choi')], "Half an answer", ("", "Half an answer")),
    "before finish": ([HEAD, ANSWERING, chunk(sse(finish()))], "Half an answer", ("", "Half an answer")),
}


@pytest.mark.parametrize("phase", PHASES)
def test_an_interrupt_ends_the_cell_whatever_the_server_does(kernel, serve, phase):
    """Within 0.3 s; the text so far is kept, the error is one line, the server sees it, and the next cell works."""
    steps, word, kept = PHASES[phase]

    def once():
        sent, gone = threading.Event(), threading.Event()
        server = serve([*steps, doing(sent.set), until_gone(gone)], OK)
        kernel.load(server.url)
        output, took_s = interrupted(kernel, "%%runware\nHi", partial(is_ready, sent, word))
        assert gone.wait(SEEN_S)
        assert_stopped(output, kept)
        kernel.until_nothing_is_left()
        assert kernel.run("%%runware\nOnce more", "next").turn["reply"]["content"] == "Hello"
        assert (server.connections, len(kernel.turns())) == (2, 2 if kept else 1)
        return took_s

    assert middle_of(once) < PROMISED_S


def test_an_interrupt_ends_the_wait_for_another_try(kernel, serve):
    """The request is not sent again."""

    def once():
        server = serve(sized(503, b"{}", Retry_After="30"), OK)
        kernel.load(server.url)
        output, took_s = interrupted(kernel, "%%runware\nHi", lambda output: output.live("retrying"))
        assert_stopped(output, None)
        assert len(server.heard) == 1
        assert kernel.run("%%runware\nOnce more", "next").turn["reply"]["content"] == "Hello"
        return took_s

    assert middle_of(once) < PROMISED_S


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_interrupt_ends_the_making_of_a_connection(kernel, serve, full, scheme):
    """The cell is free at once; a thread goes on connecting until the time-out."""

    def once():
        kernel.load(f"{scheme}://127.0.0.1:{full}/v1", connect_timeout=3)
        output, took_s = interrupted(kernel, "%%runware\nHi", lambda output: output.live(""))
        assert_stopped(output, None)
        kernel.run(f"%config RunwareMagics.base_url = {serve(OK).url!r}")
        assert kernel.run("%%runware\nOnce more", "next").turn["reply"]["content"] == "Hello"
        return took_s

    assert middle_of(once) < PROMISED_S


def test_an_interrupt_ends_a_handshake(kernel):
    """The cell is free at once; a thread goes on as long as the server and the time-out let it."""

    def once():
        output = kernel.send("%%runware\nHi", "cell")
        connection, _ = listener.accept()
        with connection:
            kernel.wait(lambda: output.live(""))
            at_s = kernel.interrupt()
            kernel.finish(output)
        assert_stopped(output, None)
        kernel.until_nothing_is_left()
        return output.idle_at_s - at_s

    with socket.create_server(("127.0.0.1", 0)) as listener:
        kernel.load(f"https://127.0.0.1:{listener.getsockname()[1]}/v1", connect_timeout=60)
        assert middle_of(once) < PROMISED_S


def test_an_interrupt_ends_a_command_that_asks_the_endpoint(kernel, serve):
    """The list of models, for one."""

    def once():
        gone = threading.Event()
        server = serve([until_gone(gone)], OK)
        kernel.load(server.url)
        output, took_s = interrupted(kernel, "%runware models", lambda _: server.heard)
        assert gone.wait(SEEN_S)
        assert output.error["ename"] == "StoppedError"
        assert is_all_that_shows(output.error)
        kernel.until_nothing_is_left()
        assert kernel.run("%%runware\nOnce more", "next").turn["reply"]["content"] == "Hello"
        return took_s

    assert middle_of(once) < PROMISED_S


def test_an_interrupt_ends_one_of_many_streams(kernel, serve):
    """The cell that runs stops as promptly among 20 answers as alone; they go on, until they are told to stop."""

    def once():
        *ends, end = (threading.Event() for _ in range(21))
        server = serve(*([HEAD, ANSWERING, until_gone(gone)] for gone in (*ends, end)))
        kernel.load(server.url)
        others = [kernel.run(f"%%runware --background -c chat-{number}\nHi", f"cell-{number}") for number in range(20)]
        kernel.wait(lambda: all(output.live("Half an answer") for output in others))
        output, took_s = interrupted(kernel, "%%runware\nHi", lambda output: output.live("Half an answer"))
        assert_stopped(output, ("", "Half an answer"))
        assert end.wait(SEEN_S)
        assert not any(gone.is_set() for gone in ends)
        assert kernel.run("%runware stop all").error is None
        kernel.wait(lambda: all(MIME_TYPE in other.shown[0] for other in others))
        assert all(gone.wait(SEEN_S) for gone in ends)
        for other in others:
            assert (other.turn["state"], other.turn["reply"]["content"]) == ("stopped", "Half an answer")
        kernel.until_nothing_is_left()
        return took_s

    assert middle_of(once) < PROMISED_S


def burst(kernel, output, pauses):
    """Interrupt a cell after each of some pauses, until it has ended; give the seconds from the first to its end."""
    first_s = kernel.interrupt()
    for pause_s in pauses:
        kernel.listen(pause_s)
        if output.idle_at_s is None:
            kernel.interrupt()
    kernel.finish(output)
    return output.idle_at_s - first_s


@pytest.mark.parametrize(("size", "times"), [(2_000, 12), (64_000, 4)])
@pytest.mark.parametrize("whole", [False, True], ids=["half", "whole"])
def test_many_interrupts_leave_one_turn_that_has_settled(kernel, serve, whole, size, times):
    """At whatever moment they come: the answer stands once in the conversation, its output is static."""
    dice = random.Random(size)  # noqa: S311  # the same moments each time
    text = PARAGRAPH * (size // len(PARAGRAPH))
    took = []
    for _ in range(times):
        drawn = threading.Event()
        ending = [drawn, chunk(sse(finish(), "[DONE]")), b"0\r\n\r\n"] if whole else [until_gone(threading.Event())]
        server = serve([HEAD, chunk(sse(delta(content=text))), *ending], OK)
        kernel.load(server.url)
        output = kernel.send("%%runware\nHi", "cell")
        kernel.wait(partial(output.live, "words"))
        drawn.set()
        pauses = [dice.choice((0, 0.001, 0.02, 0.1)) for _ in range(dice.randint(1, 20))]
        took.append(burst(kernel, output, pauses))
        assert_settled(kernel, output, text)
        assert kernel.run("%%runware\nOnce more", "next").turn["reply"]["content"] == "Hello"
    assert max(took) < SETTLING_S


def assert_settled(kernel, output, text):
    """Look for one turn with this text, and for an output that shows that turn and holds no widget."""
    (turn,) = kernel.turns()
    (shown,) = output.shown
    assert WIDGET not in shown
    assert (shown[MIME_TYPE]["state"], shown[MIME_TYPE]["reply"]["content"]) == tuple(turn)
    as_sent = turn[1] == text  # not said in full when it fails
    assert as_sent
    assert output.error is None or is_all_that_shows(output.error)
