"""HTTP: a request goes out, and its answer comes in as events."""

from __future__ import annotations

import contextlib
import itertools
import json
import random
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import requests
import urllib3.exceptions
from requests.auth import AuthBase

from runware_magic.chat.events import Event, Opened, Retrying
from runware_magic.chat.request import LIMIT, OLD_LIMIT, Request
from runware_magic.errors import RunwareError, TransportError
from runware_magic.wire.chunks import decode_stream, decode_whole
from runware_magic.wire.connections import Adapter, Cutter
from runware_magic.wire.endpoint import Endpoint, Key
from runware_magic.wire.failures import broken_off, is_refused_connection, not_answered
from runware_magic.wire.refusal import asks_for_other_limit, refused, retry_after

_PIECE = 65536  # bytes asked for in one read; what has arrived is given at once, however little
_LONGEST_WAIT_S = 60.0  # a server that asks for a longer wait is not waited for
_LINGER_S = 0.2  # for the end of a body that is already answered, so that its connection can serve again
_RETRIED = frozenset({408, 429})
_HEADERS = {
    # Compression would hold small pieces back in the server; what comes compressed all the same is read.
    "Accept-Encoding": "identity",
    "Content-Type": "application/json",
    "User-Agent": "runware-magic",
}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, and how often to try.

    Attributes
    ----------
    connect_s
        Seconds for a connection to be made.
    idle_s
        Seconds without a single byte before an answer counts as lost.
    retries
        How often a request is sent again that was refused for now (408, 429, 5xx) or met no server.
    """

    connect_s: float = 10.0
    idle_s: float = 120.0
    retries: int = 2


@dataclass(frozen=True, slots=True)
class _NoAnswer:
    """Why an attempt brought no answer, and whether another may."""

    error: RunwareError
    reason: str
    again: bool
    wait_s: float | None = None


class _Bearer(AuthBase):
    """Puts the key into the header; given as ``auth``, so that requests does not look into ~/.netrc instead."""

    def __init__(self, key: Key | None) -> None:
        self._key = key

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._key:
            prepared.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        return prepared


class Transport:
    """Talks to one endpoint, over connections that are kept between requests.

    Parameters
    ----------
    endpoint
        Where to.
    patience
        Time-outs and retries.
    session
        The requests session to use.
    now
        Seconds since the epoch.
    jitter
        Gives a number in [0, 1): a room full of students is not to come back all at once.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        patience: Patience | None = None,
        *,
        session: requests.Session | None = None,
        now: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.endpoint = endpoint
        self._patience = patience or Patience()
        self._session = session or requests.Session()
        # A proxy between this process and its own machine would only break things.
        self._session.trust_env = not endpoint.is_local
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, Adapter())
        self._now, self._jitter = now, jitter

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def answer(
        self,
        request: Request,
        cutter: Cutter,
        flush: Callable[[], None] = lambda: None,
        tee: Callable[[bytes], object] = lambda _: None,
    ) -> Iterator[Event]:
        """Send a request and give its answer as it comes.

        Parameters
        ----------
        request
            What to ask. Sent again where nothing of an answer has come, and once with the token limit under its other
            name where the endpoint asks for that.
        cutter
            Ends it from another thread.
        flush
            Called whenever all that has arrived is given, before waiting for more.
        tee
            Is given every piece of the body as it arrives.

        Raises
        ------
        RefusedError
            When the endpoint answers with an error.
        TransportError
            When there is no answer, or it breaks off; what came before has been given.
        """
        with cutter:
            response, accepted = yield from self._opened(request, cutter)
            try:
                yield Opened(accepted)
                yield from self._events(response, _pieces(response, flush, tee))
            except (urllib3.exceptions.HTTPError, OSError) as error:
                raise broken_off(error, host=self.endpoint.host, idle_s=self._patience.idle_s) from None
            finally:
                _release(response, cutter)

    def models(self) -> list[dict[str, Any]]:
        """Ask for the endpoint's models.

        Returns
        -------
        list of dict
            The rows as the endpoint sent them, each with an ``id``.

        Raises
        ------
        RefusedError, TransportError
            As `answer` does.
        """
        sent = self._attempt("GET", "/models", None, Cutter())
        if isinstance(sent, _NoAnswer):
            raise sent.error
        with contextlib.closing(sent):
            rows = _parsed(sent.content)
        rows = rows.get("data") if isinstance(rows, dict) else rows
        if not isinstance(rows, list):
            msg = f"{self.endpoint.host} sent no list of models."
            raise TransportError(msg, "Name a model with -m; the endpoint may answer to it all the same.")
        return [row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]

    def _opened(self, request: Request, cutter: Cutter) -> Generator[Event, None, tuple[requests.Response, Request]]:
        """Send the request until the endpoint accepts it, or will not."""
        attempt, swapped = 1, False
        while True:
            sent = self._attempt("POST", "/chat/completions", request, cutter)
            if not isinstance(sent, _NoAnswer):
                return sent, request
            if not swapped and asks_for_other_limit(sent.error, LIMIT, OLD_LIMIT):
                request, swapped = request.with_other_limit(), True
                continue
            wait_s = self._wait(sent, attempt)
            if wait_s is None or cutter.is_cut:
                raise sent.error
            attempt += 1
            yield Retrying(sent.reason, attempt, wait_s)
            if cutter.wait(wait_s):
                raise sent.error

    def _attempt(
        self, method: str, path: str, request: Request | None, cutter: Cutter
    ) -> requests.Response | _NoAnswer:
        patience = self._patience
        body = json.dumps(request.body(), allow_nan=False).encode() if request else None
        accept = "text/event-stream" if request and request.stream else "application/json"
        try:
            response = self._session.request(
                method,
                self.endpoint.base_url + path,
                data=body,
                headers={**_HEADERS, "Accept": accept},
                auth=_Bearer(self.endpoint.key),
                timeout=(patience.connect_s, patience.idle_s),
                stream=True,
                # A redirect would carry the prompt, and perhaps the key, to where nobody meant to send them.
                allow_redirects=False,
            )
        except requests.RequestException as error:
            failure = not_answered(error, host=self.endpoint.host, connect_s=patience.connect_s, idle_s=patience.idle_s)
            return _NoAnswer(failure, "no connection", again=is_refused_connection(error))
        if response.status_code == HTTPStatus.OK:
            return response
        return self._refusal(response, cutter)

    def _refusal(self, response: requests.Response, cutter: Cutter) -> _NoAnswer:
        cutter.shorten(_LINGER_S * 10)
        body = b""
        with contextlib.closing(response), contextlib.suppress(urllib3.exceptions.HTTPError, OSError):
            body = response.raw.read(_PIECE, decode_content=True)
        status = response.status_code
        error = refused(status, body.decode(errors="replace"), host=self.endpoint.host)
        wait_s = retry_after(response.headers.get("Retry-After"), self._now())
        again = status in _RETRIED or status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return _NoAnswer(error, str(status), again, wait_s)

    def _wait(self, failed: _NoAnswer, attempt: int) -> float | None:
        """Give the seconds until the next attempt; None when there is to be none."""
        if not failed.again or attempt > self._patience.retries:
            return None
        if failed.wait_s is not None:
            return failed.wait_s if failed.wait_s <= _LONGEST_WAIT_S else None
        return 0.5 * 2.0 ** (attempt - 1) * (1 + self._jitter() / 2)

    def _events(self, response: requests.Response, pieces: Iterator[bytes]) -> Iterator[Event]:
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != "text/event-stream":
            # Servers mislabel streams, and answer with JSON or a page where a stream was asked for.
            first = next(pieces, b"")
            pieces = itertools.chain((first,), pieces)
            start = first.lstrip()[:1]
            if start in {b"{", b"["}:
                return decode_whole(_parsed(b"".join(pieces)))
            if start == b"<":
                raise refused(response.status_code, "<", host=self.endpoint.host)
        return decode_stream(pieces, framed=_is_framed(response))


def _pieces(response: requests.Response, flush: Callable[[], None], tee: Callable[[bytes], object]) -> Iterator[bytes]:
    """Read what has arrived, as it arrives, however the body is framed."""
    # Neither iter_content nor urllib3's stream() does: both wait for more on a body that ends by closing.
    while True:
        flush()
        piece = response.raw.read1(_PIECE, decode_content=True)
        if not piece:
            return
        tee(piece)
        yield piece


def _is_framed(response: requests.Response) -> bool:
    """Tell whether HTTP itself says where the body ends."""
    return "Content-Length" in response.headers or "chunked" in response.headers.get("Transfer-Encoding", "").lower()


def _release(response: requests.Response, cutter: Cutter) -> None:
    """Give the connection back if the body ends soon, close it otherwise."""
    with contextlib.suppress(urllib3.exceptions.HTTPError, OSError, ValueError):
        if not cutter.is_cut and _is_framed(response):
            cutter.shorten(_LINGER_S)
            for _ in range(4):
                if not response.raw.read1(_PIECE, decode_content=True):
                    break
    with contextlib.suppress(OSError, ValueError):
        response.close()


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
