"""What a prompt has of the notebook, over its answer: a line that unfolds to all that was sent."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from runware_magic.chat.attached import Attached
from runware_magic.chat.messages import Message
from runware_magic.chat.parts import FilePart, ImagePart, Part, TextPart
from runware_magic.chat.text import listed, one_line
from runware_magic.chat.turn import ROW, Turn
from runware_magic.display.render import styles
from runware_magic.display.render.badge import SEPARATOR
from runware_magic.display.render.bidi import isolated
from runware_magic.display.render.html_rules import scroller
from runware_magic.display.render.sanitize_html import clean, escape
from runware_magic.display.render.sanitize_markdown import safe_markdown
from runware_magic.display.render.tables import literal
from runware_magic.display.render.thumbnail import SIDE, thumbnail

_LONGEST_NAME = 60  # characters
_MOST_PICTURES = 50
_UNNAMED = {ImagePart: "picture", FilePart: "file"}


def attached_line(turn: Turn | None) -> str:
    """Return what the prompt of a turn has of the notebook, in a line of plain text; empty if nothing."""
    entries = _entries(turn) if turn is not None else []
    return f"with {listed(map(_told, entries))}" if entries else ""


def attached_html(turn: Turn | None) -> str:
    """Return that line as safe HTML, which unfolds to the messages as they were sent."""
    line = attached_line(turn)
    if turn is None or not line:
        return ""
    shows = _line if _is_one_of_many(turn) else _picture
    sent = "".join(_sent(message, shows, alone=len(turn.messages) == 1) for message in turn.messages)
    return clean(
        f'<details class="runware-attached {styles.UNTOUCHED}" style="{styles.ATTACHED}">'
        f'<summary style="{styles.SUMMARY};overflow-wrap:anywhere"{isolated(line)}>{escape(line)}</summary>'
        f'<div style="{styles.SENT}">{sent}</div></details>',
        pictures=True,
    )


def attached_markdown(turn: Turn | None) -> str:
    """Return that line as the beginning of safe Markdown; empty if there is none."""
    line = attached_line(turn)
    return f"{safe_markdown(literal(line))}\n\n" if line else ""


def attached_text(turn: Turn | None) -> str:
    """Return that line as the beginning of a text; empty if there is none."""
    line = attached_line(turn)
    return f"{line}\n\n" if line else ""


def shared(turns: Sequence[Turn]) -> Turn | None:
    """Return the first of several turns if all of them sent the same messages; else None."""
    return turns[0] if all(turn.messages == turns[0].messages for turn in turns) else None


def asked(message: Message) -> str:
    """Return a message as text, with the name, the size and the beginning of the digest of each picture and file."""
    return "".join(part.text if isinstance(part, TextPart) else _named_exactly(part) for part in message.parts)


def _named_exactly(part: ImagePart | FilePart) -> str:
    return f"[{_told(_named(part))} {part.digest.partition(':')[2][:8]}]"


def _entries(turn: Turn) -> Sequence[Attached]:
    if turn.attached:
        return turn.attached
    parts = (part for message in turn.messages for part in message.parts if not isinstance(part, TextPart))
    return [_named(part) for part in parts]


def _named(part: ImagePart | FilePart) -> Attached:
    size = part.size or () if isinstance(part, ImagePart) else ()
    return Attached(part.name or _UNNAMED[type(part)], "picture" if isinstance(part, ImagePart) else "file", size)


def _told(entry: Attached) -> str:
    facts = (" × ".join(f"{side:,}" for side in entry.shape[:2]), "cut" if entry.cut else "")  # noqa: RUF001  # the sign for a size
    told = ", ".join(fact for fact in facts if fact)
    return one_line(entry.name, _LONGEST_NAME) + (f" ({told})" if told else "")


def _is_one_of_many(turn: Turn) -> bool:
    """Whether it is one of so many answers about rows that their pictures would make an output too large."""
    return turn.variant is not None and ROW in turn.variant.labels and turn.variant.of > _MOST_PICTURES


def _sent(message: Message, show: Callable[[ImagePart], str], *, alone: bool) -> str:
    is_question = alone and message.role == "user"
    role = "" if is_question else f'<div style="{styles.ROLE}">{escape(one_line(message.role, 40))}</div>'
    return role + "".join(_part(part, show) for part in message.parts)


def _part(part: Part, show: Callable[[ImagePart], str]) -> str:
    if isinstance(part, TextPart):
        return "".join(_texts(part.text))
    return show(part) if isinstance(part, ImagePart) else _line(part)


def _texts(text: str) -> Iterator[str]:
    # Lines of prose are wrapped; of a table, which would be illegible then, they scroll.
    for is_table, lines in groupby(text.strip("\n").split("\n"), key=lambda line: line.startswith("|")):
        shown = escape("\n".join(lines))
        if is_table:
            yield scroller(f'<pre style="{styles.SENT_TABLE}">{shown}</pre>', "Table")
        elif shown.strip():
            yield f'<pre style="{styles.SENT_TEXT}" dir="auto">{shown}</pre>'


def _picture(part: ImagePart) -> str:
    small = thumbnail(part)
    if small is None:
        return _line(part, "cannot be shown")
    width, height = small.size or (SIDE, SIDE)
    shown = max(1, min(width, round(SIDE * width / max(width, height))))
    name = html.escape(one_line(part.name, _LONGEST_NAME) or _UNNAMED[ImagePart])
    return (
        f'<div style="{styles.THUMBNAIL}"><img src="{small.data_uri}" alt="{name}" '
        f'style="max-width:min(100%,{shown}px)"></div>{_line(part)}'
    )


def _line(part: ImagePart | FilePart, *more: str) -> str:
    kind = part.media_type.partition("/")[2].upper() if isinstance(part, ImagePart) else part.media_type
    line = SEPARATOR.join((_told(_named(part)), one_line(kind, 40), _size(len(part.data)), *more))
    return f'<div style="{styles.SENT_LINE}"{isolated(line)}>{escape(line)}</div>'


def _size(count: int) -> str:
    for unit, size in (("MB", 10**6), ("KB", 10**3)):
        if count >= size:
            return f"{count / size:.{1 if count < 10 * size else 0}f} {unit}"
    return f"{count} bytes"
