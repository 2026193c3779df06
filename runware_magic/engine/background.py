"""Answers that continue while other cells run."""

from __future__ import annotations

import contextlib
import contextvars
import threading
import time
from collections.abc import Callable

from runware_magic.chat.text import listed
from runware_magic.engine.runner import Runner
from runware_magic.errors import OptionError, RunwareError
from runware_magic.prompt.options import nearest
from runware_magic.transport.forks import Lock, forget_when_forked

ALL = "all"
_CLOSE_S = 1.0  # for all answers to settle when the kernel ends


class Background:
    """Runs answers in threads of their own."""

    def __init__(self) -> None:
        self._under_way: dict[str, tuple[Runner, threading.Thread]] = {}
        self._lock = Lock()
        forget_when_forked(self)

    def under_way(self) -> tuple[Runner, ...]:
        """Return the answers that have not ended, in the order in which they began."""
        with self._lock:
            return tuple(answer for answer, _ in self._under_way.values())

    def of_chat(self, chat: str | None) -> tuple[Runner, ...]:
        """Return the answers under way of a chat."""
        return tuple(answer for answer in self.under_way() if chat is not None and answer.chat == chat)

    def name_for(self, chat: str | None) -> str:
        """Return a free name for an answer: its chat's, with a number if that is taken."""
        stem = chat or "once"
        with self._lock:
            number = 1
            while (name := stem if number == 1 else f"{stem}-{number}") in {*self._under_way, ALL}:
                number += 1
        return name

    def start(self, answer: Runner, then: Callable[[Runner], None]) -> None:
        """Run an answer in a thread, and call `then` when it has ended. Its output is that of the current cell."""
        answer.show()
        # The context sends what the thread prints or displays to this cell, whichever cell runs then.
        run = contextvars.copy_context().run
        thread = threading.Thread(target=run, args=(self._run, answer, then), name="runware-background", daemon=True)
        with self._lock:
            # Started first: if that fails, no later cell of the chat waits for this answer.
            thread.start()
            self._under_way[answer.name] = answer, thread

    def stop(self, name: str) -> tuple[str, ...]:
        """Stop answers, and return their names; text that has arrived is kept.

        An empty name stops the only one, ``all`` stops all. Raises `OptionError` if the name is unknown, or empty while
        several are under way.
        """
        answers = {answer.name: answer for answer in self.under_way()}
        if not name and len(answers) > 1:
            msg = f"{len(answers)} answers are in progress: {listed(answers)}."
            raise OptionError(msg, "%runware stop NAME stops one, %runware stop all stops all.")
        if name and name != ALL and name not in answers:
            msg = f"No answer in progress is called {name}."
            raise OptionError(msg, nearest(name, answers) or "%runware lists the answers in progress.")
        chosen = [answers[name]] if name in answers else list(answers.values())
        for answer in chosen:
            answer.stop.ask()
        return tuple(answer.name for answer in chosen)

    def close(self) -> None:
        """Stop all answers, and wait a moment for them to settle."""
        deadline = time.monotonic() + _CLOSE_S
        with self._lock:
            under_way = list(self._under_way.values())
        for answer, _ in under_way:
            answer.stop.ask()
        for _, thread in under_way:
            thread.join(max(0.0, deadline - time.monotonic()))

    def forget(self) -> None:
        """Forget all answers in a forked child, where their threads do not run."""
        self._under_way = {}

    def _run(self, answer: Runner, then: Callable[[Runner], None]) -> None:
        try:
            # The output shows the error, since the cell has already ended.
            with contextlib.suppress(RunwareError):
                answer.run()
        finally:
            with self._lock:
                self._under_way.pop(answer.name, None)
            then(answer)
