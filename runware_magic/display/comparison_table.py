"""Answers that were asked for at once, measured: a table of all, and how often the checks passed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from runware_magic.chat.rate import Rate
from runware_magic.chat.turn import Turn
from runware_magic.display.badge import SEPARATOR, costs, speed, state
from runware_magic.display.plain import counted, one_line
from runware_magic.display.tables import Table

#: How many answers show, beside the one that counts; a front end, and a file, would suffer from more.
MOST = 500
_UNKNOWN = "?"
_BEGINNING = 64  # characters
_MARKS = re.compile(r"\*\*|`+|^#+ ", re.MULTILINE)
_REPEATS = {"row", "run"}  # what answers are counted over, where others are compared


class _Column(NamedTuple):
    head: str
    texts: list[str]  # of the answers that show
    total: str = ""


def comparison_table(turns: Sequence[Turn], counts: Turn | None) -> Table:
    """Give the facts of each answer in a row, and what they come to.

    Parameters
    ----------
    turns
        The answers, in order.
    counts
        The one that the chat goes on from.
    """
    columns = [column for column in _columns(turns, counts) if any(column.texts)]
    rows = list(zip(*(column.texts for column in columns), strict=True))
    if len(turns) > 1:
        rows.append(tuple(column.total for column in columns))
    models = {turn.model for turn in turns}
    title = (counted(len(turns), "answer"), *([one_line(models.pop(), 80)] if len(models) == 1 else []))
    return Table(SEPARATOR.join(title), tuple(column.head for column in columns), tuple(rows), _left_out(turns, counts))


def that_show(turns: Sequence[Turn], counts: Turn | None) -> tuple[Turn, ...]:
    """Give the answers that show: the first ones, and wherever it stands the one that counts."""
    later = (turn for turn in turns[MOST:] if counts is not None and turn.id == counts.id)
    return (*turns[:MOST], *later)


def rates_table(turns: Sequence[Turn]) -> Table | None:
    """Give how often each check passed, over rows and runs; None where nothing was checked more than once.

    Parameters
    ----------
    turns
        The answers, in order.
    """
    judged = [turn for turn in turns if turn.verdicts]
    if not any(_REPEATS & labels_of(turn).keys() for turn in judged):
        return None
    names = [name for name in label_names(judged) if name not in _REPEATS]
    groups: dict[tuple[str, ...], list[Turn]] = {}
    for turn in judged:
        groups.setdefault(tuple(labels_of(turn).get(name, "") for name in names), []).append(turn)
    checks = list(dict.fromkeys(verdict.check for turn in judged for verdict in turn.verdicts))
    heads = (*names, *(["all checks"] if len(checks) > 1 else []), *checks)
    return Table(
        "Checks",
        tuple(one_line(head, 60) for head in heads),
        tuple((*(one_line(label, 80) for label in key), *_rates(group, checks)) for key, group in groups.items()),
        "In brackets: the 95 % confidence interval.",
    )


def heading(turn: Turn) -> str:
    """Give what an answer is called among others: its number, and what tells it from them."""
    if turn.variant is None:
        return one_line(turn.model, 80)
    return headed(turn.variant.number, turn.variant.name)


def headed(number: int, name: str) -> str:
    """Give what the answer of this number is called."""
    return str(number) if name == str(number) else f"{number}{SEPARATOR}{one_line(name, 120)}"


def beginning(turn: Turn) -> str:
    """Give the first words of an answer, in a line."""
    return one_line(_MARKS.sub("", turn.content[: 4 * _BEGINNING]), _BEGINNING)


def labels_of(turn: Turn) -> Mapping[str, str]:
    """Give what tells an answer from others, by name."""
    return turn.variant.labels if turn.variant else {}


def label_names(turns: Iterable[Turn]) -> list[str]:
    """Give the names of what varies, each once."""
    return list(dict.fromkeys(name for turn in turns for name in labels_of(turn)))


def _columns(turns: Sequence[Turn], counts: Turn | None) -> Iterator[_Column]:
    shown = that_show(turns, counts)
    chosen = counts.id if counts else None
    speeds = [speed(turn) for turn in shown]
    numbers = (turn.variant.number if turn.variant else at for at, turn in enumerate(shown, 1))
    yield _Column("#", list(map(str, numbers)), "all")
    yield _Column("", ["counts" if turn.id == chosen else "" for turn in shown])
    for name in label_names(turns):
        yield _Column(one_line(name, 40), [one_line(labels_of(turn).get(name, ""), 80) for turn in shown])
    yield _Column("first token", [first for first, _ in speeds])
    yield _Column("tokens/s", [rate for _, rate in speeds])
    yield _Column("tokens in/out", [_tokens([turn]) for turn in shown], _tokens(turns))
    yield _Column("cost", [_cost([turn]) for turn in shown], _cost(turns))
    yield _Column("checks", [_passed([turn]) for turn in shown], _passed(turns))
    yield _Column("state", [state(turn) for turn in shown])


def _left_out(turns: Sequence[Turn], counts: Turn | None) -> str:
    if len(turns) <= MOST:
        return ""
    later = ", and the one that counts" if len(that_show(turns, counts)) > MOST else ""
    return f"The first {MOST} of {len(turns):,} are shown{later}; the record has all of them."


def _tokens(turns: Sequence[Turn]) -> str:
    usages = [turn.usage for turn in turns]
    sides = (
        [usage.prompt_tokens if usage else None for usage in usages],
        [usage.completion_tokens if usage else None for usage in usages],
    )
    return " / ".join(_sum(side) for side in sides)


def _sum(counts: Sequence[int | None]) -> str:
    known = [count for count in counts if count is not None]
    if not known:
        return _UNKNOWN
    return f"{sum(known):,}" if len(known) == len(counts) else f"≥ {sum(known):,}"


def _cost(turns: Sequence[Turn]) -> str:
    known = costs(turns)
    if not known:
        return _UNKNOWN
    return known if all(turn.cost is not None for turn in turns) else f"≥ {known}"


def _passed(turns: Sequence[Turn]) -> str:
    verdicts = [verdict for turn in turns for verdict in turn.verdicts]
    return f"{sum(verdict.passed for verdict in verdicts)}/{len(verdicts)}" if verdicts else ""


def _rates(turns: Sequence[Turn], checks: Sequence[str]) -> Iterator[str]:
    if len(checks) > 1:
        yield str(Rate(sum(all(verdict.passed for verdict in turn.verdicts) for turn in turns), len(turns)))
    for check in checks:
        passed = [verdict.passed for turn in turns for verdict in turn.verdicts if verdict.check == check]
        yield str(Rate(sum(passed), len(passed)))
