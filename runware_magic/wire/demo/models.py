"""Which models the demo endpoint has: names, prices, pace and temper."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

CONTEXT_LENGTH, MAX_OUTPUT_TOKENS = 131_072, 65_536
#: What is asked when nobody names a model.
DEFAULT_MODEL = "demo:tutor@1"


@dataclass(frozen=True, slots=True)
class Model:
    """A model of the demo endpoint.

    Attributes
    ----------
    id
        Its name, in the form ``creator:family@version``.
    summary
        What it is for, in a few words.
    wait_s
        Seconds until the first token, at pace 1.
    tokens_per_s
        Tokens a second from there on, at pace 1.
    prompt_price, completion_price
        US dollars a token, as decimal strings. Made up: nothing is billed.
    slips
        How many of its answers have a mistake at temperature 1, from 0 to 1, where one is written.
    status
        The HTTP status that it refuses every request with; None for one that answers.
    drops
        Whether it closes the connection in the middle of its answer.
    strict
        Whether it refuses a request without a token limit, as the real endpoint does; the others take the longest.
    """

    id: str
    summary: str
    wait_s: float = 0.4
    tokens_per_s: float = 60.0
    prompt_price: str = "0.0000003"
    completion_price: str = "0.0000012"
    slips: float = 0.1
    status: int | None = None
    drops: bool = False
    strict: bool = False

    @property
    def slug(self) -> str:
        """The dashed form of the name, which requests may use as well."""
        return re.sub(r"\W", "-", self.id)

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        """Give the price of an answer in US dollars."""
        # Decimal: the sum of the prices as they are listed, without the noise of binary fractions.
        return float(Decimal(self.prompt_price) * prompt_tokens + Decimal(self.completion_price) * completion_tokens)

    def row(self) -> dict[str, Any]:
        """Give its row in the list of models."""
        return {
            "id": self.id,
            "object": "model",
            "created": 0,
            "owned_by": "demo",
            "description": self.summary,
            "context_length": CONTEXT_LENGTH,
            "max_output_tokens": MAX_OUTPUT_TOKENS,
            "pricing": {"prompt": self.prompt_price, "completion": self.completion_price},
            "input_modalities": ["text"],
            "output_modalities": ["text"],
        }


MODELS = (
    Model(DEFAULT_MODEL, "reasons, then answers the prompts of the lessons"),
    Model(
        "demo:poet@1",
        "answers in verse, slowly, at a price",
        wait_s=0.9,
        tokens_per_s=25.0,
        prompt_price="0.000003",
        completion_price="0.000015",
        slips=0.2,
    ),
    Model(
        "demo:brisk@1",
        "answers in a sentence, at once and cheaply, and errs more often",
        wait_s=0.1,
        tokens_per_s=250.0,
        prompt_price="0.00000005",
        completion_price="0.0000002",
        slips=0.35,
    ),
    Model(
        "demo:echo@1",
        "repeats the prompt, fast",
        wait_s=0.05,
        tokens_per_s=500.0,
        prompt_price="0.0000001",
        completion_price="0.0000004",
    ),
    Model("demo:slow@1", "counts very slowly, to try an interrupt", wait_s=2.0, tokens_per_s=3.0),
    Model("demo:drop@1", "breaks off in the middle of its answer", drops=True),
    Model("demo:strict@1", "is the tutor, but demands a token limit as the real endpoint does", strict=True),
    Model("demo:error@401", "refuses the key", status=401),
    Model("demo:error@429", "refuses for too many requests", status=429),
    Model("demo:error@500", "fails", status=500),
)


def find(name: str) -> Model | None:
    """Give the model of this name or slug, if there is one."""
    return next((model for model in MODELS if name in (model.id, model.slug)), None)
