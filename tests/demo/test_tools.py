"""The demo calls functions: by simple rules, with what the prompt tells, and it says what they say."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import nbformat
import pytest
from calling_tools import FORECAST, NUMBER, POPULATION, TEXT, WEATHER, WHOLE, answered, asked, looped, tool

from runware_magic.demo.models import MODELS

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "07_tools.ipynb"
CALLING = [model.id for model in MODELS if not model.status and model.id not in {"demo:echo@1", "demo:sloppy@1"}]
HOT, COLD = "22 °C, sunny", "-2 °C, snow"


def weather(_, arguments):
    """Return the result of a call."""
    return {"Oslo": COLD, "Lima": HOT}[arguments["city"]]


def calls(reply):
    """Return the calls of a reply, parsed."""
    return [(call.name, json.loads(call.arguments)) for call in reply.calls]


@pytest.mark.parametrize("model", CALLING)
def test_every_model_calls_the_function_that_fits(model):
    """Once, with the city of the prompt, and nothing made up."""
    body = asked("What is the weather in Oslo?", WEATHER, POPULATION, model=model, max_completion_tokens=999)
    reply = answered(body)
    assert (calls(reply), reply.content) == ([("weather", {"city": "Oslo"})], "")


def test_the_result_is_the_answer():
    """The demo quotes it, with the call that it came from."""
    *_, last = looped(asked("What is the weather in Oslo?", WEATHER), weather)
    assert last.content == f'`weather(city="Oslo")` says: `{COLD}`.'


def test_two_calls_stand_in_one_message():
    """Their results are compared where that can be computed."""
    first, last = looped(asked("Compare the weather in Oslo and Lima.", WEATHER, POPULATION), weather)
    assert calls(first) == [("weather", {"city": "Oslo"}), ("weather", {"city": "Lima"})]
    assert len({call.id for call in first.calls}) == 2
    assert last.content.endswith("The number is higher for Lima.")


def test_a_comparison_needs_no_word_of_the_function():
    """The first function that takes a text is asked about both."""
    assert len(answered(asked("Compare Oslo and Lima", WEATHER, POPULATION)).calls) == 2


def test_without_parallel_calls_one_comes_after_the_other():
    """If the request says so."""
    replies = looped(asked("Compare the weather in Oslo and Lima.", WEATHER, parallel_tool_calls=False), weather)
    assert [calls(reply) for reply in replies] == [
        [("weather", {"city": "Oslo"})],
        [("weather", {"city": "Lima"})],
        [],
    ]


def test_wrong_arguments_are_mended_once_the_result_says_so():
    """A number in words becomes a number; what was right stays, and the mistake is not in the answer."""

    def run(_, arguments):
        return "sun" if arguments["days"] == 3 else "days: expected a whole number, got 'three'"

    replies = looped(asked("What is the forecast for Oslo for the next three days?", FORECAST), run)
    assert [calls(reply) for reply in replies] == [
        [("forecast", {"city": "Oslo", "days": "three"})],
        [("forecast", {"city": "Oslo", "days": 3})],
        [],
    ]
    assert replies[-1].content == '`forecast(city="Oslo", days=3)` says: `sun`.'


def test_wrong_arguments_that_a_function_took_are_left_alone():
    """The result says nothing of a mistake."""
    replies = looped(asked("What is the forecast for Oslo for the next three days?", FORECAST), lambda *_: "sun")
    assert len(replies) == 2


def test_the_sloppy_model_is_wrong_first_whatever_the_function():
    """And right when it is told."""

    def run(_, arguments):
        return COLD if isinstance(arguments.get("city"), str) else "Error: city: expected a text"

    first, second, last = looped(asked("What is the weather in Oslo?", WEATHER, model="demo:sloppy@1"), run)
    assert calls(first)[0][1] != {"city": "Oslo"}
    assert (calls(second)[0][1], COLD in last.content) == ({"city": "Oslo"}, True)


def test_a_mistake_that_stays_is_not_mended_for_ever():
    """After a few tries it is told."""
    replies = looped(
        asked("What is the weather in Oslo?", WEATHER, model="demo:sloppy@1"),
        lambda *_: "Error: city: expected a text",
        rounds=20,
    )
    assert len(replies) < 9
    assert "failed" in replies[-1].content


def test_a_loop_goes_on_until_no_more_calls_are_allowed():
    """Then the demo says what it has, and that there is more to ask."""
    door = tool("open_door", "Open a door.", number=WHOLE)

    def run(_, arguments):
        return f"Nothing is behind door {arguments['number']}. Try number {arguments['number'] + 1}."

    replies = looped(asked("Open door 1.", door), run, rounds=5)
    assert [calls(reply)[0][1]["number"] for reply in replies[:-1]] == [1, 2, 3, 4]
    assert replies[-1].content.count("Nothing is behind") == 4
    assert "I may make no more" in replies[-1].content


def test_a_result_may_ask_for_the_same_call_again():
    """By the name of the function."""
    replies = looped(asked("What is the weather in Oslo?", WEATHER), lambda *_: "Busy. Call weather again.", rounds=4)
    assert [calls(reply) for reply in replies[:-1]] == [[("weather", {"city": "Oslo"})]] * 3


@pytest.mark.parametrize(
    "result",
    [
        "The user refused this call.",
        "Refused by the user.",
        "The user has declined to run weather.",
        "not run: the user did not allow it",
        '{"error": "denied by the user"}',
    ],
)
def test_what_the_user_refuses_is_not_asked_again(result):
    """The answer says so, and claims nothing."""
    replies = looped(asked("What is the weather in Oslo?", WEATHER), lambda *_: result)
    assert len(replies) == 2
    assert re.match(r"You refused `weather\(city=\"Oslo\"\)`, so I have no answer", replies[-1].content)


def test_a_refused_call_leaves_the_others():
    """What they said is told."""

    def run(_, arguments):
        return HOT if arguments["city"] == "Lima" else "The user refused this call."

    said = looped(asked("Compare the weather in Oslo and Lima.", WEATHER), run)[-1].content
    assert f'`weather(city="Lima")` says: `{HOT}`.' in said
    assert 'You refused `weather(city="Oslo")`, so I answer without it.' in said


@pytest.mark.parametrize(
    "result",
    [
        "KeyError: 'Oslo'",
        "Error: no network",
        "The token limit cut this call off.",
        '{"error": "none"}',
        "module.SomeError: x",
    ],
)
def test_a_failure_is_told_as_one(result):
    """With the words of the result."""
    replies = looped(asked("What is the weather in Oslo?", WEATHER), lambda *_: result)
    assert len(replies) == 2
    assert f'`weather(city="Oslo")` failed: `{result}`.' in replies[-1].content


@pytest.mark.parametrize("result", ["", "one\ntwo", "`" * 5 + "<script>", "x" * 5000, "\x1b[2J"])
def test_any_result_is_quoted(result):
    """However it looks; no sign of it can end the quotation."""
    said = looped(asked("What is the weather in Oslo?", WEATHER), lambda *_: result)[-1].content
    assert said.startswith('`weather(city="Oslo")` says:')
    assert "\x1b" not in said
    assert len(said) < 500


@pytest.mark.parametrize(
    ("choice", "prompt", "names"),
    [
        ("auto", "Why is the sea salty?", []),
        ("none", "What is the weather in Oslo?", []),
        ("required", "Why is the sea salty?", ["weather"]),
        ("required", "How many people live in Oslo?", ["population"]),
        ({"type": "function", "function": {"name": "population"}}, "What is the weather in Oslo?", ["population"]),
    ],
)
def test_the_choice_of_the_request_is_followed(choice, prompt, names):
    """Whether functions may or must be called, and which."""
    reply = answered(asked(prompt, WEATHER, POPULATION, tool_choice=choice))
    assert [call.name for call in reply.calls] == names


def test_a_required_call_comes_again_after_results():
    """As long as the request wants one."""
    first, second = looped(
        asked("What is the weather in Oslo?", WEATHER, tool_choice="required"), weather, rounds=2, last="required"
    )
    assert calls(first) == calls(second)
    assert first.calls[0].id != second.calls[0].id


def test_where_no_function_fits_the_answer_is_the_usual_one():
    """The reasoning says that none fits, and what has no answer names those that came."""
    body = asked("Why is the sea salty?", WEATHER, POPULATION)
    without = answered({name: value for name, value in body.items() if name != "tools"})
    reply = answered(body)
    assert (reply.content, reply.calls) == (without.content, ())
    assert reply.reasoning == f"Nothing in the prompt calls for `weather` and `population`. {without.reasoning}"
    assert '`tools`: `["weather"]`' in answered(asked("Why is the sky blue?", WEATHER)).content


def test_what_is_made_up_for_a_call_is_told():
    """In words beside the call, whatever the model."""
    mail = tool("send_mail", "Send a mail.", to={"type": "string", "format": "email"}, subject=TEXT)
    reply = answered(asked("Send a mail to ada@example.com", mail, model="demo:brisk@1"))
    assert calls(reply) == [("send_mail", {"to": "ada@example.com", "subject": "made-up subject"})]
    assert reply.content == "I am a script, and made these up: subject."


def test_a_function_for_which_nothing_can_be_made_up_is_not_called():
    """Not even where a call is required."""
    odd = tool("weather", "Weather.", code={"type": "string", "pattern": "^qwertz{7}$"})
    assert answered(asked("What is the weather?", odd, tool_choice="required")).calls == ()


def test_the_same_request_has_the_same_ids_and_the_next_one_others():
    """No two calls of a conversation share one."""
    body = asked("What is the weather in Oslo?", WEATHER)
    assert answered(body).calls == answered(body).calls
    again = {**body, "messages": [*body["messages"], {"role": "assistant", "content": "?"}, *body["messages"]]}
    assert answered(again).calls[0].id != answered(body).calls[0].id


def test_an_echo_calls_nothing():
    """It repeats the prompt."""
    reply = answered(asked("What is the weather in Oslo?", WEATHER, model="demo:echo@1"))
    assert (reply.content, reply.calls) == ("What is the weather in Oslo?", ())


def test_a_new_prompt_begins_anew():
    """Results of an earlier turn are not those of this one."""
    body = asked("What is the weather in Oslo?", WEATHER)
    call = answered(body).calls[0]
    before = [
        *body["messages"],
        {"role": "assistant", "content": None, "tool_calls": [call.to_json()]},
        {"role": "tool", "tool_call_id": call.id, "content": COLD},
        {"role": "assistant", "content": "Cold."},
    ]
    new = {**body, "messages": [*before, {"role": "user", "content": "What is the weather in Lima?"}]}
    assert calls(answered(new)) == [("weather", {"city": "Lima"})]


def test_results_are_answered_without_the_functions_too():
    """A client may leave them out of the last request."""
    body = asked("What is the weather in Oslo?", WEATHER)
    call = answered(body).calls[0]
    results = [
        {"role": "assistant", "content": None, "tool_calls": [call.to_json()]},
        {"role": "tool", "tool_call_id": call.id, "content": COLD},
    ]
    reply = answered({"model": body["model"], "messages": [*body["messages"], *results]})
    assert reply.content == f'`weather(city="Oslo")` says: `{COLD}`.'


def test_numbers_of_a_prompt_are_given_in_order():
    """For parameters that take numbers."""
    add = tool("add", "Add two numbers: plus.", a=NUMBER, b=NUMBER)
    assert calls(answered(asked("What is 3 plus 4.5?", add))) == [("add", {"a": 3, "b": 4.5})]


def lesson():
    """Return the notebook's functions with their descriptions, and its prompts with the functions that they name."""
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    names: dict[str, object] = {}
    for cell in cells:
        if cell.cell_type == "code" and "def " in cell.source:
            exec(cell.source, names)  # noqa: S102  # our own text
    asking = [cell.source.partition("\n") for cell in cells if cell.source.startswith("%%runware")]
    return names, [(re.search(r"--tools (\S+)", line)[1].split(","), prompt) for line, _, prompt in asking]


NAMES, PROMPTS = lesson()
KINDS = {str: TEXT, int: WHOLE, "str": TEXT, "int": WHOLE}


def described(name):
    """Return a function of the notebook as a request describes it."""
    function = NAMES[name]
    parameters = inspect.signature(function).parameters
    return tool(name, function.__doc__, **{key: KINDS[each.annotation] for key, each in parameters.items()})


def run_in_the_lesson(name, arguments):
    """Run a function of the notebook as the kernel would."""
    for key, each in inspect.signature(NAMES[name]).parameters.items():
        if KINDS[each.annotation] is WHOLE and not isinstance(arguments[key], int):
            return f"{key}: expected a whole number, got {arguments[key]!r}"
    result = NAMES[name](**arguments)
    return result if isinstance(result, str) else json.dumps(result)


LESSON = {
    "What is the weather in Oslo?": [[("weather", {"city": "Oslo"})]],
    "Compare the weather in Oslo and Lima.": [[("weather", {"city": "Oslo"}), ("weather", {"city": "Lima"})]],
    "How many people live in Lima?": [[("population", {"city": "Lima"})]],
    "How many people live in Oslo?": [[("population", {"city": "Oslo"})]],
    "What is the forecast for Oslo for the next three days?": [
        [("forecast", {"city": "Oslo", "days": "three"})],
        [("forecast", {"city": "Oslo", "days": 3})],
    ],
    "Behind which door is the treasure? Begin with door 1.": [
        [("open_door", {"number": 1})],
        [("open_door", {"number": 2})],
        [("open_door", {"number": 3})],
    ],
}


@pytest.mark.parametrize(("tools", "prompt"), PROMPTS)
def test_the_prompts_of_the_lesson_lead_to_its_calls(tools, prompt):
    """Each of them, with the functions that its cell names; results are sent three times at most."""
    replies = looped(asked(prompt, *map(described, tools)), run_in_the_lesson, rounds=4)
    assert [calls(reply) for reply in replies] == [*LESSON[prompt], []]
