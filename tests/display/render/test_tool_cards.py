"""Tool calls as cards, lines and Markdown: in every state, in every face, whatever they say."""

import re
from dataclasses import replace

import pytest
from attaching import picture
from tooling import CONTENTS, SETTLED, WEATHER, everything, in_state, result, turn_with
from variants import answers

from runware_magic.chat.draft import WRITING
from runware_magic.chat.messages import ToolCall
from runware_magic.chat.parts import TextPart
from runware_magic.chat.turn import DONE, FAILED, PENDING, REFUSED, STOPPED, Reply
from runware_magic.display.render.bundle import bundle
from runware_magic.display.render.comparison import comparison_bundle
from runware_magic.display.render.tool_cards import body_html, head_html
from runware_magic.display.render.tool_steps import Card

X = "\N{MULTIPLICATION SIGN}"
FACES = ("text/html", "text/markdown", "text/plain")
TOLD = {DONE: "done in 0.2 s", FAILED: "failed after 1.2 s", REFUSED: "refused", PENDING: "waiting for you"}


def words(markup):
    """Give the text of HTML."""
    return re.sub("<[^>]*>", "", markup).replace("&quot;", '"')


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("state", SETTLED)
def test_every_state_shows_in_every_face(state, face):
    """The call, its state, and its result, between what the model said before and after."""
    shown = bundle(in_state(state))[face]
    shown = words(shown) if face == "text/html" else shown
    order = ["I will look.", 'weather(city="Oslo")', TOLD[state], CONTENTS[state]]
    order += ["Waiting for you: %runware allow weather"] if state == PENDING else ["It rains in Oslo."]
    places = [shown.index(text) for text in order if text]
    assert places == sorted(places)


def test_the_text_has_a_line_a_call():
    """With the result under it, and what its function showed."""
    told = bundle(everything())["text/plain"].split("\n")
    assert '→ weather(city="Oslo")  done in 0.2 s' in told
    assert '→ delete_everything(path="/", really=true)  refused' in told
    assert [line for line in told if line.startswith(("  | ", "    A f"))][:4] == [
        "  | plotting…",
        "  | done",
        f"  | [figure (640 {X} 480)]",
        "    A figure was shown.",
    ]
    assert "    … 2300 more characters" in told
    assert max(map(len, told)) < 1300


def test_results_are_folded_and_what_was_shown_is_not():
    """A picture stands within the page, twice as large as one of a prompt; a table is aligned and scrolls."""
    markup = bundle(everything())["text/html"]
    assert re.search(r'<details style="[^"]*"><summary style="[^"]*"><span dir="auto">Result: table, 2 rows<', markup)
    assert re.search(
        r'<details style="[^"]*" open=""><summary style="[^"]*"><span dir="auto">Printed and shown<', markup
    )
    assert re.search(
        r'<img src="data:image/png;base64,[^"]*" alt="figure" style="max-width:min\(100%,480px\)">', markup
    )
    assert 'aria-label="Table"' in markup


def test_long_arguments_unfold():
    """The first lines stand there; how much more there is, too, since the user agrees to all of it."""
    markup = body_html(Card(replace(WEATHER, arguments='{"a": "' + "x" * 5000 + '"}'), PENDING))
    assert "4,213 more characters of the arguments" in words(markup)
    assert words(markup).count("x") == 5000
    assert "more characters" not in body_html(Card(replace(WEATHER, arguments='{"a": "' + "x" * 300 + '"}'), PENDING))


def test_what_is_cut_is_said():
    """Of a result, of arguments, and of what was printed."""
    call = replace(WEATHER, arguments="a" * 90_000)
    turn = turn_with(Reply(tool_calls=(call,)), result(call, DONE, "r" * 50_000, TextPart("p" * 30_000)))
    shown = words(bundle(turn)["text/html"])
    assert "The first 20,000 of 50,000 characters; all are in turn.replies." in shown
    assert "The first 20,000 of 89,200 characters; all are in turn.replies." in shown
    assert "The first 20,000 of 30,000 characters." in shown
    assert max(map(len, re.findall("a+|r+|p+", shown))) == 20_000
    assert "of 89,200 characters; refuse what you cannot read." in words(body_html(Card(call, PENDING)))


@pytest.mark.fuzz
def test_many_calls_share_what_is_shown():
    """So that no output becomes too large to open."""
    calls = tuple(ToolCall(str(at), "f", '{"a": "' + "x" * 20_000 + '"}') for at in range(200))
    turn = turn_with(Reply(tool_calls=calls), *(result(call, DONE, "r" * 20_000, picture()) for call in calls))
    shown = bundle(turn)
    assert len(shown["text/html"]) < 1_200_000
    assert shown["text/html"].count("<img") == 20
    assert len(shown["text/plain"]) < 1_000_000


def test_arguments_show_while_they_are_written():
    """Their end, where they are long."""
    card = Card(replace(WEATHER, arguments='{"city": "' + "x" * 900 + "Os"), WRITING)
    assert "weather(…)✎ writing…" in words(head_html(card)).replace(" ", "", 1).replace(") ", ")")
    assert words(body_html(card)).startswith("…xxx")
    assert words(body_html(card)).endswith("Os")


def test_calls_that_nobody_runs_show_as_before():
    """As code, since no tool of the notebook was named."""
    turn = turn_with(answer="", reply=Reply(tool_calls=(WEATHER,)))
    assert "runware-tool" not in bundle(turn)["text/html"]
    assert 'weather({"city": "Oslo"})' in bundle(turn)["text/plain"]


def test_calls_that_were_cut_off_did_not_run():
    """In a turn whose tools run."""
    turn = turn_with(*in_state(DONE).replies, state=STOPPED, reply=Reply(tool_calls=(WEATHER,)))
    assert bundle(turn)["text/plain"].count("not run") == 2


@pytest.mark.parametrize("mode", ["auto", "open", "hidden"])
def test_reasoning_before_a_call_is_folded(mode):
    """Or left out with all reasoning."""
    markup = bundle(everything(), reasoning=mode)["text/html"]
    assert ("The user wants weather." in markup) == (mode != "hidden")
    assert not re.search(r'class="runware-reasoning"[^>]* open', markup)


@pytest.mark.parametrize("face", FACES)
def test_answers_of_a_comparison_have_cards(face):
    """Each its own."""
    turns = answers(2, replies=in_state(DONE).replies)
    assert comparison_bundle(turns, turns[0])[face].count("done in 0.2 s") == 2
