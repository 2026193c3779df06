"""Task lists, in linear time.

The plug-in of mdit-py-plugins searches for the list of each item through all items before it.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

_BOX = re.compile(r"\[[ xX]\](?=\s)")
_ITEM = ["list_item_open", "paragraph_open", "inline"]


def tasks(markdown: MarkdownIt) -> None:
    """Show ``[ ]`` and ``[x]`` at the beginning of items as characters: nothing can tick them."""
    markdown.core.ruler.after("inline", "tasks", _mark)


def _mark(state: StateCore) -> None:
    tokens = state.tokens
    for item, paragraph, inline in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if [item.type, paragraph.type, inline.type] != _ITEM or not _BOX.match(inline.content):
            continue
        first = (inline.children or [inline])[0]
        if first.type == "text" and (box := _BOX.match(f"{first.content} ")):
            first.content = f"{'☐' if box[0] == '[ ]' else '☑'}{first.content[box.end() :]}"
