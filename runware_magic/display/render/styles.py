"""The inline styles of all output, with Lab's variables where a theme matters.

An untrusted notebook loses ``<style>`` elements, so each element has its own style. Of a style that Lab examines, it
keeps a colour with a variable only if the fallback is written as ``rgb(…)``, and a border only without a variable: so
lines and shades are half-transparent greys, which suit any background. It keeps no side that depends on the direction
of text (``padding-inline-start``): so right-to-left text has styles of its own.
"""

from __future__ import annotations

_SMALL = "var(--jp-ui-font-size1,13px)"
# Mixed with the surrounding colour: Lab's alone is too faint on the shade of code.
_MUTED = "color-mix(in srgb,var(--jp-ui-font-color2,rgb(122,122,122)) 80%,currentColor)"
_LINE = "#7f7f7f4d"
_SHADE = "#7f7f7f17"

#: The row above an answer that arrives, as high with a Stop button as without. Where it stood stays free, so that an
#: answer that settles does not move.
ROW = "28px"
TURN = f"padding:{ROW} 0 4px;max-width:100%;overflow-wrap:break-word"
#: A frame that begins with a line in that place.
HEADED = "padding:4px 0 4px;max-width:100%;overflow-wrap:break-word"
CONTENT = (
    "font-size:var(--jp-content-font-size1,14px);line-height:var(--jp-content-line-height,1.6);overflow-wrap:break-word"
)
# Padding, since the margin of a heading below would swallow a margin here, but not in the live view.
REASONING = f"margin:0;padding:0 0 12px;color:{_MUTED}"
SUMMARY = f"cursor:pointer;font-size:{_SMALL};color:{_MUTED}"
THINKING = f"{CONTENT};color:{_MUTED}"
#: The fold button of the live view looks like the summary that replaces it.
FOLD = (
    f"display:block;width:auto;height:auto;margin:0 0 12px;padding:0 2px;border:none;box-shadow:none;background:none;"
    f"text-align:start;line-height:1.6;font-size:{_SMALL};color:{_MUTED}"
)
REASONED = f"{CONTENT};margin:6px 0 0 4px;padding:0 0 0 12px;border-left:2px solid {_LINE};color:{_MUTED}"
BADGE = f"margin:6px 0 0;font-size:12px;line-height:1.5;overflow-wrap:anywhere;color:{_MUTED}"
INLINE = "display:inline"
INLINE_SUMMARY = f"{INLINE};cursor:pointer;text-decoration:underline"
NOTE = (
    f"margin:8px 0 0;padding:2px 0 2px 10px;border-left:2px solid {_LINE};font-size:{_SMALL};line-height:1.5;"
    f"color:{_MUTED}"
)
# In the free row. Mixed with the colour of text: some themes' warning colour alone is too faint for it.
MARK = (
    f"margin:-26px 0 3px;padding:2px 0 2px 10px;border-left:3px solid #e08600;font-size:{_SMALL};line-height:1.5;"
    "font-weight:600;color:color-mix(in srgb,var(--jp-warn-color0,rgb(176,96,0)) 55%,currentColor)"
)
_PASSED = "color:color-mix(in srgb,var(--jp-success-color0,rgb(27,112,52)) 70%,currentColor)"
# Half of it: in the dark theme more of this red is too faint on the page.
_FAILED = "color:color-mix(in srgb,var(--jp-error-color0,rgb(176,32,32)) 50%,currentColor)"
HEAD = "margin:0 0 8px"
NAME = "font-weight:600;font-size:var(--jp-content-font-size1,14px);line-height:1.5;overflow-wrap:anywhere"

TABLE = "margin:0 0 10px"
#: The numbers, below answers or below a notice on them.
NUMBERS = "margin:12px 0 0"
#: The least widths of a column, and of two with their gap; and how many would leave a hole if three stood in a row.
LEAST_COLUMN, LEAST_PAIR, IN_PAIRS = "240px", "504px", 4
#: Columns as many as the page holds, as in the live view.
_COLUMNS = "display:grid;grid-template-columns:repeat(auto-fit,minmax(min({least},100%),1fr));gap:16px 24px"
BESIDE = f"{_COLUMNS.format(least=LEAST_COLUMN)};margin:0 0 12px"
#: Columns of two columns each: for four answers, since three and one would leave a hole.
PAIRS = f"{_COLUMNS.format(least=LEAST_PAIR)};margin:0 0 12px"
PAIR = f"{_COLUMNS.format(least=LEAST_COLUMN)};min-width:0"
COLUMN = "min-width:0"
#: The answer in a cell of a table: a fold whose summary is its beginning.
CELL_ANSWER = "margin:0"
CELL_SUMMARY = "cursor:pointer;line-height:1.5;overflow-wrap:break-word"
CELL_ANSWERED = "margin:8px 0 4px"
DETAILS = "margin:4px 0 8px"
SMALL = f"font-size:{_SMALL};line-height:1.5"

#: Lab does not underline links in outputs, and not everybody sees a colour.
LINK = "text-decoration:underline"
PLACE = "font-size:.85em"
# Frames that are anchors, so that the keyboard reaches them, look like the text around them.
_NO_LINK = "display:block;color:inherit;text-decoration:none"
SCROLL = "overflow-x:auto;max-width:100%;margin:0 0 12px"
FORMULA = "overflow-x:auto;max-width:100%;margin:0"
#: In the middle of the text, not of a page that is wider.
SHORT_FORMULA = "overflow-x:auto;max-width:min(42em,100%);margin:0"
SCROLLER = f"{_NO_LINK};{SCROLL}"
#: Within a box that scrolls, so that the keyboard reaches the box.
REACHED = _NO_LINK
BARE_SCROLLER = f"{_NO_LINK};overflow-x:auto;max-width:100%"
FORMULA_SCROLLER = f"{_NO_LINK};{FORMULA}"
SHORT_FORMULA_SCROLLER = f"{_NO_LINK};{SHORT_FORMULA}"
INLINE_SCROLL = "display:inline-block;max-width:100%;overflow-x:auto;vertical-align:middle"
INLINE_SCROLLER = f"{INLINE_SCROLL};color:inherit;text-decoration:none"
# A click on the frame, where its head is, selects the code; in the code itself, the mouse selects as in any text. No
# style makes one click in it select all, and a drag a part.
CODE = (
    f"margin:0 0 12px;border:1px solid {_LINE};border-radius:4px;background-color:{_SHADE};"
    "cursor:var(--rw,pointer);-webkit-user-select:all;user-select:all"
)
CODE_HEAD = (
    f"padding:4px 12px 0;font-size:11px;line-height:1.5;color:{_MUTED};pointer-events:none;"
    "-webkit-user-select:none;user-select:none"
)
#: Hidden where a notebook is not trusted: Lab removes this variable there, and what a click would select with.
CODE_HINT = "visibility:hidden;visibility:var(--rw,visible)"
#: The Markdown of an answer, in a field.
MARKDOWN = "margin:4px 0 0"
MARKDOWN_SUMMARY = "cursor:pointer"
MARKDOWN_LABEL = "display:block;margin:4px 0 0"
PLAIN_TEXT = (
    "display:block;width:100%;box-sizing:border-box;margin:2px 0 8px;padding:8px 12px;resize:vertical;"
    f"border:1px solid {_LINE};background-color:transparent;color:{_MUTED};"
    "font-family:monospace;font-size:var(--jp-code-font-size,13px);line-height:1.5;white-space:pre"
)
# As wide as its longest line.
PRE = (
    "display:inline-block;min-width:100%;box-sizing:border-box;margin:0;padding:8px 12px;background-color:transparent;"
    "font-size:var(--jp-code-font-size,13px);line-height:1.5;white-space:pre;vertical-align:top;"
    "cursor:text;-webkit-user-select:text;user-select:text"
)
_WRAP = "white-space:pre-wrap;overflow-wrap:anywhere"
WRAPPED = f"display:block;{_WRAP}"
# An untrusted Lab removes values that it does not know, such as ``inherit`` for colours.
_PRE_CODE = "padding:0;background-color:transparent;font-size:inherit;white-space:pre"
_INLINE_CODE = f"padding:1px 4px;border-radius:3px;background-color:{_SHADE};font-size:.92em"

#: Text that is aligned with spaces.
ALIGNED = f"font-family:monospace;font-size:var(--jp-code-font-size,13px);line-height:1.5;{_WRAP}"
_SENT = "background-color:transparent;font-size:var(--jp-code-font-size,13px);line-height:1.5;padding:0"
# Lab breaks preformatted text within words.
SENT_TEXT = f"margin:0 0 8px;{_WRAP};word-break:normal;{_SENT}"
# As wide as its longest line: else it would scroll by itself, where no key reaches it.
SENT_TABLE = (
    f"display:inline-block;min-width:100%;box-sizing:border-box;margin:0;white-space:pre;vertical-align:top;{_SENT}"
)

#: An answer as data: names in front of values, and a line along what an object or a list holds.
DATA = "margin:0 0 12px"
_HELD = f"border-left:1px solid {_LINE}"
DATA_HELD = f"margin:0 0 0 5px;padding:0 0 0 10px;{_HELD}"
#: Far down, a narrow page would leave no room.
DATA_HELD_DEEP = f"margin:0;padding:0 0 0 1px;{_HELD}"
DATA_ROW = "padding:0 0 0 16px"
DATA_FOLD = "margin:0"
DATA_SUMMARY = "cursor:pointer;margin:0;font-weight:400"
#: Looks like the summary of an open fold.
DATA_HEAD = "display:list-item;list-style:disclosure-open inside"
#: Beneath the tree: its plain text.
DATA_PLAIN = f"cursor:pointer;font-size:{_SMALL};color:{_MUTED}"
DATA_NAME = "font-weight:600"
DATA_QUIET = f"color:{_MUTED}"
DATA_TEXT = "white-space:pre-wrap"
DATA_BLOCK = "white-space:pre-wrap;max-width:46em;padding:0 0 0 16px"
DATA_ATOM = (
    "font-family:monospace;"
    "color:color-mix(in srgb,var(--jp-mirror-editor-keyword-color,rgb(46,139,61)) 60%,currentColor)"
)
DATA_PROSE = f"margin:0 0 6px;white-space:pre-wrap;max-width:46em;font-size:{_SMALL};line-height:1.5;color:{_MUTED}"

WIDE_CELL = "min-width:6em"

_NOTES = f"font-size:.9em;color:{_MUTED}"
FOOTNOTES = f"max-width:46em;margin:16px 0 12px;padding-top:8px;border-top:1px solid {_LINE};{_NOTES}"
FOOTNOTE = f"margin:0 0 4px;{_NOTES}"
SOURCES = f"max-width:46em;margin:4px 0 8px;{_NOTES}"
SOURCE_LIST = "margin:4px 0 0"
#: The tokens of an answer, with their probabilities.
PROBABILITIES = "max-width:46em;margin:4px 0 8px"
LEGEND = f"margin:2px 0 0;font-size:{_SMALL};line-height:1.9"
SMALL_NOTE = f"margin:0 0 4px;font-size:{_SMALL};line-height:1.5;color:{_MUTED}"
TOKENS = f"margin:4px 0 0;{CONTENT};line-height:1.9;{_WRAP}"
# In a line, what unfolds would break it, folded as well.
UNFOLDING = "display:inline-block;max-width:100%;vertical-align:top"
UNFOLDING_SUMMARY = f"{INLINE};cursor:pointer"
ALTERNATIVES = "display:block;padding:0 8px;border-left:2px solid #7f7f7f;font-size:.9em;line-height:1.5"
#: What a prompt has of the notebook, over its answer.
ATTACHED = f"margin:0 0 8px;color:{_MUTED}"
SENT = f"margin:6px 0 0 4px;padding:0 0 0 12px;border-left:2px solid {_LINE};color:{_MUTED}"
ROLE = f"margin:0 0 4px;font-size:{_SMALL};font-weight:600"
THUMBNAIL = "margin:0 0 4px"
SENT_LINE = f"margin:0 0 8px;font-size:{_SMALL};line-height:1.5;overflow-wrap:anywhere"
#: A tool call, before the answer or in it.
TOOL = f"margin:0 0 10px;padding:1px 0 1px 12px;border-left:3px solid {_LINE}"
TOOL_WAITS = "margin:0 0 10px;padding:1px 0 1px 12px;border-left:3px solid #e08600"
TOOL_HEAD = "display:flex;flex-wrap:wrap;gap:0 12px;margin:0 0 2px;line-height:1.6;overflow-wrap:anywhere"
TOOL_CALL = "min-width:0;font-family:monospace;font-size:var(--jp-code-font-size,13px)"
TOOL_NAME = "font-weight:600"
TOOL_STATE = f"font-size:{_SMALL};color:{_MUTED};white-space:nowrap"
TOOL_ASKS = f"font-size:{_SMALL};font-weight:600;white-space:nowrap"
TOOL_FOLD = "margin:0 0 2px"
TOOL_TEXT = f"margin:4px 0 0 4px;padding:0 0 0 12px;border-left:2px solid {_LINE}"
#: Stands for the summary of a fold while the answer arrives.
UNFOLDED_SUMMARY = "margin:0 0 10px;font-weight:600"

_RAISED = "font-size:.75em;line-height:1"
#: Text is about 80 characters wide at most, code and tables are as wide as the page.
TEXT = "max-width:42em"
TEXT_RTL = f"{TEXT};margin-left:auto"

#: Inline styles by tag, and what differs in right-to-left text.
TAGS = {
    "p": TEXT,
    "h1": "max-width:28em;margin:16px 0 8px;font-size:1.5em;font-weight:600;line-height:1.3",
    "h2": "max-width:32em;margin:16px 0 8px;font-size:1.3em;font-weight:600;line-height:1.3",
    "h3": "max-width:36em;margin:14px 0 6px;font-size:1.15em;font-weight:600;line-height:1.3",
    **dict.fromkeys(("h4", "h5", "h6"), f"{TEXT};margin:12px 0 6px;font-size:1em;font-weight:600;line-height:1.3"),
    "blockquote": f"margin:0 0 10px;color:{_MUTED};padding:0 0 0 12px;border-left:3px solid {_LINE}",
    "p rtl": f"{TEXT_RTL};text-align:right",
    **dict.fromkeys(("ul rtl", "ol rtl"), "padding:0 2em 0 0"),
    "blockquote rtl": f"margin:0 0 10px;color:{_MUTED};padding:0 12px 0 0;border:none;border-right:3px solid {_LINE}",
    "hr": f"margin:14px 0;border:none;border-top:1px solid {_LINE}",
    "table": "margin:0;border-collapse:collapse;font-size:inherit;width:auto",
    "tr": f"border-bottom:1px solid {_LINE}",
    **dict.fromkeys(("th", "td"), "padding:5px 12px;text-align:left"),
    **dict.fromkeys(("th rtl", "td rtl"), "padding:5px 12px;text-align:right"),
    "details": "margin:0 0 12px",
    "summary": "cursor:pointer;margin:0 0 6px;font-weight:600",
    "sub": _RAISED,
    "sup": _RAISED,
    "kbd": f"{_INLINE_CODE};border:1px solid {_LINE};border-bottom:2px solid {_LINE};font-family:monospace",
    # Faint, so that muted text and links stay legible on it in any theme.
    "mark": "padding:0 2px;border-bottom:2px solid #e0a800;background-color:#ffd54f2e;color:inherit",
    "code": _INLINE_CODE,
    "pre code": _PRE_CODE,
    "pre code wrapped": f"{_PRE_CODE};{_WRAP}",
}

#: Keeps MathJax out of an element; formulas within have the opposite classes.
UNTOUCHED = "mathjax_ignore tex2jax_ignore"


def verdict(text: str) -> str:
    """Return the attribute, with a space before it, for a text that begins with the sign of a verdict."""
    colour = {"✓": _PASSED, "✗": _FAILED}.get(text[:1])
    return f' style="{colour}"' if colour else ""
