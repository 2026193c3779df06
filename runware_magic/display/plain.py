"""Text from outside as plain text: what a terminal or a one-line message may show."""

from __future__ import annotations

from runware_magic.chat.surrogates import encodable

# Bidirectional embeddings, overrides and isolates reorder what the reader sees (CVE-2021-42574). The marks U+200E
# and U+200F stay: right-to-left text needs them, and they move nothing but themselves.
_BIDI = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_VISIBLE: dict[int, str | None] = {
    **{code: chr(0x2400 + code) for code in range(0x20)},
    0x7F: "\u2421",
    **dict.fromkeys(range(0x80, 0xA0)),
    **dict.fromkeys(_BIDI),
    ord("\t"): "\t",
    ord("\n"): "\n",
    ord("\r"): None,
}


def plain(text: str) -> str:
    r"""Take away the power of control characters: escape sequences, backspaces, bells, bidirectional overrides.

    Parameters
    ----------
    text
        Any text, or any piece of one: each character is looked at alone, so that a sequence split over two pieces is
        disarmed like a whole one.

    Returns
    -------
    str
        The text with tabs and newlines kept; the other C0 controls shown by their pictures (``ESC`` as ``␛``); the
        C1 controls, carriage returns and bidirectional overrides removed; lone surrogates replaced.
    """
    return encodable(text).translate(_VISIBLE)


def one_line(text: str, limit: int = 200) -> str:
    """Give a text as one line of at most ``limit`` characters, an ellipsis at the end when it was longer."""
    # The cut before the split bounds the work on a text of megabytes.
    line = " ".join(plain(text[: 8 * limit]).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def counted(number: int, what: str) -> str:
    """Give a number and its noun."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
