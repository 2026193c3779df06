"""A program that forks with everything open, and tells as JSON what parent and child have then.

Arguments: how the child ends (``_exit``, ``exit`` or ``multiprocessing``), and the addresses of two servers: one whose
answers come whole, and one that holds its first answer back until a child has asked the other.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from runware_magic import Chat, RunwareError, Turn

TASKS = Path("/proc/self/task")


def sockets() -> list[str]:
    """Give the sockets of this process, by the names that the system gives them."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the descriptor of the listing
            found.append(str(descriptor.readlink()))
    return sorted(name for name in found if name.startswith("socket:"))


def threads() -> list[str]:
    """Give the threads of this process: those that Python knows, and those that the system runs."""
    return sorted([*(thread.name for thread in threading.enumerate()), *("task" for _ in TASKS.iterdir())])


def failed(work: Any) -> list[str]:
    """Do something that is to fail; give the kind of the error and its text."""
    try:
        work()
    except RunwareError as error:
        return [type(error).__name__, str(error)]
    return []


def in_child(kept: Chat, demo: Chat, stream: Any, idle: Chat, report: int) -> None:
    """Look at what is there, use everything, and tell."""
    seen: dict[str, Any] = {"threads": threads()}
    seen["stream"] = failed(lambda: list(stream))
    seen["turns"] = [turn.content for turn in idle.turns]
    seen["kept"] = kept.ask("in the child").content
    seen["demo"] = demo.ask("in the child").content
    seen["port"] = demo._calls.where.base_url  # nothing public tells it
    seen["history"] = [message.content for message in kept.messages]
    os.write(report, json.dumps(seen).encode())


def main(ending: str, whole: str, held: str) -> None:
    """Open everything, fork, and tell."""
    kept, streaming, demo = Chat(base_url=whole), Chat(base_url=held), Chat("demo:echo@1")
    kept.ask("before")
    demo.ask("before")
    stream = streaming.stream("held")
    next(stream), next(stream)  # that the answer is under way, and its first piece
    seen: dict[str, Any] = {"before": [sockets(), threads()], "port": demo._calls.where.base_url}
    source, report = os.pipe()
    arguments = (kept, demo, stream, streaming, report)
    if ending == "multiprocessing":
        process = multiprocessing.get_context("fork").Process(target=in_child, args=arguments)
        process.start()
        process.join()
        seen["status"] = process.exitcode
    elif child := os.fork():
        seen["status"] = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    else:
        in_child(*arguments)
        if ending == "exit":
            sys.exit(0)
        os._exit(0)
    os.close(report)
    with os.fdopen(source) as reader:
        seen["child"] = json.loads(reader.read())
    seen["after"] = [sockets(), threads()]
    seen["demo"] = demo.ask("after").content
    seen["kept"] = kept.ask("after").content
    *_, turn = stream
    assert isinstance(turn, Turn)
    seen["stream"] = [turn.content, turn.state]
    print(json.dumps(seen))  # noqa: T201  # what the test reads


if __name__ == "__main__":
    main(*sys.argv[1:])
