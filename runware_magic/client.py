"""The conversation from Python, without a cell."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from runware_magic.chat.cell import check_askable
from runware_magic.chat.conversation import context
from runware_magic.chat.events import Event
from runware_magic.chat.messages import Message
from runware_magic.chat.options import chat_parameters
from runware_magic.chat.turn import Turn
from runware_magic.display import bundle as _bundle  # noqa: F401  # turns show themselves richly from here on
from runware_magic.errors import OptionError
from runware_magic.running import Ask
from runware_magic.session import Session
from runware_magic.settings import Settings, colab_secret, demo_endpoint, find_endpoint, find_key
from runware_magic.stopping import Stop, interrupts_ask
from runware_magic.wire.endpoint import Endpoint, Key

_CHAT = "main"
_REST_S = 0.002  # between looks for more: at a thousand events a second, several are taken at once


class Chat:
    """A conversation with a model.

    What a notebook's cells are told (``%runware replay``, ``%runware record``, a class's ``runware.toml``) does not
    hold here.

    Parameters
    ----------
    model
        AIR id or slug; by default the one of the endpoint.
    system
        What the model is told before anything else.
    base_url
        The endpoint's address, or ``demo``; by default `RUNWARE_BASE_URL`, else Runware's when a key is known, else the
        built-in demo endpoint.
    api_key
        The key; by default `RUNWARE_API_KEY`, or Colab's secret of that name.
    budget
        US dollars that the answers of this conversation may cost together; by default there is no limit.
    record
        A file into which all that is asked and all that comes is recorded.
    replay
        A recording, or a notebook that holds answers, which answers in the place of the endpoint: no network, no key.
    **parameters
        Fields of every request, such as ``temperature``, ``max_tokens`` (tokens) or ``seed``.

    Raises
    ------
    OptionError
        When a parameter is out of range, or it is to be recorded and replayed at once.
    UsageError
        When the file cannot be written, or holds nothing that can be replayed.
    EndpointError
        When the address and the key do not go together.

    Examples
    --------
    >>> from runware_magic import Chat
    >>> chat = Chat(system="Answer in one sentence.")
    >>> turn = chat.ask("Why is the sky blue?")  # doctest: +SKIP
    >>> turn.content, turn.cost  # doctest: +SKIP
    """

    def __init__(  # noqa: PLR0913  # whom, what and how, by name
        self,
        model: str | None = None,
        system: str | None = None,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        budget: float | None = None,
        record: str | None = None,
        replay: str | None = None,
        **parameters: Any,  # noqa: ANN401  # JSON values
    ) -> None:
        try:
            key = Key(api_key, "api_key") if api_key else None
        finally:
            # A debugger shows what the frames of an error hold.
            del api_key
        self.model = model
        self.budget = budget
        if record and replay:
            msg = "A conversation is recorded or replayed, not both."
            raise OptionError(msg, "Leave record or replay out.")
        self._settings = Settings(system=system or "")
        self._parameters = chat_parameters(parameters)
        self._session = Session()
        self._where = self._replayed(replay) if replay else self._endpoint(base_url, key)
        if record:
            from runware_magic.lessons import begin_recording  # noqa: PLC0415  # as in `_replayed`

            begin_recording(self._session, Path(record))

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns so far, oldest first."""
        return self._session.conversation.turns(_CHAT)

    @property
    def messages(self) -> tuple[Message, ...]:
        """Everything said so far, as the next request would send it."""
        return context(self.turns, ())

    def ask(self, prompt: str, **parameters: Any) -> Turn:  # noqa: ANN401  # JSON values
        """Ask, and wait for the answer.

        Parameters
        ----------
        prompt
            What to ask.
        **parameters
            Fields of this request only.

        Returns
        -------
        Turn
            The answer; also kept in `turns`.

        Raises
        ------
        RunwareError
            When there is no answer, or not a whole one. What had arrived is in `turns`.
        """
        stop = Stop()
        with interrupts_ask(stop):
            *_, last = self._events(self._asking(prompt, parameters), stop)
        assert isinstance(last, Turn)  # noqa: S101  # a stream that does not raise ends with its turn
        return last

    def stream(self, prompt: str, **parameters: Any) -> Iterator[Event | Turn]:  # noqa: ANN401  # JSON values
        """Ask, and give the answer as it comes: events, and the `Turn` last.

        Parameters
        ----------
        prompt, **parameters
            As in `ask`.

        Raises
        ------
        RunwareError
            As in `ask`. A stream that is closed early keeps what had arrived as a stopped turn.
        """
        return self._events(self._asking(prompt, parameters), Stop())

    def close(self) -> None:
        """Close the connections, and the demo endpoint if it answered. The turns stay."""
        self._session.close()

    def _asking(self, prompt: str, parameters: Mapping[str, Any]) -> Ask:
        messages = (Message("user", prompt),) if prompt.strip() else ()
        check_askable(messages)
        return Ask(messages, self.model, _CHAT, parameters={**self._parameters, **chat_parameters(parameters)})

    def _events(self, ask: Ask, stop: Stop) -> Iterator[Event | Turn]:
        where, settings = self._endpoint_now(), replace(self._settings, budget=self.budget)
        run = self._session.begin(self._session.prepare(ask, where, settings), where, settings, stop)
        stop.then(run.stop)
        try:
            with run.ending():
                for batch in run.batches(lambda: (None, _REST_S)):
                    yield from batch
        finally:
            turn = self._session.end(run)
            run.close()
        if run.error:
            raise run.error
        yield turn

    def _endpoint_now(self) -> Endpoint:
        if self._where.is_demo and not self._where.recording:
            # It is not running after `close`, nor in a process that was forked.
            self._where = demo_endpoint(self._session.peers.demo)
        return self._where

    def _replayed(self, path: str) -> Endpoint:
        from runware_magic.lessons import begin_replay  # noqa: PLC0415  # who never replays never loads it

        return begin_replay(self._session, Path(path), 1.0, None).endpoint

    def _endpoint(self, base_url: str | None, key: Key | None) -> Endpoint:
        key = key or find_key(None, os.getenv, colab_secret)
        return find_endpoint(base_url or "", os.getenv, key, self._session.peers.demo)
