"""Checks carried out: with the values of the notebook, and with JSON schemas."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runware_magic.chat.cell import expand
from runware_magic.chat.expect import Check, judge
from runware_magic.chat.rate import Rate
from runware_magic.chat.turn import Turn
from runware_magic.chat.verdict import Verdict
from runware_magic.errors import CheckFailedError, OptionError, PromptError

_SHOWN = 160  # characters of an error
_NO_NAMES: Mapping[str, object] = {}


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks answers.

    Attributes
    ----------
    checks
        What is expected of each.
    evaluate
        Gives the value of an expression in a namespace with these names beside.
    """

    checks: tuple[Check, ...]
    evaluate: Callable[[str, Mapping[str, object]], object]

    def look_ahead(self, names: Mapping[str, object] = _NO_NAMES) -> None:
        """Find out before anything is sent whether the schemas are some.

        Parameters
        ----------
        names
            As in `checked`.

        Raises
        ------
        OptionError
            When one of them is not.
        """
        for check in self.checks:
            if check.kind == "schema":
                try:
                    _validator(self.evaluate(check.argument.strip(), names))
                except Exception as error:  # noqa: BLE001  # the user's own expression or schema may raise anything
                    line = " ".join(str(error).split())[:_SHOWN]
                    msg = f"{check.spec} is no JSON schema: {type(error).__name__}: {line}."
                    raise OptionError(msg, "Name a dict that holds one, such as {'type': 'object'}.") from None

    def checked(self, turn: Turn, names: Mapping[str, object] = _NO_NAMES) -> Turn:
        """Give the turn with what came of its checks.

        Parameters
        ----------
        turn
            An answer that has ended.
        names
            What expressions know beside ``turn``, such as the ``row`` that it was asked about.
        """

        def evaluate(expression: str, turn: Turn) -> object:
            return self.evaluate(expression, {**names, "turn": turn})

        def verdict(check: Check) -> Verdict:
            try:
                # Only where there are names: what else stands in a check was filled in when the line was read.
                argument = expand(check.argument, lambda source: evaluate(source, turn)) if names else check.argument
            except PromptError as error:
                # The answer has come, and is not to be lost for what was expected of it.
                return Verdict(check.spec, passed=False, why=error.message)
            return judge(replace(check, argument=argument), turn, evaluate, violation)

        return replace(turn, verdicts=tuple(map(verdict, self.checks))) if self.checks else turn


def violation(schema: object, text: str) -> str:
    """Tell where JSON departs from a schema, in a line; empty where it does not.

    Parameters
    ----------
    schema
        A JSON schema as a dict, or anything that gives one by ``model_json_schema()``, as models of Pydantic do.
    text
        The JSON.

    Raises
    ------
    TypeError
        When it is no schema.
    jsonschema.SchemaError
        Likewise.
    """
    from jsonschema.exceptions import best_match  # noqa: PLC0415  # who checks no schema never loads it

    error = best_match(_validator(schema).iter_errors(json.loads(text)))
    return "" if error is None else f"{error.json_path}: {error.message}"


def _validator(schema: object) -> Any:  # noqa: ANN401  # what jsonschema makes of a class at run time
    import jsonschema  # noqa: PLC0415  # as in `violation`
    from referencing import Registry  # noqa: PLC0415  # likewise

    describe = getattr(schema, "model_json_schema", None)
    schema = describe() if callable(describe) else schema
    if not isinstance(schema, dict):
        msg = f"a JSON schema is a dict, not {type(schema).__name__}"
        raise TypeError(msg)
    # With a registry of its own, so that no reference is fetched from anywhere.
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema, registry=Registry())


def passes(turn: Turn) -> bool:
    """Tell whether an answer has passed all its checks."""
    return all(verdict.passed for verdict in turn.verdicts)


def must_pass(turns: Sequence[Turn], share: float | None = None) -> None:
    """Raise an error unless enough answers pass their checks.

    Parameters
    ----------
    turns
        Answers that were checked.
    share
        How many of them are to pass, from 0 to 1; None wants all.

    Raises
    ------
    CheckFailedError
        When fewer do.
    """
    rate = Rate(sum(map(passes, turns)), len(turns))
    if rate.passed == rate.total or (share is not None and rate.share >= share):
        return
    first = next(verdict for turn in turns for verdict in turn.verdicts if not verdict.passed)
    if len(turns) == 1:
        msg = f"The answer fails {_failed(turns[0].verdicts)}: {first.check}: {first.why}."
        raise CheckFailedError(msg, "Run the cell again, or change what is expected.")
    wanted = "" if share is None else f", and {share:.0%} were to"
    msg = f"{rate}{wanted}. The first that fails: {first.check}: {first.why}."
    raise CheckFailedError(msg, "The table says which; --expect-rate sets how many have to pass.")


def _failed(verdicts: Iterable[Verdict]) -> str:
    failed = sum(not verdict.passed for verdict in verdicts)
    return "a check" if failed == 1 else f"{failed} checks"
