"""The options of a %%runware line."""

import pytest

from runware_magic.chat.option_table import OPTIONS, help_text
from runware_magic.chat.options import CellOptions, chat_parameters, parse_ask, parse_line
from runware_magic.errors import OptionError


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", CellOptions()),
        ("--once -t 0.3 a", CellOptions(model="a", once=True, parameters={"temperature": 0.3})),
        ("--keep --dry-run", CellOptions(keep=True, dry_run=True)),
        ("minimax:m2.7@0", CellOptions(model="minimax:m2.7@0")),
        ("-m a:b@c", CellOptions(model="a:b@c")),
        ("a -t 0.3 --top-p 1", CellOptions(model="a", parameters={"temperature": 0.3, "top_p": 1})),
        ("--max-tokens 5 --seed -1", CellOptions(parameters={"max_completion_tokens": 5, "seed": -1})),
        ("--stop a --stop 'b c'", CellOptions(parameters={"stop": ["a", "b c"]})),
        ("--effort=low", CellOptions(parameters={"reasoning_effort": "low"})),
        ("-s 'Be brief.' -c other", CellOptions(system="Be brief.", chat="other")),
        ("--once --raw --no-stream -o answer", CellOptions(once=True, raw=True, stream=False, output="answer")),
        ("-p top_k=40 -p 'a={\"b\": [1]}'", CellOptions(parameters={"top_k": 40, "a": {"b": [1]}})),
        ("-m {{ m + ' x' }}", CellOptions(model="M x")),
        ("-s 'for {{ m }}'", CellOptions(system="for M")),
    ],
)
def test_a_line_is_read_into_options(line, expected):
    """Each option lands in its field, or among the parameters by the endpoint's name."""
    assert parse_line(line, lambda source: eval(source, {"m": "M"})) == expected  # noqa: S307


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--temperatur 1", "Did you mean --temperature"),
        ("--zzz", "lists them"),
        ("-t 2.1", "from 0 to 2"),
        ("-t nan", "from 0 to 2"),
        ("-t -1", "from 0 to 2"),
        ("--top-p 2", "from 0 to 1"),
        ("--max-tokens 0", "from 1"),
        ("--max-tokens 1.5", "whole number"),
        ("--seed x", "whole number"),
        ("-o 1a", "name of a variable"),
        ("-t", "expected one argument"),
        ("a b", "Did not expect 'b'"),
        ("a -t 0.3 Explain this", "Did not expect 'Explain'"),
        ("--once a -t 0.3 b", "Did not expect 'b'"),
        ("-o class", "name of a variable"),
        ("-p temperature=9", "from 0 to 2"),
        ("-p stop=5", "a text or a list of texts"),
        ("a -m b", "Two models"),
        ("--once -c x", "exclude each other"),
        ("-s 'open", "not closed"),
        ("-p x", "KEY=JSON"),
        ("-p x=nope", "KEY=JSON"),
        ("-p x=NaN", "KEY=JSON"),
        ("-p messages=[]", "filled in by this package"),
        ("-s ''", "some text"),
    ],
)
def test_a_wrong_line_is_an_error_in_one_line(line, said):
    """It names what is wrong, what is expected, and the nearest option."""
    with pytest.raises(OptionError) as caught:
        parse_line(line)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "options", "prompt"),
    [
        ("What's this?", CellOptions(), "What's this?"),
        ("-t 0.5 What's --this?", CellOptions(parameters={"temperature": 0.5}), "What's --this?"),
        ("--once -s 'Be brief' Why \"so\"?", CellOptions(once=True, system="Be brief"), 'Why "so"?'),
        ("--effort=low Go", CellOptions(parameters={"reasoning_effort": "low"}), "Go"),
        ("-- -t is an option?", CellOptions(), "-t is an option?"),
        ("-5 + 3?", CellOptions(), "-5 + 3?"),
        ("", CellOptions(), ""),
    ],
)
def test_a_prompt_on_the_line_stays_as_it_was_typed(line, options, prompt):
    """Only the options before it are split as in a shell."""
    assert parse_ask(line) == (options, prompt)


def test_the_help_names_every_option():
    """The help is made from the same table."""
    assert all(flag in help_text() for option in OPTIONS for flag in option.flags)


def test_parameters_from_python_go_by_either_name():
    """The options' names and the endpoint's are both understood, and checked alike."""
    assert chat_parameters({"max_tokens": 5, "effort": "low", "stop": "x", "top_k": 4, "seed": None}) == {
        "max_completion_tokens": 5,
        "reasoning_effort": "low",
        "stop": ["x"],
        "top_k": 4,
    }
    with pytest.raises(OptionError, match="from 0 to 2"):
        chat_parameters({"temperature": 3})
    with pytest.raises(OptionError, match="a text or a list"):
        chat_parameters({"stop": 3})
    with pytest.raises(OptionError, match="filled in"):
        chat_parameters({"messages": []})
