"""From the text of a cell to messages: role lines, and values of the notebook between double braces."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from runware_magic.chat.messages import Message
from runware_magic.errors import PromptError

_ROLE_LINE = re.compile(r"^(system|user|assistant):[ \t]*$", re.MULTILINE)
_CONVERSIONS: dict[str, Callable[[object], str]] = {"!r": repr, "!s": str, "!a": ascii}
_SHOWN = 60  # characters of a user's expression in an error
_LONGEST = 2000  # characters of a placeholder: bounds the search for its end in a long document
_LITERAL_HINT = r"write \{{ for two literal braces, or --raw to send the cell as it stands."

#: Evaluates a Python expression in the user's namespace.
Evaluate = Callable[[str], object]


def to_messages(body: str, evaluate: Evaluate | None) -> tuple[Message, ...]:
    """Read the body of a cell.

    Parameters
    ----------
    body
        The text. Lines that are exactly ``system:``, ``user:`` or ``assistant:`` start a message with that role;
        what stands before the first of them, or a text without any, is a user message.
    evaluate
        Gives the value of an expression between ``{{ }}``; None takes the body as it stands, as one message.

    Returns
    -------
    tuple of Message
        At least one; the last is not an assistant's.

    Raises
    ------
    PromptError
        When nothing is left to ask, or a placeholder cannot be filled.
    """
    if evaluate is None:
        messages = [Message("user", body.strip("\n"))]
    else:
        # Roles first: a role line inside an inserted value must not start a message.
        messages = [Message(role, expand(text, evaluate).strip()) for role, text in _split_roles(body)]
    asked = tuple(message for message in messages if message.content.strip())
    check_askable(asked)
    return asked


def check_askable(messages: tuple[Message, ...]) -> None:
    """Raise a `PromptError` unless the messages end with something to answer."""
    roles = [message.role for message in messages if message.role != "system"]
    if not messages:
        msg = "The prompt is empty."
        raise PromptError(msg, "Write what to ask below the %%runware line.")
    if not roles:
        msg = "There is a system message and no question."
        raise PromptError(msg, "Add a user: message, or give the system text with --system.")
    if roles[-1] == "assistant":
        msg = "The conversation would end on an assistant message."
        raise PromptError(msg, "End the cell with a user: message; an endpoint does not answer itself.")


def _split_roles(body: str) -> list[tuple[str, str]]:
    before, *rest = _ROLE_LINE.split(body)
    parts = list(zip(rest[::2], rest[1::2], strict=True))
    return [("user", before), *parts] if before.strip() or not parts else parts


def expand(text: str, evaluate: Evaluate) -> str:
    r"""Replace each ``{{ expression }}`` by its value, in one pass: inserted text is never looked at again.

    A conversion and a format specification may follow the expression, as in an f-string. ``\{{`` stands for two
    literal braces.

    Raises
    ------
    PromptError
        When a placeholder is not closed, is no expression, or has no value.
    """
    out: list[str] = []
    at = 0
    while (start := text.find("{{", at)) >= 0:
        if start > at and text[start - 1] == "\\":
            out += [text[at : start - 1], "{{"]
            at = start + 2
            continue
        source, end = _placeholder(text, start)
        out += [text[at:start], _value(source, evaluate)]
        at = end
    out.append(text[at:])
    return "".join(out)


def _placeholder(text: str, start: int) -> tuple[str, int]:
    """Find the end of a placeholder: the first ``}}`` at which what stands inside can be read."""
    first = close = text.find("}}", start + 2)
    while 0 <= close <= start + _LONGEST:
        # In "}}}" the last two braces close: the first belongs to a dict or set display.
        for end in (close, close + 1):
            source = text[start + 2 : end].strip()
            if text.startswith("}}", end) and source and _parts(source):
                return source, end + 2
        close = text.find("}}", close + 1)
    if first < 0:
        msg = f"A placeholder is never closed: {_shown(text[start : start + 40])}"
        raise PromptError(msg, f"Close it, or {_LITERAL_HINT}")
    msg = f"Not a Python expression: {_shown(text[start : first + 2])}"
    raise PromptError(msg, f"Mend it, or {_LITERAL_HINT}")


def _parts(source: str) -> tuple[str, str, str] | None:
    """Split into expression, conversion and format specification; None when there is no such reading."""
    colons = [len(source), *(i for i, char in enumerate(source) if char == ":")]
    for at in colons:
        head, spec = source[:at].rstrip(), source[at + 1 :].strip()
        conversion = head[-2:] if head[-2:] in _CONVERSIONS else ""
        expression = head.removesuffix(conversion).strip()
        if _is_expression(expression):
            return expression, conversion, spec
    return None


def _is_expression(source: str) -> bool:
    try:
        ast.parse(source, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _value(source: str, evaluate: Evaluate) -> str:
    parts = _parts(source)
    assert parts is not None  # noqa: S101  # `_placeholder` has just read it
    expression, conversion, spec = parts
    try:
        value = evaluate(expression)
        if conversion:
            value = _CONVERSIONS[conversion](value)
        return format(value, spec)
    except NameError as error:
        msg = f"{{{{ {_shown(expression)} }}}}: {error}."
        raise PromptError(msg, f"Define it in a cell above, or {_LITERAL_HINT}") from None
    except Exception as error:  # noqa: BLE001  # the user's own expression may raise anything
        msg = f"{{{{ {_shown(expression)} }}}} raised {type(error).__name__}: {_shown(str(error))}."
        raise PromptError(msg, f"Try it in a cell of its own, or {_LITERAL_HINT}") from None


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
