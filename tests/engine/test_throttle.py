"""How often an answer is drawn: by what its drawings cost, and by how many others grow beside it."""

import pytest

from runware_magic.engine.throttle import DrawCost, FrameThrottle, MessageBudget


class Clock:
    """A clock that is set by hand."""

    def __init__(self):
        self.s = 0.0

    def __call__(self):
        """Tell the time."""
        return self.s


def rests(drawn, took_s=0.0, *, growing=1):
    """Give how long a pacer rests after a drawing, in seconds from its beginning."""
    clock, message_budget = Clock(), MessageBudget()
    for _ in range(growing):
        message_budget.__enter__()
    throttle = FrameThrottle(15, message_budget, clock)
    assert not throttle.resting
    clock.s = took_s
    throttle.drawn(drawn, 0.0)
    return took_s + throttle.waits()[1]


@pytest.mark.parametrize(
    ("drawn", "took_s", "growing", "least_s"),
    [
        (DrawCost(words=True, messages=1), 0.0, 1, 1 / 15),
        (DrawCost(words=True, messages=4), 0.0, 1, 4 / 40),
        (DrawCost(words=True, messages=2), 0.0, 10, 20 / 30),
        (DrawCost(words=True, messages=1, again=37_000), 0.0, 1, 1.0),
        (DrawCost(words=True, messages=1), 0.1, 1, 0.3),
        (DrawCost(messages=1), 0.0, 1, 1 / 40),
        (DrawCost(), 0.0, 1, 0.0),
    ],
)
def test_the_rest_is_as_long_as_the_dearest_of_what_a_drawing_takes(drawn, took_s, growing, least_s):
    """Frames, messages, bytes that are sent again, and time."""
    assert rests(drawn, took_s, growing=growing) == pytest.approx(least_s)


def test_it_rests_until_the_rest_is_over():
    """And the clock of a silent answer ticks."""
    clock = Clock()
    throttle = FrameThrottle(10, MessageBudget(), clock)
    throttle.drawn(DrawCost(words=True, messages=1), 0.0)
    assert throttle.resting
    assert throttle.waits() == (0.5, 0.1)
    clock.s = 0.1
    assert not throttle.resting
