"""Splits a line into words: quotes as in a shell, backslashes as in a Windows path."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

from runware_magic.errors import OptionError, PromptError
from runware_magic.prompt.marks import refuse_marks
from runware_magic.prompt.template import Evaluate, expand

#: One word as it is typed.
WORD = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|\{\{.*?\}\}|\\.|[^\s"'])+""", re.DOTALL)

_BRACES = r"\\?\{\{.*?\}\}+"
# Backslashes are literal unless a quote or a blank follows, which they escape.
_KEPT = re.compile(rf"""{_BRACES}|\\+(?=[^\s"'\\])""")
_MARK = re.compile("\ue000(\\d+)\ue001")
# An unclosed quote extends to the end.
_QUOTED_OR_BLANK = re.compile(r"""(?P<text>\\.|"(?:\\.|[^"\\])*(?:"|$)|'[^']*(?:'|$)|\ue000\d+\ue001)|\s""", re.DOTALL)


def split(line: str, fill: Callable[[str], str] = str) -> list[str]:
    r"""Split a line into its words, or raise `OptionError` for an open quote or a character that is easily mistaken.

    Quotes keep blanks within a word. A backslash is literal, as in ``C:\talks`` and ``\d``, unless a quote or a blank
    follows. `fill` returns the text for a piece in double braces, which stays within one word.
    """
    kept: list[str] = []

    def shield(match: re.Match[str]) -> str:
        kept.append(fill(match[0]) if "{{" in match[0] else match[0])
        return f"\ue000{len(kept) - 1}\ue001"

    shielded = _KEPT.sub(shield, line)
    for word in _QUOTED_OR_BLANK.sub(lambda match: "_" if match["text"] else " ", shielded).split():
        refuse_marks(word)
    try:
        words = shlex.split(_QUOTED_OR_BLANK.sub(lambda match: match["text"] or " ", shielded))
    except ValueError as error:
        raise _open(str(error)) from None
    return [_MARK.sub(lambda match: kept[int(match[1])], word) for word in words]


def _open(why: str) -> OptionError:
    if "escaped" in why:
        return OptionError("The line ends in a backslash.", r"Remove it, or write '\'.")
    hint = "Quote texts with spaces, as in --system 'Be brief'."
    return OptionError("A quotation mark on the line is not closed.", hint)


def filled(line: str, evaluate: Evaluate) -> str:
    r"""Return a command's line with each ``{{ expression }}`` replaced by its value, quoted where necessary.

    A backslash before the braces is part of a path here: ``C:\talks\{{ name }}.md``. Raises `OptionError`.
    """
    if "{{" not in line:
        return line

    def fill(text: str) -> str:
        braces = text.removeprefix("\\")
        try:
            return text[: len(text) - len(braces)] + expand(braces, evaluate)
        except PromptError as error:
            hint = "The text between {{ }} must be Python: try it in a cell of its own."
            raise OptionError(error.message, hint) from None

    return shlex.join(split(line, fill))
