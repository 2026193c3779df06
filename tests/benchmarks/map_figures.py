"""Figures of asking about many rows: beside a bare pool of threads that posts by requests, in the same run."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import requests
from figures import Figure
from requests.adapters import HTTPAdapter

import runware_magic

_AT_ONCE = 64
_MODEL = "demo:tutor@1"
_SHARE = 0.7  # of a bare pool's throughput
_WARM = 500  # rows, before memory is looked at
_MB = 2**20

Query = Callable[[str], object]
Post = Callable[..., requests.Response]


@contextmanager
def _demo() -> Iterator[dict[str, str]]:
    """Serve the demo endpoint in a process of its own; give the environment to ask it with."""
    command = [sys.executable, "-m", "runware_magic", "demo", "--port", "0", "--pace", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = (process.stdout.readline().strip().partition("=") for _ in range(2))
        yield {name: value for name, _, value in lines}
        process.terminate()


def many(rows: int) -> list[Figure]:
    """Measure answers that come in pieces, and answers that come as a whole."""
    with _demo() as environment:
        command = [sys.executable, __file__, str(rows)]
        done = subprocess.run(command, env=os.environ | environment, stdout=subprocess.PIPE, check=True)
    told = json.loads(done.stdout)
    return [
        Figure("map in pieces, × a bare pool's time", told["pieces"], 1 / _SHARE),
        Figure("map of whole answers, × a bare pool's time", told["whole"], 1 / _SHARE),
        Figure(f"memory of {rows} rows", told["growth"], 16, "MB"),
    ]


def _poster() -> Post:
    session = requests.Session()
    session.mount("http://", HTTPAdapter(pool_maxsize=_AT_ONCE))
    url = os.environ["RUNWARE_BASE_URL"] + "/chat/completions"
    headers = {"Authorization": f"Bearer {os.environ['RUNWARE_API_KEY']}"}

    def post(prompt: str, *, stream: bool) -> requests.Response:
        body = {"model": _MODEL, "messages": [{"role": "user", "content": prompt}], "stream": stream}
        return session.post(url, json=body | {"max_completion_tokens": 4096}, headers=headers, stream=stream)

    return post


def _pieces(post: Post) -> Query:
    def ask(prompt: str) -> str:
        words = []
        for line in post(prompt, stream=True).iter_lines():
            if line.startswith(b"data: ") and line != b"data: [DONE]":
                words += [choice["delta"].get("content") or "" for choice in json.loads(line[6:])["choices"]]
        return "".join(words)

    return ask


def _whole(post: Post) -> Query:
    return lambda prompt: post(prompt, stream=False).json()["choices"][0]["message"]["content"]


def _bare_s(ask: Query, prompts: list[str]) -> float:
    began = time.perf_counter()
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for _ in threads.map(ask, prompts):
            pass
    return time.perf_counter() - began


def _map_s(prompts: list[str], *, stream: bool, watch: Callable[[int], object] = lambda _: None) -> float:
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "turns.jsonl"
        began = time.perf_counter()
        turns = runware_magic.map(prompts, models=_MODEL, max_parallel=_AT_ONCE, record=record, stream=stream)
        for count, turn in enumerate(turns, 1):
            assert turn.state == "complete", turn.error
            watch(count)
        return time.perf_counter() - began


def _growth(prompts: list[str]) -> float:
    """Give the megabytes by which the process grows after its first rows."""
    at: dict[int, int] = {}

    def watch(count: int) -> None:
        if count in {_WARM, len(prompts)}:
            at[count] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

    _map_s(prompts, stream=True, watch=watch)
    return (at[len(prompts)] - at[_WARM]) / _MB


def main(rows: int) -> None:
    """Measure in this process, which does nothing else; in turns, since a machine has its moods."""
    prompts = [f"What is special about row {number}?" for number in range(rows)]
    told = {"growth": _growth(prompts)}
    for name, asks, stream in (("pieces", _pieces, True), ("whole", _whole, False)):
        ratios = []
        for _ in range(3):
            bare_s = _bare_s(asks(_poster()), prompts)
            ratios.append(_map_s(prompts, stream=stream) / bare_s)
        told[name] = statistics.median(ratios)
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]))
