"""Answers that are JSON: values, ways to write them, and what a tree shows of them, read back from its HTML."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from runware_magic.chat.text import encodable_json, plain
from runware_magic.display.render import styles

_ODD = [
    "",
    '"',
    "\\",
    "a\nb",
    "\r\n",
    "\t",
    "\x00\x1b[31m",
    "```",
    "{[",
    "😀",
    "שלום",
    "\u202e",
    "$x$",
    "0",
    "x: y",
    "\ud800",
    "<b>",
    "&lt;",
    "\ufeff",
]
_texts = st.text(max_size=12) | st.lists(st.sampled_from([*_ODD, "word "]), max_size=6).map("".join)
_atoms = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
_held = st.recursive(
    _atoms | _texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=25,
)
#: JSON values that are objects or lists.
values = st.lists(_held, max_size=6) | st.dictionaries(_texts, _held, max_size=6)
_AROUND = (
    "{}",
    "\n\n{}\n",
    "```json\n{}\n```",
    "Here it is:\n\n```\n{}\n```\nThat is all, $5.\n",
    "~~~~ json\n\n{}\n~~~~",
    "It is `this`: {}",
    "```python\nx = {{1: [2]}}\n```\nAs JSON:\n  ```json\n  {}\n  ```\n",
    "As in [1] and {{2}}:\n\n```json\n{}\n```\n",
    "```json\n{}",
)


@st.composite
def answers(draw: st.DrawFn) -> tuple[Any, str]:
    """Return a value, and an answer with it: in any layout, with any escapes, alone, in a fence, or in prose.

    Of half a pair of surrogates, which can be written nowhere, the value has what stands in its place.
    """
    # Not st.randoms(): each throw of its dice would be a choice that hypothesis keeps.
    value, dice = draw(values), random.Random(draw(st.integers(0, 2**32)))  # noqa: S311  # the same for the same number
    return encodable_json(value), draw(st.sampled_from(_AROUND)).format(_written(value, dice))


def pieces(text: str, cuts: list[int]) -> list[str]:
    """Return a text in the pieces between these places."""
    bounds = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    return [text[start:end] for start, end in pairwise(bounds)]


def _written(value: object, dice: random.Random) -> str:
    def space() -> str:
        return dice.choice(["", "", " ", "\n", "\n  ", "\t", "\r\n"])

    if isinstance(value, dict):
        fields = (f"{_text(key, dice)}{space()}:{space()}{_written(entry, dice)}" for key, entry in value.items())
        return f"{{{space()}{f'{space()},{space()}'.join(fields)}{space()}}}"
    if isinstance(value, list):
        return f"[{space()}{f'{space()},{space()}'.join(_written(entry, dice) for entry in value)}{space()}]"
    return _text(value, dice) if isinstance(value, str) else json.dumps(value)


def _text(text: str, dice: random.Random) -> str:
    return f'"{"".join(_character(one, dice) for one in text)}"'


def _character(one: str, dice: random.Random) -> str:
    plainly = json.dumps(one, ensure_ascii=dice.random() < 0.5)[1:-1]
    if len(plainly) == 1 and dice.random() < 0.2 and one.isascii():
        return f"\\u{ord(one):04X}"
    return "\\/" if one == "/" and dice.random() < 0.5 else plainly


Row = tuple[int, str | None, Any]


def rows_of(value: Any, label: str | int | None = None, depth: int = 0) -> Iterator[Row]:
    """Yield the rows of a tree: how deep, the name, and the value; objects and lists as ``{…}``, ``[]`` and so on."""
    name = str(label) if isinstance(label, int) else label if label is None else plain(label)
    if isinstance(value, dict | list):
        signs = "{}" if isinstance(value, dict) else "[]"
        yield depth, name, f"{signs[0]}…{signs[1]}" if value else signs
        for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
            yield from rows_of(entry, key, depth + 1)
    elif isinstance(value, str):
        yield depth, name, plain(value)
    else:
        # Atoms of a list have no number.
        yield depth, None if isinstance(label, int) else name, (value,)


class TreeReader(HTMLParser):
    """Reads rows back from the parts of a tree."""

    def __init__(self, *parts: str) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self._open: list[str] = []
        self._depth = 0
        self._label: str | None = None
        self._heard: dict[int, str] = {}  # by the number of elements that are open
        self.text = ""
        for part in parts:
            self.feed(part)
            assert self._open == []

    @classmethod
    def text_of(cls, *parts: str) -> str:
        """Return all text in the parts of a tree."""
        return cls(*parts).text

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember what an element is by its style."""
        style = dict(attrs).get("style") or ""
        self._open.append(style)
        self._heard[len(self._open)] = ""
        self._depth += style in {styles.DATA_HELD, styles.DATA_HELD_DEEP}

    def handle_data(self, data: str) -> None:
        """Keep text for all elements around it."""
        self.text += data
        for at in range(1, len(self._open) + 1):
            self._heard[at] += data

    def handle_endtag(self, _tag: str) -> None:
        """Make a row of an element that tells one."""
        text, style = self._heard.pop(len(self._open)), self._open.pop()
        self._depth -= style in {styles.DATA_HELD, styles.DATA_HELD_DEEP}
        is_block = style == styles.DATA_BLOCK
        if style == styles.DATA_NAME:
            self._label = _unquoted(text)
        elif style == styles.DATA_QUIET:
            self._quiet(text)
        elif style == styles.DATA_ATOM:
            for one in text.split(", "):
                self._add((json.loads(one),))
        elif style == styles.DATA_TEXT or (is_block and self._label is not None):
            self._add(text[1:])
        elif is_block:
            depth, label, before = self.rows.pop()
            self.rows.append((depth, label, before + text))

    def _quiet(self, text: str) -> None:
        if text.rstrip(":").isdigit():
            self._label = text.rstrip(":")
        elif text[:3] in {"{…}", "[…]"}:
            self._add(text[:3])
        elif text in {"{} empty", "[] empty"}:
            self._add(text[:2])

    def _add(self, value: object) -> None:
        self.rows.append((self._depth, self._label, value))
        self._label = None


def _unquoted(label: str) -> str:
    return plain(json.loads(label)) if label.startswith('"') else label


def assert_begins(shown: list[Row], whole: list[Row], *, ended: bool) -> None:
    """Fail unless rows are the first of all: a text may stop anywhere, with a quotation mark only behind its end."""
    if ended:
        assert len(shown) == len(whole)
    for at, ((depth, label, value), (true_depth, true_label, true)) in enumerate(zip(shown, whole, strict=False)):
        assert (depth, label) == (true_depth, true_label)
        if isinstance(value, tuple) or not isinstance(true, str) or true in {"{…}", "[…]", "{}", "[]"}:
            assert value == true
        else:
            is_last = at == len(shown) - 1 and not ended
            assert value == f'{true}"' or (is_last and true.startswith(value))
    assert len(shown) <= len(whole)
