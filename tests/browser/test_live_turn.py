"""A turn in JupyterLab, from the first word to the saved notebook."""

import threading

import pytest
from loopback import USAGE, chunk, delta, finish, head, sse
from playwright.sync_api import expect

from runware_magic.chat.record import MIME_TYPE

LOAD = "%load_ext runware_magic\n%config RunwareMagics.base_url = '{url}'"
MARKDOWN = """## Answer

Costs $5 and $10, and $e^{i\\pi} = -1$.

| a | b |
|---|---|
| 1 | 2 |

```python
def f(x):
    return x  # the same
```
"""


def stepwise(*steps):
    """Give a reply that waits for its events between the pieces."""
    return [
        head(Transfer_Encoding="chunked"),
        *(step if isinstance(step, threading.Event) else chunk(step) for step in steps),
        b"0\r\n\r\n",
    ]


@pytest.fixture
def gates():
    """Give events that hold a server up; all set in the end."""
    events = [threading.Event() for _ in range(5)]
    yield events
    for event in events:
        event.set()


def test_an_answer_grows_and_settles(lab, notebook, serve, gates, theme):
    """Reasoning opens, folds as the answer begins, text grows while the cell runs; then a static document."""
    server = serve(
        stepwise(
            sse(delta(role="assistant"), delta(reasoning_content="Let me think about this.")),
            gates[0],
            sse(delta(content="Hello there")),
            gates[1],
            sse(delta(content=", and more.\n\n" + MARKDOWN)),
            gates[2],
            sse(USAGE, finish(), "[DONE]"),
        )
    )
    name = notebook(LOAD.format(url=server.url), "%%runware\nHi")
    lab.open(name, theme=theme)
    lab.run_all()
    turn = lab.turn(1)
    reasoning = turn.get_by_text("Let me think about this.")
    expect(reasoning).to_be_visible()
    expect(turn.locator(".runware-badge")).to_contain_text("thinking")
    lab.screenshot("1-thinking")
    gates[0].set()
    expect(turn.locator("p", has_text="Hello there")).to_be_visible()
    expect(reasoning).to_be_hidden()
    lab.screenshot("2-answering")
    gates[1].set()
    expect(turn.locator("p", has_text="and more.")).to_be_visible()
    expect(turn.locator("table")).to_be_visible()
    expect(turn.locator("mjx-container").first).to_be_visible()
    lab.screenshot("3-growing")
    gates[2].set()
    settled = lab.settled(1)
    expect(settled.locator(".runware-content h2")).to_have_text("Answer")
    expect(settled.locator(".runware-content")).to_contain_text("Costs $5 and $10")
    expect(settled.locator("mjx-container")).to_have_count(1)
    expect(settled.locator(".runware-badge")).to_contain_text("5 in / 2 out")
    expect(settled.locator("details.runware-reasoning")).to_have_count(1)
    expect(lab.output(1).locator(".jp-OutputArea-output")).to_have_count(1)
    lab.screenshot("4-settled")


def test_the_reader_opens_and_folds_the_reasoning_while_it_runs(lab, notebook, serve, gates):
    """A click works while the cell runs, and no update undoes it: no answer folds it, no reasoning opens it."""
    opened = stepwise(
        sse(delta(reasoning_content="Thinking aloud.")),
        gates[0],
        sse(delta(content="One ")),
        gates[1],
        sse(delta(content="two ")),
        gates[2],
        sse(delta(content="three."), USAGE, finish(), "[DONE]"),
    )
    folded = stepwise(
        sse(delta(reasoning_content="First thought. ")),
        gates[3],
        sse(delta(reasoning_content="Second thought.")),
        gates[4],
        sse(delta(content="Done."), USAGE, finish(), "[DONE]"),
    )
    server = serve(opened, folded)
    lab.open(notebook(LOAD.format(url=server.url), "%%runware\nHi", "%%runware --once\nHi"))
    lab.run_cell(0)
    stays_open(lab, 1, gates[:3])
    stays_folded(lab, 2, gates[3:])


def stays_open(lab, number, gates):
    """Open the reasoning that an answer has folded."""
    lab.run_cell(number)
    turn = lab.turn(number)
    thought = turn.get_by_text("Thinking aloud.")
    thought.wait_for()
    gates[0].set()
    turn.get_by_text("One").wait_for()
    expect(thought).to_be_hidden()
    turn.get_by_role("button", name="Reasoning").click()
    expect(thought).to_be_visible()
    gates[1].set()
    turn.get_by_text("One two").wait_for()
    expect(thought).to_be_visible()
    gates[2].set()
    settled = lab.settled(number)
    expect(settled).to_contain_text("One two three.")
    settled.locator(".runware-reasoning").evaluate("element => element.open = false")
    settled.locator("summary", has_text="Reasoning").click()
    expect(settled.get_by_text("Thinking aloud.")).to_be_visible()


def stays_folded(lab, number, gates):
    """Fold the reasoning that goes on."""
    lab.run_cell(number)
    turn = lab.turn(number)
    turn.get_by_text("First thought.").wait_for()
    turn.get_by_role("button", name="Reasoning").click()
    expect(turn.get_by_text("First thought.")).to_be_hidden()
    gates[0].set()
    turn.get_by_text("Second thought.").wait_for(state="attached")
    expect(turn.get_by_text("Second thought.")).to_have_count(1)
    expect(turn.get_by_text("Second thought.")).to_be_hidden()
    gates[1].set()
    expect(lab.settled(number)).to_contain_text("Done.")


def test_an_interrupt_keeps_the_partial_answer(lab, notebook, serve, gates):
    """State stopped, one line, no traceback; the next cell does not run, and the kernel lives."""
    server = serve(stepwise(sse(delta(content="Half an ans")), gates[0]))
    name = notebook(LOAD.format(url=server.url), "%%runware\nHi", "print('ran on')")
    lab.open(name)
    lab.run_all()
    expect(lab.turn(1).get_by_text("Half an ans")).to_be_visible()
    lab.interrupt()
    settled = lab.settled(1)
    expect(settled).to_contain_text("Half an ans")
    expect(settled.locator(".runware-badge")).to_contain_text("stopped")
    expect(lab.output(1)).to_contain_text("StoppedError")
    expect(lab.output(1)).not_to_contain_text("Traceback")
    lab.screenshot("stopped")
    cells = lab.save(name).cells
    record = cells[1].outputs[0].data[MIME_TYPE]
    assert (record["state"], record["reply"]["content"]) == ("stopped", "Half an ans")
    assert cells[2].outputs == []
    lab.run_cell(2)
    expect(lab.output(2)).to_contain_text("ran on")


def test_a_saved_notebook_reads_without_a_kernel(lab, notebook, serve, theme):
    """Reopened, untrusted, with no kernel: the same document."""
    server = serve(stepwise(sse(delta(reasoning_content="Hm."), delta(content=MARKDOWN), USAGE, finish(), "[DONE]")))
    name = notebook(LOAD.format(url=server.url), "%%runware\nHi")
    lab.open(name)
    lab.run_all()
    expect(lab.settled(1)).to_contain_text("Costs $5")
    saved = lab.save(name)
    assert set(saved.cells[1].outputs[0].data) == {"text/html", "text/markdown", "text/plain", MIME_TYPE}
    assert "widgets" not in saved.metadata
    lab.reopen(name, theme=theme, anew=True)
    settled = lab.settled(1)
    expect(settled.locator(".runware-content")).to_contain_text("Costs $5 and $10")
    expect(settled.locator("mjx-container")).to_have_count(1)
    expect(settled.locator("table")).to_be_visible()
    expect(settled.locator(".runware-badge")).to_contain_text("5 in / 2 out")
    lab.screenshot("reopened")
    settled.locator("summary", has_text="Reasoning").click()
    expect(settled.get_by_text("Hm.")).to_be_visible()
