"""Detects characters that look like others, or like nothing, as chat windows and word processors insert them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from runware_magic.chat.text import one_line
from runware_magic.errors import OptionError

_DASHES = "\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
_LONG_DASH = re.compile(rf"-*[{_DASHES}][-{_DASHES}]*(?=\w)")
# A single quote between letters is an apostrophe.
_QUOTE = re.compile("[\u201c-\u201f\u00ab\u00bb\uff02]|(?:^|(?<=[=:]))[\u2018-\u201b\uff07]")
_JOINERS = "\u200c\u200d"  # intended between letters of Persian, Hindi and others, and in emoji
_SHOWN = 60  # characters


def refuse_marks(word: str) -> None:
    """Raise `OptionError` for an unquoted word with a long dash, a typographic quote or an invisible character."""
    if hidden := _first(word, _is_invisible):
        seen = with_hyphens(word)
        where = f"in {one_line(seen, _SHOWN)}" if seen else "on the line"
        msg = f"An invisible character is {where}: {_named(hidden)}."
        raise OptionError(msg, "Delete it, or put the text around it in quotes.")
    if _LONG_DASH.match(word):
        msg = f"{one_line(word, _SHOWN)} begins with a long dash."
        raise OptionError(msg, f"Write {one_line(with_hyphens(word), _SHOWN)}, or quote it if it is a text.")
    if quote := _QUOTE.search(word):
        msg = f"{quote[0]} is a typographic quotation mark."
        raise OptionError(msg, "Write \" or ' on both sides, or put the text around it in quotes.")


def with_hyphens(word: str) -> str:
    """Return a word as it was meant: hyphens for leading long dashes, no invisible characters."""
    seen = "".join(char for at, char in enumerate(word) if not _is_invisible(word, at))
    dash = _LONG_DASH.match(seen)
    if not dash:
        return seen
    name = seen[dash.end() :]
    is_short = len(name.partition("=")[0]) == 1 or name[0].isdecimal()
    return f"{'-' if is_short else '--'}{name}"


def strange(text: str) -> str:
    """Return the name of the first invisible character or unusual blank in a piece of code; empty if there is none."""
    found = _first(text, lambda text, at: _is_invisible(text, at) or (text[at].isspace() and not text[at].isascii()))
    return _named(found) if found else ""


def _first(text: str, is_so: Callable[[str, int], bool]) -> str:
    return next((text[at] for at in range(len(text)) if is_so(text, at)), "")


def _named(char: str) -> str:
    return f"U+{ord(char):04X} {unicodedata.name(char, '')}".rstrip()


def _is_invisible(text: str, at: int) -> bool:
    if text[at] in _JOINERS:
        beside = text[at - 1 : at] + text[at + 1 : at + 2]
        return len(beside) < len("ab") or any(char.isascii() for char in beside)
    return unicodedata.category(text[at]) in {"Cf", "Cc"} and not text[at].isspace()
