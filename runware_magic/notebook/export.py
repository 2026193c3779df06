"""Export conversations to a file, in the format that its suffix names."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from runware_magic.chat.conversation import Conversation, VersionedTurn
from runware_magic.chat.text import counted, listed
from runware_magic.chat.turn import Bundle
from runware_magic.errors import UsageError
from runware_magic.notebook.atomic_write import check, write_whole
from runware_magic.notebook.escape import one_line
from runware_magic.notebook.fine_tuning import to_examples
from runware_magic.notebook.html_page import to_page
from runware_magic.notebook.markdown_page import to_markdown

_ToText = Callable[[tuple[VersionedTurn, ...], str, Bundle], str]
_Document = tuple[str, str, str]  # the text of a file, what it holds, in a few words, and remarks


def write(  # noqa: PLR0913  # what to write, how it shows, where it may go
    path: Path, conversation: Conversation, *, chat: str, bundle: Bundle, open_notebook: Path | None, force: bool
) -> str:
    """Write conversations to a file, completely or not at all; return what was written, in one line.

    The suffix selects the format: ``.ipynb`` and ``.jsonl`` contain all chats, beginning with `chat`; ``.md`` and
    ``.html`` only that one. `bundle` returns what a turn shows, by MIME type. `open_notebook`, if it is known, is never
    written to. Raise UsageError if there is nothing to write, or the file must not or cannot be written.
    """
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        msg = f"{path.suffix or 'A file without suffix'} is not an export format."
        raise UsageError(msg, f"Name a file that ends in {', '.join(_FORMS)}.")
    check(path, force=force, open_notebook=open_notebook)
    if not conversation.places(chat):
        others = [one_line(name) for name, places in conversation.chats.items() if places]
        msg = f"Chat {one_line(chat)} has no turns."
        raise UsageError(msg, f"Chats with turns: {listed(others)}." if others else "Ask something first.")
    text, holds, remark = form(conversation, chat, bundle)
    write_whole(path, text)
    return f"Wrote {holds} to {one_line(str(path))}.{remark}"


def _notebook(conversation: Conversation, chat: str, bundle: Bundle) -> _Document:
    from runware_magic.notebook.ipynb import to_notebook  # noqa: PLC0415  # nbformat, which no other form needs

    chats = _from(chat, conversation)
    text, not_asked = to_notebook(conversation, chats, bundle)
    turns = {turn.id for name in chats for turn in conversation.turns(name)}
    holds = f"{counted(len(turns), 'turn')} of {f'chat {one_line(chat)}' if len(chats) == 1 else f'{len(chats)} chats'}"
    remark = f" The cells of turn {listed(not_asked)} cannot repeat the exact request; the answers are kept."
    return text, holds, remark if not_asked else ""


def _one_chat(to_text: _ToText, conversation: Conversation, chat: str, bundle: Bundle) -> _Document:
    places = conversation.places(chat)
    return to_text(places, chat, bundle), f"{counted(len(places), 'turn')} of chat {one_line(chat)}", ""


def _lines(conversation: Conversation, chat: str, _: Bundle) -> _Document:
    chats = _from(chat, conversation)
    made = to_examples(conversation, chats)
    if not made.lines:
        msg = "No turn has a complete answer yet."
        raise UsageError(msg, "A file for fine-tuning needs questions with complete answers.")
    written = len(chats) - made.without
    parts = f" as {counted(len(made.lines), 'example')}" if len(made.lines) != written else ""
    remarks = (
        f" {_partial(made.weighted, 'has weight 0', 'have weight 0')}" if made.weighted else "",
        f" {_partial(made.partial, 'was skipped', 'were skipped')}" if made.partial else "",
        f" Skipped, because earlier turns are missing: {counted(made.lost, 'answer')}." if made.lost else "",
        f" Skipped, without a complete answer: {counted(made.without, 'chat')}." if made.without else "",
    )
    return "".join(made.lines), f"{counted(written, 'chat')}{parts}", "".join(remarks)


def _partial(count: int, one: str, several: str) -> str:
    return f"{counted(count, 'incomplete answer')} {one if count == 1 else several}."


_FORMS: dict[str, Callable[[Conversation, str, Bundle], _Document]] = {
    ".ipynb": _notebook,
    ".md": partial(_one_chat, to_markdown),
    ".jsonl": _lines,
    ".html": partial(_one_chat, to_page),
}


def _from(chat: str, conversation: Conversation) -> tuple[str, ...]:
    """Return the chats that have turns, this one first."""
    return (chat, *(name for name, places in conversation.chats.items() if places and name != chat))
