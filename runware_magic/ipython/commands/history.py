"""The commands on chats and their turns: list, change, compare and show them."""

from __future__ import annotations

from runware_magic.chat.conversation import VersionedTurn
from runware_magic.chat.lineage import stale
from runware_magic.chat.request import Request
from runware_magic.chat.text import counted, listed, one_line, shortened
from runware_magic.chat.turn import COMPLETE, Turn
from runware_magic.comparison import numbered
from runware_magic.display.render.badge import NO_FINISH_REASON, costs
from runware_magic.display.render.listing import Column, Listing, beginning, without_tables
from runware_magic.display.render.local_time import local_time
from runware_magic.display.render.tables import Code, Stack, Table
from runware_magic.engine.recent import MOST_BYTES, MOST_TURNS
from runware_magic.errors import OptionError, UsageError
from runware_magic.ipython.commands.arguments import read_number, read_words
from runware_magic.ipython.commands.context import CommandContext
from runware_magic.prompt.options import nearest
from runware_magic.protocol.snippets import as_curl, as_json, as_python

_SHOWN = 60  # characters of a prompt in a table
_LONGEST = 300  # characters of a text in a listing, which shows less of it
_STALE = "⚠ "
_HISTORY = (
    Column("turn", is_number=True),
    Column("cell"),
    Column("prompt", share=50),
    Column("answer", share=15),
    Column("version"),
    Column("cost", is_number=True),
    Column(""),
    Column("asked"),
)
_FORMS = ("curl", "python", "json", "sse")


def history(context: CommandContext, line: str) -> Listing:
    """List the turns of a chat."""
    chat = read_words("history", line).word(0) or context.chat
    conversation = context.session.conversation
    places = conversation.places(chat)
    must_exist(context, chat)
    marks = stale(conversation, chat)
    rows = [
        (str(number), context.run_of(place), *_row(place, mark))
        for number, (place, mark) in enumerate(zip(places, marks, strict=True), 1)
    ]
    return Listing(f"Chat {chat}", _HISTORY, tuple(rows), "" if rows else "No turns yet.")


def answer(context: CommandContext, line: str) -> None:
    """Show turns again, in the output of this cell."""
    word = read_words("answer", line).word(0)
    turns = context.session.conversation.turns(context.chat)
    if word == "all":
        chosen = turns
    elif not (chosen := () if word else context.lost()):
        number = read_number(word or str(len(turns)), "turn", len(turns))
        chosen = (turns[number - 1],)
    for turn in chosen:
        context.show_turn(turn)


def chat(context: CommandContext, line: str) -> object:
    """Make a chat the current one; without a name, list the chats."""
    name = read_words("chat", line).word(0)
    if name:
        context.use_chat(name)
        conversation = context.session.conversation
        so_far = counted(len(conversation.turns(name)), "turn") + " so far" if name in conversation.chats else "new"
        return f"Now in chat {name} ({so_far})."
    names: dict[str, tuple[VersionedTurn, ...]] = {context.chat: (), **context.session.conversation.chats}
    rows = [
        (name, str(len(places)), short(places[-1].turn) if places else "", "current" if name == context.chat else "")
        for name, places in sorted(names.items())
    ]
    return Table("Chats", ("chat", "turns", "last prompt", ""), tuple(rows))


def undo(context: CommandContext, line: str) -> str:
    """Forget the last turn of the current chat."""
    read_words("undo", line, most=0)
    context.must_be_still(context.chat)
    turns = context.session.conversation.turns(context.chat)
    if not turns:
        return f"Chat {context.chat} has no turns to undo."
    context.session.change(lambda now: now.without_last(context.chat))
    return f"Forgot turn {len(turns)} of chat {context.chat}: {short(turns[-1])}"


def reset(context: CommandContext, line: str) -> str:
    """Forget a chat."""
    chat = read_words("reset", line).word(0) or context.chat
    context.must_be_still(chat)
    must_exist(context, chat)
    turns = context.session.conversation.turns(chat)
    context.session.change(lambda now: now.without(chat))
    return f"Forgot {counted(len(turns), 'turn')} of chat {chat}."


def fork(context: CommandContext, line: str) -> str:
    """Start a chat that shares the first turns of the current one, and make it current."""
    words = read_words("fork", line, flags=("at",))
    conversation = context.session.conversation
    name = words.word(0)
    if not name or name in conversation.chats or name == context.chat:
        msg = f"There is a chat {name!r} already." if name else "The new chat needs a name."
        raise OptionError(msg, "%runware fork NAME [--at N]")
    turns = conversation.turns(context.chat)
    at = read_number(words.flags["at"], "turn", len(turns)) if "at" in words.flags else len(turns)
    context.session.change(lambda now: now.forked(context.chat, name, at))
    context.use_chat(name)
    return f"Now in chat {name}, which shares {counted(at, 'turn')} with chat {context.chat}."


def versions(context: CommandContext, line: str) -> object:
    """Show the versions of a turn, or use another one."""
    words = read_words("versions", line, flags=("use",))
    conversation = context.session.conversation
    places = conversation.places(context.chat)
    number = read_number(words.word(0) or str(len(places)), "turn", len(places))
    place = places[number - 1]
    if "use" not in words.flags:
        from runware_magic.display.render.version_diff import versions_table  # noqa: PLC0415  # rarely used

        return versions_table(place, number)
    context.must_be_still(context.chat)
    version = read_number(words.flags["use"], "version", len(place.versions))
    shown = place.versions[version - 1]
    context.session.change(lambda now: now.with_shown(context.chat, number, version), shown=shown)
    return f"Version {version} of turn {number} is now in use."


def pick(context: CommandContext, line: str) -> str:
    """Continue the chat from another answer of a comparison."""
    words = read_words("pick", line, flags=("turn",))
    number, answers = _compared(context, words.flags.get("turn", ""))
    answer = numbered(answers, _answer_number(words.word(0)))
    context.must_be_still(context.chat)
    context.session.choose(answer)
    name = one_line(answer.variant.name, 80) if answer.variant else ""
    return f"Chat {context.chat} continues from answer {words.word(0)} of turn {number} ({name})."


def diff(context: CommandContext, line: str) -> object:
    """Show two answers of a comparison side by side."""
    words = read_words("diff", line, most=2, flags=("turn",))
    _, answers = _compared(context, words.flags.get("turn", ""))
    left, right = (numbered(answers, _answer_number(words.word(at) or str(at + 1))) for at in (0, 1))
    from runware_magic.display.render.version_diff import SideBySide  # noqa: PLC0415  # rarely used

    return SideBySide(left, right)


def _answer_number(word: str) -> int:
    if not word.isdecimal():
        msg = f"{word!r} is not the number of an answer."
        raise OptionError(msg, "The table shows the numbers: %runware pick 2, or %runware diff 1 2.")
    return int(word)


def _compared(context: CommandContext, word: str) -> tuple[int, tuple[Turn, ...]]:
    """Return the number of a turn that has several answers, and these; the last such turn if none is named."""
    conversation = context.session.conversation
    turns = conversation.turns(context.chat)
    numbers = [read_number(word, "turn", len(turns))] if word else range(len(turns), 0, -1)
    for number in numbers:
        if answers := conversation.variants(turns[number - 1]):
            return number, answers
    msg = f"Turn {word} has only one answer." if word else f"No turn of chat {context.chat} has several answers."
    hint = "%%runware --compare A,B asks for several; %runware versions N --use V switches to another version."
    raise UsageError(msg, hint)


def show(context: CommandContext, line: str) -> object:
    """Show the request or the response of a turn."""
    words = read_words("show", line, flags=("as",), switches=("whole",))
    turns = context.session.conversation.turns(context.chat)
    number = read_number(words.word(0) or str(len(turns)), "turn", len(turns))
    turn = turns[number - 1]
    form = words.flags.get("as", "curl")
    if form not in _FORMS:
        msg = f"--as must be one of {', '.join(_FORMS)}, not {form!r}."
        raise OptionError(msg, nearest(form, _FORMS) or "%runware show [N] --as curl")
    if form == "sse":
        return Code(_received(context, turn, number), "")
    request = context.session.request_of(turn)
    code, language = _written(context, turn, request, form)
    short = code if "whole" in words.flags else shortened(code)
    if short == code:
        return Code(code, language)
    note = f"Pictures are shortened here: %runware show {number} --as {form} --whole shows all of it."
    return Stack((Code(short, language), Table("", (), (), note)))


def _written(context: CommandContext, turn: Turn, request: Request, form: str) -> tuple[str, str]:
    """Return a request as text in a form, and the language of that."""
    if form == "json":
        return as_json(request), "json"
    where = context.where()
    write, language = (as_curl, "sh") if form == "curl" else (as_python, "python")
    code = write(request, where.base_url, needs_key=where.key is not None or bool(where.recording))
    if turn.recorded is not None:
        # A comment in both languages.
        code = f"# Its answer was replayed (recorded {one_line(turn.recorded, 20)}); this asks for a new one.\n{code}"
    return code, language


def _received(context: CommandContext, turn: Turn, number: int) -> str:
    body = context.session.recent.body(turn.first_choice_id)
    if body is None:
        kept = f"are no longer kept: only those of the last {MOST_TURNS} answers are, at most {MOST_BYTES // 2**20} MB"
        why = kept if context.session.ledger.is_of_here(turn) else "were received by another kernel"
        msg = f"The bytes received for turn {number} {why}."
        raise UsageError(msg, "%runware show --as json shows what was sent.")
    return body.read().decode(errors="replace")


def must_exist(context: CommandContext, chat: str) -> None:
    """Raise `OptionError` if there is no such chat."""
    names = sorted({*context.session.conversation.chats, context.chat})
    if chat not in names:
        msg = f"There is no chat {chat!r}."
        raise OptionError(msg, nearest(chat, names) or f"The chats are: {listed(names)}.")


def _row(place: VersionedTurn, mark: str) -> tuple[str, ...]:
    turn, count = place.turn, len(place.versions)
    state = "" if turn.is_whole else NO_FINISH_REASON if turn.state == COMPLETE else turn.state
    return (
        short(turn, _LONGEST),
        f"{_STALE if mark else ''}{beginning(turn.content)}",
        f"{place.shown + 1} of {count}" if count > 1 else "",
        costs((turn,)),
        ", ".join(filter(None, (mark, state))),
        local_time(turn.timing.started),
    )


def short(turn: Turn, limit: int = _SHOWN) -> str:
    """Return the beginning of a turn's prompt in one line."""
    return one_line(without_tables(next((m.content for m in turn.messages if m.role == "user"), "")), limit)
