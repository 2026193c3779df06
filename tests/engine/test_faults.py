"""The table of faults: what a server does wrong, when, and what comes of it."""

from __future__ import annotations

import re
import threading

import pytest
from cells import ask, small
from fault_table import CELLS, SAYS, outcome
from faults import reply
from loopback import ANSWER, chunked, sse
from played import Played

from runware_magic.display.render.badge import Badge

OK = chunked([sse(value) for value in ANSWER])


#: One cell of each row, from the middle of an answer where the fault can be there.
ROWS = {cell[:2]: cell for cell in reversed(CELLS)} | {cell[:2]: cell for cell in CELLS if cell[2] == "content"}


@pytest.mark.parametrize(("fault", "framing", "phase", "word"), CELLS)
def test_what_comes_of_a_fault(fault, framing, phase, word):
    """State, message, what is kept, whether its cost is known, one request; and the next question is answered."""
    server = Played(reply(fault, framing, phase), OK)
    session = small(medium=server)
    assert_comes_of(server, session, fault, phase, word)
    session.close()


@pytest.mark.parametrize(("fault", "framing", "phase", "word"), ROWS.values())
def test_the_same_comes_of_a_fault_over_a_socket(serve, session, fault, framing, phase, word):
    """Where it also stalls, waits and breaks as sockets do: each fault once, in each framing."""
    assert_comes_of(serve(reply(fault, framing, phase), OK), session, fault, phase, word)


def assert_comes_of(server, session, fault, phase, word):
    """Ask a server that has a fault, and see what comes of it."""
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
        assert turn.maybe_cut == word.endswith("?")
        assert (turn.usage is not None) == expected.told
        assert ("usage unknown" in str(Badge.of(turn))) == (not expected.told)
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
