"""Render a model's Markdown as lines of a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from markdown_it.token import Token

from runware_magic.chat.text import plain
from runware_magic.display.render.highlight import coloured_runs
from runware_magic.display.render.markdown import MARKDOWN, ended
from runware_magic.display.render.terminal_inline import inline_spans
from runware_magic.display.render.terminal_lines import Line, Span, width_of, with_roles, wrapped
from runware_magic.display.render.terminal_table import TableRows

PROSE = 88  # columns at most: longer lines are hard to read
_LEAST = 10  # columns that nested blocks keep
_RULE = 40  # columns
_TAB = 4
_LANGUAGE = re.compile(r"[\w+#./-]{1,30}", re.ASCII)
_LISTS = {"bullet_list_open", "ordered_list_open"}
_TEXTS = {"paragraph_open", "heading_open", "summary_open"}
_TOP = {"h1", "h2"}
#: Stands before each line of a quotation.
BAR = Span("│ ", ("dim",))


@dataclass(frozen=True, slots=True)
class Around:
    """A list around some text: the width of its marker, and whether there are blank lines between its items."""

    width: int
    is_loose: bool = False


@dataclass(frozen=True, slots=True)
class Continued:
    """How a part of a text continues the part before, which was cut.

    ``start`` is the width of the line that its first paragraph continues, None where it continues no line.
    """

    fence: bool = False
    start: int | None = None
    widths: Sequence[int] = ()  # of the columns of the table that goes on
    around: Sequence[Around] = ()  # the lists of which only the content goes on, from the outermost


@dataclass(slots=True)
class Rendered:
    """A text as lines, and what the next part has to know of it."""

    lines: list[Line]
    first: str = ""  # the kind of the first block
    last: str = ""  # the kind of the last one
    joins: bool = False  # whether the first line continues the line before
    widths: Sequence[int] = ()  # of the last table
    around: dict[int, tuple[Around, ...]] = field(default_factory=dict)  # the lists around what begins in a line
    around_fence: tuple[Around, ...] = ()  # the lists around the last fence


def render_lines(  # noqa: PLR0913  # what a part is, by name
    text: str,
    env: MutableMapping[str, Any],
    width: int,
    *,
    colours: bool,
    continued: Continued | None = None,
    cut: bool = False,
) -> Rendered:
    """Return untrusted Markdown as lines without control characters.

    `env` is what the parser knows from the parts before, and learns from this one; ``growing`` in it says that more
    text will follow. A fence that is ``cut`` goes on in the next part.
    """
    env["live"] = True  # so that footnotes stay where they came
    source = ended(plain(text))
    tokens, cut = MARKDOWN.parse(source, env), cut or bool(env.get("growing"))
    return _Renderer(tokens, source, continued or Continued(), colours=colours, cut=cut).all(width)


@dataclass(frozen=True, slots=True)
class _Block:
    kind: str
    lines: list[Line]
    tight: bool = False  # without a blank line before and after


class _Renderer:
    """Walks through the tokens of one text."""

    def __init__(self, tokens: Sequence[Token], source: str, continued: Continued, *, colours: bool, cut: bool) -> None:
        self._tokens, self._at, self._source = tokens, 0, source
        self._colours, self._cut = colours, cut
        self._continued: Continued | None = continued  # until the first block that holds text
        self._unmarked = [*continued.around]
        self._around: tuple[Around, ...] = ()
        self._result = Rendered([])

    def all(self, width: int) -> Rendered:
        blocks = self._blocks("", width)
        result = self._result
        result.lines = _joined(blocks)
        if blocks:
            result.first, result.last = blocks[0].kind, blocks[-1].kind
        return result

    def _blocks(self, stop: str, width: int) -> list[_Block]:
        """Render up to the end of a block, and leave it behind."""
        blocks: list[_Block] = []
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            if token.type == stop:
                break
            if token.map:
                self._result.around.setdefault(token.map[0], self._around)
            if token.nesting >= 0:
                blocks += self._block(token, max(_LEAST, width))
        return blocks

    def _block(self, token: Token, width: int) -> list[_Block]:
        kind = token.type
        if kind in _LISTS:
            return [self._list(token, width)]
        if kind == "blockquote_open":
            return [_Block(kind, _prefixed(_joined(self._blocks("blockquote_close", width - 2)), BAR, BAR))]
        if kind in _TEXTS:
            return [self._text(token, width)]
        if kind == "table_open":
            return [self._table(width)]
        if token.nesting > 0:
            return self._blocks(kind.removesuffix("open") + "close", width)
        return self._leaf(token, min(width, _RULE))

    def _leaf(self, token: Token, rule: int) -> list[_Block]:
        if token.type in {"fence", "code_block"}:
            return [_Block(token.type, self._code(token, rule))]
        self._begun()
        if token.type == "hr":
            return [_Block(token.type, [(Span("─" * rule, ("dim",)),)])]
        content = plain(token.content).strip("\n").expandtabs(_TAB)
        lines: list[Line] = [(Span("  "), Span(line, ("math",))) for line in content.split("\n")]
        return [_Block(token.type, lines)] if content.strip() else []

    def _begun(self) -> Continued:
        continued, self._continued, self._unmarked = self._continued or Continued(), None, []
        return continued

    def _text(self, token: Token, width: int) -> _Block:
        start = self._begun().start
        inline = self._tokens[self._at]
        self._at += 2
        spans: Iterable[Span] = inline_spans(inline.children or (), colours=self._colours)
        if token.type == "heading_open":
            spans = with_roles(spans, *(("top",) if token.tag in _TOP else ()), "heading", "strong")
        elif token.type == "summary_open":
            spans = with_roles(spans, "strong")
        self._result.joins = self._result.joins or start is not None
        return _Block(token.type, wrapped(spans, min(width, PROSE), start or 0), tight=token.hidden)

    def _list(self, opening: Token, width: int) -> _Block:
        number = int(opening.attrGet("start") or 1) if opening.type == "ordered_list_open" else None
        if opening.attrGet("start") == 0:
            number = 0
        items: list[list[Line]] = []
        is_reopened = bool(self._unmarked)
        is_loose = self._is_loose(opening) or (is_reopened and self._unmarked[0].is_loose)
        while self._at < len(self._tokens) and self._tokens[self._at].type == "list_item_open":
            item = self._tokens[self._at]
            self._at += 1
            if item.map:
                self._result.around.setdefault(item.map[0], self._around)
            marker = self._marker(number, is_first=not items)
            number = None if number is None else number + 1
            size = width_of(marker.text)
            self._around = (*self._around, Around(size, is_loose))
            blocks = self._blocks("list_item_close", width - size)
            self._around = self._around[:-1]
            items.append(_prefixed(_joined(blocks) or [()], marker, Span(" " * size)))
        self._at += 1
        lines = _joined([_Block("", lines, tight=not is_loose) for lines in items])
        return _Block(opening.type, lines, tight=is_reopened and not is_loose and self._list_follows())

    def _is_loose(self, opening: Token) -> bool:
        rest = map(self._tokens.__getitem__, range(self._at, len(self._tokens)))
        inside = takewhile(lambda token: token.level > opening.level, rest)
        texts = (token for token in inside if token.type == "paragraph_open" and token.level == opening.level + 2)
        return any(not token.hidden for token in texts)

    def _list_follows(self) -> bool:
        """Whether a list follows without a blank line: the rest of one with numbers, reopened with a bullet."""
        following = self._tokens[self._at] if self._at < len(self._tokens) else None
        if following is None or following.type not in _LISTS or not following.map:
            return False
        return bool(self._source.split("\n")[following.map[0] - 1].strip(" >"))

    def _marker(self, number: int | None, *, is_first: bool) -> Span:
        if is_first and self._unmarked:
            return Span(" " * self._unmarked.pop(0).width)
        return Span("• " if number is None else f"{number}. ", ("dim",) if number is None else ())

    def _code(self, token: Token, rule: int) -> list[Line]:
        continued = self._begun()
        resumed = continued.fence
        self._result.joins = resumed and continued.start is not None
        self._result.around_fence = self._around
        language = next(iter(plain(token.info).split()), "")
        language = language if _LANGUAGE.fullmatch(language) else ""
        # After a cut at the end of a line, nothing is no line.
        goes_on = not resumed or continued.start is not None or token.content
        lines = _code_lines(plain(token.content).expandtabs(_TAB), language) if goes_on else []
        is_cut = self._cut and all(after.nesting < 0 for after in self._tokens[self._at :])
        named = f"── {language} " if language else ""
        head = [] if resumed else [(Span(named.ljust(rule, "─"), ("dim",)),)]
        return [*head, *lines, *([] if is_cut else [(Span("─" * rule, ("dim",)),)])]

    def _table(self, width: int) -> _Block:
        widths = self._begun().widths
        table = TableRows()
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            if token.type == "table_close":
                break
            if token.type == "tr_open":
                table.rows.append([])
            elif token.type in {"th_open", "td_open"}:
                if len(table.rows) == 1:
                    table.sides.append(str(token.attrGet("style") or "").partition("text-align:")[2].split(";")[0])
            elif token.type == "inline":
                table.rows[-1].append(tuple(inline_spans(token.children or (), colours=self._colours)))
            if token.map and token.type == "tr_open":
                self._result.around.setdefault(token.map[0], self._around)
        lines, self._result.widths = table.lines(width, widths=widths, has_head=not widths)
        return _Block("table_open", lines)


def _joined(blocks: Sequence[_Block]) -> list[Line]:
    """Return the lines of blocks, with blank lines between."""
    lines: list[Line] = []
    for at, block in enumerate(blocks):
        lines += [()] if at and not (block.tight or blocks[at - 1].tight) else []
        lines += block.lines
    return lines


def _prefixed(lines: Sequence[Line], first: Span, rest: Span) -> list[Line]:
    """Return lines with a marker before the first, and room for it, or the same, before the rest."""
    return [
        (first if at == 0 else rest, *line) if line or at == 0 or not rest.text.isspace() else ()
        for at, line in enumerate(lines)
    ]


def _code_lines(code: str, language: str) -> list[Line]:
    lines: list[list[Span]] = [[]]
    for kind, text in coloured_runs(code.removesuffix("\n"), language):
        first, *rest = text.split("\n")
        lines[-1] += [Span(first, (kind,) if kind else ())] if first else []
        lines += [[Span(line, (kind,) if kind else ())] if line else [] for line in rest]
    return [tuple(line) for line in lines]
