"""Make a model's Markdown safe for readers that run HTML.

A trusted JupyterLab runs the scripts of a ``text/markdown`` output, follows its ``javascript:`` links and loads its
images. So saved Markdown has no HTML but a few bare tags, no image and no odd link, in any dialect.
"""

from __future__ import annotations

import html
import re

from markdown_it.token import Token

from runware_magic.chat.text import plain
from runware_magic.display.render.dollars import formula_at
from runware_magic.display.render.kept_tags import PARAGRAPH, marked, written
from runware_magic.display.render.markdown import MARKDOWN, ended
from runware_magic.display.render.math import GATED, overwhelming, without_poor_bold

_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]\w{1,30});", re.ASCII)
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_IMAGE = re.compile(r"!(?=\[)")
_LIVE = r"(?!\s*(?:https?://|mailto:))"
# Some dialects allow a space before the address.
_LINK = re.compile(rf"\](\s?)\({_LIVE}", re.IGNORECASE)
_DEFINITION = re.compile(rf"\]:{_LIVE}", re.IGNORECASE)
# A footnote: with two words, no reader takes it for the definition of a link.
_NOTE = re.compile(r"^( {0,3}\[\^[^\s\[\]^]{1,60}\]):(?=[ \t]+\S+[ \t]+[^\s\"'(<])", re.MULTILINE)
_FENCE = re.compile(r"`{3,}|~{3,}")
# Code, an address, an escaped character, a TeX environment, a dollar sign.
_STRETCH = re.compile(
    r"""(?=[`hw\\$])
    (?: (?P<code>(?<!`)(?P<ticks>`{1,9})(?!`).{1,400}?(?<!`)(?P=ticks)(?!`)) | (?P<address>(?:https?://|www\.)[^\s<>]*)
    | (?P<escaped>\\[^\w\s]) | (?P<environment>\\begin\{(?P<name>[a-z]{1,20}\*?)\}.{0,4000}?\\end\{(?P=name)\})
    | (?P<dollar>\$))""",
    re.DOTALL | re.VERBOSE | re.IGNORECASE,
)
# They stand for a dollar sign outside of formulas and the colon of a footnote; `plain` leaves none in a text.
_LITERAL, _COLON = "\0", "\x03"
# JupyterLab looks for formulas in the text, where a backslash keeps two dollar signs apart, and again in the HTML,
# where only an element does.
_SET_APART = r"<span>\$</span>"
_COMMAND = re.compile(r"\\(?=[A-Za-z])")
_ROUND = str.maketrans("{}", "()")
_STARTS_FORMULA = re.compile(r"\$|\\[(\[]|\\begin")
_ADDRESS = re.compile(r"\]\s?[(:]|://|www\.|@", re.IGNORECASE)
# Readers turn code in these languages into pictures and formulas, and load what it names.
_DRAWN = {"mermaid", "math", "latex-math", "katex", "geojson", "topojson", "stl", "plantuml", "graphviz", "vega-lite"}
_LANGUAGE = re.compile(r"[\w+#.-]{1,40}", re.ASCII)
_TICKS = re.compile(r"`+")


def safe_markdown(text: str) -> str:
    """Return untrusted Markdown without what a reader could run or load.

    A ``<`` that could start a tag becomes ``&lt;``, except for the tags in `tags`, which are bare and closed; images
    become links; links lead to http, https and mailto only; TeX commands that link or load are broken; dollar signs
    that enclose no formula are set apart. Code blocks become fences at the left margin between blank lines: a fence
    that two readers see differently would let text pass as code in one and as HTML in the other.
    """
    text = plain(text)
    # Lines as in markdown-it; Python would also end them at U+2028.
    lines = text.split("\n")
    out: list[str] = []
    at = 0
    tokens: list[Token] = []
    MARKDOWN.block.parse(ended(text), MARKDOWN, {}, tokens)
    for token in tokens:
        if token.type not in {"fence", "code_block"}:
            continue
        first, last = token.map or (at, at)
        out += [_disarmed("\n".join(lines[at:first])), _fenced(token)]
        at = last
    out.append(_disarmed("\n".join(lines[at:])))
    return written("\n\n".join(part for part in (part.strip("\n") for part in out) if part))


def _fenced(token: Token) -> str:
    """Write a block of code so that every reader sees its ends at the same places."""
    ticks = max(map(len, _TICKS.findall(token.content)), default=0)
    fence = "`" * max(3, ticks + 1)
    language = _LANGUAGE.match(token.info.strip())
    shown = language[0] if language and language[0].lower() not in _DRAWN else ""
    return f"{fence}{shown}\n{ended(token.content)}{fence}"


def _disarmed(text: str) -> str:
    # Decoded first: nothing may become markup or a command after the checks.
    text = _REFERENCE.sub(lambda reference: plain(html.unescape(reference[0])), marked(text))
    text = _REFERENCE.sub(lambda reference: f"&amp;{reference[0][1:]}", text)
    # MathJax sees decoded text, so commands are broken rather than escaped.
    text = GATED.sub(lambda command: f"\\ {command[0][1:]}", text)
    text = "".join(map(_apart, PARAGRAPH.split(text)))
    text = _TAG.sub("&lt;", text).replace(_LITERAL, _SET_APART)
    text = _IMAGE.sub("&#33;", text)
    text = _LINK.sub(r"]\1&#40;", text)
    text = _NOTE.sub(rf"\1{_COLON}", text) if "[^" in text else text
    text = _DEFINITION.sub("]&#58;", text).replace(_COLON, ":")
    text = "".join(map(_tamed, PARAGRAPH.split(text)))
    return _FENCE.sub(lambda fence: f"&#{ord(fence[0][0])};" * len(fence[0]), text)


def _apart(paragraph: str) -> str:
    """Set apart the dollar signs that enclose no formula in our own rendering."""
    if "$" not in paragraph and "\\begin" not in paragraph:
        return paragraph
    dollar = _LITERAL if paragraph.count("$") > 1 else "$"
    out: list[str] = []
    at = 0
    while stretch := _STRETCH.search(paragraph, at):
        out.append(paragraph[at : stretch.start()])
        formula = formula_at(paragraph, stretch.start()) if stretch["dollar"] else None
        at = formula.end if formula else stretch.end()
        if formula:
            # Only GitHub knows $`x`$.
            opening = paragraph[stretch.start() : formula.start].rstrip("`")
            out.append(f"{opening}{_TAG.sub('< ', paragraph[formula.start : formula.stop])}{opening}")
        elif stretch["environment"]:
            out.append(_TAG.sub("< ", stretch[0]))
        else:
            is_dollar = stretch[0] == "$" or (stretch[0] == r"\$" and dollar == _LITERAL)
            out.append(dollar if is_dollar else stretch[0])
    return "".join((*out, paragraph[at:]))


def _tamed(paragraph: str) -> str:
    """Escape what is harmful only beside a formula in the same paragraph.

    JupyterLab takes formulas out before it renders a text, and puts them back into the HTML: a quotation mark in one
    could end the attribute of a link, and what follows would be attributes.
    """
    if not _STARTS_FORMULA.search(paragraph):
        return paragraph
    paragraph = without_poor_bold(paragraph)
    if overwhelming(paragraph):
        paragraph = _COMMAND.sub(r"\ ", paragraph).translate(_ROUND)
    return paragraph.replace('"', "&quot;") if _ADDRESS.search(paragraph) else paragraph
