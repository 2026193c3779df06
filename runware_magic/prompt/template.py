"""Parses the text of a cell into messages, and fills in values between double braces."""

from __future__ import annotations

import re
from collections.abc import Callable

from runware_magic.chat.checks import is_expression
from runware_magic.chat.messages import Message
from runware_magic.chat.text import one_line
from runware_magic.errors import PromptError, Words
from runware_magic.prompt.marks import strange

_ROLE_LINE = re.compile(r"^(system|user|assistant):[^\S\n]*$", re.MULTILINE)
_LINE_END = re.compile(r"\r\n?")
_CONVERSIONS: dict[str, Callable[[object], str]] = {"!r": repr, "!s": str, "!a": ascii}
_SHOWN = 60  # characters of a user's expression in an error
_LONGEST = 2000  # characters of a placeholder: limits the search for its end in a long document
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
_Parts = tuple[str, str, str]  # an expression, a conversion, and a format specification


def to_messages(body: str, evaluate: Evaluate | None) -> tuple[Message, ...]:
    """Parse the body of a cell into messages, the last of which is not an assistant's, or raise `PromptError`.

    Lines that are exactly ``system:``, ``user:`` or ``assistant:`` start a message with that role; text before the
    first of them is a user message. Empty lines at both ends of a message are removed. `evaluate` returns the value of
    an expression between ``{{ }}``; None takes the body unchanged, as one message.
    """
    if evaluate is None:
        messages = [Message("user", body.strip("\n"))]
    else:
        # Roles first: a role line in an inserted value must not start a message.
        pieces = ["user", *_ROLE_LINE.split(body)]
        texts = zip(pieces[::2], pieces[1::2], strict=True)
        messages = [Message(role, _without_empty_ends(expand(text, evaluate))) for role, text in texts]
    asked = tuple(message for message in messages if message.content.strip())
    check_askable(asked)
    return asked


def with_line_ends(body: str) -> str:
    r"""Return the body of a cell with ``\n`` at the end of each line, whatever the system or front end wrote."""
    return _LINE_END.sub("\n", body)


def check_askable(messages: tuple[Message, ...]) -> None:
    """Raise a `PromptError` unless the messages end with something to answer."""
    roles = [message.role for message in messages if message.role != "system"]
    if not messages:
        msg = "The prompt is empty."
        raise PromptError(msg, _EMPTY_HINT)
    if not roles:
        msg = "There is a system message but no question."
        raise PromptError(msg, _SYSTEM_HINT)
    if roles[-1] == "assistant":
        msg = "The last message is from the assistant."
        raise PromptError(msg, "End with a user: message.")


def _without_empty_ends(text: str) -> str:
    begin = text.rfind("\n", 0, len(text) - len(text.lstrip())) + 1
    end = text.find("\n", len(text.rstrip()))
    return text[begin:] if end < 0 else text[begin:end]


def expand(text: str, evaluate: Evaluate) -> str:
    r"""Replace each ``{{ expression }}`` by its value, in one pass, or raise `PromptError`.

    Braces in inserted text are left alone. A conversion and a format specification may follow the expression, as in an
    f-string. ``\{{`` stands for two literal braces.
    """
    out: list[str] = []
    at = 0
    while (start := text.find("{{", at)) >= 0:
        if start > at and text[start - 1] == "\\":
            out += [text[at : start - 1], "{{"]
            at = start + 2
            continue
        parts, end = _placeholder(text, start)
        out += [text[at:start], _value(*parts, evaluate)]
        at = end
    out.append(text[at:])
    return "".join(out)


def _placeholder(text: str, start: int) -> tuple[_Parts, int]:
    """Return the parts and the end of a placeholder: it ends at the first ``}}`` where the source can be parsed."""
    first = close = text.find("}}", start + 2)
    while 0 <= close <= start + _LONGEST:
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


def _parts(source: str) -> _Parts | None:
    """Split a placeholder's source; None if that is impossible."""
    for at in (len(source), *(i for i, char in enumerate(source) if char == ":")):
        head, spec = source[:at].rstrip(), source[at + 1 :].strip()
        conversion = head[-2:] if head[-2:] in _CONVERSIONS else ""
        expression = head.removesuffix(conversion).strip()
        if is_expression(expression):
            return expression, conversion, spec
    return None


def _value(expression: str, conversion: str, spec: str, evaluate: Evaluate) -> str:
    try:
        value = evaluate(expression)
        return format(_CONVERSIONS[conversion](value) if conversion else value, spec)
    except NameError as error:
        msg = f"{{{{ {_shown(expression)} }}}}: {_said(error)}."
        raise PromptError(msg, _DEFINE_HINT) from None
    except Exception as error:  # noqa: BLE001  # the user's own expression may raise anything
        msg = f"{{{{ {_shown(expression)} }}}} raised {raised(error)}."
        raise PromptError(msg, "Try it alone, or " + _LITERAL_HINT) from None


def raised(error: Exception) -> str:
    """Return the type and the text of an error of the user's own code, in one line."""
    return f"{type(error).__name__}: {_shown(_said(error)).removesuffix('.')}"


def _said(error: Exception) -> str:
    try:
        return str(error)
    except Exception as worse:  # noqa: BLE001  # it is the user's own, too
        return f"its text cannot be read ({type(worse).__name__})"


def _shown(text: str) -> str:
    return one_line(text, _SHOWN)
