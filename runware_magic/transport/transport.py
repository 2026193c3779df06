"""Send requests over HTTP and return their answers as events."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from runware_magic.chat.events import Event, Retrying
from runware_magic.chat.request import Request
from runware_magic.errors import RunwareError, TimedOutError, TransportError, Words
from runware_magic.protocol.chat_completions import CHAT_COMPLETIONS, ChatCompletions
from runware_magic.protocol.complaints import parsed
from runware_magic.protocol.errors import refused, retry_after
from runware_magic.protocol.fallbacks import Fallbacks
from runware_magic.protocol.limits import Bounds
from runware_magic.transport.auth import Bearer, lending
from runware_magic.transport.connections import Medium, Network, RequestCanceller
from runware_magic.transport.endpoint import Endpoint
from runware_magic.transport.errors import (
    broken_off,
    is_refused_connection,
    is_stale_connection,
    not_answered,
    unexpected_in_one_line,
)
from runware_magic.transport.forks import forget_when_forked
from runware_magic.transport.interruptible import Stopper, run_interruptibly
from runware_magic.transport.redaction import redact, redact_pieces
from runware_magic.transport.response import BoundedResponse, beginning, bounded, first_byte, is_framed, pieces, release
from runware_magic.transport.timeouts import Timeouts

_LONGEST_WAIT_S = 60.0  # if a server asks for a longer wait, the request fails at once
_AFTER_S = 10.0  # time-out once the model is done: the answer is whole, and only its cost may still come
_DOUBLINGS = 7  # at most, of the wait between attempts
_RETRIED = frozenset({408, 429})
_HEADERS = {
    # Compression makes servers hold small pieces back. Compressed answers are read all the same.
    "Accept-Encoding": "identity",
    "Content-Type": "application/json",
    "User-Agent": "runware-magic",
}


@dataclass(frozen=True, slots=True)
class _NoAnswer:
    """Why an attempt failed, and whether to try again (after `wait_s`, if the server names a time)."""

    error: RunwareError
    reason: str
    again: bool
    wait_s: float | None = None


class _Session(requests.Session):
    """A session that ignores redirects.

    Even where redirects are off, requests reads the whole body of one, however long, and resolves its target.
    """

    def get_redirect_target(self, _: requests.Response) -> None:
        """Return None: no response is treated as a redirect."""


class Transport:
    """An HTTP client for one endpoint; its connections are kept between requests.

    `jitter` returns a number in [0, 1), so that a room of students does not retry at the same moment.
    """

    def __init__(  # noqa: PLR0913  # collaborators are arguments
        self,
        endpoint: Endpoint,
        timeouts: Timeouts | None = None,
        *,
        bounds: Bounds | None = None,
        session: Callable[[], requests.Session] | None = None,
        medium: Medium | None = None,
        protocol: ChatCompletions = CHAT_COMPLETIONS,
        now: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.endpoint = endpoint
        self._timeouts = timeouts or Timeouts()
        self._bounds = bounds or Bounds()
        self._new_session = session or _Session
        self._medium, self._protocol = medium or Network(), protocol
        #: Announces a request: equal requests of several threads are counted in the order in which they begin.
        self.expect = self._medium.expect
        self._session = self._opened_session()
        self._now, self._jitter = now, jitter
        self._fallbacks = Fallbacks(protocol.fallbacks)
        forget_when_forked(self)

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def forget(self) -> None:
        """Open a new session in a forked child: a thread of the parent may have held a lock of the old one."""
        # Keep the old session: freeing it takes locks of its pools, which a thread of the parent may have held.
        self._parents, self._session = self._session, self._opened_session()

    def answer(
        self, request: Request, canceller: RequestCanceller, tee: Callable[[bytes], object] = lambda _: None
    ) -> Generator[Event, None, None]:
        """Send a request and yield the events of its answer.

        The request is sent again if it fails before any answer has come, and once with the token limit under its other
        name if the endpoint asks for that. `tee` receives every piece of the body. Raise RefusedError if the endpoint
        answers with an error, TransportError if there is no answer or it breaks off.
        """
        with canceller, unexpected_in_one_line():
            response, accepted = yield from self._opened(request, canceller)
            limited = BoundedResponse(accepted, self._bounds, self.endpoint.host)
            body = limited.pieces(self._heard(response, tee))
            events = self._events(response, body, several=accepted.asks_for_several)
            after_s = min(_AFTER_S, self._timeouts.idle_s)

            def hurry() -> None:
                if not accepted.asks_for_several:  # other choices may follow
                    canceller.shorten(after_s)

            try:
                yield from limited.events(events, self._broken_off, hurry)
            finally:
                release(response, canceller)

    def _opened_session(self) -> requests.Session:
        session = self._new_session()
        # No proxy is needed to reach this machine.
        session.trust_env = not self.endpoint.is_local
        # No endpoint needs cookies. One with the key in it would be stored redacted, and `…` is not valid in a header.
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        for scheme in ("http://", "https://"):
            session.mount(scheme, self._medium.adapter(self.endpoint))
        return session

    def models(self, within_s: float | None = None, stopped_by: Stopper | None = None) -> list[dict[str, Any]]:
        """Return the endpoint's models: the rows as it sent them, each with an ``id``. Raises as `answer` does.

        `within_s` limits the time in all; None leaves it to the time-outs. `stopped_by` receives a function that stops
        the request from any thread.
        """
        try:
            return run_interruptibly(self._listed, within_s, stopped_by)
        except TimeoutError:
            msg = f"{self.endpoint.host} sent no list of models within {within_s:g} s."
            raise TimedOutError(msg, Words("%runware models waits longer.", "Ask again.")) from None

    @unexpected_in_one_line()
    def _listed(self, canceller: RequestCanceller) -> list[dict[str, Any]]:
        sent = self._attempt("GET", self._protocol.models_path, None, canceller)
        if isinstance(sent, _NoAnswer):
            raise sent.error
        try:
            body = bounded(self._heard(sent), self._bounds.answer, host=self.endpoint.host)
            rows = self._protocol.models(parsed(b"".join(first_byte(body)[1])))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise self._broken_off(error, "Ask for the models again.") from None
        finally:
            release(sent, canceller)
        if rows is None:
            msg = f"{self.endpoint.host} sent no list of models."
            raise TransportError(msg, "Name a model; the endpoint may still accept it.")
        return rows

    def _opened(
        self, request: Request, canceller: RequestCanceller
    ) -> Generator[Event, None, tuple[requests.Response, Request]]:
        """Send the request until the endpoint accepts it, or no attempt is left."""
        attempt, taken = 1, set[str]()
        asked = request = self._fallbacks.known(request)
        while True:
            sent = self._attempt("POST", self._protocol.path, request, canceller)
            if not isinstance(sent, _NoAnswer):
                self._fallbacks.accepted(request, asked)
                return sent, request
            if instead := self._fallbacks.instead(request, sent.error, taken):
                request = instead
                continue
            wait_s = self._wait(sent, attempt)
            if wait_s is None or canceller.is_cut:
                raise sent.error
            attempt += 1
            yield Retrying(sent.reason, attempt, wait_s)
            if canceller.wait(wait_s):
                raise sent.error

    def _attempt(
        self, method: str, path: str, request: Request | None, canceller: RequestCanceller
    ) -> requests.Response | _NoAnswer:
        sent = self._sent(method, path, request, canceller)
        if isinstance(sent, Exception) and is_stale_connection(sent, canceller):
            # The server had closed a kept connection and read nothing. Its other kept connections are as old.
            scheme = urlsplit(self.endpoint.base_url).scheme
            self._session.adapters[f"{scheme}://"] = self._medium.adapter(self.endpoint)
            sent = self._sent(method, path, request, canceller)
        if isinstance(sent, Exception):
            failure = not_answered(sent, self.endpoint, self._timeouts, connecting=canceller.connecting)
            return _NoAnswer(failure, "no connection", again=is_refused_connection(sent))
        return sent if sent.status_code == HTTPStatus.OK else self._refusal(sent, canceller, request)

    def _sent(
        self, method: str, path: str, request: Request | None, canceller: RequestCanceller
    ) -> requests.Response | Exception:
        """Send a request once; return the error instead of raising it."""
        body = json.dumps(self._protocol.encode(request), allow_nan=False).encode() if request else None
        accept = "text/event-stream" if request and request.stream else "application/json"
        canceller.begin(request)
        try:
            with lending(self.endpoint.key):
                return self._session.request(
                    method,
                    self.endpoint.base_url + path,
                    data=body,
                    headers={**_HEADERS, "Accept": accept},
                    auth=Bearer(self.endpoint.key),
                    timeout=(self._timeouts.connect_s, self._timeouts.idle_s),
                    stream=True,
                    # A redirect would carry the prompt, and perhaps the key, to an address the user did not choose.
                    allow_redirects=False,
                )
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            return error

    def _heard(self, response: requests.Response, tee: Callable[[bytes], object] = lambda _: None) -> Iterator[bytes]:
        """Yield the body of an answer without the key, so that no reader and no file ever holds it."""
        for piece in redact_pieces(pieces(response), self.endpoint.key):
            tee(piece)
            yield piece

    def _refusal(self, response: requests.Response, canceller: RequestCanceller, request: Request | None) -> _NoAnswer:
        status = response.status_code
        body = redact(beginning(response, canceller), self.endpoint.key)
        error = refused(status, body, host=self.endpoint.host, request=request)
        wait_s = retry_after(response.headers.get("Retry-After"), self._now())
        again = status in _RETRIED or status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return _NoAnswer(error, str(status), again, wait_s)

    def _broken_off(self, error: Exception, hint: str | Words) -> RunwareError:
        return broken_off(error, host=self.endpoint.host, idle_s=self._timeouts.idle_s, hint=hint)

    def _wait(self, failed: _NoAnswer, attempt: int) -> float | None:
        """Return the seconds until the next attempt; None if there is to be none."""
        if not failed.again or attempt > self._timeouts.retries:
            return None
        if failed.wait_s is not None:
            return failed.wait_s if failed.wait_s <= _LONGEST_WAIT_S else None
        return min(_LONGEST_WAIT_S, 0.5 * 2.0 ** min(attempt - 1, _DOUBLINGS) * (1 + self._jitter() / 2))

    def _events(self, response: requests.Response, body: Iterator[bytes], *, several: bool) -> Iterator[Event]:
        start, body = first_byte(body)
        if start == b"<":
            raise refused(response.status_code, "<", host=self.endpoint.host)
        framed, longest = is_framed(response), self._bounds.event
        yield from self._protocol.decode(start, body, framed=framed, longest=longest, several=several)
