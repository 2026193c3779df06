"""Tool calls as cards: the call, its state in words, what its function showed, and its result under a fold.

Names, arguments and results come from models, and from whatever functions read: none of them means anything here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from runware_magic.chat.draft import WRITING
from runware_magic.chat.parts import ImagePart, TextPart
from runware_magic.chat.text import counted, one_line
from runware_magic.chat.turn import FAILED, REFUSED
from runware_magic.display.render import styles
from runware_magic.display.render.parts import part_html, part_line, picture_html, text_html
from runware_magic.display.render.sanitize_html import clean, escape
from runware_magic.display.render.tool_steps import Card

SIDE = 480  # pixels of a picture that a function showed
_FEW, _FEW_LINES = 800, 12  # of arguments that show at once
_MOST, _LEAST, _MOST_IN_ALL = 20_000, 500, 200_000  # characters of one text, and of all cards
_MOST_PICTURES = 20
_TAIL = 400  # characters of arguments that show while they are written
_BEGINNING = 60  # characters of a result beside its fold
_UNFOLDED = 1_500  # characters that a function printed
_KEPT, _UNREAD = "all are in turn.replies", "refuse what you cannot read"
_RESULTS = {FAILED: "Error", REFUSED: "The model was told"}


def cards_html(cards: Sequence[Card]) -> str:
    """Return tool calls as safe HTML, a card each, in order."""
    limit, pictures, shown = limit_of(len(cards)), _MOST_PICTURES, []
    for card in cards:
        shown.append(_card(card, limit, picture if pictures > 0 else part_line))
        pictures -= sum(isinstance(part, ImagePart) for part in (card.result.shown if card.result else ()))
    return "".join(shown)


def limit_of(count: int) -> int:
    """Return how many characters of a text each of so many cards shows."""
    return max(_LEAST, min(_MOST, _MOST_IN_ALL // max(1, count)))


def picture(part: ImagePart) -> str:
    """Return a picture that a function showed as HTML, safe after `clean`."""
    return picture_html(part, SIDE)


def head_html(card: Card) -> str:
    """Return the line of a card, as safe HTML: name, short arguments, state."""
    arguments = card.written if card.state == WRITING else card.brief
    state = f"{card.sign} {card.told}".strip()
    style = styles.TOOL_ASKS if card.waits else styles.TOOL_STATE
    # Isolated from each other: a name in Hebrew does not move what stands beside it.
    return clean(
        f'<div style="{styles.TOOL_HEAD}">'
        f'<span dir="ltr" style="{styles.TOOL_CALL}"><span style="{styles.TOOL_NAME}">{escape(card.name)}</span>'
        f'{escape(arguments)}</span> <span style="{style}"><span{styles.verdict(state)}>{escape(state)}</span></span>'
        "</div>"
    )


def body_html(card: Card, limit: int = _MOST, show: Callable[[ImagePart], str] = picture) -> str:
    """Return what stands under the line of a card, as safe HTML; empty if nothing does."""
    parts = (_written(card) if card.state == WRITING else _arguments(card, limit), *_ended(card, limit, show))
    return clean("".join(parts), pictures=True)


def _card(card: Card, limit: int, show: Callable[[ImagePart], str]) -> str:
    # Of two parts that were cleaned.
    style = styles.TOOL_WAITS if card.waits else styles.TOOL
    return f'<div class="runware-tool" style="{style}">{head_html(card)}{body_html(card, limit, show)}</div>'


def _written(card: Card) -> str:
    """Return the end of arguments that are still being written."""
    text = card.arguments if card.written == "(…)" else ""
    return _pre(f"{'…' if len(text) > _TAIL else ''}{text[-_TAIL:]}")


def _arguments(card: Card, limit: int) -> str:
    """Return arguments that are too long for the line; what does not show at once unfolds."""
    if card.brief != "(…)":
        return ""
    text = card.arguments
    at = len("\n".join(text[: _FEW + 1].split("\n")[:_FEW_LINES]))
    at = len(text) if at == len(text) else min(_FEW, at)
    shown, rest = text[:at], text[at:].removeprefix("\n")
    if not rest:
        return _pre(shown)
    more = f"{len(rest):,} more characters of the arguments"
    return _pre(shown) + _fold(more, _pre(rest[:limit]) + _cut(rest, limit, _UNREAD if card.waits else _KEPT))


def _ended(card: Card, limit: int, show: Callable[[ImagePart], str]) -> Iterable[str]:
    result = card.result
    if result is None:
        return
    if result.shown:
        length = sum(len(part.text) for part in result.shown if isinstance(part, TextPart))
        left, parts = limit, []
        for part in result.shown:
            text = part.text if isinstance(part, TextPart) else ""
            parts.append(text_html(text[:left]) if text else part_html(part, show))
            left = max(0, left - len(text))
        cut = f'<div style="{styles.SENT_LINE}">The first {limit:,} of {length:,} characters.</div>'
        inside = "".join(parts) + (cut if length > limit else "")
        yield _fold("Printed and shown", inside, unfolded=length <= _UNFOLDED)
    if result.content.strip():
        text = result.content
        label = f"{_RESULTS.get(card.state, 'Result')}: {_beginning(text)}"
        yield _fold(label, text_html(text[:limit]) + _cut(text, limit))


def _beginning(text: str) -> str:
    """Return the first words of a result; of a table, how many rows it has."""
    lines = text.strip().split("\n")
    rows = len(lines) - 2  # without the head and the line under it
    is_table = rows > 0 and all(line.startswith("|") for line in lines)
    return f"table, {counted(rows, 'row')}" if is_table else one_line(text, _BEGINNING)


def _cut(text: str, limit: int, more: str = _KEPT) -> str:
    if len(text) <= limit:
        return ""
    line = f"The first {limit:,} of {len(text):,} characters; {more}."
    return f'<div style="{styles.SENT_LINE}">{line}</div>'


def _fold(label: str, inside: str, *, unfolded: bool = False) -> str:
    opened = ' open=""' if unfolded else ""
    return (
        f'<details style="{styles.TOOL_FOLD}"{opened}>'
        f'<summary style="{styles.SUMMARY};overflow-wrap:anywhere"><span dir="auto">{escape(label)}</span></summary>'
        f'<div style="{styles.TOOL_TEXT}">{inside}</div></details>'
    )


def _pre(text: str) -> str:
    return f'<pre style="{styles.SENT_TEXT}" dir="ltr">{escape(text)}</pre>' if text.strip() else ""
