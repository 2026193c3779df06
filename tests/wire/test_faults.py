"""The table of faults: what a server does wrong, when, and what comes of it."""

from __future__ import annotations

import re
import threading

import pytest
from cells import ask
from fault_table import CELLS, SAYS, outcome
from faults import reply
from loopback import ANSWER, chunked, sse

from runware_magic.display.badge import badge

OK = chunked([sse(value) for value in ANSWER])


@pytest.mark.parametrize(("fault", "framing", "phase", "word"), CELLS)
def test_what_comes_of_a_fault(serve, session, fault, framing, phase, word):
    """State, message, what is kept, whether its cost is known, one request; and the next question is answered."""
    server = serve(reply(fault, framing, phase), OK)
    view, error = ask(session, server.url)
    assert len(server.heard) == 1
    said = SAYS.get(word.removesuffix(" +"))
    assert (error is None) == (said is None)
    assert said is None or re.search(said, str(error))
    expected = outcome(fault, phase, word)
    turns = session.conversation.turns("main")
    assert view.settled == list(turns)
    assert [turn.state for turn in turns] == ([expected.state] if expected.state else [])
    for turn in turns:
        assert (turn.reasoning, turn.content) == (expected.reasoning, expected.content)
        assert turn.skipped == word.endswith("+")
        assert (turn.usage is not None) == expected.told
        assert ("usage unknown" in badge(turn)) == (not expected.told)
        assert turn.error == (str(error) if error else None)
    assert_goes_on(session, server)


def assert_goes_on(session, server):
    """Ask the next question: it is answered, after what counts of the first; no thread is left."""
    first = session.conversation.turns("main")
    view, error = ask(session, server.url, "And?")
    assert error is None
    assert [turn.content for turn in view.settled] == ["Hello"]
    seen = [turn.content for turn in first if turn.answers]
    sent = [message["content"] for message in server.heard[-1].json["messages"]]
    assert sent == ["Hi", *seen, "And?"] if seen else ["And?"]
    for thread in threading.enumerate():
        if thread.name.startswith("runware"):
            thread.join(2)
            assert not thread.is_alive()
