"""Tool calls in a terminal."""

import io

import pytest
from tooling import CONTENTS, WEATHER, builder_with, everything, in_state, result, under_way

from runware_magic.chat.draft import RUNNING, WAITING, WRITING
from runware_magic.chat.messages import ToolCall
from runware_magic.chat.turn import DONE, FAILED, PENDING, REFUSED, Reply
from runware_magic.display.render.bundle import bundle
from runware_magic.display.views.terminal import TerminalView
from runware_magic.engine.view import Settled

CALL = '→ weather(city="Oslo")'
ENDS = {DONE: "done in 0.2 s", FAILED: "failed after 1.2 s", REFUSED: "refused"}


def drawn(*builders, settled=None):
    """Draw one after the other, and give what was written."""
    stream = io.StringIO()
    view = TerminalView(lambda: stream, colour=False)
    for second, builder in enumerate(builders, 3):
        view.draw(builder, second)
        view.draw(builder, second + 0.5)
    if settled:
        view.settle(Settled(settled))
    return stream.getvalue()


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("states", [(WAITING, RUNNING), (RUNNING,), (WRITING, WAITING)])
def test_a_call_is_written_when_it_begins_and_when_it_ends(states, end):
    """Each line once, below what the model said; the next text begins in a line of its own."""
    builders = [builder_with(under_way(state), content="I look.") for state in (*states, end)]
    replies = (Reply("I look.", tool_calls=(WEATHER,)), result(state=end))
    told = drawn(*builders, builder_with(replies=replies, content="It rains."))
    assert told == f"I look.\n{CALL}\n← weather  {ENDS[end]}\n    {CONTENTS[end]}\nIt rains."


def test_a_call_that_took_no_time_is_one_line():
    """With its result."""
    replies = (Reply("I look.", tool_calls=(WEATHER,)), result())
    told = drawn(builder_with(content="I look"), builder_with(replies=replies, content="It rains."))
    assert told == f"I look.\n{CALL}  done in 0.2 s\n    rain, 3 °C\nIt rains."


def test_a_settled_turn_is_written_whole():
    """As its text is, but for the blank lines."""
    told = drawn(settled=everything())
    assert [line for line in bundle(everything())["text/plain"].split("\n") if line] == [
        line for line in told.replace("The user wants weather.", "").split("\n") if line
    ]


def test_what_was_drawn_is_not_written_again():
    """When the turn settles: only its answer and its badge."""
    turn = in_state(DONE)
    told = drawn(builder_with(under_way(RUNNING), content="I look."), settled=turn)
    assert told.count(CALL) == told.count("done in 0.2 s") == 1
    assert "I look." in told
    assert told.split("\n")[-3].startswith("It rains in Oslo.")


def test_a_turn_that_waits_says_what_to_run():
    """In the line before its badge."""
    told = drawn(builder_with(content="I will look."), settled=in_state(PENDING)).split("\n")
    assert told[:2] == ["I will look.", f"{CALL}  waiting for you"]
    assert told[2].startswith("Waiting for you: %runware allow weather")
    assert told[3].startswith("m · waiting for you")


def test_a_call_writes_no_escape_sequence():
    """Whatever its name, its arguments and its result are."""
    call = ToolCall("1", "\x1b[2J\n", '{"a": "\\u001b]0;t\\u0007", "b": "\u202e"}')
    long = ToolCall("2", "\x9b", "\x1b" * 3000)
    told = drawn(builder_with(*(under_way(FAILED, each, content="\x1b[2J\r\n\x07") for each in (call, long))))
    assert not any(char in told for char in "\x1b\x07\x9b\r\u202e")
