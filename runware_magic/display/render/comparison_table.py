"""Tables of answers that were requested together: the facts of each, and how often the checks passed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from runware_magic.chat.checks import Rate
from runware_magic.chat.text import counted, one_line
from runware_magic.chat.turn import ROW, Turn
from runware_magic.chat.usage import Usage
from runware_magic.display.render.answer_data import AnswerData
from runware_magic.display.render.answers_table import MOST_VARIED, names_of, varied
from runware_magic.display.render.badge import (
    SEPARATOR,
    Badge,
    cost_decimals,
    costs,
    duration,
    passed,
    speed,
    state,
    status,
)
from runware_magic.display.render.markdown_text import to_text
from runware_magic.display.render.tables import Table
from runware_magic.engine.view import Slot

MOST = 500  # answers that show, and the one that counts: more would slow down front ends
WAITS = "waiting for its turn…"
_BEGINNING = 80  # characters
_REPEATS = {ROW, "run"}  # labels over which rates are counted


class _Column(NamedTuple):
    head: str
    texts: list[str]  # of the answers that show
    total: str = ""


def comparison_table(turns: Sequence[Turn], counts: Turn | None) -> Table:
    """Return the facts of each answer in a row, and their sums; the chat continues from `counts`."""
    return _table(title_of(turns), turns, that_show(turns, counts), _all_columns(turns, counts), note_on(turns, counts))


def numbers_table(turns: Sequence[Turn], counts: Turn | None) -> Table:
    """Return what the table of answers leaves out: what varies beyond its columns, tokens and times."""
    shown = that_show(turns, counts)
    names = names_of(turn.variant for turn in turns)[MOST_VARIED:]
    return _table("", turns, shown, (_numbers(shown), *_varied(names, shown), *_rest(turns, shown)))


def _table(
    title: str, turns: Sequence[Turn], shown: Sequence[Turn], columns: Iterable[_Column], note: str = ""
) -> Table:
    told = [column for column in columns if any(column.texts)]
    rows = list(zip(*(column.texts for column in told), strict=True)) if shown else []
    if len(turns) > 1:
        rows.append(tuple(column.total for column in told))
    return Table(title, tuple(column.head for column in told), tuple(rows), note)


def title_of(turns: Sequence[Turn]) -> str:
    """Return how many answers there are, and their model if it is the same."""
    models = {turn.model for turn in turns}
    title = (counted(len(turns), "answer"), *([one_line(models.pop(), 80)] if len(models) == 1 else []))
    return SEPARATOR.join(title)


def that_show(turns: Sequence[Turn], counts: Turn | None) -> tuple[Turn, ...]:
    """Return the answers that show: the first ones, and the one that counts."""
    later = (turn for turn in turns[MOST:] if counts is not None and turn.id == counts.id)
    return (*turns[:MOST], *later)


def rates_table(turns: Sequence[Turn]) -> Table | None:
    """Return how often each check passed, over rows and runs; None where nothing was checked more than once."""
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
        "In parentheses: the 95 % confidence interval.",
    )


def heading(turn: Turn) -> str:
    """Return the heading of an answer among others: its number, and what varies."""
    return headed(turn.variant.number, turn.variant.name) if turn.variant else one_line(turn.model, 80)


def headed(number: int, name: str) -> str:
    """Return the heading of the answer with this number."""
    return str(number) if name == str(number) else f"{number}{SEPARATOR}{one_line(name, 120)}"


def slot_line(slot: Slot, name: str) -> str:
    """Return the state of an answer that stands under a name: its badge, why it was not sent, or its progress."""
    if slot.turn is not None:
        return str(Badge.of(slot.turn, name=name))
    if slot.error:
        return not_asked(slot)
    return status(slot.builder, slot.elapsed_s, name) if slot.builder else WAITS


def not_asked(slot: Slot, most: int = 400) -> str:
    """Return why no request was sent, with at most so many characters of the error."""
    return f"not sent: {one_line(slot.error, most)}"


def beginning(turn: Turn) -> str:
    """Return the first words of an answer, in a line."""
    data = AnswerData.of(turn)
    return one_line(data.line, _BEGINNING) if data else _first_words(turn.content[: 4 * _BEGINNING])


@lru_cache(maxsize=1024)
def _first_words(text: str) -> str:
    # Of hundreds of answers, of which all but two are the same after a pick.
    return one_line(to_text(text), _BEGINNING)


def begins(turn: Turn) -> str:
    """Return how an answer ended if that is odd, and its first words, or what went wrong."""
    told = (state(turn), beginning(turn) or one_line(turn.error or "", 120))
    return SEPARATOR.join(filter(None, told)) or "(empty)"


def told_whole(turn: Turn) -> bool:
    """Whether the first words are all of the answer."""
    data = AnswerData.of(turn)
    told = data.line if data else to_text(turn.content)
    more = turn.reasoning.strip() or turn.sources or turn.error or turn.replies
    return told == beginning(turn) and not more


def labels_of(turn: Turn) -> Mapping[str, str]:
    """Return what distinguishes an answer from others, by name."""
    return turn.variant.labels if turn.variant else {}


def label_names(turns: Iterable[Turn]) -> list[str]:
    """Return the names of what varies, each once."""
    return list(dict.fromkeys(name for turn in turns for name in labels_of(turn)))


def _all_columns(turns: Sequence[Turn], counts: Turn | None) -> Iterator[_Column]:
    shown = that_show(turns, counts)
    chosen = counts.id if counts else None
    decimals = cost_decimals(shown)
    yield _numbers(shown)
    yield _Column("", ["in use" if turn.id == chosen else "" for turn in shown])
    yield from _varied(names_of(turn.variant for turn in turns), shown)
    yield from _rest(turns, shown)
    yield _Column("cost", [cost([turn], decimals) for turn in shown], cost(turns, decimals))
    yield _Column("checks", [passed([turn]) for turn in shown], passed(turns))
    yield _Column("state", [state(turn) for turn in shown])


def _varied(names: Iterable[str], shown: Sequence[Turn]) -> Iterator[_Column]:
    for name in names:
        yield _Column(one_line(name, 40), [one_line(varied(turn.variant).get(name, ""), 80) for turn in shown])


def _numbers(shown: Sequence[Turn]) -> _Column:
    return _Column("#", [number_of(turn, at) for at, turn in enumerate(shown, 1)], "all")


def number_of(turn: Turn, otherwise: int) -> str:
    """Return the number of an answer among others."""
    return str(turn.variant.number if turn.variant else otherwise)


def _rest(turns: Sequence[Turn], shown: Sequence[Turn]) -> Iterator[_Column]:
    speeds = [speed(turn) for turn in shown]
    yield _Column("first token", [first for first, _ in speeds])
    yield _Column("tokens/s", [rate for _, rate in speeds])
    yield _Column("tokens in/out", [tokens([turn]) for turn in shown], tokens(turns))
    yield _Column("time", [duration(turn) for turn in shown])


def note_on(turns: Sequence[Turn], counts: Turn | None) -> str:
    """Return how many of the answers are shown; empty where all are."""
    if len(turns) <= MOST:
        return ""
    later = ", and the one in use" if len(that_show(turns, counts)) > MOST else ""
    return f"The first {MOST} of {len(turns):,} are shown{later}; all of them are saved."


def tokens(turns: Sequence[Turn]) -> str:
    """Return the sums of prompt and completion tokens; ``≥`` where some are unknown."""
    usages = [turn.usage or Usage() for turn in turns]
    return f"{_sum([each.prompt_tokens for each in usages])} / {_sum([each.completion_tokens for each in usages])}"


def _sum(counts: Sequence[int | None]) -> str:
    known = [count for count in counts if count is not None]
    if not known:
        return "?"
    return f"{sum(known):,}" if len(known) == len(counts) else f"≥ {sum(known):,}"


def cost(turns: Sequence[Turn], decimals: int | None = None) -> str:
    """Return the cost of answers, in a table with these decimals; ``≥`` where some costs are unknown."""
    known = costs(turns, decimals)
    if not known:
        return "?"
    return known if all(turn.cost is not None for turn in turns) else f"≥ {known}"


def _rates(turns: Sequence[Turn], checks: Sequence[str]) -> Iterator[str]:
    if len(checks) > 1:
        yield str(Rate(sum(all(verdict.passed for verdict in turn.verdicts) for turn in turns), len(turns)))
    for check in checks:
        hits = [verdict.passed for turn in turns for verdict in turn.verdicts if verdict.check == check]
        yield str(Rate(sum(hits), len(hits)))
