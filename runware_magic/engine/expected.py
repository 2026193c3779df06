"""What a Python caller expects of answers: checks, functions, a schema."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from types import CodeType

from runware_magic.chat.checks import JUDGE, Check, judge, read_check
from runware_magic.chat.turn import Turn
from runware_magic.chat.verdict import Verdict
from runware_magic.engine.course import Plan
from runware_magic.engine.judge import Judge
from runware_magic.engine.settings import Settings
from runware_magic.engine.tool_loop import Toolbox
from runware_magic.errors import OptionError
from runware_magic.prompt.arguments import must_be_text
from runware_magic.prompt.parameters import shown, unexpected
from runware_magic.prompt.schema.schema import Schema

#: A check as for ``--expect``, or a function of the turn.
Expected = str | Check | Callable[[Turn], object]

_MOST_REPAIRS = 10
_MODEL = "'minimax:m2.7@0', for example; None for the model that answers."


def plan_of(
    expect: Expected | Iterable[Expected],
    schema: object,
    repair: object,
    judge_model: str | None,
    tools: Toolbox | None = None,
) -> Plan:
    """Return the plan for answers, or raise `OptionError` if an argument is not valid."""
    must_be_text(_MODEL, judge_model=judge_model)
    if isinstance(repair, bool) or not isinstance(repair, int) or not 0 <= repair <= _MOST_REPAIRS:
        hint = "It is the number of times to ask again if the data does not match."
        raise unexpected(repair, "repair", f"a whole number from 0 to {_MOST_REPAIRS}", hint)
    if repair and schema is None:
        msg = "repair needs a schema."
        raise OptionError(msg, "schema='name, age int', for example.")
    one = isinstance(expect, str | Check) or not isinstance(expect, Iterable)
    expected: list[Expected] = [expect] if one else list(expect)  # type: ignore[list-item, arg-type]  # above
    checks = [_read(each) if isinstance(each, str | Check) else each for each in expected]
    judges = tuple(check for check in checks if isinstance(check, Check) and check.kind == JUDGE)
    others = tuple(_function_of(check) for check in checks if check not in judges)
    return Plan(
        lambda turn: replace(turn, verdicts=tuple(check(turn) for check in others)) if others else turn,
        bool(checks or schema is not None),
        _schema(schema),
        repair,
        judges,
        Judge(judge_model, Settings().max_tokens),
        tools,
    )


def value_of(source: str, **names: object) -> object:
    """Return the value of an expression of the caller's with these names, and no others."""
    return eval(_compiled(source), names)  # noqa: S307  # the caller's own expression


@lru_cache
def _compiled(source: str) -> CodeType:
    return compile(source, "<template>", "eval")


def _schema(schema: object) -> Schema | None:
    if schema is None:
        return None
    from runware_magic.prompt.schema.read_schema import read_schema  # noqa: PLC0415  # rarely used

    return read_schema(schema)


def _read(expected: str | Check) -> Check:
    try:
        check = read_check(expected) if isinstance(expected, str) else expected
    except ValueError as error:
        msg = f"expect must be {error}, not {expected!r}."
        raise OptionError(msg, "A function of the turn is also accepted.") from None
    if check.kind == "schema":
        msg = f"{check.spec} names a schema in a notebook, but this is not a notebook."
        raise OptionError(msg, "Give the schema itself: schema=Person, for example.")
    return check


def _function_of(expected: Check | Callable[[Turn], object]) -> Callable[[Turn], Verdict]:
    """Return what gives the verdict of a check, or of a function of the turn."""
    if isinstance(expected, Check):
        return lambda turn: judge(expected, turn, lambda source, turn: value_of(source, turn=turn), lambda *_: "")
    if not callable(expected):
        msg = f"expect must be checks or functions of the turn, not {shown(expected)}."
        raise OptionError(msg, "'contains:Paris', for example.")
    name = getattr(expected, "__name__", "check")
    return lambda turn: judge(Check(name, "py", name), turn, lambda _, turn: expected(turn), lambda *_: "")
