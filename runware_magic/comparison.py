"""The answers of a comparison as a value of the notebook: to read, pick and export."""

from __future__ import annotations

import copy
import csv
import io
import json
import os
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn, cast, overload

from runware_magic.chat.data_columns import data_columns
from runware_magic.chat.structured import failed_schema
from runware_magic.chat.text import listed
from runware_magic.chat.turn import Turn
from runware_magic.errors import OptionError, UsageError
from runware_magic.notebook.atomic_write import write_whole
from runware_magic.prompt.arguments import must_be_count, must_be_path
from runware_magic.prompt.row_columns import RowColumns

#: What varies, by the number of the answer and by name; each value in its own type.
Values = Mapping[int, Mapping[str, object]]
_NO_VALUES: Values = {}
NUMBER = "number"


@dataclass(frozen=True)
class Comparison:
    """The answers of one run of a cell.

    It can be copied, pickled and kept by ``%store``. A copy in the same kernel still picks for the chat. A comparison
    that was loaded from a file belongs to no chat, and only remembers what was picked.

    Attributes
    ----------
    turns
        The answers, in order; ``variant`` says which of them a turn is.
    """

    turns: tuple[Turn, ...]
    _counts: Callable[[], Turn | None] = field(repr=False, compare=False)
    _choose: Callable[[Turn], object] = field(repr=False, compare=False)
    _values: Values = field(default_factory=dict, repr=False, compare=False)
    _rows: RowColumns | None = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.turns)

    def __iter__(self) -> Iterator[Turn]:
        return iter(self.turns)

    @overload
    def __getitem__(self, at: int) -> Turn: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Turn, ...]: ...

    def __getitem__(self, at: int | slice) -> Turn | tuple[Turn, ...]:
        return self.turns[at]

    @property
    def picked(self) -> Turn | None:
        """The answer that the chat continues from; None if another turn is in use, or it is outside of all chats.

        Of a loaded comparison: the answer that the chat continued from when it was saved.
        """
        return self._counts()

    def pick(self, number: int) -> Turn:
        """Continue the chat from an answer.

        Parameters
        ----------
        number
            The number of the answer in the table, from 1.

        Returns
        -------
        Turn
            The answer.

        Raises
        ------
        OptionError
            When there is no answer of that number.
        UsageError
            When it is outside of all chats, or the comparison was loaded from a file.
        """
        must_be_count("Use the numbers in the table.", number=number)
        turn = numbered(self.turns, number)
        self._choose(turn)
        return turn

    def to_dataframe(self) -> Any:  # noqa: ANN401  # pandas is optional
        """Return a row for each answer: what it was asked about, what varied, the answer, and its cost.

        Returns
        -------
        pandas.DataFrame
            With the columns of `to_csv`; values that are unknown are missing. With ``--over``, the columns and the
            index of the rows come first and keep their types, so that the table merges back; a column of the answers
            with the same name is called ``answer_…``. If labels of rows repeat, ``row_number`` counts them from 1.

        Raises
        ------
        UsageError
            When pandas is not installed.
        """
        try:
            import pandas as pd  # type: ignore[import-not-found, import-untyped, unused-ignore]  # noqa: PLC0415
        except ImportError:
            msg = "to_dataframe() needs pandas, which is not installed."
            raise UsageError(msg, "Run %pip install pandas, or use to_csv() or .turns.") from None
        table = pd.DataFrame(table_of(self.turns, self._values))
        if self._rows is None:
            return table
        own = self._rows.to_dataframe(pd, table["number"])
        table.index = own.index
        return pd.concat([own, table.rename(columns=lambda name: _beside(own.columns, name))], axis=1)

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write a row for each answer to a CSV file. Texts are not changed, so a spreadsheet may read some as formulas.

        Parameters
        ----------
        path
            The file, which is replaced if it exists.

        Raises
        ------
        OptionError
            When it is not a path.
        UsageError
            When it cannot be written.
        """
        must_be_path(path=path)
        rows = self._with_own(table_of(self.turns))
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _written(value) for name, value in row.items()} for row in rows)
        write_whole(Path(path), text.getvalue())

    def _with_own(self, table: list[dict[str, object]]) -> list[dict[str, object]]:
        """Return the rows of a table with what the rows of data have of their own before them."""
        if self._rows is None:
            return table
        fields = [self._rows.fields(cast("int", row["number"])) for row in table]
        own = dict.fromkeys(name for each in fields for name in each)
        return [
            {**own, **each, **{_beside(own, name): value for name, value in row.items()}}
            for each, row in zip(fields, table, strict=True)
        ]

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        from runware_magic.display.render.comparison import comparison_bundle  # noqa: PLC0415  # only to display it

        return comparison_bundle(self.turns, self._counts())

    def __copy__(self) -> Comparison:
        return self  # nothing in it changes

    def __deepcopy__(self, memo: dict[int, Any]) -> Comparison:
        return replace(self, turns=copy.deepcopy(self.turns, memo))

    def __reduce__(self) -> tuple[Callable[..., Comparison], tuple[object, ...]]:
        # Without the chats, which belong to the kernel.
        return _loaded, (self.turns, self._counts(), self._values, self._rows)


def _written(value: object) -> object:
    """Return a value as a CSV file has it: lists and objects as JSON."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def _loaded(turns: tuple[Turn, ...], picked: Turn | None, values: Values, rows: RowColumns | None = None) -> Comparison:
    return Comparison(turns, lambda: picked, _belongs_to_no_chat, values, rows)


def _beside(own: Container[str], name: str) -> str:
    """Return the name of a column of answers in a table that has these columns already."""
    return f"answer_{name}" if name in own else name


def _belongs_to_no_chat(_turn: Turn) -> NoReturn:
    msg = "This comparison was loaded from a file: it belongs to no chat in this kernel."
    raise UsageError(msg, "You can read its answers; to pick one, run its cell again.")


def numbered(turns: Sequence[Turn], number: int) -> Turn:
    """Return the answer of a number; raise `OptionError` if there is none."""
    numbers = {turn.variant.number: turn for turn in turns if turn.variant}
    if number not in numbers:
        msg = f"There is no answer {number}."
        raise OptionError(msg, f"The answers are {listed(numbers)}.")
    return numbers[number]


def table_of(turns: Sequence[Turn], values: Values = _NO_VALUES) -> list[dict[str, object]]:
    """Return a row for each answer, all with the same columns.

    An answer that is not in `values` has its labels, which are texts. The columns: ``number``; what varies, by name;
    the fields of the data, nested ones by dotted names; ``model``; ``state``; ``content``, ``reasoning``;
    ``prompt_tokens``, ``completion_tokens``, ``cost`` (US dollars), ``first_token_s``, ``total_s``,
    ``tokens_per_second``; each check by its text, True if passed; ``error``, also why the data does not match. None is
    unknown.
    """
    varied = [values.get(turn.variant.number, turn.variant.labels) if turn.variant else {} for turn in turns]
    names = dict.fromkeys(name for each in varied for name in each)
    checks = dict.fromkeys(verdict.check for turn in turns for verdict in turn.verdicts)
    facts = [_facts(turn, checks) for turn in turns]
    data = data_columns(turns, {NUMBER, *names, *(facts[0] if facts else ())})
    return [
        {
            NUMBER: turn.variant.number if turn.variant else None,
            **{name: each.get(name) for name in names},
            **own,
            **told,
        }
        for turn, each, own, told in zip(turns, varied, data, facts, strict=True)
    ]


def _facts(turn: Turn, checks: Iterable[str]) -> dict[str, object]:
    usage = turn.usage
    passed = {verdict.check: None if verdict.unknown else verdict.passed for verdict in turn.verdicts}
    no_data = failed_schema(turn)
    return {
        "model": turn.model,
        "state": turn.state,
        "content": turn.content,
        "reasoning": turn.reasoning,
        "prompt_tokens": usage.prompt_tokens if usage else None,
        "completion_tokens": usage.completion_tokens if usage else None,
        "cost": turn.cost,
        "first_token_s": turn.timing.first_token_s,
        "total_s": turn.timing.total_s,
        "tokens_per_second": turn.tokens_per_second,
        **{check: passed.get(check) for check in checks},
        "error": turn.error or (no_data.why if no_data else None),
    }
