"""The models of the demo endpoint: names, prices, speed and behaviour."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from runware_magic.transport.endpoint import DEMO_MODEL

CONTEXT_LENGTH, MAX_OUTPUT_TOKENS = 131_072, 65_536


@dataclass(frozen=True, slots=True)
class Model:
    """A model of the demo endpoint. Seconds and speed are at pace 1; prices are invented: nothing is billed."""

    id: str
    summary: str
    wait_s: float = 0.4  # until the first token
    tokens_per_s: float = 60.0
    prompt_price: str = "0.0000003"  # US dollars a token
    completion_price: str = "0.0000012"
    slips: float = 0.1  # how many of its answers are wrong at temperature 1, from 0 to 1
    status: int | None = None  # the HTTP status that it refuses every request with
    drops: bool = False  # whether it closes the connection in the middle of its answer
    strict: bool = False  # whether requests need a token limit, as at the real endpoint
    takes_schema: bool = True  # whether requests may have a `response_format`
    sloppy: bool = False  # whether its first answer to a schema does not match it

    @property
    def slug(self) -> str:
        """The name with dashes, which requests may use as well."""
        return re.sub(r"\W", "-", self.id)

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        """Return the price of an answer in US dollars."""
        # Decimal, without the rounding errors of binary fractions.
        return float(Decimal(self.prompt_price) * prompt_tokens + Decimal(self.completion_price) * completion_tokens)

    def row(self) -> dict[str, Any]:
        """Return its row in the list of models."""
        return {
            "id": self.id,
            "object": "model",
            "created": 0,
            "owned_by": "demo",
            "description": self.summary,
            "context_length": CONTEXT_LENGTH,
            "max_output_tokens": MAX_OUTPUT_TOKENS,
            "pricing": {"prompt": self.prompt_price, "completion": self.completion_price},
            "input_modalities": ["text", "image"],
            "output_modalities": ["text"],
        }


_BRISK = "answers in a sentence, at once and cheaply, and errs more often"
MODELS = (
    Model(DEMO_MODEL, "reasons, then answers the prompts of the lessons"),
    # The numbers: wait, tokens a second, price of a token sent and of one generated, and slips.
    Model("demo:poet@1", "answers in verse, slowly, at a price", 0.9, 25.0, "0.000003", "0.000015", 0.2),
    Model("demo:brisk@1", _BRISK, 0.1, 250.0, "0.00000005", "0.0000002", 0.35),
    Model("demo:echo@1", "repeats the prompt, fast", 0.05, 500.0, "0.0000001", "0.0000004"),
    Model("demo:slow@1", "counts very slowly, to try an interrupt", wait_s=2.0, tokens_per_s=3.0),
    Model("demo:drop@1", "breaks off in the middle of its answer", drops=True),
    Model("demo:strict@1", "is the tutor, but demands a token limit as the real endpoint does", strict=True),
    Model("demo:plain@1", "is the tutor, but refuses a schema, so that it goes into the prompt", takes_schema=False),
    Model(
        "demo:sloppy@1",
        "answers a schema wrongly first, calls functions so, and rightly when told, to try --repair",
        sloppy=True,
    ),
    Model("demo:error@401", "refuses the key", status=401),
    Model("demo:error@429", "refuses for too many requests", status=429),
    Model("demo:error@500", "fails", status=500),
)


def find(name: str) -> Model | None:
    """Return the model with this name or slug, if there is one."""
    return next((model for model in MODELS if name in (model.id, model.slug)), None)
