"""What is too wide for a page scrolls by itself, and by the keyboard too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest

from runware_magic.display import look

_CHARACTER, _GAP, _NARROW = 8, 24, 200  # pixels, about: of a letter, between columns, of what a phone shows


def scroller(markup: str, name: str, style: str = look.SCROLLER) -> str:
    """Give what scrolls sideways where it is too wide.

    Parameters
    ----------
    markup
        What scrolls. No link may stand in it: one that does is reached by itself, and needs no such frame.
    name
        What it is, as the door knows it.
    style
        Of the frame.
    """
    # Of all that can be reached by the keyboard, an untrusted Lab leaves anchors; role and name it takes from them.
    return f'<a style="{style}" tabindex="0" role="group" aria-label="{name}">{markup}</a>'


def may_be_wide(rows: Iterable[Sequence[str]]) -> bool:
    """Tell whether a table with these texts may have to scroll on a narrow page: what need not is no stop for Tab."""
    columns = zip_longest(*(map(_longest_word, row) for row in rows), fillvalue=0)
    return sum(_CHARACTER * max(column) + _GAP for column in columns) > _NARROW


def _longest_word(text: str) -> int:
    return max(map(len, text.split()), default=0)
