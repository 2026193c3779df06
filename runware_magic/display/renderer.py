"""From Markdown tokens to HTML: every rule in which ours differs from markdown-it's."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from itertools import islice, takewhile

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from runware_magic.display import look
from runware_magic.display.addresses import destination
from runware_magic.display.door import SCHEMES, escape
from runware_magic.display.highlight import highlight
from runware_magic.display.mathematics import delimited, typesettable
from runware_magic.display.scrolling import may_be_wide, scroller

_LIVE_LINK = re.compile(rf"(?:{'|'.join(SCHEMES)}):", re.IGNORECASE)
_PROCESSED = "mathjax_process tex2jax_process"
_COPY = "Click selects all of it, to copy"
_AS_TEXT = "as plain text"
_MOST_ROWS = 12  # of plain text that show at once
_DEEPEST = 6  # level of headings
_NARROW, _SHORT = 20, 60  # characters of TeX that fit any page; that fit nearly any, within a line
_MOST_REACHED = 50  # formulas of a part that are stops for Tab
# What a label says is in the code's own hand: no more than a name, or it could ask for something.
_LANGUAGE = re.compile(r"[\w+#./-]{1,30}", re.ASCII)
_FEW = 6  # characters that stand beneath each other without harm


def code_block(  # noqa: PLR0913  # what it is and where it stands, by name
    code: str,
    language: str = "",
    *,
    fenced: bool = True,
    resumed: bool = False,
    cut: bool = False,
    wrapped: bool = False,
) -> str:
    """Give a block of code; a click selects it whole, since no script can copy it.

    Parameters
    ----------
    code
        The text.
    language
        What it is written in, for the colours and the label; left out where it is no name.
    fenced
        Whether it was marked as code, and not only indented.
    resumed, cut
        Whether it goes on from the block before, or in the block behind: no gap is left there.
    wrapped
        Whether long lines are wrapped, where each of several parts would scroll by itself.
    """
    language = language if _LANGUAGE.fullmatch(language) else ""
    styles = [look.CODE]
    styles += ["border-top:none"] if resumed else []
    styles += ["border-bottom:none;margin-bottom:0"] if cut else []
    pre = [
        look.PRE,
        *([look.WRAPPED] if wrapped else []),
        *(["padding-top:0"] if resumed else ["padding-top:4px"] if language or not wrapped else []),
        *(["padding-bottom:0"] if cut else []),
    ]
    block = (
        f'<pre title="{_COPY}" style="{";".join(pre)}">'
        f'<code style="{look.TAGS["pre code wrapped" if wrapped else "pre code"]}">'
        f"{highlight(code, language)}</code></pre>"
    )
    if wrapped:
        head = "" if resumed or not language else f'<div style="{look.LANGUAGE}">{escape(language)}</div>'
    else:
        head, block = _as_text(code, language, fenced=fenced), scroller(block, "Code", look.BARE_SCROLLER)
    return f'<div class="runware-code" style="{";".join(styles)}" dir="ltr">{head}{block}</div>\n'


def _as_text(code: str, language: str, *, fenced: bool) -> str:
    """Give the text of code in a field, folded: for keyboards, which cannot select it otherwise.

    In Lab the keys that select are commands for cells, but where something can be written. One line that is only
    indented, mostly by chance, has none: a text can be full of them.
    """
    text = code.strip("\n")
    if not text.strip() or not (language or fenced or "\n" in text):
        return ""
    rows = min(_MOST_ROWS, text.count("\n") + 1)
    name = f"{escape(language)} · {_AS_TEXT}" if language else _AS_TEXT
    return (
        f'<details style="{look.AS_TEXT}"><summary style="{look.AS_TEXT_SUMMARY}">{name}</summary>'
        f'<label style="{look.AS_TEXT_LABEL}">To select and copy'
        f'<textarea style="{look.PLAIN_TEXT}" rows="{rows}" spellcheck="false">{html.escape(text)}</textarea>'
        "</label></details>"
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
        if token.nesting >= 0 and (style := _style_of(token)):
            _style(token, style)
        return super().renderToken(tokens, idx, options, env)

    def heading_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give a heading that looks as it was written, and leaves out no level: none but 2 begins a text."""
        token, written = tokens[idx], int(tokens[idx].tag[1])
        # Of those that it stands under, and itself, the levels as they were written.
        outline: list[int] = env.setdefault("outline", [])
        outline[:] = [*(level for level in outline if level < written), written]
        _style(token, _style_of(token))
        token.tag = tokens[idx + 2].tag = f"h{min(_DEEPEST, len(outline) + 1)}"
        return super().renderToken(tokens, idx, options, env)

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give the head of a column."""
        tokens[idx].attrSet("scope", "col")
        return self.td_open(tokens, idx, options, env)

    def td_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give a cell of a table."""
        if _is_wide(tokens[idx + 1].content):
            _style(tokens[idx], look.WIDE_CELL)
        return self.renderToken(tokens, idx, options, env)

    def text(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give text in which MathJax finds nothing."""
        return escape(tokens[idx].content)

    def code_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give code within a line."""
        return _code(tokens[idx].content)

    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give indented code."""
        return code_block(tokens[idx].content, fenced=False, wrapped=bool(env.get("live")))

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
        env["in_link"] = True
        return _link(str(tokens[idx].attrGet("href") or ""))

    def link_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give the end of a link, whichever it was, and where it leads."""
        env["in_link"] = False
        level = tokens[idx].level
        before = range(idx - 1, -1, -1)
        start = next(at for at in before if tokens[at].type == "link_open" and tokens[at].level == level)
        said = "".join(token.content for token in tokens[start + 1 : idx])
        return _end_of_link(str(tokens[start].attrGet("href") or ""), said)

    def bullet_list_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give a list, without its marks where bullets only stand in for the indentation of a list before."""
        left = int(env.get("bullets", 0))
        # No further than it has to be: a text can have as many lists as lines.
        before = list(takewhile(lambda token: token.nesting == 1, islice(tokens, idx + 1))) if left else []
        bullets = sum(token.type == "bullet_list_open" for token in before)
        if len(before) == idx + 1 and 0 < bullets <= left:
            tokens[idx].attrSet("style", "list-style-type:none")
        return self.renderToken(tokens, idx, options, env)

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give a table that scrolls by itself when it is too wide."""
        token = tokens[idx]
        token.meta["frame"] = _frame(tokens, idx, env)
        return f"{token.meta['frame'][0]}{self.renderToken(tokens, idx, options, env)}"

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give the end of a table."""
        start = next(at for at in range(idx, -1, -1) if tokens[at].type == "table_open")
        return f"</table>{tokens[start].meta['frame'][1]}\n"

    def math_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give a formula within a line."""
        return _in_line(tokens[idx], env, _formula(tokens[idx], display=False))

    def math_display(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give a formula that stands by itself, though written within a line."""
        return _in_line(tokens[idx], env, _formula(tokens[idx], display=True))

    def math_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Give a formula in lines of its own."""
        formula = _formula(tokens[idx], display=True)
        if len(tokens[idx].content) > _NARROW and _may_be_reached(env):
            return f"{scroller(formula, 'Formula', look.FORMULA_SCROLLER)}\n"
        return f'<div style="{look.FORMULA}">{formula}</div>\n'


def _style_of(token: Token) -> str:
    """Give the style that all tags of this name have, where they read as this one does."""
    mirrored = look.TAGS.get(f"{token.tag} rtl") if token.meta.get("rtl") else None
    return mirrored or look.TAGS.get(token.tag, "")


def _style(token: Token, style: str) -> None:
    own = token.attrs.pop("style", "")
    # First: it is there that a view finds what it sends once only.
    token.attrs = {"style": f"{style};{own}" if own else style, **token.attrs}


def _frame(tokens: Sequence[Token], idx: int, env: EnvType) -> tuple[str, str]:
    """Give the beginning and the end of what a table scrolls in; it can be reached where nothing in it can."""
    rows: list[list[str]] = []
    inside: list[Token] = []
    # By number: a slice from here on, of each table, would be of the square of the text.
    for token in takewhile(lambda token: token.type != "table_close", map(tokens.__getitem__, range(idx, len(tokens)))):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(token.content)
            inside += token.children or ()
    side = ";direction:rtl" if tokens[idx].meta.get("rtl") else ""
    if may_be_wide(rows) and not any(_is_link(one) or _is_reached(one, env) for one in inside):
        start, _, stop = scroller("|", "Table", f"{look.SCROLLER}{side}").partition("|")
        return start, stop
    return f'<div style="{look.SCROLL}{side}">', "</div>"


def _is_wide(text: str) -> bool:
    """Tell whether a text may be broken after each character, so that its column could become one character wide."""
    return not text.isascii() and len(text) > _FEW and any(unicodedata.east_asian_width(one) == "W" for one in text)


def _is_link(token: Token) -> bool:
    return bool(_LIVE_LINK.match(str(token.attrGet("href") or token.attrGet("src"))))


def _is_reached(token: Token, env: EnvType) -> bool:
    is_long = token.type in {"math_inline", "math_display"} and len(token.content) > _SHORT
    return is_long and int(env.get("reached", 0)) < _MOST_REACHED


def _may_be_reached(env: EnvType) -> bool:
    """Tell whether one more formula may be a stop for Tab, and count it: a text can be full of them."""
    reached = env["reached"] = int(env.get("reached", 0)) + 1
    return reached <= _MOST_REACHED


def _in_line(token: Token, env: EnvType, formula: str) -> str:
    """Let a formula in a line of text scroll by itself; not in a link, which can hold nothing that is reached."""
    if len(token.content) <= _NARROW or env.get("in_link"):
        return formula
    # What fits nearly any page is no stop for Tab; where it does scroll, most browsers make it one.
    if _is_reached(token, env) and _may_be_reached(env):
        return scroller(formula, "Formula", look.INLINE_SCROLLER)
    return f'<span style="{look.INLINE_SCROLL}">{formula}</span>'


def _formula(token: Token, *, display: bool) -> str:
    # One that is still growing shows its source: half a formula does not typeset.
    if token.meta.get("open") or not typesettable(token.content):
        return _code(token.content.strip())
    return f'<span class="{_PROCESSED}">{html.escape(delimited(token.content, display=display))}</span>'


def _code(text: str) -> str:
    return f'<code style="{look.TAGS["code"]}" dir="ltr">{highlight(text, "")}</code>'


def _link(target: str) -> str:
    title = html.escape(target)
    if _LIVE_LINK.match(target):
        return f'<a style="{look.LINK}" href="{title}" title="{title}" target="_blank">'
    return f'<span title="{title}">'


def _end_of_link(target: str, said: str) -> str:
    if not _LIVE_LINK.match(target):
        return "</span>"
    place = destination(target)
    named = re.match(rf"(?:https?://)?(?:www\.)?{re.escape(place)}(?![\w.@:-])", said.strip(), re.IGNORECASE)
    return "</a>" if named else f' <span style="{look.PLACE}">({escape(place)})</span></a>'
