"""Asking about many rows from Python: turns as they end, and none asked twice."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence, Sized
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass, replace
from functools import lru_cache
from types import CodeType
from typing import Any

from runware_magic.asking import WORKERS_KEY, Elsewhere, Here, Outcome, Task, failed
from runware_magic.chat.cell import to_messages
from runware_magic.chat.conversation import added
from runware_magic.chat.expect import Check, judge, read_check
from runware_magic.chat.grid import Fingerprints
from runware_magic.chat.messages import Message
from runware_magic.chat.options import chat_parameters
from runware_magic.chat.request import Request, with_defaults
from runware_magic.chat.rows import Row, each_row
from runware_magic.chat.turn import Turn
from runware_magic.chat.variant import Variant
from runware_magic.chat.verdict import Verdict
from runware_magic.display import bundle as _bundle  # noqa: F401  # turns show themselves richly from here on
from runware_magic.errors import OptionError, PromptError
from runware_magic.flow import Flow, Purse
from runware_magic.gate import Gate
from runware_magic.journal import Journal
from runware_magic.session import Session
from runware_magic.settings import URL_VARIABLE, Settings, colab_secret, find_endpoint, find_key, other_keys
from runware_magic.wire.endpoint import Key
from runware_magic.wire.pasted import refuse_secrets
from runware_magic.wire.patience import Patience

_PATIENCE = Patience(retries=5)  # the gate slows all down meanwhile
_HELD = 4  # times as many as may be under way: answers that wait for an earlier one, where they come in order

#: What an answer is checked by: as for ``--expect``, or a function of the turn.
Expected = str | Check | Callable[[Turn], object]


def map(  # noqa: A001, PLR0913  # it is to this package what Python's is to functions
    prompts_or_rows: object,
    template: str | None = None,
    *,
    models: str | Sequence[str] | None = None,
    system: str | None = None,
    executor: Executor | None = None,
    max_parallel: int = 8,
    ordered: bool = False,
    record: str | os.PathLike[str] | None = None,
    base_url: str | None = None,
    api_key: str | None = None,
    budget: float | None = None,
    expect: Expected | Iterable[Expected] = (),
    stream: bool = True,
    **parameters: Any,  # noqa: ANN401  # JSON values
) -> Generator[Turn, None, None]:
    """Ask about each row, several at once; give the turns as they end.

    A request that fails is given like the others, as a turn whose ``state`` is ``failed`` and whose ``error`` says why.
    ``turn.variant`` says what it was asked about: its ``number`` counts from 1, its ``labels`` name the row.

    What a notebook's cells are told (``%runware replay``, ``%runware record``, a class's ``runware.toml``) does not
    hold here: this asks the endpoint, and has a ``record`` of its own.

    Parameters
    ----------
    prompts_or_rows
        Prompts, which are sent as they stand; or, with a template, the rows that it is about: a list or any other
        iterable, a dict, a DataFrame. It may be endless: it is read as its rows are asked about.
    template
        The prompt, with ``{{ row }}`` in it, or ``{{ row.name }}``; role lines as in a cell.
    models
        Whom to ask: AIR ids or slugs. Each row is put to each of them.
    system
        What the model is told before anything else.
    executor
        Where to ask from; by default threads of this process. With a cluster's, each of its workers needs this package,
        and the key in its environment: it is sent to none.
    max_parallel
        How many requests are under way at once, at most. Where the endpoint says that these are too many, it is fewer.
    ordered
        Whether the turns come in the order of the rows, not as they end.
    record
        A file, to which every turn is added at once, as a line of JSON. What it holds already, complete, is given from
        there and not asked again: whoever was interrupted goes on like this.
    base_url, api_key
        As for `Chat`.
    budget
        US dollars that the answers may cost together; what is under way counts like the dearest so far.
    expect
        Checks of the answers, as for ``--expect``, or functions of the turn: see ``turn.verdicts``.
    stream
        Whether the answers are to come piece by piece: one that takes minutes is not given up for dead, and what has
        come of one that is stopped is kept. What takes a second comes sooner without.
    **parameters
        Fields of every request, such as ``temperature``, ``max_tokens`` (tokens) or ``seed``.

    Yields
    ------
    Turn
        One for each row and model. A loop that is left, or interrupted, stops those that are under way.

    Raises
    ------
    OptionError
        When something cannot be as it is given; at once.
    SpentError
        When the budget is used up, after the turns that were under way.
    EndpointError, KeyRefusedError, BalanceError
        Where it holds for all of them; likewise.

    Examples
    --------
    >>> import runware_magic
    >>> cities = [{"name": "Oslo"}, {"name": "Lima"}]
    >>> for turn in runware_magic.map(cities, "What is {{ row.name }} known for?"):  # doctest: +SKIP
    ...     print(turn.variant.labels["row"], turn.content, turn.cost)
    """
    try:
        key = Key(api_key, "api_key") if api_key else None
    finally:
        # A debugger shows what the frames of an error hold.
        del api_key
    _check(max_parallel, budget)
    checks = _checks(expect)
    gate = Gate(max_parallel)
    key_known = key or find_key(None, os.getenv, colab_secret)
    asks: Here | Elsewhere
    if executor is None:
        asks, model, url = _here(key_known, base_url, max_parallel, gate)
    else:
        asks, model, url = _elsewhere(executor, key, base_url, gate)
    questions = _Questions(
        models=_names(models) or (model,),
        template=template,
        system=system or "",
        parameters=with_defaults(chat_parameters(parameters), max_tokens=Settings().max_tokens, temperature=None),
        stream=stream,
        base_url=url,
        keys=(key_known, *other_keys(os.environ)),
    )
    rows = each_row(prompts_or_rows, "prompts_or_rows")
    count = len(prompts_or_rows) if isinstance(prompts_or_rows, Sized) else None
    journal = Journal(record) if record is not None else None
    flow = Flow(asks, gate, journal, Purse(budget), _HELD * max_parallel if ordered else None)
    tasks = questions.tasks(rows, count, Fingerprints() if journal else lambda _: "")
    return _judged(flow.turns(tasks), checks)


def _check(max_parallel: object, budget: object) -> None:
    if isinstance(max_parallel, bool) or not isinstance(max_parallel, int) or max_parallel < 1:
        msg = f"max_parallel takes a whole number from 1, not {max_parallel!r}."
        raise OptionError(msg, "It says how many requests are under way at once.")
    if budget is not None and (not isinstance(budget, int | float) or not budget >= 0):
        msg = f"budget takes US dollars from 0, not {budget!r}."
        raise OptionError(msg, "None sets no limit.")


def _names(models: str | Sequence[str] | None) -> tuple[str, ...]:
    names = (models,) if isinstance(models, str) else tuple(models or ())
    if not all(isinstance(name, str) and name.strip() for name in names):
        msg = f"models takes names of models, not {models!r}."
        raise OptionError(msg, "models=['minimax:m2.7@0', 'google:gemini@3.1-pro'], for example.")
    return names


def _here(key: Key | None, base_url: str | None, threads: int, gate: Gate) -> tuple[Here, str, None]:
    session = Session()
    where = find_endpoint(base_url or "", os.getenv, key, session.peers.demo)
    return Here(session, where, threads, gate.slow_down), Settings().model_for(where), None


def _elsewhere(
    executor: Executor, key: Key | None, base_url: str | None, gate: Gate
) -> tuple[Elsewhere, str, str | None]:
    if key is not None:
        msg = "api_key and executor exclude each other: the key is sent to no worker."
        raise OptionError(msg, WORKERS_KEY)
    url = base_url or os.getenv(URL_VARIABLE, "").strip() or None
    return Elsewhere(executor, gate.slow_down), Settings().model, url


@dataclass(frozen=True, slots=True)
class _Questions:
    """What is asked about each row."""

    models: tuple[str, ...]
    template: str | None
    system: str
    parameters: dict[str, Any]
    stream: bool
    base_url: str | None
    keys: tuple[Key | None, ...]

    def tasks(
        self, rows: Iterable[Row], count: int | None, fingerprint: Callable[[Request], str]
    ) -> Iterator[Task | Outcome]:
        """Give them one by one; what cannot be asked, as the outcome that it has."""
        comparison, number = uuid.uuid4().hex, 0
        for row in rows:
            for model in self.models:
                number += 1
                labels = {"row": row.key, **({"model": model} if len(self.models) > 1 else {})}
                # How many there will be, nobody knows where there is no end.
                of = number if count is None else max(number, count * len(self.models))
                yield self._task(row, model, Variant(comparison, number, of, labels), fingerprint)

    def _task(self, row: Row, model: str, variant: Variant, fingerprint: Callable[[Request], str]) -> Task | Outcome:
        request = Request(model, (), self.parameters, self.stream)
        try:
            request = replace(request, messages=self._messages(row))
            refuse_secrets(request, self.keys, fresh=len(request.messages))
        except PromptError as error:
            return failed(Task(request, variant, self.base_url, _PATIENCE), error)
        return Task(request, replace(variant, fingerprint=fingerprint(request)), self.base_url, _PATIENCE)

    def _messages(self, row: Row) -> tuple[Message, ...]:
        if self.template is not None:
            return added(to_messages(self.template, lambda source: _value(source, row=row.value)), (), self.system)
        if not isinstance(row.value, str):
            msg = f"Row {row.key} is no text, but of type {type(row.value).__name__}."
            raise PromptError(msg, "Give a template for rows: 'What is {{ row.name }} known for?', for example.")
        return added(to_messages(row.value, None), (), self.system)


@lru_cache
def _compiled(source: str) -> CodeType:
    return compile(source, "<template>", "eval")


def _value(source: str, **names: object) -> object:
    return eval(_compiled(source), names)  # noqa: S307  # the caller's own expression, as in a cell


def _checks(expect: Expected | Iterable[Expected]) -> tuple[Callable[[Turn], Verdict], ...]:
    one = isinstance(expect, str | Check) or not isinstance(expect, Iterable)
    return tuple(_check_of(entry) for entry in ((expect,) if one else expect))  # type: ignore[union-attr, arg-type]  # above


def _check_of(expected: Expected) -> Callable[[Turn], Verdict]:
    if not isinstance(expected, str | Check):
        name = getattr(expected, "__name__", "check")
        return lambda turn: judge(Check(name, "py", name), turn, lambda _, turn: expected(turn), _no_schema)
    try:
        check = read_check(expected) if isinstance(expected, str) else expected
    except ValueError as error:
        msg = f"expect takes {error}, not {expected!r}."
        raise OptionError(msg, "A function of the turn will do, too.") from None
    if check.kind == "schema":
        msg = f"{check.spec} names a schema of a notebook, and there is none here."
        raise OptionError(msg, "Give a function of the turn that validates turn.content.")
    return lambda turn: judge(check, turn, lambda source, turn: _value(source, turn=turn), _no_schema)


def _no_schema(_schema: object, _text: str) -> str:
    return ""


def _judged(
    turns: Generator[Turn, None, None], checks: tuple[Callable[[Turn], Verdict], ...]
) -> Generator[Turn, None, None]:
    with closing(turns):
        for turn in turns:
            yield replace(turn, verdicts=tuple(check(turn) for check in checks)) if checks else turn
