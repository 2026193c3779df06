"""Checks of an answer: what is expected, and whether it came."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from runware_magic.chat.verdict import Verdict

if TYPE_CHECKING:
    from runware_magic.chat.turn import Turn

__all__ = ["CHECKS", "Check", "Evaluate", "Verdict", "Violation", "answered_json", "judge", "read_check"]

#: Gives the value of an expression, with ``turn`` in scope.
Evaluate = Callable[[str, "Turn"], object]
#: Tells where a text that is JSON departs from a schema, in one line; empty where it does not.
Violation = Callable[[object, str], str]

#: How checks are written, and what passes them.
CHECKS = (
    ("contains:TEXT", "the answer contains this text"),
    ("re:PATTERN", "this regular expression is found in it; in single quotes, which keep a backslash: 're:\\d km'"),
    ("json", "it is JSON; a code fence may stand around it"),
    ("schema:NAME", "it is JSON that this JSON schema of the notebook allows"),
    ("max_words:NUMBER", "it has so many words at most"),
    ("py:EXPRESSION", "this is true, with the answer as turn: 'py:len(turn.content) < 100'"),
)

_KINDS = " or ".join(written for written, _ in CHECKS)
_FENCES = ("```", "~~~")
_SHOWN = 80  # characters of what came in place of what was expected


@dataclass(frozen=True, slots=True)
class Check:
    """What is expected of an answer.

    Attributes
    ----------
    spec
        As it was written.
    kind
        ``contains``, ``re``, ``json``, ``schema``, ``max_words`` or ``py``.
    argument
        What stands behind the colon; empty for ``json``.
    """

    spec: str
    kind: str
    argument: str = ""


def read_check(text: str) -> Check:
    """Read a check: ``contains:TEXT``, ``re:PATTERN``, ``json``, ``schema:NAME``, ``max_words:N``, ``py:EXPRESSION``.

    Raises
    ------
    ValueError
        With what is expected; for a pattern or an expression that cannot be read, too.
    """
    kind, colon, argument = text.strip().partition(":")
    if kind == "json" and not colon:
        return Check(text, kind)
    wrong = _READERS[kind](argument) if kind in _READERS and argument.strip() else _KINDS
    if wrong:
        raise ValueError(wrong)
    return Check(text, kind, argument)


def _wrong_text(_text: str) -> str:
    return ""


def _wrong_pattern(text: str) -> str:
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        return f"re: with a regular expression ({error})"
    return ""


def _wrong_number(text: str) -> str:
    return "" if re.fullmatch(r"\s*0*[1-9][0-9]{0,8}\s*", text) else "max_words: with a whole number from 1"


def _wrong_expression(text: str) -> str:
    try:
        ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "schema: and py: with a Python expression"
    return ""


_READERS: dict[str, Callable[[str], str]] = {
    "contains": _wrong_text,
    "re": _wrong_pattern,
    "schema": _wrong_expression,
    "max_words": _wrong_number,
    "py": _wrong_expression,
}


def judge(check: Check, turn: Turn, evaluate: Evaluate, violation: Violation) -> Verdict:
    """Tell whether an answer is as expected.

    Parameters
    ----------
    check
        What is expected.
    turn
        The answer. One that is not complete passes no check.
    evaluate
        Gives the value of an expression, with ``turn`` in scope; may raise anything.
    violation
        From a schema and the JSON text of the answer to what is wrong with it; may raise anything.
    """
    from runware_magic.chat.turn import COMPLETE  # noqa: PLC0415  # options are read where nothing is asked yet

    if turn.state != COMPLETE:
        return Verdict(check.spec, passed=False, why=f"there is no whole answer: it {_ended(turn)}")
    try:
        why = _why_not(check, turn, evaluate, violation)
    except Exception as error:  # noqa: BLE001  # the user's own expression or schema may raise anything
        why = f"raised {type(error).__name__}: {error}"
    return Verdict(check.spec, passed=not why, why=_line(why, 2 * _SHOWN))


def _ended(turn: Turn) -> str:
    from runware_magic.chat.turn import FAILED  # noqa: PLC0415  # as above

    return "failed" if turn.state == FAILED else "was stopped"


def _why_not(check: Check, turn: Turn, evaluate: Evaluate, violation: Violation) -> str:
    """Give what came in place of what was expected; empty where that came."""
    match check.kind:
        case "contains":
            return "" if check.argument in turn.content else _instead(turn.content)
        case "re":
            return "" if re.search(check.argument, turn.content) else _instead(turn.content)
        case "max_words":
            count = len(turn.content.split())
            return "" if count <= int(check.argument) else f"{count} words"
        case "json":
            return _why_no_json(answered_json(turn.content))
        case "schema":
            text = answered_json(turn.content)
            return _why_no_json(text) or violation(evaluate(check.argument.strip(), turn), text)
        case _:
            value = evaluate(check.argument.strip(), turn)
            return "" if value else f"it is {_line(repr(value), _SHOWN)}"


def _instead(content: str) -> str:
    return f"the answer is {_line(content, _SHOWN)!r}"


def answered_json(content: str) -> str:
    """Give the text of an answer that is to be JSON: without the code fence, where one stands around all of it."""
    # By its lines, not by a pattern: a model may answer a million spaces.
    text = content.strip()
    first, _, rest = text.partition("\n")
    inside, _, last = rest.rpartition("\n")
    fenced = first[:3] in _FENCES and last.strip().startswith(first[:3]) and not last.strip(" `~")
    return inside.strip() if fenced else text


def _why_no_json(text: str) -> str:
    try:
        json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        return f"no JSON: {error.msg}, in line {error.lineno}: {_line(text[error.pos :], _SHOWN // 2)!r}"
    except (ValueError, RecursionError) as error:
        return f"no JSON: {error}"
    return ""


def _no_constant(name: str) -> NoReturn:
    # NaN and Infinity are read by Python's parser and are no JSON.
    msg = f"{name} is no value of JSON"
    raise ValueError(msg)


def _line(text: str, longest: int) -> str:
    line = " ".join(text[: 4 * longest].split())
    printable = "".join(char if char.isprintable() else "�" for char in line)
    return printable if len(printable) <= longest else printable[: longest - 1] + "…"
