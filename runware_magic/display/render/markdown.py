"""Render a model's Markdown as HTML that is safe in any notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from runware_magic.chat.text import plain
from runware_magic.display.render.autolink import addresses
from runware_magic.display.render.bidi import directions
from runware_magic.display.render.emphasis import CjkFriendlyParser
from runware_magic.display.render.footnotes import footnotes, notes
from runware_magic.display.render.html_rules import Renderer
from runware_magic.display.render.math import mathematics
from runware_magic.display.render.sanitize_html import clean
from runware_magic.display.render.tags import tags
from runware_magic.display.render.task_lists import tasks
from runware_magic.display.render.text_width import text_widths

_WHOLE = 4  # rules that need the whole text: normalisation, blocks, folds, footnotes
_TOGETHER = 500  # block tokens, at least, that are rendered at once


def _parser() -> MarkdownIt:
    markdown = MarkdownIt(renderer_cls=Renderer)
    markdown.inline = CjkFriendlyParser()
    markdown.configure("commonmark", {"html": False})
    markdown.enable(["table", "strikethrough"])
    addresses(markdown)
    mathematics(markdown)
    tags(markdown)
    footnotes(markdown)
    tasks(markdown)
    directions(markdown)
    text_widths(markdown)
    return markdown


#: CommonMark with tables, strikethrough, bare addresses, mathematics, task lists, footnotes and a few tags of HTML.
MARKDOWN = _parser()


def to_html(text: str) -> str:
    """Return untrusted Markdown as HTML that is safe anywhere.

    It has no script, style sheet, image or id; links lead to the web or to mail only; only mathematics is typeset. It
    belongs inside an element of the class ``mathjax_ignore``.
    """
    return render(text, {})


def render(text: str, env: MutableMapping[str, Any]) -> str:
    """Return a part of a Markdown text as HTML, as `to_html` does.

    `env` is what the parser knows from the parts before, and learns from this one (``references``, ``outline``). In it,
    ``live`` says that the text is growing; ``growing``, that more text will follow; ``resumed`` and ``cut``, that the
    fence at the beginning or the end is part of a longer one; ``bullets``, how many at the beginning only indent.
    """
    # Cleaned one by one, since a parser of HTML needs much more memory than the HTML.
    return "".join(
        clean(MARKDOWN.renderer.render(tokens, MARKDOWN.options, env)) for tokens in parsed(text, env, _TOGETHER)
    )


def ended(text: str) -> str:
    """Return a text that ends a line: before 4.3, markdown-it looks for a heading after the end of ``> ``."""
    return text if text.endswith("\n") else f"{text}\n"


def parsed(text: str, env: MutableMapping[str, Any], together: int = 1) -> Iterator[list[Token]]:
    """Yield the tokens of untrusted Markdown, whole blocks with at least `together` tokens at a time, notes last.

    Parsing the inline text of all at once would take twenty times its memory, and not every caller needs all.
    """
    state = StateCore(ended(plain(text)), MARKDOWN, env)
    rules = MARKDOWN.core.ruler.getRules("")
    for rule in rules[:_WHOLE]:
        rule(state)
    left = state.tokens[::-1]
    while left:
        state.tokens = []
        while left and not (len(state.tokens) >= together and state.tokens[-1].level == 0 > state.tokens[-1].nesting):
            state.tokens.append(left.pop())
        yield _finished(state, rules[_WHOLE:])
    if more := notes(env):
        state.tokens = more
        yield _finished(state, rules[_WHOLE:])


def _finished(state: StateCore, rules: Sequence[Callable[[StateCore], None]]) -> list[Token]:
    for rule in rules:
        rule(state)
    return state.tokens
