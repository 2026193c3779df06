"""A real kernel, driven as a front end drives it, and what it says on the way."""

from __future__ import annotations

import json
import os
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client import BlockingKernelClient, KernelManager

from runware_magic.chat.record import MIME_TYPE

WIDGET = "application/vnd.jupyter.widget-view+json"
_DEADLINE_S = 60.0  # for anything that comes sooner or later on a busy machine

#: Tells what a kernel holds: threads of ours, TCP sockets by their addresses and state, processes that it has started.
_COUNT = """
def _count():
    import gc, json, threading
    from pathlib import Path
    gc.collect()
    held = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            held.add(str(descriptor.readlink()))
        except OSError:
            pass  # the descriptor of the listing itself
    rows = [line.split() for line in Path("/proc/self/net/tcp").read_text().splitlines()[1:]]
    print("TELL" + json.dumps([
        sorted(thread.name for thread in threading.enumerate() if thread.name.startswith("runware")),
        sorted(row[1:4] for row in rows if f"socket:[{row[9]}]" in held),
        Path("/proc/self/task", str(__import__("os").getpid()), "children").read_text().split(),
    ]))
_count()
del _count
"""


@dataclass
class Output:
    """What running a piece of code has brought so far.

    Attributes
    ----------
    sent
        The id of the request.
    messages
        What came on iopub, oldest first, each with the moment of its arrival in seconds of the monotonic clock.
    widgets
        The state of each widget of the kernel, by its id.
    """

    sent: str
    widgets: dict[str, dict[str, Any]]
    messages: list[tuple[float, dict[str, Any]]] = field(default_factory=list)

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        """Give the contents of all messages of some types."""
        return [message["content"] for _, message in self.messages if message["msg_type"] in kinds]

    @property
    def idle_at_s(self) -> float | None:
        """When the kernel said that it was through; None while it is not."""
        for at_s, message in self.messages:
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return at_s
        return None

    @property
    def brief(self) -> list[str]:
        """The last things that came, shortened."""
        return [f"{message['msg_type']}: {message['content']}"[:300] for _, message in self.messages[-4:]]

    @property
    def text(self) -> str:
        """What it printed."""
        return "".join(content["text"] for content in self.of("stream"))

    @property
    def error(self) -> dict[str, Any] | None:
        """The error that it ended with."""
        return next(iter(self.of("error")), None)

    @property
    def shown(self) -> list[dict[str, Any]]:
        """What a front end shows in the end: the last bundle of each display."""
        last: dict[str, dict[str, Any]] = {}
        for content in self.of("display_data", "update_display_data"):
            last[content.get("transient", {}).get("display_id", str(len(last)))] = content["data"]
        return list(last.values())

    @property
    def turn(self) -> dict[str, Any] | None:
        """The record in the one bundle that is shown in the end; None where it holds none."""
        (bundle,) = self.shown
        return bundle.get(MIME_TYPE)

    def live(self, word: str) -> bool:
        """Tell whether a widget is shown, and says a word, by itself or by those within it."""
        shown = [content["data"] for content in self.of("display_data")]
        views = [data[WIDGET]["model_id"] for data in shown if WIDGET in data]
        return any(word in json.dumps(self.widgets.get(name)) for name in self._within(views))

    def _within(self, names: list[str]) -> Iterator[str]:
        for name in names:
            yield name
            children = self.widgets.get(name, {}).get("children", [])
            yield from self._within([child.removeprefix("IPY_MODEL_") for child in children])


class Kernel:
    """An ipykernel in a process of its own, and the only client it has.

    Parameters
    ----------
    folder
        Where it works, and where its IPython keeps what it keeps.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        hidden = ("RUNWARE_", "JPY_", "PYDEVD", "IPYTHON")
        self._environment = {name: text for name, text in os.environ.items() if not name.startswith(hidden)}
        self._environment["IPYTHONDIR"] = str(folder / "ipython")
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(cwd=str(folder), env=self._environment)
        self._connect()

    def _connect(self) -> None:
        self.client: BlockingKernelClient = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=_DEADLINE_S)
        self._outputs: dict[str, Output] = {}
        self._displays: dict[str, Output | None] = {}
        self._widgets: dict[str, dict[str, Any]] = {}
        self._first: list[Any] = []
        self._first = self.count()[1]

    def send(
        self,
        code: str,
        cell_id: str | None = None,
        *,
        metadata: Mapping[str, Any] | None = None,
        allow_stdin: bool = False,
        name: str = "",
    ) -> Output:
        """Run code, as a cell if it has an id; returns at once.

        Parameters
        ----------
        code
            The code.
        cell_id
            As JupyterLab tells it.
        metadata
            What else the front end tells.
        allow_stdin
            Whether it takes input.
        name
            Of the message, where the front end does not name it as jupyter_client does.
        """
        content = {"code": code, "silent": False, "store_history": cell_id is not None}
        content |= {"user_expressions": {}, "stop_on_error": False, "allow_stdin": allow_stdin}
        told = {**(metadata or {}), **({"cellId": cell_id} if cell_id else {})}
        message = self.client.session.msg("execute_request", content, metadata=told)
        if name:
            message["msg_id"] = message["header"]["msg_id"] = name
        output = self._outputs[message["header"]["msg_id"]] = Output(message["header"]["msg_id"], self._widgets)
        self.client.shell_channel.send(message)
        return output

    def wait(self, condition: Callable[[], object], deadline_s: float = _DEADLINE_S) -> None:
        """Take in what the kernel says until a condition holds; an AssertionError when it does not come to hold."""
        end_s = time.monotonic() + deadline_s
        while not condition():
            assert time.monotonic() < end_s, [output.brief for output in self._outputs.values()][-2:]
            self._take(0.02)

    def listen(self, seconds: float) -> None:
        """Take in what the kernel says for so long."""
        end_s = time.monotonic() + seconds
        while (left_s := end_s - time.monotonic()) > 0:
            self._take(left_s)

    def _take(self, timeout_s: float) -> None:
        with suppress(queue.Empty):
            message = self.client.get_iopub_msg(timeout=timeout_s)
            output, content = self._outputs.get(message["parent_header"].get("msg_id", "")), message["content"]
            # What a thread sends may name another cell than its own as its parent; a front end goes by other names.
            if name := content.get("transient", {}).get("display_id"):
                output = self._displays.setdefault(name, output)
            if message["msg_type"] in {"comm_open", "comm_msg"}:
                self._widgets.setdefault(content["comm_id"], {}).update(content["data"].get("state", {}))
            if output is not None:
                output.messages.append((time.monotonic(), message))

    def finish(self, output: Output, deadline_s: float = _DEADLINE_S) -> Output:
        """Wait until a piece of code is through, and give what it brought."""
        self.wait(lambda: output.idle_at_s, deadline_s)
        return output

    def run(self, code: str, cell_id: str | None = None) -> Output:
        """Run code and wait until it is through."""
        return self.finish(self.send(code, cell_id))

    def tell(self, expression: str) -> Any:  # whatever JSON can say
        """Give the value of an expression in the kernel."""
        output = self.run(f"import json as _json; print('TELL' + _json.dumps({expression}))")
        assert output.error is None, output.error
        return json.loads(output.text.partition("TELL")[2])

    def load(self, url: str, **traits: object) -> None:
        """Load the extension afresh and let it ask there."""
        find = "next(each for each in get_ipython().configurables if type(each).__name__ == 'RunwareMagics')"
        lines = ["%reload_ext runware_magic", f"_magics = {find}"]
        lines += [f"%config RunwareMagics.{name} = {value!r}" for name, value in {"base_url": url, **traits}.items()]
        output = self.run("\n".join(lines))
        assert output.error is None, output.error

    def turns(self, chat: str = "main") -> list[list[str]]:
        """Give the state and the text of each turn that a conversation has."""
        told = f"[[turn.state, turn.content] for turn in _magics.session.conversation.turns({chat!r})]"
        return list(self.tell(told))

    def count(self) -> list[list[Any]]:
        """Count what is ours in the kernel, as Linux tells it; gives names of threads, sockets, and child processes.

        Those that the kernel itself has, and talks to its client over, do not count.
        """
        names, sockets, children = json.loads(self.run(_COUNT).text.partition("TELL")[2])
        info = self.manager.get_connection_info()
        own = {f"{info[name]:04X}" for name in info if name.endswith("_port")}
        sockets = [row for row in sockets if not own & {row[0][-4:], row[1][-4:]}]
        return [names, [row for row in sockets if row not in self._first], children]

    def until_nothing_is_left(self, deadline_s: float = 5.0) -> None:
        """Wait until the kernel has no thread, socket or process of ours; an AssertionError when it keeps one."""
        end_s = time.monotonic() + deadline_s
        while (left := self.count()) != [[], [], []]:
            assert time.monotonic() < end_s, left

    def interrupt(self) -> float:
        """Interrupt it as a front end does; gives the moment."""
        at_s = time.monotonic()
        self.manager.interrupt_kernel()
        return at_s

    def restart(self) -> None:
        """Restart it, as a front end does."""
        self.client.stop_channels()
        self.manager.restart_kernel(now=False)
        self._connect()

    def stop(self, *, now: bool = True) -> float:
        """End it, politely or at once; gives the seconds that this took."""
        began_s = time.monotonic()
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=now)
        return time.monotonic() - began_s


def until_gone(gone: threading.Event) -> Callable[[socket.socket], None]:
    """Give a step of a server's reply that says nothing until the client has closed the connection, and notes that."""

    def step(connection: socket.socket) -> None:
        with suppress(OSError):
            while connection.recv(4096):
                pass
        gone.set()

    return step
