"""Make up how probable each token was, since the demo has no model that could tell; and several choices of answers."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from runware_magic.demo.request import Ask, RefusalError

_SEEN = 40  # characters before a token that decide its numbers
_MOST_CHOICES, _MOST_ALTERNATIVES = 8, 20
#: What else might have been said: short words that fit nearly everywhere.
_OTHERS = (
    *(" the", " a", " and", " it", " of", " is", " that", " so", " but", " one", ",", ".", " not", " we", " as"),
    *(" can", " this", " often", " very", " only", " then", " like"),
)


def of_each(ask: Ask, tokens: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield what each chunk of an answer says of its token: fields of its choice, none if nobody asked."""
    is_asked, before = ask.parameters.get("logprobs") is True, ""
    for token in tokens:
        yield {"logprobs": {"content": [_scored(ask, token, before)]}} if is_asked else {}
        before = f"{before}{token}"[-_SEEN:]


def of_all(ask: Ask, tokens: Sequence[str]) -> dict[str, Any]:
    """Return what a whole answer says of its tokens: fields of its choice, none if nobody asked."""
    content = [entry for fields in of_each(ask, tokens) if fields for entry in fields["logprobs"]["content"]]
    return {"logprobs": {"content": content}} if content else {}


def _scored(ask: Ask, token: str, before: str) -> dict[str, Any]:
    # By the token and the text before it only, so that every run makes up the same.
    seed = zlib.crc32(f"{before}\n{token}".encode("utf-8", "replace"))
    shares = _shares(seed, _likeliness(token, before, seed))
    words = [token, *(word for word in _turned(seed) if word != token)]
    rows = [_row(word, share) for word, share in zip(words, shares, strict=False)]
    ranked = sorted(rows, key=lambda row: -row["logprob"])
    return {**rows[0], "top_logprobs": ranked[: ask.parameters.get("top_logprobs") or 0]}


def choices(ask: Ask) -> Sequence[Ask]:
    """Return the requests of one choice each that a request stands for: as if it had come that often.

    Raises RefusalError if the number of choices or alternatives is out of range.
    """
    for name, least, most in (("top_logprobs", 0, _MOST_ALTERNATIVES), ("n", 1, _MOST_CHOICES)):
        value = ask.parameters.get(name)
        if value is not None and (type(value) is not int or not least <= value <= most):
            raise RefusalError(400, "invalid_value", f"'{name}' must be an integer between {least} and {most}.", name)
    seed = ask.parameters.get("seed")
    several = range(ask.parameters.get("n") or 1)
    if type(seed) is int:
        return [replace(ask, parameters={**ask.parameters, "seed": seed + number}) for number in several]
    return [replace(ask, nth=ask.nth + number) for number in several]


def _likeliness(token: str, before: str, seed: int) -> float:
    """Return the probability of the token itself: high within a word and for signs, lower where a word begins."""
    begins_word = token.startswith(" ") or not before
    spread = (seed % 997) / 997
    if not begins_word or not token.strip():
        return 0.93 + 0.069 * spread
    return 0.08 + 0.91 * math.sqrt(spread)


def _shares(seed: int, own: float) -> list[float]:
    """Return the probability of the token, and falling ones for others that add up to the rest nearly."""
    falls = 0.45 + (seed // 997 % 89) / 400
    rest, shares = 1 - own, [own]
    for _ in range(_MOST_ALTERNATIVES):
        shares.append(rest * falls)
        rest -= shares[-1]
    return shares


def _turned(seed: int) -> Sequence[str]:
    at = seed % len(_OTHERS)
    return (*_OTHERS[at:], *_OTHERS[:at])


def _row(token: str, share: float) -> dict[str, Any]:
    logprob = max(-20.0, math.log(share)) if share > 0 else -20.0
    return {"token": token, "logprob": round(logprob, 6), "bytes": list(token.encode("utf-8", "replace"))}
