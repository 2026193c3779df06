"""A call: however it is made and however it ends, there is one outcome."""

import threading

import pytest
from asking import REQUEST
from calling import call
from scripted import WHOLE, Scripted

from runware_magic.chat.events import ContentDelta, Ended, Failed, Finished, Opened, Retrying
from runware_magic.chat.pricing import Meter, Prices
from runware_magic.engine.budget import Budget, Limits
from runware_magic.engine.call import Call, Outcome, failed
from runware_magic.engine.ledger import Ledger
from runware_magic.engine.query import PreparedCall
from runware_magic.errors import (
    BudgetError,
    ConnectionLostError,
    EndpointError,
    PromptError,
    RateLimitedError,
    RefusedError,
    RunwareError,
    SpentError,
    StoppedError,
)

HALF = (Opened(), ContentDelta("Half"))


def pulled(made):
    """Pull all its events."""
    list(made.events())
    return made.outcome()


def in_thread(made):
    """Let a thread read it; the outcome is handed over once."""
    given = []
    made.start(given.append)
    outcome = made.outcome()
    made.close()
    assert given == [outcome]
    return outcome


@pytest.mark.parametrize("way", [pulled, Call.run, in_thread])
@pytest.mark.parametrize(
    ("reply", "state", "content", "error"),
    [
        (WHOLE, "complete", "Hello", None),
        (HALF, "complete", "Half", None),  # that nobody called it whole is said elsewhere
        ((*HALF, Failed("No.", "500")), "failed", "Half", RunwareError),
        ((*HALF, ConnectionLostError("Gone.", "Again.")), "failed", "Half", ConnectionLostError),
        ((RefusedError("No.", "Change it."),), "failed", "", RefusedError),
        ((*HALF, ZeroDivisionError("division by zero")), "failed", "Half", RunwareError),
    ],
)
def test_pulled_run_or_started_it_ends_alike(way, reply, state, content, error):
    """The state, what came, and the error, which stands in the turn in one line."""
    outcome = way(call(Scripted(reply)))
    assert (outcome.turn.state, outcome.turn.content) == (state, content)
    assert type(outcome.error) is (type(None) if error is None else error) or isinstance(outcome.error, error)
    assert outcome.turn.error == (str(outcome.error) if error else None)
    assert outcome.turn.timing.total_s is not None


def test_the_last_word_ends_it_though_the_line_stays_open():
    """Nobody waits for what may still come of the body."""
    gate = threading.Event()
    made = call(Scripted((*WHOLE, gate)))
    made.start()
    assert made.outcome().turn.state == "complete"
    gate.set()
    made.close()


def test_whoever_stops_it_has_what_had_arrived():
    """From any thread; what comes later changes nothing."""
    seen, gate = threading.Event(), threading.Event()
    made = call(Scripted((*HALF, seen.set, gate, ContentDelta(" and more"), Ended())))
    made.start()
    assert seen.wait(20)
    made.stop()
    outcome = made.outcome()
    gate.set()
    made.close()
    assert (outcome.turn.state, outcome.turn.content, type(outcome.error)) == ("stopped", "Half", StoppedError)
    assert made.outcome() is outcome


def test_an_interrupt_while_it_is_pulled_is_a_stop():
    """It is not raised: whoever pulls finds it in the outcome."""
    outcome = pulled(call(Scripted((*HALF, KeyboardInterrupt()))))
    assert (outcome.turn.state, outcome.turn.content, type(outcome.error)) == ("stopped", "Half", StoppedError)


def test_a_budget_stops_it_and_cuts_the_line():
    """Nothing more is generated for nobody."""
    request, heard = REQUEST, []
    guard = Budget(Ledger()).admit(Meter(request, Prices(0.0, 1.0)), Limits(cell=2.0))
    prepared = PreparedCall.of(request, endpoint="e", messages=request.messages, chat=None)
    words = [ContentDelta("four") for _ in range(9)]
    outcome = Call(prepared, Scripted((Opened(), *words, lambda: heard.append("the end"))), guard).run()
    assert (outcome.turn.state, outcome.turn.content, type(outcome.error)) == ("stopped", "four" * 3, BudgetError)
    assert heard == []


@pytest.mark.parametrize(
    ("reply", "told", "slowed_s"),
    [
        ((Retrying("429", 2, 3.0), *WHOLE), [3.0], 3.0),
        ((Retrying("503", 2, 1.0), Retrying("429", 3, 2.0), *WHOLE), [1.0, 2.0], 2.0),
        ((Retrying("no connection", 2, 1.0), *WHOLE), [], None),
        ((Retrying("500", 2, 1.0), *WHOLE), [], None),
        ((RateLimitedError("Too many.", "Wait."),), [0.0], 0.0),
        (WHOLE, [], None),
    ],
)
def test_who_wants_fewer_requests_is_heard(reply, told, slowed_s):
    """By 429 and by 503; in the end, too."""
    heard = []
    assert call(Scripted(reply), slow_down=heard.append).run().slowed_s == slowed_s
    assert heard == told


@pytest.mark.parametrize(
    ("reply", "refused"),
    [((RefusedError("No.", "Change."),), True), (HALF, False), ((Opened(),), False), ((), False)],
)
def test_what_was_not_even_begun_to_be_answered_was_refused(reply, refused):
    """Then there is no turn to keep."""
    made = call(Scripted(reply))
    made.run()
    assert made.refused is refused


@pytest.mark.parametrize(
    ("error", "hopeless"),
    [
        (EndpointError("No key.", "Set it."), True),
        (SpentError("Used up.", "Raise it."), True),
        (RefusedError("No.", "Change it."), False),
        (None, False),
    ],
)
def test_what_holds_for_every_request_is_hopeless(error, hopeless):
    """Others need not be tried."""
    turn = call(Scripted()).prepared.turn
    assert Outcome(turn, error).is_hopeless is hopeless


def test_what_could_not_be_asked_keeps_no_prompt_that_may_hold_a_key():
    """Turns are kept, and written to files."""
    prepared = call(Scripted()).prepared
    assert failed(prepared, PromptError("It holds a key.", "Take it out.")).turn.messages == ()
    assert failed(prepared, RunwareError("No.")).turn.messages == REQUEST.messages
    assert failed(prepared, KeyError("x")).turn.error == "KeyError: 'x'"


def test_finished_without_a_last_word_is_whole():
    """The reason is said, and the body has ended."""
    outcome = call(Scripted((*HALF, Finished("stop")))).run()
    assert (outcome.turn.state, outcome.turn.is_whole) == ("complete", True)


def test_an_interrupt_right_after_the_end_leaves_nobody_waiting():
    """The outcome is set, and who waits for it is not told yet."""
    made = call(Scripted(HALF))
    told = threading.Event()

    class Interrupted:
        def set(self):
            made._ended = told
            raise KeyboardInterrupt

    made._ended = Interrupted()
    list(made.events())
    assert told.is_set()
    assert made.outcome().turn.content == "Half"


def test_a_system_without_more_threads_is_an_error_of_the_call(monkeypatch):
    """It can be stopped and closed as every other, and tells its outcome once."""

    def none(_thread):
        msg = "can't start new thread"
        raise RuntimeError(msg)

    monkeypatch.setattr(threading.Thread, "start", none)
    made, given = call(Scripted()), []
    made.start(given.append)
    made.stop()
    made.close()
    assert [(outcome.turn.state, str(outcome.error)) for outcome in given] == [
        ("failed", "RuntimeError: can't start new thread")
    ]


def test_a_stop_leaves_an_answer_alone_that_has_ended():
    """Its connection may still be given back, for the next request."""
    held = threading.Event()
    made = call(Scripted((*WHOLE, held)))
    made.start()
    assert made.outcome().turn.content == "Hello"
    made.stop()
    assert not made._canceller.is_cut
    held.set()
    made.close()
