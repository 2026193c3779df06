"""Tools from Python: what is allowed runs, other calls wait."""

import json

import pytest
from loopback import USAGE, chunked, delta, finish, sized, sse

import runware_magic
from runware_magic import Chat
from runware_magic.errors import OptionError, RefusedError, UsageError

OSLO = {"index": 0, "id": "a", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}}
CALLS = chunked([sse(delta(tool_calls=[OSLO]), USAGE, finish("tool_calls"), "[DONE]")])
SAYS = chunked([sse(delta(content="It rains."), USAGE, finish(), "[DONE]")])


def say(word: str) -> str:
    """Say it."""
    return word


@pytest.fixture
def ran():
    """Return what was called."""
    return []


@pytest.fixture
def weather(ran):
    """Return a function."""

    def weather(city: str) -> str:
        """Tell the weather of a city."""
        ran.append(city)
        return f"rain in {city}"

    return weather


@pytest.mark.parametrize("allow", [True, ["weather"], "function"])
def test_what_is_allowed_runs(serve, ran, weather, allow):
    """By a flag, a name, or the function itself."""
    server = serve(CALLS, SAYS)
    with Chat("m", base_url=server.url) as chat:
        turn = chat.ask("How is it?", tools=[weather], allow=[weather] if allow == "function" else allow)
    assert (turn.content, ran, turn.cost) == ("It rains.", ["Oslo"], 2 * USAGE["usage"]["cost"])
    assert server.heard[1].json["messages"][-1]["content"] == "rain in Oslo"
    assert chat.turns == (turn,)


@pytest.mark.parametrize("decides", ["allow", "refuse"])
def test_what_is_not_allowed_waits(serve, ran, weather, decides):
    """Until somebody decides."""
    server = serve(CALLS, SAYS)
    with Chat("m", base_url=server.url) as chat:
        turn = chat.ask("How is it?", tools=weather)
        assert (turn.state, ran) == ("pending", [])
        with pytest.raises(OptionError, match="No call of other waits"):
            chat.allow("other")
        done = getattr(chat, decides)()
        assert (done.id, done.content, ran) == (turn.id, "It rains.", ["Oslo"] if decides == "allow" else [])
        assert chat.turns == (done,)
        with pytest.raises(UsageError, match="No tool call waits"):
            chat.refuse()


def test_a_decision_is_on_the_function_that_was_asked_with(serve, ran, weather):
    """Not on another of the same name, with which a later question was asked."""

    def another(city: str) -> None:
        ran.append(f"another {city}")

    server = serve(CALLS, CALLS, SAYS, SAYS)
    with Chat("m", base_url=server.url) as chat:
        chat.ask("How is it?", tools=[weather])
        chat.ask("And there?", tools={"weather": another})
        for _ in range(2):
            chat.allow("weather")
    assert ran == ["another Oslo", "Oslo"]


def test_what_was_allowed_beforehand_stays_so(serve, ran, weather):
    """After a decision on the call of another function."""
    said = {"index": 0, "id": "b", "type": "function", "function": {"name": "say", "arguments": '{"word": "Hi"}'}}
    server = serve(CALLS, chunked([sse(delta(tool_calls=[said]), finish("tool_calls"), "[DONE]")]), SAYS)
    with Chat("m", base_url=server.url) as chat:
        chat.ask("How is it?", tools=[weather, say], allow=[say])
        turn = chat.allow()
    assert (turn.state, ran) == ("complete", ["Oslo"])
    assert [reply.content for reply in turn.replies if reply.content] == ["rain in Oslo", "Hi"]


def test_results_without_an_answer_are_kept(serve, ran, weather):
    """In a failed turn, which later requests leave out."""
    server = serve(CALLS, sized(400, b'{"error": "That is refused."}'), SAYS)
    with Chat("m", base_url=server.url) as chat:
        with pytest.raises(RefusedError):
            chat.ask("How is it?", tools=[weather], allow=True)
        (turn,) = chat.turns
        assert (turn.state, turn.content, ran) == ("failed", "", ["Oslo"])
        assert turn.replies[1].content == "rain in Oslo"
        chat.ask("Again?")
    assert [each["content"] for each in server.heard[2].json["messages"]] == ["Again?"]


def test_tools_that_are_written_out_are_sent_as_they_are(serve):
    """As before: nothing runs, the call is the answer."""
    tools = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
    server = serve(CALLS)
    with Chat("m", base_url=server.url) as chat:
        turn = chat.ask("How is it?", tools=tools)
    assert server.heard[0].json["tools"] == tools
    assert (turn.state, turn.replies) == ("complete", ())
    assert json.loads(turn.reply.tool_calls[0].arguments) == {"city": "Oslo"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"tools": 5}, "a value of type int"),
        ({"allow": True}, "allow needs tools"),
        ({"tools": [say], "allow": ["other"]}, "allow names other"),
        ({"tools": [say], "allow": "say"}, "allow must be True, or a list"),
    ],
)
def test_wrong_arguments_are_told(serve, arguments, said):
    """Nothing is sent."""
    server = serve(SAYS)
    with Chat("m", base_url=server.url) as chat, pytest.raises(OptionError, match=said):
        chat.ask("Hi", **arguments)
    assert server.heard == []


def test_a_chat_has_tools_for_all_its_answers(serve, ran, weather):
    """Unless an answer is given others."""
    server = serve(CALLS, SAYS)
    with Chat("m", base_url=server.url, tools=[weather], allow=True) as chat:
        assert chat.ask("How is it?").content == "It rains."
        chat.ask("And now?", tools=[say])
    assert ran == ["Oslo"]
    assert server.heard[2].json["tools"][0]["function"]["name"] == "say"


def test_a_chat_with_tools_does_not_stream(serve, weather):
    """An answer without its functions would be another one; nothing is sent."""
    server = serve(SAYS)
    with Chat("m", base_url=server.url, tools=[weather]) as chat, pytest.raises(UsageError, match="calls no functions"):
        chat.stream("How is it?")
    assert server.heard == []


def test_map_takes_tools_that_are_all_allowed(serve, ran, weather):
    """They run in the thread of whoever takes the turns."""
    server = serve(lambda heard: SAYS if heard.json["messages"][-1]["role"] == "tool" else CALLS)
    with pytest.raises(OptionError, match="weather is not allowed"):
        runware_magic.map(["a"], tools=[weather], base_url=server.url)
    turns = list(runware_magic.map(["a", "b"], tools=[weather], allow=True, base_url=server.url))
    assert ([turn.content for turn in turns], ran) == (["It rains."] * 2, ["Oslo"] * 2)
