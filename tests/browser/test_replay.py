"""A lesson in JupyterLab: no key, no server, no network, and the answers come as they once came."""

import nbformat
import pytest
from loopback import USAGE, delta, finish, sse
from playwright.sync_api import expect

from runware_magic.chat.messages import Message
from runware_magic.chat.record import MIME_TYPE
from runware_magic.chat.request import Request
from runware_magic.recording.file import first_line
from runware_magic.recording.format import Recorded, to_line

PROMPT = "Explain recursion in two sentences."
THOUGHT = "Two sentences, then."
ANSWER = "A function that calls itself until the rest is small enough to be known is recursive ."
WORDS = ANSWER.split()
AFTER_S, FIRST_S, STEP_S = 0.6, 1.6, 0.2  # seconds to the thought, to the first word, and from each word to the next
LAST_S = FIRST_S + STEP_S * (len(WORDS) - 1)
PACE = 0.1  # of a span of time, by which it may be longer or shorter
FRAME_S = 0.5  # until what has come is on a page, on a busy machine: it is drawn 15 times a second

#: What a kernel runs first: from there on, whatever touches the network fails.
BLOCK = """\
import socket
def no_network(*_, **__):
    raise AssertionError("the network was touched")
for _name in ("connect", "connect_ex", "sendto", "bind"):
    setattr(socket.socket, _name, no_network)
socket.getaddrinfo = no_network
"""
#: Takes note of when a page shows how much of an answer, by its own clock.
WATCH = """number => {
    const seen = window.seen = {began: performance.now(), words: [], thought: '', status: null, says: '', settled: null}
    const look = () => {
        const now = performance.now() - seen.began
        const cell = document.querySelectorAll('.jp-Notebook .jp-CodeCell')[number]
        const turn = cell.querySelector('.runware-turn')
        if (turn) {
            const said = [...turn.querySelectorAll('.runware-content')].filter(x => !x.closest('.runware-reasoning'))
            const words = (said.at(-1)?.innerText || '').split(/\\s+/).filter(x => x).length
            if (words > seen.words.length) seen.words = seen.words.concat(Array(words - seen.words.length).fill(now))
            const thought = turn.querySelector('.widget-vbox.runware-reasoning')
            if (thought?.checkVisibility() && thought.innerText) seen.thought = thought.innerText
            if (!seen.says) seen.says = turn.innerText
            seen.status = seen.status ?? now
            if (turn.closest('.jp-RenderedHTML')) { seen.settled = now; return }
        }
        setTimeout(look, 20)
    }
    look()
}"""


def exchange(prompt, words, *, asked="2026-11-25T13:40:02.000000Z", step_s=STEP_S):
    """Give an answer that came word by word."""
    pieces = [(AFTER_S, sse(delta(role="assistant"), delta(reasoning_content=THOUGHT)))]
    pieces += [(FIRST_S + at * step_s, sse(delta(content=f"{word} "))) for at, word in enumerate(words)]
    ended_s = FIRST_S + step_s * (len(words) - 1)
    return Recorded(
        asked,
        "https://api.runware.ai/v1",
        Request("minimax:m2.7@0", (Message("user", prompt),), {"max_completion_tokens": 4096}),
        200,
        "text/event-stream",
        AFTER_S,
        ended_s,
        (*pieces, (ended_s, sse(USAGE, finish(), "[DONE]"))),
    )


@pytest.fixture
def lesson(lab_server):
    """Write a recording beside the notebooks; give what names it."""

    def write(*exchanges, name="lesson.jsonl"):
        path = lab_server[2] / name
        path.write_bytes(first_line("2026-11-25T13:40:02Z") + b"".join(map(to_line, exchanges)))
        return name

    return write


def replaying(name, options=""):
    """Give the first cell of a lesson."""
    return f"{BLOCK}%load_ext runware_magic\n%runware replay {name} {options}"


def ready(lab, name, theme="light"):
    """Open a lesson, and begin to replay; it says that nothing is sent."""
    lab.open(name, theme=theme)
    lab.run_cell(0)
    expect(lab.output(0)).to_contain_text("nothing is sent")


def watched(lab, number):
    """Run a cell, and give when the page showed what, in seconds since then."""
    lab.page.evaluate(WATCH, number)
    lab.run_cell(number)
    lab.page.wait_for_function("() => window.seen.settled !== null", timeout=60_000)
    seen = lab.page.evaluate("() => window.seen")
    return [at / 1000 for at in seen["words"]], seen["status"] / 1000, seen["settled"] / 1000


def test_an_answer_streams_as_it_once_did(lab, notebook, lesson, theme):
    """Never earlier, at the same pace within ten per cent, and it says from the beginning that it was recorded."""
    ready(lab, notebook(replaying(lesson(exchange(PROMPT, WORDS))), f"%%runware\n{PROMPT}"), theme)
    lab.page.evaluate(WATCH, 1)
    lab.run_cell(1)
    lab.page.wait_for_function("() => window.seen.words.length > 4")
    lab.screenshot("1-growing")
    badge = lab.settled(1).locator(".runware-badge")
    expect(badge).to_contain_text("minimax:m2.7@0 · recorded 2026-11-25 · 5 in / 2 out")
    expect(badge).to_contain_text("(not billed)")
    lab.screenshot("2-settled")
    # Asked afterwards: what a page shows for a second only, a busy machine may look for too late.
    lab.page.wait_for_function("() => window.seen.settled !== null")
    seen = lab.page.evaluate("() => window.seen")
    assert THOUGHT in seen["thought"]
    assert "recorded 2026-11-25" in seen["says"]
    words, settled_s = [at / 1000 for at in seen["words"]], seen["settled"] / 1000
    assert len(words) == len(WORDS)
    assert all(at_s >= FIRST_S + STEP_S * number for number, at_s in enumerate(words))
    assert len(set(words)) > len(WORDS) / 2
    assert words[-1] - words[0] == pytest.approx(LAST_S - FIRST_S, abs=PACE * (LAST_S - FIRST_S) + FRAME_S)
    began_s = seen["status"] / 1000
    off = (words[-1] - words[0]) / (LAST_S - FIRST_S) - 1
    print(f"words off by {off:+.1%}, settled {settled_s - began_s - LAST_S:+.2f} s")  # noqa: T201  # shown by -s
    assert LAST_S <= settled_s <= began_s + LAST_S * (1 + PACE) + FRAME_S


def test_without_pauses_an_answer_of_an_hour_is_there_at_once(lab, notebook, lesson, theme):
    """With the same text and badge; what was not recorded fails in one line, and the cell below does not run."""
    hour = lesson(exchange(PROMPT, WORDS, step_s=240.0), name="hour.jsonl")
    lesson(exchange("What is the capital of Norway?", WORDS), exchange(PROMPT, WORDS))
    other = f"%%runware\n{PROMPT.replace('two', 'three')}"
    begin = replaying(hour, "--speed max")
    lab.open(
        notebook(begin, f"%%runware\n{PROMPT}", "%runware replay lesson.jsonl", other, "print('ran on')"), theme=theme
    )
    lab.run_cell(0)
    expect(lab.output(0)).to_contain_text("nothing is sent")
    *_, settled_s = watched(lab, 1)
    assert settled_s < 10
    expect(lab.settled(1).locator(".runware-content").last).to_have_text(ANSWER)
    expect(lab.settled(1).locator(".runware-badge")).to_contain_text("recorded 2026-11-25")
    lab.run_cell(2)
    expect(lab.output(2)).to_contain_text("nothing is sent")
    lab.cell(3).locator(".cm-content").click()
    lab.run_command("notebook:run-all-below")
    fails_in_one_line(lab, 3)
    expect(lab.output(4)).not_to_contain_text("ran on")


def fails_in_one_line(lab, number):
    """See that it names the nearest recorded prompt, and shows the difference."""
    output = lab.output(number)
    expect(output).to_contain_text("NotRecordedError: lesson.jsonl has no answer to this prompt. The nearest one is")
    expect(output).to_contain_text("(recorded → here): “Explain recursion in [two → three] sentences.”")
    expect(output).to_contain_text("%runware live stops the replay.")
    expect(output).not_to_contain_text("Traceback")
    # All that is there, however it wraps.
    told = " ".join(output.locator("pre").last.inner_text().split())
    assert told.startswith("NotRecordedError: ")
    assert told.endswith("%runware live stops the replay.")
    lab.screenshot("not-recorded")


def test_a_saved_notebook_is_recording_enough(lab, notebook, lesson):
    """Its answer takes as long as the record says that it took, and is called recorded on the day of the first one."""
    name = notebook(replaying(lesson(exchange(PROMPT, WORDS))), f"%%runware\n{PROMPT}")
    ready(lab, name)
    lab.run_cell(1)
    lab.settled(1)
    record = lab.save(name).cells[1].outputs[0].data[MIME_TYPE]
    assert record["recorded"] == "2026-11-25"
    total_s = record["timing"]["total_s"]
    assert total_s == pytest.approx(LAST_S, rel=PACE)
    again = lab.save(name)
    again.cells[0].source, again.cells[1].outputs = replaying(name), []
    nbformat.write(again, lab.folder / "again.ipynb")
    ready(lab, "again.ipynb")
    words, began_s, settled_s = watched(lab, 1)
    assert len(set(words)) > len(WORDS) / 2
    assert total_s <= settled_s <= began_s + total_s * (1 + PACE) + FRAME_S
    expect(lab.settled(1).locator(".runware-content").last).to_have_text(ANSWER)
    expect(lab.settled(1).locator(".runware-badge")).to_contain_text("recorded 2026-11-25")
    lab.screenshot("from-a-notebook")
