"""Figures of a process alone: loading, and decoding."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import sseclient
from answers import text
from figures import Figure
from loopback import USAGE, delta, finish, sse

from runware_magic.protocol.chunk_decoder import decode_stream

_BARE = "import IPython, ipywidgets, requests"
_SHELL = f"{_BARE}\nfrom IPython.core.interactiveshell import InteractiveShell\nshell = InteractiveShell.instance()"


def _processor_s(code: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-c", code], check=True, cwd=folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def loading(times: int) -> list[Figure]:
    """Measure whole processes: with the extension loaded, beside the bare imports."""
    load = "\nshell.run_line_magic('load_ext', 'runware_magic')"
    ratios, with_shell = [], []
    for _ in range(times):
        bare, shell, loaded = (_processor_s(code) for code in (_BARE, _SHELL, _SHELL + load))
        ratios.append((bare + loaded - shell) / bare)
        with_shell.append(loaded / shell)
    return [
        Figure("loading, × bare imports", statistics.median(ratios), 1.2),
        Figure("loading, × a shell that starts", statistics.median(with_shell)),
    ]


def decoding(times: int) -> list[Figure]:
    """Measure from bytes to events, beside sseclient-py and json.loads alone."""
    whole = text("prose", 65536)
    pieces = [sse(delta(content=whole[at : at + 4])) for at in range(0, len(whole), 4)]
    pieces.append(sse(USAGE, finish(), "[DONE]"))

    def alone() -> None:
        for event in sseclient.SSEClient(iter(pieces)).events():
            if event.data != "[DONE]":
                json.loads(event.data)

    def ours() -> None:
        for _ in decode_stream(iter(pieces)):
            pass

    ratios = [_seconds(ours) / _seconds(alone) for _ in range(times)]
    return [Figure("decoding, × sseclient-py and json.loads", statistics.median(ratios), 1.5)]


def _seconds(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
