"""Questions with written answers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from runware_magic.demo.stream import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic(Reply):
    """The written answer to a question, and the answers to follow-up questions."""

    asked: str  # a pattern that matches the question, in lower case and without punctuation
    example: str  # the answer to "Give me an example of it"
    wordings: tuple[str, ...] = ()  # other wordings of the answer, from sober to wild; so are the next two
    verses: tuple[str, ...] = ()
    quips: tuple[str, ...] = ()  # of its short form


def verse(*lines: str) -> str:
    """Join lines with Markdown's line breaks."""
    # Written here, since editors remove spaces at line ends.
    return "  \n".join(lines)


def plain(text: str) -> str:
    """Return a question in lower case and without punctuation; empty for a text that is too long to be one."""
    return " ".join(re.findall(r"\w+", text.lower())) if len(text) <= 300 else ""  # noqa: PLR2004  # characters
