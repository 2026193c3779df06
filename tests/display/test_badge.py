"""The lines over and under an answer."""

from dataclasses import replace

import pytest

from runware_magic.chat.events import ContentDelta, Opened, ReasoningDelta, Retrying, UsageReport
from runware_magic.chat.turn import Draft, Reply, Timing, Turn
from runware_magic.chat.usage import Usage
from runware_magic.chat.verdict import Verdict
from runware_magic.display.badge import amount, badge, costs, dollars, failed_checks, remarks, status

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


def test_the_badge_of_a_complete_turn():
    """Model, tokens, cost, time to the first token and speed, and no word on a state that is as it should be."""
    assert badge(TURN) == ("minimax:m2.7@0", "51 in / 38 out", "$0.000134", "first token 0.41 s", "22 tokens/s")


@pytest.mark.parametrize(
    ("change", "segment"),
    [
        ({"state": "stopped"}, "stopped"),
        ({"state": "failed"}, "failed"),
        ({"finish_reason": "length"}, "length: cut at the token limit"),
        ({"finish_reason": "content_filter"}, "content_filter"),
        ({"finish_reason": "new\n\x1b[1m word"}, "new ␛[1m word"),
        ({"endpoint": "demo"}, "demo"),
        ({"usage": None}, "usage unknown"),
        ({"usage": Usage(51, 38)}, "cost unknown"),
        ({"usage": Usage(cost=0.5)}, "tokens unknown"),
        (
            {"usage": Usage(51, 1038, reasoning_tokens=12, cached_tokens=30)},
            "51 in / 1,038 out (12 reasoning, 30 cached)",
        ),
        ({"usage": Usage(51, None, cached_tokens=0)}, "51 in"),
    ],
)
def test_the_badge_says_what_is_special(change, segment):
    """States, the demo, details of the usage and what is unknown are segments."""
    assert segment in badge(replace(TURN, **change))


def test_unknown_usage_is_not_zero():
    """Without usage the badge shows neither tokens, nor a cost, nor a speed."""
    assert badge(replace(TURN, usage=None)) == ("minimax:m2.7@0", "usage unknown", "first token 0.41 s")


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
            ("The limit of 64 tokens was used up by the reasoning: raise --max-tokens.",),
        ),
        (
            {"reply": Reply(""), "finish_reason": "length"},
            ("The limit was used up by the reasoning: raise --max-tokens.",),
        ),
        ({"skipped": 1}, ("1 event of the stream could not be read; the answer may lack a piece.",)),
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
    draft = Draft(replace(TURN, usage=None))
    for event in events:
        draft.fold(event, 1.0)
    assert status(draft, 3.2) == f"minimax:m2.7@0 · {line}"


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
    assert status(Draft(replace(TURN, usage=None, **fields)), 3.0) == (
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
    assert ("minimax:m2.7@0" in badge(TURN, name=name)) == named
    assert status(Draft(TURN), 1.0, name).startswith("minimax:m2.7@0 · ") == named


def test_checks_are_counted_in_the_badge_and_told_one_by_one():
    """How many passed; and of each that did not, what came."""
    checked = replace(TURN, verdicts=(Verdict("json", passed=True), Verdict("re:\\d", passed=False, why="it\nis 'x'")))
    assert badge(checked)[:2] == ("minimax:m2.7@0", "checks 1/2 passed")
    assert failed_checks(checked) == ("Expected re:\\d: it is 'x'",)
