"""Find keys that were pasted into a prompt, before anything is sent, shown or saved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from runware_magic.chat.messages import Message
from runware_magic.chat.parts import FilePart
from runware_magic.chat.request import Request
from runware_magic.errors import PromptError, Words
from runware_magic.transport.endpoint import Key
from runware_magic.transport.redaction import redact

_LEAST = 16  # letters and digits in a row; names have fewer
_DIFFERENT = 8  # different characters among them; examples have fewer
#: How providers' keys begin, at the start of a word.
_LIKE_A_KEY = re.compile(
    r"(?<![A-Za-z0-9_-])(sk-|sk_live_|rk_live_|gsk_|xai-|pplx-|hf_|r8_|nvapi-|AIza|AKIA|gh[pousr]_|github_pat_|glpat-|"
    r"xox[abprs]-|Bearer\s+)"
    r"([A-Za-z0-9_-]{16,})"
)
_RUN = re.compile(r"[A-Za-z0-9]+")
_EXAMPLE = re.compile(r"example|your|xxx|abcdef|123456|\.\.\.", re.IGNORECASE)
_TAKE_OUT = "Remove it, also from saved copies. If it is not a key, shorten it with …"
_EARLIER = Words("Run that cell again without it, or forget the chat: %runware reset.", "Start a new Chat.")


def refuse_secrets(request: Request, keys: Iterable[Key | None], *, fresh: int) -> None:
    """Refuse a request that contains a key: raise PromptError, which says whose or which kind, but does not repeat it.

    None of the known `keys` may be anywhere in it. Its last `fresh` messages, which the user wrote in this cell, and
    its fields must not contain anything like a key of any provider either. Earlier answers may: models write examples.
    """
    secrets = _secret(keys)
    own = len(request.messages) - fresh
    if secrets:
        earlier = [text for message in request.messages[:own] for text in _written(message)]
        _check(earlier, "An earlier turn of this chat", secrets, guess=False, hint=_EARLIER)
    places = [*_places(request, own)]
    # All at once first, since nearly no request has one.
    if _found(["\n".join(text for _, texts in places for text in texts)], secrets):
        for where, texts in places:
            _check(texts, where, secrets)


def refuse_text(text: str, where: str, keys: Iterable[Key | None]) -> None:
    """Refuse a user's text before anything reads it, as `refuse_secrets`; errors call it `where`."""
    _check([text], where, _secret(keys))


def _secret(keys: Iterable[Key | None]) -> list[Key]:
    return [key for key in dict.fromkeys(keys) if key is not None and key.is_secret]


def like_a_key(text: str) -> str | None:
    """Return how what looks like a provider's key begins, which is no secret; None for names, words and examples."""
    return next((found[1].strip() for found in _LIKE_A_KEY.finditer(text) if _is_random(found[2])), None)


def without_keys(text: str, keys: Iterable[Key | None]) -> str:
    """Return a text in which ``…`` stands for each of the known keys, and for the rest of what looks like one."""
    for key in _secret(keys):
        text = redact(text, key)
    return _LIKE_A_KEY.sub(lambda found: f"{found[1]}…" if _is_random(found[2]) else found[0], text)


def _is_random(text: str) -> bool:
    longest = max(_RUN.findall(text), key=len, default="")
    mixed = re.search(r"[0-9]", longest) and re.search(r"[A-Za-z]", longest)
    return bool(len(longest) >= _LEAST and mixed and len(set(longest)) >= _DIFFERENT and not _EXAMPLE.search(text))


def _places(request: Request, own: int) -> Iterator[tuple[str, Sequence[str]]]:
    for message in request.messages[own:]:
        yield f"The {message.role} message", [*_written(message)]
    yield "The name of the model", [request.model]
    for name, value in request.parameters.items():
        yield "The name of a field", [name]
        yield f"The field {name}", [*_texts(value)]


def _check(
    texts: Sequence[str], where: str, secrets: Iterable[Key], *, guess: bool = True, hint: str | Words = _TAKE_OUT
) -> None:
    if found := _found(texts, secrets, guess=guess):
        msg = f"{where} contains {found}; nothing was sent."
        raise PromptError(msg, hint)


def _found(texts: Sequence[str], secrets: Iterable[Key], *, guess: bool = True) -> str:
    """Return in words what must not be sent; empty if there is nothing."""
    for key in secrets:
        if any(form in text for form in key.forms for text in texts):
            return f"the key from {key.source}"
    kind = next(filter(None, map(like_a_key, texts)), None) if guess else None
    return f"what looks like a key ({kind}…)" if kind else ""


def _written(message: Message) -> Iterator[str]:
    # Without the bytes of pictures and files, which can look like a key by chance when they are encoded.
    yield message.role
    yield message.text
    yield from (part.name for part in message.parts if isinstance(part, FilePart))
    yield from _texts([call.to_json() for call in message.tool_calls])


def _texts(value: object) -> Iterator[str]:
    """Yield every text in a JSON value, names included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield str(name)
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
