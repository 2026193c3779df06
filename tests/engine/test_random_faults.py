"""Random faults against one conversation: it stays what the model says, and nothing is leaked.

A few seconds of it run with the other tests. The long form is ``RUNWARE_SOAK_S=600 pytest -s`` with this file, and
``RUNWARE_SOAK_SEED`` gives another sequence.
"""

from __future__ import annotations

import gc
import inspect
import os
import random
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from asking import KEY
from cells import SETTINGS, Watching, one_answer, small
from faults import BOUNDS
from kernel import Kernel
from loopback import Loopback
from soak import Model, brief, deeds, step

from runware_magic.chat.messages import Message
from runware_magic.engine.query import Query
from runware_magic.errors import RunwareError
from runware_magic.transport.endpoint import endpoint
from runware_magic.transport.timeouts import Timeouts

SECONDS = float(os.environ.get("RUNWARE_SOAK_S", "5"))
SEED = int(os.environ.get("RUNWARE_SOAK_SEED", "1"))
ROUND = 25  # deeds between two looks at what is held
LOOKS = 4  # at least; in the first, not all is loaded
FORGET = 0.02  # of the deeds are followed by a reset, and as many by an undo
A_DEED = 30_000  # bytes that a deed may leave behind: its turn, what was sent and what came
# Longer than in the table: for minutes, a busy machine is not to pass for a silent server.
PATIENT = replace(SETTINGS, timeouts=Timeouts(connect_s=5, idle_s=2, retries=2))
SLACK = 40 * 2**20  # bytes that a process may grow by for more remarks


@pytest.fixture
def server(_sockets):
    """Start a server that sends what it is told next."""
    started = Loopback([[]])
    yield started
    started.stop()


def soak(notebook, server, look):
    """Do deeds for as long as it takes; look at what is held in every round. Gives what was seen."""
    rng, model = random.Random(SEED), Model()  # noqa: S311  # no secret
    end_s = time.monotonic() + SECONDS
    seen = []
    for number, deed in enumerate(deeds(rng, model), 1):
        step(notebook, model, server, deed)
        if rng.random() < FORGET:
            notebook.reset()
            model.places.clear()
        elif rng.random() < FORGET and model.places:
            notebook.undo()
            model.places.pop()
        if number % ROUND == 0:
            server.forget()
            seen.append((number, *look()))
            if time.monotonic() > end_s and len(seen) >= LOOKS:
                return seen
    raise AssertionError


def tell(seen):
    """Print the figures: the long form is run for them."""
    columns = ("deeds", "threads", "descriptors", "bytes")
    for each in (seen[0], seen[len(seen) // 2], seen[-1]):
        print(dict(zip(columns, each, strict=True)))  # noqa: T201  # shown by -s


def assert_bounded(seen):
    """Grow no more than what is kept of each deed accounts for, once everything is loaded."""
    (first, *_, before), (last, *_, after) = seen[1 + len(seen) // 8], seen[-1]
    assert after - before < SLACK + (last - first) * A_DEED, seen


class InSession:
    """Cells that a session answers."""

    def __init__(self, session):
        self._session = session

    def run(self, deed, server):
        """Run a cell, and stop it when it is to be."""

        def shown(stop):
            # Not before the server has heard of it: a request that is still on its way would meet the next deed.
            return Watching(lambda: stop.ask() if deed.stopped and server.heard else None)

        ask = Query((Message("user", deed.prompt),), cell_id=deed.cell)
        try:
            one_answer(self._session, ask, endpoint(server.url, KEY), shown, PATIENT).here()
        except RunwareError as error:
            return str(error)
        return None

    def reset(self):
        """Forget the chat."""
        self._session.change(lambda now: now.without("main"))

    def undo(self):
        """Forget its last turn."""
        self._session.change(lambda now: now.without_last("main"))

    def told(self):
        """Give the chat."""
        return [
            [
                place.cell_id,
                [[turn.state, brief(turn.content), turn.usage is not None] for turn in place.versions],
                place.shown,
            ]
            for place in self._session.conversation.places("main")
        ]


def ours():
    """Count the threads that the package has started, once those that are ending have ended."""
    end_s = time.monotonic() + 2
    while threads := [thread for thread in threading.enumerate() if thread.name.startswith("runware")]:
        if time.monotonic() > end_s:
            break
        threads[0].join(0.1)
    return len(threads)


def test_a_session_survives_random_faults(server):
    """The conversation is what the model says after each; no thread, socket or memory is left behind."""
    session = small()
    gc.collect()
    before = len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0

    def look():
        gc.collect()
        fds = len(list(Path("/proc/self/fd").iterdir())) - before if sys.platform == "linux" else 0
        return ours(), fds, resident()

    seen = soak(InSession(session), server, look)
    session.close()
    tell(seen)
    assert {threads for _, threads, *_ in seen} == {0}
    assert max(fds for _, _, fds, _ in seen) <= 8  # one connection that is kept, and its other end in this process
    assert_bounded(seen)


def resident():
    """Give the bytes of memory that this process has; 0 where nobody tells."""
    if sys.platform != "linux":
        return 0
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


# In the kernel: the same bounds as in the table, and what is told of the chat and held by the process.
PREPARED = """
from runware_magic.protocol.limits import Bounds as _Bounds
from runware_magic.transport.transport import Transport as _Transport

{brief}
_brief = brief
_magics.session.connections._connect = lambda where, timeouts: _Transport(
    where, timeouts, bounds=_Bounds(answer={answer}, event={event}, silence={silence}), jitter=lambda: 0.0
)

def _told():
    return [
        [place.cell_id, [[t.state, _brief(t.content), t.usage is not None] for t in place.versions], place.shown]
        for place in _magics.session.conversation.places("main")
    ]

def _held():
    import gc, os, pathlib, threading
    gc.collect()
    page = os.sysconf("SC_PAGE_SIZE")
    return [
        threading.active_count(),
        len(list(pathlib.Path("/proc/self/fd").iterdir())),
        int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * page,
    ]
"""


class InKernel:
    """Cells of a real kernel."""

    def __init__(self, kernel, server):
        self._kernel = kernel
        kernel.load(server.url, idle_timeout=PATIENT.timeouts.idle_s, retries=PATIENT.timeouts.retries)
        bounds = {name: getattr(BOUNDS, name) for name in ("answer", "event", "silence")}
        code = PREPARED.format(brief=f"import zlib\n{inspect.getsource(brief)}", **bounds)
        assert kernel.run(code).error is None

    def run(self, deed, server):
        """Run a cell, and interrupt the kernel when it is to be."""
        output = self._kernel.send(f"%%runware\n{deed.prompt}", deed.cell)
        if deed.stopped:
            self._kernel.wait(lambda: server.heard or output.idle_at_s)
            self._kernel.interrupt()
        error = self._kernel.finish(output).error
        return error and f"{error['ename']}: {error['evalue']}"

    def reset(self):
        """Forget the chat."""
        assert self._kernel.run("%runware reset").error is None

    def undo(self):
        """Forget its last turn."""
        assert self._kernel.run("%runware undo").error is None

    def told(self):
        """Give the chat."""
        return self._kernel.tell("_told()")


@pytest.mark.skipif(sys.platform != "linux", reason="counts what Linux tells of processes")
@pytest.mark.usefixtures("_kernels")
def test_a_kernel_survives_random_faults(server, tmp_path):
    """As above, with all that a kernel has beside the session: magics, interrupts, outputs, widgets."""
    kernel = Kernel(tmp_path)
    try:
        notebook = InKernel(kernel, server)
        seen = soak(notebook, server, lambda: kernel.tell("_held()"))
        kernel.run("%unload_ext runware_magic")
        kernel.until_nothing_is_left()
    finally:
        kernel.stop()
    tell(seen)
    assert max(threads for _, threads, *_ in seen) <= seen[1][1] + 1
    assert max(fds for _, _, fds, _ in seen) <= seen[1][2] + 4
    assert_bounded(seen)
