"""Asking a loopback server, for the tests of the transport."""

from loopback import ANSWER, chunked, sse

from runware_magic.chat.events import ContentDelta
from runware_magic.chat.messages import Message
from runware_magic.chat.request import Request
from runware_magic.transport.connections import RequestCanceller
from runware_magic.transport.endpoint import Key, endpoint
from runware_magic.transport.transport import Timeouts, Transport

KEY = Key("sk-secret", "a test")
REQUEST = Request("m", (Message("user", "Hi"),), {"max_completion_tokens": 9})
QUICK = Timeouts(connect_s=2, idle_s=2, retries=2)
PIECES = [sse(value) for value in ANSWER]
OK = chunked(PIECES)


def transport(url, timeouts=QUICK, medium=None):
    """Make a transport that never waits longer than it must."""
    return Transport(endpoint(url, KEY), timeouts, medium=medium, jitter=lambda: 0.0)


def answer(server, request=REQUEST, timeouts=QUICK):
    """Ask once, give all events."""
    talk = transport(server.url, timeouts, server.medium)
    try:
        return list(talk.answer(request, RequestCanceller()))
    finally:
        talk.close()


def content(events):
    """Give the text of an answer."""
    return "".join(event.text for event in events if isinstance(event, ContentDelta))
