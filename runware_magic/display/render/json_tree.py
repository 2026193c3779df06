"""A JSON value as a tree of folds, which opens as far as a page has room: the settled form of an answer as data."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from runware_magic.chat.text import one_line
from runware_magic.display.render import json_rows
from runware_magic.display.render.json_events import Label
from runware_magic.display.render.sanitize_html import clean

_GROUP = 100  # items that stand in one fold
_OPEN_LINES = 100  # that show at once, about
_LINE = 60  # characters
_MOST_ROWS = 2000  # in all
_LONGEST = 10_000  # characters of one text
_MOST_CHARACTERS = 100_000  # of all texts
_PREVIEW, _WORDS = 60, 30  # characters of what is in a fold, and of one text there


@dataclass(slots=True)
class _Fold:
    """An object, a list, or some items of a long list: the rows in it, and the number of values that it stands for."""

    told: str
    preview: str
    rows: list[tuple[Label, Any]]
    depth: int
    is_list: bool
    stands_for: int = 1
    opened: bool = False


@dataclass(frozen=True, slots=True)
class _Run:
    """Numbers and such that follow each other in a list."""

    texts: list[str]


def tree_html(value: Any) -> str:  # noqa: ANN401  # any JSON value
    """Return a JSON value as safe HTML; it says what it leaves out of a large one."""
    root = _row(None, value, 0)
    if isinstance(root[1], _Fold):
        _open(root[1])
    return clean("".join(_rendered([root], _Left(_MOST_ROWS, _MOST_CHARACTERS))))


@dataclass(slots=True)
class _Left:
    """How much may still be shown."""

    rows: int
    characters: int


def _row(label: Label, value: Any, depth: int) -> tuple[Label, Any]:  # noqa: ANN401
    """Return a value as an entry of a fold: objects and lists as folds of their own."""
    if not isinstance(value, dict | list) or not value:
        return label, value
    is_list = isinstance(value, list)
    entries: list[tuple[Label, Any]] = list(value.items() if isinstance(value, dict) else enumerate(value))
    if is_list and len(entries) > _GROUP:
        rows = [_group(entries[at : at + _GROUP], depth + 1) for at in range(0, len(entries), _GROUP)]
    else:
        rows = _entries(entries, depth + 1, is_list=is_list)
    return label, _Fold(json_rows.told_of(label, len(value), is_list=is_list), _preview(value), rows, depth, is_list)


def _group(entries: list[tuple[Label, Any]], depth: int) -> tuple[Label, _Fold]:
    first, last = entries[0][0], entries[-1][0]
    told = json_rows.quiet(f"items {first} to {last}" if first != last else f"item {first}")
    rows = _entries(entries, depth + 1, is_list=True)
    return first, _Fold(told, "", rows, depth, is_list=True, stands_for=len(entries))


def _entries(entries: list[tuple[Label, Any]], depth: int, *, is_list: bool) -> list[tuple[Label, Any]]:
    if not is_list:
        return [_row(label, value, depth) for label, value in entries]
    rows: list[tuple[Label, Any]] = []
    for are_atoms, run in groupby(entries, key=lambda entry: _is_atom(entry[1])):
        if are_atoms:
            rows.append((None, _Run([json.dumps(value) for _, value in run])))
        else:
            rows += [_row(label, value, depth) for label, value in run]
    return rows


def _is_atom(value: object) -> bool:
    return not isinstance(value, str | dict | list)


def _preview(value: Any) -> str:  # noqa: ANN401
    """Return the first short values of an object, so that a folded one can be told from others."""
    if not isinstance(value, dict):
        return ""
    told: list[str] = []
    for entry in value.values():
        if isinstance(entry, dict | list) or sum(map(len, told)) > _PREVIEW:
            break
        told.append(json.dumps(one_line(entry, _WORDS) if isinstance(entry, str) else entry, ensure_ascii=False))
    return one_line(", ".join(told), _PREVIEW)


def _open(root: _Fold) -> None:
    """Open folds from the outside in, as long as the lines in sight are not too many.

    Those of a list are alike: all of them open, or none.
    """
    waiting, shown = deque([[root]]), 0
    while waiting:
        alike = waiting.popleft()
        lines = sum(_lines(entry) for fold in alike for _, entry in fold.rows)
        if shown and shown + lines > _OPEN_LINES:
            continue
        shown += lines
        for fold in alike:
            fold.opened = True
            inner = [entry for _, entry in fold.rows if isinstance(entry, _Fold)]
            waiting += [inner] if fold.is_list else [[one] for one in inner]


def _lines(entry: object) -> int:
    """Return about how many lines a row takes as long as its fold is not open."""
    length = sum(map(len, entry.texts)) if isinstance(entry, _Run) else len(entry) if isinstance(entry, str) else 0
    return 1 + length // _LINE


def _rendered(rows: list[tuple[Label, Any]], left: _Left) -> Iterator[str]:
    for at, (label, entry) in enumerate(rows):
        if left.rows <= 0 or left.characters <= 0:
            yield json_rows.quiet_row(f"and {sum(map(_stands_for, rows[at:])):,} more: as plain text")
            return
        left.rows -= 1
        left.characters -= len(label) if isinstance(label, str) else 0
        if isinstance(entry, _Fold):
            told = entry.told if entry.opened or not entry.preview else f"{entry.told} {json_rows.text(entry.preview)}"
            yield json_rows.fold(told, "".join(_rendered(entry.rows, left)), entry.depth, opened=entry.opened)
        elif isinstance(entry, _Run):
            left.characters -= sum(map(len, entry.texts))
            yield json_rows.atoms_row(entry.texts)
        elif isinstance(entry, str):
            yield from _text(label, entry, left)
        elif isinstance(entry, dict | list):
            yield json_rows.empty_row(label, is_list=isinstance(entry, list))
        else:
            yield json_rows.atom_row(label, json.dumps(entry))


def _text(label: Label, text: str, left: _Left) -> Iterator[str]:
    shown = text[: max(0, min(_LONGEST, left.characters))]
    left.characters -= len(shown)
    yield json_rows.text_row(label, shown, ends=shown == text, goes_on=shown != text)
    if shown != text:
        yield json_rows.quiet_row(f"and {len(text) - len(shown):,} more characters: as plain text")


def _stands_for(row: tuple[Label, Any]) -> int:
    """Return the number of values that a row stands for, without what is in these."""
    entry = row[1]
    return len(entry.texts) if isinstance(entry, _Run) else entry.stands_for if isinstance(entry, _Fold) else 1
