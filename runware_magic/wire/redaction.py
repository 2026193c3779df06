"""What a server repeats of the key, taken out of what it sends before anything reads, shows or keeps it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import replace
from email.message import Message
from typing import AnyStr, Generic

from runware_magic.chat.events import (
    ContentDelta,
    ContentWasReasoning,
    Ended,
    Event,
    Failed,
    Finished,
    ReasoningDelta,
    ToolCallDelta,
)
from runware_magic.wire.endpoint import Key

_MARK = "…"
_CUT = 8  # characters that are no coincidence: the text ends in the middle of the key
_PROBE = 4  # characters that are looked for, before anything that takes longer
_EARLY = 3  # characters of a possible key that are given at once: a word that begins like one is not to wait


class Redactor(Generic[AnyStr]):
    """Replaces a secret in a text that comes in pieces, wherever it is cut.

    Only what may become the secret waits for the next piece, and of that not the first few characters: they tell
    nothing, and words begin with them.

    Parameters
    ----------
    secret
        What to replace; not empty.
    mark
        What to put in its place.
    """

    def __init__(self, secret: AnyStr, mark: AnyStr) -> None:
        # In a closure, as in a `Key`: whoever looks at this object does not see it.
        self._secret: Callable[[], AnyStr] = lambda: secret
        probe, head = secret[:_PROBE], secret[: _PROBE - 1]
        # Whatever ends like the secret begins either holds its first few characters, or ends with one of them.
        self._may_hold: Callable[[AnyStr], bool] = lambda piece: probe in piece or piece[-1:] in head
        self._mark: AnyStr = mark
        self._tail: AnyStr = secret[:0]  # the end of all so far, as far as it may become the secret
        self._given = 0  # how much of it was given
        self.found = False

    def is_clear(self, piece: AnyStr) -> bool:
        """Tell whether nothing in a piece can be of the secret."""
        return not self._tail and not self._may_hold(piece)

    def feed(self, piece: AnyStr) -> AnyStr:
        """Take in a piece, give what is settled."""
        if self.is_clear(piece):
            return piece
        parts: list[AnyStr] = (self._tail + piece).split(self._secret())
        rest = parts.pop()
        done: list[AnyStr] = []
        for part in parts:
            done += [part[self._given :], self._mark]
            self._given, self.found = 0, True
        size = self._overlap(rest)
        start = len(rest) - size
        done.append(rest[self._given : start + min(size, _EARLY)])
        self._tail, self._given = rest[start:], min(size, _EARLY)
        return self._mark[:0].join(done)

    def rest(self) -> AnyStr:
        """Give what was held back, once nothing more will come; of a secret that was cut short, nothing."""
        cut = len(self._tail) >= _CUT
        self.found = self.found or cut
        held = self._mark if cut else self._tail[self._given :]
        self._tail, self._given = self._tail[:0], 0
        return held

    def _overlap(self, text: AnyStr) -> int:
        secret = self._secret()
        return next((n for n in range(min(len(secret) - 1, len(text)), 0, -1) if text.endswith(secret[:n])), 0)


def without_key(text: str, key: Key) -> str:
    """Replace a key in a whole text, in each form that it may have there."""
    for form in key.forms if key.is_secret else ():
        text = text.replace(form, _MARK)
    return text


def hide_in_headers(headers: Message, key: Key) -> None:
    """Replace a key in the headers of a reply, and in what could not be read as headers: cookies and logs keep them."""
    lines, rest = headers.items(), headers.get_payload()
    hidden = [(name, without_key(value, key)) for name, value in lines if name == without_key(name, key)]
    if hidden != lines:
        for name in set(headers):
            del headers[name]
        for name, value in hidden:
            headers[name] = value
    if isinstance(rest, str) and rest:
        headers.set_payload(without_key(rest, key))


def hidden_in_pieces(pieces: Iterable[bytes], key: Key | None) -> Iterator[bytes]:
    """Give the bytes of a body without the key."""
    if key is None or not key.is_secret:
        yield from pieces
        return
    redactors = [Redactor(form.encode(), _MARK.encode()) for form in key.forms]
    try:
        for piece in pieces:
            for redactor in redactors:
                piece = redactor.feed(piece)  # noqa: PLW2901  # from one to the next
            if piece:
                yield piece
    except Exception:
        yield from _last(redactors)
        raise
    yield from _last(redactors)


def _last(redactors: Iterable[Redactor[bytes]]) -> Iterator[bytes]:
    held = b""
    for redactor in redactors:
        held = redactor.feed(held) + redactor.rest()
    if held:
        yield held


def hidden_in_events(events: Iterable[Event], key: Key | None, found: Callable[[], object]) -> Iterator[Event]:
    """Give events without the key, also where it comes letter by letter.

    Parameters
    ----------
    events
        The events of one answer.
    key
        What to replace in their texts.
    found
        Called when it was there.
    """
    if key is None or not key.is_secret:
        yield from events
        return
    hiding = _Hiding(key, found)
    try:
        for event in events:
            if hiding.is_clear(event):
                yield event
            else:
                yield from hiding.take(event)
    except Exception:
        yield from hiding.rest()
        raise
    yield from hiding.rest()


_CONTENT, _REASONING = "content", "reasoning"


class _Hiding:
    """A redactor for each text of an answer: they come interleaved, and each may hold the key."""

    def __init__(self, key: Key, found: Callable[[], object]) -> None:
        self._key, self._found = key, found
        self._texts: dict[Hashable, Redactor[str]] = {}

    def is_clear(self, event: Event) -> bool:
        """Tell whether an event is words, and nothing of the key can be in them: nearly every one is."""
        if type(event) is not ContentDelta:
            return False
        redactor = self._texts.get(_CONTENT)
        return redactor is not None and redactor.is_clear(event.text)

    def take(self, event: Event) -> Iterator[Event]:
        if isinstance(event, ContentWasReasoning | Failed | Ended):
            yield from self.rest()
        if isinstance(event, ContentDelta | ReasoningDelta):
            kind = _CONTENT if isinstance(event, ContentDelta) else _REASONING
            if text := self._feed(kind, event.text):
                yield event if text is event.text else type(event)(text)
        elif isinstance(event, ToolCallDelta):
            arguments = self._feed(event.index, event.arguments)
            yield replace(event, id=self._clean(event.id), name=self._clean(event.name), arguments=arguments)
        elif isinstance(event, Finished):
            yield Finished(self._clean(event.reason))
        elif isinstance(event, Failed):
            yield Failed(self._clean(event.message), self._clean(event.code) if event.code else event.code)
        else:
            yield event

    def rest(self) -> Iterator[Event]:
        for kind, redactor in self._texts.items():
            held = redactor.rest()
            if redactor.found:
                self._found()
            if held:
                yield _more(kind, held)

    def _feed(self, kind: Hashable, text: str) -> str:
        redactor = self._texts.get(kind)
        if redactor is None:
            redactor = self._texts[kind] = Redactor(self._key.reveal(), _MARK)
        settled = redactor.feed(text)
        if redactor.found:
            self._found()
        return settled

    def _clean(self, text: str) -> str:
        clean = without_key(text, self._key)
        if clean != text:
            self._found()
        return clean


def _more(kind: Hashable, text: str) -> Event:
    if isinstance(kind, int):
        return ToolCallDelta(kind, arguments=text)
    return ContentDelta(text) if kind == _CONTENT else ReasoningDelta(text)
