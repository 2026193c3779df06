"""The HTML tags that stay in saved Markdown, written without attributes and closed where our own rendering closes them.

A tag that nothing closes would apply to all that follows in a reader, the badge included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runware_magic.display.render.dollars import formula_at
from runware_magic.display.render.tags import DEEPEST, FOLDING, OPEN, TAG

# They replace the first character of a tag that stays. `plain` leaves none of them in a text.
_MARK, _MARK_IN_CELL = "\x01", "\x02"
PARAGRAPH = re.compile(r"(\n[ \t]*\n)")
_BELOW_HEAD = re.compile(r"^[ \t>|:-]*-[ \t>|:-]*$", re.MULTILINE)
_STRETCH = re.compile(
    rf"(?<!`)(?P<ticks>`{{1,9}})(?!`).{{1,400}}?(?<!`)(?P=ticks)(?!`)|\\[^\w\s]|(?P<dollar>\$)|(?P<tag>{TAG.pattern})",
    re.DOTALL | re.IGNORECASE,
)
_FOLD = re.compile(rf"{_MARK}(?P<closes>/?)(?P<name>{'|'.join(FOLDING)})(?: open)?>")
# Most readers take what stands right below for HTML too, up to the next blank line.
_LAST_OF_FOLDS = re.compile(
    rf"^({_MARK}(?:[^\n]*{_MARK})?(?:/summary|/?details(?: open)?)>)[ \t]*\n(?=[^\n{_MARK}])", re.MULTILINE
)


def marked(text: str) -> str:
    """Mark the tags that may stay, as our own rendering finds them; `written` writes them at the end."""
    return "".join(map(_marked, PARAGRAPH.split(text))) if "<" in text else text


def written(text: str) -> str:
    """Write the marked tags; a fold is closed at the end, and only where one is open."""
    depth = 0

    def fold(tag: re.Match[str]) -> str:
        nonlocal depth
        if tag["name"] == "summary":
            return tag[0] if depth else ""
        before, depth = depth, max(0, depth - 1) if tag["closes"] else min(DEEPEST, depth + 1)
        return tag[0] if depth != before else ""

    text = _LAST_OF_FOLDS.sub(r"\1\n\n", _FOLD.sub(fold, text))
    text += f"\n\n{_MARK}/details>" * depth
    return text.replace(_MARK, "<").replace(_MARK_IN_CELL, "<")


def _marked(paragraph: str) -> str:
    if "|" in paragraph and _BELOW_HEAD.search(paragraph):
        return "".join(_paired(cell, in_cell=True) for cell in re.split(r"([|\n])", paragraph))
    return _paired(paragraph, in_cell=False)


def _paired(text: str, *, in_cell: bool) -> str:
    """Mark the tags of a paragraph or a cell, each opening one with its end; folds outside of cells pair elsewhere."""
    if "<" not in text:
        return text
    mark = _MARK_IN_CELL if in_cell else _MARK
    out: list[str] = []
    opened: list[str] = []
    for piece, tag in _pieces(text):
        out.append(piece)
        name = tag["name"].lower() if tag else ""
        if not tag or (name == "summary" and in_cell and not tag["closes"] and "details" not in opened):
            continue
        unfolded = " open" if name == "details" and OPEN.search(tag["attributes"] or "") else ""
        if name == "br" or (name == "details" and not in_cell):
            closes = tag["closes"] if name != "br" else ""
            out.append(f"{mark}{closes}{name}{'' if closes else unfolded}>")
        elif not tag["closes"]:
            if len(opened) < DEEPEST:
                opened.append(name)
                out.append(f"{mark}{name}{unfolded}>")
        elif name in opened:
            at = len(opened) - 1 - opened[::-1].index(name)
            out += _ends(opened[at:], mark)
            del opened[at:]
    return "".join((*out, *_ends(opened, mark)))


def _ends(names: list[str], mark: str) -> Iterator[str]:
    return (f"{mark}/{name}>" for name in reversed(names))


def _pieces(text: str) -> Iterator[tuple[str, re.Match[str] | None]]:
    """Yield the text before each tag, with the tag, and the rest; code and formulas hold no tags."""
    at = start = 0
    while stretch := _STRETCH.search(text, at):
        formula = formula_at(text, stretch.start()) if stretch["dollar"] else None
        at = formula.end if formula else stretch.end()
        if stretch["tag"]:
            yield text[start : stretch.start()], stretch
            start = at
    yield text[start:], None
