"""From Markdown tokens to HTML: every rule in which ours differs from markdown-it's."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from runware_magic.display import look
from runware_magic.display.addresses import destination
from runware_magic.display.door import SCHEMES, escape
from runware_magic.display.highlight import highlight
from runware_magic.display.mathematics import delimited, typesettable

_LIVE_LINK = re.compile(rf"(?:{'|'.join(SCHEMES)}):", re.IGNORECASE)
_PROCESSED = "mathjax_process tex2jax_process"
_COPY = "Click selects all of it, to copy"


def code_block(
    code: str, language: str = "", *, resumed: bool = False, cut: bool = False, wrapped: bool = False
) -> str:
    """Give a block of code; a click selects it whole, since no script can copy it.

    Parameters
    ----------
    code
        The text.
    language
        What it is written in, for the colours and the label.
    resumed, cut
        Whether it goes on from the block before, or in the block behind: no gap is left there.
    wrapped
        Whether long lines are wrapped, where each of several parts would scroll by itself.
    """
    styles = [look.CODE]
    styles += ["border-top:none"] if resumed else []
    styles += ["border-bottom:none;margin-bottom:0"] if cut else []
    pre = [
        look.PRE,
        *([look.WRAPPED] if wrapped else []),
        *(["padding-top:0"] if resumed else ["padding-top:4px"] if language else []),
        *(["padding-bottom:0"] if cut else []),
    ]
    label = "" if resumed or not language else f'<div style="{look.LANGUAGE}">{escape(language)}</div>'
    return (
        f'<div class="runware-code" style="{";".join(styles)}">{label}<pre title="{_COPY}" style="{";".join(pre)}">'
        f'<code style="{look.TAGS["pre code"]}">{highlight(code, language)}</code></pre></div>\n'
    )


class Renderer(RendererHTML):
    """Renders tokens: each method is the rule for the token type of its name, as markdown-it has it."""

    # The names of the tokens, and the signature, are markdown-it's.
    # ruff: noqa: ARG002

    def renderToken(  # noqa: N802  # markdown-it's interface
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        """Give a tag, with the style that all of its kind have."""
        token = tokens[idx]
        if token.nesting >= 0 and token.tag in look.TAGS:
            own = token.attrGet("style")
            token.attrSet("style", f"{look.TAGS[token.tag]};{own}" if own else look.TAGS[token.tag])
        return super().renderToken(tokens, idx, options, env)

    def text(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give text in which MathJax finds nothing."""
        return escape(tokens[idx].content)

    def code_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give code within a line."""
        return _code(tokens[idx].content)

    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give indented code."""
        return code_block(tokens[idx].content, wrapped=bool(env.get("live")))

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give fenced code; the first and the last of a growing text may be parts of a longer one."""
        language = next(iter(tokens[idx].info.split()), "")
        resumed = bool(env.get("resumed")) and all(token.nesting == 1 for token in tokens[:idx])
        cut = bool(env.get("cut")) and all(token.nesting == -1 for token in tokens[idx + 1 :])
        return code_block(tokens[idx].content, language, resumed=resumed, cut=cut, wrapped=bool(env.get("live")))

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give an image as a link: loading it would tell a stranger that the answer was read."""
        token = tokens[idx]
        source = str(token.attrGet("src") or "")
        alt = self.renderInlineAsText(token.children, options, env).strip() or source
        return f"{_link(source)}{escape(alt)}{_end_of_link(source, alt)}"

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give a link that tells where it leads; its own title could tell otherwise."""
        return _link(str(tokens[idx].attrGet("href") or ""))

    def link_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give the end of a link, whichever it was, and where it leads."""
        level = tokens[idx].level
        before = range(idx - 1, -1, -1)
        start = next(at for at in before if tokens[at].type == "link_open" and tokens[at].level == level)
        said = "".join(token.content for token in tokens[start + 1 : idx])
        return _end_of_link(str(tokens[start].attrGet("href") or ""), said)

    def bullet_list_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give a list, without its marks where bullets only stand in for the indentation of a list before."""
        before = [token.type for token in tokens[: idx + 1]]
        if before.count("bullet_list_open") <= env.get("bullets", 0) and all(kind.endswith("_open") for kind in before):
            tokens[idx].attrSet("style", "list-style-type:none")
        return self.renderToken(tokens, idx, options, env)

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give a table that scrolls by itself when it is too wide."""
        return f'<div style="{look.SCROLL}">{self.renderToken(tokens, idx, options, env)}'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give the end of a table."""
        return "</table></div>\n"

    def math_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give a formula within a line."""
        return _formula(tokens[idx], display=False)

    def math_display(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give a formula that stands by itself, though written within a line."""
        return _formula(tokens[idx], display=True)

    def math_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give a formula in lines of its own."""
        return f'<div style="{look.FORMULA}">{_formula(tokens[idx], display=True)}</div>\n'


def _formula(token: Token, *, display: bool) -> str:
    # One that is still growing shows its source: half a formula does not typeset.
    if token.meta.get("open") or not typesettable(token.content):
        return _code(token.content.strip())
    return f'<span class="{_PROCESSED}">{html.escape(delimited(token.content, display=display))}</span>'


def _code(text: str) -> str:
    return f'<code style="{look.TAGS["code"]}">{highlight(text, "")}</code>'


def _link(target: str) -> str:
    title = html.escape(target)
    if _LIVE_LINK.match(target):
        return f'<a href="{title}" title="{title}" target="_blank">'
    return f'<span title="{title}">'


def _end_of_link(target: str, said: str) -> str:
    if not _LIVE_LINK.match(target):
        return "</span>"
    place = destination(target)
    named = re.match(rf"(?:https?://)?(?:www\.)?{re.escape(place)}(?![\w.@:-])", said.strip(), re.IGNORECASE)
    return "</a>" if named else f' <span style="{look.PLACE}">({escape(place)})</span></a>'
