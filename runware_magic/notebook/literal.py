"""Text that is shown as it was typed: in Markdown and in HTML."""

from __future__ import annotations

import html
import re

# Neither shown nor obeyed: controls, overrides of the direction of reading, and what no file can hold.
_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# Indented or fenced, a text means its lines as they stand.
_CODE = re.compile(r"^[ \t]+\S|^(?:```|~~~)|\t", re.MULTILINE)
_TICKS = re.compile(r"`+")
# JupyterLab looks for formulas in the text, where a backslash keeps a delimiter from its partner, and again in what
# was made of it, where only an element of its own does.
_DELIMITER = re.compile(r"\$|\\(?=[(\[]|begin|(?:eq)?ref)")
_ANYWHERE = re.compile(r"<span>.</span>|[\\`*~|]|(?<!\w)_|_(?!\w)|\](?=[(\[:])")
_AT_START = re.compile(r"^(?:[-+=>#:]|\d+(?=[.)]))", re.MULTILINE)


def visible(text: str) -> str:
    """Give a text with line feeds only, and a mark in place of each control character."""
    return _INVISIBLE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """Give a text as one line."""
    return " ".join(visible(text).split())


def as_html(text: str) -> str:
    """Give a text as HTML; line breaks stay as they are."""
    return html.escape(visible(text))


def as_markdown(text: str) -> str:
    """Give a text as Markdown that any reader shows as it was typed: nothing of it is a tag, a link or a formula."""
    # References, since not every dialect has an escape for these.
    text = re.sub(r"&(?=#?\w)", "&amp;", visible(text)).replace("<", "&lt;")
    if text.count("$") > 1 or "\\" in text:
        text = _DELIMITER.sub(r"<span>\g<0></span>", text)
    return _AT_START.sub(_mark, _ANYWHERE.sub(_escaped, text))


def quoted(text: str) -> str:
    """Give a text as a quotation in Markdown: prose as prose, and as a block of code what stands in columns."""
    text = visible(text).strip("\n")
    if _CODE.search(text):
        ticks = "`" * max(3, 1 + max(map(len, _TICKS.findall(text)), default=0))
        lines = [f"{ticks}text", *text.split("\n"), ticks]
    else:
        # Two spaces keep the line break.
        lines = [f"{line}  " if line else "" for line in as_markdown(text).split("\n")]
    return "\n".join(f"> {line}".rstrip() if not line.strip() else f"> {line}" for line in lines)


def _escaped(match: re.Match[str]) -> str:
    return re.sub(r"[$\\]", r"\\\g<0>", match[0]) if match[0].startswith("<") else f"\\{match[0]}"


def _mark(match: re.Match[str]) -> str:
    # Of "1." the dot is what makes a list; a backslash before a digit would be shown.
    return f"{match[0]}\\" if match[0].isdigit() else f"\\{match[0]}"
