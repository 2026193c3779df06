"""What a cell asks: its text, a prompt file, a list of messages of the notebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count

from runware_magic.chat.attached import Attached
from runware_magic.chat.messages import Message
from runware_magic.chat.parts import FilePart, ImagePart
from runware_magic.chat.text import one_line
from runware_magic.errors import OptionError, UsageError
from runware_magic.prompt.given_messages import read_messages
from runware_magic.prompt.prompt_file import PromptFile
from runware_magic.prompt.raised import raised
from runware_magic.prompt.template import Evaluate, Prompt, check_askable, to_prompt
from runware_magic.prompt.values.inserted import DEFAULT_LIMITS, ValueLimits

_SHOWN = 40  # characters of an expression


@dataclass(frozen=True, slots=True)
class CellText:
    """The sources of a cell's messages, in the order in which these are sent: the list, then the file with the text."""

    body: str
    raw: bool = False
    file: PromptFile | None = None
    given: str | None = None  # an expression whose value is a list of messages

    def prompt(self, evaluate: Evaluate, names: Mapping[str, object], limits: ValueLimits = DEFAULT_LIMITS) -> Prompt:
        """Return the prompt, or raise `UsageError`; a prompt file can only name what is in `names`."""
        given = self._given(evaluate) if self.given else ()
        attached = tuple(_attached(given))
        if given and self.file is None and not self.body.strip():
            check_askable(given)
            return Prompt(given, attached)
        filling = None if self.raw else evaluate
        if self.file is None:
            asked = to_prompt(self.body, filling, limits)
        else:
            asked = self.file.prompt(self.body, filling, names, limits)
        return Prompt((*given, *asked.messages), (*attached, *asked.attached), asked.looked_up)

    def _given(self, evaluate: Evaluate) -> tuple[Message, ...]:
        try:
            value = evaluate(self.given or "")
        except Exception as error:  # noqa: BLE001  # the user's own expression may raise anything
            msg = f"--messages {self.given} raised {raised(error)}."
            raise OptionError(msg, "Name a list of messages from a cell above.") from None
        try:
            messages = read_messages(value)
        except UsageError:
            raise
        except Exception as error:  # noqa: BLE001  # values of other libraries may raise when they are compared
            msg = f"--messages {self.given} raised {raised(error)}."
            raise OptionError(msg, "Name a list of dicts.") from None
        return tuple(_named(messages, one_line(self.given or "", _SHOWN)))


def _named(messages: tuple[Message, ...], source: str) -> Iterator[Message]:
    """Yield messages whose pictures have names for readers, who see them without the list."""
    numbers = count(1)
    for message in messages:
        parts = (
            replace(part, name=f"picture {next(numbers)} of {source}") if isinstance(part, ImagePart) else part
            for part in message.parts
        )
        yield replace(message, parts=tuple(parts))


def _attached(messages: tuple[Message, ...]) -> Iterator[Attached]:
    for part in (part for message in messages for part in message.parts):
        if isinstance(part, ImagePart):
            yield Attached(part.name, "picture", part.size or ())
        elif isinstance(part, FilePart):
            yield Attached(part.name, "file")
