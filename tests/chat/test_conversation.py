"""What the next request sees."""

from dataclasses import replace

import pytest

from runware_magic.chat.conversation import Conversation, added, context
from runware_magic.chat.messages import Message
from runware_magic.chat.turn import Reply, Timing, Turn


def turn(name, *, cell=None, state="complete", chat="main", answer=None, messages=None):
    """Make a turn that asks and answers with its name."""
    return Turn(
        name,
        "m",
        "e",
        messages or (Message("user", f"Q{name}"),),
        Timing("t"),
        chat=chat,
        cell_id=cell,
        reply=Reply(f"A{name}" if answer is None else answer),
        state=state,
    )


def keep(*turns):
    """Keep turns one after the other."""
    conversation = Conversation()
    for each in turns:
        conversation = conversation.with_turn(each)
    return conversation


def sent(conversation, chat="main", cell=None):
    """Give the texts that a new question would be sent with."""
    return [m.content for m in context(conversation.before(chat, cell), (Message("user", "new"),))]


def test_a_cell_sees_the_turns_before_it():
    """Questions and answers in order, then the new question."""
    assert sent(keep(turn("1"), turn("2"))) == ["Q1", "A1", "Q2", "A2", "new"]


def test_chats_do_not_see_each_other():
    """Each has its own turns."""
    conversation = keep(turn("1"), turn("2", chat="other"))
    assert sent(conversation, "other") == ["Q2", "A2", "new"]
    assert sent(conversation, "third") == ["new"]


def test_a_turn_outside_every_chat_is_not_kept():
    """--once leaves no trace."""
    assert keep(turn("1", chat=None)) == Conversation()


def test_a_cell_run_again_answers_from_the_turns_before_its_own():
    """Later turns stay, and are not sent."""
    conversation = keep(turn("1", cell="a"), turn("2", cell="b"), turn("3", cell="c"))
    assert sent(conversation, cell="b") == ["Q1", "A1", "new"]


def test_a_new_version_takes_the_place_of_the_old():
    """In its own place, and both are kept."""
    conversation = keep(turn("1", cell="a"), turn("2", cell="b"), turn("1b", cell="a"))
    assert [t.id for t in conversation.turns("main")] == ["1b", "2"]
    assert [t.id for t in conversation.all_turns()] == ["1", "1b", "2"]


@pytest.mark.parametrize("state", ["stopped", "failed"])
def test_an_incomplete_version_does_not_replace_a_complete_one(state):
    """It is kept beside it; a complete one replaces an incomplete one."""
    conversation = keep(turn("1", cell="a"), turn("1b", cell="a", state=state))
    assert [t.id for t in conversation.turns("main")] == ["1"]
    conversation = keep(turn("1", cell="a", state=state), turn("1b", cell="a"))
    assert [t.id for t in conversation.turns("main")] == ["1b"]


def test_a_cell_without_an_id_always_appends():
    """Front ends that tell no ids get plain appending."""
    assert [t.id for t in keep(turn("1"), turn("1b")).turns("main")] == ["1", "1b"]


def test_a_turn_kept_twice_is_brought_up_to_date():
    """By its id, with and without a cell."""
    for cell in (None, "a"):
        streaming = turn("1", cell=cell, state="streaming")
        conversation = keep(streaming, replace(streaming, state="complete"))
        assert [t.state for t in conversation.all_turns()] == ["complete"]


@pytest.mark.parametrize(
    ("state", "answer", "expected"),
    [
        ("stopped", "half", ["Q1", "half", "new"]),
        ("stopped", "", ["new"]),
        ("failed", "half", ["new"]),
        ("complete", "", ["new"]),
    ],
)
def test_failed_and_empty_answers_are_not_sent(state, answer, expected):
    """They leave with their questions: endpoints refuse two user messages in a row, or an empty one."""
    assert sent(keep(turn("1", state=state, answer=answer))) == expected


def test_the_last_system_message_holds_from_where_it_stands():
    """It leads the request, whatever came before it; a cell run earlier does not see it."""
    one = turn("1", cell="a", messages=(Message("system", "S1"), Message("user", "Q1")))
    two = turn("2", cell="b", messages=(Message("system", "S2"), Message("user", "Q2")))
    assert sent(keep(one, two)) == ["S2", "Q1", "A1", "Q2", "A2", "new"]
    assert sent(keep(one, two), cell="b") == ["S1", "Q1", "A1", "new"]


def test_the_default_system_message_is_added_where_none_holds():
    """So that the record of a chat tells what was sent."""
    new = (Message("user", "new"),)
    with_system = (Message("system", "S"), *new)
    assert added(new, (), "D") == (Message("system", "D"), *new)
    assert added(new, (), "") == new
    assert added(with_system, (), "D") == with_system
    assert added(new, keep(turn("1", messages=with_system)).turns("main"), "D") == new


def test_undo_and_reset_forget():
    """The last turn with all its versions; a whole chat."""
    conversation = keep(turn("1", cell="a"), turn("2", cell="b"), turn("2b", cell="b"), turn("x", chat="other"))
    assert [t.id for t in conversation.without_last("main").all_turns()] == ["1", "x"]
    assert conversation.without("main").chats.keys() == {"other"}
    assert Conversation().without_last("main").turns("main") == ()


def test_conversations_merge():
    """What a notebook tells comes before what was said since; what is here already stays, in each chat by itself."""
    older = keep(turn("1", cell="a"), turn("2", cell="b")).forked("main", "other")
    newer = keep(turn("3", cell="c"), turn("2", cell="b"))
    merged = newer.merged(older)
    assert [t.id for t in merged.turns("main")] == ["1", "3", "2"]
    assert [t.id for t in merged.turns("other")] == ["1", "2"]
    assert [t.id for t in merged.merged(older).turns("main")] == ["1", "3", "2"]
    assert len({place.order for place in merged.places("main")}) == 3
