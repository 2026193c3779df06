"""The ends of a real kernel, and of what lives in it: nothing is left behind, and no one waits."""

import socket
import sys
import threading
from pathlib import Path

import nbformat
import pytest
from kernel import Kernel, until_gone
from loopback import ANSWER, chunk, chunked, delta, head, sse
from nbformat import v4

from runware_magic.chat.record import MIME_TYPE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="counts what Linux tells of processes")

OK = chunked([sse(value) for value in ANSWER])
HALF = [head(Transfer_Encoding="chunked"), chunk(sse(delta(content="Half an answer")))]
PROMPT_S = 2.0  # on a machine that has something else to do


@pytest.fixture
def kernel(_kernels, tmp_path):
    """Start a kernel; at the end it goes, if it has not."""
    started = Kernel(tmp_path)
    yield started
    if started.manager.is_alive():
        started.stop()


@pytest.fixture
def shared(running):
    """Give a kernel that other tests have as well, for those that leave it as it was."""
    yield running
    running.run("%unload_ext runware_magic")
    running.until_nothing_is_left()


def streaming(kernel, server, **traits):
    """Ask in a cell, and in the background of another; give both outputs once their answers come."""
    kernel.load(server.url, **traits)
    outputs = [kernel.run("%%runware --background -c other\nHi", "other"), kernel.send("%%runware\nHi", "cell")]
    kernel.wait(lambda: all(output.live("Half an answer") for output in outputs))
    return outputs


def demo_port(kernel):
    """Start the demo endpoint in a kernel, give its port."""
    assert kernel.run("_demo = __import__('runware_magic').Chat('demo:echo@1'); _demo.ask('Hi')").error is None
    return int(kernel.tell("_demo._calls.where.base_url").rpartition(":")[2].partition("/")[0])


def is_listening(port):
    """Tell whether there is anyone at a port."""
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def processes(folder):
    """Count the processes that work in a folder."""
    return sum(works_in(process, folder) for process in Path("/proc").glob("[0-9]*"))


def works_in(process, folder):
    """Tell whether a process is there and works in a folder."""
    try:
        return (process / "cwd").readlink() == folder
    except OSError:
        return False


@pytest.mark.parametrize("now", [False, True], ids=["polite", "at once"])
def test_shutting_down_in_mid_stream_leaves_nothing(kernel, serve, tmp_path, now):
    """The server sees both connections end, the demo endpoint is gone, the process too, and nobody has waited."""
    ends = [threading.Event(), threading.Event()]
    server = serve(*([*HALF, until_gone(gone)] for gone in ends))
    port = demo_port(kernel)
    streaming(kernel, server)
    assert (processes(tmp_path), is_listening(port)) == (1, True)
    assert kernel.stop(now=now) < PROMPT_S
    assert all(gone.wait(PROMPT_S) for gone in ends)
    assert (processes(tmp_path), is_listening(port)) == (0, False)


def test_an_exit_in_mid_stream_waits_for_nothing(kernel, serve, tmp_path):
    """A cell that ends the kernel, while an answer comes in the background of another."""
    gone = threading.Event()
    server = serve([*HALF, until_gone(gone)])
    kernel.load(server.url)
    other = kernel.run("%%runware --background\nHi", "other")
    kernel.wait(lambda: other.live("Half an answer"))
    kernel.send("exit()")
    assert gone.wait(PROMPT_S)
    kernel.wait(lambda: not kernel.manager.is_alive(), PROMPT_S)
    assert processes(tmp_path) == 0


def test_restarting_in_mid_stream_leaves_nothing_and_the_conversation_comes_back(kernel, serve, tmp_path):
    """The server sees the connections end; the new kernel has nothing, loads, restores what was saved, and goes on."""
    ends = [threading.Event(), threading.Event()]
    server = serve(OK, *([*HALF, until_gone(gone)] for gone in ends), OK)
    kernel.load(server.url)
    saved = kernel.run("%%runware\nFirst", "first").shown[0]
    port = demo_port(kernel)
    outputs = [kernel.run("%%runware --background -c other\nHi", "other"), kernel.send("%%runware\nHi", "cell")]
    kernel.wait(lambda: all(output.live("Half an answer") for output in outputs))
    kernel.restart()
    assert all(gone.wait(PROMPT_S) for gone in ends)
    assert (processes(tmp_path), is_listening(port)) == (1, False)
    assert kernel.count() == [[], [], []]
    write_notebook(tmp_path / "saved.ipynb", saved)
    kernel.load(server.url)
    assert kernel.run("%runware restore saved.ipynb").error is None
    assert kernel.turns() == [["complete", "Hello"]]
    assert kernel.run("%%runware\nOnce more", "second").turn["reply"]["content"] == "Hello"
    contents = [message["content"] for message in server.heard[-1].json["messages"]]
    assert contents == ["First", "Hello", "Once more"]


def write_notebook(path, bundle):
    """Save a notebook of one cell with one output."""
    output = v4.new_output("display_data", data=bundle)
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell("%%runware\nFirst", id="first", outputs=[output])]), path)


@pytest.mark.parametrize("command", ["%unload_ext runware_magic", "%reload_ext runware_magic"])
def test_unloading_ends_what_goes_on_in_the_background(shared, serve, command):
    """The answers settle with what had come, in their outputs; threads, connections and the demo endpoint are gone."""
    ends = [threading.Event() for _ in range(3)]
    server = serve(*([*HALF, until_gone(gone)] for gone in ends))
    shared.load("")
    assert shared.run("%%runware -m demo:echo@1\nHi", "demo").turn["reply"]["content"] == "Hi"
    shared.run(f"%config RunwareMagics.base_url = {server.url!r}")
    others = [shared.run(f"%%runware --background -c chat-{number}\nHi", f"cell-{number}") for number in range(3)]
    shared.wait(lambda: all(other.live("Half an answer") for other in others))
    assert shared.run(command).error is None
    shared.wait(lambda: all(MIME_TYPE in other.shown[0] for other in others))
    assert [other.turn["reply"]["content"] for other in others] == ["Half an answer"] * 3
    assert all(gone.wait(PROMPT_S) for gone in ends)
    shared.until_nothing_is_left()


def test_chats_that_nobody_holds_leave_nothing(shared, serve):
    """Neither their connections nor their demo endpoints, also where a stream was left in its midst."""
    ends = [threading.Event() for _ in range(3)]
    server = serve(OK, *([*HALF, until_gone(gone)] for gone in ends))
    code = f"""
from runware_magic import Chat
def talk():
    kept, demo = Chat(base_url={server.url!r}), Chat("demo:echo@1")
    kept.ask("Hi"), demo.ask("Hi")
    streams = [Chat(base_url={server.url!r}).stream("Hi") for _ in range(3)]
    return [kept, demo, streams, [[next(stream), next(stream)] for stream in streams]]
talked = talk()
"""
    assert shared.run(code).error is None
    names, sockets, _ = shared.count()
    # Threads: the demo endpoint's. Connections: one kept, three streams; the demo endpoint's own three ends.
    assert (len(names), len(sockets)) == (2, 7)
    assert shared.run("talked.clear()").error is None
    shared.until_nothing_is_left()
    assert all(gone.wait(PROMPT_S) for gone in ends)


FORK = """
import os, threading
from pathlib import Path
def sockets():
    found = []
    for each in Path("/proc/self/fd").iterdir():
        try:
            found.append(str(each.readlink()))
        except OSError:
            pass  # the descriptor of the listing
    return {name for name in found if name.startswith("socket:")}
source, report = os.pipe()
before = sockets() - kernels
child = os.fork()
if not child:
    ours = [thread.name for thread in threading.enumerate() if thread.name.startswith("runware")]
    names = [answer.name for answer in _magics.background.under_way()]
    os.write(report, repr((ours, names, _magics.session.connections.demo()[0])).encode())
    os._exit(0)
os.waitpid(child, 0)
os.close(report)
print(len(before), os.read(source, 999).decode())
os.close(source)
"""


def test_a_fork_in_a_kernel_takes_nothing_from_it(kernel, serve):
    """With a kept connection, an answer in the background, and the demo endpoint; all of them go on in the kernel."""
    go_on = threading.Event()
    rest = [chunk(sse(delta(content=" and the rest"), "[DONE]")), b"0\r\n\r\n"]
    server = serve([*HALF, go_on, *rest], OK)
    kernels = FORK.partition("source,")[0]
    # From Python 3.12 on, a fork of a process with threads is warned of.
    kernel.run(f"{kernels}kernels = sockets()\n__import__('warnings').simplefilter('ignore')")
    kernel.load(server.url)
    kernel.run("_address = _magics.session.connections.demo()[0]")
    other = kernel.run("%%runware --background -c other\nHi", "other")
    kernel.wait(lambda: other.live("Half an answer"))
    kernel.run("%%runware\nHi", "first")
    output = kernel.run(FORK)
    assert output.error is None
    count, _, told = output.text.partition(" ")
    threads, under_way, address = eval(told)  # noqa: S307  # what the program above has written
    assert (int(count), threads, under_way) == (3, [], [])
    assert address != kernel.tell("_magics.session.connections.demo()[0]") == kernel.tell("_address")
    go_on.set()
    kernel.wait(lambda: MIME_TYPE in other.shown[0])
    assert (other.turn["state"], other.turn["reply"]["content"]) == ("complete", "Half an answer and the rest")
    assert kernel.run("%%runware\nOnce more", "next").turn["reply"]["content"] == "Hello"
    assert server.connections == 2
