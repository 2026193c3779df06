"""What is expected of an answer, and whether it came."""

import json
from dataclasses import replace

import pytest

from runware_magic.chat.checks import CHECKS, Check, judge, read_check, words
from runware_magic.chat.messages import Message
from runware_magic.chat.turn import COMPLETE, FAILED, STOPPED, Reply, Timing, Turn
from runware_magic.chat.verdict import Verdict

NUMBERS = {"type": "array"}


def answer(content, state=COMPLETE):
    """Give a turn with this answer."""
    return Turn("1", "m", "e", (Message("user", "Hi"),), Timing("t"), reply=Reply(content), state=state)


def evaluate(source, turn):
    """Evaluate as a notebook does that has a schema in it."""
    return eval(source, {"turn": turn, "numbers": NUMBERS})  # noqa: S307  # the test's own


def violation(schema, text):
    """Know schemas of lists, which is enough to see what a validator is given."""
    value = json.loads(text)
    return "" if schema is NUMBERS and isinstance(value, list) else f"{value} is no array"


def verdict_on(content, spec, state=COMPLETE):
    """Give what comes of a check."""
    return judge(read_check(spec), answer(content, state), evaluate, violation)


@pytest.mark.parametrize(
    ("spec", "check"),
    [
        ("contains: Paris", ("contains", " Paris")),
        ("contains:a:b", ("contains", "a:b")),
        (r"re:^\d+$", ("re", r"^\d+$")),
        ("json", ("json", "")),
        ("schema:shapes['city']", ("schema", "shapes['city']")),
        ("max_words:50", ("max_words", "50")),
        ("py:turn.cost < 0.01", ("py", "turn.cost < 0.01")),
    ],
)
def test_a_check_is_read(spec, check):
    """Into its kind and what stands behind the first colon."""
    assert read_check(spec) == Check(spec, *check)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        *((spec, "contains:TEXT or re:PATTERN or json") for spec in ("", "Paris", "Contains:x", "contains:", "json:x")),
        ("re:(", "a regular expression (missing ), unterminated subpattern"),
        ("re:a**", "a regular expression (multiple repeat"),
        ("max_words:0", "a whole number from 1"),
        ("max_words:many", "a whole number from 1"),
        ("max_words:²", "a whole number from 1"),
        ("py:turn.cost <", "a Python expression"),
        ("py:x = 1", "a Python expression"),
        ("schema:my shape", "a Python expression"),
        ("py:" + "(" * 10_000, "a Python expression"),
    ],
)
def test_a_check_that_cannot_be_meant_is_refused_at_once(spec, expected):
    """Before anything is paid for; the error says what is expected."""
    with pytest.raises(ValueError, match=r"^[a-z]") as caught:
        read_check(spec)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("content", "spec"),
    [
        ("It is Paris.", "contains:Paris"),
        ("about\n12 km", r"re:\d+ km"),
        ('{"a": 1}', "json"),
        (" 5\n", "json"),
        ('```json\n{"a": [1]}\n```', "json"),
        ("\n~~~\n[1,\n2]\n~~~\n", "json"),
        ("````JSON\n1\n````", "json"),
        ("[1]", "schema:numbers"),
        ("```\n[1]\n```", "schema: numbers "),
        ("one two\n three", "max_words:3"),
        ("", "max_words:1"),
        ("Oslo", "py:len(turn.content) == 4"),
        ("Oslo", "py: turn.content"),
    ],
)
def test_an_answer_as_expected_passes(content, spec):
    """Nothing more is said."""
    assert verdict_on(content, spec) == Verdict(spec, passed=True)


@pytest.mark.parametrize(
    ("content", "spec", "why"),
    [
        ("It is\nparis.", "contains:Paris", "the answer is 'It is paris.'"),
        ("", "contains:Paris", "the answer is ''"),
        ("none", r"re:\d", "the answer is 'none'"),
        ('Here: {"a": 1}', "json", "not JSON: Expecting value, line 1: 'Here: {\"a\": 1}'"),
        ("", "json", "not JSON: Expecting value, line 1: ''"),
        ("[1, NaN]", "json", "not JSON: NaN is not a JSON value"),
        ("```json\n```", "json", "not JSON: Expecting value, line 1: ''"),
        ("```json\n1\n```\nThere.", "json", "not JSON: Expecting value, line 1: '```json 1 ``` There.'"),
        ("```\n1\n~~~", "json", "not JSON: Expecting value, line 1: '``` 1 ~~~'"),
        ("5", "schema:numbers", "5 is no array"),
        ("five", "schema:numbers", "not JSON: Expecting value, line 1: 'five'"),
        ("[1]", "schema:nowhere", "raised NameError: name 'nowhere' is not defined"),
        ("one two three", "max_words:2", "3 words; at most 2 allowed"),
        ("Oslo", "py:len(turn.content) > 4", "the value is False"),
        ("Oslo", "py:turn.content[9]", "raised IndexError: string index out of range"),
        ("Oslo", "py:[]", "the value is []"),
    ],
)
def test_an_answer_that_is_not_as_expected_fails_with_the_reason(content, spec, why):
    """In a line that says what came in its place."""
    assert verdict_on(content, spec) == Verdict(spec, passed=False, why=why)


@pytest.mark.parametrize("spec", ["contains:a", "re:a", "max_words:9", "py:True", "json", "schema:numbers"])
@pytest.mark.parametrize(("state", "why"), [(STOPPED, "it was stopped"), (FAILED, "it failed")])
def test_what_is_no_whole_answer_passes_no_check(spec, state, why):
    """Whatever of it has come."""
    assert verdict_on("a", spec, state) == Verdict(spec, passed=False, why=f"the answer is not complete: {why}")


@pytest.mark.parametrize("spec", ["contains:a", "re:a", "max_words:9", "py:True", "json", "schema:numbers"])
def test_an_answer_that_may_be_cut_passes_no_check(spec):
    """It is not known to be whole."""
    verdict = judge(read_check(spec), replace(answer("a"), maybe_cut=True), evaluate, violation)
    assert verdict == Verdict(spec, passed=False, why="the answer is not complete: it may be cut off")


@pytest.mark.parametrize("spec", ["contains:zzz", "json", "re:zzz", "schema:numbers", "py:not turn.content"])
def test_a_reason_is_one_short_printable_line(spec):
    """Whatever the model wrote: it is not trusted, and may be long."""
    for content in ("\x1b[2J\n<b>\u202ex", "word " * 200_000, "\n" * 10**6 + "x", "[" * 10**6, "```\n" * 200_000):
        why = verdict_on(content, spec).why
        assert why.isprintable()
        assert 0 < len(why) <= 160


def test_an_interrupt_is_no_verdict():
    """A check that takes too long can be stopped."""

    def interrupted(_source, _turn):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge(read_check("py:x"), answer("a"), interrupted, violation)


def test_the_help_tells_of_checks_that_can_be_read():
    """Each kind, once."""
    written = [spec.replace("NUMBER", "1") for spec, _ in CHECKS]
    assert len({read_check(spec).kind for spec in written}) == len(CHECKS)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("  one  two\nthree ", 3),
        ("don't stop-me", 2),
        ("今天天气很好，我们去公园吧。", 12),  # as it is written  # noqa: RUF001  # as it is written
        ("今天 weather 很好", 5),
        ("สวัสดี", 6),
        ("안녕하세요 여러분", 2),
        ("「東京」 Tokyo", 3),
        ("— …", 0),
    ],
)
def test_words_are_counted_as_people_do(text, count):
    """Between blanks; where a script has none, each character, but not its punctuation."""
    assert words(text) == count


@pytest.mark.parametrize(("written", "came"), [("Café", "Cafe\u0301"), ("Cafe\u0301", "Café")])
@pytest.mark.parametrize("kind", ["contains", "re"])
def test_letters_are_the_same_however_their_accents_come(kind, written, came):
    """Texts that look alike are alike."""
    assert verdict_on(f"In the {came}.", f"{kind}:{written}").passed
