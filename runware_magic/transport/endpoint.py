"""Endpoints, and the keys that go with them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NoReturn
from urllib.parse import quote, urlsplit

from runware_magic.errors import EndpointError, InsecureEndpointError, KeyMissingError, OptionError, Words

BASE_URL = "https://api.runware.ai/v1"
#: The name of the built-in demo endpoint in records and badges, and its default model.
DEMO = "demo"
DEMO_MODEL = "demo:tutor@1"

_KEY_HINT = "Set RUNWARE_API_KEY, or " + Words("run %runware login.", "give api_key.")
_NOT_IN_URL = f"Use an address such as {BASE_URL}. The key belongs in RUNWARE_API_KEY or " + Words(
    "%runware login.", "api_key."
)
_QUOTES = "'\""
#: What was copied along with a key: a name and a sign, or the scheme of a header.
_BEFORE_A_KEY = re.compile(
    r"""(?:export|set)\s|bearer\s|authorization\s*:
    |[\w.$:"'\[-]*(?:key|token|secret)["'\]]*\s*[:=](?!=*$)  # equals signs at the end are padding""",
    re.IGNORECASE | re.VERBOSE,
)
_SECRET = 8  # characters; anything shorter is not redacted
#: Placeholders from the guides of local servers, for clients that require a key. Prompts may contain them.
_STAND_INS = frozenset(
    {
        *("lm-studio", "not-needed", "not_needed", "no-key-needed", "no-key-required", "sk-no-key-required"),
        *("placeholder", "dummy-key", "your-api-key", "your_api_key", "token-abc123", "anything", "undefined"),
    }
)


class Key:
    """An API key that does not show itself: not in its repr, its attributes, a pickle or a dump of a frame.

    `source` says where it comes from, for messages: ``RUNWARE_API_KEY``, say. `reveal()` returns the key, for a header
    or for redacting it. Raise EndpointError if the value cannot be a key: it is empty or quoted, has characters that no
    HTTP header may contain, or was copied with what stood before it. Raise OptionError if it is not a text.
    """

    __slots__ = ("reveal", "source")

    def __init__(self, value: str, source: str) -> None:
        self.source = source
        if not isinstance(value, str):
            msg = f"{source} must be a string, not a value of type {type(value).__name__}."
            del value  # the traceback of the error keeps this frame
            raise OptionError(msg, "Leave it out to take RUNWARE_API_KEY.")
        self.reveal = _kept_in_a_closure(value.strip())
        del value
        if _BEFORE_A_KEY.match(self.reveal()):
            msg = f"The key from {self.source} is a whole pasted line, not only the key."
            raise EndpointError(msg, "Copy only what follows the =, the colon or Bearer, without quotes.")
        if not _may_be_a_key(self.reveal):
            msg = f"The key from {self.source} is empty or contains characters that a key cannot have."
            raise EndpointError(msg, "Copy it again, without quotes or line breaks.")

    @property
    def is_secret(self) -> bool:
        """Whether to redact it: servers that need no key are given ``x``, ``EMPTY`` or another word."""
        return len(self.reveal()) >= _SECRET and self.reveal().lower() not in _STAND_INS

    @property
    @lru_cache(maxsize=64)  # noqa: B019  # each request is searched for all of them
    def forms(self) -> tuple[str, ...]:
        """The key, and how an address or the JSON of some servers writes it, where that differs."""
        text = self.reveal()
        as_net = re.sub(r"[+&<>'\"`]", lambda char: f"\\u{ord(char[0]):04X}", text)  # as .NET writes JSON
        return tuple(dict.fromkeys((text, quote(text, safe=""), text.replace("/", r"\/"), as_net)))

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
    """A chat endpoint; `endpoint` checks the rules."""

    base_url: str  # without a slash at the end; ``/chat/completions`` follows it
    key: Key | None = field(default=None, repr=False)
    name: str = ""  # in records: its address, or ``demo``
    recording: str = ""  # the name of the recording that replaces it; empty for a real endpoint

    @property
    def host(self) -> str:
        """Its name in messages."""
        if self.name == DEMO:
            return "The demo endpoint"
        url = self.name if self.recording else self.base_url
        return urlsplit(url).netloc.rpartition("@")[2] or self.recording

    @property
    def is_demo(self) -> bool:
        """Whether this is the built-in demo endpoint, or a recording of it."""
        return self.name == DEMO

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine, where no proxy is used."""
        return bool(self.recording) or _is_loopback(urlsplit(self.base_url).hostname or "")


def endpoint(base_url: str, key: Key | None, *, name: str = "") -> Endpoint:
    """Return the endpoint at an address, if it may be used with this key.

    Raise EndpointError if this is not an http or https address, or contains the key; InsecureEndpointError if the key
    would go to another machine over plain http; KeyMissingError if another machine, over https, would get no key.
    """
    if key and key.is_secret and any(form in base_url for form in key.forms):
        # Addresses are shown and saved.
        msg = f"The base URL contains the key from {key.source}."
        raise EndpointError(msg, f"Use an address such as {BASE_URL}.")
    url = base_url.strip().rstrip("/").removesuffix("/chat/completions")
    scheme, host = _checked(url)
    local = _is_loopback(host)
    if scheme == "http" and key and not local:
        msg = f"The key from {key.source} is not sent over plain http to {host}."
        raise InsecureEndpointError(msg, _address_here(url) or "Use https, or an address of this machine.")
    if scheme == "https" and not key and not local:
        msg = f"There is no key for {host}."
        raise KeyMissingError(msg, _KEY_HINT)
    return Endpoint(url, key, name or url)


def _checked(url: str) -> tuple[str, str]:
    hint = f"Use an address such as {BASE_URL}."
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
        msg = "The base URL contains more than an address."
        raise EndpointError(msg, _NOT_IN_URL)
    if not _may_be_a_name(parts.hostname):
        raise no_server(parts.hostname)
    return parts.scheme, parts.hostname


def _may_be_a_name(host: str) -> bool:
    """Whether it can be a host; ``<host>`` and ``*.example`` cannot, nor a name with an empty label."""
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return re.fullmatch(r"[\w.:%-]+", host) is not None


def no_server(host: str) -> EndpointError:
    """Return the error for an impossible host name."""
    msg = f"{host} is not a valid server name; nothing was sent."
    return EndpointError(msg, "Check base_url, or RUNWARE_BASE_URL.")


def _address_here(url: str) -> str:
    """Return a hint for the addresses that servers listen at but nobody can connect to; empty for others."""
    parts = urlsplit(url)
    here = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(parts.hostname or "")  # noqa: S104  # nothing is bound to it
    if not here:
        return ""
    address = f"{parts.scheme}://{here}{f':{parts.port}' if parts.port else ''}{parts.path}"
    return f"Servers print this to say that they listen on every address; on this machine, use {address}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
