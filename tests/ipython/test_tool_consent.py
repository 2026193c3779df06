"""Consent: no way leads to a function but a decision of the user, on the function and the arguments that were shown."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from function_calls import OSLO, calling
from IPython.core.completer import provisionalcompleter
from loopback import sized
from terminal_ipython import cell, line, saying

import runware_magic
from runware_magic.chat.record import from_record, to_record
from runware_magic.errors import RunwareError, UsageError
from runware_magic.ipython.commands.table import COMMANDS

ASKS = "%%runware a --tools weather"
WRITTEN = json.dumps([{"type": "function", "function": {"name": "weather", "parameters": {}}}])
#: Cells that ask a model which always calls the function.
CELLS = {
    "cell": f"{ASKS}\nHow is it?",
    "whole": f"{ASKS} --no-stream\nHow is it?",
    "once": f"{ASKS} --once\nHow is it?",
    "keep": f"{ASKS} --keep\nHow is it?",
    "background": f"{ASKS} --background\nHow is it?",
    "dry run": f"{ASKS} --allow weather --dry-run\nHow is it?",
    "schema": f"{ASKS} --schema 'city, days int' --repair 2\nHow is it?",
    "checks": f"{ASKS} --expect judge:polite --expect contains:rain\nHow is it?",
    "compare": f"{ASKS} --compare b,c\nHow is it?",
    "repeat": f"{ASKS} -n 3 --dry-run\nHow is it?",
    "choices": f"{ASKS} -p n=2\nHow is it?",
    "written out": f"%%runware a -p 'tools={WRITTEN}'\nHow is it?",
    "Chat": "runware_magic.Chat('a', base_url=address).ask('How is it?', tools=[weather])",
    "stream": "list(runware_magic.Chat('a', base_url=address, tools=[weather]).stream('How is it?'))",
    "map": "runware_magic.map('{city}', [{'city': 'Oslo'}], 'a', base_url=address, tools=[weather])",
}
#: Of these, those that only show what would be sent, or take no function without consent, or none at all.
SEND_NOTHING = {"dry run", "repeat", "compare", "map", "stream"}
#: What every command of %runware is given, after a turn that has called the function, and one whose call waits.
LINES = {
    "": ("",),
    "ask": ("ask a --tools weather How is it?",),
    "explain": ("explain a --tools weather", "explain"),
    "models": ("models",),
    "code": ("code",),
    "prompts": ("prompts",),
    "tools": ("tools weather",),
    "refuse": ("refuse other", "refuse weather"),
    "usage": ("usage",),
    "stop": ("stop",),
    "login": (),  # asks for a key
    "logout": ("logout",),
    "help": ("help allow", "help"),
    "record": ("record other.jsonl",),
    "replay": ("replay talk.jsonl --speed max", "replay saved.ipynb --speed max"),
    "live": ("live",),
    "history": ("history",),
    "answer": ("answer 1", "answer all", "answer"),
    "versions": ("versions 1", "versions 2", "versions 1 --use 1", "versions 1 --use 2"),
    "pick": ("pick 1",),
    "diff": ("diff 1 2",),
    "show": ("show 2", "show 1 --as curl", "show 1 --as python", "show 2 --as json", "show 1 --as sse"),
    "chat": ("chat other", "chat main"),
    "fork": ("fork other", "fork third --at 1"),
    "refresh": ("refresh --dry-run", "refresh --yes"),
    "undo": ("undo",),
    "reset": ("reset",),
    "restore": ("restore saved.ipynb",),
    "export": ("export a.ipynb", "export a.md", "export a.html", "export a.jsonl"),
    "hand-in": ("hand-in work.html",),
}


@pytest.fixture
def ask(shell, asked, answers):
    """Return what asks from a cell with an id; the model calls the function whenever it can."""

    def reply(heard):
        if heard.line.startswith("GET"):
            return sized(404, b"{}")
        body = heard.json
        can = body.get("tools") and body.get("tool_choice") != "none" and body["messages"][-1]["role"] != "tool"
        return calling(OSLO) if can else saying("It rains.")[0]

    def run(cell_id, prompt, options=" --tools weather"):
        shell.parent_header = {"metadata": {"cellId": cell_id}}
        return cell(shell, f"a{options}", prompt)

    run.server, run.given = asked(reply), answers.given
    yield run
    shell.__dict__.pop("parent_header", None)


@pytest.fixture
def waits(ask, shell, magics, ran, tmp_path, monkeypatch):
    """Ask twice: the call of the first turn has run, that of the second waits; the first was asked again since."""
    monkeypatch.chdir(tmp_path)
    line(shell, "record talk.jsonl")
    ask.given.append("o")
    ask("one", "How is it?")
    ask("two", "And now?")
    line(shell, "live")
    line(shell, "export saved.ipynb")
    ask("one", "How is it there?", "")
    turns = magics.session.conversation.turns("main")
    assert [(turn.state, len(turn.replies)) for turn in turns] == [("complete", 0), ("pending", 2)]
    assert ran == ["Oslo"]
    ran.clear()
    return ask


def test_every_command_is_among_the_ways():
    """A new one has to be given its place."""
    assert LINES.keys() == COMMANDS.keys() - {"allow"}


@pytest.mark.parametrize("way", LINES)
def test_no_command_runs_a_function_unasked(waits, shell, ran, way):
    """Nor does a cell that asks afterwards, whatever the command has changed."""
    shell.parent_header = {"metadata": {"cellId": "command"}}
    for command in LINES[way]:
        with suppress(RunwareError):  # not all can be done here
            line(shell, command)
    with suppress(RunwareError):
        waits("two", "And now?")
    assert ran == []


@pytest.mark.parametrize("way", CELLS)
def test_no_cell_runs_a_function_unasked(waits, shell, magics, ran, way):
    """By whichever option the model is asked."""
    shell.user_ns |= {"runware_magic": runware_magic, "address": waits.server.url}
    shell.parent_header = {"metadata": {"cellId": "three"}}
    before = len(waits.server.heard)
    shell.run_cell(CELLS[way])
    for _, thread in list(magics.background._under_way.values()):
        thread.join(10)
    assert ran == []
    asked = any("tools" in heard.json for heard in waits.server.heard[before:] if heard.line.startswith("POST"))
    assert asked == (way not in SEND_NOTHING)


@pytest.mark.usefixtures("waits")
def test_looking_at_turns_runs_nothing(shell, magics, ran):
    """Neither their faces nor their records, nor completion."""
    for turn in magics.session.conversation.turns("main"):
        repr(turn), turn._repr_mimebundle_(), from_record(to_record(turn))
    magics.dispatch.known()
    for text in ("%%runware --tools wea", "%runware tools wea", "%runware allow"):
        with provisionalcompleter():
            list(shell.Completer.completions(text, len(text)))
    assert ran == []


def pending(ask, shell, options=" --tools weather -o got"):
    """Return a turn whose call waits."""
    ask("one", "How is it?", options)
    assert shell.user_ns["got"].state == "pending"
    return shell.user_ns["got"]


def restored(magics, turn, **changes):
    """Let a turn be one of a notebook that somebody else may have written."""
    told = from_record(json.loads(json.dumps({**to_record(turn), **changes})))
    magics.session.conversation = type(magics.session.conversation)().with_turn(told)
    magics.dispatch.toolboxes._kept.clear()


class Api:
    """An object whose method has the name of a function."""

    def __init__(self, ran):
        self.ran = ran

    def weather(self, city: str) -> str:
        """Tell the weather of a city."""
        self.ran.append(f"Api {city}")
        return "sun"


def test_consent_is_to_the_function_that_the_cell_named(ask, shell, ran):
    """Not to another of the same name that a later cell named, in this chat or elsewhere."""
    pending(ask, shell)
    shell.user_ns["api"] = Api(ran)
    ask("two", "And there?", " --tools api.weather -c other")
    line(shell, "allow weather")
    assert ran == ["Oslo"]
    line(shell, "chat other")
    line(shell, "allow weather")
    assert ran == ["Oslo", "Api Oslo"]


def test_a_function_that_was_defined_anew_is_the_one_of_its_name(ask, shell, ran):
    """As in every cell that runs later: its mistake may just have been mended."""
    pending(ask, shell)
    shell.user_ns["weather"] = Api(ran).weather
    line(shell, "allow")
    assert ran == ["Api Oslo"]


def test_always_holds_for_a_method_of_this_object(ask, shell, ran):
    """Python makes a method anew whenever it is named; another object's is another function."""
    shell.user_ns |= {"one": Api(ran), "other": Api(ran)}
    ask.given.append("always")
    ask("one", "How is it?", " --tools one.weather")
    ask("two", "And now?", " --tools one.weather")
    assert len(ran) == 2
    ask("three", "And there?", " --tools other.weather -o got")
    assert (len(ran), shell.user_ns["got"].state) == (2, "pending")


def test_a_tool_that_is_no_function_any_more_stops_only_its_own_calls(ask, shell, magics, ran):
    """The call of another one still runs."""
    shell.user_ns["other"] = lambda: None
    turn = pending(ask, shell, " --tools weather,other -o got")
    shell.user_ns["other"] = 5
    restored(magics, turn)
    line(shell, "allow")
    assert ran == ["Oslo"]


def test_restoring_says_what_waits(ask, shell, ran, tmp_path, monkeypatch):
    """By the record, which is what will run, whatever the notebook shows."""
    monkeypatch.chdir(tmp_path)
    pending(ask, shell)
    line(shell, "export saved.ipynb")
    saved = Path("saved.ipynb").read_text(encoding="utf-8")
    forged = saved.replace(json.dumps(OSLO[2]), json.dumps('{"city": "/"}'))
    Path("saved.ipynb").write_text(forged, encoding="utf-8")
    line(shell, "reset")
    assert 'weather(city="/")' in line(shell, "restore saved.ipynb")
    assert ran == []


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """Return the path of a class's settings, beside the notebook."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "runware.toml"


@pytest.mark.parametrize("command", ["refuse", "refuse weather"])
def test_where_a_class_forbids_tools_nothing_runs_after_a_refusal(ask, shell, magics, ran, lesson, command):
    """The model has to answer, although it calls again, and the user had agreed."""
    pending(ask, shell)
    magics.allow_tools = ("weather",)
    lesson.write_text('tools = "off"', encoding="utf-8")
    with pytest.raises(UsageError, match="forbids tools; nothing was run"):
        line(shell, "allow")
    with pytest.raises(UsageError, match="forbids tools; nothing was sent"):
        ask("two", "And now?", " --tools weather --allow weather")
    line(shell, command)
    (turn,) = magics.session.conversation.turns("main")
    assert (turn.content, ran) == ("It rains.", [])
    assert ask.server.heard[-1].json["tool_choice"] == "none"
    assert "It rains." in ask("three", "Without?", "")


def test_a_long_call_can_be_read_before_it_is_agreed_to(shell, asked, ran, answers):
    """A question is short; what it leaves out is a letter away, with the code of what cannot be seen."""
    city = "Oslo" + " " * 300 + "\u202e\u3164 and Lima"
    server = asked(calling(("a", "weather", json.dumps({"city": city}, ensure_ascii=False))), *saying("So."))
    answers.given += ["s", "r"]
    cell(shell, "a --tools weather", "How is it?")
    first, whole = answers.asked
    assert "[s]how" in first
    assert "Lima" not in first
    assert " " * 300 + '\\u202e\\u3164 and Lima"})' in whole
    assert "[s]how" not in whole
    assert (len(server.heard), ran) == (2, [])


@pytest.fixture
def stale(ask, shell, magics, ran):
    """Return what asks so that a later turn has called the function, and is out of date."""

    def make(options=" --tools weather"):
        ask("one", "How is it?", "")
        ask("two", "And now?", options)
        ask("one", "How is it there?", "")
        ran.clear()
        shell.parent_header = {"metadata": {"cellId": "refreshes"}}

    make.turn = lambda: magics.session.conversation.turns("main")[1]
    return make


def test_a_turn_is_asked_again_with_its_functions(ask, shell, ran, stale):
    """And so is the user; the answer is one, as before."""
    ask.given += ["o", "o"]
    stale()
    line(shell, "refresh")
    assert ran == ["Oslo"]
    assert (stale.turn().content, len(stale.turn().replies)) == ("It rains.", 2)
    assert len(stale.turn().parameters["tools"]) == 1


@pytest.mark.parametrize("options", [" --tools weather", " --tools weather --allow weather"])
def test_asking_again_agrees_to_nothing(ask, shell, ran, stale, options):
    """Where nobody answers, the turn waits, and says what to run."""
    ask.given.append("o")
    stale(options)
    ask.given.clear()
    shown = line(shell, "refresh")
    assert "%runware allow weather runs the call" in shown
    assert (ran, stale.turn().state) == ([], "pending")


@pytest.mark.parametrize("how", ["deleted", "forbidden", "several"])
def test_a_turn_that_is_asked_without_its_functions_says_so(ask, shell, ran, stale, lesson, how):
    """In the line that says what is asked; the model is not told of functions that it cannot call."""
    stale(f" --tools weather --allow weather{' -n 2' if how == 'several' else ''}")
    if how == "deleted":
        del shell.user_ns["weather"]
    if how == "forbidden":
        lesson.write_text('tools = "off"', encoding="utf-8")
    reasons = {
        "deleted": "And now? weather is not in this kernel: it is asked without.",
        "forbidden": "And now? This class's runware.toml forbids its tools.",
        "several": "And now? Several answers take tools only if allow_tools has them: it is asked without.",
    }
    assert reasons[how] in " ".join(line(shell, "refresh").split())
    assert "tools" not in ask.server.heard[-1].json
    assert (ran, stale.turn().content) == ([], "It rains.")


def test_tools_that_were_written_out_are_sent_again_as_they_were(ask, shell, ran, stale):
    """They are the user's own, also where the notebook has a function of this name."""
    stale(f" -p 'tools={WRITTEN}'")
    before = stale.turn().parameters["tools"]
    line(shell, "refresh")
    assert (ask.server.heard[-1].json["tools"], ran) == (before, [])
