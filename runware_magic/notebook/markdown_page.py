"""Export a chat as Markdown, for people and for GitHub."""

from __future__ import annotations

from collections.abc import Iterator

from runware_magic.chat.conversation import VersionedTurn
from runware_magic.chat.turn import Bundle, Reply
from runware_magic.notebook.escape import as_markdown, one_line, quoted
from runware_magic.notebook.parts import message_markdown


def to_markdown(places: tuple[VersionedTurn, ...], chat: str, bundle: Bundle) -> str:
    """Return a chat as Markdown; `bundle` returns the answers as safe Markdown.

    Prompts and (folded) reasoning are quotations, shown as they were typed. The only other HTML keeps dollar signs from
    becoming formulas.
    """
    turns = [part for number, place in enumerate(places, 1) for part in _turn(number, place, bundle)]
    return "\n\n".join((f"# {as_markdown(one_line(chat))}", *turns)) + "\n"


def _turn(number: int, place: VersionedTurn, bundle: Bundle) -> Iterator[str]:
    versions = len(place.versions)
    yield f"## {number}" + (f" (version {place.shown + 1} of {versions})" if versions > 1 else "")
    alone = len(place.turn.messages) == 1
    for message in place.turn.messages:
        if not alone or message.role != "user":
            yield f"**{as_markdown(one_line(message.role))}**"
        yield from message_markdown(message)
    replies = (*(each for each in place.turn.replies if isinstance(each, Reply)), place.turn.reply)
    reasoning = "\n\n".join(reply.reasoning for reply in replies if reply.reasoning.strip())
    if reasoning:
        # A quotation cannot close the element: nothing in it is a tag, and no line starts at the margin.
        yield f"<details><summary>Reasoning</summary>\n\n{quoted(reasoning)}\n\n</details>"
    yield bundle(place.turn)["text/markdown"].strip("\n")
