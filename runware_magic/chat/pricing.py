"""Estimates tokens and cost of an answer, before it is requested and while it arrives.

Each model splits text into tokens in its own way, so the estimate counts characters: four ASCII characters are a token,
two of other alphabets; a Chinese, Japanese or Korean character is one token, an emoji two. This is close for prose;
code and numbers may take twice as many tokens.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass

from runware_magic.chat.events import ContentDelta, Event, ReasoningDelta, ToolCallDelta, UsageReport
from runware_magic.chat.messages import Message
from runware_magic.chat.parts import TextPart
from runware_magic.chat.request import LIMIT, OLD_LIMIT, Request
from runware_magic.chat.usage import Usage

_A_MESSAGE = 4  # tokens around each message, for its role and its limits
_A_REPLY = 3  # tokens that introduce the answer
_READ_TOO = ("tools", "response_format")  # fields that become part of the prompt

_EAST_ASIAN = re.compile(r"[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]+")
_BEYOND = re.compile(r"[\U00010000-\U0010ffff]+")  # emoji, rare ideographs


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of a model in US dollars a token, sent and generated; finite and at least 0."""

    prompt: float
    completion: float

    @property
    def free(self) -> bool:
        """Whether the model costs nothing."""
        return self.prompt == self.completion == 0


def tokens(text: str) -> int:
    """Estimate the number of tokens of a text, rounded up, in linear time."""
    return math.ceil(_weight(text))


def _weight(text: str) -> float:
    """Return the number of tokens of a text before rounding, in quarters: the numbers of its pieces add up exactly."""
    if text.isascii():
        return len(text) / 4
    ascii_only = len(text.encode("ascii", "ignore"))
    east_asian, beyond = (sum(map(len, kind.findall(text))) for kind in (_EAST_ASIAN, _BEYOND))
    others = len(text) - ascii_only - east_asian - beyond
    return ascii_only / 4 + others / 2 + east_asian + beyond * 2


def request_tokens(request: Request) -> int:
    """Estimate the number of tokens that a request sends: messages, and the fields that are part of the prompt."""
    fields = [request.parameters[name] for name in _READ_TOO if request.parameters.get(name)]
    return (
        sum(tokens(message.content) + _A_MESSAGE for message in request.messages)
        + sum(tokens(json.dumps(value, ensure_ascii=False)) for value in fields)
        + _A_REPLY
    )


def pictures_in(request: Request) -> int:
    """Count the images and files that a request sends. How many tokens they take is not known."""
    return sum(map(pictures_of, request.messages))


def pictures_of(message: Message) -> int:
    """Count the images and files of a message."""
    return sum(not isinstance(part, TextPart) for part in message.parts)


def answer_tokens(request: Request) -> int | None:
    """Return the most tokens that an answer can have, reasoning included; None if the request sets no limit."""
    limits = [request.parameters.get(name) for name in (LIMIT, OLD_LIMIT)]
    counts = [limit for limit in limits if isinstance(limit, int) and not isinstance(limit, bool) and limit > 0]
    # It is unknown which of two limits an endpoint obeys.
    return max(counts) * _answers(request) if counts else None


def cost_at_most(request: Request, prices: Prices | None) -> float | None:
    """Estimate the cost in US dollars if the answer takes all allowed tokens; None without prices or limit."""
    most = answer_tokens(request)
    if most is None or prices is None:
        return None
    return request_tokens(request) * prices.prompt + most * prices.completion


def _answers(request: Request) -> int:
    answers = request.parameters.get("n")
    return answers if isinstance(answers, int) and answers > 0 else 1


class Meter:
    """The estimated cost of one answer so far. Each event is read once.

    `reported` tells whether the latest cost is the endpoint's own.
    """

    def __init__(self, request: Request, prices: Prices | None) -> None:
        self.prices = prices
        self._answers = _answers(request)
        self._counted = None if prices is None else request_tokens(request) * prices.prompt
        self._weight = 0.0  # tokens since the last report
        self._began = False
        self.reported = False

    @property
    def cost(self) -> float | None:
        """US dollars: the last report plus an estimate of what came after it; None when unknown."""
        if self._counted is None or self.prices is None:
            return self._counted
        return self._counted + math.ceil(self._weight) * self._answers * self.prices.completion

    def read(self, event: Event) -> None:
        """Add the cost of an event."""
        match event:
            case ContentDelta(text) | ReasoningDelta(text):
                self._grow(text)
            case ToolCallDelta():
                self._grow(event.name + event.arguments)
            case UsageReport(usage):
                counted = self._told_by(usage)
                if counted is not None:
                    self._counted, self._weight, self.reported = counted, 0.0, True

    def _grow(self, text: str) -> None:
        self._weight += _weight(text) if self.prices else 0.0
        self._began, self.reported = True, False

    def _told_by(self, usage: Usage) -> float | None:
        # Zeros within an answer that is not free mean nothing.
        prices, sent, generated = self.prices, usage.prompt_tokens, usage.completion_tokens
        if usage.cost is not None and (usage.cost > 0 or prices is None or prices.free):
            return usage.cost
        if prices is None or sent is None or generated is None or (self._began and not generated):
            return None
        return sent * prices.prompt + generated * prices.completion
