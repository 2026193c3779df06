"""What Tab offers."""

import json
import threading
import time
from functools import partial
from pathlib import PureWindowsPath

import pytest
from IPython.core import completer
from IPython.core.completer import provisionalcompleter
from loopback import sized
from played import Played
from terminal_ipython import cell, line

from runware_magic.ipython import completion
from runware_magic.ipython.commands.table import COMMANDS, Command
from runware_magic.ipython.completion import Known, Numbered, complete, concerns, files_like, offers
from runware_magic.transport.transport import Transport

HOSTILE = Known(models=("good", "evil\n!x", "evil\x1b[2J", "evil\u202e"), chats=("main", "a\nb"), names=())
KNOWN = Known(
    models=("a:b@1", "c:d@2"),
    chats=("main",),
    names=("plan", "planets", "_hidden"),
    fitting=lambda option: {
        "schema": ("planets", "plan"),
        "tools": ("plan", "pluto"),
        "over": ("rows",),
        "messages": ("said",),
    }.get(option, ()),
    turns=(
        Numbered("What is a dog?", ("v1", "v2")),
        Numbered("Compare them", ("one", "two"), ("short · Yes", "long · Well")),
        *(Numbered(f"Prompt {number}") for number in range(3, 12)),
    ),
)


def test_a_name_that_is_more_than_a_name_is_not_offered():
    """A model's name comes from a server, a chat's from a file: neither may write a line of code."""
    assert complete("%%runware ", HOSTILE) == ("", ["good"])
    assert complete("%%runware -c ", HOSTILE) == ("", ["main"])


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("%%runware --sweep ", ["temperature=", "top_p=", "max_tokens=", "stop=", "seed=", "effort=", "logprobs="]),
        ("%%runware --sweep=te", ["--sweep=temperature="]),
        ("%%runware --sweep temperature=0,", []),
        ("%%runware -t ", []),
        ("%%runware --temperature=0", []),
        ("%%runware --seed ", []),
        ("%%runware -s ", []),
        ("%%runware -s 'Be brief and ", []),
        ("%%runware --expect ", ["contains:", "re:", "json", "schema:", "max_words:", "py:", "judge:"]),
        ("%%runware --expect schema:pl", ["schema:plan", "schema:planets"]),
        ("%%runware --schema ", ["plan", "planets"]),
        ("%%runware --schema 'name, pl", []),
        ("%%runware --tools ", ["plan", "pluto"]),
        ("%%runware --tools plan,", ["plan,pluto"]),
        ("%%runware --tools plan --allow=p", ["--allow=plan", "--allow=pluto"]),
        ("%runware tools pl", ["plan", "pluto"]),
        ("%%runware --over ", ["rows"]),
        ("%%runware --messages ", ["said"]),
        ("%%runware --compare a:b@1,", ["a:b@1,c:d@2"]),
        ("%%runware --effort ", ["low", "medium", "high"]),
        ("%%runware --once -m a:b@1 --on", []),
        ("%%runware --stop x --sto", ["--stop"]),
        ("%%runware --once ", ["a:b@1", "c:d@2"]),
        ("%runware ask What is a ", []),
        ("%runware ask What is -", []),
        ("%runware export ", []),
        ("%runware versions 1 ", ["--use"]),
        ("%runware nothing ", []),
    ],
)
def test_tab_offers_what_fits_and_nothing_else(text, offered):
    """Parameters, checks, lists of models; nothing where any text may stand, and no option twice."""
    assert complete(text, KNOWN)[1] == offered


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("%runware show ", [*map(str, range(1, 12))]),
        ("%runware versions 1", ["1", "10", "11"]),
        ("%runware fork other --at 3", ["3"]),
        ("%runware versions 1 --use ", ["1", "2"]),
        ("%runware versions --use ", []),
        ("%runware pick ", ["1", "2"]),
        ("%runware diff 1 ", ["1", "2"]),
        ("%runware pick --turn ", ["2"]),
        ("%runware diff --turn 1 ", []),
    ],
)
def test_numbers_are_those_that_there_are(text, offered):
    """Of turns, of their versions, of the answers of a comparison: in their order."""
    assert complete(text, KNOWN)[1] == offered


def test_a_number_stands_beside_what_it_is():
    """The beginning of the prompt, or of the answer."""
    _, turns = offers("%runware show ", KNOWN)
    assert [turn.about for turn in turns[:2]] == ["What is a dog?", "Compare them"]
    _, answers = offers("%runware pick ", KNOWN)
    assert [answer.about for answer in answers] == ["short · Yes", "long · Well"]


def test_a_row_that_says_n_gets_numbers(monkeypatch):
    """A new command needs no more than its usage."""
    monkeypatch.setitem(COMMANDS, "answer", Command("answer", "[N|all]", "show a turn again", "history:show"))
    assert complete("%runware answer ", KNOWN)[1] == [*map(str, range(1, 12)), "all"]


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("%%runware\nSay {{ ", ["plan", "planets"]),
        ("%%runware\nSay {{ plan", ["plan", "planets"]),
        ("%%runware\nSay {{ pl", ["plan", "planets"]),
        ("%%runware\nSay {{ p", ["plan", "planets", "pow", "print", "property"]),
        ("%%runware\nSay {{ _", ["_hidden"]),
        ("%%runware\nSay {{ f({'a': pl", ["plan", "planets"]),
        ("%%runware\nSay {{ f(\n  pl", ["plan", "planets"]),
        ("%%runware {{ pl", ["plan", "planets"]),
        ("%%runware --over planets\nSay {{ ", ["row", "plan", "planets"]),
        ("# why\n%%runware\nSay {{ pl", ["plan", "planets"]),
        ("%runware export {{ pl", ["plan", "planets"]),
    ],
)
def test_between_braces_the_notebooks_variables_come_first(text, offered):
    """Then Python's functions; never a model."""
    assert concerns(text)
    assert complete(text, KNOWN)[1] == offered


def test_attributes_are_left_to_ipython():
    """It completes them better."""
    assert offers("%%runware\nSay {{ plan.", KNOWN)[1] is None


@pytest.mark.parametrize("text", ["%runware export ./da", "%runware restore ./da"])
def test_where_a_file_is_named_files_are_offered(shell, tmp_path, monkeypatch, text):
    """And nothing else, where IPython lets one of several keep the others silent."""
    (tmp_path / "day.md").touch()
    monkeypatch.chdir(tmp_path)
    shell.user_ns["date"] = 1
    with provisionalcompleter():
        found = [each.text for each in shell.Completer.completions(text, len(text))]
    assert found == ["./day.md"] if hasattr(completer, "context_matcher") else "./day.md" in found


@pytest.mark.parametrize(
    "text", ["x = '{{ pl", "%%runware\nSay pl", "%%runware\nSay {{ plan }} pl", "%%runware\n\\{{ pl"]
)
def test_other_text_is_not_concerned(text):
    """Prose, and other cells."""
    assert not concerns(text)


class Listing:
    """A server that answers, and lists its models; `asked` counts how often."""

    def __init__(self, magics):
        self.asked, self.may_list = 0, threading.Event()
        self.may_list.set()
        played = Played(self._reply)
        magics.base_url = played.url

        def connect(where, timeouts):
            return Transport(where, timeouts, medium=played, jitter=lambda: 0.0)

        magics.session.connections._connect = connect

    def _reply(self, heard):
        if not heard.line.startswith("GET"):
            return sized(200, json.dumps({"choices": [{"message": {"content": "Yes"}}]}).encode())
        self.asked += 1
        assert self.may_list.wait(20)
        return sized(200, json.dumps([{"id": "x:y@1"}, {"id": "z:w@2"}]).encode())


def test_the_models_are_those_that_the_endpoint_lists(shell, magics):
    """It is asked once, when it has answered; before that, the default is offered."""
    listing = Listing(magics)
    assert set(complete("%%runware ", magics.known())[1]) == {"demo:tutor@1", "minimax:m2.7@0"}
    assert listing.asked == 0
    cell(shell, "v:u@3 --no-stream")
    for _ in range(2):
        assert complete("%%runware ", magics.known())[1] == ["v:u@3", "x:y@1", "z:w@2"]
    assert listing.asked == 1


def test_tab_does_not_wait_for_a_slow_list(shell, magics):
    """The models that have answered are offered meanwhile."""
    listing = Listing(magics)
    listing.may_list.clear()
    cell(shell, "v:u@3 --no-stream")
    began = time.monotonic()
    assert "v:u@3" in complete("%%runware ", magics.known())[1]
    assert time.monotonic() - began < 5
    listing.may_list.set()


def test_variables_are_the_users_own(shell, magics):
    """Not what IPython has put there."""
    shell.user_ns["mine"] = 1
    assert [name for name in magics.known().names if name[0] != "_"] == ["mine"]


def test_turns_are_those_of_the_current_chat(shell, magics):
    """With their prompts, and what their versions and answers begin with."""
    Listing(magics)
    cell(shell, "--no-stream -n 2", "Is it?")
    cell(shell, "--no-stream -c other", "Elsewhere")
    runs = tuple(f"run {number} · Yes".replace(" ", "\u00a0") for number in (1, 2))
    turn = Numbered("Is\u00a0it?", runs, runs)
    assert magics.known().turns == (turn,)
    line(shell, "chat other")
    assert magics.known().turns == (Numbered("Elsewhere"),)


NOTEBOOK = """
import dataclasses, enum, typing
from collections.abc import Iterable

@dataclasses.dataclass
class Person:
    name: str

class Town(typing.TypedDict):
    name: str

class Colour(enum.Enum):
    RED = 1

class Odd:
    __class__ = property(lambda self: 1 / 0)
    def __call__(self): ...

people, spoken, several = list[Person], [{"role": "user", "content": "Hi"}], {"name": "Ada"}
person, odd, number, text = Person("Ada"), Odd(), 3, "words"
schema = {"type": "object", "properties": {}}
def weather(city): ...
"""


@pytest.mark.parametrize(
    ("option", "fitting"),
    [
        ("schema", {"Person", "Town", "Colour", "people", "schema"}),
        ("tools", {"weather"}),
        ("over", {"spoken", "several", "schema"}),
        ("messages", {"spoken"}),
    ],
)
def test_names_fit_by_what_they_hold(shell, magics, option, fitting):
    """Classes with fields and schemas, functions, what has rows; a value whose class cannot be looked at is nothing."""
    Listing(magics)
    shell.run_cell(NOTEBOOK)
    assert {*magics.known().fitting(option)} == fitting


@pytest.fixture
def known(tmp_path):
    """Give the names of a notebook, and files in its folder."""
    (tmp_path / "data").mkdir()
    for name in ("notes.md", "data/prices.csv", "two words.txt", ".env"):
        (tmp_path / name).write_text("")
    return Known(names=("df", "fig", "_hidden"), outputs=("Out[5]",), files=partial(files_like, tmp_path))


@pytest.mark.parametrize(
    ("line", "word", "offered"),
    [
        ("%%runware --with ", "", ["df", "fig", "error", "cells:", "Out[5]", "data/", "notes.md"]),
        ("%%runware -m x --with df,f", "df,f", ["df,fig"]),
        ("%%runware --with=df,n", "--with=df,n", ["--with=df,notes.md"]),
        ("%runware ask --with data/", "data/", ["data/prices.csv"]),
        ("%runware explain --with .", ".", [".env"]),
        ("%runware explain --wi", "--wi", ["--with"]),
        ("%%runware --with ../", "../", []),
        ("%%runware --with /e", "/e", []),
        ("%runware models --with ", "", []),
    ],
)
def test_items_are_offered_one_after_the_other(known, line, word, offered):
    """Variables, outputs, and files in the notebook's folder or below whose names need no quotes."""
    assert complete(line, known) == (word, offered)


@pytest.mark.parametrize("begun", ["/", "/etc/", "C:", "C:/Users/", "../"])
def test_no_other_folder_is_looked_into_on_windows(tmp_path, monkeypatch, begun):
    """Where a path without a drive is not absolute, and one with a drive need not be."""
    monkeypatch.setattr(completion, "Path", PureWindowsPath)
    assert files_like(tmp_path, begun) == []


def test_a_folder_that_is_not_there_offers_nothing(tmp_path):
    """A folder may vanish while the kernel runs."""
    assert files_like(tmp_path / "gone", "") == []
