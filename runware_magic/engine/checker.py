"""Runs checks on answers: Python expressions, JSON schemas."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from runware_magic.chat.checks import JUDGE, Check, Rate, judge, read_check
from runware_magic.chat.structured import failed_schema
from runware_magic.chat.text import one_line
from runware_magic.chat.turn import Turn
from runware_magic.chat.verdict import Verdict
from runware_magic.errors import CheckFailedError, OptionError, PromptError, Words
from runware_magic.prompt.schema.problems import DataError
from runware_magic.prompt.schema.read_schema import read_schema
from runware_magic.prompt.template import expand

_SHOWN = 160  # characters of an error


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks answers with the values of the notebook."""

    checks: tuple[Check, ...]
    evaluate: Callable[[str, Mapping[str, object]], object]  # an expression, with these names added to the notebook's
    names: Mapping[str, object] = field(default_factory=dict)  # such as ``row``

    def filled(self) -> Checker:
        """Return a checker whose placeholders are filled in from the row, and whose schemas are valid.

        Raises `UsageError` if a placeholder has no value, or if a check or a schema is not valid.
        """
        checker = replace(self, checks=tuple(map(self._filled, self.checks))) if self.names else self
        for check in checker.checks:
            if check.kind == "schema":
                try:
                    read_schema(self.value(check.argument.strip()))
                except OptionError as error:
                    raise error.about(check.spec) from None
                except Exception as error:  # noqa: BLE001  # the user's own expression may raise anything
                    line = " ".join(str(error).split())[:_SHOWN]
                    msg = f"{check.spec} is not a JSON schema: {type(error).__name__}: {line}."
                    raise OptionError(msg, "Name a dict, such as {'type': 'object'}.") from None
        return checker

    @property
    def judges(self) -> tuple[Check, ...]:
        """The checks that a model makes."""
        return tuple(check for check in self.checks if check.kind == JUDGE)

    def value(self, source: str) -> object:
        """Return the value of an expression."""
        return self.evaluate(source, self.names)

    def _filled(self, check: Check) -> Check:
        try:
            text = expand(check.spec, self.value)
        except PromptError as error:
            msg = f"--expect: {error.message}"
            raise OptionError(msg, "Use Python between {{ }}; row is the current row.") from None
        try:
            return replace(read_check(text), spec=check.spec)
        except ValueError as error:
            msg = f"--expect must be {error}, not {one_line(text, _SHOWN)!r}."
            raise OptionError(msg, "%%runware? lists the checks.") from None

    def checked(self, turn: Turn) -> Turn:
        """Return the turn with the verdicts of all checks but those that a model makes."""
        verdicts = tuple(self._verdict(check, turn) for check in self.checks if check.kind != JUDGE)
        return replace(turn, verdicts=verdicts) if verdicts else turn

    def _verdict(self, check: Check, turn: Turn) -> Verdict:
        def evaluate(expression: str, turn: Turn) -> object:
            return self.evaluate(expression, {**self.names, "turn": turn})

        verdict = judge(check, turn, evaluate, violation)
        if verdict.passed or check.spec.strip().partition(":")[2] == check.argument:
            return verdict
        # The placeholder in the check's text had another value for each row.
        return replace(verdict, why=f"{check.kind}:{one_line(check.argument, _SHOWN)}: {verdict.why}")


def violation(schema: object, text: str) -> str:
    """Return what is wrong with a JSON text by a schema, in a line; empty if it matches.

    The schema is what `read_schema` reads. Raises `OptionError` if it is none.
    """
    try:
        read_schema(schema).data_of(text)
    except DataError as error:
        return str(error)
    return ""


def _why(verdict: Verdict) -> str:
    return verdict.why.rstrip(".") + "."  # a judge's reason is a sentence


def must_be_data(turn: Turn) -> None:
    """Raise `CheckFailedError` if an answer does not match its schema."""
    if (verdict := failed_schema(turn)) is not None:
        again = Words("Run the cell again, or add --repair 1", "Ask again, or with repair=1")
        msg = f"The answer does not match the schema: {_why(verdict)}"
        raise CheckFailedError(msg, again + " to tell the model what is wrong.")


def must_pass(turns: Sequence[Turn], share: float | None = None) -> None:
    """Raise `CheckFailedError` unless enough answers pass: a share from 0 to 1, or all."""
    rate = Rate(sum(all(verdict.passed for verdict in turn.verdicts) for turn in turns), len(turns))
    if rate.passed == rate.total or (share is not None and rate.share >= share):
        return
    failing, first = next((turn, verdict) for turn in turns for verdict in turn.verdicts if not verdict.passed)
    if len(turns) == 1:
        must_be_data(failing)
        failed = sum(not verdict.passed for verdict in failing.verdicts)
        which = f"Check {first.check} failed" if failed == 1 else f"{failed} checks failed. The first, {first.check}"
        msg = f"{which}: {_why(first)}"
        raise CheckFailedError(msg, "Run the cell again, or change the check.")
    wanted = "" if share is None else f"; {share:.0%} required"
    name = f" ({one_line(failing.variant.name, _SHOWN)})" if failing.variant else ""
    msg = f"{rate}{wanted}. The first failure{name}: {first.check}: {_why(first)}"
    raise CheckFailedError(msg, "The table shows all; --expect-rate sets the share that must pass.")
