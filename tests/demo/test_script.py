"""What the demo endpoint says: written, computed, from the conversation, or that it has no answer."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from demo_client import QUESTION, ask, content

from runware_magic.demo.topics import TOPICS
from runware_magic.prompt.template import to_messages
from runware_magic.transport.endpoint import DEMO_MODEL

ROOT = Path(__file__).parents[2]
NOTEBOOK, README = ROOT / "notebooks" / "01_first_prompt.ipynb", ROOT / "README.md"


def test_follow_up_uses_the_conversation(endpoint, connection):
    """An example of "it", one sentence of "that" and the first question come from the messages before."""
    before = (QUESTION, ("assistant", content(endpoint, connection, QUESTION)))
    assert "The capital of France is" in content(endpoint, connection, *before, "Give me an example of it.")
    assert content(endpoint, connection, *before, "Say that in one sentence.") == TOPICS[0].short
    assert QUESTION in content(endpoint, connection, *before, "What did I ask first?")


def test_one_sentence_of_an_answer_that_is_not_scripted(endpoint, connection):
    """Of any other answer, its first sentence is given without its Markdown."""
    before = ("Why?", ("assistant", "## Because **light** scatters. There is more.\n\n```\nx. y\n```"))
    said = content(endpoint, connection, *before, "Say that in one sentence.")
    assert said.split() == ["Because", "light", "scatters."]


@pytest.mark.parametrize("prompt", ["Give me an example of it.", "Say that in one sentence.", "What did I ask first?"])
def test_follow_up_without_a_conversation_says_so(endpoint, connection, prompt):
    """A follow-up question that follows nothing gets an answer that admits it."""
    said = content(endpoint, connection, prompt)
    assert re.search(r"script|nothing yet|first thing", said)


def test_name_is_known_as_long_as_the_conversation_brings_it(endpoint, connection):
    """The name told in an earlier message is answered, and not known without it."""
    question = "What is my name?"
    told = ("My name is Ada.", ("assistant", "Nice to meet you."))
    assert content(endpoint, connection, *told, question) == "Your name is Ada."
    assert "not told" in content(endpoint, connection, question)


def test_instructions_set_the_form(endpoint, connection):
    """The system message makes the answer one sentence, or a pirate's."""
    sentence = content(endpoint, connection, ("system", "Answer in one sentence."), QUESTION)
    pirate = content(endpoint, connection, ("system", "Answer like a pirate."), QUESTION)
    assert sentence == TOPICS[0].short
    assert pirate.startswith("Arr! ")


def test_pirate_leaves_code_alone(endpoint, connection):
    """What is between backticks or dollars reaches the reader unchanged."""
    prompt = "What does the temperature do? Show me the formula."
    formula = re.compile(r"\$\$.*?\$\$", re.DOTALL)
    plain, pirate = (
        content(endpoint, connection, ("system", text), prompt) for text in ("Be kind.", "You are a pirate.")
    )
    assert formula.findall(plain) == formula.findall(pirate) != []


@pytest.mark.parametrize(
    ("example", "text", "label"),
    [
        ("positive", "The waiter was rude.", "negative"),
        ("Negative", "What a lovely day!", "Positive"),
        ("neutral", "It has a door.", "neutral"),
        ("positive", "Good food, bad service.", "neutral"),
    ],
)
def test_examples_are_continued(endpoint, connection, example, text, label):
    """After labelled examples the answer is a label, computed from the text, in the form of the examples."""
    assert content(endpoint, connection, "Some text", ("assistant", example), text) == label


def test_question_after_a_label_is_not_labelled(endpoint, connection):
    """A question is no further text to label."""
    said = content(endpoint, connection, "Some text", ("assistant", "positive"), "Why is the sky blue?")
    assert "a script, not a model" in said


def test_numbers_are_computed(endpoint, connection):
    """The statistics are those of the numbers in the prompt."""
    said = content(endpoint, connection, "What is the mean of [1, 2, 4.5, -3]?")
    rows = dict(re.findall(r"\| (\w+) \| (\S+) \|", said))
    assert rows == {"mean": "1.125", "median": "1.5", "lowest": "-3", "highest": "4.5"}
    assert r"\frac{4.5}{4} = 1.125" in said


def test_the_table_of_temperatures_is_computed(endpoint, connection):
    """Each row of the lesson has the probabilities that its formula gives."""
    said = content(endpoint, connection, "How does the temperature change probabilities?")
    rows = [
        [float(number) for number in re.findall(r"[\d.]+", row)] for row in re.findall(r"^\| \d.*$", said, re.MULTILINE)
    ]
    assert [row[0] for row in rows] == [0.5, 1, 2]
    for temperature, *told in rows:
        powers = [share ** (1 / temperature) for share in (0.75, 0.2, 0.05)]
        computed = [100 * power / sum(powers) for power in powers]
        assert told == pytest.approx(computed, abs=0.5)


@pytest.mark.parametrize(("one", "other"), [(4738, 6291), (999999, 999999), (7005, 8040), (12, 100000)])
def test_a_long_product_is_right_where_it_is_reasoned_about(endpoint, connection, one, other):
    """Its steps add up to it. At once, one digit in the middle is another, whatever the temperature."""
    prompt = f"What is {one} times {other}? Answer with the number only."
    message = ask(endpoint, connection, prompt, model=DEMO_MODEL, reasoning_effort="high")["choices"][0]["message"]
    steps = re.findall(r"(\d+) \S (\d+) = (\d+)\n", message["reasoning_content"])
    assert [int(first) * int(second) for first, second, _ in steps] == [int(result) for *_, result in steps]
    assert sum(int(result) for *_, result in steps) == one * other == int(message["content"])
    at_once = {content(endpoint, connection, prompt, temperature=temperature) for temperature in (0, 1, 2)}
    (wrong,) = at_once
    assert len(wrong) == len(str(one * other))
    assert sum(a != b for a, b in zip(wrong, str(one * other), strict=True)) == 1
    assert (wrong[0], wrong[-1]) == (str(one * other)[0], str(one * other)[-1])


def test_a_short_product_is_known_by_heart(endpoint, connection):
    """At once, and right."""
    assert content(endpoint, connection, "What is 12 x 12?") == "144"


def test_dates_are_written_as_in_the_examples(endpoint, connection):
    """What is no date, or stands behind another form, is none of this scene's."""
    example = ("3 March 2021", ("assistant", "2021-03-03"))
    assert content(endpoint, connection, *example, "21 July 1969") == "1969-07-21"
    assert "a script, not a model" in content(endpoint, connection, *example, "21 Julember 1969")
    assert "a script, not a model" in content(endpoint, connection, "1", ("assistant", "March 3rd"), "21 July 1969")


@pytest.mark.parametrize("topic", [topic for topic in TOPICS if "```python" in topic.content])
def test_written_code_does_what_is_written_about_it(topic):
    """The function of the reply runs, and gives what the example says."""
    blocks = [re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0] for text in (topic.content, topic.example)]
    names: dict[str, object] = {}
    exec(blocks[0], names)  # noqa: S102  # our own text
    assert f"`{eval(blocks[1], names)}`" in topic.example  # noqa: S307  # likewise


def test_the_first_prompt_of_the_readme_has_an_answer(endpoint, connection):
    """As asked: thought about, two sentences, then Python."""
    prompt = re.search(r"^%%runware\n(.*)$", README.read_text("utf-8"), re.MULTILINE)[1]
    message = ask(endpoint, connection, prompt, model=DEMO_MODEL)["choices"][0]["message"]
    before, fence, code = message["content"].partition("```python\n")
    assert (len(re.findall(r"\.(?=\s)", before)), fence, code[:4]) == (2, "```python\n", "def ")
    assert message["reasoning_content"]


def test_unknown_prompt_gets_an_honest_answer(endpoint, connection):
    """The answer says script, what arrived, and how to set a key."""
    messages = (("system", "Be kind."), "Why is the sky blue?")
    said = content(endpoint, connection, *messages, temperature=0.3, seed=7)
    expected = [
        "a script, not a model",
        "Why is the sky blue?",
        "2 (system, user)",
        "`temperature`: `0.3`",
        "`seed`: `7`",
    ]
    assert [text for text in (*expected, "%runware login", "RUNWARE_API_KEY") if text not in said] == []


def test_quoted_prompt_cannot_leave_its_quotation(endpoint, connection):
    """A prompt with fences of its own is shown inside a longer one, cut and without control characters."""
    said = content(endpoint, connection, "````\n<script>\x1b[2J\n" + "x" * 9999)
    quotation = re.search(r"^`{5}text\n(.*?)\n`{5}$", said, re.DOTALL | re.MULTILINE)
    assert quotation is not None
    assert "\x1b" not in said
    assert len(quotation[1]) <= 201


def test_parts_of_a_message_are_read(endpoint, connection):
    """Text parts are joined; an image is told as one."""
    parts = [{"type": "text", "text": "See "}, {"type": "image_url", "image_url": {"url": "data:,"}}]
    assert content(endpoint, connection, ("user", parts), model="demo:echo@1") == "See [image_url]"


@pytest.mark.parametrize("text", ["naïve 漢字 🙂", "line\nline\r\n\u2028", "", "\ud83d"])
def test_echo_repeats_exactly(endpoint, connection, text):
    """Any text comes back as it was sent, even half a surrogate pair."""
    assert content(endpoint, connection, text, model="demo:echo@1") == text


def prompts():
    """Return line and body of the notebook's prompts, in order, with numbers for placeholders."""
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    asking = [cell for cell in cells if "".join(cell["source"]).startswith("%%runware")]
    sent = [cell for cell in asking if "raises-exception" not in cell["metadata"].get("tags", [])]
    filled = [re.sub(r"{{.*?}}", "[1, 2]", "".join(cell["source"])) for cell in sent]
    return [(line, body) for line, _, body in (text.partition("\n") for text in filled)]


def test_prompts_of_the_first_notebook_have_answers(endpoint, connection):
    """In its conversation every prompt of the notebook is answered, but for the one that shows what happens then."""
    conversation = []
    unanswered = []
    for line, prompt in prompts():
        messages = [(message.role, message.content) for message in to_messages(prompt, str)]
        alone = "--once" in line or "-c" in line
        said = content(endpoint, connection, *([] if alone else conversation), *messages)
        conversation += [] if alone else [*messages, ("assistant", said)]
        unanswered += [prompt] if "I am a script" in said else []
    assert unanswered == ["Why is the sky blue?"]
