"""Calls of functions in a real kernel: a question that is interrupted, and turns that wait for the next cell."""

import socket

import nbformat
import pytest
from growth import PROMPTLY_S
from loopback import USAGE, chunked, delta, finish, sse
from nbclient import NotebookClient
from nbformat import v4

from runware_magic.chat.record import MIME_TYPE

CALL = {"index": 0, "id": "a", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}}
CALLS = chunked([sse(delta(tool_calls=[CALL]), USAGE, finish("tool_calls"), "[DONE]")])
SAYS = chunked([sse(delta(content="It snows."), USAGE, finish(), "[DONE]")])
DEFINES = """runs = []
def weather(city: str) -> str:
    "Return the weather in a city."
    runs.append(city)
    return "snow"
"""
ASKS = "%%runware --tools weather\nHow is it?"


@pytest.mark.usefixtures("_kernels")
def test_an_interrupt_ends_the_question(running, serve):
    """At once, and nothing runs; the next cell works, and is asked again."""
    server = serve(CALLS, CALLS, SAYS)
    running.load(server.url, widgets="off")
    running.run(DEFINES)
    output = running.send(ASKS, "cell", allow_stdin=True)
    question = running.client.get_stdin_msg(timeout=60)["content"]["prompt"]
    assert 'weather({"city": "Oslo"})' in question
    at_s = running.interrupt()
    running.finish(output)
    assert output.idle_at_s - at_s < 5, "it waits for no answer"
    assert output.error["ename"] == "StoppedError"
    assert (output.turn["state"], running.tell("runs")) == ("stopped", [])
    output = running.send(ASKS, "cell", allow_stdin=True)
    running.client.get_stdin_msg(timeout=60)
    running.client.input("o")
    running.finish(output)
    assert (output.turn["reply"]["content"], running.tell("runs")) == ("It snows.", ["Oslo"])


def execute(cells, folder, name="lesson.ipynb"):
    """Execute a notebook as a program does; return its outputs by cells, and its file."""
    notebook = v4.new_notebook(cells=[v4.new_code_cell(each) if isinstance(each, str) else each for each in cells])
    NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    nbformat.validate(notebook)
    nbformat.write(notebook, folder / name)
    return [cell.outputs for cell in notebook.cells]


@pytest.mark.usefixtures("_kernels")
def test_nobody_can_answer_an_executor(serve, tmp_path):
    """So the turn is pending, and goes on by a command: in the next cell, or restored in another kernel."""
    server = serve(CALLS, SAYS, CALLS, SAYS)
    load = f"%load_ext runware_magic\n%config RunwareMagics.base_url = '{server.url}'\n{DEFINES}"
    tells = "print('ran', runs)"
    outputs = execute([load, ASKS, tells, "%runware allow", tells, ASKS, tells], tmp_path)
    records = [outputs[at][0].data[MIME_TYPE] for at in (1, 3, 5)]
    assert [record["state"] for record in records] == ["pending", "complete", "pending"]
    assert [outputs[at][0].text for at in (2, 4, 6)] == ["ran []\n", "ran ['Oslo']\n", "ran ['Oslo']\n"]
    assert len(server.heard) == 3
    again = execute([load, "%runware restore lesson.ipynb", tells, "%runware allow", tells], tmp_path, "again.ipynb")
    said, waits = (
        "Restored 2 turns in 1 chat from lesson.ipynb.",
        'Turn 2 of chat main waits for you: weather(city="Oslo").',
    )
    assert again[1][0].data["text/plain"] == f"{said} {waits} %runware answer 2 shows it."
    assert [again[at][0].text for at in (2, 4)] == ["ran []\n", "ran ['Oslo']\n"]
    (gone_on,) = again[3]
    record = gone_on.data[MIME_TYPE]
    assert (record["state"], record["reply"]["content"], record["id"]) == ("complete", "It snows.", records[2]["id"])
    told = [each["content"] for each in server.heard[3].json["messages"]]
    assert told == ["How is it?", "", "snow", "It snows.", "How is it?", "", "snow"]


#: A function that hangs, in each way that Python can interrupt.
HANGS = {
    "loop": "def weather(city: str):\n    begun()\n    while True: pass",
    "sleep": "def weather(city: str):\n    begun()\n    time.sleep(60)",
    "await": "async def weather(city: str):\n    begun()\n    await asyncio.sleep(60)",
    "blocks its loop": "async def weather(city: str):\n    begun()\n    never.wait()",
    "thread": (
        "def weather(city: str):\n"
        "    thread = threading.Thread(target=never.wait, daemon=True)\n"
        "    thread.start()\n"
        "    begun()\n"
        "    thread.join()"
    ),
}
BEGUN = """import asyncio, socket, threading, time
never = threading.Event()
def begun():
    socket.create_connection(("127.0.0.1", {port})).close()
"""


@pytest.mark.usefixtures("_kernels")
@pytest.mark.parametrize("how", HANGS)
def test_an_interrupt_ends_a_function_that_hangs(running, serve, how):
    """As promptly as a cell; the result says so, the model is not asked again, and the next cell works."""
    server = serve(CALLS, SAYS)
    running.load(server.url)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        running.run(BEGUN.format(port=listener.getsockname()[1]) + HANGS[how])
        output = running.send("%%runware --tools weather --allow weather\nHow is it?", "cell")
        listener.accept()[0].close()
    at_s = running.interrupt()
    running.finish(output)
    assert output.idle_at_s - at_s < PROMPTLY_S
    assert (output.error["ename"], output.turn["state"]) == ("StoppedError", "stopped")
    result = output.turn["replies"][1]
    assert (result["state"], result["content"]) == ("failed", "The user stopped this call.")
    assert len(server.heard) == 1
    running.run("never.set()")
    assert running.run("%%runware\nOnce more", "next").turn["reply"]["content"] == "It snows."
