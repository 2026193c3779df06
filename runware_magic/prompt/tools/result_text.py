"""What a function returned: the text that the model receives, and the pictures that the reader sees."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from runware_magic.chat.parts import ImagePart
from runware_magic.chat.text import encodable, with_texts
from runware_magic.prompt.tools.result_value import ResultValue, class_name

#: Characters of a key, however it is written, that may stand where a text is cut.
_MARGIN = 4096


@dataclass(frozen=True, slots=True)
class Result:
    """The text of a result, its pictures, and the objects that these were drawn from."""

    text: str
    pictures: tuple[ImagePart, ...] = ()
    drawn: tuple[object, ...] = ()


def result_of(value: object, most: int, hide: Callable[[str], str] = str) -> Result:
    """Return the text of a value, empty for None: `most` characters of it, and a line that says what was cut.

    Texts are as they are; tables are Markdown; other values are JSON, or words where JSON has none. `hide` removes keys
    from a text. Raises what an iterator raises, of which only the beginning is taken.
    """
    if value is None:
        return Result("")
    read = ResultValue(most + _MARGIN + 2)  # with its last brackets
    # First in each text, since JSON may escape what is escaped already; then between texts.
    written = with_texts(read.of(value), lambda text: hide(encodable(text)))
    text = hide(written if isinstance(written, str) else json.dumps(written, ensure_ascii=False))
    if read.is_full:
        # The end may be a part of a key.
        text = text[: min(most, max(len(text) - _MARGIN, 0))]
        text += f"\n(first {len(text):,} characters of {_all(value)})"
    else:
        text = bounded(text, most) + ("\n(… stands for what was left out)" if read.has_gaps else "")
    # Endpoints refuse blank messages.
    return Result(text if text.strip() else "(a blank text)", tuple(read.pictures), tuple(read.drawn))


def bounded(text: str, most: int) -> str:
    """Return a text, or its first `most` characters and a line that says so."""
    return text if len(text) <= most else f"{text[:most]}\n(first {most:,} of {len(text):,} characters)"


def _all(value: object) -> str:
    if isinstance(value, str | list | tuple | dict | set | frozenset):
        what = "characters" if isinstance(value, str) else "entries"
        return f"a {class_name(value)} of {len(value):,} {what}"
    return f"a {class_name(value)}"
