"""From configuration and environment to settings: which endpoint answers, and how it is asked."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from runware_magic.errors import EndpointError, UsageError
from runware_magic.wire.endpoint import BASE_URL, DEMO, DEMO_MODEL, MODEL, Endpoint, Key, endpoint
from runware_magic.wire.patience import Patience

#: How reasoning can be shown.
REASONING = ("auto", "open", "folded", "hidden")
#: How many requests, and how many US dollars at most, a comparison may take without a yes.
CONFIRM_ABOVE = (20, 1.0)
KEY_VARIABLE, URL_VARIABLE = "RUNWARE_API_KEY", "RUNWARE_BASE_URL"
COLAB = "Colab's secrets"
_NAMED = 12  # models
_DEMOS = f"{DEMO}:"  # what the demo endpoint's models begin with
_NAMES_OF_KEYS = ("API_KEY", "APIKEY", "ACCESS_KEY", "SECRET_KEY", "_TOKEN", "_SECRET", "_PASSWORD")
# A word, a path or an address is none; whoever set one as a token may well write about it.
_LIKE_A_KEY = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])(?!https?:)[^\s/][^\s]{15,}")

#: Gives a text by its name; None, or nothing, where there is none.
Reader = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Allowed:
    """The models that may be asked.

    Attributes
    ----------
    models
        Their ids.
    by
        The file that says so.
    """

    models: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Settings:
    """How to ask when a cell does not say.

    Attributes
    ----------
    model
        AIR id or slug.
    base_url
        The endpoint's address, or ``demo``; empty leaves it to the environment.
    system
        What a new chat starts with.
    max_tokens
        The longest answer in tokens, reasoning included.
    temperature
        From 0 to 2; None leaves it to the model.
    reasoning
        How reasoning is shown: ``auto``, ``open``, ``folded`` or ``hidden``.
    widgets
        Whether answers come as widgets in a notebook: ``auto``, ``on`` or ``off``.
    frames_per_second
        How often the live view is drawn, at most.
    patience
        Time-outs and retries.
    budget
        US dollars that all answers together may cost; None sets no limit.
    confirm_above
        How many requests, and how many US dollars, a comparison may take without a yes.
    allowed
        The models that may be asked; None for all.
    assigned
        The model where a class's settings name it, and not the user; empty otherwise.
    """

    model: str = MODEL
    base_url: str = ""
    system: str = ""
    max_tokens: int = 4096
    temperature: float | None = None
    reasoning: str = "auto"
    widgets: str = "auto"
    frames_per_second: float = 15.0
    patience: Patience = field(default_factory=Patience)
    budget: float | None = None
    confirm_above: tuple[int, float] = CONFIRM_ABOVE
    allowed: Allowed | None = None
    assigned: str = ""

    def model_for(self, where: Endpoint) -> str:
        """Give the model to ask when a cell names none: the demo endpoint knows its own only."""
        is_nobodys_choice = self.model in {MODEL, self.assigned} and not self.model.startswith(_DEMOS)
        return DEMO_MODEL if where.is_demo and is_nobodys_choice else self.model

    def model_at(self, where: Endpoint, model: str) -> str:
        """Give the model to ask in the place of another that an endpoint cannot know: the demo knows its own only."""
        return DEMO_MODEL if where.is_demo and not model.startswith(_DEMOS) else model

    def must_allow(self, model: str, where: Endpoint) -> None:
        """Refuse a model that may not be asked; those of the demo endpoint always may, since they are none.

        Raises
        ------
        UsageError
            When it is not one of those that are allowed.
        """
        if self.allowed is None or model in self.allowed.models or (where.is_demo and model.startswith(_DEMOS)):
            return
        msg = f"{model} is not among the models that {self.allowed.by} allows; nothing was sent."
        more = ", …" if len(self.allowed.models) > _NAMED else ""
        raise UsageError(msg, f"It allows {', '.join(self.allowed.models[:_NAMED])}{more}.")


def find_key(login: Key | None, variable: Reader, colab_secret: Reader) -> Key | None:
    """Find the key: from ``%runware login``, else the environment, else Colab's secrets.

    Parameters
    ----------
    login
        What this kernel was told, if anything.
    variable
        Gives a variable of the environment by its name. Not the environment itself: a debugger shows what a frame
        holds, and that would show the key.
    colab_secret
        Gives a secret of Colab by its name; None elsewhere.

    Raises
    ------
    EndpointError
        When what is there cannot be a key.
    """
    return login or _read(variable, KEY_VARIABLE) or _read(colab_secret, COLAB)


def other_keys(environment: Mapping[str, str]) -> tuple[Key, ...]:
    """Give the keys and tokens that the environment holds, whosever they are: no prompt is to hold one of them.

    Parameters
    ----------
    environment
        The process's environment. Variables whose names end as those of keys do are read, others are not.
    """
    found = []
    for name in environment:
        if name == KEY_VARIABLE or (name.upper().endswith(_NAMES_OF_KEYS) and _LIKE_A_KEY.fullmatch(environment[name])):
            with suppress(EndpointError):
                found.append(Key(environment[name], name))
    return tuple(found)


def _read(reader: Reader, source: str) -> Key | None:
    value = (reader(KEY_VARIABLE) or "").strip()
    try:
        return Key(value, source) if value else None
    finally:
        # As in `find_key`: this frame may be one of an error's.
        del value


def find_endpoint(base_url: str, variable: Reader, key: Key | None, demo: Callable[[], tuple[str, str]]) -> Endpoint:
    """Settle which endpoint answers.

    Parameters
    ----------
    base_url
        From the configuration; empty leaves it to the environment, ``demo`` is the demo endpoint whatever key there is.
    variable
        Gives a variable of the environment by its name.
    key
        The user's key, if one is known.
    demo
        Starts the demo endpoint, gives its address and its own key. Called only when it is asked for by name, or there
        is neither an address nor a key: a key that fails never ends up here.

    Raises
    ------
    EndpointError
        When the address is none, or the key may not or must go there.
    """
    if base_url == DEMO:
        return demo_endpoint(demo)
    if url := base_url or (variable(URL_VARIABLE) or "").strip():
        return endpoint(url, key)
    if key:
        return endpoint(BASE_URL, key)
    return demo_endpoint(demo)


def demo_endpoint(demo: Callable[[], tuple[str, str]]) -> Endpoint:
    """Give the demo endpoint, started if it is not running."""
    url, key = demo()
    return endpoint(url, Key(key, "the demo endpoint"), name=DEMO)


def colab_secret(name: str) -> str | None:
    """Read a secret of Colab; None elsewhere, or when the notebook may not see it."""
    colab = sys.modules.get("google.colab")
    if colab is None:
        return None
    try:
        return str(colab.userdata.get(name))
    except Exception:  # noqa: BLE001  # Colab's own errors: missing, or not shared with this notebook
        return None
