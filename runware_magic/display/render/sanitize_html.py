"""Clean all HTML of this package, so that a mistake in a renderer cannot leak.

The allowlist is what this package itself writes. Nothing in it runs, loads, positions, or has an id. Two things are
not cleaned, since they are not allowed: the live region (`announcer`), whose text is escaped, and the CSS rules of a
live view (`growing_text.Styles`), which come from this package and from cleaned styles. The parts of an answer are
cleaned some blocks at a time, and then framed.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import Any

import nh3

from runware_magic.chat.text import encodable, plain

#: The addresses that may be links.
SCHEMES = ("http", "https", "mailto")

_TAGS = {
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "em", "strong", "s", "a", "div", "span"),
    *("pre", "code", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "label"),
    *("textarea", "ins", "del", "sub", "sup", "kbd", "mark"),
}
_PROPERTIES = {
    *("color", "background-color", "opacity", "cursor", "user-select", "-webkit-user-select", "font-family"),
    *("font-size", "font-style", "font-weight", "line-height", "text-align", "text-decoration", "direction", "margin"),
    *("margin-top", "margin-bottom", "padding", "padding-top", "padding-bottom", "table-layout", "box-sizing"),
    *("margin-left", "pointer-events", "visibility"),
    *("resize", "width", "min-width", "max-width", "overflow-x", "overflow-wrap", "white-space", "vertical-align"),
    *("display", "border", "border-top", "border-bottom", "border-left", "border-right", "border-collapse"),
    *("border-radius", "list-style-type", "grid-template-columns", "gap", "flex", "flex-wrap", "height", "overflow"),
    *("text-overflow", "word-break", "list-style"),
}
# With these functions only, no style can load anything.
_VALUE = re.compile(r"(?:[\w#%.,\s-]|(?:var|rgb|color-mix|repeat|minmax|min)\([\w#%.,\s-]*|\))+", re.ASCII)
#: The start of a link. Without a scheme, a link would lead to the server of the page.
LIVE = re.compile(rf"(?:{'|'.join(SCHEMES)}):", re.IGNORECASE)
# No link may hold a name or a password; a reader may take it for the host.
_CREDENTIALS = re.compile(r"(?<=:)//[^/?#]*@")
# Never an address, which would be loaded, nor SVG, which can hold scripts.
_PICTURE = re.compile(r"data:image/(?:png|jpeg|webp|gif);base64,[A-Za-z0-9+/]+={0,2}")
_CLASSES = {
    *("runware-turn", "runware-badge", "runware-details", "runware-mark", "runware-reasoning", "runware-content"),
    *("runware-notes", "runware-code", "runware-table", "runware-comparison", "runware-answer", "runware-sources"),
    *("runware-notice", "runware-attached", "runware-logprobs", "runware-tool"),
    *("mathjax_ignore", "tex2jax_ignore", "mathjax_process", "tex2jax_process"),
}
_ATTRIBUTE_VALUES = {
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
    if name in _ATTRIBUTE_VALUES:
        return value if value in _ATTRIBUTE_VALUES[name] else None
    if name == "src":
        return value if _PICTURE.fullmatch(value) else None
    if name == "href":
        return _CREDENTIALS.sub("//", value, count=1) if LIVE.match(value) else None
    return value


@lru_cache(maxsize=512)
def _is_allowed_style(style: str) -> bool:
    # All or nothing: nh3's own filter of properties breaks var(--x, rgb(…)).
    pairs = (declaration.partition(":") for declaration in style.split(";"))
    return all(name.strip() in _PROPERTIES and bool(_VALUE.fullmatch(value)) for name, _, value in pairs)


_ALLOWED: dict[str, Any] = {
    "tags": _TAGS,
    "attributes": {
        "*": {"style", "class", "dir"},
        "a": {"href", "title", "target", "tabindex", "role", "aria-label"},
        "th": {"scope"},
        "textarea": {"rows", "spellcheck"},
        "span": {"title"},
        "ol": {"start"},
        "details": {"open"},
    },
    "attribute_filter": _attribute,
    "url_schemes": set(SCHEMES),
    "link_rel": "noopener noreferrer",
}
# Only for pictures that this package writes: a model's text gets none.
_WITH_PICTURES: dict[str, Any] = {
    **_ALLOWED,
    "tags": {*_TAGS, "img"},
    "attributes": {**_ALLOWED["attributes"], "img": {"src", "alt"}},
    "url_schemes": {*SCHEMES, "data"},
}

# nh3 adds it to all anchors, but frames that scroll are no links.
_NEEDLESS = re.compile(r"""(<a(?: (?!href=)[\w-]+="[^"]*")*?) rel="noopener noreferrer">""")
_BYTE_ORDER_MARK = "\ufeff"  # parsers skip one at the beginning, and the next one the next time
_MEANS_MATHEMATICS = re.compile(r"[$\\]")


def clean(markup: str, *, pictures: bool = False) -> str:
    """Return well-formed HTML of the allowed tags, attributes, classes, style properties and addresses.

    With ``pictures``, ``<img>`` is allowed, for a PNG, JPEG, WebP or GIF within the HTML itself. Of unknown tags only
    the text stays; scripts and styles go with their text. Control characters show as in `plain`.
    """
    text = encodable(markup).lstrip(_BYTE_ORDER_MARK)
    # Plain at the end: only now character references are decoded.
    return plain(_NEEDLESS.sub(r"\1>", nh3.clean(text, **(_WITH_PICTURES if pictures else _ALLOWED))))


def escape(text: str) -> str:
    r"""Return text as HTML that shows it literally, mathematics included.

    An element around each ``$`` and ``\`` is the only thing that keeps every version of MathJax from pairing them: it
    looks for delimiters in text that no tag interrupts. Character references do not help.
    """
    return _MEANS_MATHEMATICS.sub(r"<span>\g<0></span>", html.escape(text))
