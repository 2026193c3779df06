"""Markdown within a line as spans of a terminal: emphasis, code, links with their addresses, formulas as TeX."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from markdown_it.token import Token

from runware_magic.display.render.sanitize_html import LIVE
from runware_magic.display.render.terminal_lines import Span, clean

_ROLES = {"strong": "strong", "em": "em", "s": "strike", "kbd": "code", "mark": "mark", "a": "link"}
_SIGNS = {"sup": "^", "sub": "_"}
_FORMULAS = {"math_inline": "$", "math_display": "$$"}


def inline_spans(tokens: Sequence[Token], *, colours: bool) -> Iterator[Span]:
    """Yield the pieces of a paragraph, a heading or a cell.

    A line break is a piece of its own, also a soft one: models write verses and addresses so. Without colours code
    keeps its backticks, since nothing else would tell it from text.
    """
    roles: list[str] = []
    links: list[tuple[str, list[str]]] = []  # the targets that are open, and their texts
    for token in tokens:
        if token.nesting > 0:
            roles.append(_ROLES.get(token.tag, ""))
            if token.type == "link_open":
                links.append((str(token.attrGet("href") or ""), []))
            elif token.tag in _SIGNS:
                yield Span(_SIGNS[token.tag], _named(roles))
        elif token.nesting < 0:
            if roles:
                roles.pop()
            if token.type == "link_close" and links:
                target, said = links.pop()
                yield from address(target, "".join(said), _named(roles))
        else:
            for span in _leaf(token, _named(roles), colours=colours):
                yield span
                for _, said in links:
                    said.append(span.text)


def address(target: str, said: str, roles: tuple[str, ...] = ()) -> Iterator[Span]:
    """Yield where a link leads, unless its text says so; nothing for what leads neither to the web nor to mail.

    As text: terminals make links of addresses, and one that is seen cannot lead elsewhere.
    """
    shown = clean(target)
    if LIVE.match(shown) and _bare(shown) != _bare(said):
        yield Span(" (", (*roles, "dim"))
        yield Span(shown.replace(" ", "%20"), (*roles, "dim"))
        yield Span(")", (*roles, "dim"))


def _bare(target: str) -> str:
    return (
        target.strip().casefold().removeprefix("mailto:").removeprefix("http://").removeprefix("https://").rstrip("/")
    )


def _leaf(token: Token, roles: tuple[str, ...], *, colours: bool) -> Iterator[Span]:
    if token.type in {"softbreak", "hardbreak"}:
        yield Span("\n", roles)
    elif token.type == "code_inline":
        text = clean(token.content)
        yield Span(text if colours else f"`{text}`", (*roles, "code"))
    elif token.type in _FORMULAS:
        sign = _FORMULAS[token.type]
        yield Span(f"{sign}{clean(token.content.strip())}{sign}", (*roles, "math"))
    elif token.type == "footnote_reference":
        yield Span(f"[{token.meta['number']}]", (*roles, "dim"))
    elif token.type == "image":
        target = str(token.attrGet("src") or "")
        said = "".join(span.text for span in inline_spans(token.children or (), colours=colours)) or clean(target)
        yield Span(said.replace("\n", " "), (*roles, "link"))
        yield from address(target, said, roles)
    elif token.content:
        yield Span(clean(token.content), roles)


def _named(roles: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(role for role in roles if role))
