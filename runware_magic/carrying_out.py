"""What a ``%runware`` command is carried out by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from runware_magic import commands, conversations, lessons
from runware_magic.chat.command_line import read_words
from runware_magic.commands import Here
from runware_magic.display.plain import counted
from runware_magic.hiding import hiding
from runware_magic.session import Session
from runware_magic.whom import Whom
from runware_magic.wire.endpoint import Key


@dataclass(frozen=True, slots=True)
class Desk:
    """Where commands are carried out.

    Attributes
    ----------
    session
        What the kernel holds.
    whom
        Settles who answers.
    here
        Gives where a command is given; looks at the class's settings, which may begin a replay.
    ask
        Asks what a line says.
    go_on_with
        Lets cells go on with a chat.
    overrule
        Lets what the user says of recording and replaying go before what the class wants.
    notebook
        Gives the open notebook, where the front end tells it.
    keys
        Gives the keys that are known.
    """

    session: Session
    whom: Whom
    here: Callable[[], Here]
    ask: Callable[[str], object]
    go_on_with: Callable[[str], object]
    overrule: Callable[[], object]
    notebook: Callable[[], Path | None]
    keys: Callable[[], tuple[Key | None, ...]]


def carry_out(desk: Desk, name: str, rest: str) -> object:
    """Do what a command says, which is known; without a name, tell the status.

    Returns
    -------
    object
        What to show: text, a value that shows itself, or None.
    """
    return _KNOWN[name](desk, rest)


def _record(desk: Desk, rest: str) -> str:
    said = lessons.record(desk.session, rest)
    desk.overrule()  # only now: where that failed, the class has its say
    return said


def _replay(desk: Desk, rest: str) -> str:
    said = lessons.replay(desk.session, rest, desk.whom.elsewhere)
    desk.overrule()
    return said


def _live(desk: Desk, _: str) -> str:
    said = lessons.live(desk.session)
    desk.overrule()
    return said


def _chat(desk: Desk, rest: str) -> object:
    name = read_words("chat", rest).word(0)
    if not name:
        return conversations.chats(desk.here())
    desk.go_on_with(name)
    turns = len(desk.session.conversation.turns(name))
    return f"Cells go on with chat {name} ({counted(turns, 'turn')} so far)."


def _fork(desk: Desk, rest: str) -> str:
    name, said = conversations.fork(desk.here(), rest)
    desk.go_on_with(name)
    return said


def _hand_in(desk: Desk, rest: str) -> str:
    notebook = desk.notebook()
    return conversations.hand_in(desk.here(), rest, notebook, hiding(desk.keys(), notebook))


_KNOWN: dict[str, Callable[[Desk, str], object]] = {
    "": lambda desk, _: commands.status(desk.here()),
    "ask": lambda desk, rest: desk.ask(rest),
    "record": _record,
    "replay": _replay,
    "live": _live,
    "models": lambda desk, rest: commands.models(desk.here(), rest),
    "usage": lambda desk, _: commands.usage(desk.here()),
    "login": lambda desk, rest: desk.whom.log_in(rest),
    "stop": lambda desk, rest: commands.stop(desk.here(), rest),
    "history": lambda desk, rest: conversations.history(desk.here(), rest),
    "versions": lambda desk, rest: conversations.versions(desk.here(), rest),
    "show": lambda desk, rest: conversations.show(desk.here(), rest),
    "chat": _chat,
    "fork": _fork,
    "pick": lambda desk, rest: conversations.pick(desk.here(), rest),
    "diff": lambda desk, rest: conversations.diff(desk.here(), rest),
    "undo": lambda desk, rest: conversations.undo(desk.here(), rest),
    "reset": lambda desk, rest: conversations.reset(desk.here(), rest),
    "restore": lambda desk, rest: conversations.restore(desk.here(), rest, desk.notebook()),
    "export": lambda desk, rest: conversations.export(desk.here(), rest, desk.notebook()),
    "hand-in": _hand_in,
}
