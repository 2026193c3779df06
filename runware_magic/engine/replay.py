"""Begins to record or replay a session: lessons that need no key."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from runware_magic.chat.ancestry import Ancestry
from runware_magic.chat.conversation import context
from runware_magic.chat.request import Request
from runware_magic.chat.text import counted
from runware_magic.chat.turn import Turn
from runware_magic.engine.connections import EndpointFactory
from runware_magic.engine.session import Session
from runware_magic.errors import UsageError, Words
from runware_magic.notebook import reader
from runware_magic.recording.file import read
from runware_magic.recording.format import Recorded, Recording
from runware_magic.recording.from_turns import retold, steps_of
from runware_magic.recording.player import Player
from runware_magic.recording.recorder import Recorder

NOTEBOOK = ".ipynb"


def begin_recording(session: Session, path: Path) -> Recorder:
    """Record from now on, after what the file contains, and return the recorder.

    Raises `UsageError` if the file cannot be written, or contains something else.
    """
    try:
        # Absolute, since a cell may change the working directory.
        recorder = Recorder(path.expanduser().absolute())
    except (OSError, RuntimeError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        msg = f"{path.name or path} cannot be written: {(why or type(error).__name__).rstrip('.')}."
        raise UsageError(msg, "Name a file in a folder that you may write to.") from None
    session.connections.record(recorder)
    return recorder


def begin_replay(session: Session, path: Path, speed: float, elsewhere: EndpointFactory | None) -> Player:
    """Replay a recording, or a notebook with answers, from now on.

    `speed` is 2 for twice as fast as recorded. `elsewhere` answers what is not recorded; None for nobody. Raises
    `UsageError` if the file cannot be replayed.
    """
    if path.suffix.lower() == NOTEBOOK:
        rebuilt = reader.read(path)
        if not rebuilt.turns:
            msg = f"{path.name} contains no answers."
            raise UsageError(msg, "Run its " + Words("%%runware cells", "cells") + ", save it, then replay it.")
        recording = Recording(path.name, tuple(_retold(rebuilt.turns)), ". ".join(rebuilt.left_out))
    else:
        recording = read(Path(os.path.expanduser(path)))  # noqa: PTH111  # unlike pathlib's, it raises nothing
    player = Player(recording, speed)
    session.connections.replay(player, elsewhere)
    return player


def told(player: Player) -> str:
    """Return a text: how many requests a recording has, and of which dates."""
    return ", recorded ".join(filter(None, (counted(player.requests, "request"), " to ".join(player.dates))))


def _retold(turns: tuple[Turn, ...]) -> Iterator[Recorded]:
    known = {turn.id: turn for turn in turns}
    ancestry = Ancestry(turns)
    others: dict[str, list[Turn]] = {}  # choices by the id of the first
    for turn in turns:
        if turn.choice and turn.choice.first in known and turn.counts_elsewhere:
            others.setdefault(turn.choice.first, []).append(turn)
    of_others = {other.id for each in others.values() for other in each}
    asked_for = (turn for turn in turns if turn.id not in of_others)
    for number, turn in enumerate(sorted(asked_for, key=lambda turn: turn.timing.started)):
        before = [known[name] for name in ancestry.seen(turn.id) if name in known]
        started = turn.timing.started
        day = turn.recorded or started[:10]
        # With microseconds, so that the times of turns from the same second differ.
        asked = f"{day}{started[10:].rstrip('Z')}.{number:06d}Z"
        request = Request(turn.model, context(before, turn.messages), turn.parameters)
        for at, (step, messages) in enumerate(steps_of(turn)):
            sent = replace(request, messages=(*request.messages, *messages))
            yield retold(step, sent, f"{asked[:-1]}{at:02d}Z", () if turn.replies else others.get(turn.id, ()))
