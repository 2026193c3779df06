"""How often an answer is drawn: by what its drawings cost, and by how many others grow beside it."""

import pytest

from runware_magic.pace import Drawn, Pacer, Traffic


class Clock:
    """A clock that is set by hand."""

    def __init__(self):
        self.s = 0.0

    def __call__(self):
        """Tell the time."""
        return self.s


def rests(drawn, took_s=0.0, *, growing=1):
    """Give how long a pacer rests after a drawing, in seconds from its beginning."""
    clock, traffic = Clock(), Traffic()
    for _ in range(growing):
        traffic.__enter__()
    pacer = Pacer(15, traffic, clock)
    assert not pacer.resting
    clock.s = took_s
    pacer.drawn(drawn, 0.0)
    return took_s + pacer.waits()[1]


@pytest.mark.parametrize(
    ("drawn", "took_s", "growing", "least_s"),
    [
        (Drawn(words=True, messages=1), 0.0, 1, 1 / 15),
        (Drawn(words=True, messages=4), 0.0, 1, 4 / 40),
        (Drawn(words=True, messages=2), 0.0, 10, 20 / 30),
        (Drawn(words=True, messages=1, again=37_000), 0.0, 1, 1.0),
        (Drawn(words=True, messages=1), 0.1, 1, 0.3),
        (Drawn(messages=1), 0.0, 1, 1 / 40),
        (Drawn(), 0.0, 1, 0.0),
    ],
)
def test_the_rest_is_as_long_as_the_dearest_of_what_a_drawing_takes(drawn, took_s, growing, least_s):
    """Frames, messages, bytes that are sent again, and time."""
    assert rests(drawn, took_s, growing=growing) == pytest.approx(least_s)


def test_it_rests_until_the_rest_is_over():
    """And the clock of a silent answer ticks."""
    clock = Clock()
    pacer = Pacer(10, clock=clock)
    pacer.drawn(Drawn(words=True, messages=1), 0.0)
    assert pacer.resting
    assert pacer.waits() == (0.5, 0.1)
    clock.s = 0.1
    assert not pacer.resting
