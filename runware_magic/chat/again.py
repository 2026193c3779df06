"""Requests that were answered before: the very same, in the very same place."""

from __future__ import annotations

from dataclasses import replace

from runware_magic.chat.conversation import Conversation
from runware_magic.chat.lineage import Lineage
from runware_magic.chat.turn import COMPLETE, Turn
from runware_magic.chat.variant import Variant


def answered_before(conversation: Conversation, turn: Turn) -> Turn | None:
    """Give the whole answer that a request has had before in its cell, if there is one.

    Parameters
    ----------
    conversation
        All that has been said.
    turn
        What would be asked.
    """
    if turn.chat is None:
        return None
    if turn.variant is not None:
        return _variant_before(conversation, turn, turn.variant)
    lineage = Lineage((*conversation.all_turns(), turn))
    for place in conversation.places(turn.chat):
        # Where the front end tells no cells, any turn of the chat with this very request is this cell's.
        for version in reversed(place.versions) if turn.cell_id in {None, place.cell_id} else ():
            if version.state == COMPLETE and _asks_alike(version, turn, lineage):
                return version
    return None


def _variant_before(conversation: Conversation, turn: Turn, variant: Variant) -> Turn | None:
    for place in conversation.places(turn.chat or ""):
        for version in reversed(place.versions) if turn.cell_id in {None, place.cell_id} else ():
            # The fingerprint is of all that is sent, what was said before included.
            if version.state == COMPLETE and version.variant and version.variant.fingerprint == variant.fingerprint:
                return replace(version, variant=variant)
    return None


def _asks_alike(one: Turn, other: Turn, lineage: Lineage) -> bool:
    asked = [(turn.model, turn.endpoint, turn.parameters, turn.messages) for turn in (one, other)]
    return asked[0] == asked[1] and lineage.print_of(one.id) == lineage.print_of(other.id) is not None
