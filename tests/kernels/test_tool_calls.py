"""Calls of functions in a real kernel: a question that is interrupted, and turns that wait for the next cell."""

import nbformat
import pytest
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
