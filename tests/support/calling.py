"""Calls as the engine makes them, for tests of what they go through."""

import threading

from asking import REQUEST

from runware_magic.chat.pricing import Meter
from runware_magic.engine.budget import Budget, Limits
from runware_magic.engine.call import Call
from runware_magic.engine.ledger import Ledger
from runware_magic.engine.query import PreparedCall


def call(talk, request=REQUEST, **more):
    """Return a call that has not started."""
    guard = Budget(Ledger()).admit(Meter(request, None), Limits())
    prepared = PreparedCall.of(request, endpoint="e", messages=request.messages, chat=None)
    return Call(prepared, talk, guard, **more)


def started(talk, request=REQUEST, until=lambda _: True):
    """Return a call under way in a thread, once its builder is as wanted."""
    news = threading.Event()
    made = call(talk, request, news=news.set)
    made.start()
    while not until(made.builder):
        assert news.wait(20)
        news.clear()
    return made


def read(talk, request=REQUEST):
    """Read an answer in this thread; return its events, and the error that it ended with."""
    made = call(talk, request)
    events = list(made.events())
    made.close()
    return events, made.outcome().error
