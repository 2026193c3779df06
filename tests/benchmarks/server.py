"""A chat endpoint in a process of its own that streams at a pace, and knows when it wrote what.

The model's name says what to stream, as ``SHAPE/CHARACTERS/DELTA/PAUSE_MS/AT_ONCE``: characters a delta, milliseconds
between two, and how many characters come first, without pause. The shape ``words`` sends numbered words, so that each
can be found in what is shown; ``words-b``, ``words-c`` … send words with another letter, so that several answers can be
told apart.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from answers import REASONING, text
from loopback import USAGE, chunk, delta, finish, head, sse

#: When each delta of an answer was written, in seconds since the epoch, by its model; the last is its end.
_written: dict[str, list[float]] = {}


def _deltas(shape: str, size: int, each: int) -> Iterator[bytes]:
    if shape.startswith("words"):
        letter = shape.partition("-")[2] or "w"
        yield from (sse(delta(content=f"{letter}{number:05d} ")) for number in range(size // each))
        return
    whole = text(shape, size)
    kind = "reasoning_content" if shape == REASONING else "content"
    for at in range(0, len(whole), each):
        yield sse(delta(**{kind: whole[at : at + each]}))
    if shape == REASONING:
        yield sse(delta(content="That is all."))


def _stream(connection: socket.socket, model: str) -> None:
    shape, size, each, pause_ms, at_once = model.split("/")
    paced_from = int(at_once) // int(each)
    written: list[float] = []
    # The last one at the end, whoever asks for the last.
    _written.pop(model, None)
    _written[model] = written
    connection.sendall(head(Transfer_Encoding="chunked"))
    began = time.time()
    # Each is made when it is sent, as a model makes them.
    for number, piece in enumerate(_deltas(shape, int(size), int(each))):
        if number == paced_from:
            began = time.time()
        if float(pause_ms) and number >= paced_from:
            # By the clock, not by the pause: what a pause takes too long does not add up.
            time.sleep(max(0.0, began + (number - paced_from) * float(pause_ms) / 1000 - time.time()))
        written.append(time.time())
        connection.sendall(chunk(piece))
    connection.sendall(chunk(sse(USAGE, finish(), "[DONE]")) + b"0\r\n\r\n")
    written.append(time.time())


def _stall(connection: socket.socket) -> None:
    connection.sendall(head(Transfer_Encoding="chunked") + chunk(sse(delta(content="Just a moment."))))
    connection.recv(1)


def _told(line: str) -> object:
    if "/log" not in line:
        return []  # of models: it has any that is asked for
    return _written if line.split()[1].endswith("/logs") else next(reversed(_written.values()))


def _serve(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection, connection.makefile("rb") as reader, suppress(OSError):
        while line := reader.readline().decode():
            length = 0
            while header := reader.readline().decode().strip().lower():
                if header.startswith("content-length:"):
                    length = int(header.partition(":")[2])
            body: dict[str, Any] = json.loads(reader.read(length) or b"{}")
            if line.startswith("GET"):
                told = json.dumps(_told(line)).encode()
                connection.sendall(head(200, "application/json", Content_Length=str(len(told))) + told)
            elif body["model"] == "stall":
                _stall(connection)
            else:
                _stream(connection, body["model"])


def main() -> None:
    """Listen, and print the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)  # how the benchmarks learn of it
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main()
