"""What a front end would receive from a kernel: every message on its iopub channel, counted as it arrives."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import zmq


@dataclass(frozen=True)
class Received:
    """A message.

    Attributes
    ----------
    at_s
        When it came, in seconds since the epoch.
    size
        Bytes of its header, its parent's, its metadata, its content and its buffers.
    parts
        These, as they came.
    """

    at_s: float
    size: int
    parts: tuple[bytes, ...]

    @property
    def kind(self) -> str:
        """Its type."""
        return str(json.loads(self.parts[0])["msg_type"])

    @property
    def sent_s(self) -> float:
        """When the kernel made it, in seconds since the epoch."""
        return datetime.fromisoformat(json.loads(self.parts[0])["date"].replace("Z", "+00:00")).timestamp()

    @property
    def content(self) -> dict[str, Any]:
        """What it says."""
        return dict(json.loads(self.parts[3]))

    @property
    def settles(self) -> bool:
        """Whether it replaces a live view by a static bundle."""
        return b'"update_display_data"' in self.parts[0]


class Tap:
    """Listens to a kernel, beside its client.

    Parameters
    ----------
    connection
        The kernel's connection info.
    """

    def __init__(self, connection: dict[str, Any]) -> None:
        self._socket = zmq.Context.instance().socket(zmq.SUB)
        self._socket.setsockopt(zmq.RCVHWM, 0)
        self._socket.subscribe(b"")
        self._socket.connect(f"tcp://{connection['ip']}:{connection['iopub_port']}")
        self.received: list[Received] = []
        self._stopping = False
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def take(self) -> list[Received]:
        """Give what has come since the last time."""
        taken, self.received = self.received, []
        return taken

    def stop(self) -> None:
        """Stop listening."""
        self._stopping = True
        self._thread.join()
        self._socket.close(0)

    def _listen(self) -> None:
        while not self._stopping:
            if not self._socket.poll(100):
                continue
            frames = self._socket.recv_multipart()
            at_s = time.time()
            # Identities, the delimiter and the signature do not go to the front end.
            parts = tuple(frames[frames.index(b"<IDS|MSG>") + 2 :])
            self.received.append(Received(at_s, sum(map(len, parts)), parts))
