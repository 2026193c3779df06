"""Random faults against one conversation, and the tiny model that says what is to come of them."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Protocol

from fault_table import CELLS, Outcome, outcome
from faults import BODIES, HAS_COME, PHASES, reply
from loopback import Loopback, Step, chunked, delta, finish, sized, sse

_MOST_CELLS = 12
# The heavy ones of the table are rare, so that there is time for others.
_RARE = frozenset({"a byte at a time", "many empty events", "many comments", "stall"})
_STATUSES = (400, 401, 402, 403, 404, 409, 413, 429, 503)


@dataclass(frozen=True)
class Deed:
    """One cell that is run, and what the server does.

    Attributes
    ----------
    cell
        Its id.
    prompt
        What it asks.
    replies
        What the server sends, request by request.
    outcome
        What is to come of it.
    stopped
        Whether the user stops it in the midst: then the outcome is what can have come at most.
    requests
        How many requests it may take.
    what
        Says it in words, for failures.
    """

    cell: str
    prompt: str
    replies: list[list[Step]]
    outcome: Outcome
    stopped: bool
    requests: set[int]
    what: str


class Notebook(Protocol):
    """Whoever is put to the test: a session, or a whole kernel."""

    def run(self, deed: Deed, server: Loopback) -> str | None:
        """Run a cell; give the error that it ended with."""

    def reset(self) -> None:
        """Forget the chat."""

    def undo(self) -> None:
        """Forget the last turn of the chat."""

    def told(self) -> list[list]:
        """Give the chat as `Model.told` does."""


def brief(text: str) -> str:
    """Shorten a text: IPython keeps for ever what a cell prints, and these tests print the chat after every deed."""
    return text if len(text) < 100 else f"{len(text)} characters, {zlib.crc32(text.encode())}"


@dataclass
class _Place:
    cell: str
    prompts: list[str] = field(default_factory=list)
    versions: list[list] = field(default_factory=list)
    shown: int = 0


@dataclass
class Model:
    """What the chat is to be: cells in order, each with the versions of its turn and the one that counts."""

    places: list[_Place] = field(default_factory=list)

    def messages(self, cell: str, prompt: str) -> list[str]:
        """Give the contents of the messages that a cell is to send."""
        sent = []
        for place in self.places:
            if place.cell == cell:
                break
            state, content, _ = place.versions[place.shown]
            if state != "failed" and content.strip():
                sent += [place.prompts[place.shown], content]
        return [*sent, prompt]

    def take(self, cell: str, prompt: str, state: str, content: str, *, told: bool) -> None:
        """Take in a turn."""
        place = next((place for place in self.places if place.cell == cell), None)
        if place is None:
            place = _Place(cell)
            self.places.append(place)
        whole = bool(place.versions) and place.versions[place.shown][0] == "complete"
        place.prompts.append(prompt)
        place.versions.append([state, content, told])
        if state == "complete" or not whole:
            place.shown = len(place.versions) - 1

    def told(self) -> list[list]:
        """Give it, cell by cell: id, versions as state, content and whether the cost is known, and which one counts."""
        return [
            [place.cell, [[state, brief(content), told] for state, content, told in place.versions], place.shown]
            for place in self.places
        ]


def deeds(rng: random.Random, model: Model) -> Iterator[Deed]:
    """Give deeds without end; each is to be done, and told to the model, before the next is asked for."""
    number = 0
    while True:
        number += 1
        cells = [place.cell for place in model.places]
        cell = f"cell-{number}" if not cells or rng.random() < (len(cells) < _MOST_CELLS) / 2 else rng.choice(cells)
        kind = rng.choice([_whole, _whole, _faulty, _faulty, _faulty, _refused, _stopped])
        replies, expected, what = kind(rng, number)
        yield Deed(
            cell, f"Question {number}", replies, expected, kind is _stopped, _requests(what), f"{number}: {what}"
        )


def _requests(what: str) -> set[int]:
    if what.startswith(("429", "503")):
        return {3}
    # A kept connection that dies before a byte has come was closed by the server, which read nothing.
    return {1, 2} if what.endswith("no answer") else {1}


def _whole(rng: random.Random, number: int) -> tuple[list[list[Step]], Outcome, str]:
    text = f"Answer {number} " + "word " * rng.randrange(200)
    pieces = [sse(delta(content=text[at : at + 9])) for at in range(0, len(text), 9)]
    return [chunked([*pieces, sse(finish(), "[DONE]")])], Outcome("complete", "", text, told=False), "whole"


def _faulty(rng: random.Random, _: int) -> tuple[list[list[Step]], Outcome, str]:
    cell = rng.choice(CELLS)
    while cell[0] in _RARE and rng.random() < 0.9:
        cell = rng.choice(CELLS)
    fault, framing, phase, word = cell
    return [reply(fault, framing, phase)], outcome(fault, phase, word), " | ".join(cell)


def _refused(rng: random.Random, _: int) -> tuple[list[list[Step]], Outcome, str]:
    status, body = rng.choice(_STATUSES), rng.choice(list(BODIES))
    return [sized(status, BODIES[body], Retry_After="0")], Outcome(None, "", "", told=False), f"{status} {body}"


def _stopped(rng: random.Random, _: int) -> tuple[list[list[Step]], Outcome, str]:
    phase = rng.choice(PHASES[:-1])
    return (
        [reply("stall", rng.choice(["chunked", "closing"]), phase)],
        Outcome("stopped", *HAS_COME[phase]),
        f"stop {phase}",
    )


def step(notebook: Notebook, model: Model, server: Loopback, deed: Deed) -> None:
    """Do a deed, and see that it came as the model says: what was sent, what came of it, what the chat is now."""
    server.heard.clear()
    server.replies[:] = deed.replies
    error = notebook.run(deed, server)
    expected = model.messages(deed.cell, deed.prompt)
    for heard in server.heard:
        assert [message["content"] for message in heard.json["messages"]] == expected, deed.what
    assert len(server.heard) in deed.requests, deed.what
    told = notebook.told()
    if deed.stopped:
        _take_stopped(model, told, deed)
    elif deed.outcome.state:
        model.take(deed.cell, deed.prompt, deed.outcome.state, deed.outcome.content, told=deed.outcome.told)
    wrong = [(is_told, is_to_be) for is_told, is_to_be in zip_longest(told, model.told()) if is_told != is_to_be]
    assert not wrong, (deed.what, error, wrong)
    assert deed.stopped or (error is None) == (deed.outcome.state == "complete"), (deed.what, error)
    assert error is None or "Unexpected error" not in error, (deed.what, error)


def _take_stopped(model: Model, told: list[list], deed: Deed) -> None:
    """Take in what came of a stop: it may have come at any moment, or too late."""
    before = next((place.versions for place in model.places if place.cell == deed.cell), [])
    after = next((versions for cell, versions, _ in told if cell == deed.cell), [])
    if len(after) > len(before):
        state, content, cost_told = after[-1]
        assert state in {"stopped", "failed", "complete"}, deed.what
        assert deed.outcome.content.startswith(content), deed.what
        model.take(deed.cell, deed.prompt, state, content, told=cost_told)
