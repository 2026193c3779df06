"""Many calls, so many at once, whoever makes them."""

import threading
import time
from dataclasses import replace

import pytest
from asking import REQUEST
from growth import PROMPTLY_S
from scripted import WHERE, WHOLE, Scripted

from runware_magic.chat.events import Retrying
from runware_magic.chat.turn import Variant
from runware_magic.engine.budget import Purse
from runware_magic.engine.call import failed
from runware_magic.engine.limiter import AdaptiveLimiter
from runware_magic.engine.pool import CallPool
from runware_magic.engine.query import PreparedCall
from runware_magic.engine.session import Session
from runware_magic.engine.settings import Settings
from runware_magic.engine.workers import ThreadWorkers
from runware_magic.errors import KeyRefusedError, RunwareError, SpentError


def calls(count):
    """Return so many that are alike but for their numbers."""
    return [
        PreparedCall.of(
            REQUEST, endpoint="e", messages=REQUEST.messages, chat=None, variant=Variant("c", number, count, {})
        )
        for number in range(1, count + 1)
    ]


def pool(scripted, at_once=2, **more):
    """Return a pool whose calls are scripted, and its limiter."""
    limiter, session = AdaptiveLimiter(at_once), Session(lambda *_: scripted)
    workers = ThreadWorkers(
        lambda prepared: session.begin(prepared, WHERE, Settings(), slow_down=limiter.slow_down), session.close
    )
    return CallPool(workers, limiter, **more), limiter


def test_all_are_made_and_each_is_given_once():
    """In whatever order they end."""
    made, _ = pool(Scripted(), 4)
    turns = list(made.turns(iter(calls(20))))
    assert sorted(turn.variant.number for turn in turns) == list(range(1, 21))
    assert {turn.content for turn in turns} == {"Hello"}
    assert made.is_over


def test_no_more_than_wanted_are_under_way():
    """A third begins when one of two has ended."""
    under_way, most, lock = [], [], threading.Lock()

    def begin():
        with lock:
            under_way.append(1)
            most.append(len(under_way))

    def end():
        with lock:
            under_way.pop()

    made, _ = pool(Scripted((begin, *WHOLE[:-1], end, WHOLE[-1])), 2)
    assert len(list(made.turns(iter(calls(12))))) == 12
    assert max(most) <= 2


@pytest.mark.parametrize("status", ["429", "503"])
def test_who_wants_fewer_gets_fewer(status):
    """The limit of the whole pool is halved, not only that of one call."""
    made, limiter = pool(Scripted((Retrying(status, 2, 0.0), *WHOLE), WHOLE), 8)
    assert len(list(made.turns(iter(calls(1))))) == 1
    assert limiter.limit == 4


def test_what_was_answered_before_is_not_asked():
    """It counts, and leaves its place to the next at once."""
    scripted, all_calls = Scripted(), calls(3)
    kept = replace(all_calls[1].turn, state="complete")
    made, limiter = pool(scripted, 1, kept=lambda prepared: kept if prepared is all_calls[1] else None)
    assert len(list(made.turns(iter(all_calls)))) == 3
    assert (len(scripted.heard), limiter.under_way) == (2, 0)


def test_in_order_none_overtakes():
    """However slow the first is; and no more wait for it than may be held."""
    gate = threading.Event()
    made, _ = pool(Scripted((gate, *WHOLE), WHOLE), 2, held=3)
    begun = []

    def noted():
        for each in calls(9):
            begun.append(each)
            if len(begun) == 3:
                gate.set()
            yield each

    assert [turn.variant.number for turn in made.turns(noted())] == list(range(1, 10))


def test_what_holds_for_all_ends_it():
    """After those that are under way."""
    made, _ = pool(Scripted((KeyRefusedError("No.", "Another key.", status=401),)), 1)
    given = []
    with pytest.raises(KeyRefusedError):
        given += made.turns(iter(calls(100)))
    assert made.is_over


def test_a_purse_that_is_empty_ends_it():
    """Before anything is asked."""
    scripted = Scripted()
    made, _ = pool(scripted, 1, purse=Purse(0.0))
    with pytest.raises(SpentError):
        list(made.turns(iter(calls(2))))
    assert scripted.heard == []


def test_what_cannot_be_asked_has_a_turn_all_the_same():
    """In its place among the others."""
    first, second = calls(2)
    made, _ = pool(Scripted(), 1)
    turns = list(made.turns(iter([failed(first, RunwareError("No.")), second])))
    assert [(turn.variant.number, turn.state) for turn in turns] == [(1, "failed"), (2, "complete")]


def test_who_leaves_early_stops_the_rest():
    """No thread goes on."""
    gate = threading.Event()
    made, _ = pool(Scripted(WHOLE, (WHOLE[0], gate)), 2)
    turns = made.turns(iter(calls(9)))
    assert next(turns).state == "complete"
    turns.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "runware-call"]


def test_calls_that_cannot_be_cut_are_given_up_together():
    """While a connection is being made, a cut has no effect: many take no longer than one."""
    release = threading.Event()
    made, _ = pool(Scripted((lambda: release.wait(20),)), 40)
    list(made.begin(iter(calls(40))))
    began = time.monotonic()
    made.close()
    took_s = time.monotonic() - began
    release.set()
    assert {outcome.turn.state for outcome in made.ended()} == {"stopped"}
    assert took_s < PROMPTLY_S
