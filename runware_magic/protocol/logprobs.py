"""Decodes the probabilities of tokens, in the forms that servers send."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runware_magic.chat.logprobs import MOST_ALTERNATIVES, TokenLogprob, token_logprob

_LONGEST = 64  # bytes of a token


def tokens_scored(value: object) -> tuple[TokenLogprob, ...]:
    """Return the tokens of a choice's ``logprobs``; what cannot be read is skipped.

    Chat Completions has ``content``, a list of objects; the older completions have parallel lists.
    """
    if not isinstance(value, Mapping):
        return ()
    content = value.get("content")
    found = map(_token, content) if isinstance(content, list) else _from_lists(value)
    return tuple(token for token in found if token is not None)


def _token(entry: object) -> TokenLogprob | None:
    if not isinstance(entry, Mapping):
        return None
    others = entry.get("top_logprobs")
    others = others[:MOST_ALTERNATIVES] if isinstance(others, list) else ()
    pairs = [(_text(other), other.get("logprob")) for other in others if isinstance(other, Mapping)]
    return token_logprob(_text(entry), entry.get("logprob"), pairs)


def _text(entry: Mapping[str, Any]) -> object:
    r"""Return the text of a token, from its bytes if it has any; parts of a character are written as ``\xf0``."""
    told = entry.get("bytes")
    if not isinstance(told, list) or not told or len(told) > _LONGEST or not all(map(_is_byte, told)):
        return entry.get("token")
    try:
        return bytes(told).decode()
    except UnicodeDecodeError:
        return "".join(f"\\x{byte:02x}" for byte in told)


def _is_byte(value: object) -> bool:
    return type(value) is int and 0 <= value <= 255  # noqa: PLR2004  # a byte


def _from_lists(value: Mapping[str, Any]) -> Iterator[TokenLogprob | None]:
    tokens, logs, others = (value.get(name) for name in ("tokens", "token_logprobs", "top_logprobs"))
    if isinstance(tokens, list) and isinstance(logs, list):
        others = others if isinstance(others, list) else []
        for at, (token, log) in enumerate(zip(tokens, logs, strict=False)):
            other = others[at] if at < len(others) else None
            yield token_logprob(token, log, list(other.items()) if isinstance(other, Mapping) else ())
