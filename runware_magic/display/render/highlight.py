"""Code as HTML in colour, with inline styles, since saved outputs keep no style sheet."""

from __future__ import annotations

import html
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Generic, Keyword, Name, Number, Operator, String, _TokenType
from pygments.util import ClassNotFound

from runware_magic.chat.text import plain

# Longer code is shown without colour: a lexer's time is not bounded by anything else.
_LONGEST = 50_000

# Lab's variables follow its theme. Elsewhere these colours apply, with a contrast of at least 4 to 1 on white and on
# #181818. Some of Lab's own colours are too faint on the shade of a block (atoms, numbers and comments
# in the light theme; tags, errors and meta in the dark ones): similar ones replace them.
_GREEN, _BLUE = "rgb(46,139,61)", "rgb(47,128,216)"
_KEYWORDS = (Keyword, Name.Builtin.Pseudo, Name.Tag, String.Affix, Number, Operator.Word, Generic.Inserted)
_KINDS: dict[str, tuple[str, tuple[_TokenType, ...]]] = {
    "keyword": (_GREEN, _KEYWORDS),
    "def": (_BLUE, (Name.Class, Name.Function)),
    "builtin": (_GREEN, (Name.Builtin, Name.Exception)),
    "operator": ("rgb(162,89,230)", (Name.Decorator, Operator, Comment.Preproc, Generic.Prompt)),
    "comment": ("rgb(63,135,135)", (Comment,)),
    "string": ("rgb(217,83,79)", (String, Generic.Deleted)),
    "string-2": ("rgb(181,101,201)", (String.Escape, String.Interpol)),
    "attribute": (_BLUE, (Keyword.Constant, Name.Attribute)),
    "header": (_BLUE, (Generic.Heading, Generic.Subheading)),
}
_COLOURS = {kind: colour for kind, (colour, _) in _KINDS.items()}
_KIND_OF = {token: kind for kind, (_, tokens) in _KINDS.items() for token in tokens}


def highlight(code: str, language: str) -> str:
    """Return code as escaped HTML with coloured ``<span>`` elements.

    Control characters and bidirectional overrides become visible or are removed. A language that Pygments does not know
    gets no colours: guessing is wrong too often.
    """
    return "".join(_coloured(kind, text) for kind, text in coloured_runs(plain(code), language))


def coloured_runs(code: str, language: str) -> list[tuple[str, str]]:
    """Return code in pieces of one kind, as (kind, text); the kind is empty where there is no colour."""
    lexer = _lexer(language.lower()) if len(code) <= _LONGEST else None
    runs = list(_runs(lexer, code)) if lexer else []
    # A few lexers lose what they do not expect, such as a console's last line.
    return runs if "".join(text for _, text in runs) == code else [("", code)]


@lru_cache(maxsize=64)
def _lexer(language: str) -> Lexer | None:
    # Cached mostly for unknown names: for each, Pygments asks every installed distribution for plugins.
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
    return next((_KIND_OF[kind] for kind in reversed(token.split()) if kind in _KIND_OF), "")


def _coloured(kind: str, text: str) -> str:
    escaped = html.escape(text)
    if not kind or text.isspace():
        return escaped
    colour = f"var(--jp-mirror-editor-{kind}-color,{_COLOURS[kind]})"
    # Lab's one colour for comments is too faint in light and dark themes: some of the text's colour is mixed in.
    colour = f"color-mix(in srgb,{colour} 70%,currentColor)" if kind == "comment" else colour
    return f'<span style="color:{colour}">{escaped}</span>'
