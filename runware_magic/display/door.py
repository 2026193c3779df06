"""The door: every HTML of this package passes it, so that a mistake in a renderer cannot leak.

What gets through is a list of what this package itself writes. Nothing in it runs, loads, positions, or names an id.
Two things do not pass, since they are what it lets nobody write: the region that is heard (`announcer`), whose text is
escaped, and the rules of a live view (`growing_box.Styles`), which are this package's own and styles that have passed.
Each part of an answer passes, some blocks at a time, and then gets a fixed frame; live, classes for styles too.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import Any

import nh3

from runware_magic.chat.surrogates import encodable
from runware_magic.display.plain import plain

#: The addresses that may be links.
SCHEMES = ("http", "https", "mailto")

_TEXT = {"p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "em", "strong", "s", "a", "div", "span"}
_CODE = {"pre", "code"}
_LISTS = {"ul", "ol", "li"}
_TABLES = {"table", "thead", "tbody", "tr", "th", "td"}
_FOLDS = {"details", "summary", "label", "textarea"}
_CHANGES = {"ins", "del"}

_PROPERTIES = {
    *("color", "background-color", "opacity", "cursor", "user-select", "-webkit-user-select"),
    *(
        "font-family",
        "font-size",
        "font-style",
        "font-weight",
        "line-height",
        "text-align",
        "text-decoration",
        "direction",
    ),
    *("margin", "margin-top", "margin-bottom", "padding", "padding-top", "padding-bottom"),
    *(
        "table-layout",
        "box-sizing",
        "resize",
        "width",
        "min-width",
        "max-width",
        "overflow-x",
        "overflow-wrap",
        "white-space",
        "vertical-align",
        "display",
    ),
    *("border", "border-top", "border-bottom", "border-left", "border-right", "border-collapse", "border-radius"),
    *("list-style-type",),
}
# No function but these, so no style can load anything.
_VALUE = re.compile(r"(?:[\w#%.,\s-]|(?:var|rgb|color-mix)\([\w#%.,\s-]*|\))+", re.ASCII)
# A scheme is a must: what has none leads into the server that the page came from.
_LIVE = re.compile(rf"(?:{'|'.join(SCHEMES)}):", re.IGNORECASE)
_CLASSES = {
    *("runware-turn", "runware-badge", "runware-reasoning", "runware-content", "runware-notes", "runware-code"),
    *("runware-table", "runware-comparison", "runware-answer"),
    *("mathjax_ignore", "tex2jax_ignore", "mathjax_process", "tex2jax_process"),
}
#: Attributes that tell how to read or reach something, and what they may say.
_TELLING = {
    "dir": {"ltr", "rtl", "auto"},
    "tabindex": {"0"},
    "role": {"group"},
    "aria-label": {"Table", "Code", "Formula"},
    "scope": {"col", "row"},
    "spellcheck": {"false"},
    "target": {"_blank"},
}


def _attribute(_tag: str, name: str, value: str) -> str | None:
    if name == "style":
        return value if _is_allowed_style(value) else None
    if name == "class":
        return value if _CLASSES.issuperset(value.split()) else None
    if name in _TELLING:
        return value if value in _TELLING[name] else None
    return value if name != "href" or _LIVE.match(value) else None


@lru_cache(maxsize=512)
def _is_allowed_style(style: str) -> bool:
    # All or nothing, and as it was: nh3's own filter of properties writes var(--x, rgb(…)) back as var(--x, rgb().
    pairs = (declaration.partition(":") for declaration in style.split(";"))
    return all(name.strip() in _PROPERTIES and bool(_VALUE.fullmatch(value)) for name, _, value in pairs)


_ALLOWED: dict[str, Any] = {
    "tags": _TEXT | _CODE | _LISTS | _TABLES | _FOLDS | _CHANGES,
    "attributes": {
        "*": {"style", "class", "dir"},
        "a": {"href", "title", "target", "tabindex", "role", "aria-label"},
        "th": {"scope"},
        "textarea": {"rows", "spellcheck"},
        "pre": {"title"},
        "span": {"title"},
        "ol": {"start"},
        "details": {"open"},
    },
    "attribute_filter": _attribute,
    "url_schemes": set(SCHEMES),
    "link_rel": "noopener noreferrer",
}

_BYTE_ORDER_MARK = "\ufeff"  # parsers skip one at the beginning, and the next the next time
_MEANS_MATHEMATICS = re.compile(r"[$\\]")


def clean(markup: str) -> str:
    """Let through what this package may write, and nothing else.

    Parameters
    ----------
    markup
        HTML, however bad.

    Returns
    -------
    str
        Well-formed HTML of the allowed tags, attributes, classes, style properties and addresses. Unknown tags go,
        their text stays; scripts and styles go with their text. Control characters show as in `plain`.
    """
    # Plain at last: a character reference is a character only now.
    return plain(nh3.clean(encodable(markup).lstrip(_BYTE_ORDER_MARK), **_ALLOWED))


def escape(text: str) -> str:
    r"""Give text as HTML that shows it literally, mathematics included.

    A lone element around each ``$`` and ``\`` is the one thing that keeps every version of MathJax from pairing
    them: it looks for delimiters in runs of text that no tag interrupts. Character references do not help.
    """
    return _MEANS_MATHEMATICS.sub(r"<span>\g<0></span>", html.escape(text))
