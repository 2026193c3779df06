"""Saved turns that are replayed: the time of their steps."""

from dataclasses import replace

import pytest
from tooling import everything

from runware_magic.chat.turn import Timing
from runware_magic.recording.from_turns import steps_of


@pytest.mark.parametrize(("first_s", "total_s"), [(0.5, 11.0), (0.5, 0.5), (None, 31.0)])
def test_steps_share_the_time_of_the_model(first_s, total_s):
    """Functions do not run when a lesson is replayed, so their time is left out."""
    turn = replace(everything(), timing=Timing("t", first_s, total_s))
    steps = [step.timing for step, _ in steps_of(turn)]
    assert len(steps) == 3
    assert sum(step.total_s for step in steps) == pytest.approx(max(0.0, total_s - turn.called_s))
    assert all(step.first_token_s is None or step.first_token_s <= step.total_s for step in steps)


def test_a_turn_without_tools_keeps_its_time():
    """It is its only step."""
    turn = replace(everything(), replies=())
    assert [step.timing for step, _ in steps_of(turn)] == [turn.timing]
