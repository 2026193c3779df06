"""The outputs of a comparison with very many answers."""

from variants import answers

from runware_magic.display.render.comparison import GROUP
from runware_magic.display.views.settled_parts import SettledParts
from runware_magic.engine.view import Place, Settled

FEW = answers(2)
MANY = answers(3 * GROUP)


class Outputs:
    """The outputs of a cell, and how often each was written to."""

    def __init__(self):
        self.shown, self.written = [], []

    def show(self, data, **_):
        """Stand in for ``display``, and return the handle."""
        at = len(self.shown)
        self.shown.append(data)
        self.written.append(1)

        class Handle:
            def update(_self, data, **_):  # noqa: N805  # `self` is the outputs
                self.shown[at] = data
                self.written[at] += 1

        return Handle()


def settle(parts, turns, at):
    """Settle with one of the answers in use; return the first part."""
    settled = Settled(turns[at], variants=turns, place=Place(1, 1, len(turns)))
    head, *rest = parts.of(settled, reasoning="auto", says_why=True)
    parts.show(rest)
    return head.bundle()


def test_only_what_a_pick_changes_is_sent():
    """The parts that hold the answers that were and are in use."""
    outputs = Outputs()
    parts = SettledParts(outputs.show)
    assert "in use: 1 " in settle(parts, MANY, 0)["text/plain"]
    assert len(outputs.shown) == 4
    assert "in use: 150 " in settle(parts, MANY, 149)["text/plain"]
    assert outputs.written == [2, 1, 2, 1]
    assert "in use" in outputs.shown[2]["text/html"]


def test_later_no_output_is_added():
    """It would be one of another cell: all stands in the first."""
    outputs = Outputs()
    parts = SettledParts(outputs.show)
    settle(parts, FEW, 0)
    assert f"{3 * GROUP} answers" in settle(parts, MANY, 0)["text/plain"]
    assert outputs.shown == []


def test_outputs_that_are_left_over_are_emptied():
    """And filled again when they are needed."""
    outputs = Outputs()
    parts = SettledParts(outputs.show)
    settle(parts, MANY, 0)
    settle(parts, FEW, 0)
    assert {data["text/html"] for data in outputs.shown} == {""}
    settle(parts, MANY, 0)
    assert all(data["text/html"] for data in outputs.shown)
