"""Collects what Tab can complete in a session."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from runware_magic.chat.conversation import Conversation, VersionedTurn
from runware_magic.chat.text import one_line
from runware_magic.chat.turn import Turn
from runware_magic.engine.runner import Runner
from runware_magic.ipython.completion import Known, Numbered

_SHOWN = 36  # characters beside a number


def known_names(
    conversation: Conversation,
    shell: Any,  # noqa: ANN401  # IPython's
    chat: str,
    under_way: Iterable[Runner],
    models: Iterable[str],
) -> Known:
    """Return what Tab can complete; `chat` is the current one, `models` are those of the endpoint."""
    hidden = shell.user_ns_hidden
    return Known(
        models=tuple({*models}),
        chats=tuple({chat, *conversation.chats}),
        names=tuple(name for name, value in shell.user_ns.items() if name not in hidden or hidden[name] is not value),
        answers=tuple(answer.name for answer in under_way),
        turns=tuple(_numbered(conversation, place) for place in conversation.places(chat)),
    )


def _numbered(conversation: Conversation, place: VersionedTurn) -> Numbered:
    asked = next((message.content for message in place.turn.messages if message.role == "user"), "")
    return Numbered(
        _short(asked),
        tuple(map(_begun, place.versions)) if len(place.versions) > 1 else (),
        tuple(_begun(turn) for turn in conversation.variants(place.turn)),
    )


def _begun(turn: Turn) -> str:
    named = f"{turn.variant.name} · " if turn.variant else ""
    return _short(f"{named}{turn.content[: 2 * _SHOWN] or turn.state}")


def _short(text: str) -> str:
    # JupyterLab wraps at blanks, and each line over the next.
    return one_line(text, _SHOWN).replace(" ", "\u00a0")
