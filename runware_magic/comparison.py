"""The answers that were asked for at once, as a value of the notebook: read, choose, take elsewhere."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runware_magic.chat.turn import Turn
from runware_magic.errors import OptionError, UsageError
from runware_magic.notebook.files import write_whole


@dataclass(frozen=True)
class Comparison:
    """The answers of one run of a cell.

    Attributes
    ----------
    turns
        Those that were asked for, in order; each tells by its ``variant`` which of them it is.
    """

    turns: tuple[Turn, ...]
    _counts: Callable[[], Turn | None] = field(repr=False, compare=False)
    _choose: Callable[[Turn], object] = field(repr=False, compare=False)

    def __len__(self) -> int:
        """Count the answers."""
        return len(self.turns)

    def __iter__(self) -> Iterator[Turn]:
        """Give the answers in order."""
        return iter(self.turns)

    @property
    def picked(self) -> Turn | None:
        """The answer that the chat goes on from; None where another turn counts, or it is outside of all chats."""
        return self._counts()

    def pick(self, number: int) -> Turn:
        """Let the chat go on from an answer.

        Parameters
        ----------
        number
            Which, counting from 1, as the table counts.

        Returns
        -------
        Turn
            The answer.

        Raises
        ------
        OptionError
            When there is none of that number, or it is outside of all chats.
        """
        turn = numbered(self.turns, number)
        self._choose(turn)
        return turn

    def to_dataframe(self) -> Any:  # noqa: ANN401  # pandas is no dependency
        """Give a row for each answer: what it was asked with, what it is, and what it cost.

        Returns
        -------
        pandas.DataFrame
            With the columns of `to_csv`; what was not told is missing.

        Raises
        ------
        UsageError
            When pandas is not installed.
        """
        try:
            import pandas as pd  # type: ignore[import-not-found, import-untyped, unused-ignore]  # noqa: PLC0415
        except ImportError:
            msg = "to_dataframe() takes pandas, which is not installed."
            raise UsageError(msg, "Run %pip install pandas; or use to_csv(), or the .turns themselves.") from None
        return pd.DataFrame(table_of(self.turns))

    def to_csv(self, path: str | Path) -> None:
        """Write a row for each answer to a CSV file, as they are: models write what they like.

        Parameters
        ----------
        path
            Where to; a file that is there is replaced.

        Raises
        ------
        UsageError
            When it cannot be written.
        """
        rows = table_of(self.turns)
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_whole(Path(path), text.getvalue())

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        from runware_magic.display.comparison import comparison_bundle  # noqa: PLC0415  # where it is shown only

        return comparison_bundle(self.turns, self._counts())


def numbered(turns: Sequence[Turn], number: int) -> Turn:
    """Give the answer of a number.

    Raises
    ------
    OptionError
        When there is none.
    """
    numbers = {turn.variant.number: turn for turn in turns if turn.variant}
    if number not in numbers:
        msg = f"There is no answer {number}."
        raise OptionError(msg, f"The comparison has {', '.join(map(str, list(numbers)[:20]))}.")
    return numbers[number]


def table_of(turns: Sequence[Turn]) -> list[dict[str, object]]:
    """Give a row for each answer; all have the same columns.

    Parameters
    ----------
    turns
        Answers of one comparison.

    Returns
    -------
    list of dict
        ``number``; what varies, by name; ``model``; ``state``; ``content``, ``reasoning``; ``prompt_tokens``,
        ``completion_tokens``, ``cost`` (US dollars), ``first_token_s``, ``total_s``, ``tokens_per_second``; each check
        by what it expects, true where it passed; ``error``. None where nothing was told.
    """
    names = dict.fromkeys(name for turn in turns if turn.variant for name in turn.variant.labels)
    checks = dict.fromkeys(verdict.check for turn in turns for verdict in turn.verdicts)
    return [_row(turn, list(names), list(checks)) for turn in turns]


def _row(turn: Turn, names: Sequence[str], checks: Sequence[str]) -> dict[str, object]:
    variant, usage = turn.variant, turn.usage
    labels = variant.labels if variant else {}
    passed = {verdict.check: verdict.passed for verdict in turn.verdicts}
    return {
        "number": variant.number if variant else None,
        **{name: labels.get(name) for name in names},
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
        "error": turn.error,
    }
