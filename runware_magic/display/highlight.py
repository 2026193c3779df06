"""Code as HTML in colour, without a style sheet: saved outputs keep inline styles only."""

from __future__ import annotations

import html
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Generic, Keyword, Name, Number, Operator, String, _TokenType
from pygments.util import ClassNotFound

from runware_magic.display.plain import plain

# Longer code is shown without colour: a lexer's time is not bounded by anything else.
_LONGEST = 50_000

# Lab's variables follow its theme. The colours after them serve everywhere else, and are of middle lightness:
# contrast of at least 4 to 1 on white and on #181818 alike. Of Lab's own colours for code, some are too faint on the
# shade of a block (atoms, numbers and comments in the light theme; tags, errors and what is meta in the dark ones):
# others that come near them stand in.
_COLOURS = {
    "keyword": "rgb(46,139,61)",
    "def": "rgb(47,128,216)",
    "builtin": "rgb(46,139,61)",
    "operator": "rgb(162,89,230)",
    "comment": "rgb(63,135,135)",
    "string": "rgb(217,83,79)",
    "string-2": "rgb(181,101,201)",
    "attribute": "rgb(47,128,216)",
    "header": "rgb(47,128,216)",
}
_KINDS: dict[_TokenType, str] = {
    Keyword: "keyword",
    Keyword.Constant: "attribute",
    Name.Builtin: "builtin",
    Name.Builtin.Pseudo: "keyword",
    Name.Class: "def",
    Name.Function: "def",
    Name.Decorator: "operator",
    Name.Exception: "builtin",
    Name.Tag: "keyword",
    Name.Attribute: "attribute",
    String: "string",
    String.Affix: "keyword",
    String.Escape: "string-2",
    String.Interpol: "string-2",
    Number: "keyword",
    Operator: "operator",
    Operator.Word: "keyword",
    Comment: "comment",
    Comment.Preproc: "operator",
    Generic.Heading: "header",
    Generic.Subheading: "header",
    Generic.Deleted: "string",
    Generic.Inserted: "keyword",
    Generic.Prompt: "operator",
}


def highlight(code: str, language: str) -> str:
    """Give code as HTML.

    Parameters
    ----------
    code
        The text. Control characters and bidirectional overrides in it are made visible or taken out.
    language
        A name that Pygments knows. Any other gives code without colour: guessing is wrong too often.

    Returns
    -------
    str
        Escaped text in which ``<span>`` elements with inline styles give the colours.
    """
    code = plain(code)
    lexer = _lexer(language.lower()) if len(code) <= _LONGEST else None
    if lexer is None:
        return html.escape(code)
    runs = list(_runs(lexer, code))
    if "".join(text for _, text in runs) != code:
        return html.escape(code)  # a few lexers lose what they do not expect, such as a console's last line
    return "".join(_coloured(kind, text) for kind, text in runs)


@lru_cache(maxsize=64)
def _lexer(language: str) -> Lexer | None:
    # Cached for the unknown names above all: for each, Pygments asks every installed distribution for plugins.
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


def _runs(lexer: Lexer, code: str) -> Iterator[tuple[str, str]]:
    """Merge neighbours of one kind: each element costs some 70 bytes."""
    kinds = ((_kind(token), text) for token, text in lexer.get_tokens(code))
    for kind, group in groupby(kinds, key=lambda pair: pair[0]):
        yield kind, "".join(text for _, text in group)


def _kind(token: _TokenType) -> str:
    while token not in _KINDS and token.parent is not None:
        token = token.parent
    return _KINDS.get(token, "")


def _coloured(kind: str, text: str) -> str:
    escaped = html.escape(text)
    if not kind or text.isspace():
        return escaped
    return f'<span style="color:{_colour(kind)}">{escaped}</span>'


def _colour(kind: str) -> str:
    colour = f"var(--jp-mirror-editor-{kind}-color,{_COLOURS[kind]})"
    # Lab has one colour for comments in light and dark, and it is too faint in both: a part of the text's helps.
    return f"color-mix(in srgb,{colour} 70%,currentColor)" if kind == "comment" else colour
