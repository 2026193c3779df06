"""Recording what is asked and what comes, and replaying it where there is no key: lessons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from runware_magic.chat.command_line import read_words
from runware_magic.chat.conversation import context
from runware_magic.chat.lineage import Lineage
from runware_magic.chat.options import nearest
from runware_magic.chat.request import Request
from runware_magic.chat.turn import Turn
from runware_magic.errors import OptionError, UsageError
from runware_magic.notebook import saved
from runware_magic.peers import Elsewhere
from runware_magic.session import Session
from runware_magic.wire.recorder import Recorder
from runware_magic.wire.recording_files import read
from runware_magic.wire.recordings import Recorded, Recording
from runware_magic.wire.replaying import AT_ONCE, Player
from runware_magic.wire.retelling import retold

_NOTEBOOK = ".ipynb"
_SPEEDS = {"1": 1.0, "2": 2.0, "max": AT_ONCE}
_ELSEWHERE = {"demo": "the demo", "live": "your endpoint"}
_ENDS = "%runware live ends it."


def record(session: Session, line: str) -> str:
    """Record from here on, into the file that a line names."""
    word = read_words("record", line).word(0)
    if not word or word.lower().endswith(_NOTEBOOK):
        msg = "Recording needs a file of its own."
        raise OptionError(msg, "%runware record lesson.jsonl")
    path = Path(word)
    begin_recording(session, path)
    held = len(read(_at_home(path)).exchanges)
    known = f" It holds {held} already: replayed, those come first." if held else ""
    return f"Recording into {path.name}: answers are live as ever, and each is added when it has ended.{known} {_ENDS}"


def begin_recording(session: Session, path: Path) -> None:
    """Record from here on; what the file holds already stays.

    Raises
    ------
    UsageError
        When something else is in it, or it cannot be written.
    """
    try:
        # A cell may go to another folder meanwhile.
        session.peers.record(Recorder(path.expanduser().absolute()))
    except (OSError, RuntimeError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        msg = f"{path.name or path} cannot be written: {(why or type(error).__name__).rstrip('.')}."
        raise UsageError(msg, "Name a file in a folder that is yours.") from None


def replay(session: Session, line: str, elsewhere: Callable[[str], Elsewhere | None]) -> str:
    """Replay from here on, as a line says.

    Parameters
    ----------
    session
        What the kernel holds.
    line
        The rest of the command.
    elsewhere
        Gives what settles who answers what was not recorded, by its name; None for nobody.
    """
    words = read_words("replay", line, flags=("speed", "else"))
    if not words.word(0):
        msg = "Replaying needs a recording, or a notebook that holds answers."
        raise OptionError(msg, "%runware replay lesson.jsonl")
    speed = _one_of(words.flags.get("speed", "1"), "speed", _SPEEDS)
    other = words.flags.get("else", "")
    player = begin_replay(
        session, Path(words.word(0)), _SPEEDS[speed], elsewhere(_one_of(other, "else", _ELSEWHERE) if other else "")
    )
    recording = player.recording
    said = f"Replaying {recording.name} ({told(player)}): "
    said += f"what is not in it goes to {_ELSEWHERE[other]}." if other else "the network is not touched."
    return f"{said} {_ENDS}" + (f" Of {recording.name}, {recording.remark}." if recording.remark else "")


def begin_replay(session: Session, path: Path, speed: float, elsewhere: Elsewhere | None) -> Player:
    """Replay from here on, and give what does.

    Parameters
    ----------
    session
        What the kernel holds.
    path
        A recording, or a notebook that holds answers.
    speed
        How many times as fast as it was recorded.
    elsewhere
        Settles who answers what was not recorded; None for nobody.

    Raises
    ------
    UsageError
        When the file cannot be replayed.
    """
    player = Player(opened(path), speed)
    session.peers.replay(player, elsewhere)
    return player


def live(session: Session) -> str:
    """End recording and replaying."""
    recorder = session.peers.recorder
    session.peers.live()
    if recorder is None:
        return "Endpoints answer from here on, and nothing is recorded."
    missing = f"; {recorder.trouble}" if recorder.trouble else ""
    return f"Recorded {_requests(recorder.count)} in {recorder.path.name}{missing}. Nothing more is recorded."


def opened(path: Path) -> Recording:
    """Read a recording, or take a notebook as one.

    Raises
    ------
    UsageError
        When it is neither.
    """
    if path.suffix.lower() != _NOTEBOOK:
        return read(_at_home(path))
    rebuilt = saved.read(path)
    if not rebuilt.turns:
        msg = f"{path.name} holds no answers."
        raise UsageError(msg, "Run its %%runware cells, save it, and replay that.")
    return Recording(path.name, tuple(_retold(rebuilt.turns)), "; ".join(rebuilt.left_out))


def told(player: Player) -> str:
    """Say what a recording holds, and from when it is."""
    return ", recorded ".join((_requests(player.requests), *([" to ".join(player.dates)] if player.dates else [])))


def _requests(count: int) -> str:
    return "1 request" if count == 1 else f"{count} requests"


def _retold(turns: tuple[Turn, ...]) -> Iterator[Recorded]:
    known = {turn.id: turn for turn in turns}
    lineage = Lineage(turns)
    for number, turn in enumerate(sorted(turns, key=lambda turn: turn.timing.started)):
        before = [known[name] for name in lineage.seen(turn) if name in known]
        started = turn.timing.started
        day = turn.recorded or started[:10]
        # To the microsecond, since of those that were asked in the same second each is one of its own.
        asked = f"{day}{started[10:].rstrip('Z')}.{number:06d}Z"
        yield retold(turn, Request(turn.model, context(before, turn.messages), turn.parameters), asked)


def _one_of(word: str, flag: str, known: Iterable[str]) -> str:
    names = tuple(known)
    if word not in names:
        msg = f"--{flag} takes {', '.join(names[:-1])} or {names[-1]}, not {word!r}."
        raise OptionError(msg, nearest(word, names) or f"%runware replay lesson.jsonl --{flag} {names[-1]}")
    return word


def _at_home(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:  # no such user
        return path
