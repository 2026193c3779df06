"""What a request will cost, about: tokens by a rule of thumb, and the most that the answer can add.

Every model cuts text up in a way of its own, and none of them is known here. So the rule counts characters. Of ASCII,
four are a token, of other alphabets two; a Chinese, Japanese or Korean character is one, an emoji two. That is near for
prose; code and numbers may well take twice as many tokens.
"""

from __future__ import annotations

import json
import math
import re
from typing import TypeGuard

from runware_magic.chat.request import LIMIT, OLD_LIMIT, Request

_A_MESSAGE = 4  # tokens around each message: its role, where it begins and ends
_A_REPLY = 3  # tokens that lead in the answer
_READ_TOO = ("tools", "response_format")  # fields that a model is given as text

_EAST_ASIAN = re.compile(r"[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]+")
_BEYOND = re.compile(r"[\U00010000-\U0010ffff]+")  # emoji, rare ideographs


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
    ascii_only = len(text.encode("ascii", "ignore"))
    east_asian, beyond = (sum(map(len, kind.findall(text))) for kind in (_EAST_ASIAN, _BEYOND))
    others = len(text) - ascii_only - east_asian - beyond
    return math.ceil(ascii_only / 4 + others / 2 + east_asian + beyond * 2)


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
    answers = request.parameters.get("n")
    answers = answers if isinstance(answers, int) and answers > 0 else 1
    # Which of two limits an endpoint obeys is not known.
    return max(counts) * answers if counts else None


def cost_at_most(request: Request, price_in: float | None, price_out: float | None) -> float | None:
    """Give what a request costs if its answer takes all the tokens that it may.

    Parameters
    ----------
    request
        What would be sent.
    price_in, price_out
        US dollars a token, sent and generated; None where the endpoint does not tell.

    Returns
    -------
    float or None
        US dollars. The tokens sent are an estimate, so this is one too. None when a price is unknown, or the answer
        has no limit.
    """
    most = answer_tokens(request)
    if most is None or not _is_price(price_in) or not _is_price(price_out):
        return None
    return request_tokens(request) * price_in + most * price_out


def _is_price(price: float | None) -> TypeGuard[float]:
    return price is not None and math.isfinite(price) and price >= 0
