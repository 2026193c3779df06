"""The rows of a tree of JSON as HTML, growing and settled; all of it goes through `clean` afterwards.

The types are told by more than colour: texts stand in quotation marks, objects and lists say how much they hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from runware_magic.chat.text import counted, plain
from runware_magic.display.render import styles
from runware_magic.display.render.json_events import Label
from runware_magic.display.render.sanitize_html import escape

_NARROW = 5  # levels that are indented by their full width
_SIMPLE = re.compile(r"\w(?:[\w.-]| (?! ))*", re.ASCII)


def text_row(label: Label, value: str, *, begins: bool = True, ends: bool = True, goes_on: bool = False) -> str:
    """Return the row of a text, or of a part of one; ``goes_on`` if another row continues it."""
    name = label_html(label, ": ") if begins else ""
    # One that grows stands where it will stand at its end.
    is_block = "\n" in value or not begins or goes_on
    shown = f"{_QUOTE if begins else ''}{text(value)}{_QUOTE if ends else ''}"
    if not is_block:
        return f'<div style="{styles.DATA_ROW}">{name}<span style="{styles.DATA_TEXT}">{shown}</span></div>'
    head = f'<div style="{styles.DATA_ROW}">{name}</div>' if name else ""
    return f'{head}<div style="{styles.DATA_BLOCK}">{shown}</div>'


def prose(around: str) -> str:
    """Return text outside of the value, without the blank lines around it."""
    shown = around.strip()
    return f'<div style="{styles.DATA_PROSE}" dir="auto">{escape(plain(shown))}</div>' if shown else ""


def atom_row(label: Label, written: str) -> str:
    """Return the row of a number, ``true``, ``false`` or ``null``."""
    return f'<div style="{styles.DATA_ROW}">{label_html(label, ": ")}{_atom(written)}</div>'


def atoms_row(texts: Sequence[str]) -> str:
    """Return the row of several of them that follow each other in a list."""
    return f'<div style="{styles.DATA_ROW}">{_atom(", ".join(texts))}</div>'


def empty_row(label: Label, *, is_list: bool) -> str:
    """Return the row of an object or a list with nothing in it."""
    shown = quiet(f"{'[]' if is_list else '{}'} empty")
    return f'<div style="{styles.DATA_ROW}">{label_html(label, ": ")}{shown}</div>'


def quiet_row(told: str) -> str:
    """Return a row that tells something about the tree."""
    return f'<div style="{styles.DATA_ROW}">{quiet(told)}</div>'


def quiet(told: str) -> str:
    """Return words that are no part of the value."""
    return f'<span style="{styles.DATA_QUIET}">{escape(told)}</span>'


def text(shown: str) -> str:
    """Return text as HTML whose direction changes nothing around it."""
    # Plain already here: a parser of HTML would leave out some control characters.
    markup = escape(plain(shown))
    return markup if shown.isascii() else f'<span dir="auto">{markup}</span>'


def fold(told: str, inside: str, depth: int, *, opened: bool = True) -> str:
    """Return a fold of rows under a summary; it stands at this depth, the first at 0."""
    unfolded = ' open=""' if opened else ""
    return (
        f'<details style="{styles.DATA_FOLD}"{unfolded}><summary style="{styles.DATA_SUMMARY}">{told}</summary>'
        f"{held(depth)}{inside}</div></details>"
    )


def head(told: str, depth: int) -> str:
    """Return what looks like the beginning of an open fold; a ``</div>`` ends what it holds."""
    return f'<div style="{styles.DATA_HEAD}">{told}</div>{held(depth)}'


def held(depth: int) -> str:
    """Return the start of the element with what an object or a list holds."""
    return f'<div style="{styles.DATA_HELD if depth < _NARROW else styles.DATA_HELD_DEEP}">'


def told_of(label: Label, count: int | None, *, is_list: bool) -> str:
    """Return the name of an object or a list, and how much it holds if that is known."""
    number = "" if count is None else f" {counted(count, 'item' if is_list else 'field')}"
    return f"{label_html(label, ' ')}{quiet(f'[…]{number}' if is_list else f'{{…}}{number}')}"


def label_html(label: Label, after: str) -> str:
    """Return the name of a field or the number of an item, and what stands ``after`` it; empty without one."""
    if label is None:
        return ""
    if isinstance(label, int):
        return f"{quiet(f'{label}{after.rstrip()}')} "
    # A name that could be read as something else shows with its quotation marks and escapes.
    shown = label if _SIMPLE.fullmatch(label) else json.dumps(label, ensure_ascii=False)
    return f'<span style="{styles.DATA_NAME}">{text(shown)}</span>{after}'


def _atom(written: str) -> str:
    return f'<span style="{styles.DATA_ATOM}">{escape(written)}</span>'


_QUOTE = "&quot;"
