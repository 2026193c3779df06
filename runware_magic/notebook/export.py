"""The conversations as a file, in the form that its suffix names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from runware_magic.chat.conversation import Conversation, context
from runware_magic.errors import UsageError
from runware_magic.notebook.book import Bundle, to_notebook
from runware_magic.notebook.files import check, write_whole
from runware_magic.notebook.literal import one_line
from runware_magic.notebook.page import to_page
from runware_magic.notebook.prose import to_markdown

# Line ends to some readers of a file of lines.
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class _Document:
    """What goes into the file, what that is called in one line, and what is to be said of it."""

    text: str
    holds: str
    remark: str = ""


def write(  # noqa: PLR0913  # what to write, how it shows, where it may go
    path: Path, conversation: Conversation, *, chat: str, bundle: Bundle, open_notebook: Path | None, force: bool
) -> str:
    """Write conversations to a file, whole or not at all.

    Parameters
    ----------
    path
        Where to. Its suffix says in which form: ``.ipynb`` and ``.jsonl`` hold all chats, ``.md`` and ``.html`` one.
    conversation
        The chats.
    chat
        The one to write, or to begin with.
    bundle
        Gives what a turn shows, by MIME type.
    open_notebook
        The notebook that a front end has open, where it is known: never written to.
    force
        Whether a file that is there may be replaced.

    Returns
    -------
    str
        What was written, in one line.

    Raises
    ------
    UsageError
        When the suffix or the chat is unknown, there is nothing to write, or the file cannot or may not be written.
    """
    form = _form(path)
    check(path, force=force, open_notebook=open_notebook)
    document = form(conversation, _present(conversation, chat), bundle)
    write_whole(path, document.text)
    return f"Wrote {document.holds} to {one_line(str(path))}.{document.remark}"


def _notebook(conversation: Conversation, chat: str, bundle: Bundle) -> _Document:
    chats = _from(chat, conversation)
    text, not_asked = to_notebook(conversation, chats, bundle)
    turns = {turn.id for name in chats for turn in conversation.turns(name)}
    holds = f"{_count(len(turns), 'turn')} of {f'chat {one_line(chat)}' if len(chats) == 1 else f'{len(chats)} chats'}"
    names = ", ".join(not_asked)
    remark = f" No cell asks exactly this again: turn {names}; the answers are kept." if names else ""
    return _Document(text, holds, remark)


def _markdown(conversation: Conversation, chat: str, bundle: Bundle) -> _Document:
    places = conversation.places(chat)
    return _Document(to_markdown(places, chat, bundle), _turns_of(len(places), chat))


def _page(conversation: Conversation, chat: str, bundle: Bundle) -> _Document:
    places = conversation.places(chat)
    return _Document(to_page(places, chat, bundle), _turns_of(len(places), chat))


def _lines(conversation: Conversation, chat: str, _: Bundle) -> _Document:
    chats = _from(chat, conversation)
    answered = [turns for turns in map(conversation.turns, chats) if any(turn.answers for turn in turns)]
    if not answered:
        msg = "No turn was answered yet."
        raise UsageError(msg, "A file for fine-tuning holds questions with their answers.")
    left = len(chats) - len(answered)
    remark = f" Left out, without an answer: {_count(left, 'chat')}." if left else ""
    lines = [json.dumps({"messages": [m.to_json() for m in context(t, ())]}, ensure_ascii=False) for t in answered]
    text = "".join(f"{_LINE_ENDS.sub(_escape, line)}\n" for line in lines)
    return _Document(text, _count(len(answered), "chat"), remark)


_FORMS: dict[str, Callable[[Conversation, str, Bundle], _Document]] = {
    ".ipynb": _notebook,
    ".md": _markdown,
    ".jsonl": _lines,
    ".html": _page,
}


def _form(path: Path) -> Callable[[Conversation, str, Bundle], _Document]:
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        msg = f"The suffix says in which form to write, and {path.suffix or 'none'} is not one of them."
        raise UsageError(msg, f"Name a file that ends in {', '.join(_FORMS)}.")
    return form


def _present(conversation: Conversation, chat: str) -> str:
    """Give the chat back, if there is something in it."""
    if conversation.places(chat):
        return chat
    others = [one_line(name) for name, places in conversation.chats.items() if places]
    msg = f"Chat {one_line(chat)} has no turns."
    raise UsageError(msg, f"There are turns in {', '.join(others)}." if others else "Ask something first.")


def _from(chat: str, conversation: Conversation) -> tuple[str, ...]:
    """Give the chats that have turns, this one first."""
    return (chat, *(name for name, places in conversation.chats.items() if places and name != chat))


def _turns_of(count: int, chat: str) -> str:
    return f"{_count(count, 'turn')} of chat {one_line(chat)}"


def _count(count: int, of_what: str) -> str:
    return f"{count} {of_what if count == 1 else f'{of_what}s'}"


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
