"""Leaves images out of turns."""

from __future__ import annotations

from dataclasses import replace

from runware_magic.chat.conversation import Conversation, VersionedTurn
from runware_magic.chat.messages import Message
from runware_magic.chat.parts import ImagePart, Part, TextPart
from runware_magic.chat.text import one_line
from runware_magic.chat.turn import Turn

_LONGEST_NAME = 60  # characters


def without_images(conversation: Conversation) -> Conversation:
    """Return the conversation with a text, such as ``[fig: picture left out]``, in place of each image."""
    chats = conversation.chats.items()
    return Conversation({chat: tuple(map(_place_without, places)) for chat, places in chats})


def _place_without(place: VersionedTurn) -> VersionedTurn:
    return replace(place, versions=tuple(map(_turn_without, place.versions)))


def _turn_without(turn: Turn) -> Turn:
    if all(message.has_only_text for message in turn.messages):
        return turn
    return replace(turn, messages=tuple(map(_message_without, turn.messages)))


def _message_without(message: Message) -> Message:
    return replace(message, parts=tuple(map(_part_without, message.parts)))


def _part_without(part: Part) -> Part:
    if not isinstance(part, ImagePart):
        return part
    name = one_line(part.name, _LONGEST_NAME)
    return TextPart(f"[{name}: picture left out]" if name else "[picture left out]")
