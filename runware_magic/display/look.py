"""How everything looks: inline styles, over Lab's variables where a theme matters.

Saved outputs lose ``<style>`` elements in an untrusted notebook, so each element brings its own. Of a style that
Lab then examines it keeps a colour with a variable only if the fallback is written as ``rgb(…)``, and a border only
without a variable: so lines and shades are half-transparent greys, which suit any background. It keeps no side that
depends on the direction of reading (``padding-inline-start``): so what reads from right to left has a style of its own.
"""

from __future__ import annotations

_SMALL = "var(--jp-ui-font-size1,13px)"
# A little of the colour around it: by itself, Lab's is too faint on the shade of code.
_MUTED = "color-mix(in srgb,var(--jp-ui-font-color2,rgb(122,122,122)) 80%,currentColor)"
_LINE = "#7f7f7f4d"
_SHADE = "#7f7f7f17"

TURN = "padding:2px 0 4px;max-width:100%;overflow-wrap:break-word"
CONTENT = (
    "font-size:var(--jp-content-font-size1,14px);line-height:var(--jp-content-line-height,1.6);overflow-wrap:break-word"
)
REASONING = f"margin:0 0 12px;color:{_MUTED}"
SUMMARY = f"cursor:pointer;font-size:{_SMALL};color:{_MUTED}"
#: The reasoning itself, while it comes and folded under a summary.
THINKING = f"{CONTENT};color:{_MUTED}"
#: The button over it, while it comes: it looks like the summary that it becomes.
FOLD = (
    f"display:block;width:auto;height:auto;margin:4px 0 0;padding:0 2px;border:none;box-shadow:none;background:none;"
    f"text-align:start;line-height:1.6;font-size:{_SMALL};color:{_MUTED}"
)
REASONED = f"{CONTENT};margin:6px 0 0 4px;padding:0 0 0 12px;border-left:2px solid {_LINE};color:{_MUTED}"
BADGE = f"margin:6px 0 0;font-size:12px;line-height:1.5;overflow-wrap:anywhere;color:{_MUTED}"
NOTE = (
    f"margin:8px 0 0;padding:2px 0 2px 10px;border-left:2px solid {_LINE};font-size:{_SMALL};line-height:1.5;"
    f"color:{_MUTED}"
)

#: What an answer among several is called, and that with its status.
HEAD = "margin:0 0 8px"
NAME = "font-weight:600;font-size:var(--jp-content-font-size1,14px);line-height:1.5;overflow-wrap:anywhere"

TABLE = "margin:0 0 10px"
ANSWER = f"margin:0;padding:6px 0;border-top:1px solid {_LINE}"
ANSWER_SUMMARY = "cursor:pointer;font-size:var(--jp-content-font-size1,14px);line-height:1.5;overflow-wrap:break-word"
ANSWERED = "margin:6px 0 0;padding:0 0 0 14px"
SMALL = f"font-size:{_SMALL};line-height:1.5"
MUTED = f"color:{_MUTED}"

#: Underlined, which Lab leaves out of outputs: a colour alone, not everybody sees.
LINK = "text-decoration:underline"
#: Where a link leads, behind its text.
PLACE = "font-size:.85em"
#: What looks like the text around it, though it is an anchor.
_NO_LINK = "display:block;color:inherit;text-decoration:none"
#: What wide tables and formulas scroll in.
SCROLL = "overflow-x:auto;max-width:100%;margin:0 0 12px"
FORMULA = "overflow-x:auto;max-width:100%;margin:0"
#: The same for tables and code that can be reached by the keyboard.
SCROLLER = f"{_NO_LINK};{SCROLL}"
BARE_SCROLLER = f"{_NO_LINK};overflow-x:auto;max-width:100%"
FORMULA_SCROLLER = f"{_NO_LINK};{FORMULA}"
INLINE_SCROLL = "display:inline-block;max-width:100%;overflow-x:auto;vertical-align:middle"
INLINE_SCROLLER = f"{INLINE_SCROLL};color:inherit;text-decoration:none"
CODE = f"margin:0 0 12px;border:1px solid {_LINE};border-radius:4px;background-color:{_SHADE}"
LANGUAGE = f"padding:4px 12px 0;font-size:11px;line-height:1.5;color:{_MUTED}"
#: What holds the plain text of code, folded; what opens it, what names it, and that text.
AS_TEXT = f"font-size:11px;line-height:1.5;color:{_MUTED}"
AS_TEXT_SUMMARY = "padding:4px 12px 0;cursor:pointer"
AS_TEXT_LABEL = "display:block;padding:4px 12px 0"
PLAIN_TEXT = (
    "display:block;width:100%;box-sizing:border-box;margin:2px 0 8px;padding:8px 12px;resize:vertical;"
    f"border:1px solid {_LINE};background-color:transparent;color:{_MUTED};"
    "font-family:monospace;font-size:var(--jp-code-font-size,13px);line-height:1.5;white-space:pre"
)
# As wide as its longest line.
PRE = (
    "display:inline-block;min-width:100%;box-sizing:border-box;margin:0;padding:8px 12px;background-color:transparent;"
    "font-size:var(--jp-code-font-size,13px);line-height:1.5;white-space:pre;vertical-align:top;"
    "-webkit-user-select:all;user-select:all"
)
_WRAP = "white-space:pre-wrap;overflow-wrap:anywhere"
WRAPPED = f"display:block;{_WRAP}"
# An untrusted Lab takes from a style what it does not know, such as a value that is inherited.
_PRE_CODE = "padding:0;background-color:transparent;font-size:inherit;white-space:pre"
_INLINE_CODE = f"padding:1px 4px;border-radius:3px;background-color:{_SHADE};font-size:.92em"

WIDE_CELL = "min-width:6em"

#: Inline styles by tag, and by what differs where it reads from right to left.
TAGS = {
    "h1": "margin:16px 0 8px;font-size:1.5em;font-weight:600;line-height:1.3",
    "h2": "margin:16px 0 8px;font-size:1.3em;font-weight:600;line-height:1.3",
    "h3": "margin:14px 0 6px;font-size:1.15em;font-weight:600;line-height:1.3",
    "h4": "margin:12px 0 6px;font-size:1em;font-weight:600;line-height:1.3",
    "h5": "margin:12px 0 6px;font-size:1em;font-weight:600;line-height:1.3",
    "h6": "margin:12px 0 6px;font-size:1em;font-weight:600;line-height:1.3",
    "blockquote": f"margin:0 0 10px;color:{_MUTED};padding:0 0 0 12px;border-left:3px solid {_LINE}",
    "p rtl": "text-align:right",
    "ul rtl": "padding:0 2em 0 0",
    "ol rtl": "padding:0 2em 0 0",
    "blockquote rtl": f"margin:0 0 10px;color:{_MUTED};padding:0 12px 0 0;border:none;border-right:3px solid {_LINE}",
    "hr": f"margin:14px 0;border:none;border-top:1px solid {_LINE}",
    "table": "margin:0;border-collapse:collapse;font-size:inherit;width:auto",
    "tr": f"border-bottom:1px solid {_LINE}",
    "th": "padding:5px 12px;text-align:left",
    "td": "padding:5px 12px;text-align:left",
    "th rtl": "padding:5px 12px;text-align:right",
    "td rtl": "padding:5px 12px;text-align:right",
    "code": _INLINE_CODE,
    "pre code": _PRE_CODE,
    "pre code wrapped": f"{_PRE_CODE};{_WRAP}",
}

#: Classes that keep MathJax out of an element. Formulas within carry the opposite ones.
UNTOUCHED = "mathjax_ignore tex2jax_ignore"
