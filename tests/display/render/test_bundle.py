"""The bundle that a turn settles into."""

import html
import json
import re
from dataclasses import replace

import pytest

from runware_magic.chat.conversation import Conversation
from runware_magic.chat.messages import Message, ToolCall
from runware_magic.chat.record import MIME_TYPE, from_record
from runware_magic.chat.saved_outputs import keep
from runware_magic.chat.sources import Source
from runware_magic.chat.text import plain
from runware_magic.chat.turn import Reply, Timing, Turn
from runware_magic.chat.usage import Usage
from runware_magic.display.render.bundle import bundle, refusal
from runware_magic.display.render.sanitize_html import clean
from runware_magic.errors import ConnectError, KeyMissingError, RateLimitedError, StoppedError

TURN = Turn(
    id="1",
    model="minimax:m2.7@0",
    endpoint="https://api.runware.ai/v1",
    messages=(),
    timing=Timing("2026-01-01T00:00:00Z", first_token_s=0.41, total_s=2.1),
    reply=Reply("It is **4**.", "Let me *think*."),
    state="complete",
    finish_reason="stop",
    usage=Usage(51, 38, 89, 0.000134, reasoning_tokens=12),
)
HOSTILE = "<script>x</script><img src=x onerror=y> ![p](http://evil.invalid/p) [l](javascript:z) \x1b[2J"


def test_a_bundle_has_four_faces():
    """HTML, Markdown and text for readers, and the record, from which the turn can be rebuilt."""
    data = bundle(TURN)
    assert list(data) == ["text/html", "text/markdown", "text/plain", MIME_TYPE]
    assert from_record(data[MIME_TYPE]) == TURN


def test_a_turn_shows_itself_as_its_bundle():
    """Importing the display is what makes turns rich."""
    assert TURN._repr_mimebundle_() == bundle(TURN)


@pytest.mark.parametrize("name", ["runware-turn", "runware-badge", "runware-reasoning", "runware-content"])
def test_elements_carry_the_promised_classes(name):
    """Other tools find the parts by these."""
    assert f'class="{name}' in bundle(TURN)["text/html"]


def test_html_depends_on_nothing_that_a_notebook_strips():
    """No style sheet, no script, no picture, no id, no data attribute."""
    markup = bundle(TURN, notes=["note"])["text/html"]
    assert not any(word in markup for word in ("<style", "<script", "<svg", "<img", " id=", " data-"))


@pytest.mark.parametrize(
    "content", ["It is **4**.", HOSTILE, "</textarea><b>$x$ &amp;", "a\xa0b &nbsp; \ufeff \x1b\ud800"]
)
def test_an_answer_can_be_copied_as_markdown(content):
    """From a field behind its details, in which keys select all of it."""
    markup = bundle(replace(TURN, reply=Reply(content)))["text/html"]
    badge = markup[markup.index('class="runware-badge') :]
    (field,) = re.findall(r"<textarea[^>]*>(.*?)</textarea>", badge, re.DOTALL)
    assert html.unescape(field) == plain(content)
    assert clean(markup) == markup


def test_without_an_answer_there_is_nothing_to_copy():
    """Nor a field."""
    assert "<textarea" not in bundle(replace(TURN, reply=Reply("")))["text/html"]


@pytest.mark.parametrize(
    ("reasoning", "shown", "opened"),
    [("auto", True, False), ("folded", True, False), ("open", True, True), ("hidden", False, False)],
)
def test_reasoning_is_folded_open_or_absent(reasoning, shown, opened):
    """The reasoning stands in a details element that says how many tokens it took."""
    markup = bundle(TURN, reasoning=reasoning)["text/html"]
    assert ("runware-reasoning" in markup, ' open=""' in markup) == (shown, opened)
    assert ("Reasoning · 12 tokens" in markup) == shown


def test_text_and_markdown_have_content_notes_and_badge():
    """Readers without HTML learn the same, without the reasoning."""
    badge = "minimax:m2.7@0 · 51 in / 38 out · $0.000134 · 2.1 s"
    data = bundle(TURN, notes=["Mind the gap."])
    assert data["text/plain"] == f"It is **4**.\n\nMind the gap.\n\n{badge}"
    assert data["text/markdown"] == f"It is **4**.\n\nMind the gap.\n\n{badge}\n"


def test_a_mark_comes_first():
    """In every form: who reads an answer that is out of date should know before."""
    data = bundle(TURN, mark="Turn 1 has *changed*.")
    assert data["text/html"].index("⚠ Turn 1 has *changed*.") < data["text/html"].index("Reasoning")
    assert data["text/markdown"].startswith("⚠ Turn 1 has")
    assert data["text/plain"].startswith("⚠ Turn 1 has *changed*.\n\nIt is")


@pytest.mark.parametrize("field", ["content", "reasoning", "model", "error", "call", "note", "finish_reason", "source"])
def test_nothing_from_outside_becomes_markup(field):
    """A hostile text is shown as text, wherever it comes in."""
    changes = {
        "content": {"reply": Reply(HOSTILE)},
        "reasoning": {"reply": Reply("x", HOSTILE)},
        "call": {"reply": Reply("x", "", (ToolCall("1", HOSTILE, HOSTILE),))},
        "model": {"model": HOSTILE},
        "error": {"state": "failed", "error": HOSTILE},
        "finish_reason": {"finish_reason": HOSTILE},
        "source": {"sources": (Source(f"https://x.org/{HOSTILE}", HOSTILE), Source(HOSTILE))},
    }
    data = bundle(replace(TURN, **changes.get(field, {})), notes=[HOSTILE] if field == "note" else [])
    assert not any(bad in data["text/html"] for bad in ("<script", "<img", 'javascript:z"', "\x1b"))
    outside = data["text/markdown"].split("```")[::2]
    assert not any(bad in part for part in outside for bad in ("<script", "<img", "![", "](javascript", "\x1b"))
    assert "\x1b" not in data["text/plain"]


def test_every_face_can_be_encoded():
    """The kernel sends UTF-8: half a surrogate pair anywhere would break the whole output."""
    lone = "a\ud83d &#xd83d; https://x.org/\ud83d `\udc00` $\udc00$"
    turn = replace(
        TURN,
        model=lone,
        messages=(Message("user", lone),),
        parameters={lone: [lone]},
        reply=Reply(lone, lone, (ToolCall(lone, lone, lone),)),
        state=lone,
        finish_reason=lone,
        error=lone,
        sources=(Source(f"https://x.org/{lone}", lone), Source(lone)),
    )
    turn = replace(turn, chat=lone)
    for record in (None, keep(Conversation().with_turn(turn), turn, [replace(turn, id=lone)])):
        data = bundle(turn, notes=[lone], labels=[lone], record=record)
        assert json.loads(json.dumps(data, ensure_ascii=False).encode()) == data
    assert json.dumps(refusal(lone, ConnectError(lone)), ensure_ascii=False).encode()


def test_tool_calls_are_listed():
    """What the model wants called is shown as code."""
    data = bundle(replace(TURN, reply=Reply("", "", (ToolCall("1", "look_up", '{"word": "x"}'),))))
    assert 'look_up({"word": "x"})' in data["text/plain"]
    assert "```" in data["text/markdown"]
    assert "look_up" in data["text/html"]


def test_sources_stand_between_the_answer_and_the_badge():
    """In each form; the marks in the text stay as they are."""
    data = bundle(
        replace(TURN, reply=Reply("It is 4[1]."), sources=(Source("https://x.org/", "Sums"),)), notes=["Mind."]
    )
    for face, first, source in (
        ("text/html", "It is 4[1].", ">Sums <"),
        ("text/markdown", "It is 4[1].\n\nSources:\n\n", "1. [Sums](https://x.org/)\n\n"),
        ("text/plain", "It is 4[1].\n\n", "[1] Sums · https://x.org/\n\n"),
    ):
        places = [data[face].index(text) for text in (first, source, "Mind.", "minimax:m2.7@0")]
        assert places == sorted(places)
    assert from_record(data[MIME_TYPE]).sources == (Source("https://x.org/", "Sums"),)


@pytest.mark.parametrize("content", ["", " \n "])
def test_an_empty_answer_has_no_empty_frame(content):
    """A turn without content shows its badge and the reason."""
    data = bundle(replace(TURN, reply=Reply(content), finish_reason="length"))
    assert "runware-content" not in data["text/html"]
    assert data["text/plain"].startswith("The reasoning used up the limit")
    assert data["text/markdown"].startswith("The reasoning used up the limit")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (RateLimitedError("busy", "", 429), "m · refused · 429"),
        (RateLimitedError("busy"), "m · refused"),
        (ConnectError("x"), "m · no answer"),
        (StoppedError("x"), "m · stopped before an answer"),
        (KeyboardInterrupt(), "m · stopped before an answer"),
        (KeyMissingError("x"), "m · not answered"),
        (ValueError("secret"), "m · not answered · ValueError"),
    ],
)
def test_a_refusal_is_one_quiet_line_without_a_record(error, line):
    """The error itself is IPython's to show; a request without an answer is no turn."""
    data = refusal("m", error)
    assert data["text/plain"] == line
    assert set(data) == {"text/html", "text/plain"}


def test_why_a_turn_failed_is_said_where_nothing_else_says_it():
    """In a cell, IPython shows the error right beneath."""
    failed = replace(TURN, state="failed", error="lost\n\x1b[2J")
    assert "lost ␛[2J" in bundle(failed)["text/plain"]
    assert "lost" not in bundle(failed, says_why=False)["text/html"]
