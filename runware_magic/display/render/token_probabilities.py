"""The tokens of a settled answer, each shaded by its probability; alternatives unfold, without a script."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from runware_magic.chat.logprobs import TokenLogprob
from runware_magic.chat.text import plain
from runware_magic.chat.turn import Turn
from runware_magic.display.render import styles
from runware_magic.display.render.bidi import isolated
from runware_magic.display.render.sanitize_html import clean, escape

#: The tokens that are shown of an answer.
MOST = 500
_LONGEST, _LONGEST_OTHER = 60, 24  # characters of a token, and of an alternative
_SURE = 0.995  # from here on, there is nothing to choose from
_UNLIKELY = 0.01
_ALL, _NONE = "> 99\N{NO-BREAK SPACE}%", "< 1\N{NO-BREAK SPACE}%"
_BREAKS = re.compile(r"\n+")
_SEEN = str.maketrans({"\n": "⏎", " ": "␣", "\t": "⇥"})


@dataclass(frozen=True, slots=True)
class _Level:
    """How tokens look from a probability on; the lines tell them apart without colours."""

    least: float
    name: str
    style: str


_LEVELS = (
    _Level(0.9, "90\N{NO-BREAK SPACE}% and more", ""),
    _Level(0.5, "50 to 90\N{NO-BREAK SPACE}%", "background-color:#e0a80024;border-bottom:1px dotted #808080"),
    _Level(0.2, "20 to 50\N{NO-BREAK SPACE}%", "background-color:#e0860045;border-bottom:2px dashed #808080"),
    _Level(0.0, "under 20\N{NO-BREAK SPACE}%", "background-color:#d0303055;border-bottom:3px double #808080"),
)


def probabilities_html(turn: Turn) -> str:
    """Return the tokens of an answer with their probabilities; empty if it has none."""
    tokens = _of_answer(turn.logprobs, turn.content)
    if not tokens:
        return ""
    shown = tokens[:MOST]
    text = "".join(map(_token_html, shown)) + (" …" if len(tokens) > MOST else "")
    legend = " · ".join(f'<span style="{level.style}">{level.name}</span>' for level in _LEVELS)
    told = _told(turn, tokens)
    note = f'<div style="{styles.SMALL_NOTE}">{told}</div>' if told else ""
    return clean(
        f'<details class="runware-logprobs {styles.UNTOUCHED}" style="{styles.PROBABILITIES}" open="">'
        f'<summary style="{styles.SUMMARY}">Token probabilities</summary>'
        f'<div style="{styles.LEGEND}">{legend}</div>{note}'
        f'<div style="{styles.TOKENS}"{isolated(turn.content)}>{text}</div></details>'
    )


def _told(turn: Turn, tokens: Sequence[TokenLogprob]) -> str:
    """Return what a reader has to know, in plain words."""
    shown = f"The first {MOST} of {len(tokens):,} tokens." if len(tokens) > MOST else ""
    source = "The demo made these numbers up: no model was measured." if turn.endpoint == "demo" else ""
    has_others = any(token.alternatives for token in tokens[:MOST])
    how = "Select a token to see what else the model might have said." if has_others else ""
    return " ".join(filter(None, (source, how, shown)))


def _of_answer(tokens: Sequence[TokenLogprob], content: str) -> Sequence[TokenLogprob]:
    """Return the tokens of the answer, without those of the reasoning before it, if both are told apart."""
    pieces = [token.as_bytes for token in tokens]
    before = b"".join(pieces).rfind(content.strip().encode("utf-8", "replace"))
    at = 0
    for number, piece in enumerate(pieces):
        at += len(piece)
        if at > before:
            return tokens[number:]
    return tokens


def _token_html(token: TokenLogprob) -> str:
    level = next(level for level in _LEVELS if token.probability >= level.least)
    style = f' style="{level.style}"' if level.style else ""
    text, share = _text(token.token), _percent(token.probability)
    named = f'<span{style} title="{html.escape(share)}">{text}</span>'
    others = [(text, log) for text, log in token.alternatives if text != token.token]
    if not others or token.probability >= _SURE:
        return named
    told = _seen(_shares(token, others))
    # The line ends behind the box, in which nothing else follows.
    ends = "\n" if text.endswith("\n") else ""
    return (
        f'<details style="{styles.UNFOLDING}"><summary style="{styles.UNFOLDING_SUMMARY}">{named}</summary>'
        f'<span style="{styles.ALTERNATIVES}">{told}</span></details>{ends}'
    )


def _shares(token: TokenLogprob, others: Iterable[tuple[str, float]]) -> Iterator[tuple[str, str]]:
    yield token.token, _percent(token.probability)
    for text, log in others:
        yield text, _percent(TokenLogprob(text, log).probability)


def _seen(shares: Iterable[tuple[str, str]]) -> str:
    """Return tokens with their probabilities, one a line; blanks and line ends are made visible."""
    return "<br>".join(f"{_isolated(text[:_LONGEST_OTHER])} {html.escape(share)}" for text, share in shares)


def _isolated(text: str) -> str:
    direction, seen = isolated(text), escape(plain(text).translate(_SEEN))
    return f"<span{direction}>{seen}</span>" if direction else seen


def _text(token: str) -> str:
    cut = token if len(token) <= _LONGEST else f"{token[: _LONGEST - 1]}…"
    return escape(_BREAKS.sub(lambda found: "⏎" * len(found[0]) + "\n", plain(cut)))


def _percent(probability: float) -> str:
    if probability >= _SURE:
        return _ALL
    return _NONE if probability < _UNLIKELY else f"{probability:.0%}".replace("%", "\N{NO-BREAK SPACE}%")
