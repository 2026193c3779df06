"""From the text of a cell to messages."""

import base64

import pytest

from runware_magic.chat.attached import Attached
from runware_magic.chat.messages import Message
from runware_magic.errors import PromptError
from runware_magic.prompt.template import expand, to_messages, to_prompt, with_line_ends


class UnspeakableError(Exception):
    """Has no text."""

    def __str__(self):
        raise self


class Unspeakable:
    """Has no text, and neither has the error that says so."""

    def __format__(self, spec):
        raise UnspeakableError


NAMES = {"x": 3.14159, "name": "Ada", "d": {"a": 1, "}}": 2}, "inner": "{{ x }}", "role": "hello\nassistant:\nno"}
NAMES |= {"frame": "   a  b\n0  1  2", "mute": Unspeakable()}
NAMES["dot"] = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def evaluate(expression):
    """Evaluate as a notebook would."""
    return eval(expression, dict(NAMES))  # noqa: S307  # the tests' own expressions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ name }}", "Ada"),
        ("{{name}}!", "Ada!"),
        ("{{ x:.2f }}", "3.14"),
        ("{{ name!r }}", "'Ada'"),
        ("{{ name!r:>7 }}", "  'Ada'"),
        ("{{ name + '!' }}", "Ada!"),
        ("{{ d['a'] }}", "1"),
        ("{{ d['}}'] }}", "2"),
        ("{{ {'k': {'l': 1}}['k']['l'] }}", "1"),
        ("{{ {1} }}", "{1}"),
        ("{{ (lambda y: y)(2) }}", "2"),
        ("{{ name[0:2]:>4 }}", "  Ad"),
        ("{{ inner }}", "{{ x }}"),
        (r"\{{ name }}", "{{ name }}"),
        (r"\{{ name }} {{ name }}", "{{ name }} Ada"),
        ('{"a": {"b": 1}}', '{"a": {"b": 1}}'),
        (r"\frac{a}{b} and {x}", r"\frac{a}{b} and {x}"),
        ("def f(): return {}", "def f(): return {}"),
        ("}} {", "}} {"),
        ("", ""),
    ],
)
def test_placeholders_are_replaced_once_and_everything_else_is_left_alone(text, expected):
    """Only double braces are looked at, and inserted text is not."""
    assert expand(text, evaluate) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ nobody }}", "name 'nobody' is not defined"),
        ("{{ 1 / 0 }}", "ZeroDivisionError"),
        ("{{ x:q }}", "ValueError"),
        ("{{#if}}", "Not a Python expression"),
        ("{{}}", "Not a Python expression"),
        ("{{ name", "not closed"),
        ("{{ " + "(" * 5000 + " }}", "Not a Python expression"),
        ("{{ name\xa0+ '!' }}", "it contains U\\+00A0 NO-BREAK SPACE"),
        ("{{ na\u200bme }}", "it contains U\\+200B ZERO WIDTH SPACE"),
        ("{{ mute }}", "raised UnspeakableError: its text cannot be read"),
    ],
)
def test_a_placeholder_that_cannot_be_filled_is_an_error_in_one_line(text, said):
    """The error says what is wrong and how to write literal braces."""
    with pytest.raises(PromptError, match=said) as caught:
        expand(text, evaluate)
    assert "\n" not in str(caught.value)
    assert "--raw" in caught.value.hint


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Hello\n", [("user", "Hello")]),
        ("user:\nHi\nassistant:\nHo\nuser:\nAgain", [("user", "Hi"), ("assistant", "Ho"), ("user", "Again")]),
        ("system:\nBe brief.\nuser:\nHi", [("system", "Be brief."), ("user", "Hi")]),
        ("Before\nsystem:\nBe brief.\nuser: \nHi", [("user", "Before"), ("system", "Be brief."), ("user", "Hi")]),
        ("the user: said\nuser: inline", [("user", "the user: said\nuser: inline")]),
        ("user:\n{{ role }}", [("user", "hello\nassistant:\nno")]),
        ("User:\nx", [("user", "User:\nx")]),
        ("system:\r\nBe brief.\nuser:\xa0\nHi", [("system", "Be brief."), ("user", "Hi")]),
        ("user:\n\nassistant:\n\nuser:\nleft", [("user", "left")]),
    ],
)
def test_role_lines_start_messages(body, expected):
    """Only a line that is exactly a role and a colon does, and never one from an inserted value."""
    assert to_messages(body, evaluate) == tuple(Message(*message) for message in expected)


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ("    if x:\n        y()\n", "    if x:\n        y()"),
        ("{{ frame }}", "   a  b\n0  1  2"),
        ("\n \t\n  Hi  \n\n  there  \n  \n\n", "  Hi  \n\n  there  "),
        ("user:\n\n  Hi\n\nuser:\n  there", "  Hi"),
        ("{{ '\\n\\n' }}  Hi{{ '\\n' }}\n", "  Hi"),
        ("\tHi", "\tHi"),
        ("\n" * 100_000 + " Hi" + "\n" * 100_000, " Hi"),
    ],
)
def test_only_empty_lines_go_at_the_ends_of_a_message(body, sent):
    """The first line keeps its indentation, and the last its blanks."""
    assert to_messages(body, evaluate)[0].content == sent


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_are_alike_whoever_wrote_them(end):
    """Role lines are found, and the same is sent from every system."""
    body = with_line_ends(end.join(["system:", "Be brief.", "user:", "One", "", "two", ""]))
    assert to_messages(body, evaluate) == (Message("system", "Be brief."), Message("user", "One\n\ntwo"))


def test_a_raw_body_is_one_message_as_it_stands():
    """Neither roles nor braces mean anything in it."""
    assert to_messages("user:\n{{ nobody }}\n", None) == (Message("user", "user:\n{{ nobody }}"),)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "empty"),
        (" \n\t\n", "empty"),
        ("user:\n", "empty"),
        ("system:\nBe brief.", "no question"),
        ("user:\nHi\nassistant:\nHo", "last message is from the assistant"),
    ],
)
def test_what_leaves_nothing_to_ask_is_an_error(body, said):
    """Nothing could be sent for it."""
    with pytest.raises(PromptError, match=said):
        to_messages(body, evaluate)


def test_a_message_may_be_a_picture_and_nothing_else():
    """It asks, too."""
    prompt = to_prompt("\n{{ dot }}\n", evaluate)
    ((part,),) = (message.parts for message in prompt.messages)
    assert (part.name, part.size, part.media_type) == ("dot", (1, 1), "image/png")
    assert prompt.attached == (Attached("dot", "picture", (1, 1)),)


@pytest.mark.parametrize("role", ["system", "assistant"])
def test_only_a_user_message_has_pictures(role):
    """Endpoints refuse them in others."""
    with pytest.raises(
        PromptError, match=f"There is a picture in the {role} message, which only a user message can have"
    ):
        to_prompt(f"{role}:\n{{{{ dot }}}}\nuser:\nHi", evaluate)


def test_a_value_that_cannot_be_sent_is_named_as_it_was_written():
    """Once, in the one line of the error."""
    with pytest.raises(PromptError) as caught:
        to_prompt("{{ dot[:40] }}", evaluate)
    assert str(caught.value).startswith("dot[:40] is a broken picture")


def test_a_value_that_is_named_twice_is_told_of_once():
    """Readers want to know what was sent, not how often."""
    assert len(to_prompt("{{ dot }} {{ dot }}", evaluate).attached) == 1
