"""Turns that are shown again, and what is told about those that a page has lost."""

import pytest
from terminal_ipython import cell, failed, line

from runware_magic.notebook import reader


@pytest.fixture
def saved(front_end, tmp_path, monkeypatch):
    """Return a function that saves these cells in the open notebook."""
    path = tmp_path / "talk.ipynb"
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))

    def save(*cell_ids):
        front_end.save(path, *cell_ids)
        return path

    save()
    return save


def contents_of(front_end, cell_id):
    """Return the answers that the output of a cell shows."""
    last = {settled.turn.id: settled for settled in front_end.outputs[cell_id].shown}
    return [str(settled.turn) for settled in last.values()]


def test_a_turn_is_shown_again_with_its_record(front_end):
    """The last one, one by its number, or all."""
    front_end.run("a", "one")
    front_end.run("b", "two")
    for text, said in (("answer", ["B"]), ("answer 1", ["A"]), ("answer all", ["A", "B"])):
        front_end.line("c", text)
        assert contents_of(front_end, "c") == said
    record = front_end.outputs["c"].shown[0].record
    assert (record["cell_id"], record["again"], record["places"][0]["number"]) == ("a", True, 1)
    assert len(front_end.sent()) == 2


def test_a_turn_that_is_shown_again_follows_its_cell(front_end):
    """Else the file would hold two that differ."""
    front_end.run("a", "one")
    front_end.run("b", "two")
    front_end.line("c", "answer all")
    front_end.run("a", "uno")
    shown = front_end.outputs["c"].shown
    assert contents_of(front_end, "c") == ["A", "B", "C"]
    *_, mark = [settled.mark for settled in shown if str(settled.turn) == "B"]
    assert mark == "Turn 1 has changed since. Run %runware refresh."


def test_a_terminal_shows_a_turn_again(shell, asked):
    """As text."""
    asked()
    cell(shell, "", "Hi there")
    said = line(shell, "answer")
    assert "> Hi there" in said
    assert "Hello" in said


@pytest.mark.parametrize("text", ["answer", "answer 3", "answer x", "answer all"])
def test_where_there_are_no_turns_none_is_shown(shell, capsys, text):
    """A number that does not exist is an error."""
    error, _ = failed(shell, f"%runware {text}", capsys)
    assert (error is None) == (text == "answer all")


@pytest.mark.parametrize("cells", ["abc", "ac", "ca", "c"])
def test_a_saved_notebook_restores_each_turn_once(front_end, saved, cells):
    """In the place of the cell that asked, whether or not its output was saved, too."""
    front_end.run("a", "one")
    front_end.run("b", "two")
    front_end.line("c", "answer all")
    rebuilt = reader.read(saved(*cells))
    assert [(place.cell_id, str(place.turn)) for place in rebuilt.conversation.places("main")] == [
        ("a", "A"),
        ("b", "B"),
    ]
    assert len(rebuilt.turns) == 2
    assert not rebuilt.left_out


def test_an_answer_that_a_reloaded_page_has_lost_is_told_once(front_end, saved):
    """By the next magic, which names the command that shows it, and its own cell does so, too."""
    front_end.run("a", "one")
    front_end.run("b", "two")
    saved("a")
    front_end.page = "reloaded"
    assert "reloaded before an answer was saved. %runware answer 2 shows it again" in front_end.line("c", "history")
    assert "reloaded" not in front_end.line("c", "history")
    front_end.line("c", "answer")
    assert contents_of(front_end, "c") == ["B"]
    front_end.run("b", "two", "--keep")
    assert contents_of(front_end, "b") == ["B"]
    assert len(front_end.sent()) == 2
    front_end.line("c", "answer 1")
    assert contents_of(front_end, "c") == ["A"]


@pytest.mark.usefixtures("saved")
def test_several_answers_that_are_lost_are_shown_at_once(front_end):
    """One command shows them all."""
    for cell_id in "ab":
        front_end.run(cell_id, "one")
    front_end.page = "reloaded"
    assert "before 2 answers were saved. %runware answer shows them again" in front_end.line("c", "history")
    front_end.line("c", "answer")
    assert contents_of(front_end, "c") == ["A", "B"]


@pytest.mark.usefixtures("saved")
def test_an_answer_outside_of_all_chats_is_shown_again(front_end):
    """It has no number, but it was lost all the same; the command that shows it need not name itself."""
    front_end.run("a", "one", "--once")
    front_end.page = "reloaded"
    assert front_end.line("c", "answer") == ""
    assert contents_of(front_end, "c") == ["A"]


def test_a_chat_that_begins_without_the_saved_turns_says_so_once(front_end, saved, magics):
    """Before it asks, unless it is no chat; and not if loading is to say nothing."""
    front_end.run("a", "one")
    saved("a")
    front_end.run("b", "two")
    magics.dispatch.__init__(magics, magics.dispatch._view)
    assert "new chat" not in front_end.run("b", "two", "--once")
    assert "a new chat, without the saved turn of this notebook: %runware restore loads it." in front_end.run(
        "b", "two"
    )
    assert "new chat" not in front_end.run("c", "three")
