"""A real kernel, an endpoint that streams to it, and what a front end would receive."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from kernel import Kernel
from tap import Received, Tap

_WORD = re.compile(rb"w(\d{5})")

#: The ways to read a stream that the product is compared with.
PREPARE = """
import json, time, requests
from IPython.display import Markdown, display
from runware_magic import Chat

def _stream(model):
    session = requests.Session()
    session.trust_env = False
    return session.post(URL + "/chat/completions", json={"model": model, "messages": [], "stream": True}, stream=True)

def drain(model):
    # Reads, and shows nothing.
    for _ in _stream(model).iter_content(None):
        pass

def tutorial(model):
    # Shows everything again for every token.
    text, handle = "", display(Markdown(""), display_id=True)
    for line in _stream(model).iter_lines():
        if line.startswith(b"data: {"):
            for choice in json.loads(line[6:])["choices"]:
                text += choice["delta"].get("content", "")
                handle.update(Markdown(text))

def chat(model):
    # The product, without drawing.
    chat = Chat(model, base_url=URL)
    for _ in chat.stream("Hi"):
        pass
    chat.close()
"""


@dataclass(frozen=True)
class Measured:
    """What running a piece of code took and brought.

    Attributes
    ----------
    began_s, ended_s
        When the kernel began with it, and when its output stood for good, in seconds since the epoch.
    cpu_s
        Seconds of processor time of the kernel.
    messages
        What a front end would have received.
    """

    began_s: float
    ended_s: float
    cpu_s: float
    messages: list[Received]

    @property
    def took_s(self) -> float:
        """Seconds from its beginning to its end."""
        return self.ended_s - self.began_s

    @property
    def size(self) -> int:
        """Bytes that a front end would have received."""
        return sum(message.size for message in self.messages)

    @property
    def rate(self) -> float:
        """Messages a second."""
        return len(self.messages) / max(1.0, self.took_s)


@contextmanager
def streaming() -> Iterator[str]:
    """Start the endpoint that streams; give its address."""
    command = [sys.executable, str(Path(__file__).parent / "server.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
        finally:
            server.kill()


class Bench:
    """A kernel with the extension loaded.

    Parameters
    ----------
    url
        The endpoint that it asks.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.kernel = Kernel(Path(tempfile.mkdtemp(prefix="bench")))
        self.tap = Tap(self.kernel.manager.get_connection_info())
        self.kernel.load(self.url)
        # As in a browser, whichever cells ask here.
        self.kernel.run("%config RunwareMagics.widgets = 'on'")
        self.kernel.run(f"URL = {self.url!r}\n{PREPARE}")
        # Once for all that is loaded on first use.
        self.measure(cell("prose/2048/4/0/0"), "warm")
        self.measure("chat('prose/2048/4/0/0'); drain('prose/2048/4/0/0')")

    def measure(self, code: str, cell_id: str | None = None, deadline_s: float = 300.0) -> Measured:
        """Run code, and wait until all that it shows has come."""
        cpu_s = float(self.kernel.tell("time.process_time()")) if cell_id != "warm" else 0.0
        self._until_quiet()
        self.tap.take()
        output = self.kernel.finish(self.kernel.send(code, cell_id), deadline_s)
        assert output.error is None, output.error
        self._until_quiet()
        messages = self.tap.take()
        began_s = next(message.at_s for message in messages if message.kind == "execute_input")
        settled = [message.at_s for message in messages if message.settles]
        ended_s = settled[-1] if settled else messages[-1].at_s
        cpu_s = float(self.kernel.tell("time.process_time()")) - cpu_s
        return Measured(began_s, ended_s, cpu_s, messages)

    def written(self) -> list[float]:
        """When each delta of the last answer was written, and its end, in seconds since the epoch."""
        with urllib.request.urlopen(f"{self.url}/log") as reply:
            return list(json.load(reply))

    def close(self) -> None:
        """End the kernel."""
        self.tap.stop()
        with suppress(RuntimeError):
            self.kernel.stop()

    def _until_quiet(self) -> None:
        while self.tap.received and time.time() - self.tap.received[-1].at_s < 0.1:
            time.sleep(0.02)
        time.sleep(0.05)


def cell(model: str, options: str = "--once") -> str:
    """Give a cell that asks a model of the benchmark's endpoint."""
    return f"%%runware {model} {options}\nHi"


def first_shown(messages: list[Received], *, sent: bool = False) -> list[float]:
    """Give when each numbered word first came in a message, or was sent, in seconds since the epoch."""
    shown: list[float] = []
    for message in messages:
        if b"comm_" in message.parts[0]:
            found = _WORD.findall(message.parts[3])
            last = max(map(int, found)) if found else -1
            shown += [message.sent_s if sent else message.at_s] * (last + 1 - len(shown))
    return shown
