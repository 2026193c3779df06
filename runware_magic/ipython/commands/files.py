"""The commands that read and write files: restore, export, hand-in."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from runware_magic.chat.conversation import Conversation, VersionedTurn
from runware_magic.chat.images import without_images
from runware_magic.chat.text import counted, listed
from runware_magic.display.render.badge import costs
from runware_magic.display.render.tool_lines import call_text
from runware_magic.display.render.tool_steps import cards_of
from runware_magic.engine.agreed import pending_in
from runware_magic.errors import OptionError, UsageError
from runware_magic.ipython.commands.arguments import Words, read_words
from runware_magic.ipython.commands.context import CommandContext
from runware_magic.ipython.commands.history import must_exist
from runware_magic.notebook import reader
from runware_magic.notebook.anonymize import anonymizer

_NO_IMAGES = "no-images"
_MOST_CALLS = 5  # that are told of a turn


def restore(context: CommandContext, line: str) -> str:
    """Restore the chats from a saved notebook."""
    here = context.notebook()
    path = read_words("restore", line).word(0) or here
    if path is None:
        msg = "The front end does not report which notebook this is."
        raise UsageError(msg, "Name it: %runware restore PATH")
    rebuilt = reader.read(path)
    context.session.restore(rebuilt, is_open=here is not None and _is_same(here, path))
    chats = rebuilt.conversation.chats
    turns = {place.turn.id for places in chats.values() for place in places}
    said = f"Restored {counted(len(turns), 'turn')} in {counted(len(chats), 'chat')} from {Path(path).name}."
    return " ".join((said, *(f"{each}." for each in (*rebuilt.apart, *rebuilt.left_out)), *_waiting(chats)))


def _waiting(chats: Mapping[str, Sequence[VersionedTurn]]) -> Iterator[str]:
    """Yield a sentence on each turn that ``allow`` goes on with.

    Its calls are those of the record, which will run: what the notebook shows of them may say anything.
    """
    for chat, places in chats.items():
        turn = pending_in(place.turn for place in places)
        if turn is not None:
            number = 1 + next(at for at, place in enumerate(places) if place.turn is turn)
            calls = listed([call_text(card) for card in cards_of(turn) if card.waits], _MOST_CALLS)
            yield f"Turn {number} of chat {chat} waits for you: {calls}. %runware answer {number} shows it."


def _written(context: CommandContext, words: Words) -> Conversation:
    conversation = context.session.conversation
    return without_images(conversation) if _NO_IMAGES in words.flags else conversation


def _is_same(here: Path, path: str | Path) -> bool:
    return here.samefile(os.path.expanduser(path))  # noqa: PTH111  # as the reader does


def export(context: CommandContext, line: str) -> str:
    """Write a chat to a file, in the format of its suffix."""
    words = read_words("export", line, flags=("chat",), switches=("force", _NO_IMAGES))
    if not words.word(0):
        msg = "The export needs a file name."
        raise OptionError(msg, "%runware export talk.md (or .ipynb, .jsonl, .html)")
    from runware_magic.display.render.bundle import bundle  # noqa: PLC0415  # keeps loading the extension fast
    from runware_magic.notebook import export as exporting  # noqa: PLC0415

    return exporting.write(
        Path(words.word(0)),
        _written(context, words),
        chat=words.flags.get("chat", context.chat),
        bundle=bundle,
        open_notebook=context.notebook(),
        force="force" in words.flags,
    )


def hand_in(context: CommandContext, line: str) -> str:
    """Write all chats to one page for a teacher, with all versions and costs."""
    words = read_words("hand-in", line, flags=("chat",), switches=("force", _NO_IMAGES))
    if not words.word(0):
        msg = "The hand-in needs a file name."
        raise OptionError(msg, "%runware hand-in work.html")
    from runware_magic.display.render.bundle import bundle  # noqa: PLC0415  # as in `export`
    from runware_magic.display.render.comparison import comparison_bundle  # noqa: PLC0415
    from runware_magic.display.render.version_diff import versions_table  # noqa: PLC0415
    from runware_magic.notebook import hand_in as handing_in  # noqa: PLC0415

    conversation, notebook = _written(context, words), context.notebook()
    chats = (context.chat, *(name for name in conversation.chats if name != context.chat))
    if chat := words.flags.get("chat"):
        must_exist(context, chat)
        chats = (chat,)
    return handing_in.write(
        Path(words.word(0)),
        conversation,
        chats=chats,
        faces=handing_in.Faces(
            turn=lambda turn: str(bundle(turn)["text/html"]),
            comparison=lambda turns, counts: str(comparison_bundle(turns, counts)["text/html"]),
            versions=lambda place, number: str(versions_table(place, number)._repr_mimebundle_()["text/html"]),
            costs=costs,
        ),
        anonymize=anonymizer(context.resolver.keys(), notebook),
        open_notebook=notebook,
        force="force" in words.flags,
    )
