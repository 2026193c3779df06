"""Which answers a page that was loaded anew does not show."""

from types import SimpleNamespace

import pytest

from runware_magic.chat.conversation import VersionedTurn
from runware_magic.ipython.cell_runs import CellRuns, Run


class Notebook:
    """Stands for what the outputs show, and for what is saved of it."""

    def __init__(self):
        self.shown, self.saved = {}, frozenset()
        self.runs = CellRuns(self.shown.get, lambda: self.saved)

    def ask(self, cell_id, turn_id, page="one", number=1):
        """Run a cell that gets an answer."""
        self.runs.began(cell_id, Run(number, page))
        self.shown[cell_id] = SimpleNamespace(id=turn_id, cell_id=cell_id)

    def lost(self, page, cell_id=None):
        """Return the ids of the turns that turn out to be lost to a page."""
        return [turn.id for turn in self.runs.look(page, cell_id)]


@pytest.fixture
def notebook():
    """Return a notebook without cells."""
    return Notebook()


def test_an_answer_that_is_not_in_the_file_is_lost_to_another_page(notebook):
    """It is told once; the page that asked shows it, and a console shows nothing."""
    notebook.ask("a", "t1")
    assert notebook.lost("one") == notebook.lost(None) == []
    assert notebook.lost("two") == ["t1"]
    assert notebook.lost("two") == []
    assert [turn.id for turn in notebook.runs.lost.values()] == ["t1"]


def test_an_answer_that_was_saved_is_not_lost(notebook):
    """Nor is any, if the front end does not tell which file it shows."""
    notebook.ask("a", "t1")
    notebook.ask("b", "t2")
    notebook.saved = frozenset({"t1"})
    assert notebook.lost("two") == ["t2"]
    notebook.ask("c", "t3", page="two")
    notebook.saved = None
    assert notebook.lost("three") == []


def test_an_answer_that_is_still_under_way_is_lost_when_it_has_ended(notebook):
    """It goes on in the background, and its page is gone."""
    notebook.runs.began("a", Run(1, "one"))
    assert notebook.lost("two") == []
    notebook.shown["a"] = SimpleNamespace(id="t1")
    assert notebook.lost("two") == ["t1"]


def test_a_cell_that_runs_again_is_not_told_of_its_own_loss(notebook):
    """It gets an answer in its place, and is no longer lost when it has one."""
    notebook.ask("a", "t1")
    assert notebook.lost("two", "a") == []
    notebook.ask("a", "t2", page="two")
    assert not notebook.runs.lost


def test_the_prompt_beside_a_cell_is_that_of_its_last_run(notebook):
    """By the cell; in a terminal, which has no cells, by the turn."""
    notebook.ask("a", "t1", number=3)
    notebook.ask("a", "t2", number=5)
    notebook.runs.ended((SimpleNamespace(id="t3", cell_id=None),), Run(7, None))
    places = [
        VersionedTurn(cell_id, (SimpleNamespace(id=name),))
        for cell_id, name in (("a", "t1"), (None, "t3"), ("b", "t4"))
    ]
    assert [notebook.runs.prompt_of(place) for place in places] == ["In [5]", "In [7]", ""]
