"""Which turns were answered before something above them changed."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from runware_magic.chat.conversation import Conversation
from runware_magic.chat.lineage import asked_after, stale
from runware_magic.chat.messages import Message
from runware_magic.chat.turn import Reply, Timing, Turn


def ask(conversation, name, cell, *, chat="main", state="complete"):
    """Let a cell ask, as a session does; the turn has the name as its id."""
    parent, context = asked_after(conversation, chat, cell)
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
    assert stale(conversation, "main") == ("", *["turn 1 has changed since"] * 2)
    conversation = ask(conversation, "2b", "2")
    assert stale(conversation, "main") == ("", "", "turn 1 has changed since")
    conversation = ask(conversation, "3b", "3")
    assert stale(conversation, "main") == ("", "", "")


def test_a_turn_asked_after_a_stale_one_is_not_stale_itself():
    """It has seen what stands there now; so its context is told."""
    conversation = ask(ask(chain("1", "2"), "1b", "1"), "3", "3")
    assert stale(conversation, "main") == ("", "turn 1 has changed since", "")
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
    assert stale(ask(conversation, "3c", "3"), "main")[3] == "turn 3 has changed since"


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
    assert stale(conversation, "other") == ("", "turn 1 has changed since")


def test_a_cell_that_answers_in_another_chat_moves_there():
    """With its versions; what it leaves behind is marked. A failed run does not move it."""
    conversation = ask(chain("1", "2"), "1b", "1", chat="other", state="failed")
    assert [turn.id for turn in conversation.turns("main")] == ["1", "2"]
    conversation = ask(chain("1", "2"), "1b", "1", chat="other")
    assert [turn.id for turn in conversation.turns("main")] == ["2"]
    assert [turn.id for turn in conversation.places("other")[0].versions] == ["1", "1b"]
    assert stale(conversation, "main") == ("an earlier turn was removed since",)


def test_a_turn_that_is_listed_without_an_answer_is_named():
    """What came after its answer is marked by its number, not as if it were gone."""
    conversation = ask(chain("1", "2"), "1b", "1", state="failed").with_shown("main", 1, 2)
    assert stale(conversation, "main") == ("", "turn 1 has changed since")


def as_it_is(conversation, chat, asked):
    """Give the marks by looking at everything, as nobody has the time to do in a long notebook."""

    def seen(turn):
        above = [] if turn.parent is None else [*seen(asked[turn.parent]), turn.parent]
        return above if turn.context is None else list(turn.context)

    marks, places = [], conversation.places(chat)
    for at, place in enumerate(places):
        before = seen(asked[place.turn.id])
        ids = [above.turn.id for above in places[:at] if above.turn.answers]
        same = next(
            (n for n, (now, then) in enumerate(zip(ids, before, strict=False)) if now != then),
            min(len(ids), len(before)),
        )
        listed = [n for n, above in enumerate(places[:at], 1) if above.turn.answers][same : same + 1]
        stood = [
            n
            for n, above in enumerate(places[:at], 1)
            if not above.turn.answers and above.holds("".join(before[same : same + 1]))
        ]
        changed = min((*listed, *stood), default=0)
        gone = f"turn {changed} has changed since" if changed else "an earlier turn was removed since"
        marks.append("" if before == ids else gone)
    return tuple(marks)


CHATS, CELLS = ["main", "other"], ["a", "b", "c", "d", None]
steps = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(CHATS), st.sampled_from(CELLS), st.sampled_from(["complete", "failed"])),
    st.tuples(st.sampled_from(["undo", "reset", "fork", "back"]), st.sampled_from(CHATS)),
    st.tuples(st.just("show"), st.sampled_from(CHATS), st.integers(0, 9), st.integers(0, 9)),
)


@given(st.lists(steps, max_size=30))
def test_what_is_kept_of_a_conversation_tells_what_looking_at_all_of_it_does(steps):
    """Marks, positions and past, whatever was asked, forgotten and gone back to; of all that came of one another."""
    conversation, before, asked = Conversation(), Conversation(), {}
    for number, (what, chat, *rest) in enumerate(steps):
        places = conversation.places(chat)
        if what == "ask":
            before, conversation = conversation, ask(conversation, f"{number}", rest[0], chat=chat, state=rest[1])
        elif what == "back":
            before, conversation = conversation, before
        elif what == "fork":
            conversation = conversation.forked(chat, "fork", len(places) // 2)
        elif what == "show" and places:
            at = rest[0] % len(places)
            conversation = conversation.with_shown(chat, at + 1, 1 + rest[1] % len(places[at].versions))
        elif what in {"undo", "reset"}:
            conversation = conversation.without_last(chat) if what == "undo" else conversation.without(chat)
        for each in (conversation, before):
            asked |= {turn.id: turn for turn in each.all_turns()}
            for name in each.chats:
                assert stale(each, name) == as_it_is(each, name, asked)
                for at, place in enumerate(each.places(name)):
                    assert place.cell_id is None or each.index_of(name, place.cell_id) == at
                    assert {each.index_of_turn(name, version.id) for version in place.versions} == {at}
                    assert (name, at + 1, place) in each.spots(place.turn)
                assert each.index_of(name, "nobody's") is None
            assert each.next_order() > max((p.order for places in each.chats.values() for p in places), default=0)
