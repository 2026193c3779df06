"""What is said at last, and that nothing waits for it."""

import threading

import ipywidgets
import pytest
from variants import answer, answers

from runware_magic.chat.draft import TurnBuilder
from runware_magic.display.views import announcer
from runware_magic.display.views.announcer import GridNarrator, Narrator
from runware_magic.display.views.live import LiveView
from runware_magic.display.views.live_grid import LiveGridView
from runware_magic.engine.session import Session
from runware_magic.engine.view import Slot, ViewOfOne
from runware_magic.errors import ConnectError
from runware_magic.transport.endpoint import Endpoint

HERE = Endpoint("https://x.invalid/v1")
TURNS = answers(3)


class Shown:
    """Stands for a front end: what it shows now, and what was said before."""

    def __init__(self, pause=lambda _: None):
        self.now, self.said, self._pause, self._root = None, [], pause, None

    def show(self, data, **_):
        """Stand in for ``display``, and be its handle."""
        self.now = self._root = data
        return self

    def update(self, data, **_):
        """Stand in for the handle's ``update``."""
        self.now = data

    def pause(self, seconds):
        """Take note of what is said, and wait."""
        self.said += [each.value for each in self._root.children if "status" in getattr(each, "value", "")]
        self._pause(seconds)


@pytest.fixture
def opened(monkeypatch):
    """Give a function that opens a view that is heard: of one answer, or of several."""
    monkeypatch.setattr(announcer, "hears_while_running", lambda _: True)

    def build(shown, turns=()):
        view = LiveGridView(show=shown.show) if turns else LiveView(show=shown.show)
        view.open([Slot("a") for _ in turns] if turns else TurnBuilder(answer(variant=None)))
        view._narrator._pause = shown.pause
        return view

    return build


def interrupted(_):
    """Be interrupted."""
    raise KeyboardInterrupt


def settle_one(session, view, turn):
    """Settle the only answer of a cell."""
    session.settle(ViewOfOne(view), (turn,), HERE)


WAYS = {
    "one": ((), lambda session, view: settle_one(session, view, answer(variant=None)), "Answer complete."),
    "several": (
        TURNS,
        lambda session, view: session.settle(view, TURNS, HERE),
        "All 3 answers finished",
    ),
    "refused": ((), lambda session, view: session.refuse(ViewOfOne(view), None, "m", ConnectError("x")), "No answer."),
    "several refused": (TURNS, lambda _, view: view.refuse("m", ConnectError("x")), "No answer."),
}


@pytest.mark.parametrize("way", WAYS)
def test_last_words_are_said_once(opened, way):
    """However it ends; then what stays is shown."""
    turns, end, words = WAYS[way]
    shown = Shown()
    end(Session(), opened(shown, turns))
    assert [words in said for said in shown.said] == [True]
    assert isinstance(shown.now, dict)


@pytest.mark.parametrize("way", WAYS)
def test_an_interrupt_in_the_pause_leaves_no_widget(opened, way):
    """It ends the pause, and what is to stay is shown all the same."""
    turns, end, _ = WAYS[way]
    shown = Shown(interrupted)
    with pytest.raises(KeyboardInterrupt):
        end(Session(), opened(shown, turns))
    assert isinstance(shown.now, dict)
    assert shown._root.comm is None


def test_the_answer_from_before_is_shown_again_after_last_words(opened):
    """They are of the run that got none."""
    session, shown = Session(), Shown()
    settle_one(session, opened(Shown()), turn := answer(variant=None, chat="main", cell_id="1"))
    session.change(lambda now: now.with_turn(turn))
    session.refuse(ViewOfOne(opened(shown)), "1", "m", ConnectError("x"))
    assert ["No answer." in said for said in shown.said] == [True]
    assert "This is the previous answer" in shown.now["text/plain"]


def test_answers_that_end_together_wait_together(opened):
    """All of them are in their pauses at once: none holds the session meanwhile."""
    session, all_of_them = Session(), threading.Barrier(10)
    shown = [Shown(lambda _: all_of_them.wait(10)) for _ in range(10)]
    views = [opened(each) for each in shown]
    turns = [answer(variant=None, id=str(number), cell_id=str(number)) for number in range(10)]
    threads = [
        threading.Thread(target=settle_one, args=(session, view, turn)) for view, turn in zip(views, turns, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not all_of_them.broken
    assert all(isinstance(each.now, dict) for each in shown)


@pytest.mark.parametrize("narrator", [Narrator, GridNarrator])
def test_a_refusal_is_told_in_one_line(narrator):
    """With its reason, whatever that says."""
    line = narrator(ipywidgets.HTML().style)
    line.end(ConnectError("a\n<b>"), None)
    assert "No answer. a &lt;b&gt;" in line.widget.value
