"""A prompt in a file: the text of a cell, and options, that may come with somebody's repository."""

from __future__ import annotations

import re
import uuid
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from runware_magic.chat.messages import Message
from runware_magic.chat.parts import Part, TextPart
from runware_magic.errors import PromptError, RunwareError
from runware_magic.prompt.front_matter import below, read_options, split
from runware_magic.prompt.lookup import lookup, read_path
from runware_magic.prompt.options import CellOptions
from runware_magic.prompt.template import (
    ROLE_LINE,
    Evaluate,
    Prompt,
    check_pictures,
    expand,
    to_prompt,
    with_line_ends,
)
from runware_magic.prompt.values.inserted import DEFAULT_LIMITS, Inserted, ValueLimits
from runware_magic.prompt.values.joined import joined

_HUGE = re.compile(r"\d{5}")  # a width or a precision
_BODY = "body"  # the name that stands for the text of the cell
_ROLES_HINT = "Put {{ body }} alone below a user: line of the file, or remove the role lines from the cell."


@dataclass(frozen=True, slots=True)
class PromptFile:
    """A prompt file. Its placeholders only name values of the notebook; the text of the cell is evaluated as always."""

    name: str  # in messages
    text: str  # below the options
    options: CellOptions

    @classmethod
    def read(cls, text: str, name: str) -> PromptFile:
        """Parse a file, or raise `UsageError`, which names the file."""
        try:
            matter, rest = split(with_line_ends(text))
            return cls(name, rest, read_options(matter) if matter else CellOptions())
        except RunwareError as error:
            raise error.about(name) from None

    def below(self, own: CellOptions) -> CellOptions:
        """Return the options of a cell, with those of this file that they leave open; raise `OptionError`."""
        try:
            return below(own, self.options)
        except RunwareError as error:
            raise error.about(self.name) from None

    @property
    def first_line(self) -> str:
        """Its first line that says something; empty if there is none."""
        lines = (line.strip() for line in self.text.split("\n"))
        return next((line for line in lines if line and not ROLE_LINE.fullmatch(line)), "")

    def needs(self) -> tuple[str, ...]:
        """Return what its placeholders name, each once; raise `PromptError` for a placeholder that is not allowed."""
        found: list[str] = []

        def collect(expression: str) -> object:
            read_path(expression)
            found.append(expression)
            return _Blank()

        expand(self.text, collect)
        return tuple(dict.fromkeys(found))

    def prompt(
        self,
        body: str,
        evaluate: Evaluate | None,
        names: Mapping[str, object],
        limits: ValueLimits = DEFAULT_LIMITS,
    ) -> Prompt:
        """Return the prompt of the file with the text of a cell, or raise `PromptError`.

        `evaluate` is for the text of the cell; None takes file and cell unchanged. `names` are those of the notebook.
        """
        if evaluate is None:
            return to_prompt("\n\n".join(filter(str.strip, (self.text.strip("\n"), body.strip("\n")))), None)
        cell = to_prompt(body, evaluate, limits) if body.strip() else Prompt(())
        has_roles = bool(cell.messages) and [message.role for message in cell.messages] != ["user"]
        mark = uuid.uuid4().hex if cell.messages else ""
        try:
            needed = self.needs()  # which refuses what would fill the memory
            text = self._text_with_body(needed, alone=has_roles) if mark else self.text
            found = to_prompt(text, lookup(ChainMap({_BODY: _Mark(mark)}, dict(names))), limits)
            messages = tuple(
                each
                for message in found.messages
                for each in _filled(message, mark, cell.messages, has_roles=has_roles)
            )
            check_pictures(messages)
        except PromptError as error:
            raise error.about(self.name) from None
        return Prompt(messages, tuple(dict.fromkeys((*found.attached, *cell.attached))), needed)

    def _text_with_body(self, needed: Iterable[str], *, alone: bool) -> str:
        if any(read_path(expression).name == _BODY for expression in needed):
            return self.text
        role = (ROLE_LINE.findall(self.text) or ["user"])[-1]
        return f"{self.text.rstrip()}\n\n" + ("user:\n" if alone or role != "user" else "") + "{{ body }}"


@dataclass(frozen=True, slots=True)
class _Mark:
    """Stands for the text of the cell until all else is filled in, so that nobody parses that text again."""

    mark: str

    def __format__(self, spec: str) -> str:
        if spec:
            msg = "the text of the cell takes no format"
            raise ValueError(msg)
        return self.mark

    def __repr__(self) -> str:
        return self.mark


class _Blank:
    """A value that takes any format, but none that makes a short value fill the memory."""

    def __format__(self, spec: str) -> str:
        if _HUGE.search(spec):
            msg = "such a file cannot ask for a text of that length"
            raise ValueError(msg)
        return ""


def _filled(message: Message, mark: str, cell: tuple[Message, ...], *, has_roles: bool) -> Iterator[Message]:
    if not mark or mark not in message.content:
        yield message
    elif not has_roles:
        yield Message(message.role, parts=joined(_spliced(message.parts, mark, cell[0].parts)))
    elif message.role == "user" and message.content.strip() == mark:
        yield from cell
    else:
        msg = "The cell has role lines, but {{ body }} stands within a message."
        raise PromptError(msg, _ROLES_HINT)


def _spliced(parts: tuple[Part, ...], mark: str, cell: tuple[Part, ...]) -> Iterator[str | Inserted]:
    for part in parts:
        if isinstance(part, TextPart):
            first, *texts = part.text.split(mark)
            yield first
            for text in texts:
                yield from (Inserted(cell), text)
        else:
            yield Inserted((part,))
