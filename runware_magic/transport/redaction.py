"""Redact the key in what a server sends, before anything reads, shows or saves it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from email.message import Message
from functools import lru_cache

from runware_magic.transport.endpoint import Key

_MARK = "…"
_CUT = 8  # bytes of the key at the end of a body that are redacted; fewer may be a coincidence


def redact(text: str, key: Key | None) -> str:
    """Redact a key in a whole text, however addresses and JSON write its characters."""
    if key is None or not key.is_secret:
        return text
    # Never in a variable: tracebacks may show the variables of frames.
    return _pattern(key).sub(_MARK, text)


@lru_cache(maxsize=8)
def _pattern(key: Key) -> re.Pattern[str]:
    written = (rf"(?:\\?{re.escape(char)}|%{ord(char):02x}|\\u00{ord(char):02x})" for char in key.reveal())
    return re.compile("".join(written), re.IGNORECASE)


def redact_headers(headers: Message, key: Key) -> None:
    """Redact a key in the headers of a reply, and in what is not a valid header: cookies and logs keep them."""
    lines, rest = headers.items(), headers.get_payload()
    # All at once first, since nearly no reply has it, and no key contains a line end.
    text = "\n".join(part for line in lines for part in line)
    if redact(text, key) != text:
        hidden = [(name, redact(value, key)) for name, value in lines if name == redact(name, key)]
        for name in set(headers):
            del headers[name]
        for name, value in hidden:
            headers[name] = value
    if isinstance(rest, str) and rest:
        headers.set_payload(redact(rest, key))


def redact_pieces(pieces: Iterable[bytes], key: Key | None) -> Iterator[bytes]:
    """Return the bytes of a body without the key, even where it is split between pieces."""
    for form in key.forms if key and key.is_secret else ():
        # A method, so that the frame below does not show the key.
        pieces = _hidden(pieces, form.encode)
    return iter(pieces)


def _hidden(pieces: Iterable[bytes], secret: Callable[[], bytes]) -> Iterator[bytes]:
    # Only a possible beginning of the secret waits for the next piece. Events of a stream end otherwise.
    held = b""
    try:
        for piece in pieces:
            text = (held + piece).replace(secret(), _MARK.encode())
            end = _beginning(text, secret())
            held = text[end:]
            if end:
                yield text[:end]
    except Exception:
        yield from _last(held)
        raise
    yield from _last(held)


def _last(held: bytes) -> Iterator[bytes]:
    if held:
        yield held if len(held) < _CUT else _MARK.encode()


def _beginning(text: bytes, secret: bytes) -> int:
    """Return where a secret that continues in the next piece may begin; the end of the text if none does."""
    # No key contains a line end, where most pieces end.
    at = text.find(secret[:1], max(text.rfind(b"\n") + 1, len(text) - len(secret) + 1))
    while at >= 0 and not secret.startswith(text[at:]):
        at = text.find(secret[:1], at + 1)
    return at if at >= 0 else len(text)
