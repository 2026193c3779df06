"""Tool calls as text and as Markdown: a line each, with the result under it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runware_magic.chat.parts import Part, TextPart
from runware_magic.chat.text import counted, plain
from runware_magic.display.render.parts import named, told
from runware_magic.display.render.tables import literal
from runware_magic.display.render.tool_cards import limit_of
from runware_magic.display.render.tool_steps import Card
from runware_magic.prompt.values.fence import fenced

_FEW_LINES, _FEW = 12, 1_200  # of each text


def call_line(card: Card) -> str:
    """Return a call in a line of plain text, without its state, as in ``→ weather(city="Oslo")``."""
    return f"→ {call_text(card)}"


def call_text(card: Card) -> str:
    """Return a call as plain text, as in ``weather(city="Oslo")``."""
    return f"{card.name}{plain(card.brief)}"


def argument_lines(card: Card) -> list[str]:
    """Return the arguments that are too long for the line, indented and bounded."""
    return _indented(card.arguments, "    ") if card.brief == "(…)" else []


def result_lines(card: Card) -> list[str]:
    """Return what the function showed, and its result, indented and bounded."""
    if card.result is None:
        return []
    shown = "\n".join(map(_said, card.result.shown))
    return [*_indented(shown, "  | "), *_indented(card.result.content, "    ")]


def cards_text(cards: Sequence[Card]) -> str:
    """Return calls as plain text."""
    lines = ((f"{call_line(card)}  {card.told}", *argument_lines(card), *result_lines(card)) for card in cards)
    return "\n".join(line for each in lines for line in each)


def cards_markdown(cards: Sequence[Card]) -> str:
    """Return calls as Markdown; safe only after `safe_markdown`."""
    limit = limit_of(len(cards))
    return "\n\n".join(part for card in cards for part in _markdown(card, limit))


def _markdown(card: Card, limit: int) -> Iterator[str]:
    yield f"→ {literal(f'{card.name}{card.brief}')} · {literal(card.told)}"
    texts = [card.arguments] if card.brief == "(…)" else []
    if card.result is not None:
        texts += ["\n".join(map(_said, card.result.shown)), card.result.content]
    for text in texts:
        if text.strip():
            cut = f"\n… {len(text) - limit:,} more characters" if len(text) > limit else ""
            yield fenced(plain(text[:limit]) + cut)


def _said(part: Part) -> str:
    return part.text.strip("\n") if isinstance(part, TextPart) else f"[{told(named(part))}]"


def _indented(text: str, before: str) -> list[str]:
    text = text.strip("\n")
    if not text.strip():
        return []
    lines = plain(text[:_FEW]).split("\n")[:_FEW_LINES]
    shown = len("\n".join(lines))
    more = [f"{before}… {counted(len(text) - shown, 'more character')}"] if len(text) > shown else []
    return [*(f"{before}{line}".rstrip() for line in lines), *more]
