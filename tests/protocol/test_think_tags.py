"""Reasoning inside the content."""

import pytest

from runware_magic.chat.events import ContentDelta, ContentWasReasoning, ReasoningDelta
from runware_magic.protocol.think_tags import ThinkSplitter

CASES = [
    ("plain answer", "", "plain answer"),
    ("<think>Hm.</think>Yes.", "Hm.", "Yes."),
    ("\n<think>\nHm.\n</think>\n\nYes.", "Hm.", "Yes."),
    ("<think></think>Yes.", "", "Yes."),
    ("<think>never closed", "never closed", ""),
    ("Hm.\n</think>\n\nYes.", "Hm.", "Yes."),
    ("</think>\nYes.", "", "Yes."),
    ("Hm.\n</think>", "Hm.", ""),
    ("a < b and <b>c</b>", "", "a < b and <b>c</b>"),
    ("The tag `</think>` ends it.", "", "The tag `</think>` ends it."),
    ("Write <think>x</think> there.", "", "Write <think>x</think> there."),
    ("line\n</thinking>\nline", "", "line\n</thinking>\nline"),
    ("<think>a</think>b\n</think>\nc", "a", "b\n</think>\nc"),
    ("<thin", "", "<thin"),
    ("x\n</thi", "", "x\n</thi"),
    ("", "", ""),
]


def split(pieces):
    """Return reasoning and content as a `TurnBuilder` folds them."""
    splitter = ThinkSplitter()
    reasoning = content = ""
    for event in [*(event for piece in pieces for event in splitter.feed(piece)), *splitter.close()]:
        match event:
            case ReasoningDelta(text):
                reasoning += text
            case ContentDelta(text):
                content += text
            case ContentWasReasoning():
                reasoning, content = reasoning + content, ""
    return reasoning.strip("\n"), content


@pytest.mark.parametrize(("text", "reasoning", "content"), CASES)
def test_reasoning_is_told_from_the_answer_however_it_is_cut(text, reasoning, content):
    """Whole, in two pieces cut anywhere, and character by character."""
    cuts = [[text[:at], text[at:]] for at in range(len(text) + 1)]
    for pieces in ([text], list(text), *cuts):
        assert split(pieces) == (reasoning, content), pieces


def test_text_that_is_settled_is_not_held_back():
    """Only what may become a tag waits."""
    splitter = ThinkSplitter()
    assert list(splitter.feed("Hello")) == [ContentDelta("Hello")]
    assert list(splitter.feed(" <")) == [ContentDelta(" <")]
    assert list(splitter.feed("\n</thi")) == []
    assert list(splitter.feed("ng>")) == [ContentDelta("\n</thing>")]


def test_content_is_content_where_reasoning_has_a_field():
    """A server that tells reasoning apart does not mean its tags."""
    splitter = ThinkSplitter()
    splitter.reasoning_told()
    assert list(splitter.feed("<think>x</think>")) == [ContentDelta("<think>x</think>")]
