"""How everything looks: inline styles over Lab's variables, each with a fallback for where there are none.

Saved outputs lose ``<style>`` elements in an untrusted notebook, so each element brings its own. Colours are written
in hexadecimal: the sanitiser loses the arguments of a function within ``var()``.
"""

from __future__ import annotations

_MONO = "var(--jp-code-font-family,ui-monospace,Menlo,Consolas,monospace)"
_SMALL = "var(--jp-ui-font-size1,13px)"
_MUTED = "var(--jp-ui-font-color2,#7a7a7a)"
_LINE = "var(--jp-border-color2,#7f7f7f4d)"
_SHADE = "var(--jp-cell-editor-background,#7f7f7f1a)"

TURN = "padding:2px 0 4px;max-width:100%;overflow-wrap:anywhere"
CONTENT = "font-size:var(--jp-content-font-size1,14px);line-height:var(--jp-content-line-height,1.6)"
REASONING = f"margin:0 0 12px;color:{_MUTED}"
SUMMARY = f"cursor:pointer;font-size:{_SMALL};font-family:var(--jp-ui-font-family,system-ui,sans-serif);color:{_MUTED}"
REASONED = f"{CONTENT};margin:6px 0 0 4px;padding:0 0 0 12px;border-left:2px solid {_LINE};color:{_MUTED}"
BADGE = (
    f"display:flex;flex-wrap:wrap;gap:0 6px;margin:6px 0 0;font-size:12px;line-height:1.5;color:{_MUTED};"
    "font-family:var(--jp-ui-font-family,system-ui,sans-serif)"
)
NOTE = (
    f"margin:8px 0 0;padding:2px 0 2px 10px;border-left:2px solid {_LINE};font-size:{_SMALL};line-height:1.5;"
    f"font-family:var(--jp-ui-font-family,system-ui,sans-serif);color:{_MUTED}"
)

#: What wide tables and formulas scroll in.
SCROLL = "overflow-x:auto;max-width:100%;margin:0 0 12px"
CODE = f"margin:0 0 12px;border:1px solid {_LINE};border-radius:4px;background-color:{_SHADE}"
LANGUAGE = (
    f"padding:4px 12px 0;font-size:11px;line-height:1.5;color:{_MUTED};"
    "font-family:var(--jp-ui-font-family,system-ui,sans-serif)"
)
PRE = (
    f"margin:0;padding:8px 12px;overflow-x:auto;background-color:transparent;font-family:{_MONO};"
    "font-size:var(--jp-code-font-size,13px);line-height:1.5;white-space:pre;"
    "-webkit-user-select:all;user-select:all"
)
_PRE_CODE = "padding:0;background-color:transparent;white-space:pre;font-size:inherit"
_INLINE_CODE = f"padding:1px 4px;border-radius:3px;background-color:{_SHADE};font-family:{_MONO};font-size:.92em"

#: Inline styles by tag.
TAGS = {
    "h1": "margin:16px 0 8px;font-size:1.5em;font-weight:600;line-height:1.3",
    "h2": "margin:16px 0 8px;font-size:1.3em;font-weight:600;line-height:1.3",
    "h3": "margin:14px 0 6px;font-size:1.15em;font-weight:600;line-height:1.3",
    "h4": "margin:12px 0 6px;font-size:1em;font-weight:600;line-height:1.3",
    "h5": "margin:12px 0 6px;font-size:1em;font-weight:600;line-height:1.3",
    "h6": "margin:12px 0 6px;font-size:1em;font-weight:600;line-height:1.3",
    "blockquote": f"margin:0 0 10px;padding:0 0 0 12px;border-left:3px solid {_LINE};color:{_MUTED}",
    "hr": f"margin:14px 0;border:none;border-top:1px solid {_LINE}",
    "table": "margin:0;border-collapse:collapse;font-size:inherit;width:auto",
    "tr": f"border-bottom:1px solid {_LINE}",
    "th": "padding:5px 12px;text-align:left",
    "td": "padding:5px 12px;text-align:left",
    "code": _INLINE_CODE,
    "pre code": _PRE_CODE,
}
