"""Which turns were answered before something above them changed."""

from dataclasses import replace

from runware_magic.chat.conversation import Conversation
from runware_magic.chat.lineage import asked_after, stale
from runware_magic.chat.messages import Message
from runware_magic.chat.turn import Reply, Timing, Turn


def ask(conversation, name, cell, *, chat="main", state="complete"):
    """Let a cell ask, as a session does; the turn has the name as its id."""
    before = conversation.before(chat, cell)
    parent, context = asked_after(conversation, before)
    turn = Turn(name, "m", "e", (Message("user", name),), Timing("t"), chat=chat, cell_id=cell)
    turn = replace(turn, parent=parent, context=context, reply=Reply(f"A{name}"), state=state)
    return conversation.with_turn(turn)


def chain(*names):
    """Let cells ask one after the other; each cell is called like its turn."""
    conversation = Conversation()
    for name in names:
        conversation = ask(conversation, name, name)
    return conversation


def test_nothing_is_stale_at_first():
    """And a chain of turns keeps nothing but its parents."""
    conversation = chain("1", "2", "3")
    assert stale(conversation, "main") == ("", "", "")
    assert [(turn.parent, turn.context) for turn in conversation.turns("main")] == [
        (None, None),
        ("1", None),
        ("2", None),
    ]


def test_what_stands_below_a_change_is_marked_until_it_is_run_again():
    """With the number of the turn that changed."""
    conversation = ask(chain("1", "2", "3"), "1b", "1")
    assert stale(conversation, "main") == ("", *["answered before turn 1 changed"] * 2)
    conversation = ask(conversation, "2b", "2")
    assert stale(conversation, "main") == ("", "", "answered before turn 1 changed")
    conversation = ask(conversation, "3b", "3")
    assert stale(conversation, "main") == ("", "", "")


def test_a_turn_asked_after_a_stale_one_is_not_stale_itself():
    """It has seen what stands there now; so its context is told."""
    conversation = ask(ask(chain("1", "2"), "1b", "1"), "3", "3")
    assert stale(conversation, "main") == ("", "answered before turn 1 changed", "")
    assert conversation.turns("main")[2].context == ("1b", "2")
    conversation = ask(conversation, "4", "4")
    assert conversation.turns("main")[3].context is None
    assert stale(conversation, "main")[2:] == ("", "")


def test_a_failed_run_makes_nothing_stale():
    """It does not count; neither does a failed turn that fails again, or stands above."""
    conversation = ask(chain("1", "2"), "1b", "1", state="failed")
    assert stale(conversation, "main") == ("", "")
    conversation = ask(ask(conversation, "3", "3", state="failed"), "4", "4")
    conversation = ask(conversation, "3b", "3", state="failed")
    assert stale(conversation, "main") == ("", "", "", "")
    assert stale(ask(conversation, "3c", "3"), "main")[3] == "answered before turn 3 changed"


def test_going_back_to_a_version_clears_the_marks():
    """What was answered from it is up to date again."""
    conversation = ask(chain("1", "2"), "1b", "1").with_shown("main", 1, 1)
    assert stale(conversation, "main") == ("", "")


def test_a_fork_has_a_future_of_its_own():
    """A cell run again in one chat changes nothing in the other."""
    conversation = chain("1", "2", "3").forked("main", "other", 2)
    conversation = ask(conversation, "1b", "1", chat="other")
    assert [turn.id for turn in conversation.turns("main")] == ["1", "2", "3"]
    assert [turn.id for turn in conversation.turns("other")] == ["1b", "2"]
    assert stale(conversation, "main") == ("", "", "")
    assert stale(conversation, "other") == ("", "answered before turn 1 changed")


def test_a_cell_that_answers_in_another_chat_moves_there():
    """With its versions; what it leaves behind is marked. A failed run does not move it."""
    conversation = ask(chain("1", "2"), "1b", "1", chat="other", state="failed")
    assert [turn.id for turn in conversation.turns("main")] == ["1", "2"]
    conversation = ask(chain("1", "2"), "1b", "1", chat="other")
    assert [turn.id for turn in conversation.turns("main")] == ["2"]
    assert [turn.id for turn in conversation.places("other")[0].versions] == ["1", "1b"]
    assert stale(conversation, "main") == ("answered after a turn that is no longer here",)
