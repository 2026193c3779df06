"""Two notebooks in one file, or two branches of one: each turn gets the context that it had."""

from dataclasses import replace
from itertools import zip_longest

import pytest

from runware_magic.chat.conversation import Conversation, context
from runware_magic.chat.lineage import asked_after, stale
from runware_magic.chat.messages import Message
from runware_magic.chat.saved_outputs import SavedOutput, keep, rebuild
from runware_magic.chat.turn import COMPLETE, FAILED, Reply, Timing, Turn


def ask(conversation, *names, chat="main", state=COMPLETE, cell=None):
    """Let cells ask one after the other, as a session does; turn and cell are called like that."""
    for name in names:
        at = cell or f"cell {name}"
        parent, seen = asked_after(conversation, chat, at)
        turn = Turn(name, "m", "e", (Message("user", f"Q{name}"),), Timing("t"), chat=chat, cell_id=at)
        turn = replace(turn, parent=parent, context=seen, reply=Reply(f"A{name}"), state=state)
        conversation = conversation.with_turn(turn)
    return conversation


def saved(conversation):
    """Give what the cells of a notebook keep, by cell."""
    shown = {}
    for chat in conversation.chats:
        for place in conversation.places(chat):
            shown.setdefault(place.cell_id, keep(conversation, place.turn))
    return shown


def restored(*records):
    """Rebuild from cells in this order, given as (cell, record)."""
    return rebuild(SavedOutput(record, at, cell) for at, (cell, record) in enumerate(records, 1))


def chats(rebuilt):
    """Give the names of the turns of each chat."""
    conversation = rebuilt.conversation
    return {chat: " ".join(turn.id for turn in conversation.turns(chat)) for chat in conversation.chats}


def in_turns(one, other):
    """Give the cells of two notebooks in turns."""
    pairs = zip_longest(one.items(), other.items())
    return list({cell: record for pair in pairs for cell, record in filter(None, pair)}.items())


def merged(one, other):
    """Give the cells of two branches as a merge leaves them: what they share, then what each has added."""
    return [*one.items(), *((cell, record) for cell, record in other.items() if cell not in one)]


BASE = ask(Conversation(), "1", "2")


@pytest.mark.parametrize("together", [merged, in_turns])
@pytest.mark.parametrize(
    ("one", "other", "expected", "told"),
    [
        (
            ask(Conversation(), "a1", "a2", "a3"),
            ask(Conversation(), "b1", "b2"),
            {"main": "a1 a2 a3", "main (2)": "b1 b2"},
            True,
        ),
        (ask(BASE, "a3", "a4"), ask(BASE, "b3", "b4"), {"main": "1 2 a3 a4", "main (2)": "1 2 b3 b4"}, True),
        (ask(BASE, "a3"), ask(BASE, "b3", "b4", "b5"), {"main": "1 2 a3", "main (2)": "1 2 b3 b4 b5"}, True),
        (ask(BASE, "a3", "a4"), BASE, {"main": "1 2 a3 a4"}, False),
        (ask(BASE, "a3"), ask(BASE, "b3", chat="other"), {"main": "1 2 a3", "other": "b3"}, False),
        (
            ask(BASE, "a3", "a4", "a5"),
            ask(ask(BASE, "b3", chat="other"), "b5", "b6"),
            {"main": "1 2 a3 a4 a5", "other": "b3", "main (2)": "1 2 b5 b6"},
            True,
        ),
    ],
    ids=["two notebooks", "two branches", "of unequal length", "one branch", "other chats", "both"],
)
def test_a_turn_follows_its_parent(together, one, other, expected, told):
    """In a chat of its own where another one went on from there; nothing is stale, and that is said in a line."""
    rebuilt = restored(*together(saved(one), saved(other)))
    assert dict(sorted(chats(rebuilt).items())) == dict(sorted(expected.items()))
    assert {mark for chat in rebuilt.conversation.chats for mark in stale(rebuilt.conversation, chat)} == {""}
    assert {turn.id: turn.chat for turn in rebuilt.turns if turn.chat == "main (2)"}.keys() == {
        name for name in expected.get("main (2)", "").split() if name not in "12"
    }
    assert [line[: line.index(":")] for line in rebuilt.apart] == (
        ["Asked separately from the rest of chat main, so now in chat main (2)"] if told else []
    )
    assert rebuilt.left_out == ()


def test_the_next_question_sees_its_own_line():
    """As in the notebook that it comes from."""
    rebuilt = restored(*merged(saved(ask(BASE, "a3")), saved(ask(BASE, "b3"))))
    asked = [message.content for message in context(rebuilt.conversation.turns("main (2)"), ())]
    assert asked == ["Q1", "A1", "Q2", "A2", "Qb3", "Ab3"]


def test_three_branches_are_three_chats():
    """Each is named after the one that it comes from, and by the number of its cells."""
    records = saved(ask(BASE, "a3")) | saved(ask(BASE, "b3")) | saved(ask(BASE, "c3"))
    rebuilt = restored(*records.items())
    assert chats(rebuilt) == {"main": "1 2 a3", "main (2)": "1 2 b3", "main (3)": "1 2 c3"}
    assert [line[-6:] for line in rebuilt.apart] == ["cell 4", "cell 5"]


def test_a_branch_of_a_branch_shares_all_that_stands_above():
    """From where it parts, not from the beginning."""
    branch = ask(BASE, "b3")
    records = saved(ask(BASE, "a3")) | saved(ask(branch, "b4")) | saved(ask(branch, "c4"))
    rebuilt = restored(*records.items())
    assert chats(rebuilt) == {"main": "1 2 a3", "main (2)": "1 2 b3 b4", "main (3)": "1 2 b3 c4"}


def test_what_was_asked_on_in_a_new_chat_stays_there():
    """Restored, asked on, saved and restored again: it is the same chat."""
    records = saved(ask(BASE, "a3")) | saved(ask(BASE, "b3"))
    once = restored(*records.items()).conversation
    later = ask(once, "b4", chat="main (2)")
    records["cell b4"] = keep(later, later.turns("main (2)")[-1])
    rebuilt = restored(*records.items())
    assert chats(rebuilt) == {"main": "1 2 a3", "main (2)": "1 2 b3 b4"}
    assert stale(rebuilt.conversation, "main (2)") == ("",) * 4


@pytest.mark.parametrize(
    ("conversation", "expected"),
    [
        (ask(ask(BASE, "f", state=FAILED), "4"), "1 2 f 4"),
        # The answer to a cell that had failed is no later than what was asked below in the meantime.
        (ask(ask(ask(BASE, "f", state=FAILED), "4"), "3", cell="cell f"), "1 2 3 4"),
        (ask(ask(BASE, "3"), "1b", cell="cell 1"), "1b 2 3"),
        (ask(ask(ask(BASE, "3"), "1b", cell="cell 1"), "4"), "1b 2 3 4"),
        (ask(ask(BASE, "3"), "2b", cell="cell 2", state=FAILED), "1 2 3"),
    ],
    ids=["a failed turn", "asked again after it failed", "asked again", "and asked on", "failed again"],
)
def test_one_notebook_is_one_chat(conversation, expected):
    """Whatever was asked again in it: what only looks like a branch is none."""
    rebuilt = restored(*saved(conversation).items())
    assert chats(rebuilt) == {"main": expected}
    assert rebuilt.apart == ()
    assert stale(rebuilt.conversation, "main") == stale(conversation, "main")


def test_what_a_new_kernel_was_asked_stands_apart():
    """Without a restore it has seen nothing of what stands above in the file."""
    records = saved(BASE) | saved(ask(Conversation(), "new", "newer"))
    assert chats(restored(*records.items())) == {"main": "1 2", "main (2)": "new newer"}


def test_there_is_an_end_to_chats():
    """A file in which every turn stands apart gives twenty."""
    records = [(f"cell {name}", keep(*alone(name))) for name in map(str, range(30))]
    rebuilt = restored(*records)
    assert len(rebuilt.conversation.chats) == 20
    assert len(rebuilt.conversation.turns("main (20)")) == 11


def alone(name):
    """Give a conversation of one turn, and the turn."""
    conversation = ask(Conversation(), name)
    return conversation, conversation.turns("main")[0]
