"""Close the marks that a growing text has opened, for as long as it grows, so that no raw sign shows."""

from __future__ import annotations

import re
from typing import NamedTuple

from runware_magic.display.render.dollars import formula_at
from runware_magic.display.render.emphasis import InlineState
from runware_magic.display.render.markdown import MARKDOWN

# What opened longer ago is rather a sign of its own, such as in "*.py".
_LONGEST = 400
_MOST = 8  # marks that are open at once

_FENCE = re.compile(
    r"^[ \t>]{0,12}(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(?P<sign>`{3,}|~{3,})(?P<info>[^\n]*)$", re.MULTILINE
)
# The end of a paragraph, or the beginning of a line that continues none: an item, a heading, the last cell of a row.
_BEGINNING = re.compile(
    r"^(?:[ \t>]*\n|[ \t>]*#{1,6}[ \t][^\n]*\n|[ \t>]*(?:```|~~~)[^\n]*\n"
    r"|[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)+|[ \t>]*#{1,6}[ \t]+|[ \t>]*\|(?:[^\n]*\|)?)",
    re.MULTILINE,
)
_HEAD = re.compile(r"(?:(?<=\n)|\A)[ \t>]*\|[^\n]{0,400}\n?\Z")
_ROW = re.compile(r"[ \t>]*\|")
_OPEN_FORMULA = re.compile(r"\\(?:\[|\(|begin\{)(?!.*\\(?:\]|\)|end\{))", re.DOTALL)

_TICKS = re.compile(r"(?<!\\)`+")
_HALF_TASK = re.compile(r"\A\[[ xX]?\]?[ ]?\Z")
_HALF_LINK = re.compile(r"!?\[([^\[\]]{0,200})\](?:\([^()\s]{0,2000})\Z")
# A label of letters is rather a link's than a citation's; one that begins with "^" is a footnote's.
_HALF_LABEL = re.compile(r"!?\[(?:(?=[^\W\d_]|[*_~`])([^\[\]]{0,200})\]?|\^[^\[\]]{0,50})?\Z")
_END = re.compile(r"(?:[ \t]*\n[ \t>]*|[ \t]+)\Z")
_LABEL = re.compile(r"!?\[([^\[\]]{0,200})\Z")
# Links' targets, addresses, tags, formulas and escapes hold no marks.
_PIECE = re.compile(
    r"""(?P<ticks>`+) | (?P<dollar>\$+) | (?P<mark>\*+|_+|~+) | (?P<half>\\\Z)
    | \\\(.{0,400}?\\\) | \\\[.{0,400}?\\\] | \\.
    | \]\((?:[^()\s]|\([^()\s]*\))*(?:[ \t]+["'(][^\n]{0,200}?["')])?\)
    | </?[A-Za-z][^<>\n]{0,300}> | https?://[^\s<>*~]+""",
    re.VERBOSE | re.DOTALL,
)


def closed(text: str) -> str:
    """Return a growing text with what its last paragraph, item or cell has opened closed: emphasis, code, a link.

    Left out are signs at the very end that can still become anything, and the head of a table until it is one. Text
    with nothing open is not changed.
    """
    if _in_fence(text):
        return text
    text = _without_head(text)
    start = max((found.end() for found in _BEGINNING.finditer(text)), default=0)
    last = text[start:]
    if _OPEN_FORMULA.search(last) or last.count("$$") % 2:
        return text
    return text[:start] + _closed(last)


def _in_fence(text: str) -> bool:
    opener = ""
    for fence in _FENCE.finditer(text):
        sign = fence["sign"]
        if not opener:
            # Backticks with others behind them are code in a line.
            opener = "" if sign[0] == "`" and "`" in fence["info"] else sign
        elif sign.startswith(opener) and not fence["info"].strip():
            opener = ""
    return bool(opener)


def _without_head(text: str) -> str:
    """Leave out the last line if it begins with a bar and no table is above it: only the next line decides."""
    head = _HEAD.search(text)
    if head is None:
        return text
    before = text[: head.start()]
    return text if _ROW.match(before, before.rfind("\n", 0, -1) + 1) else before


def _closed(text: str) -> str:
    """Close what a text has opened that is no block."""
    code = _open_code(text)
    if code and (inside := text[code.end() :].rstrip("`")).strip():
        before = _LABEL.sub(r"\1", text[: code.start()])
        ends = _emphasis(f"{before}{code[0]}{inside}", len(before)).ends
        return f"{before}{code[0]}{inside}{code[0]}{ends}"
    before = text[: code.start()] if code else text
    before = _HALF_LABEL.sub(r"\1", _HALF_LINK.sub(r"\1", _HALF_TASK.sub("", before)))
    certain, ends = _emphasis(before, len(before))
    return _END.sub("", before[:certain]) + ends if ends or certain < len(before) else before


def _open_code(text: str) -> re.Match[str] | None:
    """Return the backticks that begin code which does not end."""
    last = {len(run[0]): run.start() for run in _TICKS.finditer(text)}
    at = 0
    while run := _TICKS.search(text, at):
        if last[len(run[0])] > run.start():
            at = _end_of_code(text, run.end(), len(run[0]))
        elif len(text) - run.end() <= _LONGEST:
            return run
        else:
            at = run.end()
    return None


def _end_of_code(text: str, start: int, ticks: int) -> int:
    closing = re.compile(rf"(?<!`)`{{{ticks}}}(?!`)").search(text, start)
    return closing.end() if closing else start


class _Emphasis(NamedTuple):
    """How far a text is certain, and the marks that would close what is open there."""

    certain: int
    ends: str


class _Mark(NamedTuple):
    """Signs that open emphasis: of these ``length`` signs, ``left`` are not closed. ``both`` could close some, too."""

    sign: str
    left: int
    start: int
    length: int
    both: bool


def _emphasis(text: str, stop: int) -> _Emphasis:
    """Find the open emphasis in a text up to an index."""
    state = InlineState(text, MARKDOWN, {}, [])
    opened: list[_Mark] = []
    at, certain = 0, stop
    while (piece := _PIECE.search(text, at)) and piece.start() < stop:
        start, at = piece.span()
        if piece["ticks"]:
            at = _end_of_code(text, at, len(piece["ticks"]))
        elif piece["dollar"]:
            formula = formula_at(text, start)
            at = formula.end if formula else at
        elif piece["half"]:
            certain = start
        elif piece["mark"] and at == len(text):
            certain = at - _closing_last(opened, piece["mark"])
        elif piece["mark"] and piece["mark"] != "~":
            sign = piece["mark"][0]
            opens, closes, length = state.scanDelims(start, sign != "_")
            left = _closing(opened, sign, length, both=opens) if closes else length
            if left and opens:
                opened = [*opened[1 - _MOST :], _Mark(sign, left, start, length, closes)]
    recent = [mark.sign * mark.left for mark in opened if stop - mark.start <= _LONGEST]
    return _Emphasis(certain, "".join(reversed(recent)))


def _closing(opened: list[_Mark], sign: str, length: int, *, both: bool) -> int:
    """Close what some signs close, by CommonMark's rules, and return how many of them are left."""
    left = length
    while left and (found := [at for at, mark in enumerate(opened) if _pairs(mark, sign, length, both=both)]):
        mark = opened[found[-1]]
        step = min(2, mark.left, left)
        del opened[found[-1] :]
        if mark.left > step:
            opened.append(mark._replace(left=mark.left - step))
        left -= step
    return left


def _pairs(mark: _Mark, sign: str, length: int, *, both: bool) -> bool:
    is_odd = (mark.both or both) and (mark.length + length) % 3 == 0 and mark.length % 3 != 0
    return mark.sign == sign and not is_odd


def _closing_last(opened: list[_Mark], signs: str) -> int:
    """Close what signs at the very end close as a whole, and return how many are left: more of them may come."""
    left = len(signs)
    while opened and opened[-1].sign == signs[0] and opened[-1].left <= left:
        left -= opened.pop().left
    return left
