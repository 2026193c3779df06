"""A model's Markdown as Markdown that is safe in readers which run HTML.

A trusted JupyterLab runs the scripts of a ``text/markdown`` output, follows its ``javascript:`` links and loads its
images. So what is stored has no HTML, no image and no odd link left, whatever dialect a reader speaks.
"""

from __future__ import annotations

import html
import re

from markdown_it.token import Token

from runware_magic.display.markdown import MARKDOWN, ended
from runware_magic.display.mathematics import GATED, overwhelming, without_poor_bold
from runware_magic.display.plain import one_line, plain

__all__ = ["one_line", "plain", "safe_markdown"]

_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]\w{1,30});", re.ASCII)
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_IMAGE = re.compile(r"!(?=\[)")
_LIVE = r"(?!\s*(?:https?://|mailto:))"
# Some dialects allow a space before the address.
_LINK = re.compile(rf"\](\s?)\({_LIVE}", re.IGNORECASE)
_DEFINITION = re.compile(rf"\]:{_LIVE}", re.IGNORECASE)
_FENCE = re.compile(r"`{3,}|~{3,}")
_FORMULA = re.compile(r"(?<![\\$\d])(\${1,2})(?![\s$])([^$`\n]{1,400})(?<![\s\\])\1(?!\d)")
_PARAGRAPH = re.compile(r"(\n[ \t]*\n)")
_COMMAND = re.compile(r"\\(?=[A-Za-z])")
_ROUND = str.maketrans("{}", "()")
_STARTS_FORMULA = re.compile(r"\$|\\[(\[]|\\begin")
_ADDRESS = re.compile(r"\]\s?[(:]|://|www\.|@", re.IGNORECASE)
# Of code in these, readers make pictures and formulas: they load what it names.
_DRAWN = {"mermaid", "math", "latex-math", "katex", "geojson", "topojson", "stl", "plantuml", "graphviz", "vega-lite"}
_LANGUAGE = re.compile(r"[\w+#.-]{1,40}", re.ASCII)
_TICKS = re.compile(r"`+")


def safe_markdown(text: str) -> str:
    """Take from Markdown what a reader could run or load.

    Parameters
    ----------
    text
        From a model: nothing in it is trusted.

    Returns
    -------
    str
        The same text, where: a ``<`` that could start a tag is ``&lt;``; images are links; links lead to http, https
        and mailto only; commands of TeX that link or load are broken. Code blocks, wherever they stood, are fences at
        the left margin with a blank line on each side, since a fence that two readers see differently would let
        text pass as code in the one and as HTML in the other.
    """
    text = plain(text)
    # markdown-it's own idea of a line, not Python's, which ends lines at U+2028 too.
    lines = text.split("\n")
    out: list[str] = []
    at = 0
    for token in _code_blocks(text):
        first, last = token.map or (at, at)
        out += [_disarmed("\n".join(lines[at:first])), _fenced(token)]
        at = last
    out.append(_disarmed("\n".join(lines[at:])))
    return "\n\n".join(part for part in (part.strip("\n") for part in out) if part)


def _code_blocks(text: str) -> list[Token]:
    tokens: list[Token] = []
    MARKDOWN.block.parse(ended(text), MARKDOWN, {}, tokens)
    return [token for token in tokens if token.type in {"fence", "code_block"}]


def _fenced(token: Token) -> str:
    """Write a block of code so that every reader sees its ends at the same places."""
    ticks = max(map(len, _TICKS.findall(token.content)), default=0)
    fence = "`" * max(3, ticks + 1)
    language = _LANGUAGE.match(token.info.strip())
    content = token.content if token.content.endswith("\n") else token.content + "\n"
    shown = language[0] if language and language[0].lower() not in _DRAWN else ""
    return f"{fence}{shown}\n{content}{fence}"


def _disarmed(text: str) -> str:
    # Decoded first: nothing may become markup, or a command, only after it was looked at.
    text = plain(_REFERENCE.sub(lambda reference: html.unescape(reference[0]), text))
    text = _REFERENCE.sub(lambda reference: f"&amp;{reference[0][1:]}", text)
    # MathJax sees what Markdown has decoded, so a command is broken for good, and no entity stands in a formula.
    text = _broken(GATED, text)
    text = _FORMULA.sub(lambda formula: _TAG.sub("< ", formula[0]), text)
    text = _TAG.sub("&lt;", text)
    text = _IMAGE.sub("&#33;", text)
    text = _LINK.sub(r"]\1&#40;", text)
    text = _DEFINITION.sub("]&#58;", text)
    text = "".join(map(_tamed, _PARAGRAPH.split(text)))
    return _FENCE.sub(lambda fence: f"&#{ord(fence[0][0])};" * len(fence[0]), text)


def _broken(commands: re.Pattern[str], text: str) -> str:
    return commands.sub(lambda command: f"\\ {command[0][1:]}", text)


def _tamed(paragraph: str) -> str:
    """Take from a paragraph what is harmful only among the rest of it: no formula goes on in the next one.

    JupyterLab takes formulas out before it renders a text, and puts them back into the HTML, wherever they were: a
    quotation mark within one would end the attribute of the link, and what follows would be attributes of its own.
    """
    if not _STARTS_FORMULA.search(paragraph):
        return paragraph
    paragraph = without_poor_bold(paragraph)
    if overwhelming(paragraph):
        paragraph = _COMMAND.sub(r"\ ", paragraph).translate(_ROUND)
    return paragraph.replace('"', "&quot;") if _ADDRESS.search(paragraph) else paragraph
