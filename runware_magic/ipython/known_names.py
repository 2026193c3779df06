"""Collects what Tab can complete in a session."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, get_origin

from runware_magic.chat.conversation import Conversation, VersionedTurn
from runware_magic.chat.text import one_line
from runware_magic.chat.turn import Turn
from runware_magic.engine.runner import Runner
from runware_magic.engine.session import Session
from runware_magic.engine.settings import Settings
from runware_magic.ipython.completion import Known, Numbered
from runware_magic.prompt.schema.read_schema import suggests_schema
from runware_magic.transport.endpoint import DEMO_MODEL, Endpoint

_SHOWN = 36  # characters beside a number
_TAB_S = 0.3  # how long Tab waits for the endpoint's models, once


def _is_type(value: object) -> bool:
    # Such as list[str], which can be called and iterated.
    return isinstance(value, type) or get_origin(value) is not None


#: What the value of an option may be, for options that name one.
_FITTING: dict[str, Callable[[object], bool]] = {
    "schema": suggests_schema,
    "tools": lambda value: callable(value) and not _is_type(value),
    "over": lambda value: isinstance(value, Iterable) and not isinstance(value, str | bytes) and not _is_type(value),
    "messages": lambda value: isinstance(value, list),
}


def known_names(
    conversation: Conversation,
    shell: Any,  # noqa: ANN401  # IPython's
    chat: str,
    under_way: Iterable[Runner],
    models: Iterable[str],
) -> Known:
    """Return what Tab can complete; `chat` is the current one, `models` are those of the endpoint."""
    hidden = shell.user_ns_hidden
    own = {name: value for name, value in shell.user_ns.items() if name not in hidden or hidden[name] is not value}
    return Known(
        models=tuple({*models}),
        chats=tuple({chat, *conversation.chats}),
        names=tuple(own),
        fitting=partial(_fitting, own),
        answers=tuple(answer.name for answer in under_way),
        turns=tuple(_numbered(conversation, place) for place in conversation.places(chat)),
    )


def known_models(session: Session, where: Endpoint | None, settings: Settings) -> tuple[str, ...]:
    """Return the models of the endpoint that answered last, and those that have answered; it may be asked, once."""
    connections, used = session.connections, [turn.model for turn in session.conversation.all_turns()]
    if where is None or not session.ledger.here():
        return (settings.model, DEMO_MODEL, *connections.model_ids(), *used)
    connections.learn_models(where, settings.timeouts, _TAB_S)
    return (*(connections.model_ids() or (settings.model_for(where),)), *used)


def _fitting(values: dict[str, object], option: str) -> Iterator[str]:
    fits = _FITTING.get(option)
    if fits is None:
        return
    for name, value in values.items():
        # The class of a value may raise anything when it is looked at.
        with suppress(Exception):
            if name[0] != "_" and fits(value):
                yield name


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
