"""What a cell asks for, drawn, settled and kept: one answer or several, by the same loop."""

import threading
from dataclasses import replace

import pytest
from cells import SETTINGS, Watching
from scripted import WHERE, WHOLE, Scripted

from runware_magic.chat.events import ContentDelta, Opened
from runware_magic.chat.messages import Message
from runware_magic.chat.turn import Variant
from runware_magic.engine.course import Job, Plan
from runware_magic.engine.query import Query
from runware_magic.engine.runner import Runner
from runware_magic.engine.session import Session
from runware_magic.engine.throttle import DrawCost
from runware_magic.engine.view import ViewOfOne
from runware_magic.errors import ConnectionLostError, RefusedError, RunwareError, SpentError, StoppedError

HALF = (Opened(), ContentDelta("Half"))
REFUSED = (RefusedError("No.", "Change it."),)
HI = Query((Message("user", "Hi"),), "m", cell_id="c1")


class Grid(Watching):
    """Shows several: takes note of each drawing, and of how all has ended."""

    def draw(self, slots, elapsed_s):  # noqa: ARG002  # as in `GridView`
        """Take note of nothing."""
        self._drawn()
        return DrawCost()

    def settle(self, settled):
        """Take note of all answers."""
        self.settled.append(settled.variants)


def one(*replies, query=HI, view=None, session=None, **more):
    """Return a runner of one answer, its session and its view."""
    view, session = view or Watching(), session or Session(lambda *_: Scripted(*replies))
    return Runner(session, [Job(query)], WHERE, SETTINGS, lambda *_: ViewOfOne(view), **more), session, view


def several(*replies, count=3, view=None, query=HI, **more):
    """Return a runner of several answers, its session and its view."""
    view, session = view or Grid(), Session(lambda *_: Scripted(*replies))
    jobs = [Job(replace(query, variant=Variant("x", number, count, {}))) for number in range(1, count + 1)]
    return Runner(session, jobs, WHERE, SETTINGS, lambda *_: view, **more), session, view


def test_a_whole_answer_is_settled_kept_and_returned():
    """In the chat, and in the output of its cell."""
    runner, session, view = one(WHOLE)
    (turn,) = runner.here()
    assert (turn.content, turn.state) == ("Hello", "complete")
    assert session.conversation.turns("main") == (turn,) == runner.turns
    assert view.settled == [turn]
    assert runner.has_ended


def test_an_answer_that_breaks_off_is_kept_before_its_error_is_raised():
    """Nothing that has come is lost."""
    runner, session, view = one((*HALF, ConnectionLostError("Gone.", "Again.")))
    with pytest.raises(ConnectionLostError):
        runner.here()
    assert [(turn.state, turn.content) for turn in session.conversation.turns("main")] == [("failed", "Half")]
    assert view.settled == list(runner.turns)


@pytest.mark.parametrize("make", [one, several])
def test_where_nothing_has_come_there_is_no_turn(make):
    """The view is told why, once."""
    runner, session, view = make(REFUSED)
    with pytest.raises(RefusedError):
        runner.here()
    assert (session.conversation.turns("main"), runner.turns, view.settled) == ((), (), [])
    assert [type(error) for error in view.refused] == [RefusedError]


def test_a_cell_that_has_answered_before_shows_that_again():
    """Its output was cleared when it ran."""
    runner, session, _ = one(WHOLE, REFUSED)
    (turn,) = runner.here()
    again, _, view = one(session=session)
    session.connections._transports.clear()
    session.connections._connect = lambda *_: Scripted(REFUSED)
    with pytest.raises(RefusedError):
        again.here()
    assert (view.settled, view.refused) == ([turn], [])


def test_a_budget_that_is_used_up_is_told_before_anything_is_sent():
    """And nothing is drawn."""
    scripted = Scripted()
    runner, _, view = one(query=replace(HI, budget=0.0), session=Session(lambda *_: scripted))
    scripted.models = lambda *_: []
    with pytest.raises(SpentError):
        runner.here()
    assert (scripted.heard, [type(error) for error in view.refused]) == ([], [SpentError])


def test_a_stop_keeps_what_had_arrived():
    """Asked for from within a drawing, as a button does."""
    runner, session, view = one((*HALF, threading.Event()))
    view._drawn = lambda: runner.stop.ask() if runner.builder.content else None
    with pytest.raises(StoppedError, match="kept"):
        runner.here()
    assert [(turn.state, turn.content) for turn in session.conversation.turns("main")] == [("stopped", "Half")]


def test_a_view_that_breaks_loses_nothing():
    """Its error is raised, and the answer is kept."""
    runner, session, view = one((*HALF, threading.Event()))

    def broken():
        if runner.builder.content:
            msg = "no front end"
            raise OSError(msg)

    view._drawn = broken
    with pytest.raises(OSError, match="no front end"):
        runner.here()
    assert [turn.content for turn in session.conversation.turns("main")] == ["Half"]


def test_an_answer_is_asked_for_after_the_earlier_one():
    """With what that has brought in its context."""
    gate, scripted = threading.Event(), None
    scripted = Scripted((Opened(), gate, *WHOLE[1:]), WHOLE)
    first, session, _ = one(session=Session(lambda *_: scripted))
    thread = threading.Thread(target=first.run)
    thread.start()
    second, *_ = one(query=replace(HI, cell_id="c2"), session=session, earlier=[first])
    gate.set()
    second.run()
    thread.join(20)
    assert [len(request.messages) for request in scripted.heard] == [1, 3]


def test_several_are_settled_together():
    """In order; one counts in the chat."""
    runner, session, view = several(WHOLE, max_parallel=3)
    turns = runner.here()
    assert [turn.variant.number for turn in turns] == [1, 2, 3]
    assert view.settled == [turns]
    assert session.conversation.turns("main") == turns[:1]


def test_one_that_fails_leaves_the_others_alone():
    """All that came is kept; the error says how many did not come whole."""
    runner, session, view = several(WHOLE, (*HALF, ConnectionLostError("Gone.", "Again.")), WHOLE, max_parallel=1)
    with pytest.raises(RunwareError, match=r"1 of 3 answers are not complete.*Gone"):
        runner.here()
    assert [turn.state for turn in view.settled[0]] == ["complete", "failed", "complete"]
    assert len(session.conversation.variants(runner.turns[0])) == 3


def test_what_was_kept_is_not_asked_again():
    """Only what is missing is."""
    runner, session, _ = several(WHOLE, query=replace(HI, keep=True), max_parallel=3)
    runner.here()
    scripted = Scripted()
    session.connections._transports.clear()
    session.connections._connect = lambda *_: scripted
    jobs = [
        Job(replace(HI, keep=True, variant=Variant("y", number, 4, {}), messages=(Message("user", "Hi"),)))
        for number in range(1, 5)
    ]
    again = Runner(session, jobs, WHERE, SETTINGS, lambda *_: Grid(), max_parallel=1)
    assert len(again.here()) == 4
    assert len(scripted.heard) == 1


def test_a_change_of_a_chat_loses_no_answer_that_ends_meanwhile():
    """A command changes one chat while an answer of another ends in the background."""
    session, checked = Session(lambda *_: Scripted(WHOLE)), threading.Event()
    job = Job(HI, Plan(lambda turn: (checked.set(), turn)[1]))
    runner = Runner(session, [job], WHERE, SETTINGS, lambda *_: ViewOfOne(Watching()))
    thread = threading.Thread(target=runner.run)

    def changed(now):
        thread.start()
        assert checked.wait(10)  # about to be kept
        thread.join(0.05)
        return now.forked("main", "other", 0)

    session.change(changed)
    thread.join(10)
    assert [turn.content for turn in session.conversation.turns("main")] == ["Hello"]
