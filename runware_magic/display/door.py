"""The door: every HTML of this package passes it, so that a mistake in a renderer cannot leak.

What gets through is a list of what this package itself writes. Nothing in it runs, loads, positions, or names an id.
"""

from __future__ import annotations

import html
import re

import nh3

from runware_magic.display.plain import encodable

#: The addresses that may be links.
SCHEMES = ("http", "https", "mailto")

_TEXT = {"p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "em", "strong", "s", "a", "div", "span"}
_CODE = {"pre", "code"}
_LISTS = {"ul", "ol", "li"}
_TABLES = {"table", "thead", "tbody", "tr", "th", "td"}
_FOLDS = {"details", "summary"}

# None of these takes a url(), so no style can load anything.
_PROPERTIES = {
    *("color", "background-color", "opacity"),
    *("font-family", "font-size", "font-style", "font-weight", "line-height", "text-align", "text-decoration"),
    *("margin", "margin-top", "margin-bottom", "padding", "padding-top", "padding-bottom", "max-width", "width"),
    *("border", "border-top", "border-bottom", "border-left", "border-collapse", "border-radius"),
    *("display", "flex-wrap", "gap", "overflow-x", "overflow-wrap", "white-space", "vertical-align"),
    *("user-select", "-webkit-user-select", "cursor", "list-style-type"),
}
_CLASSES = {
    *("runware-turn", "runware-badge", "runware-reasoning", "runware-content", "runware-notes", "runware-code"),
    *("mathjax_ignore", "tex2jax_ignore", "mathjax_process", "tex2jax_process"),
    # Lab's own classes, for the live view to look as an output does.
    *("jp-RenderedHTMLCommon",),
}

_CLEANER = nh3.Cleaner(
    tags=_TEXT | _CODE | _LISTS | _TABLES | _FOLDS,
    attributes={
        "*": {"style"},
        "a": {"href", "title", "target"},
        "pre": {"title"},
        "span": {"title"},
        "ol": {"start"},
        "details": {"open"},
    },
    allowed_classes=dict.fromkeys(("div", "span", "details"), _CLASSES),
    filter_style_properties=_PROPERTIES,
    url_schemes=set(SCHEMES),
    set_tag_attribute_values={"a": {"target": "_blank"}},
    link_rel="noopener noreferrer",
)

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
        their text stays; scripts and styles go with their text.
    """
    return _CLEANER.clean(encodable(markup))


def escape(text: str) -> str:
    r"""Give text as HTML that shows it literally, mathematics included.

    A lone element around each ``$`` and ``\`` is the one thing that keeps every version of MathJax from pairing
    them: it looks for delimiters in runs of text that no tag interrupts. Character references do not help.
    """
    return _MEANS_MATHEMATICS.sub(r"<span>\g<0></span>", html.escape(text))
