"""The table of commands: each row has its function, its help and what Tab offers."""

import inspect
import re
import subprocess
import sys
from importlib import import_module

import pytest
from IPython.utils.capture import capture_output
from terminal_ipython import failed

from runware_magic.chat.checks import CHECKS
from runware_magic.ipython.commands import table
from runware_magic.ipython.commands.table import COMMANDS, LINE_HELP, Command
from runware_magic.ipython.completion import Known, complete
from runware_magic.ipython.setting_table import SETTINGS
from runware_magic.prompt.option_table import OPTIONS

KNOWN = Known(
    models=("m",),
    chats=("main", "two"),
    names=("city",),
    fitting=lambda option: {"messages": ("city",)}.get(option, ()),
    answers=("a1",),
    prompts=("p.md",),
)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_each_command_has_a_function(command):
    """It is there, and takes what every command takes: only what is called is loaded."""
    module, function = command.function.split(":")
    found = getattr(import_module(f"{table.__package__}.{module}"), function)
    first, _ = inspect.signature(found).parameters.values()
    assert first.annotation == "CommandContext"


def test_a_row_and_a_function_make_a_command(shell, monkeypatch, capsys):
    """Nothing else: the line is carried out, and what the function returns is shown."""
    row = Command("forget", "[CHAT]", "forget a chat", "history:reset")
    monkeypatch.setitem(COMMANDS, "forget", row)
    shell.run_line_magic("runware", "forget")
    assert capsys.readouterr().out == "Forgot 0 turns of chat main.\n"
    error, _ = failed(shell, "%runware forgot", capsys)
    assert "Did you mean forget?" in str(error)
    assert complete("%runware forg", KNOWN)[1] == ["forget"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("help pick", "%runware pick K [--turn N]"),
        ("pick --help", "%runware pick K [--turn N]"),
        ("ask -h", "%runware ask PROMPT"),
        ("login --help", "%runware login [--ask]"),
        ("help --compare", "--compare A,B,…"),
        ("help -t", "-t, --temperature NUMBER"),
        ("help max_rows", "%config RunwareMagics.max_rows = 20"),
        ("help max_words", "max_words:NUMBER"),
    ],
)
def test_help_shows_the_row_of_a_name(shell, capsys, text, said):
    """Of a command, an option, a setting or a check, alone, however it is asked for."""
    shell.run_line_magic("runware", text)
    first, second = capsys.readouterr().out.splitlines()
    assert first == said
    assert second.startswith("    ")


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("explain", ["%runware explain [QUESTION]", '%config RunwareMagics.explain = "on"']),
        ("--expect", ["--expect CHECK", *(written for written, _ in CHECKS)]),
    ],
)
def test_help_shows_all_rows_of_a_name(shell, capsys, name, rows):
    """A command and a setting may share theirs, and an option has its checks below it."""
    shell.run_line_magic("runware", f"help {name}")
    assert capsys.readouterr().out.splitlines()[::2] == rows


def test_help_explains_all_that_the_reference_lists(shell, capsys):
    """In the same words."""
    flags = {flag: option.help for option in OPTIONS for flag in option.flags}
    commands = {name: command.help for name, command in COMMANDS.items() if name}
    checks = {written.partition(":")[0]: meaning for written, meaning in CHECKS}
    settings = {name: setting.help for name, setting in SETTINGS.items()}
    for names in (flags, commands, checks, settings):
        for name, meaning in names.items():
            shell.run_line_magic("runware", f"help {name}")
            assert meaning in capsys.readouterr().out


def test_tab_completes_what_help_explains():
    """Commands, then settings; a name that both have, once."""
    assert complete("%runware help ex", KNOWN)[1] == ["explain", "export"]
    assert complete("%runware help max_r", KNOWN)[1] == ["max_result", "max_rows"]


@pytest.mark.parametrize("text", ["help", "--help", "-h"])
def test_help_without_a_name_lists_all(shell, capsys, text):
    """As %runware? does."""
    shell.run_line_magic("runware", text)
    assert capsys.readouterr().out.strip() == LINE_HELP.strip()


def test_help_on_what_is_unknown_is_an_error(shell, capsys):
    """With the nearest name."""
    error, _ = failed(shell, "%runware help pik", capsys)
    assert "Did you mean pick?" in str(error)


@pytest.mark.parametrize("command", ["answer", "versions", "versions 3", "show", "code"])
def test_a_chat_without_turns_is_called_so(shell, capsys, command):
    """Nobody has typed the number that is missing."""
    error, _ = failed(shell, f"%runware {command}", capsys)
    assert str(error).startswith("There is no turn in this chat yet.")


def test_a_chat_that_is_new_is_called_so(shell, capsys):
    """A name may have been mistyped."""
    shell.run_line_magic("runware", "chat typo")
    assert capsys.readouterr().out == "Now in chat typo (new).\n"
    shell.run_line_magic("runware", "chat main")
    capsys.readouterr()


@pytest.mark.parametrize("text", ["chat main", "help chat"])
def test_what_a_command_says_is_html_with_text_beside_it(shell, text):
    """In a notebook it stands in the font of text, and any reader can read it."""
    with capture_output() as captured:
        shell.run_line_magic("runware", text)
    (shown,) = captured.outputs
    first, *_ = shown.data["text/plain"].splitlines()
    assert first in shown.data["text/html"]
    assert captured.stdout == ""


def test_help_is_a_table_in_a_notebook(shell):
    """Of all commands."""
    with capture_output() as captured:
        shell.run_line_magic("runware", "help")
    assert captured.outputs[0].data["text/html"].count("<tr") == len(COMMANDS)


def test_help_stands_in_two_columns():
    """In a terminal of 120 characters; a usage that is too long has its help below."""
    lines = LINE_HELP.splitlines()
    assert max(map(len, lines)) <= 116
    assert lines[2] == "    %runware                  current endpoint, model, chat and cost"
    at = lines.index("    %runware replay FILE [--speed 1|2|max] [--else demo|live]")
    assert lines[at + 1 : at + 4] == [
        " " * 30 + "answer from a recording or a saved notebook, without network or key; --else sets who",
        " " * 30 + "answers requests that were not recorded",
        "    %runware live             stop recording and replaying",
    ]
    assert re.findall(r"^    %runware(?: ([a-z][\w-]*))?", LINE_HELP, re.MULTILINE) == list(COMMANDS)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("%runware ", sorted(filter(None, COMMANDS))),
        ("%runware re", ["record", "refresh", "refuse", "replay", "reset", "restore"]),
        ("%runware stop ", ["a1", "all"]),
        ("%runware history ", ["main", "two"]),
        ("%runware reset t", ["two"]),
        ("%runware chat ", ["main", "two"]),
        ("%runware fork --", ["--at"]),
        ("%runware versions 1 --", ["--use"]),
        ("%runware versions 1 --use ", []),
        ("%runware pick 2 --", ["--turn"]),
        ("%runware diff --", ["--turn"]),
        ("%runware show --as ", ["curl", "python", "json", "sse"]),
        ("%runware show --as=j", ["--as=json"]),
        ("%runware export talk.md --", ["--chat", "--force", "--no-images"]),
        ("%runware export talk.md --chat ", ["main", "two"]),
        ("%runware hand-in work.html --f", ["--force"]),
        ("%runware replay a.jsonl --else ", ["demo", "live"]),
        ("%runware login --", ["--ask"]),
        ("%runware code 1 --", ["--block", "--from"]),
        ("%runware code --block ", ["all"]),
        ("%runware code --from c", ["city"]),
        ("%runware undo ", []),
        ("%runware nothing --", []),
        ("%runware ask --comp", ["--compare"]),
        ("%runware ask --compare ", ["m"]),
        ("%runware ask ", []),
        ("%%runware ", ["m"]),
        ("%%runware m --m", ["--max-parallel", "--max-tokens", "--messages", "--model"]),
        ("%%runware --effort=h", ["--effort=high"]),
        ("%%runware -o c", ["city"]),
        ("%%runware --messages ", ["city"]),
        ("%%runware --file=p", ["--file=p.md"]),
        ("%%runware --once --o", ["--output", "--over"]),
    ],
)
def test_tab_offers_what_may_follow(line, offered):
    """Commands, then their flags, the values of these, and names that there are."""
    assert complete(line, KNOWN)[1] == offered


def test_the_table_loads_nothing_of_what_commands_do():
    """Help and Tab read it in every kernel."""
    code = "import sys, runware_magic.ipython.completion; print(*sorted(n for n in sys.modules if '.commands' in n))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["runware_magic.ipython.commands", "runware_magic.ipython.commands.table"]
