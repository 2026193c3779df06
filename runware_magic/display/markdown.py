"""A model's Markdown as HTML that is safe in any notebook."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from markdown_it import MarkdownIt

from runware_magic.display.addresses import addresses
from runware_magic.display.door import clean
from runware_magic.display.mathematics import mathematics
from runware_magic.display.plain import plain
from runware_magic.display.renderer import Renderer
from runware_magic.display.tasks import tasks


def _parser() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}, renderer_cls=Renderer)
    markdown.enable(["table", "strikethrough"])
    addresses(markdown)
    mathematics(markdown)
    tasks(markdown)
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
        What the parser knows from the parts before, and learns from this one (``references``).
        ``live`` says that it is part of a growing text; ``growing``, that more text will come; ``resumed`` and
        ``cut``, that the fence at the beginning or the end is part of a longer one; ``bullets``, how many at the
        beginning only indent.
    """
    return clean(str(MARKDOWN.render(ended(plain(text)), env)))


def ended(text: str) -> str:
    """Give a text that ends a line: before 4.3, markdown-it looks for a heading behind the end of ``> ``."""
    return text if text.endswith("\n") else f"{text}\n"
