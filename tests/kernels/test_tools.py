"""Functions that run for a call, in a real kernel: its loop, its streams, its displays, its figures, its interrupts."""

import json

import pytest
from growth import PROMPTLY_S

BEGIN = """
import json, sys, threading, asyncio
from runware_magic.chat.messages import ToolCall
from runware_magic.engine.tool_run import run_tool
from runware_magic.prompt.tools.read_tool import read_tool
def run(function):
    result = run_tool(read_tool(function, "f"), ToolCall("1", "f"), {})
    shown = [getattr(part, "text", None) or part.media_type for part in result.shown]
    print("TOLD" + json.dumps([result.state, result.content, shown]))
"""
COROUTINE = """
async def f():
    print("a")
    await asyncio.sleep(0)
    display({"text/plain": "b"}, raw=True)
    return 1
run(f)
"""
THREAD = """
def f():
    thread = threading.Thread(target=print, args=("in a thread",))
    thread.start()
    thread.join()
    print("error", file=sys.stderr)
run(f)
"""
PLOT = """
%matplotlib inline
import matplotlib.pyplot as plt
def f():
    plt.figure(figsize=(2, 1))
    plt.plot([1, 2])
run(f)
"""
SHOW = """
%matplotlib inline
import matplotlib.pyplot as plt
def f():
    plt.figure(figsize=(2, 1))
    plt.plot([1, 2])
    plt.show()
run(f)
"""


@pytest.fixture
def told(running):
    """Return what a cell tells of its call, and what the cell itself shows."""
    running.run(BEGIN, "begin")

    def run(code):
        output = running.run(code, "calls")
        told, *others = output.text.splitlines()
        return json.loads(told.removeprefix("TOLD")), others, output.shown

    return run


@pytest.mark.parametrize(
    ("code", "content", "shown"),
    [
        (COROUTINE, "1", ["a\n", "b"]),
        (THREAD, "(no result; what the function printed was shown to the user only)", ["in a thread\nerror\n"]),
        (PLOT, "(no result)\n(1 picture was shown to the user)", ["image/png"]),
        (SHOW, "(no result)\n(1 picture was shown to the user)", ["image/png"]),
    ],
)
def test_a_kernel_keeps_what_a_function_shows(told, code, content, shown):
    """The cell shows nothing of it, also not at its end."""
    assert told(code) == (["done", content, shown], [], [])


SLEEP = "import time\ndef f():\n    go.set()\n    time.sleep(600)"
WAIT = "async def f():\n    go.set()\n    await asyncio.sleep(600)"
INTERRUPTED = """
before = sys.stdout.write, get_ipython().display_pub.publish
go = threading.Event()
def ready():
    go.wait()
    print("ready")
threading.Thread(target=ready).start()
try:
    run(f)
except KeyboardInterrupt:
    print("interrupted", before == (sys.stdout.write, get_ipython().display_pub.publish))
"""


@pytest.mark.parametrize("code", [SLEEP, WAIT])
def test_an_interrupt_ends_a_function_at_once(running, code):
    """Where Python can, as it ends a cell; prints and displays are the cell's again."""
    running.run(BEGIN, "begin")
    output = running.send(code + INTERRUPTED, "hangs")
    running.wait(lambda: "ready" in output.text or output.idle_at_s)
    at_s = running.interrupt()
    running.finish(output)
    assert output.error is None
    assert output.text == "ready\ninterrupted True\n"
    assert output.idle_at_s - at_s < PROMPTLY_S
