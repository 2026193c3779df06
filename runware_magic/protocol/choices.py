"""Decodes the choices of an answer: usually one; more if more were asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runware_magic.chat.events import Event, Failed, Finished, OtherChoice, TokensScored
from runware_magic.protocol.complaints import Complaint, clean, described
from runware_magic.protocol.deltas import Deltas
from runware_magic.protocol.logprobs import tokens_scored

_MOST = 128  # choices: as many as OpenAI allows
_BY_PROVIDER = "the provider reported an error"
_NO_REASONS = frozenset({"", "null", "none"})  # what some servers write for None


class ChoiceDecoder:
    """Decodes one choice."""

    def __init__(self) -> None:
        self.deltas = Deltas()
        self.finished = False
        self._is_scored = False  # whether deltas had probabilities

    def take(self, choice: Mapping[str, Any], events: list[Event]) -> Complaint | None:
        """Append the events of a chunk's choice; return the error that it reports, if any."""
        delta, message = choice.get("delta"), choice.get("message")
        if isinstance(delta, dict):
            self.deltas.take(delta, events)
        if isinstance(message, dict):
            self.deltas.take_whole(message, events)
        if told := choice.get("logprobs"):
            self._scored(told, events, is_whole=isinstance(message, dict))
        reason = choice.get("finish_reason")
        if (told := finish_reason(reason)) and told != "error":
            self.finished = True
            events.append(Finished(told))
        if reason != "error" and not choice.get("error"):
            return None
        return described(choice.get("error")) or (_BY_PROVIDER, None)

    def _scored(self, told: object, events: list[Event], *, is_whole: bool) -> None:
        # The whole message may repeat what the deltas brought.
        if not (is_whole and self._is_scored) and (tokens := tokens_scored(told)):
            self._is_scored = True
            events.append(TokensScored(tokens))


class OtherChoices:
    """Decodes the choices beside the one that is shown."""

    def __init__(self) -> None:
        self._decoders: dict[int, ChoiceDecoder] = {}

    def take(self, index: int, choice: Mapping[str, Any], events: list[Event]) -> None:
        """Append the events of a chunk's choice."""
        if index not in self._decoders and len(self._decoders) >= _MOST:
            return
        own: list[Event] = []
        failed = self._decoders.setdefault(index, ChoiceDecoder()).take(choice, own)
        events += (OtherChoice(index, event) for event in (*own, *([Failed(*failed)] if failed else ())))

    def rest(self) -> list[Event]:
        """Return the events of what was held back, once no more will come."""
        each = self._decoders.items()
        return [OtherChoice(index, event) for index, decoder in each for event in decoder.deltas.rest()]


def finish_reason(reason: object) -> str:
    """Return the endpoint's word for why the model stopped; empty if it has not."""
    told = clean(reason) if isinstance(reason, str) else ""
    return "" if told.lower() in _NO_REASONS else told
