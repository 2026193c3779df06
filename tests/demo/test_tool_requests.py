"""Calls of functions on the demo's wire: in pieces and whole, cut, and requests that are refused."""

from __future__ import annotations

import json
from http.client import IncompleteRead

import pytest
from calling_tools import FORECAST, POPULATION, TEXT, WEATHER, WHOLE, asked, called, tool
from demo_client import refusal, send

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.turn import Timing, Turn
from runware_magic.protocol.chunk_decoder import decode_stream, decode_whole

BOTH = asked("Compare the weather in Oslo and Lima.", WEATHER, POPULATION)
ARGUMENTS = ['{"city": "Oslo"}', '{"city": "Lima"}']


def whole(endpoint, connection, value):
    """Return the choice of an answer that comes as one object."""
    response = send(endpoint, connection, value)
    assert response.status == 200
    return json.load(response)["choices"][0]


def streamed(endpoint, connection, value):
    """Return the deltas of an answer, its finish reason, and its bytes."""
    response = send(endpoint, connection, {**value, "stream": True})
    assert response.status == 200
    body = response.read()
    chunks = [json.loads(line.removeprefix("data: ")) for line in body.decode().split("\n\n") if "{" in line]
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    return [choice["delta"] for choice in choices], choices[-1]["finish_reason"], body


def test_calls_come_whole(endpoint, connection):
    """Beside a content that is null, with a reason to finish of their own."""
    choice = whole(endpoint, connection, BOTH)
    message = choice["message"]
    assert (choice["finish_reason"], message["content"]) == ("tool_calls", None)
    assert [call["function"]["arguments"] for call in message["tool_calls"]] == ARGUMENTS
    assert {call["type"] for call in message["tool_calls"]} == {"function"}


def test_calls_come_in_pieces(endpoint, connection):
    """The id and the name once, the arguments after them, one call behind the other."""
    deltas, reason, _ = streamed(endpoint, connection, BOTH)
    fragments = [fragment for delta in deltas for fragment in delta.get("tool_calls", ())]
    assert reason == "tool_calls"
    assert [fragment["index"] for fragment in fragments if "id" in fragment] == [0, 1]
    assert [fragment["index"] for fragment in fragments] == sorted(fragment["index"] for fragment in fragments)
    for number, arguments in enumerate(ARGUMENTS):
        pieces = [each["function"]["arguments"] for each in fragments if each["index"] == number]
        assert ("".join(pieces), len(pieces) > 2) == (arguments, True)


def test_the_decoder_reads_the_same_calls_either_way(endpoint, connection):
    """With their ids."""
    expected = whole(endpoint, connection, BOTH)["message"]["tool_calls"]
    value = {**BOTH, "temperature": 1}
    streams = [streamed(endpoint, connection, value)[2] for _ in range(2)]
    for body in streams:
        builder = TurnBuilder(Turn("t", "m", "e", (), Timing("")))
        for event in decode_stream([body]):
            builder.fold(event, 0.0)
        calls = builder.snapshot().reply.tool_calls
        assert [call.to_json()["function"] for call in calls] == [call["function"] for call in expected]
    assert streams[0] != streams[1]


def test_the_results_are_answered(endpoint, connection):
    """In words, whole and in pieces."""
    made = whole(endpoint, connection, BOTH)["message"]
    results = [
        {"role": "tool", "tool_call_id": call["id"], "content": text}
        for call, text in zip(made["tool_calls"], ("-2 °C", "22 °C"), strict=True)
    ]
    value = {**BOTH, "messages": [*BOTH["messages"], made, *results]}
    choice = whole(endpoint, connection, value)
    deltas, reason, _ = streamed(endpoint, connection, value)
    assert "The number is higher for Lima." in choice["message"]["content"]
    assert "tool_calls" not in choice["message"]
    assert "".join(delta.get("content", "") for delta in deltas) == choice["message"]["content"]
    assert (choice["finish_reason"], reason) == ("stop", "stop")


@pytest.mark.parametrize("limit", range(1, 40, 3))
def test_the_limit_cuts_calls_too(endpoint, connection, limit):
    """What is left is the beginning of what would have come."""
    value = {**BOTH, "max_completion_tokens": limit, "reasoning_effort": "none"}
    choice = whole(endpoint, connection, value)
    calls = [call["function"]["arguments"] for call in choice["message"].get("tool_calls", ())]
    is_whole = calls == ARGUMENTS
    assert choice["finish_reason"] == ("tool_calls" if is_whole else "length")
    assert all(all_of.startswith(cut) for all_of, cut in zip(ARGUMENTS, calls, strict=False))
    assert calls[:-1] == ARGUMENTS[: max(0, len(calls) - 1)]


def test_a_model_that_drops_breaks_off_within_the_arguments(endpoint, connection):
    """Before their end, and without a reason to finish."""
    response = send(endpoint, connection, {**BOTH, "model": "demo:drop@1", "stream": True})
    with pytest.raises(IncompleteRead) as caught:
        response.read()
    received = caught.value.partial
    assert b'"name":"weather"' in received
    assert b'finish_reason":"' not in received


def test_tools_calls_and_results_count_as_tokens(endpoint, connection):
    """Of the prompt where they are sent, of the answer where they are made."""
    bare = {name: value for name, value in BOTH.items() if name != "tools"}
    response = json.load(send(endpoint, connection, BOTH))
    assert (
        response["usage"]["prompt_tokens"] > json.load(send(endpoint, connection, bare))["usage"]["prompt_tokens"] + 9
    )
    assert response["usage"]["completion_tokens"] > 10


USER = BOTH["messages"][0]
CALLS = {"role": "assistant", "content": None, "tool_calls": [called("a", "weather", '{"city": "Oslo"}')]}
RESULT = {"role": "tool", "tool_call_id": "a", "content": "cold"}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"tools": []}, "'tools' must be a list"),
        ({"tools": "weather"}, "'tools' must be a list"),
        ({"tools": [5]}, "'tools[0].function.name'"),
        ({"tools": [WEATHER, tool("no blanks")]}, "'tools[1].function.name'"),
        ({"tools": [tool("now")]}, "Invalid schema for function 'now': 'properties' should be non-empty"),
        (
            {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "string"}}}]},
            "Invalid schema",
        ),
        ({"tool_choice": "perhaps"}, "'tool_choice' must be auto"),
        ({"tool_choice": {"type": "function", "function": {"name": "other"}}}, "'tool_choice' must be auto"),
        ({"tools": None, "tool_choice": "auto"}, "'tool_choice' is only allowed when 'tools' are specified"),
        ({"messages": [USER, CALLS, USER]}, "did not have response messages: a"),
        ({"messages": [USER, RESULT]}, "must be a response to a preceding message with 'tool_calls'"),
        ({"messages": [USER, CALLS, {**RESULT, "tool_call_id": "b"}]}, "must be a response to a preceding message"),
        ({"messages": [USER, CALLS, RESULT, RESULT]}, "must be a response to a preceding message"),
        ({"messages": [USER, CALLS, {"role": "tool", "content": "cold"}]}, "'messages[2].tool_call_id'"),
        (
            {"messages": [USER, {**CALLS, "tool_calls": [called("a", "weather", "")]}, RESULT]},
            "'messages[1].tool_calls'",
        ),
        ({"messages": [USER, {**CALLS, "tool_calls": []}, RESULT]}, "'messages[1].tool_calls'"),
        ({"messages": [USER, {**CALLS, "tool_calls": [{"id": "a"}]}, RESULT]}, "'messages[1].tool_calls'"),
    ],
)
def test_what_is_wrong_with_tools_is_refused(endpoint, connection, fields, words):
    """With a 400 that names the field."""
    value = {name: value for name, value in {**BOTH, **fields}.items() if value is not None}
    status, message = refusal(endpoint, connection, value)
    assert (status, words in message) == (400, True), message


def test_a_function_without_parameters_may_have_none(endpoint, connection):
    """Or one that is not needed."""
    now = {"type": "function", "function": {"name": "now", "description": "The time."}}
    for row in (now, tool("now", "The time.", required=[], unused=TEXT)):
        choice = whole(endpoint, connection, asked("What time is it?", row))
        assert choice["message"]["tool_calls"][0]["function"] == {"name": "now", "arguments": "{}"}


def replies(endpoint, connection, value, run, *, stream, rounds=4):
    """Return calls and words of each reply until the last, by way of the wire and the decoder."""
    found, messages = [], list(value["messages"])
    for number in range(rounds):
        last = {"tool_choice": "none"} if number == rounds - 1 else {}
        response = send(endpoint, connection, {**value, **last, "messages": messages, "stream": stream})
        assert response.status == 200
        body = response.read()
        builder = TurnBuilder(Turn("t", "m", "e", (), Timing("")))
        for event in decode_stream([body]) if stream else decode_whole(json.loads(body)):
            builder.fold(event, 0.0)
        turn = builder.snapshot()
        calls = turn.reply.tool_calls
        found.append(
            ([(call.name, call.arguments) for call in calls], turn.content, turn.reasoning, turn.finish_reason)
        )
        if not calls:
            break
        messages.append({"role": "assistant", "content": None, "tool_calls": [call.to_json() for call in calls]})
        messages += [
            {"role": "tool", "tool_call_id": call.id, "content": run(**json.loads(call.arguments))} for call in calls
        ]
    return found


SCENES = {
    "one call": ("What is the weather in Oslo?", WEATHER, lambda city: f"cold in {city}", 2),
    "two calls": ("Compare the weather in Oslo and Lima.", WEATHER, lambda city: f"{len(city)} °C", 2),
    "a mistake": (
        "What is the forecast for Oslo for the next three days?",
        FORECAST,
        lambda city, days: city if days == 3 else "Error: days: expected a whole number, got 'three'",
        3,
    ),
    "a loop": (
        "Open door 1.",
        tool("open_door", "Open a door.", number=WHOLE),
        lambda number: f"Nothing. Try number {number + 1}.",
        4,
    ),
    "a refusal": ("What is the weather in Oslo?", WEATHER, lambda city: f"The user refused this call: {city}.", 2),
    "a failure": ("What is the weather in Oslo?", WEATHER, lambda city: f"KeyError: {city!r}", 2),
    "something made up": ("Is it cold, by the weather?", WEATHER, lambda city: city, 2),
    "no function": ("Why is the sea salty?", WEATHER, None, 1),
}


@pytest.mark.parametrize("model", ["demo:tutor@1", "demo:brisk@1"])
@pytest.mark.parametrize("scene", SCENES)
def test_every_scene_is_the_same_in_pieces_and_whole(endpoint, connection, scene, model):
    """Calls, words, reasoning and reasons to finish, reply for reply."""
    prompt, function, run, count = SCENES[scene]
    value = asked(prompt, function, model=model, temperature=0)
    whole_ones, streamed_ones = (replies(endpoint, connection, value, run, stream=stream) for stream in (False, True))
    assert whole_ones == streamed_ones
    assert len(whole_ones) == count
    assert [reason for *_, reason in whole_ones] == ["tool_calls"] * (count - 1) + ["stop"]
