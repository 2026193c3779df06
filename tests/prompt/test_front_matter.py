"""Options at the top of a prompt file."""

import pytest

from runware_magic.chat.checks import Check
from runware_magic.errors import OptionError, PromptError
from runware_magic.prompt.front_matter import below, read_options, split
from runware_magic.prompt.option_table import OPTIONS
from runware_magic.prompt.options import CellOptions, parse_line

#: Options with a value that a file may give.
ALLOWED = {
    "model": '"a:b@1"',
    "system": '"Be brief."',
    "chat": '"review"',
    "once": "true",
    "temperature": "0.3",
    "top_p": "1",
    "max_tokens": "100",
    "stop": '["a", "b"]',
    "seed": "5",
    "effort": '"low"',
    "logprobs": "5",
    "param": "{ top_k = 40 }",
    "budget": "0.1",
    "no_stream": "true",
    "raw": "true",
    "background": "true",
    "nowait": "true",
    "dry_run": "true",
    "keep": "true",
    "compare": '["a", "b,c"]',
    "sweep": "{ temperature = [0, 0.5] }",
    "repeat": "3",
    "expect": '["contains:x", "json"]',
    "expect_rate": "0.5",
    "max_parallel": "2",
    "schema": '"name, age int"',
    "repair": "2",
}
REFUSED = {"output", "file", "messages", "over", "yes", "with", "tools", "allow"}


def test_each_option_is_either_allowed_or_refused():
    """One that is added has to be given its place."""
    assert {option.name for option in OPTIONS} <= {*ALLOWED, *REFUSED}


def test_front_matter_is_what_stands_between_two_lines():
    """Nothing else is cut off."""
    assert split("+++\na = 1\n+++ \nHi\n+++") == ("a = 1", "Hi\n+++")
    assert split("Hi\n+++\na = 1\n+++") == ("", "Hi\n+++\na = 1\n+++")
    assert split("++++\nHi") == ("", "++++\nHi")
    with pytest.raises(PromptError, match="do not end"):
        split("+++\na = 1\nHi")


@pytest.mark.parametrize("name", ALLOWED)
def test_what_options_can_set_a_file_can_set(name):
    """By the name of the option, in either spelling; the cell's options are then as if they stood on its line."""
    for spelled in (name, name.replace("_", "-")):
        options = read_options(f"{spelled} = {ALLOWED[name]}")
        assert options != CellOptions()
        assert set(options.written) == {name}


def test_values_are_read_as_on_a_line():
    """Lists, tables and numbers of TOML become what the option takes."""
    matter = "\n".join(f"{name} = {ALLOWED[name]}" for name in ("stop", "param", "sweep", "compare", "expect"))
    line = "--stop a --stop b -p top_k=40 --sweep temperature=0,0.5 --compare a,b,c --expect contains:x --expect json"
    assert read_options(matter) == parse_line(line)
    assert read_options("expect = 'max_words:3'").expect == (Check("max_words:3", "max_words", "3"),)


@pytest.mark.parametrize(
    ("matter", "said"),
    [
        *((f"{name} = 'x'", f"cannot set {name}") for name in sorted(REFUSED)),
        *(
            (f"{name} = 'x'", f"cannot set {name}")
            for name in ("base_url", "api_key", "endpoint", "API-KEY", "proxy", "token")
        ),
        ("param = { api_base = 'http://x' }", "cannot set api_base"),
        ("param = { tools = [] }", "cannot set tools"),
        ("sweep = { base_url = ['http://x'] }", "cannot set base_url"),
        ("param = { extra = { webhook_url = 'https://x' } }", "cannot set webhook_url"),
        ("param = { servers = [{ name = 'x', api_key = 'y' }] }", "cannot set api_key"),
        ("param = { extra = { tools = [] } }", "cannot set tools"),
        ("param = { n = 100 }", "cannot set n,"),
        ("expect = 'py:1'", "py: or schema:"),
        ("expect = ['json', 'schema:x']", "py: or schema:"),
        ("temperature = 9", "from 0 to 2"),
        ("temperature = 'warm'", "from 0 to 2"),
        ("temperature = true", "a text without {{ }}, or a number"),
        ("temperature = [0, 1]", "a text without {{ }}, or a number"),
        ("once = 'yes'", "true or false"),
        ("system = 'I am {{ name }}'", "a text without {{ }}"),
        ("expect = 'contains:{{ row.x }}'", "a text without {{ }}"),
        ("temperatur = 1", "Did you mean temperature?"),
        ("zzz = 1", "is not an option"),
        ("max_tokens = 100001", "a whole number up to 100,000"),
        ("param = { max_tokens = 100001 }", "a whole number up to 100,000"),
        ("sweep = { max-tokens = [1, 100001] }", "a whole number up to 100,000"),
        ("param = { max_completion_tokens = 1e9 }", "must be a whole number"),
        ("seed = 0x" + "f" * 5000, "is not TOML"),
        ("param" + ".a" * 2000 + " = 1", "is not TOML"),
        ("a" + ".a" * 20_000 + " = 1", "20,000 are read"),
        ("temperature 1", "is not TOML"),
        ("x = " + "[" * 5000, "is not TOML"),
        ("seed = 2026-01-01", "a text without {{ }}, or a number"),
    ],
)
def test_what_runs_allows_or_leads_away_is_refused_in_a_line(matter, said):
    """And what is no value of an option."""
    with pytest.raises(OptionError) as caught:
        read_options(matter)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "matter", "together"),
    [
        ("-t 1", "temperature = 0.3\nseed = 1", "-t 1 --seed 1"),
        ("", "model = 'a'", "a"),
        ("b", "model = 'a'", "b"),
        ("--compare b,c", "model = 'a'", "--compare b,c"),
        ("b", "compare = ['a', 'c']", "b"),
        ("-n 1", "repeat = 3", "-n 1"),
        ("-p temperature=1", "temperature = 0.3", "-p temperature=1"),
        ("-t 1", "param = { temperature = 0.3, top_k = 4 }", "-t 1 -p top_k=4"),
        ("-p max_tokens=5", "max_tokens = 9", "-p max_tokens=5"),
        ("--max-tokens 5", "param = { max_tokens = 9 }", "--max-tokens 5"),
        ("-p a=1", "param = { a = 2, b = 3 }", "-p b=3 -p a=1"),
        ("--sweep temperature=0,1", "temperature = 0.3", "--sweep temperature=0,1"),
        ("-t 1", "sweep = { temperature = [0, 2], seed = [1, 2] }", "-t 1 --sweep seed=1,2"),
        ("--stop a", "stop = ['b']", "--stop a"),
        ("--expect json", "expect = 'contains:x'", "--expect json"),
        ("--expect-rate 0.5", "expect = 'json'", "--expect-rate 0.5 --expect json"),
        ("--once", "chat = 'x'", "--once"),
        ("-c y", "once = true", "-c y"),
        ("--over rows", "raw = true", "--over rows"),
        ("-n 2", "background = true", "-n 2"),
        ("--background", "repeat = 2", "--background"),
    ],
)
def test_options_of_the_cell_go_first(line, matter, together):
    """Whatever the names under which both set the same, or what excludes it."""
    own = parse_line(f"{line} -f x.md")
    assert below(own, read_options(matter)) == parse_line(f"{together} -f x.md")


def test_options_that_exclude_each_other_are_refused_with_those_of_the_file():
    """Within the file, and of both."""
    with pytest.raises(OptionError, match="cannot be used together"):
        below(parse_line("-f x.md"), read_options("once = true\nchat = 'x'"))
    with pytest.raises(OptionError, match="--expect-rate needs --expect"):
        below(parse_line("-f x.md --expect-rate 1"), read_options("seed = 1"))
