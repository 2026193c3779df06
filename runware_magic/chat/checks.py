"""Checks of an answer: what is expected, and whether the answer meets it."""

from __future__ import annotations

import ast
import json
import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from runware_magic.chat.text import printable

if TYPE_CHECKING:
    from runware_magic.chat.turn import Turn
    from runware_magic.chat.verdict import Verdict

_Z = 1.959963984540054  # standard normal: 95 % are within
_NARROW = 0.02


@dataclass(frozen=True, slots=True)
class Rate:
    """The number of answers that passed, out of a total."""

    passed: int
    total: int

    @property
    def share(self) -> float:
        """The share that passed, from 0 to 1; 0 where there are no answers."""
        return self.passed / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval after Wilson (1927), which suits few answers and shares near 0 or 1."""
        if not self.total:
            return 0.0, 1.0
        share, spread = self.share, _Z**2 / self.total
        middle = (share + spread / 2) / (1 + spread)
        half = math.sqrt(spread * (share * (1 - share) + spread / 4)) / (1 + spread)
        # Rounding must not exclude the share itself where all or none passed.
        return min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half))

    def __str__(self) -> str:
        counts = f"{self.passed}/{self.total} passed"
        if not self.total:
            return counts
        low, high = self.interval
        digits = 1 if high - low < _NARROW else 0
        return f"{counts} ({100 * low:.{digits}f}–{100 * high:.{digits}f} %)"  # noqa: RUF001  # likewise


#: Returns the value of an expression, with ``turn`` in scope.
Evaluate = Callable[[str, "Turn"], object]
#: Returns how a JSON text violates a schema, in one line; empty if it does not.
Violation = Callable[[object, str], str]

#: The kind of check that a model makes, and no function here.
JUDGE = "judge"

#: The syntax of checks, and their meaning.
CHECKS = (
    ("contains:TEXT", "the answer contains this text"),
    ("re:PATTERN", "the answer matches this regular expression; single quotes keep backslashes: 're:\\d km'"),
    ("json", "the answer is JSON; it may be in a code fence"),
    ("schema:NAME", "the answer is JSON that matches this JSON schema, a variable of the notebook"),
    ("max_words:NUMBER", "the answer has at most this many words; in scripts without spaces, each character counts"),
    ("py:EXPRESSION", "this expression is true; turn is the answer: 'py:len(turn.content) < 100'"),
    ("judge:CRITERION", "a model finds that the answer meets this: 'judge:is polite and names a date'"),
)

_KINDS = " or ".join(written for written, _ in CHECKS)
# Han, kana, Thai, Lao, Myanmar and Khmer. Compiled by its first use, since that takes milliseconds.
_UNSPACED = (
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3041-\u30ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_BETWEEN = "、。，．！？：；「」『』（）《》…—·"  # noqa: RUF001  # their punctuation is no word
_FENCES = ("```", "~~~")
_SHOWN = 80  # characters of the answer in a reason


@dataclass(frozen=True, slots=True)
class Check:
    """An expectation of an answer."""

    spec: str  # as written
    kind: str  # empty until the values of a row are filled in
    argument: str = ""


def read_check(text: str) -> Check:
    """Parse a check as in `CHECKS`, or raise ValueError with what is expected."""
    kind, colon, argument = text.strip().partition(":")
    if kind == "json" and not colon:
        return Check(text, kind)
    wrong = _READERS[kind](argument) if kind in _READERS and argument.strip() else _KINDS
    if wrong:
        raise ValueError(wrong)
    return Check(text, kind, argument)


def _wrong_pattern(text: str) -> str:
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        return f"re: with a regular expression ({error})"
    return ""


def _wrong_number(text: str) -> str:
    return "" if re.fullmatch(r"\s*0*[1-9][0-9]{0,8}\s*", text) else "max_words: with a whole number from 1"


def _wrong_expression(text: str) -> str:
    return "" if is_expression(text) else "schema: and py: with a Python expression"


def is_expression(text: str) -> bool:
    """Whether a text is a Python expression, perhaps with blanks around it."""
    try:
        ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


_READERS: dict[str, Callable[[str], str]] = {
    "contains": lambda _: "",
    "re": _wrong_pattern,
    "schema": _wrong_expression,
    "max_words": _wrong_number,
    "py": _wrong_expression,
    JUDGE: lambda _: "",
}


def judge(check: Check, turn: Turn, evaluate: Evaluate, violation: Violation) -> Verdict:
    """Return the verdict of a check on an answer. An incomplete answer passes no check.

    What `evaluate` and `violation` raise becomes the reason of a failed verdict.
    """
    from runware_magic.chat.verdict import Verdict  # noqa: PLC0415  # keeps loading the extension fast

    if not turn.is_whole:
        return Verdict(check.spec, passed=False, why=not_whole(turn))
    try:
        why = _why_not(check, turn, evaluate, violation)
    except Exception as error:  # noqa: BLE001  # the user's own expression or schema may raise anything
        why = f"raised {type(error).__name__}: {error}"
    return Verdict(check.spec, passed=not why, why=printable(why, 2 * _SHOWN))


def not_whole(turn: Turn) -> str:
    """Return why an answer that is not whole passes no check."""
    from runware_magic.chat.turn import FAILED  # noqa: PLC0415  # likewise

    ended = "may be cut off" if turn.maybe_cut else "failed" if turn.state == FAILED else "was stopped"
    return f"the answer is not complete: it {ended}"


def _why_not(check: Check, turn: Turn, evaluate: Evaluate, violation: Violation) -> str:
    """Return what came instead of the expected; empty where the check passes."""
    match check.kind:
        case "contains":
            return "" if _composed(check.argument) in _composed(turn.content) else _instead(turn.content)
        case "re":
            return "" if re.search(_composed(check.argument), _composed(turn.content)) else _instead(turn.content)
        case "max_words":
            count = words(turn.content)
            return "" if count <= int(check.argument) else f"{count} words; at most {int(check.argument)} allowed"
        case "json":
            return _why_no_json(answered_json(turn.content))
        case "schema":
            text = answered_json(turn.content)
            return _why_no_json(text) or violation(evaluate(check.argument.strip(), turn), text)
        case _:
            value = evaluate(check.argument.strip(), turn)
            return "" if value else f"the value is {printable(repr(value), _SHOWN)}"


def words(text: str) -> int:
    """Count words: separated by blanks, and each character of a script that is written without blanks."""
    return sum(
        len(re.findall(_UNSPACED, word)) + bool(re.sub(_UNSPACED, "", word).strip(_BETWEEN)) for word in text.split()
    )


def _composed(text: str) -> str:
    # An accented letter may be one character or two.
    return unicodedata.normalize("NFC", text)


def _instead(content: str) -> str:
    return f"the answer is {printable(content, _SHOWN)!r}"


def answered_json(content: str) -> str:
    """Return an answer without the code fence around it, if there is one."""
    # Not by a regular expression, which would be slow for a million spaces.
    text = content.strip()
    first, _, rest = text.partition("\n")
    inside, _, last = rest.rpartition("\n")
    fenced = first[:3] in _FENCES and last.strip().startswith(first[:3]) and not last.strip(" `~")
    return inside.strip() if fenced else text


def _why_no_json(text: str) -> str:
    try:
        json.loads(text, parse_constant=no_constant)
    except json.JSONDecodeError as error:
        return f"not JSON: {error.msg}, line {error.lineno}: {printable(text[error.pos :], _SHOWN // 2)!r}"
    except (ValueError, RecursionError) as error:
        return f"not JSON: {error}"
    return ""


def no_constant(name: str) -> NoReturn:
    """Raise ValueError for a constant such as NaN."""
    # Python's parser accepts NaN and Infinity, which are no JSON.
    msg = f"{name} is not a JSON value"
    raise ValueError(msg)
