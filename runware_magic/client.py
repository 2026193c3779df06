"""Conversations from Python, without cells."""

from __future__ import annotations

import os
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, overload

from runware_magic.chat.conversation import context
from runware_magic.chat.events import Event
from runware_magic.chat.messages import Message
from runware_magic.chat.text import counted
from runware_magic.chat.turn import Turn
from runware_magic.display.render import bundle as _bundle  # noqa: F401  # registers how turns are displayed
from runware_magic.engine.cancel import CancelToken, cancel_on_interrupt
from runware_magic.engine.checker import must_be_data
from runware_magic.engine.course import Course
from runware_magic.engine.expected import Expected, plan_of
from runware_magic.engine.query import PreparedCall, Query
from runware_magic.engine.session import Session
from runware_magic.engine.settings import Settings
from runware_magic.errors import OptionError, RunwareError, UsageError, asked_from_python
from runware_magic.prompt.arguments import must_be_budget, must_be_path, must_be_prompt, must_be_text
from runware_magic.prompt.parameters import chat_parameters
from runware_magic.prompt.template import Prompt, check_askable
from runware_magic.prompt.values.attach import attach_all, behind
from runware_magic.prompt.values.inserted import DEFAULT_LIMITS
from runware_magic.transport.credentials import colab_secret, demo_endpoint, find_endpoint, find_key
from runware_magic.transport.endpoint import Key

if TYPE_CHECKING:
    from typing_extensions import Self  # type checkers bring it; Python has it from 3.11 on

    from runware_magic.engine.call import Call

Data = TypeVar("Data")
#: Values to send behind a prompt, perhaps with names.
Attached = Sequence[object] | Mapping[str, object]

_CHAT = "main"
_MODEL = "'minimax:m2.7@0' or 'demo:tutor@1', for example."
_SYSTEM = "'Answer in one sentence.', for example."
_ADDRESS = "'http://127.0.0.1:8000/v1' or 'demo', for example."


class Chat:
    """A conversation with a model.

    A ``with`` block closes it at the end. It cannot be copied or pickled, since it holds connections and counts what
    was spent; its turns can.

    Settings of a notebook's cells (``%runware replay``, ``%runware record``, a class's ``runware.toml``) have no effect
    here.

    Parameters
    ----------
    model
        AIR id or slug; by default the endpoint's.
    system
        The system message.
    base_url
        The endpoint's address, or ``demo``; by default `RUNWARE_BASE_URL`, else Runware's if a key is known, else the
        built-in demo endpoint.
    api_key
        The key; by default `RUNWARE_API_KEY`, or Colab's secret of that name.
    budget
        US dollars that the answers of this conversation may cost together; by default there is no limit.
    record
        A file that records all requests and answers. If an answer cannot be written, it is returned all the same, with
        a warning.
    replay
        A recording, or a notebook with answers, that answers instead of the endpoint: no network, no key.
    **parameters
        Fields of every request, such as ``temperature``, ``max_tokens`` (tokens) or ``seed``.

    Raises
    ------
    OptionError
        When an argument has the wrong type or is out of range, or both `record` and `replay` are given.
    UsageError
        When the file cannot be written, or cannot be replayed.
    EndpointError
        When the address and the key do not fit together.

    Examples
    --------
    >>> from runware_magic import Chat
    >>> with Chat(system="Answer in one sentence.") as chat:
    ...     turn = chat.ask("Why is the sky blue?")  # doctest: +SKIP
    >>> turn.content, turn.cost  # doctest: +SKIP
    """

    def __init__(  # noqa: PLR0913  # public arguments
        self,
        model: str | None = None,
        system: str | None = None,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        budget: float | None = None,
        record: str | os.PathLike[str] | None = None,
        replay: str | os.PathLike[str] | None = None,
        **parameters: Any,  # noqa: ANN401  # JSON values
    ) -> None:
        try:
            key = Key(api_key, "api_key") if api_key else None
        finally:
            del api_key  # tracebacks keep the variables of frames
        self.model = model
        self.budget = budget
        must_be_text(_SYSTEM, system=system)
        must_be_text(_ADDRESS, base_url=base_url)
        must_be_path(or_none=True, record=record, replay=replay)
        if record and replay:
            msg = "record and replay cannot be used together."
            raise OptionError(msg, "Leave one of them out.")
        self._settings = Settings(system=system or "")
        self._parameters = chat_parameters(parameters)
        self._session = Session(from_python=True)
        with asked_from_python():
            if replay:
                from runware_magic.engine.replay import begin_replay  # noqa: PLC0415  # rarely used

                self._where = begin_replay(self._session, Path(replay), 1.0, None).endpoint
            else:
                key = find_key(key, os.getenv, colab_secret)
                self._where = find_endpoint(base_url or "", os.getenv, key, self._session.connections.demo)
            if record:
                from runware_magic.engine.replay import begin_recording  # noqa: PLC0415  # rarely used

                begin_recording(self._session, Path(record))

    @property
    def model(self) -> str | None:
        """AIR id or slug; None for the endpoint's. It can be set for later questions."""
        return self._model

    @model.setter
    def model(self, model: str | None) -> None:
        must_be_text(_MODEL, model=model)
        self._model = model

    @property
    def budget(self) -> float | None:
        """US dollars that the answers may cost together; None sets no limit. It can be set at any time."""
        return self._budget

    @budget.setter
    def budget(self, budget: float | None) -> None:
        must_be_budget(budget)
        self._budget = budget

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns so far, oldest first."""
        return self._session.conversation.turns(_CHAT)

    @property
    def messages(self) -> tuple[Message, ...]:
        """All messages so far, as the next request would send them."""
        return context(self.turns, ())

    @overload
    def ask(
        self,
        prompt: str,
        attach: Attached = (),
        *,
        schema: type[Data],
        repair: int = 0,
        expect: Expected | Iterable[Expected] = (),
        judge_model: str | None = None,
        **parameters: Any,  # noqa: ANN401  # JSON values
    ) -> Turn[Data]: ...

    @overload
    def ask(
        self,
        prompt: str,
        attach: Attached = (),
        *,
        schema: Mapping[str, Any] | str | None = None,
        repair: int = 0,
        expect: Expected | Iterable[Expected] = (),
        judge_model: str | None = None,
        **parameters: Any,  # noqa: ANN401  # JSON values
    ) -> Turn: ...

    def ask(  # noqa: PLR0913  # public arguments
        self,
        prompt: str,
        attach: Attached = (),
        *,
        schema: object = None,
        repair: int = 0,
        expect: Expected | Iterable[Expected] = (),
        judge_model: str | None = None,
        **parameters: Any,  # JSON values
    ) -> Turn[Any]:
        """Ask, and wait for the answer.

        Parameters
        ----------
        prompt
            The question.
        attach
            Values to send behind the prompt, such as DataFrames, figures, functions, exceptions; a `pathlib.Path` is
            read: text, a picture, or a PDF. A dict names them. Long ones are cut, and say so.
        schema
            What the data of the answer has to match: a class that Pydantic knows (its models, dataclasses, typed
            dicts, ``list[Person]``), a JSON schema, or fields such as ``"name, age int"``. ``turn.data`` has the data.
        repair
            How often the model is told what is wrong with its data, and asked again.
        expect, judge_model
            Checks of the answer, as for ``--expect``, or functions of the turn (see ``turn.verdicts``), and the model
            that makes checks with ``judge:``; by default the one that answers.
        **parameters
            Fields of this request only.

        Returns
        -------
        Turn
            The answer; also kept in `turns`.

        Raises
        ------
        RunwareError
            When the request cannot be sent, there is no answer, it is not whole, or its data does not match the schema.
            `turns` has the text so far.
        """
        plan, stop = plan_of(expect, schema, repair, judge_model), CancelToken()
        with cancel_on_interrupt(stop):
            prepared = self._prepared(self._asking(prompt, attach, {**parameters, **plan.parameters}))
            return self._final(Course(plan, prepared), prepared, stop)

    def stream(self, prompt: str, attach: Attached = (), **parameters: Any) -> Iterator[Event | Turn]:  # noqa: ANN401
        """Ask, and yield the events of the answer as they come, then the `Turn`.

        Parameters
        ----------
        prompt, attach, **parameters
            As in `ask`.

        Raises
        ------
        RunwareError
            As in `ask`. A stream that is closed early keeps the text so far as a stopped turn.
        """
        return self._events(self._asking(prompt, attach, parameters))

    def close(self) -> None:
        """Close all connections, and stop the demo endpoint. The turns stay."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if "_where" not in vars(self):
            return "<Chat>"  # in a debugger, after an error in `__init__`
        model = self.model or self._settings.model_for(self._where)
        return f"<Chat with {model} at {self._where.name}, {counted(len(self.turns), 'turn')}>"

    def __reduce__(self) -> NoReturn:
        # It would be unclear whether a copy shares connections, the budget and the recording.
        msg = "A Chat cannot be copied or pickled: it holds connections and the cost so far."
        raise UsageError(msg, "Copy its turns, chat.turns; for another conversation, create a new Chat.")

    def _asking(self, prompt: str, attach: Attached, parameters: Mapping[str, Any]) -> Query:
        must_be_prompt(prompt)
        messages = (Message("user", prompt),) if prompt.strip() else ()
        with asked_from_python():
            check_askable(messages)
            prompted = behind(Prompt(messages), attach_all(attach, DEFAULT_LIMITS))
        return Query(
            prompted.messages,
            self.model,
            _CHAT,
            parameters={**self._parameters, **chat_parameters(parameters)},
            attached=prompted.attached,
        )

    def _events(self, ask: Query) -> Iterator[Event | Turn]:
        call = self._call(self._prepared(ask))
        try:
            yield from call.events()
        except BaseException:
            # The stream is closed early, or interrupted anywhere.
            call.stop()
            with suppress(RunwareError):
                self._ended(call)
            raise
        yield self._ended(call)

    def _final(self, course: Course, first: PreparedCall, stop: CancelToken) -> Turn:
        """Return the turn of an answer after all calls that its course takes."""
        coming = deque([first])
        while coming:
            prepared = coming.popleft()
            call = self._call(prepared, stop)
            # In a thread, so that an interrupt takes effect even while a connection is being made.
            call.start()
            stop.then(call.stop)
            call.outcome()
            if course.is_judging(prepared.turn.id):
                with suppress(RunwareError):  # then its verdict is unknown
                    self._ended(call)
                course.judged(prepared.turn.id, call.outcome().turn)
            else:
                turn = self._ended(call, course.read)
                if course.ignores_schema(turn):
                    self._session.note_ignored_schema(turn)
                coming += course.answered(prepared.turn.id, turn)
        assert course.turn is not None  # noqa: S101  # the first call has answered
        self._session.keep(course.turn)
        with asked_from_python():
            must_be_data(course.turn)
        return course.turn

    def _prepared(self, ask: Query) -> PreparedCall:
        if self._where.is_demo and not self._where.recording:
            # It does not run after `close`, nor in a forked process.
            self._where = demo_endpoint(self._session.connections.demo)
        with asked_from_python():
            return self._session.prepare(ask, self._where, self._settings)

    def _call(self, prepared: PreparedCall, stop: CancelToken | None = None) -> Call:
        with asked_from_python():
            return self._session.begin(prepared, self._where, replace(self._settings, budget=self.budget), stop)

    def _ended(self, call: Call, examined: Callable[[Turn], Turn] = lambda turn: turn) -> Turn:
        turn, error = self._session.end(call, examined), call.outcome().error
        call.close()
        for note in self._session.notes.of_recorder():
            warnings.warn(note, stacklevel=5)
        if error:
            raise error
        return turn
