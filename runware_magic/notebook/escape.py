"""Escape text for Markdown and HTML, so that it shows as it was typed."""

from __future__ import annotations

import html
import re

# Controls, overrides of the text direction, and surrogates, which no file can contain.
_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# In an indented or fenced text, lines and spaces matter.
_CODE = re.compile(r"^[ \t]+\S|^(?:```|~~~)|\t", re.MULTILINE)
_TICKS = re.compile(r"`+")
# JupyterLab searches the text for formulas, where a backslash disables a delimiter, and the rendered HTML again, where
# only an element around it does.
_DELIMITER = re.compile(r"\$|\\(?=[(\[]|begin|(?:eq)?ref)")
_ANYWHERE = re.compile(r"<span>.</span>|[\\`*~|]|(?<!\w)_|_(?!\w)|\](?=[(\[:])")
_AT_START = re.compile(r"^(?:[-+=>#:]|\d+(?=[.)]))", re.MULTILINE)


def visible(text: str) -> str:
    """Return a text with line feeds only, and U+FFFD for each control character."""
    return _INVISIBLE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """Return a text as one line."""
    return " ".join(visible(text).split())


def as_html(text: str) -> str:
    """Escape a text for HTML; line breaks stay."""
    return html.escape(visible(text))


def as_markdown(text: str) -> str:
    """Escape a text for Markdown: in every reader, nothing of it is a tag, a link or a formula."""
    # As references, since not every dialect can escape these.
    text = re.sub(r"&(?=#?\w)", "&amp;", visible(text)).replace("<", "&lt;")
    if text.count("$") > 1 or "\\" in text:
        text = _DELIMITER.sub(r"<span>\g<0></span>", text)
    return _AT_START.sub(_mark, _ANYWHERE.sub(_escaped, text))


def quoted(text: str) -> str:
    """Return a text as a Markdown quotation: as prose, or as a code block if its columns matter."""
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
    # In "1." the dot is escaped: a backslash before a digit would show.
    return f"{match[0]}\\" if match[0].isdigit() else f"\\{match[0]}"
