"""What an answer costs, about: tokens by a rule of thumb, before it is asked for and while it comes.

Every model cuts text up in a way of its own, and none of them is known here. So the rule counts characters. Of ASCII,
four are a token, of other alphabets two; a Chinese, Japanese or Korean character is one, an emoji two. That is near for
prose; code and numbers may well take twice as many tokens.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass

from runware_magic.chat.events import ContentDelta, Event, ReasoningDelta, ToolCallDelta, UsageReport
from runware_magic.chat.request import LIMIT, OLD_LIMIT, Request
from runware_magic.chat.usage import Usage

_A_MESSAGE = 4  # tokens around each message: its role, where it begins and ends
_A_REPLY = 3  # tokens that lead in the answer
_READ_TOO = ("tools", "response_format")  # fields that a model is given as text

_EAST_ASIAN = re.compile(r"[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]+")
_BEYOND = re.compile(r"[\U00010000-\U0010ffff]+")  # emoji, rare ideographs


@dataclass(frozen=True, slots=True)
class Prices:
    """What a model takes for a token.

    Attributes
    ----------
    prompt, completion
        US dollars a token, sent and generated; finite and not below 0.
    """

    prompt: float
    completion: float

    @property
    def free(self) -> bool:
        """Whether nothing that is asked of the model costs anything."""
        return self.prompt == self.completion == 0


def tokens(text: str) -> int:
    """Estimate how many tokens a text is.

    Parameters
    ----------
    text
        Any text. The estimate takes a time in proportion to its length.

    Returns
    -------
    int
        Rounded up: 0 for no text only.
    """
    return math.ceil(_weight(text))


def _weight(text: str) -> float:
    """Give the tokens of a text before they are rounded, in quarters: those of its pieces add up without an error."""
    if text.isascii():
        return len(text) / 4
    ascii_only = len(text.encode("ascii", "ignore"))
    east_asian, beyond = (sum(map(len, kind.findall(text))) for kind in (_EAST_ASIAN, _BEYOND))
    others = len(text) - ascii_only - east_asian - beyond
    return ascii_only / 4 + others / 2 + east_asian + beyond * 2


def request_tokens(request: Request) -> int:
    """Estimate how many tokens a request sends: its messages, and the fields that a model reads like them."""
    fields = [request.parameters[name] for name in _READ_TOO if request.parameters.get(name)]
    return (
        sum(tokens(message.content) + _A_MESSAGE for message in request.messages)
        + sum(tokens(json.dumps(value, ensure_ascii=False)) for value in fields)
        + _A_REPLY
    )


def answer_tokens(request: Request) -> int | None:
    """Give how many tokens an answer can have, reasoning included; None when the request does not limit them."""
    limits = [request.parameters.get(name) for name in (LIMIT, OLD_LIMIT)]
    counts = [limit for limit in limits if isinstance(limit, int) and not isinstance(limit, bool) and limit > 0]
    # Which of two limits an endpoint obeys is not known.
    return max(counts) * _answers(request) if counts else None


def cost_at_most(request: Request, prices: Prices | None) -> float | None:
    """Give what a request costs if its answer takes all the tokens that it may.

    Parameters
    ----------
    request
        What would be sent.
    prices
        Of its model; None where the endpoint does not tell.

    Returns
    -------
    float or None
        US dollars. The tokens sent are an estimate, so this is one too. None when the prices are unknown, or the
        answer has no limit.
    """
    most = answer_tokens(request)
    if most is None or prices is None:
        return None
    return request_tokens(request) * prices.prompt + most * prices.completion


def _answers(request: Request) -> int:
    answers = request.parameters.get("n")
    return answers if isinstance(answers, int) and answers > 0 else 1


class Meter:
    """What one answer has cost so far, about. Every piece of it is looked at once.

    Parameters
    ----------
    request
        What is asked.
    prices
        Of its model; None where they are unknown.
    """

    def __init__(self, request: Request, prices: Prices | None) -> None:
        self.prices = prices
        self._answers = _answers(request)
        self._counted = None if prices is None else request_tokens(request) * prices.prompt
        self._weight = 0.0  # tokens that came after what is counted
        self._began = False
        self.reported = False

    @property
    def cost(self) -> float | None:
        """US dollars: what the endpoint has reported so far, and an estimate of what came after; None when unknown."""
        if self._counted is None or self.prices is None:
            return self._counted
        return self._counted + math.ceil(self._weight) * self._answers * self.prices.completion

    def read(self, event: Event) -> None:
        """Count what has come. `reported` tells from then on whether the latest word on the cost is the endpoint's."""
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
        # Zeros in the middle of an answer that is not free are a form to be filled in, not a report.
        prices, sent, generated = self.prices, usage.prompt_tokens, usage.completion_tokens
        if usage.cost is not None and (usage.cost > 0 or prices is None or prices.free):
            return usage.cost
        if prices is None or sent is None or generated is None or (self._began and not generated):
            return None
        return sent * prices.prompt + generated * prices.completion
