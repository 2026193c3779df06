"""An interrupt at the worst moment: a thread has begun to ask, and who started it does not know that yet."""

import threading

import pytest
from asking import transport
from calling import started
from kernel import until_gone

from runware_magic.transport.timeouts import Timeouts


@pytest.mark.parametrize("ask", [started, lambda talk: talk.models()])
def test_an_interrupt_while_a_thread_starts_ends_that_thread(serve, monkeypatch, ask):
    """Nobody is there to close its connection."""
    heard, gone = threading.Event(), threading.Event()
    server = serve([lambda _: heard.set(), until_gone(gone)])
    talk = transport(server.url, Timeouts(connect_s=60, idle_s=60, retries=0))
    start = threading.Thread.start

    def interrupted(thread):
        start(thread)
        if thread.name.startswith("runware"):
            assert heard.wait(20)
            raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ask(talk)
    assert gone.wait(20)
    talk.close()
