"""A server that calls a function of the notebook, and a user who answers questions on the line."""

from __future__ import annotations

import builtins

import pytest
from loopback import USAGE, chunked, delta, finish, sse


def calling(*calls):
    """Return a reply that calls functions: ids, names and arguments."""
    told = [
        {"index": at, "id": name, "type": "function", "function": {"name": function, "arguments": arguments}}
        for at, (name, function, arguments) in enumerate(calls)
    ]
    return chunked([sse(delta(tool_calls=told), USAGE, finish("tool_calls"), "[DONE]")])


OSLO = ("a", "weather", '{"city": "Oslo"}')


@pytest.fixture
def ran(shell):
    """Define a function in the notebook; return what it was called with."""
    calls = []

    def weather(city: str) -> str:
        """Tell the weather of a city."""
        calls.append(city)
        return f"rain in {city}"

    shell.user_ns["weather"] = weather
    return calls


@pytest.fixture
def answers(monkeypatch):
    """Answer questions on the line; return the questions."""
    asked, given = [], []

    def answer(question):
        asked.append(question)
        if not given:
            raise EOFError
        return given.pop(0)

    monkeypatch.setattr(builtins, "input", answer)
    answer.given, answer.asked = given, asked
    return answer
