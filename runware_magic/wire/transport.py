"""HTTP: a request goes out, and its answer comes in as events."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3.exceptions

from runware_magic.chat.events import Event, Retrying
from runware_magic.chat.request import LIMIT, OLD_LIMIT, Request
from runware_magic.errors import RunwareError, TimedOutError, TransportError
from runware_magic.wire.aside import Stopper, aside
from runware_magic.wire.bodies import beginning, bounded, is_framed, parsed, pieces, release, told_apart
from runware_magic.wire.bounds import Bounds
from runware_magic.wire.chunks import decode_stream, decode_whole
from runware_magic.wire.connections import Cutter
from runware_magic.wire.endpoint import Endpoint
from runware_magic.wire.failures import (
    broken_off,
    crashes_told,
    is_refused_connection,
    met_closed_door,
    not_answered,
)
from runware_magic.wire.forks import forget_when_forked
from runware_magic.wire.lending import Bearer, lending
from runware_magic.wire.medium import Medium, Network
from runware_magic.wire.patience import Patience
from runware_magic.wire.reception import Reception
from runware_magic.wire.redaction import hidden_in_pieces
from runware_magic.wire.refusal import asks_for_other_limit, refused, retry_after

_LONGEST_WAIT_S = 60.0  # a server that asks for a longer wait is not waited for
_AFTER_S = 10.0  # without a byte, once the model is done: the answer is whole, and only its cost may be to come
_DOUBLINGS = 7  # of the wait between attempts
_RETRIED = frozenset({408, 429})
_HEADERS = {
    # Compression would hold small pieces back in the server; what comes compressed all the same is read.
    "Accept-Encoding": "identity",
    "Content-Type": "application/json",
    "User-Agent": "runware-magic",
}


@dataclass(frozen=True, slots=True)
class _NoAnswer:
    """Why an attempt brought no answer, and whether another may."""

    error: RunwareError
    reason: str
    again: bool
    wait_s: float | None = None


class _Session(requests.Session):
    """A session that looks at no redirect.

    Even where it is told not to follow one, requests reads all of its body, however long, and what it points at.
    """

    def get_redirect_target(self, _: requests.Response) -> None:
        """Find none."""


class Transport:
    """Talks to one endpoint, over connections that are kept between requests.

    Parameters
    ----------
    endpoint
        Where to.
    patience
        Time-outs and retries.
    bounds
        How much of an answer is taken.
    session
        Makes a requests session.
    medium
        What requests go through; by default the network.
    now
        Seconds since the epoch.
    jitter
        Gives a number in [0, 1): a room full of students is not to come back all at once.
    """

    def __init__(  # noqa: PLR0913  # collaborators are arguments
        self,
        endpoint: Endpoint,
        patience: Patience | None = None,
        *,
        bounds: Bounds | None = None,
        session: Callable[[], requests.Session] | None = None,
        medium: Medium | None = None,
        now: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.endpoint = endpoint
        self._patience = patience or Patience()
        self._bounds = bounds or Bounds()
        self._new_session = session or _Session
        self._medium = medium or Network()
        self._session = self._opened_session()
        self._now, self._jitter = now, jitter
        self._refused_limits: dict[str, str] = {}
        forget_when_forked(self)

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def forget(self) -> None:
        """Start anew in a forked child: a thread that is not there may have held a lock of the session."""
        # Not let go of here, since its pools would be emptied before their locks are new.
        self._parents, self._session = self._session, self._opened_session()

    def expect(self, request: Request, cutter: Cutter) -> None:
        """Take note that a request will be made: of several at once that are alike, each is counted where it begins."""
        self._medium.expect(request, cutter)

    def answer(
        self,
        request: Request,
        cutter: Cutter,
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
        tee
            Is given every piece of the body as it arrives.

        Raises
        ------
        RefusedError
            When the endpoint answers with an error.
        TransportError
            When there is no answer, or it breaks off; what came before has been given.
        """
        with cutter, crashes_told():
            response, accepted = yield from self._opened(request, cutter)
            try:
                body = self._heard(response, tee)
                yield from self._received(response, Reception(accepted, self._bounds, self.endpoint.host), body, cutter)
            finally:
                release(response, cutter)

    def _opened_session(self) -> requests.Session:
        session = self._new_session()
        # A proxy between this process and its own machine would only break things.
        session.trust_env = not self.endpoint.is_local
        # No endpoint needs them; and one that holds the key is kept with a mark in its place, which no header may hold.
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        for scheme in ("http://", "https://"):
            session.mount(scheme, self._medium.adapter(self.endpoint))
        return session

    def _received(
        self, response: requests.Response, reception: Reception, body: Iterator[bytes], cutter: Cutter
    ) -> Iterator[Event]:
        def hurry() -> None:
            cutter.shorten(min(_AFTER_S, self._patience.idle_s))

        events = self._events(response, reception.pieces(body))
        return reception.events(events, self._broken_off, hurry)

    def models(self, within_s: float | None = None, stopped_by: Stopper | None = None) -> list[dict[str, Any]]:
        """Ask for the endpoint's models.

        Parameters
        ----------
        within_s
            How long that may take in all, in seconds; None leaves it to the time-outs.
        stopped_by
            Is given what stops it, from any thread.

        Returns
        -------
        list of dict
            The rows as the endpoint sent them, each with an ``id``.

        Raises
        ------
        RefusedError, TransportError
            As `answer` does.
        """
        try:
            return aside(self._listed, within_s, stopped_by)
        except TimeoutError:
            msg = f"{self.endpoint.host} sent no list of models within {within_s:g} s."
            raise TimedOutError(msg, "%runware models waits longer.") from None

    @crashes_told()
    def _listed(self, cutter: Cutter) -> list[dict[str, Any]]:
        sent = self._attempt("GET", "/models", None, cutter)
        if isinstance(sent, _NoAnswer):
            raise sent.error
        try:
            body = bounded(self._heard(sent), self._bounds.answer, host=self.endpoint.host)
            rows = parsed(b"".join(told_apart(body)[1]))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise self._broken_off(error, "Ask for the models again.") from None
        finally:
            release(sent, cutter)
        rows = rows.get("data") if isinstance(rows, dict) else rows
        if not isinstance(rows, list):
            msg = f"{self.endpoint.host} sent no list of models."
            raise TransportError(msg, "Name a model with -m; the endpoint may answer to it all the same.")
        return [row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]

    def _opened(self, request: Request, cutter: Cutter) -> Generator[Event, None, tuple[requests.Response, Request]]:
        """Send the request until the endpoint accepts it, or will not."""
        attempt, swapped = 1, False
        if self._refused_limits.get(request.model) in request.parameters:
            request = request.with_other_limit()
        while True:
            sent = self._attempt("POST", "/chat/completions", request, cutter)
            if not isinstance(sent, _NoAnswer):
                if swapped:
                    self._refused_limits[request.model] = LIMIT if OLD_LIMIT in request.parameters else OLD_LIMIT
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
        sent = self._sent(method, path, request, cutter)
        if isinstance(sent, Exception) and met_closed_door(sent, cutter):
            # The server had closed a connection that was kept, and read nothing. Its others are as old.
            self._session.adapters[_scheme(self.endpoint)] = self._medium.adapter(self.endpoint)
            sent = self._sent(method, path, request, cutter)
        if isinstance(sent, Exception):
            failure = not_answered(
                sent,
                host=self.endpoint.host,
                connect_s=self._patience.connect_s,
                idle_s=self._patience.idle_s,
                connecting=cutter.connecting,
            )
            return _NoAnswer(failure, "no connection", again=is_refused_connection(sent))
        return sent if sent.status_code == HTTPStatus.OK else self._refusal(sent, cutter)

    def _sent(self, method: str, path: str, request: Request | None, cutter: Cutter) -> requests.Response | Exception:
        """Send a request; an error is given, not raised."""
        body = json.dumps(request.body(), allow_nan=False).encode() if request else None
        accept = "text/event-stream" if request and request.stream else "application/json"
        cutter.begin()
        try:
            with lending(self.endpoint.key):
                return self._session.request(
                    method,
                    self.endpoint.base_url + path,
                    data=body,
                    headers={**_HEADERS, "Accept": accept},
                    auth=Bearer(self.endpoint.key),
                    timeout=(self._patience.connect_s, self._patience.idle_s),
                    stream=True,
                    # A redirect would carry the prompt, and perhaps the key, to where nobody meant to send them.
                    allow_redirects=False,
                )
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            return error

    def _heard(
        self,
        response: requests.Response,
        tee: Callable[[bytes], object] = lambda _: None,
    ) -> Iterator[bytes]:
        """Give the body of an answer as it comes, without the key: nothing that reads or keeps it ever sees that."""
        for piece in hidden_in_pieces(pieces(response), self.endpoint.key):
            tee(piece)
            yield piece

    def _refusal(self, response: requests.Response, cutter: Cutter) -> _NoAnswer:
        status = response.status_code
        error = refused(status, beginning(response, cutter), host=self.endpoint.host, secret=self._secret)
        wait_s = retry_after(response.headers.get("Retry-After"), self._now())
        again = status in _RETRIED or status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return _NoAnswer(error, str(status), again, wait_s)

    def _broken_off(self, error: Exception, hint: str) -> RunwareError:
        return broken_off(error, host=self.endpoint.host, idle_s=self._patience.idle_s, hint=hint)

    @property
    def _secret(self) -> str:
        return self.endpoint.key.reveal() if self.endpoint.key else ""

    def _wait(self, failed: _NoAnswer, attempt: int) -> float | None:
        """Give the seconds until the next attempt; None when there is to be none."""
        if not failed.again or attempt > self._patience.retries:
            return None
        if failed.wait_s is not None:
            return failed.wait_s if failed.wait_s <= _LONGEST_WAIT_S else None
        return min(_LONGEST_WAIT_S, 0.5 * 2.0 ** min(attempt - 1, _DOUBLINGS) * (1 + self._jitter() / 2))

    def _events(self, response: requests.Response, body: Iterator[bytes]) -> Iterator[Event]:
        start, body = told_apart(body)
        if start == b"<":
            raise refused(response.status_code, "<", host=self.endpoint.host)
        if start in {b"{", b"["}:
            yield from decode_whole(parsed(b"".join(body)))
        else:
            framed, longest = is_framed(response), self._bounds.event
            yield from decode_stream(body, framed=framed, longest=longest)


def _scheme(endpoint: Endpoint) -> str:
    return "https://" if endpoint.base_url.startswith("https:") else "http://"
