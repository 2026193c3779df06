"""Parses the text of a cell into messages, and fills in values between double braces."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from runware_magic.chat.attached import Attached
from runware_magic.chat.checks import is_expression
from runware_magic.chat.messages import Message
from runware_magic.chat.text import one_line
from runware_magic.errors import PromptError, Words
from runware_magic.prompt.marks import strange
from runware_magic.prompt.raised import raised, said
from runware_magic.prompt.values.insert import insert
from runware_magic.prompt.values.inserted import DEFAULT_LIMITS, Inserted, ValueLimits
from runware_magic.prompt.values.joined import joined

ROLE_LINE = re.compile(r"^(system|user|assistant):[^\S\n]*$", re.MULTILINE)
_LINE_END = re.compile(r"\r\n?")
_CONVERSIONS: dict[str, Callable[[object], str]] = {"!r": repr, "!s": str, "!a": ascii}
_SHOWN = 60  # characters of a user's expression in an error
_LONGEST = 2000  # characters of a placeholder: limits the search for its end in a long document
_MOST_ENDS = 50  # of a placeholder that are tried: each is parsed once for each colon before it
_LITERAL_HINT = Words(
    r"write \{{ for two literal braces, or add --raw to send the cell unchanged.", r"write \{{ for two literal braces."
)
_DEFINE_HINT = Words(f"Define it in a cell above, or {_LITERAL_HINT.cell}", "A template knows only row.")
_EMPTY_HINT = Words("Write what to ask below the %%runware line.", "Write what to ask.")
_SYSTEM_HINT = Words(
    "Add a user: message, or give the system text with --system.", "Add a user: message, or give the text as system."
)

#: Evaluates a Python expression in the user's namespace.
Evaluate = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class _Placeholder:
    """What stands between ``{{ }}``."""

    expression: str
    conversion: str
    spec: str

    @property
    def has_format(self) -> bool:
        """Whether it says how its value is written as text."""
        return bool(self.conversion or self.spec)

    def text_of(self, value: object) -> str:
        """Return a value as text."""
        return format(_CONVERSIONS[self.conversion](value) if self.conversion else value, self.spec)


@dataclass(frozen=True, slots=True)
class Prompt:
    """The messages of a cell, what they have of the notebook, and which expressions a prompt file looked up there."""

    messages: tuple[Message, ...]
    attached: tuple[Attached, ...] = ()
    looked_up: tuple[str, ...] = ()


def to_prompt(body: str, evaluate: Evaluate | None, limits: ValueLimits = DEFAULT_LIMITS) -> Prompt:
    """Parse the body of a cell into messages, the last of which is not an assistant's, or raise `PromptError`.

    Lines that are exactly ``system:``, ``user:`` or ``assistant:`` start a message with that role; text before the
    first of them is a user message. Empty lines at both ends of a message are removed. `evaluate` returns the value of
    an expression between ``{{ }}``; None takes the body unchanged, as one message.
    """
    if evaluate is None:
        messages, attached = [Message("user", body.strip("\n"))], []
    else:
        # Roles first: a role line in an inserted value must not start a message.
        texts = ["user", *ROLE_LINE.split(body)]
        pieces = [_inserted(text, evaluate, limits) for text in texts[1::2]]
        messages = [Message(role, parts=joined(each)) for role, each in zip(texts[::2], pieces, strict=True)]
        attached = [piece.attached for each in pieces for piece in each if isinstance(piece, Inserted)]
    asked = tuple(message for message in messages if message.content.strip() or not message.has_only_text)
    check_askable(asked)
    check_pictures(asked)
    return Prompt(asked, tuple(dict.fromkeys(entry for entry in attached if entry is not None)))


def to_messages(body: str, evaluate: Evaluate | None) -> tuple[Message, ...]:
    """Return the messages of `to_prompt`."""
    return to_prompt(body, evaluate).messages


def with_line_ends(body: str) -> str:
    r"""Return the body of a cell with ``\n`` at the end of each line, whatever the system or front end wrote."""
    return _LINE_END.sub("\n", body)


def check_askable(messages: tuple[Message, ...]) -> None:
    """Raise a `PromptError` unless the messages end with something to answer."""
    roles = [message.role for message in messages if not message.is_instruction]
    if not messages:
        msg = "The prompt is empty."
        raise PromptError(msg, _EMPTY_HINT)
    if not roles:
        msg = "There is a system message but no question."
        raise PromptError(msg, _SYSTEM_HINT)
    if roles[-1] == "assistant":
        msg = "The last message is from the assistant."
        raise PromptError(msg, "End with a user: message.")


def check_pictures(messages: Iterable[Message]) -> None:
    """Raise a `PromptError` for a picture in a message other than a user's."""
    for message in messages:
        if message.role != "user" and not message.has_only_text:
            msg = f"There is a picture in the {message.role} message, which only a user message can have."
            raise PromptError(msg, "Move it below a line user:.")


def expand(text: str, evaluate: Evaluate) -> str:
    r"""Replace each ``{{ expression }}`` by its value as text, in one pass, or raise `PromptError`.

    Braces in inserted text are left alone. A conversion and a format specification may follow the expression, as in an
    f-string. ``\{{`` stands for two literal braces.
    """
    return "".join(piece if isinstance(piece, str) else _text(piece, evaluate) for piece in _pieces(text))


def _inserted(text: str, evaluate: Evaluate, limits: ValueLimits) -> list[str | Inserted]:
    """Return a text in pieces, with what is sent for each value: its text, if a conversion or a format follows."""
    return [piece if isinstance(piece, str) else _value(piece, evaluate, limits) for piece in _pieces(text)]


def _pieces(text: str) -> Iterator[str | _Placeholder]:
    at = 0
    while (start := text.find("{{", at)) >= 0:
        if start > at and text[start - 1] == "\\":
            yield text[at : start - 1] + "{{"
            at = start + 2
            continue
        placeholder, end = _placeholder(text, start)
        yield text[at:start]
        yield placeholder
        at = end
    yield text[at:]


def _placeholder(text: str, start: int) -> tuple[_Placeholder, int]:
    """Return a placeholder and its end: it ends at the first ``}}`` where the source can be parsed."""
    first = close = text.find("}}", start + 2)
    tries = 0
    while 0 <= close <= start + _LONGEST and tries < _MOST_ENDS:
        tries += 1
        # In "}}}" the last two braces close; the first belongs to a dict or set.
        for end in (close, close + 1):
            if text.startswith("}}", end) and (parts := _parts(text[start + 2 : end].strip())):
                return parts, end + 2
        close = text.find("}}", close + 1)
    if first < 0:
        msg = f"A placeholder is not closed: {_shown(text[start : start + 40])}"
        raise PromptError(msg, "Close it, or " + _LITERAL_HINT)
    msg = f"Not a Python expression: {_shown(text[start : first + 2])}"
    if found := strange(text[start:first]):
        msg += f" (it contains {found})"
    raise PromptError(msg, "Correct it, or " + _LITERAL_HINT)


def _parts(source: str) -> _Placeholder | None:
    """Split a placeholder's source; None if that is impossible."""
    for at in (len(source), *(i for i, char in enumerate(source) if char == ":")):
        head, spec = source[:at].rstrip(), source[at + 1 :].strip()
        conversion = head[-2:] if head[-2:] in _CONVERSIONS else ""
        expression = head.removesuffix(conversion).strip()
        if is_expression(expression):
            return _Placeholder(expression, conversion, spec)
    return None


def _text(placeholder: _Placeholder, evaluate: Evaluate) -> str:
    with _told_of(placeholder):
        return placeholder.text_of(evaluate(placeholder.expression))


def _value(placeholder: _Placeholder, evaluate: Evaluate, limits: ValueLimits) -> str | Inserted:
    with _told_of(placeholder):
        value = evaluate(placeholder.expression)
        if placeholder.has_format:
            return placeholder.text_of(value)
        return insert(value, _shown(placeholder.expression), limits)


@contextmanager
def _told_of(placeholder: _Placeholder) -> Iterator[None]:
    """Turn errors of the user's own expression into `PromptError`."""
    try:
        yield
    except PromptError:
        raise
    except NameError as error:
        msg = f"{{{{ {_shown(placeholder.expression)} }}}}: {said(error)}."
        raise PromptError(msg, _DEFINE_HINT) from None
    except Exception as error:  # noqa: BLE001  # the user's own expression may raise anything
        msg = f"{{{{ {_shown(placeholder.expression)} }}}} raised {raised(error)}."
        raise PromptError(msg, "Try it alone, or " + _LITERAL_HINT) from None


def _shown(text: str) -> str:
    return one_line(text, _SHOWN)
