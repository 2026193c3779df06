"""Where a request goes, and the key that goes with it."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import quote, urlsplit

from runware_magic.errors import EndpointError, InsecureEndpointError, KeyMissingError

#: The provider's endpoint, and the model that is asked there when nobody says otherwise.
BASE_URL = "https://api.runware.ai/v1"
MODEL = "minimax:m2.7@0"
#: What the built-in demo endpoint is called in records and badges, and the model that it answers as.
DEMO = "demo"
DEMO_MODEL = "demo:tutor@1"

_KEY_HINT = "Set RUNWARE_API_KEY, or run %runware login."
_QUOTES = "'\""
_SECRET = 8  # characters from which on a key is worth hiding
#: What the guides of local servers say to put where a client insists on a key. Prompts may speak of them.
_STAND_INS = frozenset(
    {
        *("lm-studio", "not-needed", "not_needed", "no-key-needed", "no-key-required", "sk-no-key-required"),
        *("placeholder", "dummy-key", "your-api-key", "your_api_key", "token-abc123", "anything", "undefined"),
    }
)


class Key:
    """An API key that does not show itself: not in its repr, its attributes, a pickle or a dump of a frame.

    Parameters
    ----------
    value
        The key; white space around it is dropped.
    source
        Where it comes from, for messages: ``RUNWARE_API_KEY``, say.

    Attributes
    ----------
    reveal
        Gives the key itself: for the header of a request, and for finding it where it must not be.
    source
        As told.

    Raises
    ------
    EndpointError
        When it cannot be a key: empty, in quotes, or with characters that no HTTP header may hold.
    """

    __slots__ = ("reveal", "source")

    def __init__(self, value: str, source: str) -> None:
        self.reveal = _kept_in_a_closure(value.strip())
        self.source = source
        # The frame of the error below lives on in the traceback.
        del value
        if not _may_be_a_key(self.reveal):
            msg = f"The key from {self.source} is empty or holds characters that no key has."
            raise EndpointError(msg, "Copy it once more, without quotes or line breaks.")

    @property
    def is_secret(self) -> bool:
        """Whether it is worth hiding: servers that want no key are given ``x``, ``EMPTY`` or another word."""
        return len(self.reveal()) >= _SECRET and self.reveal().lower() not in _STAND_INS

    @property
    def forms(self) -> tuple[str, ...]:
        """The key as it stands, and as an address would hold it where that is another text."""
        return tuple(dict.fromkeys((self.reveal(), quote(self.reveal(), safe=""))))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and self.reveal() == other.reveal()

    def __hash__(self) -> int:
        return hash(self.reveal())

    def __repr__(self) -> str:
        return f"<key from {self.source}>"

    def __deepcopy__(self, _: object) -> Key:
        return self

    def __reduce__(self) -> NoReturn:
        msg = "a key is not written anywhere"
        raise TypeError(msg)


def _kept_in_a_closure(value: str) -> Callable[[], str]:
    return lambda: value


def _may_be_a_key(reveal: Callable[[], str]) -> bool:
    visible = all("!" <= char <= "~" for char in reveal())
    return bool(reveal()) and visible and reveal()[0] not in _QUOTES and reveal()[-1] not in _QUOTES


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A chat endpoint that may be talked to; see `endpoint` for the rules.

    Attributes
    ----------
    base_url
        Without a slash at the end; ``/chat/completions`` follows it.
    key
        None where the endpoint wants none.
    name
        What records call it: its address, or ``demo``.
    recording
        The name of the recording that stands for it; empty where it is the endpoint itself.
    """

    base_url: str
    key: Key | None = field(default=None, repr=False)
    name: str = ""
    recording: str = ""

    @property
    def host(self) -> str:
        """The name that messages call it by."""
        if self.name == DEMO:
            return "The demo endpoint"
        url = self.name if self.recording else self.base_url
        return urlsplit(url).netloc.rpartition("@")[2] or self.recording

    @property
    def is_demo(self) -> bool:
        """Whether this is the built-in demo endpoint, or what it once said."""
        return self.name == DEMO

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine: no proxy is looked for then."""
        return bool(self.recording) or _is_loopback(urlsplit(self.base_url).hostname or "")


def endpoint(base_url: str, key: Key | None, *, name: str = "") -> Endpoint:
    """Settle where to send, or say why not.

    Raises
    ------
    EndpointError
        When this is no http or https address, or holds the key.
    InsecureEndpointError
        When the key would go to another machine over plain http.
    KeyMissingError
        When the address is another machine's, over https, and there is no key.
    """
    if key and key.is_secret and any(form in base_url for form in key.forms):
        # Addresses are shown and kept.
        msg = f"The base URL holds the key from {key.source}."
        raise EndpointError(msg, f"It looks like {BASE_URL}.")
    url = base_url.strip().rstrip("/").removesuffix("/chat/completions")
    scheme, host = _checked(url)
    local = _is_loopback(host)
    if scheme == "http" and key and not local:
        msg = f"The key from {key.source} is not sent over plain http to {host}."
        raise InsecureEndpointError(msg, "Use https, or an address of this machine.")
    if scheme == "https" and not key and not local:
        msg = f"There is no key for {host}."
        raise KeyMissingError(msg, _KEY_HINT)
    return Endpoint(url, key, name or url)


def _checked(url: str) -> tuple[str, str]:
    hint = f"It looks like {BASE_URL}."
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        msg = "The base URL cannot be read."
        raise EndpointError(msg, hint) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        msg = "The base URL is not an http or https address."
        raise EndpointError(msg, hint)
    if parts.username or parts.password or parts.query or parts.fragment:
        msg = "The base URL holds more than an address."
        raise EndpointError(msg, f"{hint} The key goes to RUNWARE_API_KEY or %runware login.")
    return parts.scheme, parts.hostname


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
