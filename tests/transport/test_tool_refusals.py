"""Endpoints that refuse tools: the error has the words of the server; without what they refuse, they answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
import tool_refusals as rows
from asking import REQUEST, Timeouts, answer, content, transport
from calling_tools import WEATHER, called, tool
from played import Played

from runware_magic.chat.events import ToolCallDelta
from runware_magic.chat.messages import Message, ToolCall
from runware_magic.chat.parts import TextPart
from runware_magic.errors import RunwareError
from runware_magic.transport.connections import RequestCanceller

ONCE = Timeouts(connect_s=2, idle_s=2, retries=0)
CALL = ToolCall("call_1", "weather", rows.ARGUMENTS)
RESULTS = (Message("assistant", tool_calls=(CALL,)), Message("tool", "snow", tool_call_id="call_1"))
NOW = tool("now", "The time.")

# Requests that are refused, and those that are not.
REFUSED = {
    "UNSUPPORTED": ({"tools": [WEATHER]}, {}),
    "EMPTY_PROPERTIES": ({"tools": [WEATHER, NOW]}, {"tools": [WEATHER]}),
    "EFFORT": ({"tools": [WEATHER]}, {"tools": [WEATHER], "reasoning_effort": "none"}),
    "CHOICE": ({"tools": [WEATHER], "tool_choice": "none"}, {"tools": [WEATHER], "tool_choice": "auto"}),
    "PARALLEL": ({"tools": [WEATHER], "parallel_tool_calls": False}, {"tools": [WEATHER]}),
}
#: What is sent again otherwise: without reasoning, without a choice.
AGAIN = ("EFFORT", "CHOICE")
CASES = [
    pytest.param(row, *REFUSED[kind], id=f"{kind}: {row.name}")
    for kind in REFUSED
    for row in getattr(rows, kind)
    if kind not in AGAIN
]


def asked(fields, *more):
    """Return a request."""
    return replace(REQUEST, messages=(*REQUEST.messages, *more), parameters={**REQUEST.parameters, **fields})


@pytest.mark.parametrize(("row", "refused", "accepted"), CASES)
def test_what_is_refused_is_told_in_one_line(row, refused, accepted):
    """With the words of the server; without it the endpoint answers."""
    with pytest.raises(RunwareError) as caught:
        answer(Played(row), asked(refused), ONCE)
    assert f"({row.status})" in caught.value.message
    assert "\n" not in str(caught.value.message)
    events = answer(Played(row), asked(accepted), ONCE)
    assert any(type(event) is ToolCallDelta for event in events) == bool(accepted)
    assert accepted or content(events) == rows.ANSWER


@pytest.mark.parametrize(
    ("row", "fields"),
    [pytest.param(row, REFUSED[kind][0], id=row.name) for kind in AGAIN for row in getattr(rows, kind)],
)
def test_what_has_a_way_around_is_sent_again_once(row, fields):
    """And that is remembered for the model."""
    played = Played(row)
    talk = transport(played.url, ONCE, played.medium)
    for _ in range(2):
        assert list(talk.answer(asked(fields), RequestCanceller()))
    assert [row.refuses(heard.json) for heard in played.heard] == [True, False, False]


@pytest.mark.parametrize("row", rows.RESULTS, ids=lambda row: row.name)
def test_a_refused_result_comes_after_a_call(row):
    """The first request is answered by a call, the second is refused."""
    played = Played(row)
    events = answer(played, asked({"tools": [WEATHER]}), ONCE)
    assert [event.name for event in events if type(event) is ToolCallDelta] == ["weather"]
    with pytest.raises(RunwareError, match=r"\(400\)"):
        answer(played, asked({"tools": [WEATHER]}, *RESULTS), ONCE)


@pytest.mark.parametrize(("row", "fields"), [(rows.RESULTS[1], rows.SIGNED), (rows.RESULTS[3], {})])
def test_what_a_model_wants_back_is_enough(row, fields):
    """The signature of its call, or its thoughts."""
    message = {
        "role": "assistant",
        "content": None,
        "reasoning_content": rows.THOUGHT,
        "tool_calls": [{**called("call_1", "weather", rows.ARGUMENTS), **fields}],
    }
    assert not row.refuses({"messages": [message]})


@pytest.mark.parametrize("row", rows.REFUSALS, ids=lambda row: row.name)
def test_a_request_without_tools_is_never_refused(row):
    """It is answered in words."""
    parts = (TextPart("Hi"),)
    assert content(answer(Played(row), replace(REQUEST, messages=(Message("user", parts=parts),)), ONCE)) == rows.ANSWER
