"""Decide which dollar signs enclose a formula: most others are money, names, variables, or quotes of SQL."""

from __future__ import annotations

import re
from dataclasses import dataclass

from runware_magic.display.render.emphasis import is_cjk

LONGEST = 4000  # characters of a formula

_RUN = re.compile(r"(?<!\\)\$+")
_CODE = re.compile(r"\$`([^`\n]+)`\$(?!\$)")
# A subscript follows a single letter or digit, or precedes a group; after a longer word it is part of a name.
_TEX = re.compile(r"\\(?!\$)|\^|_\{|(?<![^\W\d_]{2})_\w")
_NAMES = re.compile(r"\w*[A-Za-z_]{2}\w*\W?")
_LONE = re.compile(r"[A-Za-z]|\d+")
# Words, but not those that stand in formulas too.
_WORD = (
    r"\b(?!(?:and|arg|bmod|cos|det|dim|exp|for|gcd|if|in|inf|is|ker|lcm|lim|ln|log|max|min|mod|not|of|or|otherwise|sin"
    r"|sup|tan|to|xor)\b)[^\W\d_]{2,}\b"
)
_SENTENCE = re.compile(rf"{_WORD}[.,;:!?…'\"\u2019)]*\s+['\"(]*{_WORD}")
_LONG_WORD = re.compile(r"\b(?!otherwise\b)[^\W\d_]{4,}\b")
_STATEMENT = re.compile(r"\s*[,;:)]|.*?;\s+[^\W\d_]{3,}", re.DOTALL)
_FROM_TO = re.compile(r"\d[\d.,]*\s+(?!mod\b)[^\W\d_]+\s+\d[\d.,]*")
_OPERATORS = re.compile(r"[=<>+*/|()\[\]\u00d7\u00f7\u00b7\u2190-\u22ff-]")
_BRACKETS = re.compile(r"[()\[\]]")


@dataclass(frozen=True, slots=True)
class Formula:
    """The place of a formula in a text: its TeX from `start` to `stop`, and the text after it from `end`."""

    start: int
    stop: int
    end: int


def formula_at(source: str, at: int) -> Formula | None:
    """Find the formula that the dollar sign at an index opens; None where it opens none.

    The source is a paragraph, or any text without blank lines.
    """
    run = _RUN.match(source, at)
    before = source[at - 1 : at]
    if run is None or before == "$" or len(run[0]) > 2:  # noqa: PLR2004  # two of them begin a display
        return None
    if code := _CODE.match(source, at):
        return None if _glues(before) else Formula(code.start(1), code.end(1), code.end())
    # Within a display, single ones may stand in a text.
    later = _RUN.finditer(source, run.end(), run.end() + LONGEST)
    closing = next((one for one in later if len(one[0]) >= len(run[0])), None)
    if closing is None or len(closing[0]) > len(run[0]):
        return None
    found = Formula(run.end(), closing.start(), closing.end())
    return found if _encloses(source, found, before, is_display=len(run[0]) > 1) else None


def is_prose(text: str) -> bool:
    """Whether a text between dollar signs is part of a sentence or a program: words, and no TeX at all."""
    if _TEX.search(text):
        return False
    if _is_torn(text) or _RUN.search(text) or _SENTENCE.search(text) or _STATEMENT.match(text):
        return True
    inside = text.strip()
    if _FROM_TO.fullmatch(inside):
        return True
    if _OPERATORS.search(inside):
        return False
    return any(map(is_cjk, inside)) or bool(not inside.isalnum() and _LONG_WORD.search(inside))


def _encloses(source: str, found: Formula, before: str, *, is_display: bool) -> bool:
    inside, after = source[found.start : found.stop], source[found.end : found.end + 1]
    if not inside.strip() or "`" in inside + before + after or is_prose(inside):
        return False
    if (_glues(before) or _glues(after)) and not _TEX.search(inside):
        # "The $n$th" is a formula.
        return not is_display and not _glues(before) and bool(_LONE.fullmatch(inside))
    return is_display or not _is_price(inside, before, after)


def _is_price(inside: str, before: str, after: str) -> bool:
    """Distinguish "costs $5 and $10" and "$HOME_DIR/$USER" from ``$x$``."""
    if before.isdigit() or after.isdigit() or inside[0].isspace() or inside[-1].isspace():
        return True
    return (after == "_" or _glues(after)) and bool(_NAMES.fullmatch(inside))


def _glues(character: str) -> bool:
    """Whether a dollar sign beside this character is part of a word; scripts without capitals mostly have no spaces."""
    return character == "`" or character.lower() != character.upper()


def _is_torn(text: str) -> bool:
    """Whether a bracket in a text has its partner outside; the ends of an interval may differ."""
    depth = 0
    for bracket in _BRACKETS.findall(text):
        depth += 1 if bracket in "([" else -1
        if depth < 0 and bracket == ")":
            return True
    return depth != 0
