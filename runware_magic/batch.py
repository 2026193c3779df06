"""Asks about many rows from Python, several at once, and continues after an interruption."""

from __future__ import annotations

import math
import os
import uuid
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence, Sized
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from runware_magic.chat.conversation import added
from runware_magic.chat.request import CHOICES, Fingerprints, Request, with_defaults
from runware_magic.chat.turn import Turn, Variant
from runware_magic.display.render import bundle as _bundle  # noqa: F401  # registers how turns are displayed
from runware_magic.engine.agreed import Allowed, all_allowed, toolbox
from runware_magic.engine.budget import Purse, Unguarded
from runware_magic.engine.call import Call, Outcome, failed
from runware_magic.engine.connections import replayed_in_notebook
from runware_magic.engine.courses import Courses
from runware_magic.engine.expected import Expected, plan_of, value_of
from runware_magic.engine.limiter import AdaptiveLimiter
from runware_magic.engine.pool import CallPool
from runware_magic.engine.query import PreparedCall
from runware_magic.engine.session import Session
from runware_magic.engine.settings import Settings
from runware_magic.engine.turn_log import TurnLog
from runware_magic.engine.workers import WORKERS_KEY, ExecutorWorkers, ThreadWorkers, Workers
from runware_magic.errors import OptionError, PromptError, asked_from_python
from runware_magic.prompt.arguments import must_be_bool, must_be_budget, must_be_count, must_be_path, must_be_text
from runware_magic.prompt.parameters import chat_parameters, shown
from runware_magic.prompt.rows import Row, each_row, told_of
from runware_magic.prompt.template import Prompt, to_prompt
from runware_magic.transport.credentials import (
    chosen_url,
    colab_secret,
    find_endpoint,
    find_key,
    names_demo,
    other_keys,
)
from runware_magic.transport.endpoint import DEMO_MODEL, Endpoint, Key
from runware_magic.transport.key_leaks import refuse_secrets
from runware_magic.transport.timeouts import Timeouts

_SETTINGS = Settings(timeouts=Timeouts(retries=5))  # more than a cell, since the limiter slows all down meanwhile
_HELD = 4  # times `max_parallel` turns may wait for an earlier one if they are ordered


def map(  # noqa: A001, PLR0913  # like Python's; public arguments
    prompts_or_rows: object,
    template: str | None = None,
    *,
    models: str | Sequence[str] | None = None,
    system: str | None = None,
    executor: Executor | None = None,
    max_parallel: int = 8,
    ordered: bool = False,
    record: str | os.PathLike[str] | None = None,
    replay: str | os.PathLike[str] | None = None,
    base_url: str | None = None,
    api_key: str | None = None,
    budget: float | None = None,
    expect: Expected | Iterable[Expected] = (),
    schema: object = None,
    repair: int = 0,
    judge_model: str | None = None,
    tools: object = (),
    allow: Allowed = False,
    stream: bool = True,
    **parameters: Any,  # noqa: ANN401  # JSON values
) -> Generator[Turn, None, None]:
    """Ask about each row, several at once; yield the turns as they end.

    A failed request is a turn, too: its ``state`` is ``failed`` and its ``error`` says why. A turn that may be cut off
    is ``complete`` and not ``is_whole``. ``turn.variant`` says what was asked about: its ``number`` counts from 1, its
    ``labels`` name the row.

    In a notebook that replays a recording (``%runware replay``), the recording answers here, too, unless ``base_url``,
    ``api_key`` or ``executor`` is given. Other settings of a notebook's cells have no effect here.

    Parameters
    ----------
    prompts_or_rows
        Prompts, sent without changes; or, with a template, rows: a list or any other iterable, a dict, a DataFrame. It
        may be endless, since rows are read when they are asked about.
    template
        The prompt, with ``{{ row }}`` or ``{{ row.name }}`` in it; role lines as in a cell.
    models
        AIR ids or slugs. Each row is sent to each model.
    system
        The system message.
    executor
        Runs the requests; by default threads of this process. Each worker of a cluster needs this package, and the key
        in its environment: no key is sent to workers.
    max_parallel
        How many requests are under way at most. There are fewer while the endpoint limits requests.
    ordered
        Whether turns come in the order of the rows, not as they end.
    record
        A file to which each turn is added at once, as a line of JSON. Rows that have a whole answer in it are not asked
        again, so that an interrupted run continues.
    replay
        A recording, or a notebook with answers, that answers instead of the endpoint: no network, no key.
    base_url, api_key
        As for `Chat`.
    budget
        US dollars that the answers may cost together; each under way counts like the dearest so far.
    expect
        Checks of the answers, as for ``--expect``, or functions of the turn: see ``turn.verdicts``.
    schema
        What the data of the answers has to match: a class that Pydantic knows, a JSON schema, or fields such as
        ``"name, age int"``. ``turn.data`` has it; where it does not match, ``turn.verdicts`` says why.
    repair
        How often a model is asked again whose data does not match.
    judge_model
        The model that makes checks with ``judge:``; by default the one that answered.
    tools, allow
        Functions that the model may call, all of which must be allowed, as for `Chat.ask`; they run in this thread.
    stream
        Whether answers are streamed. A long answer then does not time out, and a stopped one keeps its text; short
        answers are faster without.
    **parameters
        Fields of every request, such as ``temperature``, ``max_tokens`` (tokens) or ``seed``.

    Yields
    ------
    Turn
        One for each row and model. Leaving or interrupting the loop stops the requests under way.

    Raises
    ------
    OptionError
        When an argument is not valid; at once.
    SpentError
        When the budget is used up, after the turns that were under way.
    EndpointError, KeyRefusedError, BalanceError
        When every request would fail like this; likewise.

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
        del api_key  # tracebacks keep the variables of frames
    must_be_text("'What is {{ row.name }} known for?', for example.", template=template)
    must_be_text("'Answer in one sentence.', for example.", system=system)
    must_be_text("'http://127.0.0.1:8000/v1' or 'demo', for example.", base_url=base_url)
    must_be_count("It sets how many requests run at once.", max_parallel=max_parallel)
    must_be_budget(budget)
    must_be_bool(ordered=ordered, stream=stream)
    must_be_path(or_none=True, record=record, replay=replay)
    keys = (find_key(key, os.getenv, colab_secret), *other_keys(os.environ))
    box = all_allowed(toolbox(tools, allow, lambda: keys))
    plan, limiter = plan_of(expect, schema, repair, judge_model, box), AdaptiveLimiter(max_parallel)
    asked = _Asked(key, base_url, replay, executor)
    workers, model, endpoint_name = asked.elsewhere(limiter) if executor is not None else asked.here(limiter)
    names = _names(models) or (model,)
    fields = with_defaults(
        {**chat_parameters(parameters), **plan.parameters}, max_tokens=Settings().max_tokens, temperature=None
    )
    _refuse_choices(fields)
    rows = each_row(prompts_or_rows, "prompts_or_rows")
    count = len(prompts_or_rows) if isinstance(prompts_or_rows, Sized) else None
    turn_log = TurnLog(record) if record is not None else None
    fingerprint = Fingerprints() if turn_log else lambda _: ""
    questions = _Questions(names, template, system or "", fields, stream, endpoint_name, keys, fingerprint)
    kept = partial(_kept, turn_log, endpoint_name)
    held = _HELD * max_parallel if ordered else None
    pool = CallPool(workers, limiter, kept=kept, turn_log=turn_log, purse=Purse(budget), held=held)
    calls = questions.calls(rows, count)
    if plan.is_trivial:
        return pool.turns(calls)
    courses = Courses(plan, pool)
    return pool.turns(courses.of(calls), courses.final, courses.left)


def _refuse_choices(fields: Mapping[str, Any]) -> None:
    if Request("", (), fields).asks_for_several:
        msg = f"{CHOICES}={shown(fields[CHOICES])} asks for several choices; map yields one turn for a row and model."
        raise OptionError(msg, "Name a row several times, or use Chat.ask, which keeps all choices.")


def _names(models: str | Sequence[str] | None) -> tuple[str, ...]:
    listed = models is None or isinstance(models, Iterable)
    names = (models,) if isinstance(models, str) else tuple(models or ()) if listed else ()
    if not listed or not all(isinstance(name, str) and name.strip() for name in names):
        msg = f"models must be model names, not {shown(models)}."
        raise OptionError(msg, "models=['minimax:m2.7@0', 'google:gemini@3.1-pro'], for example.")
    return names


def _kept(turn_log: TurnLog | None, endpoint_name: str, prepared: PreparedCall) -> Turn | None:
    variant = prepared.turn.variant
    if turn_log is None or variant is None:
        return None
    # Only the workers of an executor know which endpoint they ask.
    turn = turn_log.take(variant.fingerprint, endpoint_name or None)
    return replace(turn, variant=variant) if turn else None


@dataclass(frozen=True, slots=True)
class _Asked:
    """Where to ask: key, address, recording or executor."""

    key: Key | None
    base_url: str | None
    replay: str | os.PathLike[str] | None
    executor: Executor | None

    def here(self, limiter: AdaptiveLimiter) -> tuple[Workers, str, str]:
        """Return workers of this process, the default model, and the name of the endpoint."""
        session = Session(from_python=True)
        with asked_from_python():
            where = self._where(session)

        def begin(prepared: PreparedCall) -> Call:
            call = session.begin(prepared, where, _SETTINGS, guard=Unguarded(), slow_down=limiter.slow_down)
            call.body.end()  # nobody asks for the bytes
            return call

        return ThreadWorkers(begin, session.close), _SETTINGS.model_for(where), where.name

    def elsewhere(self, limiter: AdaptiveLimiter) -> tuple[Workers, str, str]:
        """Return an executor's workers and the default model; no name, since only the workers know the endpoint."""
        if self.key is not None or self.replay is not None:
            name = "replay" if self.key is None else "api_key"
            why = "workers receive requests only" if self.key is None else "the key is never sent to a worker"
            msg = f"{name} and executor cannot be used together: {why}."
            raise OptionError(msg, WORKERS_KEY if self.key else "Leave out executor: a replay needs no workers.")
        if self.executor is None or not callable(getattr(self.executor, "submit", None)):
            name = type(self.executor).__name__
            msg = f"executor must be an Executor of concurrent.futures, not a value of type {name}."
            raise OptionError(msg, "ProcessPoolExecutor() or a Dask client.get_executor(), for example.")
        url = chosen_url(self.base_url or "", os.getenv)
        model = DEMO_MODEL if names_demo(url) else _SETTINGS.model
        return ExecutorWorkers(self.executor, url or None, _SETTINGS, limiter.slow_down), model, ""

    def _where(self, session: Session) -> Endpoint:
        if self.replay is not None:
            from runware_magic.engine.replay import begin_replay  # noqa: PLC0415  # rarely used

            return begin_replay(session, Path(self.replay), math.inf, None).endpoint
        replayed = None if self.base_url or self.key else replayed_in_notebook()
        if replayed is not None:
            session.connections.replay(*replayed)
            return replayed[0].endpoint
        key = find_key(self.key, os.getenv, colab_secret)
        return find_endpoint(self.base_url or "", os.getenv, key, session.connections.demo)


@dataclass(frozen=True, slots=True)
class _Questions:
    """What to ask about each row."""

    models: tuple[str, ...]
    template: str | None
    system: str
    parameters: dict[str, Any]
    stream: bool
    endpoint: str
    keys: tuple[Key | None, ...]
    fingerprint: Callable[[Request], str]

    def calls(self, rows: Iterable[Row], count: int | None) -> Iterator[PreparedCall | Outcome]:
        """Yield the calls one by one; for what cannot be asked, its outcome."""
        comparison, number = uuid.uuid4().hex, 0
        for row in rows:
            for model in self.models:
                number += 1
                labels = {"row": row.key, **({"model": model} if len(self.models) > 1 else {})}
                # The total is unknown if the rows are an iterator.
                of = number if count is None else max(number, count * len(self.models))
                yield self._call(row, model, Variant(comparison, number, of, labels))

    def _call(self, row: Row, model: str, variant: Variant) -> PreparedCall | Outcome:
        request, prompt, refusal = Request(model, (), self.parameters, self.stream), Prompt(()), None
        try:
            with told_of(row):
                prompt = self._prompt(row)
                request = replace(request, messages=added(prompt.messages, (), self.system))
                refuse_secrets(request, self.keys, fresh=len(request.messages))
            variant = replace(variant, fingerprint=self.fingerprint(request))
        except PromptError as error:
            error.from_python = True
            refusal = error
        # Counted: for random bits, this thread would have to wait for all others each time.
        turn_id = f"{variant.comparison[:24]}{variant.number:08x}"
        prepared = PreparedCall.of(
            request,
            turn_id=turn_id,
            endpoint=self.endpoint,
            messages=request.messages,
            chat=None,
            variant=variant,
            attached=prompt.attached,
        )
        return failed(prepared, refusal) if refusal else prepared

    def _prompt(self, row: Row) -> Prompt:
        if self.template is not None:
            return to_prompt(self.template, lambda source: value_of(source, row=row.value))
        if not isinstance(row.value, str):
            msg = f"This row must be a string, not a value of type {type(row.value).__name__}."
            raise PromptError(msg, "Pass a template for rows: 'What is {{ row.name }} known for?', for example.")
        return to_prompt(row.value, None)
