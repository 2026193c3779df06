"""Render Markdown tokens as HTML, where the result differs from that of markdown-it."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import islice, takewhile, zip_longest

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from runware_magic.display.render import styles
from runware_magic.display.render.autolink import destination
from runware_magic.display.render.highlight import highlight
from runware_magic.display.render.math import delimited, typesettable
from runware_magic.display.render.sanitize_html import LIVE, escape

_CHARACTER, _GAP, _NARROW_PAGE = 8, 24, 200  # pixels, about: a letter, the space between columns, a phone


def scroller(markup: str, name: str, style: str = styles.SCROLLER) -> str:
    """Return a frame that scrolls sideways where the markup is too wide, with a name that `clean` allows.

    No link may stand in it, since it is one itself; what holds links can be reached through them.
    """
    # Of what the keyboard reaches, an untrusted Lab keeps anchors, without role and name.
    return f'<a style="{style}" tabindex="0" role="group" aria-label="{name}">{markup}</a>'


def may_be_wide(rows: Iterable[Sequence[str]]) -> bool:
    """Whether a table of these texts may have to scroll on a narrow page; if not, it is no stop for Tab."""
    longest_words = ([max(map(len, text.split()), default=0) for text in row] for row in rows)
    columns = zip_longest(*longest_words, fillvalue=0)
    return sum(_CHARACTER * max(column) + _GAP for column in columns) > _NARROW_PAGE


_HINT = "click here to select all"
_DEEPEST = 6  # level of headings
_NARROW, _SHORT = 20, 60  # characters of TeX in a line that fit any page, and nearly any
_MOST_REACHED = 50  # formulas of a part that are stops for Tab
# The model chooses the label: it may only be a name, or it could ask for something.
_LANGUAGE = re.compile(r"[\w+#./-]{1,30}", re.ASCII)
_UNNAMED = f'<summary style="{styles.TAGS["summary"]}">Details</summary>'  # the default of browsers
_FEW = 6  # characters that may stand one below the other


def code_block(  # noqa: PLR0913  # the facts of one block, by name
    code: str,
    language: str = "",
    *,
    fenced: bool = True,
    resumed: bool = False,
    cut: bool = False,
    wrapped: bool = False,
) -> str:
    """Return a block of code; a click on its head selects it whole, since no script can copy it.

    The language gives colours and a label if it is a name; only indented code is not ``fenced``. A block that is
    ``resumed`` or ``cut`` continues the block before, or in the next one, without a gap. In a growing text long lines
    are ``wrapped``, since each part would scroll by itself.
    """
    language = language if _LANGUAGE.fullmatch(language) else ""
    frame = (styles.CODE, "border-top:none" if resumed else "", "border-bottom:none;margin-bottom:0" if cut else "")
    # What is in several parts is not selected by one click.
    head = "" if resumed else _head(code, language, fenced=fenced, whole=not cut)
    pre = (
        styles.PRE,
        styles.WRAPPED if wrapped else "",
        "padding-top:0" if resumed else "padding-top:4px" if head else "",
        "padding-bottom:0" if cut else "",
    )
    block = (
        f'<pre style="{";".join(filter(None, pre))}">'
        f'<code style="{styles.TAGS["pre code wrapped" if wrapped else "pre code"]}">'
        f"{highlight(code, language)}</code></pre>"
    )
    block = block if wrapped else scroller(block, "Code", styles.BARE_SCROLLER)
    return f'<div class="runware-code" style="{";".join(filter(None, frame))}" dir="ltr">{head}{block}</div>\n'


def _head(code: str, language: str, *, fenced: bool, whole: bool) -> str:
    """Return the language, and how to select the code.

    One line that is only indented, mostly by chance, has no head: a text can be full of them.
    """
    text = code.strip("\n")
    has_head = bool(text.strip()) and (language or fenced or "\n" in text)
    hint = f'<span style="{styles.CODE_HINT}">{" · " if language else ""}{_HINT}</span>' if whole else "&nbsp;"
    return f'<div style="{styles.CODE_HEAD}">{escape(language)}{hint}</div>' if has_head else ""


class Renderer(RendererHTML):
    """A renderer of tokens: each method renders the token type of its name, with markdown-it's signature."""

    # ruff: noqa: ARG002, D102

    def renderToken(  # noqa: N802  # markdown-it's interface
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        if tokens[idx].nesting >= 0 and (style := _style_of(tokens[idx])):
            _style(tokens[idx], style)
        return super().renderToken(tokens, idx, options, env)

    def heading_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        # A heading looks as it was written, but skips no level: screen readers list them. The first one is level 2.
        token, written = tokens[idx], int(tokens[idx].tag[1])
        # The levels, as written, of the headings above it and of itself.
        outline: list[int] = env.setdefault("outline", [])
        outline[:] = [*(level for level in outline if level < written), written]
        _style(token, _style_of(token))
        token.tag = tokens[idx + 2].tag = f"h{min(_DEEPEST, len(outline) + 1)}"
        return super().renderToken(tokens, idx, options, env)

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        tokens[idx].attrSet("scope", "col")
        return self.td_open(tokens, idx, options, env)

    def td_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        if _is_wide(tokens[idx + 1].content):
            _style(tokens[idx], styles.WIDE_CELL)
        return self.renderToken(tokens, idx, options, env)

    def text(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return escape(tokens[idx].content)

    def code_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _code(tokens[idx].content)

    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return code_block(tokens[idx].content, fenced=False, wrapped=bool(env.get("live")))

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        # The first and the last fence of a growing text may be parts of a longer one.
        language = next(iter(tokens[idx].info.split()), "")
        resumed = bool(env.get("resumed")) and all(token.nesting == 1 for token in tokens[:idx])
        cut = bool(env.get("cut")) and all(token.nesting == -1 for token in tokens[idx + 1 :])
        return code_block(tokens[idx].content, language, resumed=resumed, cut=cut, wrapped=bool(env.get("live")))

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        # As a link: loading an image would tell its server that the answer was read.
        source = str(tokens[idx].attrGet("src") or "")
        return link(source, self.renderInlineAsText(tokens[idx].children, options, env).strip() or source)

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        # Its own title, which could tell another target, is left out.
        # An address may stand in the text of a link that leads nowhere.
        env.setdefault("links", []).append(idx)
        return _link(str(tokens[idx].attrGet("href") or ""))

    def link_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        start = env["links"].pop()
        said = "".join(token.content for token in tokens[start + 1 : idx])
        return _end_of_link(str(tokens[start].attrGet("href") or ""), said)

    def bullet_list_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        # Without bullets where they only replace the indentation of a list that was cut.
        left = int(env.get("bullets", 0))
        # No further than needed: a text can have as many lists as lines.
        before = list(takewhile(lambda token: token.nesting == 1, islice(tokens, idx + 1))) if left else []
        bullets = sum(token.type == "bullet_list_open" for token in before)
        if len(before) == idx + 1 and 0 < bullets <= left:
            tokens[idx].attrSet("style", "list-style-type:none")
        return self.renderToken(tokens, idx, options, env)

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        start, env["end_of_frame"] = _frame(tokens, idx, env)
        return f"{start}{self.renderToken(tokens, idx, options, env)}"

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"</table>{env.pop('end_of_frame')}\n"

    def footnote_reference(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f'<sup style="{styles.TAGS["sup"]}">[{tokens[idx].meta["number"]}]</sup>'

    def details_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        # In a growing text nothing folds: it would fold again at each step.
        name = "" if tokens[idx + 1].tag == "summary" else _UNNAMED
        return "" if env.get("live") else f"{self.renderToken(tokens, idx, options, env)}{name}"

    def summary_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        unfolded = f'<div style="{styles.UNFOLDED_SUMMARY}">'
        return unfolded if env.get("live") else self.renderToken(tokens, idx, options, env)

    def details_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "" if env.get("live") else "</details>\n"

    def summary_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "</div>\n" if env.get("live") else "</summary>\n"

    details_tag_open, details_tag_close = details_open, details_close
    summary_tag_open, summary_tag_close = summary_open, summary_close

    def math_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _in_line(tokens[idx], env)

    math_display = math_inline

    def math_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        formula = _formula(tokens[idx])
        is_short = len(tokens[idx].content) <= _SHORT
        if len(tokens[idx].content) > _NARROW and _may_be_reached(env):
            style = styles.SHORT_FORMULA_SCROLLER if is_short else styles.FORMULA_SCROLLER
            return f"{scroller(formula, 'Formula', style)}\n"
        return f'<div style="{styles.SHORT_FORMULA if is_short else styles.FORMULA}">{formula}</div>\n'


def _style_of(token: Token) -> str:
    """Return the style of all tags of this name, mirrored where the text reads from right to left."""
    is_mirrored = bool(token.meta.get("rtl"))
    mirrored = styles.TAGS.get(f"{token.tag} rtl") if is_mirrored else None
    width = (styles.TEXT_RTL if is_mirrored else styles.TEXT) if token.meta.get("narrow") else ""
    return ";".join(filter(None, (mirrored or styles.TAGS.get(token.tag), width)))


def _style(token: Token, style: str) -> None:
    own = token.attrs.pop("style", "")
    # First: there `growing_text.Styles` finds it.
    token.attrs = {"style": f"{style};{own}" if own else style, **token.attrs}


def _frame(tokens: Sequence[Token], idx: int, env: EnvType) -> tuple[str, str]:
    """Return the start and the end of the frame in which a table scrolls; Tab stops at it unless it stops within."""
    rows: list[list[str]] = []
    inside: list[Token] = []
    # By index: a slice to the end for each table would take quadratic time.
    for token in takewhile(lambda token: token.type != "table_close", map(tokens.__getitem__, range(idx, len(tokens)))):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(token.content)
            inside += token.children or ()
    side = ";direction:rtl" if tokens[idx].meta.get("rtl") else ""
    are_links = (LIVE.match(str(one.attrGet("href") or one.attrGet("src"))) for one in inside)
    has_stop = any(are_links) or any(_is_reached(one, env) or one.tag == "details" for one in inside)
    if may_be_wide(rows) and not has_stop:
        start, _, stop = scroller("|", "Table", f"{styles.SCROLLER}{side}").partition("|")
        return start, stop
    return f'<div style="{styles.SCROLL}{side}">', "</div>"


def _is_wide(text: str) -> bool:
    """Whether a text may be broken after each character, so that its column could become one character wide."""
    return not text.isascii() and len(text) > _FEW and any(unicodedata.east_asian_width(one) == "W" for one in text)


def _is_reached(token: Token, env: EnvType) -> bool:
    is_long = token.type in {"math_inline", "math_display"} and len(token.content) > _SHORT
    return is_long and int(env.get("reached", 0)) < _MOST_REACHED


def _may_be_reached(env: EnvType) -> bool:
    """Whether one more formula may be a stop for Tab; counts it, since a text can be full of them."""
    reached = env["reached"] = int(env.get("reached", 0)) + 1
    return reached <= _MOST_REACHED


def _in_line(token: Token, env: EnvType) -> str:
    """Return a formula in a line, in a frame that scrolls, except in a link, which can hold no stop for Tab."""
    formula = _formula(token)
    if len(token.content) <= _NARROW or env.get("links"):
        return formula
    # What fits nearly any page is no stop for Tab; where it scrolls, most browsers make it one.
    if _is_reached(token, env) and _may_be_reached(env):
        return scroller(formula, "Formula", styles.INLINE_SCROLLER)
    return f'<span style="{styles.INLINE_SCROLL}">{formula}</span>'


def _formula(token: Token) -> str:
    # A formula that is still growing shows its source: half of one cannot be typeset.
    if token.meta.get("open") or not typesettable(token.content):
        return _code(token.content.strip())
    tex = html.escape(delimited(token.content, display=token.type != "math_inline"))
    return f'<span class="mathjax_process tex2jax_process">{tex}</span>'


def _code(text: str) -> str:
    return f'<code style="{styles.TAGS["code"]}" dir="ltr">{highlight(text, "")}</code>'


def link(target: str, said: str) -> str:
    """Return a link that tells where it leads."""
    return f"{_link(target)}{escape(said)}{_end_of_link(target, said)}"


def _link(target: str) -> str:
    title = html.escape(target)
    if LIVE.match(target):
        return f'<a style="{styles.LINK}" href="{title}" title="{title}" target="_blank">'
    return f'<span title="{title}">'


def _end_of_link(target: str, said: str) -> str:
    if not LIVE.match(target):
        return "</span>"
    place = destination(target)
    named = re.match(rf"(?:https?://)?(?:www\.)?{re.escape(place)}(?![\w.@:-])", said.strip(), re.IGNORECASE)
    return "</a>" if named else f' <span style="{styles.PLACE}">({escape(place)})</span></a>'
