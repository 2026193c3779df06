"""What a prompt has of the notebook, over its answer: a line that unfolds to all that was sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runware_magic.chat.attached import Attached
from runware_magic.chat.messages import Message
from runware_magic.chat.parts import FilePart, ImagePart, TextPart
from runware_magic.chat.text import listed, one_line
from runware_magic.chat.turn import ROW, Turn
from runware_magic.display.render import styles
from runware_magic.display.render.bidi import isolated
from runware_magic.display.render.parts import named, part_html, part_line, picture_html, told
from runware_magic.display.render.sanitize_html import clean, escape
from runware_magic.display.render.sanitize_markdown import safe_markdown
from runware_magic.display.render.tables import literal

_MOST_PICTURES = 50


def attached_line(turn: Turn | None) -> str:
    """Return what the prompt of a turn has of the notebook, in a line of plain text; empty if nothing."""
    entries = _entries(turn) if turn is not None else []
    return f"with {listed(map(told, entries))}" if entries else ""


def attached_html(turn: Turn | None) -> str:
    """Return that line as safe HTML, which unfolds to the messages as they were sent."""
    line = attached_line(turn)
    if turn is None or not line:
        return ""
    shows = part_line if _is_one_of_many(turn) else picture_html
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
    return f"[{told(named(part))} {part.digest.partition(':')[2][:8]}]"


def _entries(turn: Turn) -> Sequence[Attached]:
    if turn.attached:
        return turn.attached
    parts = (part for message in turn.messages for part in message.parts if not isinstance(part, TextPart))
    return [named(part) for part in parts]


def _is_one_of_many(turn: Turn) -> bool:
    """Whether it is one of so many answers about rows that their pictures would make an output too large."""
    return turn.variant is not None and ROW in turn.variant.labels and turn.variant.of > _MOST_PICTURES


def _sent(message: Message, show: Callable[[ImagePart], str], *, alone: bool) -> str:
    is_question = alone and message.role == "user"
    role = "" if is_question else f'<div style="{styles.ROLE}">{escape(one_line(message.role, 40))}</div>'
    return role + "".join(part_html(part, show) for part in message.parts)
