"""The few HTML tags that an answer may use: ``br``, ``sub``, ``sup``, ``kbd``, ``mark``, ``details`` and ``summary``.

They become tokens, as Markdown's own marks do, and are written again with their name and ``open`` only. They need not
pair: an open tag ends with its parent, and an end without a start is dropped. All other tags are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_BREAK, _DETAILS, _SUMMARY = "br", "details", "summary"
FOLDING = (_DETAILS, _SUMMARY)
_NAMES = (_BREAK, "sub", "sup", "kbd", "mark", *FOLDING)
_ATTRIBUTES = r"""(?P<attributes>\s(?:[^<>"']|"[^"<]{0,200}"|'[^'<]{0,200}'){0,200})?"""


def _pattern(names: Sequence[str]) -> str:
    return rf"<(?P<closes>/?)(?P<name>{'|'.join(names)}){_ATTRIBUTES}/?>"


#: One of these tags, whole.
TAG = re.compile(_pattern(_NAMES), re.IGNORECASE)
#: The beginning of one, at the end of a text that grows.
HALF_TAG = re.compile(
    rf"</?(?:(?:{'|'.join(sorted({name[:end] for name in _NAMES for end in range(len(name) + 1)}, reverse=True))})"
    rf"|(?:{'|'.join(_NAMES)})[\s/][^<>\n]{{0,100}})\Z",
    re.IGNORECASE,
)
_FOLD = re.compile(_pattern(FOLDING), re.IGNORECASE)
_FOLD_OR_CODE = re.compile(rf"(?P<ticks>`{{1,9}})[^`]{{1,400}}(?P=ticks)|{_FOLD.pattern}", re.IGNORECASE)
_AT_END = re.compile(r"((?:</details\s{0,9}>[ \t]{0,9})+)(?:\n|\Z)", re.IGNORECASE)
OPEN = re.compile(r"\sopen\b", re.IGNORECASE)
_MOST_LINES = 5  # of a summary
DEEPEST = 8  # nested tags


def tags(markdown: MarkdownIt) -> None:
    """Add these tags to a parser: tokens such as ``sub_tag_open`` and ``sub_tag_close``, and a hard break."""
    markdown.inline.ruler.before("autolink", "tags", _in_line)
    markdown.block.ruler.before("reference", "folds", _line, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    markdown.core.ruler.after("block", "folds", _pair_folds)
    markdown.core.ruler.after("inline", "tags", _pair_tags)


def _in_line(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  # markdown-it's interface
    tag = TAG.match(state.src, state.pos)
    if tag is None:
        return False
    if not silent:
        name = tag["name"].lower()
        if name == _BREAK:
            state.push("hardbreak", _BREAK, 0)
        else:
            token = state.push("tag", name, 0)
            token.content, token.meta = tag[0], _meant(tag)
    state.pos = tag.end()
    return True


def _meant(tag: re.Match[str]) -> dict[str, bool]:
    return {"closes": bool(tag["closes"]), "unfolded": bool(OPEN.search(tag["attributes"] or ""))}


def _line(state: StateBlock, start: int, _end: int, silent: bool) -> bool:  # noqa: FBT001  # markdown-it's interface
    """Parse a line that begins with ``<details>``, ``<summary>`` or the end of one."""
    begins = state.bMarks[start] + state.tShift[start]
    if not _FOLD.match(state.src, begins, state.eMarks[start]) or state.is_code_block(start):
        return False
    if silent:
        return True
    text, stop = _with_summary(state, start)
    for kind, piece in _pieces(text):
        _push(state, kind, piece, [start, stop])
    state.line = stop
    return True


def _with_summary(state: StateBlock, start: int) -> tuple[str, int]:
    """Return a line with those in which the summary that it opens ends, and the line after."""
    text = state.getLines(start, start + 1, state.sCount[start], keepLastLF=False).strip()
    whole = text
    for line in range(start + 1, min(state.lineMax, start + 1 + _MOST_LINES)):
        if not _opens_summary(text) or state.isEmpty(line) or state.sCount[line] < state.blkIndent:
            break
        whole += "\n" + state.getLines(line, line + 1, state.sCount[line], keepLastLF=False).strip()
        if not _opens_summary(whole):
            return whole, line + 1
    return text, start + 1


def _opens_summary(text: str) -> bool:
    last = [tag for tag in _FOLD_OR_CODE.finditer(text) if (tag["name"] or "").lower() == _SUMMARY]
    return bool(last) and not last[-1]["closes"]


def _pieces(text: str) -> Iterator[tuple[str, str | re.Match[str]]]:
    """Yield the tags of ``details`` in a text, the summaries, and the rest."""
    at, kind = 0, "paragraph"
    for tag in _FOLD_OR_CODE.finditer(text):
        if not tag["name"]:
            continue
        if before := text[at : tag.start()].strip():
            yield kind, before
        at, is_summary = tag.end(), tag["name"].lower() == _SUMMARY
        kind = _SUMMARY if is_summary and not tag["closes"] else "paragraph"
        if not is_summary:
            yield "fold", tag
    if rest := text[at:].strip():
        yield kind, rest


def _push(state: StateBlock, kind: str, piece: str | re.Match[str], lines: list[int]) -> None:
    if isinstance(piece, re.Match):
        token = state.push(kind, _DETAILS, 0)
        token.meta, token.map = _meant(piece), lines
        return
    tag = "p" if kind == "paragraph" else kind
    state.push(f"{kind}_open", tag, 1).map = lines
    token = state.push("inline", "", 0)
    token.content, token.map, token.children = piece, lines, []
    state.push(f"{kind}_close", tag, -1)


def _pair_folds(state: StateCore) -> None:
    if any(token.type in {"fold", "summary_open"} for token in state.tokens):
        state.tokens = list(_Folds().paired(_with_ends(state.tokens)))


def _with_ends(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens, and one for each ``</details>`` at the end of a line of a paragraph."""
    last: list[Token] = []
    for opening, token in zip((None, *tokens), tokens, strict=False):
        is_text = token.type == "inline" and "</" in token.content and opening and opening.type == "paragraph_open"
        token.content, *rest = _AT_END.split(token.content) if is_text else [token.content]
        yield token
        for found, more in zip(rest[::2], rest[1::2], strict=True):
            last = [Token("fold", _DETAILS, 0, level=token.level - 1, meta={"closes": True})] * found.count("<")
            if opening and more.strip():
                yield from (Token("paragraph_close", "p", -1, level=opening.level), *last, replace(opening))
                yield replace(token, content=more, children=[])
                last = []
        if token.nesting < 0:
            yield from last
            last = []


class _Folds:
    """The open folds among blocks, to pair ``<details>`` and ``</details>``."""

    def __init__(self) -> None:
        self._open: list[Token] = []  # folds, and the blocks around them
        self._depth = 0  # of folds

    def paired(self, tokens: Iterator[Token]) -> Iterator[Token]:
        for token in tokens:
            is_first = self._has_fold and self._open[-1].meta.pop("is_empty", False)
            if token.type == "fold":
                yield from self._close() if token.meta["closes"] else self._begin(token)
                continue
            if token.nesting < 0:
                yield from self._unended()
                if self._open.pop().tag == "p":
                    token.type, token.tag = "paragraph_close", "p"
            elif token.nesting > 0:
                # A summary that is not the first in its fold is a paragraph.
                if token.type == "summary_open" and not is_first:
                    token.type, token.tag = "paragraph_open", "p"
                self._open.append(token)
            token.level += self._depth
            yield token
            if token.nesting < 0:
                # Folds whose end stood in the block that ends here.
                while self._has_fold and self._open[-1].meta.get("ends"):
                    yield self._closed()
        yield from self._unended()

    @property
    def _has_fold(self) -> bool:
        return bool(self._open) and self._open[-1].tag == _DETAILS

    def _begin(self, token: Token) -> Iterator[Token]:
        if self._depth < DEEPEST:
            token.type, token.nesting, token.block = "details_open", 1, True
            token.attrs = {"open": ""} if token.meta["unfolded"] else {}
            token.meta["is_empty"] = True
            token.level += self._depth
            self._open.append(token)
            self._depth += 1
            yield token

    def _close(self) -> Iterator[Token]:
        around = next((one for one in reversed(self._open) if one.tag == _DETAILS and not one.meta.get("ends")), None)
        if self._has_fold:
            yield self._closed()
        elif around:
            around.meta["ends"] = True

    def _unended(self) -> Iterator[Token]:
        while self._has_fold:
            yield self._closed(unfolded=True)

    def _closed(self, *, unfolded: bool = False) -> Token:
        """Close a fold; one without an end shows its content, since that may be all that follows."""
        opening = self._open.pop()
        if unfolded:
            opening.attrs["open"] = ""
        self._depth -= 1
        return Token("details_close", _DETAILS, -1, level=opening.level, block=True)


def _pair_tags(state: StateCore) -> None:
    before = ""
    for token in state.tokens:
        if token.type == "inline" and "<" in token.content and any(one.type == "tag" for one in token.children or ()):
            token.children = list(_paired(token.children or (), may_fold=before in {"td_open", "th_open"}))
        before = token.type


def _paired(tokens: Sequence[Token], *, may_fold: bool) -> Iterator[Token]:
    """Pair the tags of a line: none ends after its parent."""
    opened: list[Token] = []  # these, and Markdown's own marks
    for token in tokens:
        around = opened[-1].meta if opened else {}
        if around.get("is_empty") and not (token.tag or token.content.strip()):
            continue
        is_first = around.pop("is_empty", False)
        if token.type == "tag" and token.tag in FOLDING and not may_fold:
            token.type = "text"
        if token.type == "tag":
            yield from _ended(opened, token.tag) if token.meta["closes"] else _begun(opened, token, is_first)
            continue
        if token.nesting < 0:
            yield from _ended(opened, "")
            opened.pop()
        elif token.nesting > 0:
            opened.append(token)
        yield token
    yield from _ended(opened, "")


def _begun(opened: list[Token], token: Token, is_first: bool) -> Iterator[Token]:  # noqa: FBT001  # in what is open
    is_stray = token.tag == _SUMMARY and not is_first
    if is_stray or sum(one.type.endswith("tag_open") for one in opened[-DEEPEST:]) >= DEEPEST:
        return
    token.type, token.nesting, token.content = f"{token.tag}_tag_open", 1, ""
    token.attrs = {"open": ""} if token.meta["unfolded"] and token.tag == _DETAILS else {}
    token.meta["is_empty"] = token.tag == _DETAILS
    opened.append(token)
    yield token


def _ended(opened: list[Token], name: str) -> Iterator[Token]:
    """Close the innermost tags: up to one of this name, if there is one, or else all."""
    inner = list(takewhile(lambda token: token.type.endswith("tag_open"), reversed(opened)))
    most = next((count for count, token in enumerate(inner, 1) if token.tag == name), 0) if name else len(inner)
    for token in inner[:most]:
        opened.pop()
        yield Token(f"{token.tag}_tag_close", token.tag, -1)
