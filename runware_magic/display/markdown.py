"""A model's Markdown as HTML that is safe in any notebook."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

from runware_magic.display.addresses import addresses
from runware_magic.display.directions import directions
from runware_magic.display.door import clean
from runware_magic.display.mathematics import mathematics
from runware_magic.display.plain import plain
from runware_magic.display.renderer import Renderer
from runware_magic.display.tasks import tasks

_TOGETHER = 500  # tokens of blocks, at least, that are rendered at once


def _parser() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}, renderer_cls=Renderer)
    markdown.enable(["table", "strikethrough"])
    addresses(markdown)
    mathematics(markdown)
    tasks(markdown)
    directions(markdown)
    return markdown


#: The one parser: CommonMark without HTML; with tables, strikethrough, bare addresses, mathematics and task lists.
MARKDOWN = _parser()


def to_html(text: str) -> str:
    """Give Markdown as HTML.

    Parameters
    ----------
    text
        From a model: nothing in it is trusted.

    Returns
    -------
    str
        Safe to show anywhere: no script, no style sheet, no image, no id; links lead to the web or to mail only; what
        is not mathematics is never typeset. It belongs inside an element of the class ``mathjax_ignore``.
    """
    return render(text, {})


def render(text: str, env: MutableMapping[str, Any]) -> str:
    """Give a part of a Markdown text as HTML.

    Parameters
    ----------
    text
        As in `to_html`.
    env
        What the parser knows from the parts before, and learns from this one (``references``, ``outline``).
        ``live`` says that it is part of a growing text; ``growing``, that more text will come; ``resumed`` and
        ``cut``, that the fence at the beginning or the end is part of a longer one; ``bullets``, how many at the
        beginning only indent.
    """
    # By itself each, since a parser of HTML takes much more room than the HTML: elements end where their block does.
    return "".join(map(clean, _rendered(StateCore(ended(plain(text)), MARKDOWN, env))))


def ended(text: str) -> str:
    """Give a text that ends a line: before 4.3, markdown-it looks for a heading behind the end of ``> ``."""
    return text if text.endswith("\n") else f"{text}\n"


def _rendered(state: StateCore) -> Iterator[str]:
    """Render some blocks at a time: all that stands in them, parsed at once, would take twenty times the text."""
    normalise, find_blocks, *rules = MARKDOWN.core.ruler.getRules("")
    normalise(state)
    find_blocks(state)
    left = state.tokens[::-1]
    while left:
        state.tokens = []
        while left and not (len(state.tokens) >= _TOGETHER and state.tokens[-1].level == 0 > state.tokens[-1].nesting):
            state.tokens.append(left.pop())
        for rule in rules:
            rule(state)
        yield str(MARKDOWN.renderer.render(state.tokens, MARKDOWN.options, state.env))
