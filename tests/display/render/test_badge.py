"""The lines over and under an answer."""

import html
import re
from dataclasses import replace

import pytest

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.events import ContentDelta, Opened, ReasoningDelta, Retrying, UsageReport
from runware_magic.chat.text import amount, dollars
from runware_magic.chat.turn import Reply, Timing, Turn
from runware_magic.chat.usage import Usage
from runware_magic.chat.verdict import Verdict
from runware_magic.display.render.badge import Badge, costs, failed_checks, remarks, status
from runware_magic.engine.view import Place

TURN = Turn(
    id="1",
    model="minimax:m2.7@0",
    endpoint="https://api.runware.ai/v1",
    messages=(),
    timing=Timing("2026-01-01T00:00:00Z", first_token_s=0.41, total_s=2.1),
    reply=Reply("4"),
    state="complete",
    finish_reason="stop",
    usage=Usage(51, 38, 89, 0.000134),
)


def texts(turn, **given):
    """Return what a badge says."""
    return tuple(fact.text for fact in Badge.of(turn, **given).facts)


def test_the_badge_of_a_complete_turn():
    """Model, tokens, cost and time, and no word on a state that is as it should be."""
    said = ("minimax:m2.7@0", "51 in / 38 out", "$0.000134", "2.1 s")
    assert texts(TURN) == said
    assert str(Badge.of(TURN)) == " · ".join(said)


def test_all_that_a_badge_can_say():
    """By name, in order: where it stands, where the answer is from, how it ended, what it cost, how long it took."""
    turn = replace(
        TURN, endpoint="demo", recorded="2026-11-25", state="stopped", verdicts=(Verdict("json", passed=True),)
    )
    badge = Badge.of(turn, labels=("kept",), place=Place(3, 2, 2))
    assert [(fact.name, fact.text) for fact in badge.facts] == [
        ("place", "turn 3 · v2 of 2"),
        ("model", "minimax:m2.7@0"),
        ("recorded", "recorded 2026-11-25"),
        ("endpoint", "demo"),
        ("label", "kept"),
        ("state", "stopped"),
        ("checks", "✓ 1/1 checks"),
        ("tokens", "51 in / 38 out"),
        ("cost", "$0.000134 (not billed)"),
        ("time", "2.1 s"),
    ]


def test_all_that_its_details_can_say(monkeypatch):
    """What the endpoint counted apart, how fast the answer came, why it ended, who answered, and when."""
    monkeypatch.setenv("TZ", "UTC")
    turn = replace(TURN, usage=replace(TURN.usage, reasoning_tokens=1200, cached_tokens=30))
    assert [(fact.name, fact.text) for fact in Badge.of(turn).details] == [
        ("reasoning", "1,200 reasoning tokens"),
        ("cached", "30 cached tokens"),
        ("first token", "first token after 0.41 s"),
        ("speed", "22 tokens/s"),
        ("finish reason", "finish reason stop"),
        ("endpoint", "https://api.runware.ai/v1"),
        ("started", "2026-01-01 00:00 UTC"),
    ]


@pytest.mark.parametrize("started", ["", "soon", "2026-13-01T00:00:00Z"])
def test_a_time_that_cannot_be_read_is_left_out(started):
    """A saved notebook may have been written by anybody."""
    turn = replace(TURN, timing=replace(TURN.timing, started=started))
    assert [fact.name for fact in Badge.of(turn).details][-1] == "endpoint"


def test_a_line_never_breaks_between_a_number_and_its_unit():
    """In HTML; text for other readers has plain spaces."""
    badge = Badge.of(TURN)
    assert "51 in / 38 out".replace(" ", "\N{NO-BREAK SPACE}") in badge.html
    assert "51 in / 38 out" in str(badge)


@pytest.mark.parametrize(("passed", "sign"), [(True, "✓"), (False, "✗")])
def test_a_line_never_breaks_behind_the_sign_of_a_verdict(passed, sign):
    """What it says of stands beside it; a long name of a check may be on another line."""
    badge = Badge.of(replace(TURN, verdicts=(Verdict("contains:a b", passed=passed, why=""),)))
    assert f">{sign}\N{NO-BREAK SPACE}" in badge.html
    assert f"{sign} {int(passed)}/1 checks" in str(badge)


def test_a_badge_is_heard_as_one_would_say_it():
    """Units are words, and signs that part things are pauses."""
    assert Badge.of(TURN).spoken == ("minimax:m2.7@0, 51 in, 38 out, $0.000134, 2.1 seconds")


def test_a_badge_as_html_is_its_text():
    """Each fact in an element of its own, whatever it holds."""
    badge = Badge.of(replace(TURN, model="<b>$x$"), labels=("kept",))
    shown = html.unescape(re.sub("<[^>]*>", "", badge.html)).replace("\N{NO-BREAK SPACE}", " ")
    details = " · ".join(fact.text for fact in badge.details)
    assert shown == f"{badge} · details{details}"
    assert badge.html.count("</span> · <span>") == len(badge.facts) + len(badge.details) - 2


@pytest.mark.parametrize(
    ("change", "segment"),
    [
        ({"state": "stopped"}, "stopped"),
        ({"state": "failed"}, "failed"),
        ({"finish_reason": "length"}, "cut off at --max-tokens"),
        ({"finish_reason": "content_filter"}, "content_filter"),
        ({"finish_reason": "new\n\x1b[1m word"}, "new ␛[1m word"),
        ({"finish_reason": None, "maybe_cut": True}, "no finish reason"),
        ({"endpoint": "demo"}, "demo"),
        ({"usage": None}, "usage unknown"),
        ({"usage": Usage(51, 38)}, "cost unknown"),
        ({"usage": Usage(cost=0.5)}, "tokens unknown"),
        (
            {"usage": Usage(51, 1038, reasoning_tokens=12, cached_tokens=30)},
            "51 in / 1,038 out",
        ),
        ({"usage": Usage(51, None, cached_tokens=0)}, "51 in"),
    ],
)
def test_the_badge_says_what_is_special(change, segment):
    """States, the demo, details of the usage and what is unknown are segments."""
    assert segment in texts(replace(TURN, **change))


def test_unknown_usage_is_not_zero():
    """Without usage the badge shows neither tokens, nor a cost, nor a speed."""
    assert texts(replace(TURN, usage=None)) == ("minimax:m2.7@0", "usage unknown", "2.1 s")


@pytest.mark.parametrize(
    ("cost", "text"),
    [
        (None, "cost unknown"),
        (0, "$0"),
        (0.000134, "$0.000134"),
        (0.00000123, "$0.00000123"),
        (0.5, "$0.500"),
        (12, "$12.00"),
        (1234.5, "$1,234.50"),
        (1e-7, "$0.000000100"),
        (1e-300, "< $0.0000001"),
        (1e300, "> $1,000,000,000"),
        (float("inf"), "> $1,000,000,000"),
        (float("nan"), "cost unknown"),
        (-1, "cost unknown"),
    ],
)
def test_dollars_are_written_out(cost, text):
    """Costs keep three digits and are never written with an exponent, nor with hundreds of digits."""
    assert dollars(cost) == text


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        (0.5, "$0.50"),
        (0, "$0.00"),
        (1234, "$1,234.00"),
        (0.1 + 0.2, "$0.30"),
        (0.005, "$0.005"),
        (0.12345, "$0.12345"),
        (1e-7, "$0.0000001"),
        (1e-8, "< $0.0000001"),
        (float("inf"), "> $1,000,000,000"),
    ],
)
def test_amounts_are_written_as_users_write_them(limit, text):
    """At least in cents, and without the noise of binary fractions."""
    assert amount(limit) == text


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, ()),
        (
            {"reply": Reply(""), "finish_reason": "length", "parameters": {"max_completion_tokens": 64}},
            ("The reasoning used up the limit of 64 tokens: raise --max-tokens.",),
        ),
        (
            {"reply": Reply(""), "finish_reason": "length"},
            ("The reasoning used up the limit: raise --max-tokens.",),
        ),
        ({"skipped": 1}, ("1 event of the stream could not be read; part of the answer may be missing.",)),
        ({"maybe_cut": True}, ("The endpoint did not confirm that this answer is complete; it may be cut off.",)),
        ({"reply": Reply("")}, ("The answer is empty.",)),
        ({"reply": Reply(" \n ")}, ("The answer is empty.",)),
        ({"reply": Reply(""), "state": "stopped"}, ()),
    ],
)
def test_remarks(change, expected):
    """What the reader should know about how it went, each in one line."""
    assert remarks(replace(TURN, **change)) == expected


@pytest.mark.parametrize(
    ("events", "line"),
    [
        ([], "waiting for the endpoint… · 3 s"),
        ([Retrying("429: busy", 2, 30.0)], "retrying in 28 s (429: busy), attempt 2 · 3 s"),
        ([Retrying("429: busy", 2, 2.0)], "retrying now (429: busy), attempt 2 · 3 s"),
        ([Retrying("429: busy", 2, 2.0), Opened()], "waiting for the model… · 3 s"),
        ([Opened(), ReasoningDelta("h" * 400)], "thinking 3 s · ~100 tokens"),
        ([Opened(), ReasoningDelta("h"), ContentDelta("a" * 7)], "answering · 3 s · ~2 tokens"),
        ([ContentDelta("a" * 4 * 12345)], "answering · 3 s · ~12,000 tokens"),
        ([ContentDelta("a"), UsageReport(Usage(completion_tokens=1200))], "answering · 3 s · 1,200 tokens"),
    ],
)
def test_status(events, line):
    """What the model is doing, for how long, and how many tokens it has made, an estimate marked as one."""
    builder = TurnBuilder(replace(TURN, usage=None))
    for event in events:
        builder.fold(event, 1.0)
    assert status(builder, 3.2) == f"minimax:m2.7@0 · {line}"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"recorded": "2026-11-25"}, "recorded 2026-11-25 · "),
        ({"endpoint": "demo"}, "demo · "),
        ({"recorded": "2026-11-25", "endpoint": "demo"}, "recorded 2026-11-25 · demo · "),
        ({"recorded": "<b>\n" + "x" * 99}, f"recorded <b> {'x' * 15}… · "),
    ],
)
def test_the_status_says_from_the_beginning_whose_words_these_are(fields, said):
    """No answer passes for a model's while it grows."""
    assert status(TurnBuilder(replace(TURN, usage=None, **fields)), 3.0) == (
        f"minimax:m2.7@0 · {said}waiting for the endpoint… · 3 s"
    )


@pytest.mark.parametrize(
    ("turns", "said"),
    [
        ((), ""),
        ((replace(TURN, usage=None),), ""),
        ((TURN, TURN), "$0.000268"),
        ((TURN, replace(TURN, recorded="")), "$0.000134 + $0.000134 (not billed)"),
        ((replace(TURN, recorded="2026-11-25"),), "$0.000134 (not billed)"),
        ((replace(TURN, recorded="2026-11-25", usage=Usage(cost=0.0)),), "$0 (not billed)"),
    ],
)
def test_costs_of_several_tell_apart_what_was_replayed(turns, said):
    """It is no part of the sum that somebody pays."""
    assert costs(turns) == said


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("", True),
        ("2 · minimax:m2.7@0 · temperature 0", False),
        ("minimax:m2.7@0", False),
        ("minimax:m2.7@0-new", True),
    ],
)
def test_a_model_that_the_answer_stands_under_is_not_named_again(name, named):
    """In the badge and in the status."""
    assert ("minimax:m2.7@0" in texts(TURN, name=name)) == named
    assert status(TurnBuilder(TURN), 1.0, name).startswith("minimax:m2.7@0 · ") == named


def test_checks_are_counted_in_the_badge_and_told_one_by_one():
    """How many passed; and of each that did not, what came."""
    checked = replace(TURN, verdicts=(Verdict("json", passed=True), Verdict("re:\\d", passed=False, why="it\nis 'x'")))
    badge = Badge.of(checked)
    assert badge.facts[1].text == "✗ 1/2 checks (failed: re:\\d)"
    assert badge.facts[1].spoken == "1 of 2 checks passed (failed: re:\\d)"
    assert re.search(r'<span style="color:[^"]*error[^"]*">✗\s1/2', badge.html)
    all_passed = Badge.of(replace(checked, verdicts=checked.verdicts[:1]))
    assert all_passed.facts[1].text == "✓ 1/1 checks"
    assert "success" in all_passed.html
    assert failed_checks(checked) == ("Check re:\\d failed: it is 'x'",)
