"""Scenes for what a notebook sends along: say what arrived of pictures, tables and errors, and no more than that."""

from __future__ import annotations

import re
from typing import NamedTuple

from runware_magic.chat.text import counted
from runware_magic.demo.pictures import Seen, look
from runware_magic.demo.request import Ask
from runware_magic.demo.stream import Reply

_RULE = re.compile(r"^\|(?: *:?-{3,}:? *\|)+$", re.MULTILINE)
_CELL = re.compile(r"(?<!\\)\|")
_SIZE = re.compile(r"^([\d,]{1,20}) \u00d7 ([\d,]{1,20})\b", re.MULTILINE)
_MANY = 12  # columns that are named


def picture(ask: Ask) -> Reply | None:
    """Describe pictures by what can be computed."""
    uris = ask.pictures
    if not uris:
        return None
    seen = [look(uri) for uri in uris]
    told = "\n".join(f"- {_told(one)}." for one in seen)
    with_table = f"{found.told}\n\n" if (found := _Table.last_in(ask.prompt)) else ""
    colours = any(one and one.colours for one in seen)
    source = "This is measured in the decoded picture" if colours else "The size is from the header of the file"
    return Reply(
        f"I am a script and cannot see, but I can measure. With your question came:\n\n{told}\n\n"
        f"{with_table}{source}; a real model could say what it shows.",
        f"The message has {len(uris)} picture{'s' * (len(uris) > 1)}. Measure what can be measured.",
        f"{_first_upper(str(seen[0]))}." if seen[0] else "I cannot read this picture.",
    )


def _told(one: Seen | None) -> str:
    return ". ".join(filter(None, (str(one), one.course))) if one else "something that I cannot read as a picture"


def table(ask: Ask) -> Reply | None:
    """Name the size and the columns of the last table in the prompt."""
    if (found := _Table.last_in(ask.prompt)) is None:
        return None
    return Reply(
        f"{found.told}\n\nI am a script, and read no more than this; a real model could answer your question about it.",
        "The prompt has a table. Count what arrived, and read the first line.",
        f"A table of {found.shape}: {', '.join(found.names)}.",
    )


class _Table(NamedTuple):
    """What can be read of a table: its shape, the names of columns, and the number of lines of one that was cut."""

    shape: str
    names: list[str]
    lines: int | None

    @classmethod
    def last_in(cls, prompt: str) -> _Table | None:
        rule = next(reversed(list(_RULE.finditer(prompt))), None)
        if rule is None:
            return None
        # The labels of the rows have no name.
        heads = [*filter(None, _cells(prompt[: rule.start()].rstrip("\n").rpartition("\n")[2]))]
        below = prompt[rule.end() :].lstrip("\n")
        rows = [line for line in below.partition("\n\n")[0].splitlines() if line.startswith("|")]
        size = _SIZE.search(below)
        known = f"{counted(len(rows), 'row')} and {counted(len(heads), 'column')}"
        shape = f"{size[1]} rows and {size[2]} columns" if size else known
        names = [f"`{head}`" for head in heads[:_MANY]] + (["…"] if len(heads) > _MANY else [])
        return cls(shape, names, len(rows) if size else None)

    @property
    def told(self) -> str:
        shown = f" The prompt shows {self.lines} lines of it." if self.lines is not None else ""
        names = "\n".join(f"- {name}" for name in self.names)
        return f"Your table has {self.shape}.{shown} Its columns, as they arrived:\n\n{names}"


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("`", "'") for cell in _CELL.split(line.strip().strip("|"))]


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
