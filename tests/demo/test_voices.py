"""The voices of the demo endpoint: told apart, varied by the temperature, at times wrong, and never by dice."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from demo_client import ask, content, send

from runware_magic.chat.checks import answered_json
from runware_magic.demo import facts
from runware_magic.demo.chance import Repeats
from runware_magic.demo.models import find
from runware_magic.demo.request import Ask, Said
from runware_magic.demo.topics import TOPICS
from runware_magic.demo.voices import reply

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "03_compare_and_choose.ipynb"
TUTOR, POET, BRISK = VOICES = ("demo:tutor@1", "demo:poet@1", "demo:brisk@1")
SALT, NIGHT = "Why is the sea salty?", "Describe the sea at night in one sentence."
SATURN = "Describe Saturn as JSON, with the keys name, position (from the Sun) and rings."
AUSTRALIA = "What is the capital of Australia? Answer with the name of the city only."


def asked(prompt, model=TUTOR, nth=1, **parameters):
    """Return a request."""
    return Ask(find(model), (Said("user", prompt),), 4096, parameters=parameters, nth=nth)


def said(prompt, model=TUTOR, nth=1, **parameters):
    """Return a voice's answer."""
    return reply(asked(prompt, model, nth, **parameters)).content


def test_voices_are_told_apart(endpoint, connection):
    """The tutor reasons and explains, the poet writes verse, and the brisk one a short sentence."""
    tutor, poet, brisk = (ask(endpoint, connection, SALT, model=model)["choices"][0]["message"] for model in VOICES)
    assert ["reasoning_content" in message for message in (tutor, poet, brisk)] == [True, False, False]
    assert len(tutor["content"]) > 3 * len(brisk["content"])
    assert poet["content"].count("  \n") >= 3
    assert "\n" not in brisk["content"]


def test_speeds_and_prices_are_far_apart(endpoint, connection):
    """Brisk, tutor, poet: in this order they get much dearer, by the list of models, and slower."""
    rows = json.load(send(endpoint, connection, b"", method="GET", path="/v1/models"))["data"]
    prices = {row["id"]: float(row["pricing"]["completion"]) for row in rows}
    order = (BRISK, TUTOR, POET)
    assert prices[POET] > 10 * prices[TUTOR] > 50 * prices[BRISK]
    assert sorted(order, key=lambda name: -find(name).tokens_per_s) == list(order)
    assert sorted(order, key=lambda name: find(name).wait_s) == list(order)


@pytest.mark.parametrize("model", VOICES)
@pytest.mark.parametrize("prompt", ["Why is the sky blue?", "What is 2 + 2? Answer as JSON."])
def test_whoever_has_no_answer_says_so(model, prompt):
    """Every voice admits to be a script where nothing is written for a prompt."""
    assert "I am a script, not a model" in said(prompt, model)
    assert "%runware login" in said(prompt, model)


@pytest.mark.parametrize("model", VOICES)
@pytest.mark.parametrize("topic", TOPICS)
def test_every_voice_knows_every_topic(model, topic):
    """What the tutor has an answer to, the others have one to as well."""
    prompt = next(prompt for prompt in QUESTIONS if re.fullmatch(topic.asked, prompt))
    assert "a script" not in said(prompt, model)


QUESTIONS = (
    *("what is a language model", "what is temperature", "list the planets", "what is recursion"),
    *("write a python function that counts the words of a text", "why is the sea salty", "describe the sea at night"),
    *("what is a token", "which token could come after the capital of australia is"),
    *("how does the temperature change probabilities", "why do language models make mistakes"),
    "write a python function that applies a temperature to probabilities",
    *("what is the capital of australia answer in one sentence", "tell a customer that her parcel is late"),
)


@pytest.mark.parametrize("model", VOICES)
@pytest.mark.parametrize("prompt", [SALT, NIGHT])
def test_at_temperature_0_the_words_are_the_same(model, prompt):
    """However often it is asked, and with whatever seed."""
    once = said(prompt, model, temperature=0)
    assert {said(prompt, model, nth, temperature=0, seed=nth) for nth in range(1, 9)} == {once}


@pytest.mark.parametrize("model", VOICES)
@pytest.mark.parametrize("prompt", [SALT, NIGHT])
@pytest.mark.parametrize("field", ["nth", "seed"])
def test_above_it_they_differ(model, prompt, field):
    """Three times in a row, the words are others each time; so they are with three seeds in a row."""
    assert len({said(prompt, model, temperature=0.7, **{field: value}) for value in (1, 2, 3)}) == 3


@pytest.mark.parametrize("model", VOICES)
def test_each_temperature_has_words_of_its_own(model):
    """What is asked once at each gets another answer at each."""
    assert len({said(NIGHT, model, temperature=temperature) for temperature in (0, 0.7, 1.2)}) == 3


def test_a_seed_gives_the_same_words_again():
    """Whatever number a seed is, it gives what it gave before, however often that was."""
    for seed in (-1, 0, 7, 2**70):
        assert said(NIGHT, nth=1, temperature=1, seed=seed) == said(NIGHT, nth=9, temperature=1, seed=seed)


def test_the_same_request_gets_other_words_next_time(endpoint, connection):
    """Three times in a row, it gets three wordings; a request with another field between does not count."""
    answers = []
    for _ in range(3):
        answers.append(content(endpoint, connection, NIGHT, temperature=1))
        content(endpoint, connection, NIGHT, temperature=1, top_p=0.5)
    assert len(set(answers)) == 3


def test_repeats_are_counted_by_what_is_asked():
    """The model, the messages and the parameters are the request, in whatever order these are."""
    repeats = Repeats()
    one = asked(SALT, temperature=1, top_p=0.5)
    again = replace(one, parameters={"top_p": 0.5, "temperature": 1}, stream=True)
    others = (asked(NIGHT, temperature=1, top_p=0.5), asked(SALT, POET, temperature=1, top_p=0.5), asked(SALT))
    assert [repeats.counted(ask).nth for ask in (one, *others, again)] == [1, 1, 1, 1, 2]


def test_repeats_do_not_grow_without_end():
    """The oldest requests are forgotten, those that come again are not."""
    repeats, often = Repeats(), asked(SALT)
    for number in range(10_000):
        repeats.counted(asked(f"number {number}"))
        last = repeats.counted(often).nth
    assert (last, repeats.counted(asked("number 0")).nth) == (10_000, 1)
    assert len(repeats._times) < 5_000


@pytest.mark.parametrize("model", [TUTOR, BRISK])
def test_json_is_what_was_asked_for(model):
    """At temperature 0 the answer is JSON, with the keys and types of the question."""
    for nth in range(1, 9):
        value = json.loads(answered_json(said(SATURN, model, nth, temperature=0)))
        assert value == {"name": "Saturn", "position": 6, "rings": True}


def test_the_instructions_may_ask_for_json_too():
    """They count like the prompt."""
    told = Ask(find(BRISK), (Said("system", "Answer in JSON."), Said("user", "What is the capital of Peru?")), 99)
    assert json.loads(reply(told).content) == {"country": "Peru", "capital": "Lima"}


@pytest.mark.parametrize("prompt", ["What is JSON?", "Who invented JSON?", SALT])
def test_a_question_about_json_gets_words(prompt):
    """Not everything that names JSON asks for it."""
    assert not facts.wants_json(asked(prompt))


def wrong(prompt, model, temperature):
    """Count, of 200 answers, those that are not the one at temperature 0."""
    right = said(prompt, model, temperature=0)
    return sum(said(prompt, model, nth, temperature=temperature) != right for nth in range(1, 201))


@pytest.mark.parametrize("prompt", [SATURN, AUSTRALIA])
@pytest.mark.parametrize(("model", "low", "high"), [(TUTOR, 5, 40), (BRISK, 40, 100)])
def test_above_temperature_0_some_answers_are_wrong(prompt, model, low, high):
    """Now and then at 1, more often at 1.5, never at 0; the brisk one errs more than the tutor."""
    assert wrong(prompt, model, 0) == 0
    assert low <= wrong(prompt, model, 1) <= high
    assert wrong(prompt, model, 1) < wrong(prompt, model, 1.5)


def test_wrong_answers_are_wrong_in_several_ways():
    """The tutor writes words around its JSON, the brisk one words for numbers, and takes a city for the capital."""
    tutor, brisk, city = (
        {said(prompt, model, nth) for nth in range(1, 99)}
        for prompt, model in ((SATURN, TUTOR), (SATURN, BRISK), (AUSTRALIA, BRISK))
    )
    assert any(text.startswith("Here it is") for text in tutor)
    assert '{"name": "Saturn", "position": "sixth", "rings": "yes"}' in brisk
    assert city == {"Canberra", "Sydney"}


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("What is the capital of France?", "The capital of France is Paris."),
        ("what's the capital city of the United Kingdom", "The capital of United Kingdom is London."),
        ("Name the capital of New Zealand, only the name.", "Wellington"),
        ("What is the capital of Türkiye? Just the name.", "Ankara"),
    ],
)
def test_capitals_are_known(prompt, expected):
    """By the name of their country; alone where only the name is wanted."""
    assert said(prompt, temperature=0) == expected


@pytest.mark.parametrize(
    "prompt", ["What is the capital of Atlantis?", "What is a capital?", "Capital of " + "x" * 999]
)
def test_what_is_no_capital_is_not_made_up(prompt):
    """An unknown country gets the answer that admits it."""
    assert "a script, not a model" in said(prompt)


def test_the_end_of_an_answer_is_that_of_the_answer_before(endpoint, connection):
    """Whoever wrote it: its last line is quoted, and where there is none, that is said."""
    before = (SALT, ("assistant", "One line,  \nand the last.\n"))
    assert "\nand the last.\n" in content(endpoint, connection, *before, "How does that end?")
    assert "nothing yet" in content(endpoint, connection, "How does your answer end?")


@pytest.mark.parametrize("model", VOICES)
def test_every_voice_follows_the_instructions(model):
    """A pirate is a pirate, in verse too."""
    told = replace(asked(SALT, model), messages=(Said("system", "Answer like a pirate."), Said("user", SALT)))
    assert reply(told).content.startswith("Arr! ")


def prompts():
    """Return the prompts of the notebook's cells, with a country for each placeholder."""
    cells = ["".join(cell["source"]) for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"]]
    # Cells with a schema are for test_structured.py.
    asked = [text for text in cells if text.startswith("%%runware") and "--schema" not in text]
    bodies = [text.partition("\n")[2] for text in asked]
    return [re.sub(r"{{.*?}}", "Canada", body) for body in bodies]


def test_prompts_of_the_lesson_on_comparing_have_answers():
    """Every voice has one for each."""
    assert len(prompts()) > 3
    answers = {(prompt, model): said(prompt, model) for prompt in prompts() for model in VOICES}
    assert [key for key, answer in answers.items() if "I am a script" in answer] == []
