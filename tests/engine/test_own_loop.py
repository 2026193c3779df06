"""Awaiting in a loop of its own."""

import asyncio
import contextvars
import os
import signal
import threading

import pytest

from runware_magic.engine.own_loop import awaited

VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("variable")


def test_what_is_awaited_sees_the_context():
    """And has a loop that is not the caller's."""

    async def inner():
        return VARIABLE.get(), asyncio.get_running_loop()

    async def outer():
        VARIABLE.set("of the cell")
        return awaited(inner()), asyncio.get_running_loop()

    (value, inside), outside = asyncio.run(outer())
    assert value == "of the cell"
    assert inside is not outside
    assert inside.is_closed()


def test_an_interrupt_cancels_it():
    """It can clean up, and its thread ends."""
    cancelled = threading.Event()

    async def waits():
        try:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        awaited(waits())
    assert cancelled.is_set()
    assert threading.active_count() == before


def test_what_refuses_to_end_is_left_behind():
    """The caller goes on; the thread keeps no program from ending."""
    go_on = threading.Event()

    async def refuses():
        os.kill(os.getpid(), signal.SIGINT)
        go_on.wait()

    with pytest.raises(KeyboardInterrupt):
        awaited(refuses())
    (left,) = [thread for thread in threading.enumerate() if thread.name == "async-tool"]
    assert left.daemon
    go_on.set()
    left.join()


def test_tasks_that_it_leaves_are_cancelled():
    """As asyncio does at the end of a program."""
    cancelled = threading.Event()

    async def waits():
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async def f():
        f.task = asyncio.create_task(waits())
        await asyncio.sleep(0)
        return 1

    assert awaited(f()) == 1
    assert cancelled.is_set()
