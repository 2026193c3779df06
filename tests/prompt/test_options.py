"""The options of a %%runware line."""

import pytest

from runware_magic.chat.checks import CHECKS, Check
from runware_magic.errors import OptionError
from runware_magic.prompt.option_table import OPTIONS, help_text
from runware_magic.prompt.options import CellOptions, parse_ask, parse_line
from runware_magic.prompt.parameters import chat_parameters


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
        ("--logprobs", CellOptions(parameters={"logprobs": 5})),
        ("--logprobs 3", CellOptions(parameters={"logprobs": 3})),
        ("--logprobs=0", CellOptions(parameters={"logprobs": 0})),
        ("--logprobs a:b@1", CellOptions(model="a:b@1", parameters={"logprobs": 5})),
        ("a --logprobs -t 1", CellOptions(model="a", parameters={"logprobs": 5, "temperature": 1})),
        ("--logprobs 2 a", CellOptions(model="a", parameters={"logprobs": 2})),
        ("--logprobs {{ 1 + 1 }}", CellOptions(parameters={"logprobs": 2})),
        ("-p logprobs=true -p top_logprobs=4", CellOptions(parameters={"logprobs": True, "top_logprobs": 4})),
        ("--sweep logprobs=0,5", CellOptions(sweeps=(("logprobs", (0, 5)),))),
        ("-p n=3", CellOptions(parameters={"n": 3})),
        ("-p n=1 -n 2", CellOptions(parameters={"n": 1}, repeat=2)),
        ("--effort=low", CellOptions(parameters={"reasoning_effort": "low"})),
        ("-s 'Be brief.' -c other", CellOptions(system="Be brief.", chat="other")),
        ("--once --raw --no-stream -o answer", CellOptions(once=True, raw=True, stream=False, output="answer")),
        ("-p top_k=40 -p 'a={\"b\": [1]}'", CellOptions(parameters={"top_k": 40, "a": {"b": [1]}})),
        ("-m {{ m + ' x' }}", CellOptions(model="M x")),
        ("-s 'for {{ m }}'", CellOptions(system="for M")),
        ("--compare a:b@1,c --compare d", CellOptions(compare=("a:b@1", "c", "d"))),
        ("--compare 'a, {{ m }}'", CellOptions(compare=("a", "M"))),
        ("-n 3 --max-parallel 2 --yes", CellOptions(repeat=3, max_parallel=2, yes=True)),
        ("--repeat=1", CellOptions()),
        ("--over rows", CellOptions(over="rows")),
        ("--over 'frame[frame.year > 2000]'", CellOptions(over="frame[frame.year > 2000]")),
        (
            "--expect 'contains:so {{ m }}' --expect json --expect-rate 0.8",
            CellOptions(
                expect=(Check("contains:so M", "contains", "so M"), Check("json", "json")),
                expect_rate=0.8,
            ),
        ),
    ],
)
def test_a_line_is_read_into_options(line, expected):
    """Each option lands in its field, or among the parameters by the endpoint's name."""
    assert parse_line(line, lambda source: eval(source, {"m": "M"})) == expected  # noqa: S307


@pytest.mark.parametrize("read", [parse_line, lambda line, evaluate: parse_ask(f"{line} Hi", evaluate)[0]])
def test_what_a_row_fills_in_is_read_with_the_row(read):
    """Whatever its kind; all else at once."""
    line = "--over rows --expect 'max_words:{{ row.most }}' --expect={{row.check}} --expect json -m {{ m }}"
    checks = (Check("max_words:{{ row.most }}", ""), Check("{{row.check}}", ""), Check("json", "json"))
    assert read(line, {"m": "M"}.get) == CellOptions(model="M", over="rows", expect=checks)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--logprobs 21", "--logprobs must be a whole number from 0 to 20"),
        ("--logprobs -1", "--logprobs must be a whole number from 0 to 20"),
        ("--logprobs=many", "--logprobs must be a whole number from 0 to 20"),
        ("-p logprobs=99", "--logprobs must be a whole number from 0 to 20"),
        ("-p n=3 --compare a,b", "-p n=3 works for one answer only. Leave it out: --repeat"),
        ("-p n=3 --over rows", "-p n=3 works for one answer only. Leave it out: --repeat"),
        ("-p n=2 -n 2", "-p n=2 works for one answer only. Leave it out: --repeat"),
        ("-p n=2 --sweep seed=1,2", "-p n=2 works for one answer only. Leave it out: --repeat"),
        ("--sweep n=1,2", "--sweep n would ask for choices within a comparison."),
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
        ("a b", "Unexpected 'b'"),
        ("a -t 0.3 Explain this", "Unexpected 'Explain'"),
        ("--once a -t 0.3 b", "Unexpected 'b'"),
        ("-o class", "name of a variable"),
        ("-p temperature=9", "from 0 to 2"),
        ("-p stop=5", "a string or a list of strings"),
        ("a -m b", "Two models"),
        ("--once -c x", "cannot be used together"),
        ("-s 'open", "not closed"),
        ("-p x", "KEY=JSON"),
        ("-p x=nope", "KEY=JSON"),
        ("-p x=NaN", "KEY=JSON"),
        ("-p messages=[]", "this package fills in"),
        ("-s ''", "a non-empty text"),
        ("--compare a, b", "with commas and no spaces"),
        ("a --compare b,c", "Name all models in --compare"),
        ("--compare b -m a", "Name all models in --compare"),
        ("-n 0", "from 1"),
        ("-n -1", "from 1"),
        ("--repeat many", "whole number"),
        ("-n 1000000", "from 1 to 100000"),
        ("--max-parallel 0", "from 1"),
        ("--over 'my rows'", "the name of a list"),
        ("--over ''", "the name of a list"),
        ("--over rows --raw", "cannot be used together"),
        ("--expect Paris", "contains:TEXT or re:PATTERN"),
        ("--expect 're:('", "a regular expression"),
        ("--expect json --expect-rate 1.5", "from 0 to 1"),
        ("--expect-rate 0.5", "Add a check"),
        ("--background -n 2", "for one answer"),
        ("--background --over rows", "for one answer"),
        ("--yess", "Did you mean --yes"),
        ("--sweep temperature", "KEY=V1,V2"),
        ("--sweep temperature=", "KEY=V1,V2"),
        ("--sweep temperature=0,,1", "KEY=V1,V2"),
        ("--sweep temperature=0,", "KEY=V1,V2"),
        ("--sweep =1", "KEY=V1,V2"),
        ("--sweep temperature=0,3", "temperature=V1,V2,… with each value a number from 0 to 2"),
        ("--sweep temperature=null", "temperature=V1,V2,… with each value a number from 0 to 2"),
        ("--sweep max-tokens=0", "max_tokens=V1,V2,… with each value a whole number from 1"),
        ("--sweep model=a,b", "models go to --compare"),
        ("--sweep system=a,b", "a parameter such as"),
        ("--sweep stream=true,false", "a parameter such as"),
        ("--sweep row=1,2", "a parameter such as"),
        ("--sweep x={a:1}", "JSON in single quotes"),
        ("--sweep x=[NaN]", "JSON in single quotes"),
        ("--sweep x=1 --sweep x=2", "x is given twice"),
        ("--sweep max_tokens=1 --sweep max-completion-tokens=2", "max_completion_tokens is given twice"),
        ("-t 1 --sweep temperature=0,1", "temperature is set twice"),
        ("-p max_tokens=9 --sweep max-tokens=1,2", "max_completion_tokens is set twice"),
        ("-p x=1 --sweep x=0,1", "x is set twice"),
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
        ("-n 3 --yes --compare a,b Why -n 4?", CellOptions(compare=("a", "b"), repeat=3, yes=True), "Why -n 4?"),
    ],
)
def test_a_prompt_on_the_line_stays_as_it_was_typed(line, options, prompt):
    """Only the options before it are split as in a shell."""
    assert parse_ask(line) == (options, prompt)


@pytest.mark.parametrize(
    ("text", "swept"),
    [
        ("temperature=0,0.7,1.2", ("temperature", (0.0, 0.7, 1.2))),
        ("max-tokens=5, 6", ("max_completion_tokens", (5, 6))),
        ("max_completion_tokens=5", ("max_completion_tokens", (5,))),
        ("effort=low,high", ("reasoning_effort", ("low", "high"))),
        ("reasoning_effort=low", ("reasoning_effort", ("low",))),
        ('stop=END,"a,b"', ("stop", (["END"], ["a,b"]))),
        ("seed=1,-1", ("seed", (1, -1))),
        ("top_k=1,2.5,true,null,a non-empty text,1.2.3", ("top_k", (1, 2.5, True, None, "a non-empty text", "1.2.3"))),
        ('x={"a": [1, 2], "b": "},"},null,[3,4],"5,6"', ("x", ({"a": [1, 2], "b": "},"}, None, [3, 4], "5,6"))),
        ("x=a=b,c", ("x", ("a=b", "c"))),
    ],
)
def test_a_sweep_gives_a_parameter_several_values(text, swept):
    """Read as the option of that name reads them, else as JSON, else as texts; commas within JSON divide nothing."""
    assert parse_line(f"--sweep '{text}'") == CellOptions(sweeps=(swept,))


@pytest.mark.parametrize(
    ("line", "is_grid"),
    [
        ("a -t 1 --expect json --max-parallel 4 --yes", False),
        ("-n 1", False),
        ("-n 2", True),
        ("--compare a", True),
        ("--sweep seed=1", True),
        ("--over rows", True),
    ],
)
def test_options_tell_whether_they_ask_for_a_comparison(line, is_grid):
    """Rows, models or values that happen to be one only make one, too."""
    assert parse_line(line).is_grid is is_grid


def test_options_can_be_hashed():
    """They are values, whatever is swept."""
    assert hash(parse_line("--sweep 'x={\"a\": 1}'"))


def test_the_help_names_every_option():
    """The help is made from the same table."""
    assert all(flag in help_text() for option in OPTIONS for flag in option.flags)
    assert all(written in help_text() for written, _ in CHECKS)


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
    with pytest.raises(OptionError, match="a string or a list"):
        chat_parameters({"stop": 3})
    with pytest.raises(OptionError, match="not a request field"):
        chat_parameters({"messages": []})


@pytest.mark.parametrize(
    ("line", "stop"),
    [
        (r"--stop '\n'", ["\n"]),
        (r"--stop \n", ["\n"]),
        ("--stop {{ chr(10) }}", ["\n"]),
        (r"--stop 'END\t'", ["END\t"]),
        (r"--stop '\\n'", ["\\n"]),
        (r"--stop C:\dir --stop x", ["C:\\dir", "x"]),
    ],
)
def test_an_answer_can_end_at_a_line_end(line, stop):
    """Written with a backslash, or given by Python."""
    assert parse_line(line, eval).parameters["stop"] == stop  # the test's own


@pytest.mark.parametrize(
    ("value", "sent"),
    [("{{ True }}", True), ("{{ ['a'] }}", ["a"]), ("{{ None }}", None), ("{{ ('a', 1) }}", ["a", 1]), ("null", None)],
)
def test_a_field_takes_values_of_python(value, sent):
    """As `{{ }}` writes them."""
    options = parse_line(f"-p flag={value}", eval)  # the test's own
    assert options.parameters == {"flag": sent}


@pytest.mark.parametrize(
    ("line", "alternatives", "prompt"),
    [
        ("--logprobs Why?", 5, "Why?"),
        ("--logprobs 3 apples?", 3, "apples?"),
        ("--logprobs=5 3 apples?", 5, "3 apples?"),
        ("--logprobs -- 3 apples?", 5, "3 apples?"),
        ("--logprobs 3rd planet?", 5, "3rd planet?"),
        ("--logprobs 3.5 apples?", 5, "3.5 apples?"),
        ("--logprobs '3' apples?", 5, "'3' apples?"),
        ("--logprobs", 5, ""),
    ],
)
def test_a_number_behind_an_option_that_may_stand_alone_is_its_value(line, alternatives, prompt):
    """Anything else begins the prompt; so does a number, behind a value or two dashes."""
    options, asked = parse_ask(line)
    assert (options.parameters, asked) == ({"logprobs": alternatives}, prompt)


@pytest.mark.parametrize(("value", "read"), [(True, True), (False, False), (4, 4), ("2", 2)])
def test_python_asks_for_probabilities_as_cells_and_endpoints_do(value, read):
    """By a number, or by the two fields of the request."""
    assert chat_parameters({"logprobs": value, "top_logprobs": 3}) == {"logprobs": read, "top_logprobs": 3}
    with pytest.raises(OptionError, match="logprobs must be a whole number from 0 to 20"):
        chat_parameters({"logprobs": "all"})
