"""The demo within this process, if no socket can listen."""

from __future__ import annotations

from http.client import IncompleteRead
from itertools import accumulate
from typing import Any

import requests
import urllib3.exceptions
from requests.adapters import BaseAdapter

from runware_magic.chat.request import Request
from runware_magic.demo.answer import Script
from runware_magic.transport.auth import lent
from runware_magic.transport.connections import RequestCanceller, canceller_here
from runware_magic.transport.endpoint import Endpoint
from runware_magic.transport.timed_response import Pace, TimedBody, timed_response

#: The address in requests, which go nowhere.
IN_PROCESS = "http://127.0.0.1/v1"


class InProcessDemo(BaseAdapter):
    """A `Medium`, and its only adapter. `pace` is a factor of all pauses: 1 is a model's pace, 0 has none."""

    def __init__(self, script: Script, pace: float = 1.0) -> None:
        super().__init__()
        self._script, self._speed = script, 1 / pace if pace else float("inf")

    def adapter(self, where: Endpoint) -> BaseAdapter:  # noqa: ARG002  # as in `Medium`
        """Return this adapter."""
        return self

    def expect(self, request: Request, canceller: RequestCanceller) -> None:
        """Do nothing, since the script answers in the order of requests."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:  # noqa: ANN401  # requests' business
        """Answer a request."""
        canceller = canceller_here()
        pace = Pace(self._speed, canceller)
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        key = lent()
        bearer = f"Bearer {key.reveal()}" if key else ""
        answer = self._script.answer(request.method or "", request.url or "", bearer, body)
        canceller.replied = True

        def at_end() -> None:
            if answer.drops and not canceller.is_cut:
                msg = "as the script says"
                raise urllib3.exceptions.ProtocolError(msg, IncompleteRead(b""))

        times = accumulate(answer.pieces, lambda before, piece: (before[0] + piece[0], piece[1]))
        framed = {"Transfer-Encoding": "chunked"} if answer.size is None else {"Content-Length": str(answer.size)}
        return timed_response(request, answer.status, {**answer.headers, **framed}, TimedBody(times, pace, at_end))

    def close(self) -> None:
        """Do nothing."""
