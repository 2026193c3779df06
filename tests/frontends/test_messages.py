"""Front ends that no test can start, played by the messages that they send to a kernel."""

import json
import threading

import pytest
from kernel import WIDGET
from loopback import chunk, delta, finish, head, sse

from runware_magic.chat.record import MIME_TYPE

BROWSER = "0d1f9a5c-6c3b-4f43-9d5e-6f3a1c1f6a5{}"
PATH = "/home/ada/private/talk.ipynb"
VSCODE = {"cellId": f"vscode-notebook-cell:{PATH}#W2sZmlsZQ%3D%3D"}
COLAB = {"colab": {"cell_id": "pZ3vJ_k2x-Qd"}}


@pytest.fixture
def kernel(running):
    """Give it, with the extension afresh."""
    yield running
    running.run("%unload_ext runware_magic\nglobals().pop('__vsc_ipynb_file__', None)")


def holding(gate, *texts):
    """Give a reply that stops in the middle of each gap between texts until the gate opens."""
    pieces = [chunk(sse(delta(content=text))) for text in texts]
    return [
        head(Transfer_Encoding="chunked"),
        pieces[0],
        gate,
        *pieces[1:],
        chunk(sse(finish(), "[DONE]")),
        b"0\r\n\r\n",
    ]


@pytest.mark.parametrize("metadata", [VSCODE, COLAB, {}], ids=["VS Code", "Colab", "a browser without ids"])
def test_a_front_end_with_widgets_shows_them_and_keeps_the_bundle(kernel, serve, metadata):
    """One display, which holds widgets first and the settled turn in the end, under one id; nothing tells of a path."""
    gate = threading.Event()
    server = serve(holding(gate, "Half an ", "answer"))
    kernel.load(server.url, widgets="auto")
    kernel.run(f"__vsc_ipynb_file__ = {PATH!r}")
    output = kernel.send("%%runware\nHi", metadata=metadata, allow_stdin=True, name=BROWSER.format(0))
    kernel.wait(lambda: output.live("Half an"))
    gate.set()
    kernel.finish(output)
    assert output.error is None
    first, *updates = output.of("display_data", "update_display_data")
    assert WIDGET in first["data"]
    assert len({content["transient"]["display_id"] for content in (first, *updates)}) == 1
    assert output.turn["reply"]["content"] == "Half an answer"
    assert "private" not in json.dumps(output.shown)


@pytest.mark.parametrize("metadata", [VSCODE, COLAB], ids=["VS Code", "Colab"])
def test_a_cell_that_runs_again_answers_anew(kernel, serve, metadata):
    """Both front ends tell which cell asks, each in its own way."""
    gate = threading.Event()
    gate.set()
    server = serve(holding(gate, "One", "."), holding(gate, "Two", "."))
    kernel.load(server.url, widgets="auto")
    for number in range(2):
        kernel.finish(kernel.send("%%runware\nHi", metadata=metadata, allow_stdin=True, name=BROWSER.format(number)))
    assert kernel.turns() == [["complete", "Two."]]
    assert [len(heard.json["messages"]) for heard in server.heard] == [1, 1]


def test_a_console_gets_text_as_it_comes(kernel, serve):
    """No display that it could not bring up to date: what it prints, and the badge last."""
    gate = threading.Event()
    server = serve(holding(gate, "Half an ", "answer"))
    kernel.load(server.url, widgets="auto")
    output = kernel.send("%%runware\nHi", allow_stdin=True)
    kernel.wait(lambda: "Half an" in output.text)
    gate.set()
    kernel.finish(output)
    assert output.of("display_data") == []
    assert output.text.startswith("Half an answer\n")
    assert "usage unknown" in output.text.splitlines()[-1]


@pytest.mark.parametrize("widgets", ["auto", "off"])
def test_without_widgets_an_answer_streams_into_a_display(kernel, serve, widgets):
    """Where a notebook is executed, or where the user says so: no comm is opened, and no update follows at once."""
    gates = [threading.Event() for _ in range(2)]
    words = [f"word{number} " for number in range(200)]
    reply = holding(gates[0], "Half an ", *words)
    server = serve(reply)
    kernel.load(server.url, widgets=widgets)
    asks = {"allow_stdin": True, "name": BROWSER.format(0)} if widgets == "off" else {}
    output = kernel.send("%%runware\nHi", **asks)
    kernel.wait(lambda: any("Half an" in shown["text/html"] for shown in output.shown))
    gates[0].set()
    kernel.finish(output)
    assert output.of("comm_open", "comm_msg") == []
    assert output.turn["reply"]["content"].startswith("Half an word0 ")
    drawn = [at_s for at_s, message in output.messages if message["msg_type"] == "update_display_data"]
    assert len(drawn) < 10
    assert MIME_TYPE in output.shown[0]
    settled = output.of("update_display_data")[-1]["data"]
    assert output.shown == [settled]


def test_widgets_can_be_wished_for_anywhere(kernel, serve):
    """Where a front end is taken for a console, and is none."""
    gate = threading.Event()
    gate.set()
    server = serve(holding(gate, "One", "."))
    kernel.load(server.url, widgets="on")
    output = kernel.finish(kernel.send("%%runware\nHi", allow_stdin=True))
    assert WIDGET in output.of("display_data")[0]["data"]
    assert output.turn["reply"]["content"] == "One."


def test_several_answers_share_a_display_without_widgets(kernel, serve):
    """They settle into the comparison of any other view."""
    gate = threading.Event()
    gate.set()
    server = serve(holding(gate, "One", "."))
    kernel.load(server.url, widgets="auto")
    output = kernel.finish(kernel.send("%%runware -n 3 --yes\nHi"))
    assert (output.error, output.of("comm_open")) == (None, [])
    assert output.shown[0]["text/plain"].startswith("3 answers")
