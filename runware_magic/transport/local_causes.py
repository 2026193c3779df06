"""Errors whose cause is on this machine: an environment variable, or an invalid address."""

from __future__ import annotations

import os
import ssl
from urllib.parse import urlsplit

import requests
import urllib3.exceptions
from requests.exceptions import InvalidHeader, InvalidSchema, ProxyError, SSLError

from runware_magic.errors import ConnectError, EndpointError, RunwareError, Words
from runware_magic.transport.endpoint import Endpoint, no_server

_OF_FILES = (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError)
_OF_CERTIFICATES = frozenset({"X509", "PEM"})  # parts of OpenSSL


def local_cause(error: Exception, where: Endpoint) -> RunwareError | None:  # noqa: PLR0911  # one return a cause
    """Return the error for what went wrong before anything was sent to the endpoint; None for everything else."""
    root, variable = root_of(error), _first_set(f"{urlsplit(where.base_url).scheme}_proxy", "all_proxy")
    proxy = variable or "The proxy setting of this system"
    if isinstance(error, ProxyError):
        hint = f"Check {variable or 'HTTPS_PROXY'} and NO_PROXY."
        return ConnectError(f"The proxy did not connect to {where.host}.", hint)
    if isinstance(error, InvalidSchema):
        install = Words("Run %pip install pysocks and restart the kernel", "Install pysocks and restart Python")
        return _not_sent(
            f"{proxy} names a SOCKS proxy, which needs the package pysocks", install + f", or unset {proxy}."
        )
    # Each library has its own ValueError for an invalid address. From a server, only invalid headers raise one.
    if isinstance(error, ValueError) and not isinstance(error, InvalidHeader):
        if not _is_address(where.base_url):
            return no_server(where.host)
        hint = f"Set it to an address such as http://proxy.example.com:3128, or unset {proxy}."
        return _not_sent(f"{proxy} is not a valid proxy address", hint)
    # requests raises OSError for a missing file, OpenSSL its own error for bad content.
    if type(error) is OSError or (isinstance(error, SSLError) and _is_of_certificates(root)):
        if not (bundle := bundle_variable(where)):
            return _not_sent("The certificates of the package certifi cannot be read", "Reinstall certifi.")
        hint = "Name an existing file of certificates (PEM), or unset it."
        return _not_sent(f"{bundle} names no readable certificates", hint)
    if isinstance(root, _OF_FILES):
        return _not_sent("SSLKEYLOGFILE names a file that cannot be written", "Name another file, or unset it.")
    return None


def cause_of(error: Exception) -> BaseException:
    """Return what urllib3 raised: requests wraps it once, and MaxRetryError once more."""
    inner = error.args[0] if error.args else error
    reason = getattr(inner, "reason", None)
    return reason if isinstance(reason, BaseException) else inner if isinstance(inner, BaseException) else error


def root_of(error: Exception) -> object:
    """Return what the standard library raised if urllib3 wrapped that, else what urllib3 raised."""
    cause = cause_of(error)
    wrapped = isinstance(cause, urllib3.exceptions.ProtocolError | urllib3.exceptions.SSLError) and cause.args
    return cause.args[-1] if wrapped else cause


def bundle_variable(where: Endpoint) -> str:
    """Return the variable that names the certificates to trust; empty if none does, as for this machine."""
    # In the order in which requests reads them.
    return "" if where.is_local else _first_set("requests_ca_bundle", "curl_ca_bundle")


def _first_set(*names: str) -> str:
    """Return the first of these variables that has a value, in upper or lower case."""
    # Lower case first, as in urllib.
    known = [name for name in sorted(os.environ, reverse=True) if os.environ[name]]
    return next((name for wanted in names for name in known if name.lower() == wanted), "")


def _is_address(url: str) -> bool:
    """Whether requests accepts this address."""
    try:
        requests.Request("GET", url).prepare()
    except ValueError:
        return False
    return True


def _is_of_certificates(root: object) -> bool:
    """Whether certificates could not be loaded (not: whether a server's are not trusted)."""
    return isinstance(root, _OF_FILES) or (isinstance(root, ssl.SSLError) and root.library in _OF_CERTIFICATES)


def _not_sent(what: str, hint: str | Words) -> EndpointError:
    return EndpointError(f"{what}; nothing was sent.", hint)
