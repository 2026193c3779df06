"""From a turn to the cell that asks it again."""

import ast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from runware_magic.chat.messages import Message
from runware_magic.chat.turn import Timing, Turn
from runware_magic.notebook.cell_source import to_cell
from runware_magic.prompt.options import parse_line
from runware_magic.prompt.template import to_messages

PIECES = st.sampled_from(
    [
        *("{{", "}}", "{{ x }}", "{", "}", "\\", "\\{{", "user:", "system:", "assistant: ", "user:\n", "a", "word"),
        *("\n", "\n\n", " ", "\t", "\n  \n", "\r\n", "\r", "\x0c", "\x1c", "\x85", "\u2028", "\xa0", "\0"),
        *(">>> ", "\n>>> 1", "... ", "...: ", "In [1]: ", "'", '"', '"""', "\ue000", "\ue0000\ue001", "\ud800"),
        *("é", "🙂", "%%runware", "%ls", "!ls", "?", "#", "-m x", "--", "-", "$HOME", "`ls`", "a=b", ":", "!r"),
    ]
)
TEXTS = st.lists(PIECES | st.characters(), min_size=1, max_size=12).map("".join)
#: What a cell can give back wherever it stands: a message begins and ends with something that shows.
PROMPTS = TEXTS.map(str.strip).filter(bool)
NAMES = TEXTS.filter(str.strip)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
#: As a cell or `Chat` leaves them: read by the options, where there is one.
PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.floats(0, 2) | st.integers(0, 2),
        "top_p": st.floats(0, 1),
        "max_completion_tokens": st.integers(1),
        "stop": st.lists(TEXTS, max_size=3),
        "seed": st.integers(),
        "reasoning_effort": TEXTS.filter(str.strip),
        "response_format": JSON.filter(lambda value: value is not None),
        "user\nid": JSON.filter(lambda value: value is not None),
    },
)


def turn(*messages, model="m", parameters=None):
    """Return a turn that asked this; a text alone is a user message."""
    asked = tuple(Message("user", each) if isinstance(each, str) else Message(*each) for each in messages)
    return Turn("t", model, "e", asked, Timing("t"), parameters=parameters or {})


def asked_by(cell):
    """Return what a cell asks, after IPython's transformations."""
    (call,) = ast.parse(TransformerManager().transform_cell(cell)).body
    name, line, body = (argument.value for argument in call.value.args)
    assert name == "runware"
    options = parse_line(line, eval)
    messages = to_messages(body, None if options.raw else eval)
    if options.system:
        messages = (Message("system", options.system), *(m for m in messages if m.role != "system"))
    return options.model, options.chat or "main", options.parameters, messages


def check(asked, chat="main"):
    """Hold a cell against the turn that it was made of."""
    cell = to_cell(asked, chat)
    assert cell is not None
    assert asked_by(cell) == (asked.model, chat, asked.parameters, asked.messages)


@given(PROMPTS)
@example("{{")
@example("\\{{ x }}")
@example("a\\\rb")
@example("x\n>>> 1\n... 2\n   \ny")
@example("user:")
@example("\\" * 3 + "{{" * 3)
def test_a_prompt_comes_back_exactly(text):
    """Braces, roles, prompts, control characters: whatever it says."""
    check(turn(text))


@given(st.lists(st.tuples(st.sampled_from(["user", "assistant", "system"]), PROMPTS), max_size=4), PROMPTS)
def test_examples_come_back_exactly(examples, text):
    """Message by message, in their order and roles."""
    check(turn(*examples, text))


@given(TEXTS.filter(str.strip), PROMPTS)
@example("Be\nbrief.", "{{ x }}")
@example("-s", "x")
@example("--", "x")
@example("x" * 5000 + "\n", "  x")
def test_a_system_message_comes_back_exactly(system, text):
    """On the line or below it."""
    asked = turn(("system", system), text)
    if system == system.strip() or not to_cell(asked, "main"):
        asked = turn(("system", system.strip()), text)
    check(asked)


@given(NAMES, NAMES, PARAMETERS)
def test_options_come_back_exactly(model, chat, parameters):
    """The model, the chat, and each parameter: as an option where there is one for its value."""
    check(turn("x", model=model, parameters=parameters), chat)


@given(st.lists(st.tuples(st.sampled_from(["user", "assistant", "system", "tool", ""]), TEXTS), max_size=3), NAMES)
def test_no_cell_asks_something_else(messages, chat):
    """There is none, or it is exact."""
    asked = turn(*messages)
    cell = to_cell(asked, chat)
    assert cell is None or asked_by(cell) == ("m", chat, {}, asked.messages)


@pytest.mark.parametrize(
    ("asked", "cell"),
    [
        (turn("Hi"), "%%runware -m m\nHi"),
        (turn("Hi", parameters={"temperature": 0.5, "max_completion_tokens": 9}), "-t 0.5 --max-tokens 9\nHi"),
        (turn("Hi", parameters={"stop": ["it's", "-"]}), """--stop "it's" --stop=-\nHi"""),
        (turn("Hi", parameters={"stop": ["", "a"], "n": {"b": [1]}}), """-p 'stop=["", "a"]' -p 'n={"b": [1]}'\nHi"""),
        (turn(("system", "Be brief."), "Hi"), "-m m -s 'Be brief.'\nHi"),
        (turn(("system", "Be\nbrief."), "Hi"), "-m m\nsystem:\nBe\nbrief.\n\nuser:\nHi"),
        (turn(("user", "a"), ("assistant", "b"), "c"), "-m m\nuser:\na\n\nassistant:\nb\n\nuser:\nc"),
        (turn("{{ x }}"), "-m m --raw\n{{ x }}"),
        (turn("a", "{{ x }}"), "user:\na\n\nuser:\n\\{{ x }}"),
        (turn("user:\nx"), "--raw\nuser:\nx"),
        (turn(" x "), "-m m\n x "),
        (turn("a ", " b"), "user:\na \n\nuser:\n b"),
        (turn(" a\rb"), "\n a{{ '\\r' }}b"),
        (turn("... x"), "\n\n... x"),
        (turn("a\n>>> b"), "\na\n{{ '>>>' }} b"),
    ],
)
def test_a_cell_is_written_as_a_person_would(asked, cell):
    """In the plainest way that gives the turn back."""
    assert to_cell(asked, "main").endswith(cell)


@pytest.mark.parametrize(
    "asked",
    [
        turn(),
        turn(""),
        turn("\nx"),
        turn("x\n"),
        turn("a", ""),
        turn(("user", "a"), ("assistant", "b")),
        turn(("tool", "a")),
        turn("a", model=""),
        turn("a", parameters={"a=b": 1}),
        turn("a", parameters={"stream": True}),
        turn("a", parameters={"x": float("nan")}),
    ],
)
def test_what_no_cell_can_ask_has_none(asked):
    """Rather than one that asks something else."""
    assert to_cell(asked, "main") is None


def test_nothing_in_a_text_is_evaluated():
    """A prompt from somebody else's notebook stays a text."""
    cells = [to_cell(turn(text, model=text), text) for text in ("{{ print(1) }}", "\\{{ print(1) }}", "{{ 'a' }}")]
    for cell in cells:
        assert asked_by(cell)[0] == asked_by(cell)[1] == asked_by(cell)[3][0].content
