"""Lines of a terminal: how wide text is, where a line ends, and how it gets its colours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from wcwidth import wcswidth, wcwidth

from runware_magic.chat.text import plain

#: Ends every coloured piece, so that an interrupt between two leaves the terminal as it was.
RESET = "\x1b[0m"

# The colours are those of the terminal's own theme. The rest is not colour, and stays with NO_COLOR.
_COLOURS = {
    "heading": "35",
    "code": "36",
    "math": "36",
    "link": "34",
    "keyword": "32",
    "def": "36",
    "builtin": "32",
    "operator": "35",
    "string": "31",
    "string-2": "35",
    "attribute": "36",
    "header": "36",
    "warning": "33",
}
_FORMS = {"strong": "1", "dim": "2", "comment": "2", "em": "3", "link": "4", "top": "4", "mark": "7", "strike": "9"}

_INVISIBLE_SPACE = re.compile("[\n\t\u2028\u2029\x0b\x0c]")
_PIECES = re.compile(r"\n| +|[^ \n]+")
_WIDE = re.compile("[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60]")
# Punctuation that begins no line, and that ends none.
_CLOSING = frozenset("、。，．：；？！）］｝」』】》〉〕…ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.:;?!)]}%’”")  # noqa: RUF001
_OPENING = frozenset("（［｛「『【《〈〔([{‘“")  # noqa: RUF001


class Span(NamedTuple):
    """A piece of text, and the roles that say how it looks."""

    text: str
    roles: tuple[str, ...] = ()


Line = tuple[Span, ...]


def clean(text: str) -> str:
    """Return a model's text as one line without control characters, whatever references it was decoded from."""
    return _INVISIBLE_SPACE.sub(" ", plain(text))


def width_of(text: str) -> int:
    """Return the columns that a text takes: two for wide characters, none for combining ones."""
    return len(text) if text.isascii() else max(0, wcswidth(text))


def line_width(line: Iterable[Span]) -> int:
    """Return the columns that a line takes."""
    return sum(width_of(span.text) for span in line)


def rows_of(line: Iterable[Span], columns: int) -> int:
    """Return how many rows of a terminal a line takes, which wraps it where it is too long."""
    text = "".join(span.text for span in line)
    if text.isascii():
        return max(1, -(-len(text) // columns))
    rows, used = 1, 0
    for character in text:
        wide = max(0, wcwidth(character))
        if used + wide > columns:
            rows, used = rows + 1, 0
        used += wide
    return rows


def encoded(line: Iterable[Span], *, colours: bool) -> str:
    """Return a line with the escape sequences of its roles; each piece ends its own."""
    return "".join(
        _coloured("".join(span.text for span in spans), roles, colours)
        for roles, spans in groupby(line, key=lambda span: span.roles)
    )


def with_roles(line: Iterable[Span], *roles: str) -> Line:
    """Return a line of which each piece has these roles too."""
    return tuple(Span(text, (*own, *roles)) for text, own in line)


def wrapped(spans: Iterable[Span], width: int, start: int = 0, *, splits: bool = False) -> list[Line]:
    """Return text as lines of at most `width` columns, of which the first has `start` already.

    A longer word stands as it is, so that an address can be copied, unless `splits` says to divide it.
    """
    wrap = _Wrap(width, start, width_of if splits else _safe_width)
    for piece in _pieces(spans, width if splits else None):
        wrap.add(*piece)
    return wrap.lines()


def _coloured(text: str, roles: Sequence[str], colours: bool) -> str:  # noqa: FBT001  # what `encoded` knows
    codes = [codes[role] for role in roles for codes in (_FORMS, _COLOURS if colours else {}) if role in codes]
    return f"\x1b[{';'.join(dict.fromkeys(codes))}m{text}{RESET}" if codes and text else text


class _Wrap:
    """Fills lines with words; the spaces between two words are dropped where a line ends."""

    def __init__(self, width: int, start: int, measure: Callable[[str], int]) -> None:
        self._width, self._used, self._measure = max(1, width), start, measure
        self._lines: list[list[Span]] = [[]]
        self._word: list[Span] = []
        self._space: Span | None = None

    def add(self, span: Span, may_break: bool) -> None:  # noqa: FBT001  # a piece, as `_pieces` yields it
        if span.text == "\n":
            self._place()
            self._space, self._used = None, 0
            self._lines.append([])
        elif span.text[0] == " ":
            self._place()
            self._space = span
        else:
            if may_break:
                self._place()
            self._word.append(span)

    def lines(self) -> list[Line]:
        self._place()
        return [tuple(line) for line in self._lines]

    def _place(self) -> None:
        if not self._word:
            return
        space = self._space if self._space is not None and self._used else Span("")
        needed = sum(self._measure(text) for text, _ in self._word)
        if self._used and self._used + len(space.text) + needed > self._width:
            self._lines.append([])
            self._used, space = 0, Span("")
        self._lines[-1] += [*([space] if space.text else []), *self._word]
        self._used += len(space.text) + needed
        self._word, self._space = [], None


def _safe_width(text: str) -> int:
    """Return the columns of a text in a terminal that joins no emoji, if that is more."""
    return width_of(text) if text.isascii() else max(width_of(text), sum(max(0, wcwidth(one)) for one in text))


def _pieces(spans: Iterable[Span], longest: int | None) -> Iterator[tuple[Span, bool]]:
    """Yield line ends, spaces and parts of words, and whether a line may end before each."""
    before = ""
    for text, roles in spans:
        for piece in _PIECES.findall(text):
            for at, part in enumerate(_parts(piece, longest)):
                breaks = (at > 0 and longest is not None and len(piece) >= longest) or _breaks(before, part[0])
                yield Span(part, roles), breaks
                before = part[-1]


def _parts(piece: str, longest: int | None) -> Iterator[str]:
    """Yield the characters between which a line may end; most words are one part."""
    if longest is not None and width_of(piece) > longest:
        yield from piece
    elif piece.isascii() or not _WIDE.search(piece):
        yield piece
    else:
        yield from piece


def _breaks(before: str, after: str) -> bool:
    """Whether a line may end between two characters of Chinese, Japanese or Korean text."""
    if not before or before in _OPENING or after in _CLOSING:
        return False
    return bool(_WIDE.match(before) or _WIDE.match(after))
