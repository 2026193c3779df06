"""What a prompt has of the notebook, in records."""

import pytest

from runware_magic.chat.attached import Attached
from runware_magic.chat.messages import Message
from runware_magic.chat.record import from_record, to_record
from runware_magic.chat.turn import COMPLETE, Timing, Turn

TURN = Turn("1", "m", "https://e.example/v1", (Message("user", "Hi"),), Timing("2026-01-01T00:00:00Z"), state=COMPLETE)


@pytest.mark.parametrize("attached", [Attached("df", "table", (1000, 12), cut=True), Attached("f", "source")])
def test_a_record_restores_it(attached):
    """What is attached stands in a record, and comes back from it."""
    turn = Turn(**{**vars(TURN), "attached": (attached,)})
    assert from_record(to_record(turn)) == turn


def test_a_turn_without_any_has_the_record_that_it_had():
    """Earlier versions read the record of a turn that has nothing of the notebook."""
    assert "attached" not in to_record(TURN)


@pytest.mark.parametrize("wrong", ["df", {"name": "df"}, {"name": "df", "kind": "table", "shape": [-1, 2]}])
def test_a_wrong_one_is_no_record(wrong):
    """Records are not trusted."""
    with pytest.raises((KeyError, TypeError)):
        from_record({**to_record(TURN), "attached": [wrong]})
