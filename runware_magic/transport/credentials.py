"""Find the key and the base URL."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress

from runware_magic.errors import EndpointError
from runware_magic.transport.endpoint import BASE_URL, DEMO, Endpoint, Key, endpoint

KEY_VARIABLE, URL_VARIABLE = "RUNWARE_API_KEY", "RUNWARE_BASE_URL"
COLAB = "Colab's secrets"
_NAMES_OF_KEYS = ("API_KEY", "APIKEY", "ACCESS_KEY", "SECRET_KEY", "_TOKEN", "_SECRET", "_PASSWORD")
# Not a word, a path or an address: a user who set one as a token may well write about it.
_LIKE_A_KEY = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])(?!https?:)[^\s/][^\s]{15,}")

#: Returns a value by its name; None or an empty text if there is none.
Reader = Callable[[str], str | None]


def find_key(login: Key | None, variable: Reader, colab_secret: Reader) -> Key | None:
    """Return the key: from ``%runware login``, else the environment, else Colab's secrets.

    The environment is passed as a function: debuggers show the variables of a frame, and would show the key.
    """
    return login or _read(variable, KEY_VARIABLE) or _read(colab_secret, COLAB)


def other_keys(environment: Mapping[str, str]) -> tuple[Key, ...]:
    """Return all keys and tokens of the environment, by the names of its variables: no prompt may contain one."""
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
        del value  # the traceback of an error keeps this frame


def find_endpoint(base_url: str, variable: Reader, key: Key | None, demo: Callable[[], tuple[str, str]]) -> Endpoint:
    """Resolve the endpoint; raise EndpointError if the address is invalid, or not allowed with this key or without one.

    `base_url` comes from the configuration; if it is empty, the environment's counts. In both, ``demo`` is the demo
    endpoint, whatever the key. `demo` starts that and returns its address and its own key. It is called only if it is
    named, or if there is neither address nor key: a key that fails never ends up there.
    """
    url = chosen_url(base_url, variable)
    if names_demo(url) or not (url or key):
        return demo_endpoint(demo)
    return endpoint(url or BASE_URL, key)


def chosen_url(base_url: str, variable: Reader) -> str:
    """Return the configured address, else the environment's, else an empty text."""
    return base_url.strip() or (variable(URL_VARIABLE) or "").strip()


def names_demo(url: str) -> bool:
    """Whether this names the demo endpoint instead of an address."""
    return url.strip().lower() == DEMO


def demo_endpoint(demo: Callable[[], tuple[str, str]]) -> Endpoint:
    """Return the demo endpoint; start it if it is not running."""
    url, key = demo()
    return endpoint(url, Key(key, "the demo endpoint"), name=DEMO)


def colab_secret(name: str) -> str | None:
    """Return a secret of Colab; None elsewhere, or if this notebook has no access to it."""
    colab = sys.modules.get("google.colab")
    if colab is None:
        return None
    try:
        return str(colab.userdata.get(name))
    except Exception:  # noqa: BLE001  # Colab's own errors: missing, or not shared with this notebook
        return None
