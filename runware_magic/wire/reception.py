"""One answer as it comes: how much it is, how far it has got, and what it means that it breaks off there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import urllib3.exceptions

from runware_magic.chat.events import (
    ContentDelta,
    Event,
    Failed,
    Finished,
    Opened,
    ReasoningDelta,
    Skipped,
    ToolCallDelta,
    UsageReport,
)
from runware_magic.chat.request import Request
from runware_magic.errors import RunwareError, TransportError
from runware_magic.wire.bounds import Bounds, OutOfBoundsError, in_words
from runware_magic.wire.losses import left

_A_CALL = 64  # bytes that a tool call takes beside its text, however little of that there is
_CHECK = "Check base_url."
_LESS = "Ask for less, or lower --max-tokens."


class Reception:
    """Receives one answer.

    Parameters
    ----------
    accepted
        The request that it answers.
    bounds
        How much is taken.
    host
        Whose answer it is, for messages.
    """

    def __init__(self, accepted: Request, bounds: Bounds, host: str) -> None:
        self._accepted, self._bounds, self._host = accepted, bounds, host
        self._text = self._silent = 0
        self._began = self._told = self._finished = False

    def pieces(self, body: Iterable[bytes]) -> Iterator[bytes]:
        """Measure the pieces of its body.

        Raises
        ------
        OutOfBoundsError
            When they bring no text for too long.
        """
        for piece in body:
            self._silent += len(piece)
            yield piece
            # Only now: words may have been in it.
            if self._silent > self._bounds.silence:
                msg = f"{self._host} sent {in_words(self._bounds.silence)} without a word of an answer."
                raise OutOfBoundsError(msg)

    def events(
        self, source: Iterator[Event], broken_off: Callable[[Exception, str], RunwareError], hurry: Callable[[], object]
    ) -> Iterator[Event]:
        """Give its events, and before the first that is part of an answer, that there is one.

        Parameters
        ----------
        source
            The events.
        broken_off
            Gives the error for what urllib3 raised, with a hint.
        hurry
            Called when the model has said that it is done: little can follow.

        Raises
        ------
        RunwareError
            When it breaks off before the model was done: after that, nothing of it can be lost.
        """
        try:
            for event in source:
                if self._is_more(event):
                    yield event
                    continue
                yield from self._taken(event)
                if isinstance(event, Finished):
                    hurry()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            if not self._finished:
                raise broken_off(error, left(began=self._began, told=self._told)) from None
        except OutOfBoundsError as error:
            if not self._finished:
                hint = error.hint or left(began=self._began, told=self._told, advice=_CHECK)
                raise TransportError(error.message, hint) from None

    def _is_more(self, event: Event) -> bool:
        """Take in an event that only brings more words, as nearly every one does; tell whether this is one."""
        if type(event) is not ContentDelta or not self._began or self._finished:
            return False
        size = _bytes(event.text)
        if not size or size > self._bounds.answer - self._text:
            return False
        self._text += size
        self._silent = 0
        return True

    def _taken(self, event: Event) -> Iterator[Event]:
        if not self._began and _is_of_answer(event):
            self._began = True
            yield Opened(self._accepted)
        self._told = self._told or isinstance(event, UsageReport)
        size = _weight(event)
        if size:
            self._silent = 0
        # Words after the end were not the end.
        self._finished = isinstance(event, Finished) or (self._finished and not size)
        room = self._bounds.answer - self._text
        self._text += size
        if size <= room:
            yield event
            return
        if isinstance(event, ContentDelta | ReasoningDelta) and room > 0:
            yield replace(event, text=event.text.encode()[:room].decode(errors="ignore"))
        msg = f"The answer of {self._host} is longer than {in_words(self._bounds.answer)}."
        raise OutOfBoundsError(msg, left(began=True, told=self._told, advice=_LESS))


def _is_of_answer(event: Event) -> bool:
    """Tell whether an event is part of an answer: an error alone is none, unless something was spent on it."""
    if isinstance(event, UsageReport):
        return bool(event.usage.completion_tokens or event.usage.cost)
    return not isinstance(event, Failed | Skipped)


def _weight(event: Event) -> int:
    """Give the bytes of text that an event brings."""
    match event:
        case ContentDelta(text) | ReasoningDelta(text):
            return _bytes(text)
        case ToolCallDelta():
            return _A_CALL + _bytes(event.id) + _bytes(event.name) + _bytes(event.arguments)
        case _:
            return 0


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())
