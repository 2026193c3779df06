"""A chat as Markdown, for people and for GitHub."""

from __future__ import annotations

from collections.abc import Iterator

from runware_magic.chat.conversation import Place
from runware_magic.chat.messages import Message
from runware_magic.chat.turn import Turn
from runware_magic.notebook.book import Bundle
from runware_magic.notebook.literal import as_markdown, one_line, quoted


def to_markdown(places: tuple[Place, ...], chat: str, bundle: Bundle) -> str:
    """Give a chat as Markdown.

    Parameters
    ----------
    places
        The turns, in order.
    chat
        What the chat is called.
    bundle
        Gives the answers, as safe Markdown.

    Returns
    -------
    str
        Prompts as quotations, shown as they were typed; reasoning folded, likewise; nothing else in HTML but what keeps
        dollars from becoming formulas.
    """
    turns = [part for number, place in enumerate(places, 1) for part in _turn(number, place, bundle)]
    return "\n\n".join((f"# {as_markdown(one_line(chat))}", *turns)) + "\n"


def _turn(number: int, place: Place, bundle: Bundle) -> Iterator[str]:
    versions = len(place.versions)
    yield f"## {number}" + (f" (version {place.shown + 1} of {versions})" if versions > 1 else "")
    alone = len(place.turn.messages) == 1
    for message in place.turn.messages:
        yield from _prompt(message, named=not alone or message.role != "user")
    if place.turn.reasoning.strip():
        yield _folded(place.turn)
    yield bundle(place.turn)["text/markdown"].strip("\n")


def _prompt(message: Message, *, named: bool) -> Iterator[str]:
    if named:
        yield f"**{as_markdown(one_line(message.role))}**"
    yield quoted(message.content)


def _folded(turn: Turn) -> str:
    # A quotation cannot close the element, whatever it says: none of it is a tag, and no line starts at the margin.
    return f"<details><summary>Reasoning</summary>\n\n{quoted(turn.reasoning)}\n\n</details>"
