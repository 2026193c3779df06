"""The lesson that ships with its recording: it answers, nobody else does, and it says where its text comes from."""

import io
import json
import re
from collections import Counter
from contextlib import redirect_stdout

import nbformat
import pytest
from recorded import no_network  # noqa: F401  # a fixture
from rerun_notebooks import NOTEBOOKS, RECORDING, lesson_cells
from terminal_ipython import line

from runware_magic.chat.events import ContentDelta, Finished, ReasoningDelta, UsageReport
from runware_magic.demo import request, stream
from runware_magic.demo.chance import Repeats
from runware_magic.demo.voices import reply
from runware_magic.protocol.chat_completions import CHAT_COMPLETIONS
from runware_magic.protocol.chunk_decoder import decode_stream
from runware_magic.recording.file import read
from runware_magic.recording.format import WHOLE, same

ANSWERS = [each for each in read(RECORDING).exchanges if each.request is not None]


def heard(body):
    """Give what an answer says: its reasoning, its text, what it cost, and why it ended."""
    events = list(decode_stream([body]))
    texts = (
        "".join(event.text for event in events if isinstance(event, kind)) for kind in (ReasoningDelta, ContentDelta)
    )
    return *texts, *(event for event in events if isinstance(event, UsageReport | Finished))


def spoken(asked, repeats):
    """Give the bytes of what the demo says to a request today."""
    ask = repeats.counted(request.read(json.dumps(CHAT_COMPLETIONS.encode(asked)).encode()))
    return b"".join(event for _, event in stream.steps(ask, [stream.spoken(ask, reply(ask))], "id"))


def test_the_demo_says_today_what_is_recorded():
    """Prompt by prompt; in whichever order those came that were asked at once."""
    repeats = Repeats()
    recorded = Counter((same(each.request), heard(b"".join(piece for _, piece in each.pieces))) for each in ANSWERS)
    assert recorded == Counter((same(each.request), heard(spoken(each.request, repeats))) for each in ANSWERS)
    assert {(each.status, each.ended) for each in ANSWERS} == {(200, WHOLE)}


def test_the_lesson_needs_its_recording_only(shell, magics, no_network, monkeypatch):  # noqa: F811
    """Without a network every cell of it is answered, and with a key as well; all that was recorded is asked."""
    monkeypatch.chdir(NOTEBOOKS)
    monkeypatch.setenv("RUNWARE_API_KEY", "a-key-that-nobody-has-1234")
    no_network()
    for cell in lesson_cells():
        with redirect_stdout(io.StringIO()):
            result = shell.run_cell(cell.source.replace(RECORDING.name, f"{RECORDING.name} --speed max"))
        assert result.success == ("raises-exception" not in cell.metadata.get("tags", ())), cell.source
    turns = magics.session.ledger
    assert len(turns) == len(ANSWERS)
    assert all(spent.recorded for spent in turns)


@pytest.mark.usefixtures("_sockets")
def test_failures_are_tried_on_the_demo(shell, magics, monkeypatch):
    """Notebook 05 asks nobody else, also where a key is known; the status says why."""
    monkeypatch.setenv("RUNWARE_API_KEY", "a-key-that-nobody-has-1234")
    cells = {
        cell.id: cell.source for cell in nbformat.read(NOTEBOOKS / "05_when_things_fail.ipynb", as_version=4).cells
    }
    for name in ("load", "demo", "before"):
        with redirect_stdout(io.StringIO()):
            shell.run_cell(cells[name]).raise_error()
    assert [turn.endpoint for turn in magics.session.conversation.turns("main")] == ["demo"]
    assert "the built-in demo (set by base_url)" in line(shell)


def test_the_recording_says_where_its_text_comes_from():
    """In its first line, and of each exchange: the demo endpoint, and no model."""
    first, *lines = RECORDING.read_text(encoding="utf-8").splitlines()
    assert re.search(r"people have written.*demo endpoint.*a script: no language model", json.loads(first)["what"])
    assert {json.loads(line)["endpoint"] for line in lines} == {"demo"}


def test_the_recording_holds_nothing_of_a_machine():
    """No address, no path, no key, and of the headers the content type only."""
    text = RECORDING.read_text(encoding="utf-8")
    assert not re.search(r"https?:|127\.0\.0|localhost|/(?:home|root|tmp|Users)/|Bearer|Authorization", text)
    fields = {name for line in text.splitlines()[1:] for name in json.loads(line)["answer"]}
    assert fields == {"status", "content_type", "after_s", "body", "ended", "ended_s"}


def test_the_recording_has_the_pace_of_a_model():
    """A pause before the first word, then some tens of tokens a second, a few at a time at most."""
    words = re.compile(rb'"(?:reasoning_)?content":"(?!")')
    for answer in ANSWERS:
        told = [(at_s, len(words.findall(piece))) for at_s, piece in answer.pieces]
        first_s = next(at_s for at_s, count in told if count)
        assert 0.3 < first_s < 1
        assert max(count for _, count in told) < 15
        tokens = sum(count for _, count in told)
        assert tokens < 10 or 40 < tokens / (answer.ended_s - first_s) < 90
