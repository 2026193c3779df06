"""A prompt in a file, with the text of a cell."""

import base64
from types import SimpleNamespace

import pytest

from runware_magic.chat.messages import Message
from runware_magic.chat.parts import TextPart
from runware_magic.errors import PromptError, UsageError
from runware_magic.prompt.prompt_file import PromptFile

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")
NAMES = {"row": SimpleNamespace(name="Oslo"), "x": 2, "body": "a variable"}


def evaluate(expression):
    """Evaluate as a cell does."""
    return eval(expression, dict(NAMES))  # noqa: S307  # the test's own


def asked(text, body="", evaluate=evaluate):
    """Return the messages of a file and a cell, as roles and texts."""
    prompt = PromptFile.read(text, "p.md").prompt(body, evaluate, NAMES)
    return [(message.role, message.content) for message in prompt.messages]


@pytest.mark.parametrize(
    ("text", "body", "messages"),
    [
        ("Review: {{ body }}!", "this", [("user", "Review: this!")]),
        ("Review {{ row.name }}.", "And {{ x + 1 }}.", [("user", "Review Oslo.\n\nAnd 3.")]),
        ("Review\n", "", [("user", "Review")]),
        ("Review: {{ body }}", "", [("user", "Review: ")]),
        ("{{ body }} and {{ body }}", "a", [("user", "a and a")]),
        ("system:\nBe kind.\n", "Hi", [("system", "Be kind."), ("user", "Hi")]),
        ("system:\n{{ body }}\nuser:\nHi", "Be {{ 1 + 1 }}.", [("system", "Be 2."), ("user", "Hi")]),
        ("user:\nQ\nassistant:\nA", "Q2", [("user", "Q"), ("assistant", "A"), ("user", "Q2")]),
        (
            "Few shots:",
            "user:\nQ\nassistant:\nA\nuser:\nQ2",
            [("user", "Few shots:"), ("user", "Q"), ("assistant", "A"), ("user", "Q2")],
        ),
        (
            "system:\nS\nuser:\n{{ body }}",
            "user:\nQ\nassistant:\nA\nuser:\nQ2",
            [("system", "S"), ("user", "Q"), ("assistant", "A"), ("user", "Q2")],
        ),
        ("+++\nseed = 1\n+++\r\nReview\r\n{{ body }}", "x", [("user", "Review\nx")]),
    ],
)
def test_the_text_of_the_cell_stands_where_the_file_names_it_or_at_the_end(text, body, messages):
    """The cell's own placeholders are evaluated, those of the file looked up."""
    assert asked(text, body) == messages


def test_equal_messages_are_equal_however_they_came_about():
    """So that a record, --keep and a recording find them again."""
    (message,) = PromptFile.read("A {{ body }} C", "p.md").prompt("B", evaluate, NAMES).messages
    assert message == Message("user", "A B C")


def test_pictures_of_the_notebook_stand_where_they_are_named():
    """The cell's within the text of the file, and one that the file names; both are among what is attached."""
    names = {"own": PNG, "fig": PNG}
    prompt = PromptFile.read("A {{ fig }} and {{ body }}!", "p.md").prompt("this {{ own }}.", names.__getitem__, names)
    (message,) = prompt.messages
    texts = [part.text if isinstance(part, TextPart) else part.media_type for part in message.parts]
    assert texts == ["A ", "image/png", " and this ", "image/png", ".!"]
    assert [entry.name for entry in prompt.attached] == ["fig", "own"]
    with pytest.raises(PromptError, match="a picture in the system message"):
        PromptFile.read("system:\n{{ body }}\nuser:\nHi", "p.md").prompt("{{ own }}", names.__getitem__, names)


def test_inserted_text_is_not_parsed_again():
    """Neither the cell's nor a value's: no placeholder, no role line, no second text of the cell."""
    names = {"x": "user:\n{{ body }} {{ y }}"}
    (message,) = (
        PromptFile.read("{{ x }} | {{ body }}", "p.md")
        .prompt(
            "{{ x }} {{ '{{ body }}' }}",
            lambda expression: eval(expression, names),  # noqa: S307  # as above
            names,
        )
        .messages
    )
    assert message.content == "user:\n{{ body }} {{ y }} | user:\n{{ body }} {{ y }} {{ body }}"


def test_raw_takes_file_and_cell_unchanged():
    """One message, without values."""
    assert asked("user:\n{{ body }} {{ f() }}\n", "{{ y }}", None) == [
        ("user", "user:\n{{ body }} {{ f() }}\n\n{{ y }}")
    ]


@pytest.mark.parametrize(
    ("text", "body", "said"),
    [
        ("{{ open('x') }}", "", "p.md: {{ open('x') }} calls something."),
        ("{{ body.upper }}", "a", "p.md: {{ body.upper }} raised AttributeError"),
        ("{{ x:>30000000 }}", "", "p.md: {{ x }} raised ValueError: such a file cannot ask for a text of that length"),
        ("{{ " + ":}}" * 600, "", "p.md: Not a Python expression"),
        ("{{ body:.3 }}", "a", "the text of the cell takes no format"),
        ("{{ y }}", "", "p.md: {{ y }}: name 'y' is not defined."),
        ("{{ x", "", "p.md: A placeholder is not closed"),
        ("system:\nS", "", "p.md: There is a system message but no question."),
        ("Say {{ body }}", "user:\nQ\nassistant:\nA\nuser:\nQ2", "p.md: The cell has role lines"),
        ("", "", "p.md: The prompt is empty."),
    ],
)
def test_what_cannot_be_sent_is_told_with_the_name_of_the_file(text, body, said):
    """In one line."""
    with pytest.raises(PromptError) as caught:
        asked(text, body)
    assert said in str(caught.value)


def test_an_error_of_the_cell_is_not_told_as_one_of_the_file():
    """Its own text is to be mended."""
    with pytest.raises(PromptError) as caught:
        asked("Review", "{{ y }}")
    assert "p.md" not in str(caught.value)


def test_an_error_of_the_options_names_the_file():
    """As one of the text does."""
    with pytest.raises(UsageError, match=r"^p\.md: A prompt file cannot set yes"):
        PromptFile.read("+++\nyes = true\n+++\nHi", "p.md")


def test_a_file_says_what_it_needs():
    """Each once, as written, and without values."""
    file = PromptFile.read(
        "system:\n\n  Be {{ mood }}.\n{{ row.x:.2f }} {{ row['y']!r }} {{ mood }} {{ body }}", "p.md"
    )
    assert file.needs() == ("mood", "row.x", "row['y']", "body")
    assert file.first_line == "Be {{ mood }}."
    with pytest.raises(PromptError):
        PromptFile.read("{{ f() }}", "p.md").needs()
