"""Figures of long notebooks: a cell after many turns beside the first one, and writing them out."""

from __future__ import annotations

import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import requests
from bench import streaming
from figures import Figure
from IPython.core.interactiveshell import InteractiveShell

from runware_magic.chat.conversation import Conversation
from runware_magic.chat.lineage import asked_after
from runware_magic.chat.messages import Message
from runware_magic.chat.turn import COMPLETE, Reply, Timing, Turn
from runware_magic.chat.usage import Usage
from runware_magic.display.render.bundle import bundle
from runware_magic.engine.outputs import Outputs
from runware_magic.ipython.magics import RunwareMagics
from runware_magic.notebook.export import write

_MODEL = "prose/256/256/0/0"
_QUESTION = "What is it that makes this row special?"
_TIMES = 15

Cells = Iterator[tuple[str, str]]


def long_notebooks(share: float) -> list[Figure]:
    """Measure in a process that does nothing else; with a share of the turns, for a look."""
    with streaming() as url:
        command = [sys.executable, __file__, url, str(share)]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "support")}
        told = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, env=environment).stdout)
    turns = round(2000 * share)
    return [
        Figure(f"a cell after {turns} turns, its request apart, × the first", told["long"], 2.0),
        Figure(f"a cell after {2 * turns} turns in {turns // 4} chats, × the first", told["chats"], 2.0),
        Figure(f"one cell, run for the {turns // 2}th time, × the first", told["again"], 2.0),
        Figure(f"{turns} turns to .ipynb, × to .md", told["ipynb"] / told["md"], 5.0),
        Figure(f"{turns} turns to .ipynb, processor time", told["ipynb"], 2.0, "s"),
    ]


class _Silent:
    """The output of a cell that nobody looks at."""

    def settle(self, settled: object) -> None:
        """Show nothing."""


def _turn(number: int, conversation: Conversation, chat: str, cell: str) -> Turn:
    parent, seen = asked_after(conversation, chat, cell)
    turn = Turn(f"{number:032x}", _MODEL, "e", (Message("user", _QUESTION),), Timing("2026-01-01T00:00:00Z", 0.4, 2.1))
    reply = Reply("An **answer** of some words, with `code` in it.")
    links = {"chat": chat, "cell_id": cell, "parent": parent, "context": seen}
    return replace(turn, **links, reply=reply, state=COMPLETE, finish_reason="stop", usage=Usage(51, 38, 89, 0.0001))


def _lived(cells: Cells) -> tuple[Conversation, Outputs]:
    """Give what a kernel holds after these cells."""
    conversation, outputs = Conversation(), Outputs()
    for number, (chat, cell) in enumerate(cells):
        turn = _turn(number, conversation, chat, cell)
        conversation = conversation.with_turn(turn)
        outputs.settle(_Silent(), turn, conversation)
    return conversation, outputs


@contextmanager
def _loaded(url: str) -> Iterator[tuple[InteractiveShell, Any]]:
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "runware_magic")
    magics = next(each for each in shell.configurables if isinstance(each, RunwareMagics))
    magics.base_url = url
    yield shell, magics.session
    shell.run_line_magic("unload_ext", "runware_magic")


def _cell_s(shell: InteractiveShell, chat: str, cell: str) -> float:
    shell.parent_header = {"metadata": {"cellId": cell}}  # type: ignore[attr-defined]  # as a kernel's
    began_s = time.process_time()
    with redirect_stdout(io.StringIO()):
        shell.run_cell_magic("runware", f"{_MODEL} -c {chat}", _QUESTION)
    return time.process_time() - began_s


def _sending_s(client: requests.Session, url: str, session: Any, chat: str) -> float:
    """Give what it takes to build the request of a chat, and to send it."""
    began_s = time.process_time()
    messages = [message.to_json() for turn in session.conversation.turns(chat) for message in turn.exchange]
    body = {"model": _MODEL, "messages": messages, "stream": True}
    assert client.post(f"{url}/chat/completions", json=body).ok
    return time.process_time() - began_s


def _after(url: str, cells: Cells, place: Callable[[int], tuple[str, str]], *, apart: bool = False) -> float:
    """Give what cells take after others, × what they take in an empty notebook: medians of processor time."""
    took = []
    with _loaded(url) as (shell, session), requests.Session() as client:
        client.trust_env = False
        _cell_s(shell, "warm", "warm")
        for conversation, outputs in ((Conversation(), Outputs()), _lived(cells)):
            session.conversation, session.outputs = conversation, outputs
            sending = []
            for number in range(_TIMES):
                chat, cell = place(number)
                send_s = _sending_s(client, url, session, chat) if apart else 0.0
                sending.append(_cell_s(shell, chat, cell) - send_s)
            took.append(statistics.median(sending))
    return took[1] / took[0]


def _written_s(conversation: Conversation, folder: Path, suffix: str) -> float:
    began_s = time.process_time()
    path = folder / f"talk{suffix}"
    write(path, conversation, chat="main", bundle=bundle, open_notebook=None, force=True)
    return time.process_time() - began_s


def main(url: str, share: float) -> None:
    """Measure in this process."""
    turns = round(2000 * share)
    long = [("main", f"cell {number}") for number in range(turns)]
    many = [(f"chat{number % (turns // 4)}", f"cell {number}") for number in range(2 * turns)]
    told = {
        "long": _after(url, iter(long), lambda number: ("main", f"new {number}"), apart=True),
        "chats": _after(url, iter(many), lambda number: (f"chat{number}", f"new {number}")),
        "again": _after(url, iter([("main", "cell")] * (turns // 2)), lambda _: ("main", "cell")),
    }
    conversation, _ = _lived(iter(long))
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".md", ".ipynb") * 2:  # the first time loads
            told[suffix[1:]] = _written_s(conversation, Path(folder), suffix)
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
