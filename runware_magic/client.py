"""Conversations from Python, without cells."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, overload

from runware_magic.chat.conversation import context
from runware_magic.chat.events import Event
from runware_magic.chat.messages import Message
from runware_magic.chat.text import counted
from runware_magic.chat.turn import Turn
from runware_magic.display.render import bundle as _bundle  # noqa: F401  # registers how turns are displayed
from runware_magic.engine.agreed import Allowed, decided_in, decisions, is_written_out, pending_in, toolbox
from runware_magic.engine.chat_calls import ChatCalls
from runware_magic.engine.course import Plan
from runware_magic.engine.expected import Expected, plan_of
from runware_magic.engine.query import Query
from runware_magic.engine.session import Session
from runware_magic.engine.settings import Settings
from runware_magic.engine.tool_loop import REFUSE, RUN, Toolbox
from runware_magic.errors import OptionError, UsageError, asked_from_python
from runware_magic.prompt.arguments import must_be_budget, must_be_path, must_be_prompt, must_be_text
from runware_magic.prompt.parameters import chat_parameters
from runware_magic.prompt.template import Prompt, check_askable
from runware_magic.prompt.values.attach import attach_all, behind
from runware_magic.prompt.values.inserted import DEFAULT_LIMITS
from runware_magic.transport.credentials import colab_secret, find_endpoint, find_key
from runware_magic.transport.endpoint import Key

if TYPE_CHECKING:
    from typing_extensions import Self  # type checkers bring it; Python has it from 3.11 on


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
    tools, allow
        Functions that the model may call in all answers, as for `ask`.
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
        tools: object = (),
        allow: Allowed = False,
        **parameters: Any,  # noqa: ANN401  # JSON values
    ) -> None:
        try:
            key = Key(api_key, "api_key") if api_key else None
        finally:
            del api_key  # tracebacks keep the variables of frames
        self.model = model
        must_be_budget(budget)
        must_be_text(_SYSTEM, system=system)
        must_be_text(_ADDRESS, base_url=base_url)
        must_be_path(or_none=True, record=record, replay=replay)
        if record and replay:
            msg = "record and replay cannot be used together."
            raise OptionError(msg, "Leave one of them out.")
        self._parameters = chat_parameters(parameters)
        self._session = Session(from_python=True)
        self._box = toolbox(tools, allow, self._session.keys)
        self._boxes: dict[str, Toolbox] = {}  # by the ids of the turns that have called tools
        with asked_from_python():
            if replay:
                from runware_magic.engine.replay import begin_replay  # noqa: PLC0415  # rarely used

                where = begin_replay(self._session, Path(replay), 1.0, None).endpoint
            else:
                key = find_key(key, os.getenv, colab_secret)
                where = find_endpoint(base_url or "", os.getenv, key, self._session.connections.demo)
            if record:
                from runware_magic.engine.replay import begin_recording  # noqa: PLC0415  # rarely used

                begin_recording(self._session, Path(record))
        self._calls = ChatCalls(self._session, where, Settings(system=system or "", budget=budget))

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
        return self._calls.settings.budget

    @budget.setter
    def budget(self, budget: float | None) -> None:
        must_be_budget(budget)
        self._calls.settings = replace(self._calls.settings, budget=budget)

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
        tools: object = (),
        allow: Allowed = False,
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
        tools: object = (),
        allow: Allowed = False,
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
        tools: object = (),
        allow: Allowed = False,
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
        tools, allow
            Functions that the model may call, and those of them (or True) that run without asking. Calls of others
            wait: the turn is ``pending``, until `allow` or `refuse`.
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
        raw = {"tools": tools} if is_written_out(tools) else {}
        own = bool(tools) or bool(allow)
        box = None if raw else toolbox(tools, allow, self._session.keys) if own else self._box
        if box is not None:
            box = replace(box, calls=partial(self._keep_box, box))
        plan = plan_of(expect, schema, repair, judge_model, box)
        query = self._asking(prompt, attach, parameters)
        return self._calls.final(replace(query, parameters={**query.parameters, **raw, **plan.parameters}), plan)

    def allow(self, *names: str) -> Turn:
        """Run the tool calls that wait, all or those of these functions, and return the turn that went on.

        Raises
        ------
        UsageError
            When no call waits, or none of such a function.
        """
        return self._decided(names, RUN)

    def refuse(self, *names: str) -> Turn:
        """Refuse the tool calls that wait, all or those of these functions, and return the turn that went on."""
        return self._decided(names, REFUSE)

    def stream(self, prompt: str, attach: Attached = (), **parameters: Any) -> Iterator[Event | Turn]:  # noqa: ANN401
        """Ask, and yield the events of the answer as they come, then the `Turn`.

        Parameters
        ----------
        prompt, attach, **parameters
            As in `ask`.

        Raises
        ------
        RunwareError
            As in `ask`; `UsageError` if the chat has tools, which only `ask` calls. A stream that is closed early keeps
            the text so far as a stopped turn.
        """
        if self._box is not None:
            msg = "stream calls no functions, and this Chat has tools."
            raise UsageError(msg, "Use ask, or stream from a Chat without tools.")
        return self._calls.events(self._asking(prompt, attach, parameters))

    def close(self) -> None:
        """Close all connections, and stop the demo endpoint. The turns stay."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if "_calls" not in vars(self):
            return "<Chat>"  # in a debugger, after an error in `__init__`
        where = self._calls.where
        model = self.model or self._calls.settings.model_for(where)
        return f"<Chat with {model} at {where.name}, {counted(len(self.turns), 'turn')}>"

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

    def _keep_box(self, box: Toolbox, turn_id: str) -> None:
        self._boxes[turn_id] = box

    def _decided(self, names: Sequence[str], decision: str) -> Turn:
        with asked_from_python():
            turn = pending_in(self.turns)
            if turn is None:
                msg = "No tool call waits in this chat."
                raise UsageError(msg, "chat.turns has its turns.")
            box = decided_in(self._boxes[turn.id], decisions(turn, names, decision))
        ask = Query(turn.messages, turn.model, _CHAT, parameters=turn.parameters, again=turn.id, attached=turn.attached)
        return self._calls.final(ask, Plan(tools=box), turn)
