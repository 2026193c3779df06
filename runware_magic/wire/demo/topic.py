"""What a written answer is: a question, what is said to it, and in which other words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from runware_magic.wire.demo.stream import Reply


@dataclass(frozen=True, slots=True)
class Topic:
    """A question with its written answer, and what follow-up questions get.

    Attributes
    ----------
    asked
        The pattern of the question, in lower case and without punctuation.
    reply
        The answer, with its short form.
    example
        What "Give me an example of it" gets.
    wordings, quips
        Other wordings of the answer, and of its short form, from sober to wild.
    verses
        The answer in verse, likewise.
    """

    asked: re.Pattern[str]
    reply: Reply
    example: str
    wordings: tuple[str, ...] = ()
    verses: tuple[str, ...] = ()
    quips: tuple[str, ...] = ()


def verse(*lines: str) -> str:
    """Give lines that stay lines in Markdown."""
    # Two blanks at its end make a line of a verse; an editor would take them away.
    return "  \n".join(lines)


def plain(text: str) -> str:
    """Give a question in lower case and without punctuation; empty for a text too long to be one of these."""
    return " ".join(re.findall(r"\w+", text.lower())) if len(text) <= 300 else ""  # noqa: PLR2004  # characters
