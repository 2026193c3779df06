"""How to ask: the settings that cells and Python share."""

from __future__ import annotations

from dataclasses import dataclass, field

from runware_magic.chat.request import MODEL
from runware_magic.chat.text import listed
from runware_magic.errors import UsageError
from runware_magic.prompt.values.inserted import DEFAULT_LIMITS, ValueLimits
from runware_magic.transport.endpoint import DEMO, DEMO_MODEL, Endpoint
from runware_magic.transport.timeouts import Timeouts

#: How reasoning can be shown.
REASONING = ("auto", "open", "folded", "hidden")
#: What ``%runware explain`` asks for.
EXPLAIN = ("on", "hint", "off")
#: Requests and US dollars that a comparison may take without confirmation.
CONFIRM_ABOVE = (20, 1.0)
_DEMOS = f"{DEMO}:"  # prefix of the demo endpoint's models


@dataclass(frozen=True, slots=True)
class Allowed:
    """The models that a class's settings allow."""

    models: tuple[str, ...]
    by: str  # the settings file


@dataclass(frozen=True, slots=True)
class Settings:
    """How to ask when a cell does not say; the traits of `RunwareMagics` describe the fields."""

    model: str = MODEL
    base_url: str = ""
    system: str = ""
    max_tokens: int = 4096
    temperature: float | None = None
    reasoning: str = "auto"
    widgets: str = "auto"
    frames_per_second: float = 15.0
    timeouts: Timeouts = field(default_factory=Timeouts)
    budget: float | None = None
    confirm_above: tuple[int, float] = CONFIRM_ABOVE
    explain: str = "on"
    tools: str = "on"  # off where a class forbids them
    allow_tools: tuple[str, ...] = ()
    max_tool_rounds: int = 8
    max_result: int = 20_000
    judge_model: str = ""  # empty for the model that answered
    allowed: Allowed | None = None  # None for all models
    assigned: str = ""  # the model, if a class's settings name it and not the user
    max_rows: int = DEFAULT_LIMITS.max_rows
    max_columns: int = DEFAULT_LIMITS.max_columns
    max_image_side: int = DEFAULT_LIMITS.max_image_side
    max_attachment: int = DEFAULT_LIMITS.max_attachment

    @property
    def limits(self) -> ValueLimits:
        """How much of a value of the notebook is sent."""
        return ValueLimits(self.max_rows, self.max_columns, self.max_image_side, self.max_attachment)

    def model_for(self, where: Endpoint) -> str:
        """Return the default model of an endpoint: the demo knows only its own models."""
        is_nobodys_choice = self.model in {MODEL, self.assigned} and not self.model.startswith(_DEMOS)
        return DEMO_MODEL if where.is_demo and is_nobodys_choice else self.model

    def model_at(self, where: Endpoint, model: str) -> str:
        """Return the model to use instead of a recorded one at an endpoint: the demo knows only its own models."""
        return DEMO_MODEL if where.is_demo and not model.startswith(_DEMOS) else model

    def must_allow(self, model: str, where: Endpoint) -> None:
        """Raise `UsageError` if a class's settings do not allow a model; those of the demo are always allowed."""
        if self.allowed is None or model in self.allowed.models or (where.is_demo and model.startswith(_DEMOS)):
            return
        msg = f"{model} is not among the models that {self.allowed.by} allows; nothing was sent."
        raise UsageError(msg, f"It allows {listed(self.allowed.models)}.")
