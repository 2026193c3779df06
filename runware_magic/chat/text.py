"""Printable text: one line, counted nouns, dollars, no control characters."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

_NUMBERS = (int, float, type(None))


def encodable(text: str) -> str:
    """Return the text with U+FFFD for each lone surrogate; the same object when it has none."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        # UTF-16 joins the halves of a pair.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def encodable_json(value: Any) -> Any:  # noqa: ANN401  # JSON goes in, JSON comes out
    """Return a JSON value in which every text, names included, can be encoded."""
    return with_texts(value, encodable)


def with_texts(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401  # likewise
    """Return a JSON value in which every text, names included, is changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, _NUMBERS):  # before it is looked for a mapping, which takes ten times as long
        return value
    if isinstance(value, Mapping):
        return {with_texts(name, change): with_texts(entry, change) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [with_texts(entry, change) for entry in value]
    return value


# Bidirectional embeddings, overrides and isolates reorder the visible text (CVE-2021-42574). The marks U+200E
# and U+200F stay: right-to-left text needs them, and they are harmless.
_BIDI = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_VISIBLE: dict[int, str | None] = {
    **{code: chr(0x2400 + code) for code in range(0x20)},
    0x7F: "\u2421",
    **dict.fromkeys(range(0x80, 0xA0)),
    **dict.fromkeys(_BIDI),
    ord("\t"): "\t",
    ord("\n"): "\n",
    ord("\r"): None,
}
_NOT_PLAIN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # the keys, but for tab and newline


def plain(text: str) -> str:
    """Return a text without control characters, so that escape sequences or bidirectional overrides have no effect.

    Tabs and newlines stay. Other C0 controls become their pictures (``ESC`` becomes ``␛``). C1 controls, carriage
    returns and bidirectional overrides are removed, lone surrogates replaced. Each character is replaced on its own, so
    sequences split over two pieces are safe too.
    """
    text = encodable(text)
    # Hardly any text has one. Translating is fast for ASCII only; for the rest, searching first is ten times as fast.
    return text.translate(_VISIBLE) if text.isascii() or _NOT_PLAIN.search(text) else text


def one_line(text: str, limit: int = 200) -> str:
    """Return a text as one line of at most ``limit`` characters, with an ellipsis at the end if it was longer."""
    # Cut first, so that megabytes of text are not processed.
    line = " ".join(plain(text[: 8 * limit]).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def printable(text: str, limit: int) -> str:
    """Return a text as one line, as `one_line` does, but with U+FFFD for every character that does not print."""
    line = " ".join(text[: 4 * limit].split())
    shown = "".join(char if char.isprintable() else "�" for char in line)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


# Print as nothing, or as a blank, although they count as letters, marks or signs; and joiners, which Persian and Indian
# words need, but no text in ASCII.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\U000e0100-\U000e01ef]"
    "|(?<![^\x00-\x7f\u200c\u200d])[\u200c\u200d]"
)
_JOINERS = "\u200c\u200d"


def visible(text: str) -> str:
    r"""Return a text with the codes of characters that cannot be seen, as in ``\u202e``; line ends stay."""
    if text.isascii() and text.isprintable():
        return text
    text = _UNSEEN.sub(lambda found: _code(found[0]), text)
    return "".join(c if c.isprintable() or c == "\n" or c in _JOINERS else _code(c) for c in text)


def _code(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"  # noqa: PLR2004  # as Python writes them


_LONG_DATA = re.compile(r"(data:[\w.+-]+/[\w.+-]+;base64,[A-Za-z0-9+/]{40})([A-Za-z0-9+/=]{80,})")


def shortened(text: str) -> str:
    """Return a text in which long base64 of ``data:`` URIs, as of pictures, is replaced by its length."""
    return _LONG_DATA.sub(lambda found: f"{found[1]}… {len(found[2]):,} more characters …", text)


def listed(names: Iterable[object], most: int = 20) -> str:
    """Return names in one line, separated by commas; after `most` names, only the number of the others."""
    texts = [str(name) for name in names]
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def counted(number: int, what: str, plural: str = "") -> str:
    """Return a number and its noun, in the plural where needed."""
    return f"{number} {what}" if number == 1 else f"{number} {plural or f'{what}s'}"


_COST_UNKNOWN = "cost unknown"
_LEAST, _MOST = 1e-7, 1_000_000_000  # dollars


def dollars(cost: float | None, decimals: int | None = None) -> str:
    """Return a cost with three significant digits and at least two decimals; beyond any real cost, a bound.

    With `decimals`, as `decimals_for` returns them, the costs of a table can be compared at a glance.
    """
    if cost is None or not cost >= 0:
        return _COST_UNKNOWN
    if cost == 0:
        return "$0"
    if cost < _LEAST:
        return f"< ${_LEAST:.7f}"
    if cost > _MOST:
        return f"> ${_MOST:,}"
    return f"${cost:,.{max(2, 2 - _magnitude(cost)) if decimals is None else decimals}f}"


def decimals_for(costs: Iterable[float]) -> int:
    """Return decimals for all of these costs: three digits of the greatest, two of the least, and at least two."""
    sizes = [_magnitude(cost) for cost in costs if _LEAST <= cost <= _MOST]
    return max(2, 2 - max(sizes), 1 - min(sizes)) if sizes else 2


def _magnitude(cost: float) -> int:
    return math.floor(math.log10(cost))


def amount(limit: float) -> str:
    """Return an amount that the user has set, as written: two decimals, or as many as it has."""
    if limit > _MOST or 0 < limit < _LEAST:
        return dollars(limit)
    whole, _, decimals = f"{limit:,.10f}".partition(".")
    return f"${whole}.{decimals.rstrip('0').ljust(2, '0')}"
