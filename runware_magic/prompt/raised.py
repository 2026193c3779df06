"""Errors of the user's own code, in one line."""

from __future__ import annotations

from runware_magic.chat.text import one_line

_SHOWN = 60  # characters of the error's text


def raised(error: Exception) -> str:
    """Return the type and the text of an error of the user's own code, in one line."""
    return f"{type(error).__name__}: {one_line(said(error), _SHOWN).removesuffix('.')}"


def said(error: BaseException) -> str:
    """Return the text of an error of the user's own code."""
    try:
        return str(error)
    except Exception as worse:  # noqa: BLE001  # it is the user's own, too
        return f"its text cannot be read ({type(worse).__name__})"
