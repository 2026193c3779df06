"""Asking a loopback server, for the tests of the transport."""

from loopback import ANSWER, chunked, sse

from runware_magic.chat.events import ContentDelta
from runware_magic.chat.messages import Message
from runware_magic.chat.request import Request
from runware_magic.wire.connections import Cutter
from runware_magic.wire.endpoint import Key, endpoint
from runware_magic.wire.transport import Patience, Transport

KEY = Key("sk-secret", "a test")
REQUEST = Request("m", (Message("user", "Hi"),), {"max_completion_tokens": 9})
QUICK = Patience(connect_s=2, idle_s=2, retries=2)
PIECES = [sse(value) for value in ANSWER]
OK = chunked(PIECES)


def transport(url, patience=QUICK):
    """Make a transport that never waits longer than it must."""
    return Transport(endpoint(url, KEY), patience, jitter=lambda: 0.0)


def answer(server, request=REQUEST, patience=QUICK):
    """Ask once, give all events."""
    talk = transport(server.url, patience)
    try:
        return list(talk.answer(request, Cutter()))
    finally:
        talk.close()


def content(events):
    """Give the text of an answer."""
    return "".join(event.text for event in events if isinstance(event, ContentDelta))
