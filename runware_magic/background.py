"""The answers that go on while other cells run."""

from __future__ import annotations

import contextlib
import contextvars
import threading
import time
from collections.abc import Callable

from runware_magic.answering import Answer
from runware_magic.chat.options import nearest
from runware_magic.errors import OptionError, RunwareError
from runware_magic.wire.forks import Lock, forget_when_forked

ALL = "all"
_CLOSE_S = 1.0  # for all of them to settle when the kernel ends


class Background:
    """Runs answers, each in a thread of its own, and knows which are under way."""

    def __init__(self) -> None:
        self._under_way: dict[str, tuple[Answer, threading.Thread]] = {}
        self._lock = Lock()
        forget_when_forked(self)

    def under_way(self) -> tuple[Answer, ...]:
        """Give the answers that have not ended, in the order in which they were asked for."""
        with self._lock:
            return tuple(answer for answer, _ in self._under_way.values())

    def of_chat(self, chat: str | None) -> tuple[Answer, ...]:
        """Give those that a new turn of a chat is to be asked after."""
        return tuple(answer for answer in self.under_way() if chat is not None and answer.chat == chat)

    def name_for(self, chat: str | None) -> str:
        """Give a name for an answer that no other under way has: its chat's, with a number where that is taken."""
        stem = chat or "once"
        with self._lock:
            number = 1
            while (name := stem if number == 1 else f"{stem}-{number}") in {*self._under_way, ALL}:
                number += 1
        return name

    def start(self, answer: Answer, then: Callable[[Answer], None]) -> None:
        """Let an answer go on by itself.

        Parameters
        ----------
        answer
            What is to go on. It is shown before this returns, so that its output is the one of the cell that asks.
        then
            Called when it has ended, however it did.
        """
        answer.show()
        # What it prints or displays belongs to its own cell, whichever runs then.
        go_on = contextvars.copy_context().run
        thread = threading.Thread(target=go_on, args=(self._run, answer, then), name="runware-background", daemon=True)
        with self._lock:
            self._under_way[answer.name] = answer, thread
        thread.start()

    def stop(self, name: str) -> tuple[str, ...]:
        """End an answer: what had arrived is kept.

        Parameters
        ----------
        name
            Which; ``all`` ends them all, and nothing the only one.

        Returns
        -------
        tuple of str
            The names of those that are ended.

        Raises
        ------
        OptionError
            When there is none of that name, or none is named and there are several.
        """
        answers = {answer.name: answer for answer in self.under_way()}
        if not name and len(answers) > 1:
            msg = f"{len(answers)} answers are under way: {', '.join(answers)}."
            raise OptionError(msg, "%runware stop NAME ends one, %runware stop all ends them all.")
        if name and name != ALL and name not in answers:
            msg = f"No answer called {name} is under way."
            raise OptionError(msg, nearest(name, answers) or "%runware lists those that are.")
        chosen = [answers[name]] if name in answers else list(answers.values())
        for answer in chosen:
            answer.stop.ask()
        return tuple(answer.name for answer in chosen)

    def close(self) -> None:
        """End them all, and give them a moment to settle."""
        deadline = time.monotonic() + _CLOSE_S
        with self._lock:
            under_way = list(self._under_way.values())
        for answer, _ in under_way:
            answer.stop.ask()
        for _, thread in under_way:
            thread.join(max(0.0, deadline - time.monotonic()))

    def forget(self) -> None:
        """Know of none in a forked child: they go on in the parent."""
        self._under_way = {}

    def _run(self, answer: Answer, then: Callable[[Answer], None]) -> None:
        try:
            # Its output says what went wrong: the cell has ended, and cannot fail any more.
            with contextlib.suppress(RunwareError):
                answer.run()
        finally:
            with self._lock:
                self._under_way.pop(answer.name, None)
            then(answer)
