"""Answers of the demo to a schema: as data, in each model's style, wrong first where that is wanted."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from demo_client import ask, body, events, refusal
from schemas import many, record

from runware_magic.chat.answer_json import json_of
from runware_magic.chat.structured import correction, instruction, response_format
from runware_magic.demo.models import MODELS, find
from runware_magic.demo.request import Ask, Said
from runware_magic.demo.voices import reply

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "03_compare_and_choose.ipynb"
PERSON = record(name="string", age="integer", city="string")
BILL = many(name="string", price="number", number="integer")
PEOPLE = "Ada Moreau, who turned 36 in May, is a baker in Lyon."
BOUGHT = "Two coffees at 3.20 each, a croissant for 1.90 and an orange juice for 4."
ABOUT_REVIEWS = "What is this review about, and how many stars from 1 to 5 does it give? "
ADA = {"name": "Ada Moreau", "age": 36, "city": "Lyon"}
ITEMS = [("coffee", 3.2, 2), ("croissant", 1.9, 1), ("orange juice", 4.0, 1)]
REPAIR = correction("age: expected an integer, got 'about 36'\ncity: missing")
ANSWERING = [model.id for model in MODELS if not model.status and model.id != "demo:echo@1"]
FORMATTING = [name for name in ANSWERING if find(name).takes_schema]


def in_prompt(prompt, schema):
    """Return a prompt with a schema at its end."""
    return f"{prompt}\n\n{instruction(schema)}"


def answered(model, messages, schema=None, **parameters):
    """Return an answer to messages, of the user and the model in turn; the last two may be the same role."""
    roles = ("user", "assistant") * len(messages)
    sent = tuple(Said(role, text) for role, text in zip(roles, messages, strict=False))
    form = {} if schema is None else {"response_format": response_format(schema)}
    return reply(Ask(find(model), sent, 4096, parameters={**form, **parameters}))


@pytest.mark.parametrize("model", [name for name in FORMATTING if name != "demo:sloppy@1"])
def test_every_model_answers_with_data_alone(model):
    """Where the request has a schema, there is nothing around the JSON."""
    assert json.loads(answered(model, [PEOPLE], PERSON).content) == ADA


@pytest.mark.parametrize("model", [name for name in ANSWERING if name != "demo:sloppy@1"])
def test_every_model_answers_to_a_schema_in_the_prompt(model):
    """Bare, in a fence, or with prose around it, as models do."""
    assert json_of(answered(model, [in_prompt(PEOPLE, PERSON)]).content, PERSON) == ADA


def test_how_data_stands_in_text():
    """One model writes it bare, one fences it, one talks around it."""
    tutor, brisk, plain = (
        answered(f"demo:{name}@1", [in_prompt(PEOPLE, PERSON)], temperature=0).content
        for name in ("tutor", "brisk", "plain")
    )
    assert brisk[0] + brisk[-1] == "{}"
    assert (tutor[:8], tutor[-4:]) == ("```json\n", "\n```")
    assert "```json\n" in plain[1:]
    assert not plain.endswith("```")


def test_the_wrong_answer_comes_first_and_the_right_one_when_told_so():
    """With a number in words and a field left out; the repair answers to the first prompt."""
    first = answered("demo:sloppy@1", [PEOPLE], PERSON).content
    assert json.loads(first) == {"name": "Ada Moreau", "age": "about 36"}
    assert json.loads(answered("demo:sloppy@1", [PEOPLE, first, REPAIR], PERSON).content) == ADA
    assert json.loads(answered("demo:sloppy@1", [PEOPLE, first, REPAIR, first, REPAIR], PERSON).content) == ADA


@pytest.mark.parametrize("again", [REPAIR, in_prompt(REPAIR, PERSON)])
def test_a_repair_works_with_the_schema_in_the_prompt(again):
    """Whether it comes again or not."""
    asked = in_prompt(PEOPLE, PERSON)
    first = answered("demo:sloppy@1", [asked]).content
    assert json_of(answered("demo:sloppy@1", [asked, first, again]).content, PERSON) == ADA


def test_the_next_prompt_of_a_chat_is_no_repair():
    """It has an answer of its own, which the sloppy model begins wrongly again; without a schema, it is text."""
    earlier = [PEOPLE, json.dumps(ADA)]
    other = "Ben, aged 41, lives in Oslo."
    assert json.loads(answered("demo:tutor@1", [*earlier, other], PERSON).content)["name"] == "Ben"
    assert json.loads(answered("demo:sloppy@1", [*earlier, other], PERSON).content) == {
        "name": "Ben",
        "age": "about 41",
    }
    text = answered("demo:tutor@1", [in_prompt(PEOPLE, PERSON), json.dumps(ADA), "Why is the sea salty?"]).content
    assert "minerals" in text


@pytest.mark.parametrize(
    "schema",
    [
        PERSON,
        BILL,
        {"type": "array", "items": PERSON},
        record(ok="boolean"),
        record(text="string"),
        record(address=record(street="string", number="integer")),
        {"type": "string"},
        {"type": "integer"},
    ],
)
def test_the_wrong_answer_is_wrong_for_any_schema(schema):
    """And the repaired one right."""
    first = json.loads(answered("demo:sloppy@1", [PEOPLE], schema).content)
    second = json.loads(answered("demo:sloppy@1", [PEOPLE, json.dumps(first), REPAIR], schema).content)
    validator = jsonschema.Draft202012Validator(schema)
    assert (validator.is_valid(first), validator.is_valid(second)) == (False, True)


def test_a_schema_that_allows_anything_has_no_wrong_answer():
    """So none is found; nothing fails."""
    assert json.loads(answered("demo:sloppy@1", [PEOPLE], {}).content)


REVIEWS = {
    "The lamp is beautiful and warm, and the delivery was friendly.": ("lamp", 5, "positive"),
    "My kettle is slow, noisy and ugly.": ("kettle", 1, "negative"),
    "This chair arrived late, but it is lovely.": ("chair", 3, "neutral"),
}
REVIEW = record(product="string", stars="integer", mood={"enum": ["positive", "neutral", "negative"]})


def lesson():
    """Return the prompts of the lesson's cells with a schema, and all of its text."""
    cells = ["".join(cell["source"]) for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"]]
    asked = [text for text in cells if text.startswith("%%runware") and "--schema" in text.partition("\n")[0]]
    return [text.partition("\n")[2] for text in asked], "\n".join(cells)


def test_the_lessons_prompts_are_those_that_are_tested_here():
    """Of people, bills and reviews."""
    prompts, text = lesson()
    about = [prompt for prompt in prompts if "{{" in prompt]
    assert {prompt for prompt in prompts if "{{" not in prompt} == {PEOPLE, BOUGHT}
    assert [prompt.partition("{{")[0] for prompt in about] == [ABOUT_REVIEWS] * 2
    assert [review for review in REVIEWS if f'"{review}"' not in text] == []


@pytest.mark.parametrize("model", ["demo:brisk@1", "demo:plain@1"])
@pytest.mark.parametrize(("review", "data"), REVIEWS.items())
def test_the_lessons_reviews_are_read_rightly(model, review, data):
    """By the words in them, and not by those of the question."""
    said = answered(model, [in_prompt(f"{ABOUT_REVIEWS}{review}", REVIEW)]).content
    assert tuple(json_of(said, REVIEW).values()) == data


def test_lists_have_an_item_for_each():
    """With numbers that can be added up."""
    items = json.loads(answered("demo:tutor@1", [BOUGHT], BILL).content)["items"]
    assert [(item["name"], item["price"], item["number"]) for item in items] == ITEMS


def test_an_answer_in_words_goes_into_a_field_for_it():
    """What the demo would have said without a schema."""
    said = json.loads(answered("demo:tutor@1", ["Why is the sea salty?"], record(answer="string")).content)
    assert said == {"answer": "Rivers carry salt to the sea, and only the water leaves it again."}


def test_what_is_made_up_is_told():
    """In the text itself, and in the reasoning."""
    said = answered("demo:tutor@1", [PEOPLE], record(name="string", hobby="string", shoes="integer"))
    assert json.loads(said.content) == {"name": "Ada Moreau", "hobby": "made-up hobby", "shoes": 1}
    assert said.reasoning.endswith("I am a script, and made these up: hobby, shoes.")
    assert "made these up" not in answered("demo:tutor@1", [PEOPLE], PERSON).reasoning


def test_what_cannot_be_made_is_told_in_words():
    """Without JSON."""
    said = answered("demo:tutor@1", ["Hi"], {"type": "string", "pattern": "^qwertz{7}$"}).content
    assert said.startswith("I am a script, not a model, and cannot make up data for this schema.")


def test_an_echo_knows_no_schema():
    """It repeats the prompt, as an endpoint that ignores the field."""
    assert answered("demo:echo@1", [PEOPLE], PERSON).content == PEOPLE


@pytest.mark.parametrize(
    "prompt",
    [
        "A schema is:\n```json\n{}",
        "Answer by this schema:\n```json\n{\n```",
        "Answer by this schema:\n```json\n[]\n```",
        'Answer by this schema:\n```json\n{"type": "text"}\n```',
        'Is this good JSON?\n```json\n{"type": "object"}\n```',
        '```json\n{"type": "object"}\n```',
    ],
)
def test_json_in_a_prompt_is_no_schema_by_itself(prompt):
    """It must be one, and the line before it must say so."""
    assert "I am a script, not a model" in answered("demo:tutor@1", [prompt]).content


def test_it_streams_and_comes_as_a_whole(endpoint, connection):
    """With the same text, and cut at the token limit where there is one."""
    asked = {"model": "demo:tutor@1", "response_format": response_format(PERSON)}
    whole = ask(endpoint, connection, PEOPLE, **asked)["choices"][0]["message"]["content"]
    chunks = [json.loads(event)["choices"][0]["delta"] for event in events(endpoint, connection, PEOPLE, **asked)[:-1]]
    assert "".join(delta.get("content", "") for delta in chunks) == whole
    assert json.loads(whole) == ADA
    asked = {**asked, "max_completion_tokens": 5, "reasoning_effort": "none"}
    cut = ask(endpoint, connection, PEOPLE, **asked)["choices"][0]
    assert cut["finish_reason"] == "length"
    assert whole.startswith(cut["message"]["content"])


def test_one_model_refuses_a_schema_in_words_seen_elsewhere(endpoint, connection):
    """It answers with a 400 that names the field; without the field it answers."""
    value = body(PEOPLE, model="demo:plain@1", response_format=response_format(PERSON))
    status, message = refusal(endpoint, connection, value)
    assert (status, message) == (400, "response_format is not supported by this model.")
    assert (
        json_of(
            ask(endpoint, connection, in_prompt(PEOPLE, PERSON), model="demo:plain@1")["choices"][0]["message"][
                "content"
            ]
        )
        == ADA
    )


@pytest.mark.parametrize("form", [{"type": "json_schema"}, {"type": "json_schema", "json_schema": {"schema": 5}}])
def test_a_format_without_a_schema_is_refused(endpoint, connection, form):
    """As invalid, by the name of the field."""
    status, message = refusal(endpoint, connection, body("hello", response_format=form))
    assert (status, message[:34]) == (400, "Invalid schema for response_format")


def test_text_is_a_format(endpoint, connection):
    """It changes nothing."""
    answer = ask(endpoint, connection, "hello", response_format={"type": "text"})
    assert answer["choices"][0]["message"]["content"] == "hello"
