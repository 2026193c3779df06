"""The commands record, replay and live."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from runware_magic.chat.text import counted
from runware_magic.engine.replay import NOTEBOOK, begin_recording, begin_replay, told
from runware_magic.errors import OptionError
from runware_magic.ipython.commands.arguments import read_words
from runware_magic.ipython.commands.context import CommandContext
from runware_magic.prompt.options import nearest
from runware_magic.recording.file import read
from runware_magic.recording.player import AT_ONCE

_SPEEDS = {"1": 1.0, "2": 2.0, "max": AT_ONCE}
_ELSEWHERE = {"demo": "the demo", "live": "your endpoint"}
_ENDS = "%runware live stops the"


def record(context: CommandContext, line: str) -> str:
    """Record from now on, into a file."""
    word = read_words("record", line).word(0)
    if not word or word.lower().endswith(NOTEBOOK):
        msg = "Recording needs the name of a .jsonl file."
        raise OptionError(msg, "%runware record lesson.jsonl")
    path = begin_recording(context.session, Path(word)).path
    context.override()  # last: if recording failed, the mode of the class stays
    held = len(read(path).exchanges)
    are = "is" if held == 1 else "are"
    known = f" It already holds {counted(held, 'request')}, which {are} replayed first." if held else ""
    return f"Recording to {path.name}: answers stay live, and each is added when it ends.{known} {_ENDS} recording."


def replay(context: CommandContext, line: str) -> str:
    """Replay a recording from now on."""
    words = read_words("replay", line, flags=("speed", "else"))
    if not words.word(0):
        msg = "Replaying needs the name of a recording or of a saved notebook."
        raise OptionError(msg, "%runware replay lesson.jsonl")
    speed = _one_of(words.flags.get("speed", "1"), "speed", _SPEEDS)
    other = words.flags.get("else", "")
    elsewhere = context.resolver.elsewhere(_one_of(other, "else", _ELSEWHERE) if other else "")
    player = begin_replay(context.session, Path(words.word(0)), _SPEEDS[speed], elsewhere)
    context.override()
    recording = player.recording
    said = f"Replaying {recording.name} ({told(player)}): "
    said += f"other requests go to {_ELSEWHERE[other]}." if other else "nothing is sent."
    return f"{said} {_ENDS} replay." + (f" {recording.name}: {recording.remark}." if recording.remark else "")


def live(context: CommandContext, _line: str) -> str:
    """End recording and replaying."""
    connections = context.session.connections
    recorder = connections.recorder
    connections.live()
    context.override()
    if recorder is None:
        return "Answers are live from now on, and nothing is recorded."
    missing = f"; {recorder.trouble}" if recorder.trouble else ""
    return f"Recorded {counted(recorder.count, 'request')} in {recorder.path.name}{missing}. Recording has stopped."


def _one_of(word: str, flag: str, known: Iterable[str]) -> str:
    names = tuple(known)
    if word not in names:
        msg = f"--{flag} must be {', '.join(names[:-1])} or {names[-1]}, not {word!r}."
        raise OptionError(msg, nearest(word, names) or f"%runware replay lesson.jsonl --{flag} {names[-1]}")
    return word
