"""What ``%runware`` does with conversations: list them, go back, fork, show, restore, write out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from runware_magic.chat.command_line import read_number, read_words
from runware_magic.chat.conversation import Conversation, Place
from runware_magic.chat.lineage import stale
from runware_magic.chat.options import nearest
from runware_magic.chat.runnable import as_curl, as_json, as_python
from runware_magic.chat.turn import Turn
from runware_magic.commands import Here
from runware_magic.comparison import numbered
from runware_magic.display.badge import costs
from runware_magic.display.plain import counted, one_line
from runware_magic.display.tables import Table
from runware_magic.errors import OptionError, UsageError
from runware_magic.notebook import saved

_UNKNOWN = "?"
_SHOWN = 60  # characters of a prompt in a table
_FORMS = ("curl", "python", "json", "sse")


def history(here: Here, line: str) -> Table:
    """List the turns of a chat."""
    chat = read_words("history", line).word(0) or here.chat
    conversation = here.session.conversation
    places = conversation.places(chat)
    if not places:
        _must_exist(conversation, chat, (here.chat,))
    marks = stale(conversation, chat)
    rows = [_row(number, place, mark) for number, (place, mark) in enumerate(zip(places, marks, strict=True), 1)]
    return Table(
        f"Chat {chat}",
        ("turn", "cell", "version", "state", "model", "prompt", "tokens in/out", "cost", ""),
        tuple(rows),
        "" if rows else "No turns yet.",
    )


def chats(here: Here) -> Table:
    """List the chats."""
    names: dict[str, tuple[Place, ...]] = {here.chat: (), **here.session.conversation.chats}
    rows = [
        (name, str(len(places)), _short(places[-1].turn) if places else "", "current" if name == here.chat else "")
        for name, places in sorted(names.items())
    ]
    return Table("Chats", ("chat", "turns", "last prompt", ""), tuple(rows))


def undo(here: Here, line: str) -> str:
    """Forget the last turn of the current chat."""
    read_words("undo", line, most=0)
    here.must_be_still(here.chat)
    turns = here.session.conversation.turns(here.chat)
    if not turns:
        return f"Chat {here.chat} has no turns to undo."
    here.session.change(here.session.conversation.without_last(here.chat))
    return f"Forgot turn {len(turns)} of chat {here.chat}: {_short(turns[-1])}"


def reset(here: Here, line: str) -> str:
    """Forget a chat."""
    chat = read_words("reset", line).word(0) or here.chat
    here.must_be_still(chat)
    conversation = here.session.conversation
    turns = conversation.turns(chat)
    if chat not in conversation.chats:
        _must_exist(conversation, chat, (here.chat,))
    here.session.change(conversation.without(chat))
    return f"Forgot {counted(len(turns), 'turn')} of chat {chat}."


def fork(here: Here, line: str) -> tuple[str, str]:
    """Let a new chat share the first turns of the current one.

    Returns
    -------
    tuple of str
        The name of the new chat, which cells go on with, and what to say.
    """
    words = read_words("fork", line, flags=("at",))
    conversation = here.session.conversation
    name = words.word(0)
    if not name or name in conversation.chats or name == here.chat:
        msg = f"There is a chat {name!r} already." if name else "The new chat needs a name."
        raise OptionError(msg, "%runware fork NAME [--at N]")
    turns = conversation.turns(here.chat)
    at = read_number(words.flags["at"], "turn", len(turns)) if "at" in words.flags else len(turns)
    here.session.change(conversation.forked(here.chat, name, at))
    return name, f"Chat {name} shares {counted(at, 'turn')} of chat {here.chat}; cells go on with it."


def versions(here: Here, line: str) -> object:
    """Show the versions of a turn, or let another one count."""
    words = read_words("versions", line, flags=("use",))
    conversation = here.session.conversation
    places = conversation.places(here.chat)
    number = read_number(words.word(0) or str(len(places)), "turn", len(places))
    place = places[number - 1]
    if "use" not in words.flags:
        from runware_magic.display.differences import Versions  # noqa: PLC0415  # who never asks never loads it

        return Versions(place, number)
    here.must_be_still(here.chat)
    version = read_number(words.flags["use"], "version", len(place.versions))
    here.session.change(conversation.with_shown(here.chat, number, version))
    here.session.outputs.show(place.versions[version - 1], here.session.conversation)
    return f"Version {version} of turn {number} counts now."


def pick(here: Here, line: str) -> str:
    """Let a chat go on from another answer of a comparison."""
    words = read_words("pick", line, flags=("turn",))
    number, answers = _compared(here, words.flags.get("turn", ""))
    answer = numbered(answers, _answer_number(words.word(0)))
    here.must_be_still(here.chat)
    here.session.choose(answer)
    name = one_line(answer.variant.name, 80) if answer.variant else ""
    return f"Chat {here.chat} goes on from answer {words.word(0)} of turn {number} ({name})."


def diff(here: Here, line: str) -> object:
    """Lay two answers of a comparison side by side."""
    words = read_words("diff", line, most=2, flags=("turn",))
    _, answers = _compared(here, words.flags.get("turn", ""))
    left, right = (numbered(answers, _answer_number(words.word(at) or str(at + 1))) for at in (0, 1))
    from runware_magic.display.side_by_side import SideBySide  # noqa: PLC0415  # who never asks never loads it

    return SideBySide(left, right)


def _answer_number(word: str) -> int:
    if not word.isdecimal():
        msg = f"An answer has a number from 1, not {word!r}."
        raise OptionError(msg, "%runware pick K, %runware diff I J: the table numbers them.")
    return int(word)


def _compared(here: Here, word: str) -> tuple[int, tuple[Turn, ...]]:
    """Give the number of a turn that has several answers, and these; the last such turn where none is named."""
    conversation = here.session.conversation
    turns = conversation.turns(here.chat)
    numbers = [read_number(word, "turn", len(turns))] if word else range(len(turns), 0, -1)
    for number in numbers:
        if answers := conversation.variants(turns[number - 1]):
            return number, answers
    which = f"Turn {word}" if word else f"No turn of chat {here.chat}"
    msg = f"{which} has several answers." if not word else f"{which} has one answer only."
    raise UsageError(
        msg, "%%runware --compare A,B asks for several; %runware versions N --use V takes another version."
    )


def show(here: Here, line: str) -> object:
    """Show what was sent for a turn, and what came."""
    words = read_words("show", line, flags=("as",))
    turns = here.session.conversation.turns(here.chat)
    number = read_number(words.word(0) or str(len(turns)), "turn", len(turns))
    turn = turns[number - 1]
    form = words.flags.get("as", "curl")
    if form not in _FORMS:
        msg = f"--as takes one of {', '.join(_FORMS)}, not {form!r}."
        raise OptionError(msg, nearest(form, _FORMS) or "%runware show [N] --as curl")
    from runware_magic.display.stack import Code  # noqa: PLC0415  # who never asks never loads it

    if form == "sse":
        return Code(_received(here, turn, number), "")
    request = here.session.request_of(turn)
    if form == "json":
        return Code(as_json(request), "json")
    where = here.where()
    write, language = (as_curl, "sh") if form == "curl" else (as_python, "python")
    code = write(request, where.base_url, needs_key=where.key is not None or bool(where.recording))
    if turn.recorded is not None:
        # A comment to both of them.
        code = f"# Its answer was replayed, recorded {one_line(turn.recorded, 20)}; this asks for another.\n{code}"
    return Code(code, language)


def restore(here: Here, line: str, found: Path | None) -> str:
    """Rebuild the conversations from a saved notebook.

    Parameters
    ----------
    here, line
        As for every command.
    found
        The open notebook, where the front end tells it.
    """
    word = read_words("restore", line).word(0)
    path = word or found
    if path is None:
        msg = "The front end does not tell which notebook this is."
        raise UsageError(msg, "Name it: %runware restore PATH")
    rebuilt = saved.read(path)
    here.session.restore(rebuilt)
    chats = rebuilt.conversation.chats
    turns = {place.turn.id for places in chats.values() for place in places}
    said = f"Restored {counted(len(turns), 'turn')} in {counted(len(chats), 'chat')} from {Path(path).name}."
    return f"{said} Left out: {'; '.join(rebuilt.left_out)}." if rebuilt.left_out else said


def export(here: Here, line: str, found: Path | None) -> str:
    """Write a conversation to a file, in the form that its suffix names."""
    words = read_words("export", line, flags=("chat",), switches=("force",))
    if not words.word(0):
        msg = "The export needs a file name."
        raise OptionError(msg, "%runware export talk.md (or .ipynb, .jsonl, .html)")
    from runware_magic.display.bundle import bundle  # noqa: PLC0415  # nbformat and all; see `versions`
    from runware_magic.notebook import export as exporting  # noqa: PLC0415

    return exporting.write(
        Path(words.word(0)),
        here.session.conversation,
        chat=words.flags.get("chat", here.chat),
        bundle=bundle,
        open_notebook=found,
        force="force" in words.flags,
    )


def hand_in(here: Here, line: str, found: Path | None, hidden: Callable[[str], str]) -> str:
    """Write the conversations to one page for a teacher: with all versions, and what they took.

    Parameters
    ----------
    here, line, found
        As for `restore`.
    hidden
        Gives a text without what nobody else is to read.
    """
    words = read_words("hand-in", line, flags=("chat",), switches=("force",))
    if not words.word(0):
        msg = "The hand-in needs a file name."
        raise OptionError(msg, "%runware hand-in work.html")
    from runware_magic.display.bundle import bundle  # noqa: PLC0415  # see `versions`
    from runware_magic.display.comparison import comparison_bundle  # noqa: PLC0415
    from runware_magic.display.differences import Versions  # noqa: PLC0415
    from runware_magic.notebook import hand_in as handing_in  # noqa: PLC0415

    conversation = here.session.conversation
    chats = (here.chat, *(name for name in conversation.chats if name != here.chat))
    if chat := words.flags.get("chat"):
        _must_exist(conversation, chat, (here.chat,))
        chats = (chat,)
    return handing_in.write(
        Path(words.word(0)),
        conversation,
        chats=chats,
        faces=handing_in.Faces(
            turn=lambda turn: str(bundle(turn)["text/html"]),
            comparison=lambda turns, counts: str(comparison_bundle(turns, counts)["text/html"]),
            versions=lambda place, number: str(
                Versions(place, number)._repr_mimebundle_()["text/html"]
            ),  # as a front end does
            costs=costs,
        ),
        hidden=hidden,
        open_notebook=found,
        force="force" in words.flags,
    )


def _received(here: Here, turn: Turn, number: int) -> str:
    body = here.session.received.get(turn.id)
    if body is None:
        msg = f"What came for turn {number} was received by another kernel."
        raise UsageError(msg, "%runware show --as json shows what was sent.")
    return body.read().decode(errors="replace")


def _must_exist(conversation: Conversation, chat: str, also: Iterable[str]) -> None:
    names = sorted({*conversation.chats, *also})
    if chat not in names:
        msg = f"There is no chat {chat!r}."
        raise OptionError(msg, nearest(chat, names) or f"There is {', '.join(names)}.")


def _row(number: int, place: Place, mark: str) -> tuple[str, ...]:
    turn = place.turn
    usage = turn.usage
    tokens = f"{_known(usage.prompt_tokens)} / {_known(usage.completion_tokens)}" if usage else _UNKNOWN
    count = len(place.versions)
    version = "1" if count == 1 else f"{place.shown + 1} of {count}"
    cell = (place.cell_id or "")[:8]
    return (str(number), cell, version, turn.state, turn.model, _short(turn), tokens, costs((turn,)) or _UNKNOWN, mark)


def _known(count: int | None) -> str:
    return _UNKNOWN if count is None else str(count)


def _short(turn: Turn) -> str:
    text = " ".join(next((m.content for m in turn.messages if m.role == "user"), "").split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
