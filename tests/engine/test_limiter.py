"""How many requests are under way at once."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runware_magic.engine.limiter import AdaptiveLimiter


class Clock:
    """A clock that is set by hand."""

    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        """Tell the time."""
        return self.now_s


@pytest.fixture
def clock():
    """Give one that stands at 0."""
    return Clock()


def test_as_many_are_let_in_as_were_wanted(clock):
    """And the next one when one has left."""
    gate = AdaptiveLimiter(2, clock=clock)
    assert [gate.enter() for _ in range(3)] == [0, 0, math.inf]
    gate.release()
    assert gate.enter() == 0
    assert gate.under_way == gate.limit == 2


def test_a_refusal_halves_the_number_and_closes_for_a_while(clock):
    """Nobody is let in until the endpoint wants more, and then half as many."""
    gate = AdaptiveLimiter(8, clock=clock)
    assert gate.enter() == 0
    gate.slow_down(3.0)
    assert (gate.enter(), gate.limit) == (3.0, 4)
    clock.now_s = 3.0
    assert [gate.enter() for _ in range(4)] == [0, 0, 0, math.inf]


def test_refusals_that_come_together_count_once(clock):
    """Of eight that are under way all eight are refused; the longest wait holds."""
    gate = AdaptiveLimiter(8, clock=clock)
    for wait_s in (1.0, 4.0, 2.0):
        gate.slow_down(wait_s)
    assert (gate.enter(), gate.limit) == (4.0, 4)
    clock.now_s = 4.0
    gate.slow_down(0.0)
    assert gate.limit == 2


def test_a_round_of_answers_lets_one_more_in(clock):
    """Until it is as many as were wanted; what failed lets none in."""
    gate = AdaptiveLimiter(8, clock=clock)
    gate.slow_down()
    seen = []
    for _ in range(5):
        entered = gate.limit
        assert [gate.enter() for _ in range(entered)] == [0] * entered
        gate.release(ok=False)
        for _ in range(entered - 1):
            gate.release()
        assert gate.enter() == 0
        gate.release()
        seen.append(gate.limit)
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) in {(4, 8), (5, 8)}


@given(st.integers(1, 9), st.lists(st.sampled_from(["enter", "ok", "failed", "slow", "later"]), max_size=80))
def test_the_number_stays_within_its_bounds(most, steps):
    """Whatever comes: from one to as many as were wanted, and nobody is let in beyond."""
    clock = Clock()
    gate, inside = AdaptiveLimiter(most, clock=clock), 0
    for step in steps:
        if step == "enter" and gate.enter() == 0:
            inside += 1
            assert inside <= gate.limit
        elif step in {"ok", "failed"} and inside:
            gate.release(ok=step == "ok")
            inside -= 1
        elif step == "slow":
            gate.slow_down(2.0)
        elif step == "later":
            clock.now_s += 1.5
        assert 1 <= gate.limit <= most
        assert gate.under_way == inside
