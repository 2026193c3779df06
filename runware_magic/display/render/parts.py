"""Parts of messages as HTML: text as it is, pictures within the page, files in a line; safe only after `clean`."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from itertools import groupby

from runware_magic.chat.attached import Attached
from runware_magic.chat.parts import FilePart, ImagePart, Part, TextPart
from runware_magic.chat.text import one_line
from runware_magic.display.render import styles
from runware_magic.display.render.badge import SEPARATOR
from runware_magic.display.render.bidi import isolated
from runware_magic.display.render.html_rules import scroller
from runware_magic.display.render.sanitize_html import escape
from runware_magic.display.render.thumbnail import SIDE, thumbnail

_LONGEST_NAME = 60  # characters
_UNNAMED = {ImagePart: "picture", FilePart: "file"}


def part_html(part: Part, show: Callable[[ImagePart], str]) -> str:
    """Return a part as HTML; `show` returns that of a picture."""
    if isinstance(part, TextPart):
        return text_html(part.text)
    return show(part) if isinstance(part, ImagePart) else part_line(part)


def text_html(text: str) -> str:
    """Return a text as it is: lines of prose are wrapped; those of a table, illegible then, scroll."""
    return "".join(_texts(text))


def picture_html(part: ImagePart, side: int = SIDE) -> str:
    """Return a picture within the page, its longer side of at most so many pixels, with a line about it."""
    small = thumbnail(part, side)
    if small is None:
        return part_line(part, "cannot be shown")
    width, height = small.size or (side, side)
    shown = max(1, min(width, round(side * width / max(width, height))))
    name = html.escape(one_line(part.name, _LONGEST_NAME) or _UNNAMED[ImagePart])
    return (
        f'<div style="{styles.THUMBNAIL}"><img src="{small.data_uri}" alt="{name}" '
        f'style="max-width:min(100%,{shown}px)"></div>{part_line(part)}'
    )


def part_line(part: ImagePart | FilePart, *more: str) -> str:
    """Return a picture or a file as a line: its name, kind and size."""
    kind = part.media_type.partition("/")[2].upper() if isinstance(part, ImagePart) else part.media_type
    line = SEPARATOR.join((told(named(part)), one_line(kind, 40), _size(len(part.data)), *more))
    return f'<div style="{styles.SENT_LINE}"{isolated(line)}>{escape(line)}</div>'


def named(part: ImagePart | FilePart) -> Attached:
    """Return a picture or a file as what a prompt has of the notebook."""
    size = part.size or () if isinstance(part, ImagePart) else ()
    return Attached(part.name or _UNNAMED[type(part)], "picture" if isinstance(part, ImagePart) else "file", size)


def told(entry: Attached) -> str:
    """Return what a prompt has of the notebook, in a few words of plain text."""
    facts = (" × ".join(f"{side:,}" for side in entry.shape[:2]), "cut" if entry.cut else "")  # noqa: RUF001  # the sign for a size
    said = ", ".join(fact for fact in facts if fact)
    return one_line(entry.name, _LONGEST_NAME) + (f" ({said})" if said else "")


def _texts(text: str) -> Iterator[str]:
    for is_table, lines in groupby(text.strip("\n").split("\n"), key=lambda line: line.startswith("|")):
        shown = escape("\n".join(lines))
        if is_table:
            yield scroller(f'<pre style="{styles.SENT_TABLE}">{shown}</pre>', "Table")
        elif shown.strip():
            yield f'<pre style="{styles.SENT_TEXT}" dir="auto">{shown}</pre>'


def _size(count: int) -> str:
    for unit, size in (("MB", 10**6), ("KB", 10**3)):
        if count >= size:
            return f"{count / size:.{1 if count < 10 * size else 0}f} {unit}"
    return f"{count} bytes"
