"""A cell at the end of a long notebook is as much work as the first: counted in calls, whatever the machine's moods."""

import gc
import random
import sys
import threading
from dataclasses import replace

import pytest

from runware_magic.chat.conversation import Conversation
from runware_magic.chat.lineage import asked_after
from runware_magic.chat.messages import Message
from runware_magic.chat.request import Request
from runware_magic.chat.turn import COMPLETE, Reply, Timing, Turn
from runware_magic.engine.kept_bytes import Body
from runware_magic.engine.ledger import Ledger, total
from runware_magic.engine.outputs import Outputs
from runware_magic.engine.recent import Recent


class Notebook:
    """Cells that ask, and their outputs, without an endpoint."""

    def __init__(self):
        self.conversation, self.outputs, self.settled = Conversation(), Outputs(), []
        self._count = 0

    def settle(self, settled):
        """Take note of what an output shows."""
        self.settled.append(settled.turn.id)

    def run(self, chat, cell):
        """Run a cell, but for what goes over the wire."""
        self._count += 1
        parent, seen = asked_after(self.conversation, chat, cell)
        turn = Turn(f"{self._count}", "m", "e", (Message("user", "Q"),), Timing("t"), chat=chat, cell_id=cell)
        turn = replace(turn, parent=parent, context=seen, reply=Reply("A"), state=COMPLETE)
        self.conversation = self.conversation.with_turn(turn)
        self.outputs.settle(self, turn, self.conversation)

    def work_of(self, chat, cell):
        """Run a cell; return how many functions that took, and which outputs were settled."""
        calls, before = 0, len(self.settled)

        def count(_frame, event, _argument):
            nonlocal calls
            calls += event == "call"

        # What is freed meanwhile is the work of others.
        gc.disable()
        sys.setprofile(count)
        try:
            self.run(chat, cell)
        finally:
            sys.setprofile(None)
            gc.enable()
        return calls, len(self.settled) - before


def chat_of(number, chats):
    """Name the chat of a cell."""
    return f"chat {number % chats}"


@pytest.mark.fuzz
@pytest.mark.parametrize("chats", [1, 100], ids=["one chat", "many chats"])
def test_a_cell_is_as_much_work_after_many_turns(chats):
    """In one long chat, and in many: nothing but its own output is settled."""
    notebook, work = Notebook(), {}
    for number in range(1000):
        work[number] = notebook.work_of(chat_of(number, chats), f"cell {number}")
    assert {settled for _, settled in work.values()} == {1}
    assert work[999][0] == work[300][0]


@pytest.mark.fuzz
def test_a_cell_that_is_run_again_is_as_much_work_for_each_version():
    """Its output holds them all, and their records are made once."""
    notebook = Notebook()
    work = [notebook.work_of("main", "cell")[0] for _ in range(400)]
    # Each version that is there is looked at, by some thirteen calls; a record alone takes fifty.
    assert work[399] - work[199] <= 200 * 15


def test_marks_below_a_change_are_found_one_by_one():
    """Not by looking at all that stands above each: twice as many turns are twice the work."""

    def work(turns):
        notebook = Notebook()
        for number in range(turns):
            notebook.run("main", f"cell {number}")
        first = notebook.work_of("main", "cell 0")
        assert first[1] == turns
        again = notebook.work_of("main", "cell 0")
        assert again[1] == 1  # what the others say is as before
        return again[0]

    assert work(400) < 2.2 * work(200)


def test_what_was_spent_is_added_up_exactly():
    """Entry by entry, as all at once; what was replayed, and what was spent before, does not count."""
    ledger = Ledger()
    costs = [0.1, 0.2, 0.3, 1e-9, 123456.789, None]
    for number, cost in enumerate(costs):
        ledger.add((Turn(f"{number}", "m", "e", (), Timing("t")),), estimate=cost)
    ledger.add((Turn("earlier", "m", "e", (), Timing("t")),), estimate=5.0, earlier=True)
    ledger.add((Turn("replayed", "m", "e", (), Timing("t"), recorded="2026-01-01"),), estimate=5.0)
    ledger.add((Turn("0", "m", "e", (), Timing("t")),), estimate=5.0)
    assert ledger.spent == total(costs)


def body(size):
    """Make a body that takes about so many bytes."""
    made = Body()
    made.add(random.Random(size).randbytes(size))  # noqa: S311  # what cannot be packed
    made.end()
    return made


@pytest.mark.parametrize(
    ("sizes", "bounds", "left"),
    [
        ([10] * 5, {"most_turns": 3}, [2, 3, 4]),
        ([1000] * 5, {"most_bytes": 2500}, [3, 4]),
        ([5000], {"most_bytes": 2500}, []),
        ([10] * 3, {}, [0, 1, 2]),
        ([10] * 101, {}, list(range(1, 101))),
    ],
    ids=["turns", "bytes", "too large", "room enough", "as it is"],
)
def test_only_the_last_requests_and_answers_are_kept(sizes, bounds, left):
    """The oldest go first."""
    recent = Recent(**bounds)
    for number, size in enumerate(sizes):
        recent.keep(f"{number}", Request("m", ()), body(size))
    assert [number for number in range(len(sizes)) if recent.body(f"{number}") is not None] == left
    assert [number for number in range(len(sizes)) if recent.request(f"{number}") is not None] == left


def test_requests_share_the_messages_that_they_have_in_common():
    """The same objects, not copies of them: a request takes a pointer for each."""
    notebook = Notebook()
    for number in range(3):
        notebook.run("main", f"cell {number}")
    one, other = (
        [message for turn in notebook.conversation.turns("main") for message in turn.exchange] for _ in range(2)
    )
    assert len(one) == 6
    assert all(message is again for message, again in zip(one, other, strict=True))


def test_answers_that_end_at_the_same_time_are_all_counted():
    """In the background and in a cell: each makes room for itself, and none meets another's."""
    recent, errors = Recent(most_turns=50), []

    def keep(number):
        try:
            for each in range(1000):
                recent.keep(f"{number} {each}", None, Body())
        except (KeyError, RuntimeError) as error:
            errors.append(error)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=keep, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    finally:
        sys.setswitchinterval(before)
    assert (errors, len(recent._kept)) == ([], 50)
