"""Rows that a recording answers: where `replay` says so, and where the notebook replays one."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

import runware_magic
from runware_magic import Chat
from runware_magic.errors import OptionError
from runware_magic.transport.endpoint import DEMO

ROWS = ["one", "two"]


@pytest.fixture
def lesson(tmp_path, _sockets):
    """Return a recording of what the demo has answered to each of the rows."""
    path = tmp_path / "lesson.jsonl"
    for row in ROWS:
        with Chat("demo:echo@1", base_url=DEMO, record=path) as chat:
            chat.ask(row)
    return path


def told(turns):
    """Return what rows were answered, and when that was recorded."""
    return sorted((turn.messages[-1].content, bool(turn.content), turn.recorded is not None) for turn in turns)


def test_a_recording_answers_in_the_place_of_the_endpoint(lesson, monkeypatch):
    """What it does not know is a failed turn, and nothing goes out."""
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("something went out"))
    turns = list(runware_magic.map([*ROWS, "three"], models="demo:echo@1", replay=lesson))
    assert told(turns) == [("one", True, True), ("three", False, False), ("two", True, True)]
    (failed,) = [turn for turn in turns if turn.state == "failed"]
    assert "lesson.jsonl" in failed.error
    assert failed.cost is None


def test_what_is_replayed_can_be_written_down(lesson, tmp_path):
    """And is then given from there."""
    record = tmp_path / "turns.jsonl"
    first = list(runware_magic.map(ROWS, models="demo:echo@1", replay=lesson, record=record))
    again = list(runware_magic.map(ROWS, models="demo:echo@1", replay=lesson, record=record))
    assert sorted(turn.id for turn in first) == sorted(turn.id for turn in again)


def test_an_executor_replays_nothing(lesson):
    """Its workers have no recording."""

    class Executor:
        def submit(self):
            """Do nothing."""

    with pytest.raises(OptionError, match="replay and executor cannot be used together"):
        runware_magic.map(ROWS, replay=lesson, executor=Executor())


def test_where_a_notebook_replays_its_rows_are_replayed_too(shell: InteractiveShell, lesson, tmp_path):
    """Until the lesson has ended, or an address says otherwise."""
    shell.run_line_magic("runware", f"replay {lesson} --speed max")
    record = tmp_path / "turns.jsonl"
    assert told(runware_magic.map(ROWS, models="demo:echo@1", record=record)) == [
        ("one", True, True),
        ("two", True, True),
    ]
    live = runware_magic.map(["one"], models="demo:echo@1", base_url=DEMO)
    assert told(live) == [("one", True, False)]
    shell.run_line_magic("runware", "live")
    assert told(runware_magic.map(["one"], models="demo:echo@1")) == [("one", True, False)]
