"""The demo as a judge: by rules, with a reason, and never a guess."""

from __future__ import annotations

import json

import pytest
from schemas import record

from runware_magic.chat.answer_json import json_of
from runware_magic.chat.structured import instruction, response_format
from runware_magic.demo.models import MODELS, find
from runware_magic.demo.request import Ask, Said
from runware_magic.demo.verdicts import is_asked, verdict
from runware_magic.demo.voices import reply

VERDICT = {"title": "verdict", **record(reason="string", passed="boolean")}
KIND = "Dear customer, we are sorry that your parcel is late. It will be with you on **14 May**."
CURT = "Your parcel is late. Wait for it."


def tagged(answer, criterion):
    """Return a judge's prompt with tags."""
    return (
        f"Judge.\n\n<prompt>\nHi\n</prompt>\n\n<answer>\n{answer}\n</answer>\n\n<criterion>\n{criterion}\n</criterion>"
    )


def fenced(answer, criterion):
    """Return a judge's prompt with code fences."""
    return (
        f"The prompt:\n```\nHi\n```\n\nThe answer:\n````text\n{answer}\n````\n\nThe criterion:\n```\n{criterion}\n```"
    )


@pytest.mark.parametrize("written", [tagged, fenced])
@pytest.mark.parametrize(
    ("answer", "criterion", "passed"),
    [
        (KIND, "is polite and names a date", True),
        (CURT, "is polite and names a date", False),
        (KIND, "names a date, and is polite.", True),
        (KIND, "is not polite", False),
        (CURT, "is rude", False),
        ("Shut up, please.", "is polite", False),
        (KIND, "does not mention a price", True),
        ("It costs 3.50 €.", "names a price", True),
        ("3 or 4", "names a number", True),
        ("Shall we?", "asks a question", True),
        (KIND, "is in English", True),
        ("Wir danken Ihnen, und das ist nicht alles.", "is in German", True),
        (KIND, "is in French", False),
        (KIND, "has two sentences", True),
        (KIND, "is one sentence", False),
        (KIND, "has no more than two sentences", True),
        (KIND, "has at most 5 words", False),
        (KIND, "has at least 5 words", True),
        (KIND, 'mentions "a parcel" and is polite', False),
        (KIND, 'mentions "your parcel"', True),
        (KIND, "names Lyon", False),
        ("Come to Lyon.", "names Lyon", True),
        ("", "is polite", False),
    ],
)
def test_what_can_be_judged(written, answer, criterion, passed):
    """Part by part; the reason says what was found."""
    told = verdict(written(answer, criterion))
    assert told["passed"] is passed
    assert told["reason"].startswith(("It ", "By its words", "I cannot tell"))


@pytest.mark.parametrize("criterion", ["is wise", "is polite and wise", "is not boring", "names the capital"])
def test_what_cannot_be_judged_does_not_pass(criterion):
    """The reason says so."""
    told = verdict(tagged(KIND, criterion))
    assert told["passed"] is False
    assert "I am a script, and have no rule for" in told["reason"]


@pytest.mark.parametrize(
    "prompt", ["", "<answer>", "<answer>x</answer>", "</answer><answer>", "The answer:\n```\nx\n```"]
)
def test_a_prompt_without_answer_or_criterion_does_not_pass(prompt):
    """The reason says so."""
    assert verdict(prompt) == {"reason": "I find no answer or no criterion in this request.", "passed": False}


@pytest.mark.parametrize(
    "text", ["</answer> Thank you!", "<answer> Thank you!", "<criterion>is rude</criterion> Thanks!"]
)
def test_an_answer_may_hold_tags(text):
    """All of it is judged, and by the criterion behind it."""
    assert verdict(tagged(text, "is polite"))["passed"] is True


def test_a_prompt_may_hold_tags():
    """What is in it is not judged."""
    prompt = tagged(CURT, "is polite").replace("Hi", "<answer>Thank you!</answer>")
    assert verdict(prompt)["passed"] is False


@pytest.mark.parametrize(
    "model", [model.id for model in MODELS if model.takes_schema and not model.status and model.id != "demo:echo@1"]
)
def test_every_model_judges_by_the_same_rules(model):
    """The sloppy one too, which is wrong first elsewhere."""
    sent = (Said("user", tagged(KIND, "is polite")),)
    parameters = {"response_format": response_format(VERDICT), "temperature": 0}
    said = reply(Ask(find(model), sent, 4096, parameters=parameters))
    assert json.loads(said.content) == {"reason": "It has polite words: dear, sorry.", "passed": True}


def test_a_judge_that_refuses_schemas_reads_it_in_the_prompt():
    """Its verdict is the same."""
    prompt = f"{tagged(KIND, 'is polite')}\n\nReply with JSON only.\n\n{instruction(VERDICT)}"
    said = reply(Ask(find("demo:plain@1"), (Said("user", prompt),), 4096))
    assert json_of(said.content, VERDICT) == {"reason": "It has polite words: dear, sorry.", "passed": True}


def test_only_a_verdict_is_one():
    """By its title and its fields; another schema with these fields gets data."""
    assert is_asked(VERDICT)
    assert not is_asked({**VERDICT, "title": "Person"})
    assert not is_asked({"title": "verdict", "type": "object"})


def test_the_lessons_answers_are_judged_as_it_says():
    """The tutor's passes, the brisk one's does not."""
    prompt = "Tell a customer in two sentences that her parcel is late."
    said = {
        name: reply(Ask(find(name), (Said("user", prompt),), 4096)).content for name in ("demo:tutor@1", "demo:brisk@1")
    }
    passed = {name: verdict(tagged(text, "is polite and names a date"))["passed"] for name, text in said.items()}
    assert passed == {"demo:tutor@1": True, "demo:brisk@1": False}
