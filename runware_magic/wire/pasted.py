"""Keys that were pasted where a prompt belongs: caught before anything is sent, shown or kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from runware_magic.chat.request import Request
from runware_magic.errors import PromptError
from runware_magic.wire.endpoint import Key

_LEAST = 16  # letters and digits in a row that make a text a key rather than a name
_DIFFERENT = 8  # characters among them; examples have fewer
#: How the keys of providers begin. What comes before must not make it a part of a longer word.
_LIKE_A_KEY = re.compile(
    r"(?<![A-Za-z0-9_-])(sk-|sk_live_|rk_live_|gsk_|xai-|pplx-|hf_|r8_|nvapi-|AIza|AKIA|gh[pousr]_|github_pat_|glpat-|"
    r"xox[abprs]-|Bearer\s+)"
    r"([A-Za-z0-9_-]{16,})"
)
_RUN = re.compile(r"[A-Za-z0-9]+")
_EXAMPLE = re.compile(r"example|your|xxx|abcdef|123456|\.\.\.", re.IGNORECASE)
_TAKE_OUT = "Take it out, also where it was saved; what is no secret can be sent with … in place of its middle."
_EARLIER = "Run the cell that said it again without it, or forget it: %runware reset."


def refuse_secrets(request: Request, keys: Iterable[Key | None], *, fresh: int) -> None:
    """Refuse a request that holds a key.

    Parameters
    ----------
    request
        What would be sent.
    keys
        All that are known here, whichever is used: none of them may be anywhere in it.
    fresh
        How many of its messages, the last ones, are the user's own of this cell. They and the fields may not hold what
        looks like a key of any provider either; an earlier answer may, since models write examples.

    Raises
    ------
    PromptError
        When there is one; the error says whose or what kind it is, and where, and does not repeat it.
    """
    secrets = _secret(keys)
    own = len(request.messages) - fresh
    for number, message in enumerate(request.messages):
        earlier = number < own
        where = "An earlier turn of this chat" if earlier else f"The {message.role} message"
        for text in _texts(message.to_json()):
            _check(text, where, secrets, guess=not earlier, hint=_EARLIER if earlier else _TAKE_OUT)
    _check(request.model, "The name of the model", secrets)
    for name, value in request.parameters.items():
        _check(name, "The name of a field", secrets)
        for text in _texts(value):
            _check(text, f"The field {name}", secrets)


def refuse_text(text: str, where: str, keys: Iterable[Key | None]) -> None:
    """Refuse what a user wrote, before anything reads it; as `refuse_secrets`.

    Parameters
    ----------
    text
        What was written.
    where
        How the error calls it: ``The cell``.
    keys
        As in `refuse_secrets`.
    """
    _check(text, where, _secret(keys))


def _secret(keys: Iterable[Key | None]) -> list[Key]:
    return [key for key in dict.fromkeys(keys) if key is not None and key.is_secret]


def like_a_key(text: str) -> str | None:
    """Find what looks like a provider's key.

    Returns
    -------
    str or None
        How it begins, which is no secret; None where there is none. Names, examples and words with dashes are none.
    """
    for found in _LIKE_A_KEY.finditer(text):
        runs = _RUN.findall(found[2])
        longest = max(runs, key=len, default="")
        mixed = re.search(r"[0-9]", longest) and re.search(r"[A-Za-z]", longest)
        if len(longest) >= _LEAST and mixed and len(set(longest)) >= _DIFFERENT and not _EXAMPLE.search(found[2]):
            return found[1].strip()
    return None


def _check(text: str, where: str, secrets: Iterable[Key], *, guess: bool = True, hint: str = _TAKE_OUT) -> None:
    for key in secrets:
        if any(form in text for form in key.forms):
            msg = f"{where} holds the key from {key.source}; nothing was sent."
            raise PromptError(msg, hint)
    if guess and (kind := like_a_key(text)):
        msg = f"{where} holds what looks like a key ({kind}…); nothing was sent."
        raise PromptError(msg, hint)


def _texts(value: object) -> Iterator[str]:
    """Give every text in a JSON value, names included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield str(name)
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
