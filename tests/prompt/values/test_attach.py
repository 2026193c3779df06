"""Attachments behind a prompt."""

from pathlib import Path

import pytest

from runware_magic.chat.attached import Attached
from runware_magic.chat.messages import Message
from runware_magic.chat.parts import FilePart, TextPart
from runware_magic.errors import OptionError, PromptError
from runware_magic.prompt.template import Prompt
from runware_magic.prompt.values.attach import attach_all, attach_value, behind
from runware_magic.prompt.values.inserted import Inserted, ValueLimits

LIMITS = ValueLimits(max_attachment=10)
PDF = FilePart(b"%PDF", "application/pdf", "a.pdf")


def test_a_value_stands_under_its_name():
    """Also one that is only a text."""
    assert attach_value(42, "answer", LIMITS) == Inserted(
        (TextPart("answer:\n\n"), TextPart("42")), Attached("answer", "text")
    )


def test_a_long_text_is_cut_and_says_so():
    """To what may be attached."""
    attached = attach_value("0123456789abc", "text", LIMITS)
    assert attached.parts[1].text == "0123456789\n(first 10 of 13 characters)"
    assert attached.attached.cut


def test_attachments_stand_behind_the_last_text_of_the_user():
    """Neighbouring texts are one part; other messages stay as they are."""
    system, first, last = Message("system", "s"), Message("user", "one"), Message("user", "two")
    one = Inserted((TextPart("a:\n\n"), TextPart("1")), Attached("a", "text"))
    two = Inserted((TextPart("b:\n\n"), PDF), Attached("b", "file"))
    prompt = behind(Prompt((system, first, last), (Attached("x", "table"),)), [one, two])
    assert prompt.messages[:2] == (system, first)
    assert prompt.messages[2].parts == (TextPart("two\n\na:\n\n1\n\nb:\n\n"), PDF)
    assert [each.name for each in prompt.attached] == ["x", "a", "b"]
    assert behind(Prompt((first,)), [one]).messages[0] == Message("user", "one\n\na:\n\n1")


def test_without_a_text_of_the_user_they_are_one():
    """As where a list of messages ends with the result of a tool."""
    asked = Prompt((Message("tool", "rain", tool_call_id="c1"),))
    assert behind(asked, [Inserted((TextPart("x:"),))]).messages == (*asked.messages, Message("user", "x:"))


def test_without_attachments_a_prompt_stays_as_it_is():
    """Also one that no user wrote."""
    prompt = Prompt((Message("system", "s"),))
    assert behind(prompt, ()) is prompt


def test_sources_and_errors_stand_in_fenced_blocks():
    """So that what is around them does not run into them."""
    limits = ValueLimits()
    error = ValueError("```")
    assert attach_value(error, "e", limits).parts[1].text == "````text\nValueError: ```\n````"
    text = attach_value(behind, "behind", limits).parts[1].text
    assert text.startswith("```python\ndef behind(")
    assert text.endswith("\n```")


def test_a_value_without_a_text_is_one_line():
    """It is the user's own."""

    class Bad:
        def __format__(self, spec):
            raise OSError

    with pytest.raises(PromptError, match="bad has no text: OSError: ; nothing was sent"):
        attach_value(Bad(), "bad", LIMITS)


def test_values_from_python_have_names(tmp_path):
    """Files and functions their own, those of a dict its keys, others a number."""
    path = tmp_path / "a.txt"
    path.write_text("text")

    names = [each.attached.name for each in attach_all([3, path], LIMITS)]
    assert names == ["attachment 1", "a.txt"]
    assert [each.attached.name for each in attach_all({"x": 3, "y": path}, LIMITS)] == ["x", "y"]


@pytest.mark.parametrize("values", ["text", 3, Path("a.txt"), None])
def test_a_value_that_is_no_list_is_refused(values):
    """A text would be attached letter by letter."""
    with pytest.raises(OptionError, match="attach must be a list or a dict"):
        attach_all(values, LIMITS)
