"""Tool calls and their results, paired, and in words."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tooling import LIVE, WEATHER, builder_with, everything, in_state, result, turn_with, under_way

from runware_magic.chat.draft import RUNNING, WAITING, WRITING, TurnBuilder
from runware_magic.chat.messages import ToolCall
from runware_magic.chat.turn import COMPLETE, DONE, FAILED, PENDING, REFUSED, STOPPED, STREAMING, Reply
from runware_magic.display.render import tool_steps
from runware_magic.display.render.badge import Badge, remarks, status
from runware_magic.display.render.tool_steps import NOT_RUN, Card, cards_of, counts, so_far, steps_of, what_to_run

OTHER = ToolCall("call_2", "clock", "{}")
SAID = Reply("I look.", tool_calls=(WEATHER, OTHER))


@pytest.mark.parametrize(
    ("replies", "states"),
    [
        ((SAID, result(WEATHER), result(OTHER, FAILED)), [DONE, FAILED]),
        ((SAID, result(OTHER, FAILED), result(WEATHER)), [DONE, FAILED]),
        ((SAID, result(WEATHER)), [DONE, NOT_RUN]),
        ((SAID,), [NOT_RUN, NOT_RUN]),
        ((SAID, result(replace(WEATHER, id="odd"))), [NOT_RUN, NOT_RUN, DONE]),
        ((result(WEATHER),), [DONE]),
    ],
)
def test_each_call_has_its_result(replies, states):
    """By its id, in whichever order they come; a result without a call has a card, too."""
    (step,) = steps_of(replies)
    assert [card.state for card in step.cards] == states
    assert all(card.result is None or card.result.tool_call_id == card.call.id for card in step.cards)


def test_one_id_that_is_used_twice_has_two_results():
    """As of an endpoint that numbers the calls of each reply from 0, or gives all of them one."""
    twice = Reply(tool_calls=(WEATHER, replace(WEATHER, name="again")))
    results = [result(content="1"), result(content="2"), Reply(tool_calls=(WEATHER,)), result(content="3")]
    first, second = steps_of((twice, *results))
    assert [card.result.content for card in (*first.cards, *second.cards)] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("arguments", "brief"),
    [
        ('{"city": "Oslo", "days": 3, "fine": null}', '(city="Oslo", days=3, fine=null)'),
        ("", "()"),
        ("null", "()"),
        ("{}", "()"),
        ("{", "(…)"),
        ("[1]", "(…)"),
        ('{"not a name": 1}', "(…)"),
        ('{"a": "' + "x" * 80 + '"}', "(…)"),
        ('{"a": "\\u202e\\u200b"}', '(a="\\u202e\\u200b")'),
        ('{"a": "\\ud800"}', '(a="\\ud800")'),
        ('{"a": "נ\u200cב"}', '(a="נ\u200cב")'),
    ],
)
def test_short_arguments_stand_behind_the_name(arguments, brief):
    """As in a call; what cannot be seen stands as its code, since the user agrees to it."""
    assert Card(replace(WEATHER, arguments=arguments), DONE).brief == brief


def test_lines_of_code_are_lines():
    """Though JSON has them in one; nothing else changes, and an escaped backslash is no line end."""
    told = Card(replace(WEATHER, arguments=json.dumps({"code": "a\nb", "path": "C:\\new"})), DONE).arguments
    assert told == '{\n  "code": "a\\n\n    b",\n  "path": "C:\\\\new"\n}'


@given(st.text(), st.text(), st.dictionaries(st.text(), st.text() | st.integers() | st.floats(), max_size=3))
def test_any_call_can_be_told(name, text, value):
    """Whatever its name and its arguments are: without a character that cannot be seen."""
    for arguments in (text, json.dumps(value, ensure_ascii=False), json.dumps(value)):
        card = Card(ToolCall("1", name, arguments), DONE)
        for told in (card.name, card.brief, card.arguments.replace("\n", "")):
            assert all(char.isprintable() or char in "\u200c\u200d" for char in told)
        assert card.name
        assert len(card.name) <= tool_steps.NAME_LENGTH


@pytest.mark.parametrize("arguments", ["[" * 100_000, '{"a":' * 50_000, "9" * 10_000, '{"a": ' + "9" * 10_000 + "}"])
def test_monstrous_arguments_are_told_as_they_are(arguments):
    """Too deep, too long, or too large for Python."""
    assert Card(replace(WEATHER, arguments=arguments), DONE).arguments == arguments


@pytest.mark.parametrize(
    ("state", "seconds", "told"),
    [
        (WRITING, None, "writing…"),
        (WAITING, None, "waiting for you"),
        (PENDING, None, "waiting for you"),
        (RUNNING, 2.4, "running 2 s"),
        (DONE, 0.21, "done in 0.2 s"),
        (DONE, 0.0123, "done in 0.01 s"),
        (DONE, 0.001, "done in 0 s"),
        (DONE, 75.2, "done in 75 s"),
        (DONE, None, "done"),
        (FAILED, 1.26, "failed after 1.3 s"),
        (FAILED, None, "failed"),
        (REFUSED, None, "refused"),
        (NOT_RUN, None, "not run"),
        ("odd\n\x1b", None, "odd ␛"),
    ],
)
def test_a_state_is_told_in_words_and_by_a_sign(state, seconds, told):
    """So that nobody needs its colour."""
    card = Card(WEATHER, state, seconds)
    assert (card.told, len(card.sign)) == (told, 1)


def test_signs_differ():
    """For each state that a reader tells apart."""
    states = (WRITING, WAITING, RUNNING, DONE, FAILED, REFUSED, NOT_RUN)
    assert len({Card(WEATHER, state).sign for state in states}) == len(states)


@pytest.mark.parametrize(
    ("calls", "line"),
    [
        ((WEATHER,), "%runware allow weather runs the call, %runware refuse refuses it."),
        ((WEATHER, WEATHER), "%runware allow weather runs the calls, %runware refuse refuses them."),
        ((OTHER, WEATHER), "%runware allow clock weather runs the calls, %runware refuse refuses them."),
        (
            (replace(WEATHER, name="a b; rm $x\n"),),
            "%runware allow 'a b; rm $x' runs the call, %runware refuse refuses it.",
        ),
        (
            [ToolCall(str(at), f"f{at}") for at in range(9)],
            "%runware allow runs the calls, %runware refuse refuses them.",
        ),
    ],
)
def test_a_turn_that_waits_says_what_to_run(calls, line):
    """With the names as a line takes them."""
    turn = turn_with(answer="", state=PENDING, reply=Reply(tool_calls=tuple(calls)))
    assert remarks(turn)[-1] == what_to_run(turn) == f"Waiting for you: {line}"
    assert what_to_run(replace(turn, state=STOPPED)) == ""


def test_results_that_wait_are_asked_for():
    """Where some calls of a reply have ended, and others wait."""
    turn = turn_with(SAID, result(WEATHER), result(OTHER, PENDING), answer="", state=PENDING)
    assert what_to_run(turn).startswith("Waiting for you: %runware allow clock runs the call,")
    assert counts(turn) == "2 tool calls (1 waiting)"


@pytest.mark.parametrize(
    ("turn", "told"),
    [
        (turn_with(), ""),
        (in_state(DONE), "1 tool call"),
        (everything(), "5 tool calls (1 failed, 1 refused)"),
        (in_state(PENDING), "1 tool call"),
        (turn_with(SAID, result(WEATHER), result(OTHER), state=STOPPED, reply=SAID), "4 tool calls (2 not run)"),
        (turn_with(reply=SAID), ""),
    ],
)
def test_the_badge_counts_calls(turn, told):
    """And how many went wrong; not those of a turn whose tools nobody runs."""
    assert counts(turn) == told
    assert (told in str(Badge.of(turn)).split(" · ")) == bool(told)


def test_a_turn_that_waits_says_so_in_its_badge():
    """In place of a state that is a word of ours."""
    assert str(Badge.of(in_state(PENDING))).startswith("m · waiting for you · 1 tool call · ")


@pytest.mark.parametrize("recorded", [None, "2026-11-25"])
def test_a_replayed_turn_says_that_nothing_ran(recorded):
    """Only where there are results."""
    assert ("Recorded results: nothing ran." in remarks(replace(everything(), recorded=recorded))) == bool(recorded)
    assert remarks(turn_with(recorded=recorded)) == ()


@pytest.mark.parametrize(
    ("states", "told"),
    [
        ([WRITING], "writing a tool call · 3 s"),
        ([WAITING], "waiting for you · 3 s"),
        ([RUNNING], "running weather 2 s · 3 s"),
        ([DONE, RUNNING, WRITING], "running weather 2 s · 3 s"),
        ([RUNNING, WAITING], "waiting for you · 3 s"),
        ([DONE, FAILED], "waiting for the model… · 3 s"),
    ],
)
def test_the_status_says_what_calls_do(states, told):
    """What the reader has to do comes first."""
    builder = builder_with(*map(under_way, states), content="I look.")
    assert status(builder, 3.0).startswith(f"m · {told}")


@pytest.mark.parametrize("state", LIVE)
def test_what_a_builder_has_so_far(state):
    """Steps that have ended, and the one under way."""
    steps, now = so_far(builder_with(under_way(state), replies=everything().replies, content="Now."), 3.0)
    assert (len(steps), now.said.content, [card.state for card in now.cards]) == (2, "Now.", [state])


@pytest.mark.parametrize("state", [PENDING, *LIVE[1:]])
def test_a_turn_that_goes_on_shows_its_calls_once(state):
    """They are those of the last reply before, whether or not the builder tells of them already."""
    replies = (*everything().replies, Reply("Last.", tool_calls=(WEATHER,)))
    builder = TurnBuilder(turn_with(*replies, answer="", state=STREAMING))
    builder.calls = () if state == PENDING else (under_way(state),)
    steps, now = so_far(builder, 3.0)
    assert (len(steps), now.said.content, [card.state for card in now.cards]) == (2, "Last.", [state])


def test_all_calls_of_a_turn():
    """Of each step, and those of its last reply."""
    turn = turn_with(SAID, result(WEATHER), result(OTHER), state=COMPLETE, reply=Reply("x", tool_calls=(OTHER,)))
    assert [card.state for card in cards_of(turn)] == [DONE, DONE, NOT_RUN]
