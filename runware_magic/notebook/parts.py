"""Messages in exported pages: text as it was typed, pictures as data within the page, files by their names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runware_magic.chat.messages import Message
from runware_magic.chat.parts import FilePart, ImagePart, Part, TextPart
from runware_magic.chat.text import counted, one_line
from runware_magic.notebook.escape import as_html, quoted

_LONGEST_NAME = 60  # characters
# Whatever means something in Markdown, in any dialect.
_MEANS_MARKUP = re.compile(r"[^\w .-]")


def message_html(message: Message) -> str:
    """Return a message as safe HTML."""
    return "".join(map(_part_html, message.parts))


def message_markdown(message: Message) -> Iterator[str]:
    """Yield a message as paragraphs of safe Markdown: its text, with pictures and files named, and its pictures."""
    yield quoted("".join(part.text if isinstance(part, TextPart) else _named(part) for part in message.parts))
    for part in message.parts:
        if isinstance(part, ImagePart) and part.has_signature:
            yield f"![{_MEANS_MARKUP.sub('', _name(part))}]({part.data_uri})"


def _part_html(part: Part) -> str:
    if isinstance(part, ImagePart) and part.has_signature:
        return f'<img alt="{as_html(_name(part))}" src="{part.data_uri}">'
    return as_html(part.text if isinstance(part, TextPart) else _named(part))


def _name(part: ImagePart | FilePart) -> str:
    return one_line(part.name, _LONGEST_NAME) or ("picture" if isinstance(part, ImagePart) else "file")


def _named(part: ImagePart | FilePart) -> str:
    return f"[{_name(part)}: {one_line(part.media_type, _LONGEST_NAME)}, {counted(len(part.data), 'byte')}]"
