"""A class's settings: found, read, obeyed; and what a file that comes with a notebook can never do."""

import math
import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from terminal_ipython import cell, failed, line, sentence

from runware_magic.engine.settings import Allowed, Settings
from runware_magic.errors import RunwareError, UsageError
from runware_magic.ipython import class_file
from runware_magic.ipython.class_file import FILE, LARGEST, Classroom, find
from runware_magic.ipython.class_settings import _KEYS, READERS, ClassSettings, Replay, read_settings
from runware_magic.ipython.magics import RunwareMagics
from runware_magic.recording.file import read
from runware_magic.transport.endpoint import DEMO, DEMO_MODEL, Endpoint

DEMO_ENDPOINT = Endpoint("http://127.0.0.1:1/v1", name=DEMO)
ELSEWHERE = Endpoint("https://example.org/v1", name="https://example.org/v1")


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """Work in a folder of a repository; give what writes its settings."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)

    def write(text, where="."):
        path = tmp_path / where / FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def no_replay(*_):
    """Take no replay: these settings want none."""
    raise AssertionError


EVERYTHING = """\
model = "a:b@1"
models = ["a:b@1", "c:d@2"]
system = "Be kind."
max_tokens = 7
temperature = 0.5
budget = 0.25
reasoning = "folded"
explain = "hint"
confirm_above = [5, 0.1]
tools = "off"
mode = { replay = "lessons/one.jsonl", speed = "max", else = "demo" }
"""


def test_everything_that_a_class_may_settle_is_read():
    """By the names of the settings, checked as options are."""
    assert read_settings(EVERYTHING, FILE) == ClassSettings(
        {
            "model": "a:b@1",
            "system": "Be kind.",
            "max_tokens": 7,
            "temperature": 0.5,
            "budget": 0.25,
            "reasoning": "folded",
            "explain": "hint",
            "confirm_above": (5, 0.1),
            "tools": "off",
        },
        ("a:b@1", "c:d@2"),
        Replay("lessons/one.jsonl", math.inf, "demo"),
    )
    assert read_settings("", FILE) == ClassSettings()
    assert read_settings('models = ["c:d@2"]', FILE).values == {"model": "c:d@2"}
    assert read_settings('mode = "live"', FILE).replay is None


@pytest.mark.parametrize("text", [text for text in EVERYTHING.splitlines() if not text.startswith("mode")])
def test_a_cell_asks_with_whatever_a_class_settles(shell, asked, lesson, text):
    """Each alone, and the status names it."""
    server = asked()
    lesson(f"{text}\n")
    cell(shell, "a:b@1")
    assert any(heard.line.startswith("POST") for heard in server.heard)
    assert text.split(" = ")[0] in line(shell)


NEVER = (
    *("base_url", "url", "api_base", "api_url", "runware_base_url", "BASE_URL", "base-url", "endpoint.url", "baseUrl"),
    *("address", "host", "endpoint", "proxy", "headers", "http_proxy", "verify_host"),
    *("key", "api_key", "apikey", "token", "secret", "password", "authorization", "runware_api_key", "login"),
    *("Api-Key", "c.api.key"),
)


def test_every_trait_is_either_a_classs_or_refused():
    """A trait that is added has to be given its place."""
    traits = set(RunwareMagics.class_traits(config=True))
    assert traits <= _KEYS.keys() | READERS | {"base_url"}
    assert not _KEYS.keys() & {*NEVER, *READERS}


@pytest.mark.parametrize(
    "key",
    sorted({*NEVER, *READERS}),
)
def test_what_a_file_must_not_set_is_refused_and_nothing_is_sent(shell, asked, lesson, capsys, key):
    """In one line that names the file, the line and the key: so no clone sends a key or a prompt elsewhere."""
    server = asked()
    lesson(f'# settings\nmodel = "a:b@1"\n{key} = "http://127.0.0.1:1/v1"\n')
    for source in ("%%runware\nHi", "%runware ask Hi", "%runware models", "%%runware -n 2\nHi"):
        error, shown = failed(shell, source, capsys)
        assert isinstance(error, UsageError)
        assert error.message.startswith(
            f"{FILE}, line 3: {key.partition('.')[0]} {'is not' if key == 'c.api.key' else 'cannot be'} "
        )
        assert shown == sentence(error)
    assert not server.heard


BROKEN = [
    ("model =", "is not TOML: "),
    ("x = " + "[" * 5000, "is not TOML: "),
    ("max_tokens = " + "9" * 5000, "is not TOML: "),
    ("modell = 'a:b@1'", "line 1: modell is not a setting. Did you mean model?"),
    ("zzz = 1", "line 1: zzz is not a setting. The settings are model, models, system"),
    ("[[runs]]\nx = 1", "line 1: runs is not a setting."),
    ("model = 3", "line 1: model must be a text without spaces"),
    ("model = 'a b'", "model must be a text without spaces"),
    ('model = "a\\u001b[2J"', "model must be a text without spaces"),
    ("models = []", "models must be a list of models"),
    ("models = 'a:b@1'", "models must be a list of models"),
    ("model = 'a:b@1'\nmodels = ['c:d@2']", "line 1: model is a:b@1, which is not in models."),
    ("system = ' '", "system must be a non-empty text"),
    ("\n\n  max_tokens = 0", "line 3: max_tokens must be a whole number from 1"),
    ("max_tokens = '9'", "max_tokens must be a whole number from 1"),
    ("max_tokens = true", "max_tokens must be a whole number from 1"),
    ("temperature = 3", "temperature must be a number from 0 to 2"),
    ("temperature = nan", "temperature must be a number from 0 to 2"),
    ("budget = -1", "budget must be an amount in US dollars from 0"),
    ("budget = inf", "budget must be an amount in US dollars from 0"),
    ("reasoning = 'loud'", "reasoning must be one of auto, open, folded, hidden"),
    ("reasoning = []", "reasoning must be one of auto, open, folded, hidden"),
    ("confirm_above = [21, 0.5]", "at most [20, 1]"),
    ("confirm_above = [5, 1.5]", "at most [20, 1]"),
    ("confirm_above = [5, nan]", "at most [20, 1]"),
    ("confirm_above = [5]", "at most [20, 1]"),
    ("confirm_above = 5", "at most [20, 1]"),
    ("mode = 'record'", 'mode must be "live", or'),
    ("mode = { replay = 'a.jsonl', to = 'x' }", 'mode must be "live", or'),
    ("mode = { replay = 'a.jsonl', speed = 3 }", 'mode must be "live", or'),
    ("mode = { replay = 'a.jsonl', speed = [] }", 'mode must be "live", or'),
    ("mode = { replay = 'a.jsonl', else = 'https://example.org' }", 'mode must be "live", or'),
    ("mode = { replay = 'a.jsonl', else = {} }", 'mode must be "live", or'),
    *(
        (f"mode = {{ replay = '{path}' }}", "a table whose replay is a path in the same folder or below")
        for path in (
            "",
            " ",
            "/etc/passwd",
            "../one.jsonl",
            "a/../../b",
            "~/one.jsonl",
            "C:\\one",
            "a\\..\\..\\b",
            "\\\\x\\y",
        )
    ),
    ("mode = { replay = 3 }", "a table whose replay is a path in the same folder or below"),
    ('mode = { replay = "a\\u0000b" }', "a table whose replay is a path in the same folder or below"),
    ('mode = { replay = "C:one.jsonl" }', "a table whose replay is a path in the same folder or below"),
    ("mode = [{ replay = 'a' }]", 'mode must be "live", or'),
    ("[mode]\nreplay = 'a'\nurl = 'x'", 'mode must be "live", or'),
    ("mode = " + "{a = " * 300 + "1" + "}" * 300, 'mode must be "live", or'),
    ("model = " + "[" * 300 + "]" * 300, "model must be a text without spaces"),
    ("model = 'a'\nmodel = 'b'", "is not TOML: "),
    ("model = 'a'\0", "is not TOML: "),
    ('"a\\u001b[2J<b>" = 1', "is not a setting."),
    ('"a\\nb" = 1', "is not a setting."),
    ("k" * 5000 + " = 1", "is not a setting."),
    ("max_tokens = 100001", "max_tokens must be a whole number from 1 to 100,000"),
    ("max_tokens = 7.0", "max_tokens must be a whole number from 1"),
    ("budget = '5'", "budget must be an amount in US dollars from 0"),
    ("budget = 2026-01-01", "budget must be an amount in US dollars from 0"),
    ("temperature = 1e400", "temperature must be a number from 0 to 2"),
    ('model = "a\\u202eb"', "model must be a text without spaces"),
    ("yes = true", "line 1: yes is not a setting."),
]


@pytest.mark.parametrize(("text", "said"), BROKEN)
def test_a_file_that_says_something_wrong_is_an_error_in_one_line(text, said):
    """With what was expected, and no setting of it holds."""
    with pytest.raises(UsageError) as caught:
        read_settings(text, FILE)
    assert said in str(caught.value)
    assert str(caught.value).startswith(FILE)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 700


@given(st.text(max_size=60) | st.from_regex(r"(model|mode|budget|x|\[a\]) ?= ?.{0,20}"))
def test_whatever_a_file_says_it_is_read_or_refused(text):
    """And nothing else comes of it."""
    with suppress(UsageError):
        assert isinstance(read_settings(text, FILE), ClassSettings)


def test_the_nearest_file_holds_up_to_the_root_of_the_repository(tmp_path):
    """What lies above is somebody else's."""
    root, below = tmp_path / "repository", tmp_path / "repository" / "week" / "one"
    below.mkdir(parents=True)
    (tmp_path / FILE).touch()
    (root / ".git").touch()
    assert find(below) is None
    (root / FILE).touch()
    assert find(below) == root.resolve() / FILE
    (below / FILE).touch()
    assert find(below) == below.resolve() / FILE


def test_the_search_ends_with_the_home_folder(tmp_path, monkeypatch):
    """Which is looked into itself."""
    home, below = tmp_path / "home", tmp_path / "home" / "work"
    below.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    (tmp_path / FILE).touch()
    assert find(below) is None
    (home / FILE).touch()
    assert find(below) == home.resolve() / FILE


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such folders")
def test_a_folder_in_which_everybody_writes_is_not_looked_into(tmp_path):
    """Unless the notebook itself is there."""
    everybodys, mine = tmp_path / "everybodys", tmp_path / "everybodys" / "mine"
    mine.mkdir(parents=True)
    everybodys.chmod(0o1777)
    (everybodys / FILE).touch()
    assert find(mine) is None
    assert find(everybodys) == everybodys.resolve() / FILE


def test_it_is_found_beside_the_notebook_rather_than_where_the_kernel_works(lesson, tmp_path):
    """Where the front end tells which notebook it is."""
    lesson("", "week")
    assert Classroom(lambda: None, no_replay).current() is None
    file = Classroom(lambda: tmp_path / "week" / "a.ipynb", no_replay).current()
    assert (file.name, file.path) == (FILE, tmp_path.resolve() / "week" / FILE)


def test_it_is_read_again_only_when_it_has_changed(lesson):
    """And is gone when it is gone."""
    path, room = lesson("max_tokens = 7"), Classroom(lambda: None, no_replay)
    first = room.current()
    assert room.current() is first
    lesson("max_tokens = 70")
    assert room.current().settings.values == {"max_tokens": 70}
    path.unlink()
    assert room.current() is None


def test_an_interrupt_while_it_is_read_ends_nothing(lesson, monkeypatch):
    """What held goes on until the file has been read: no prompt goes out without the class's say."""
    told = []
    room = Classroom(lambda: None, lambda *what: bool(told.append(what)))
    lesson("mode = { replay = 'one.jsonl' }")
    room.current()
    lesson("mode = { replay = 'another.jsonl' }")
    with monkeypatch.context() as patch:
        patch.setattr(class_file, "_read", interrupted)
        with pytest.raises(KeyboardInterrupt):
            room.current()
    assert room.current().settings.replay == Replay("another.jsonl")
    assert [replay.file for _, replay in told] == ["one.jsonl", "another.jsonl"]


def interrupted(*_):
    """Be interrupted."""
    raise KeyboardInterrupt


def test_a_recording_answers_from_when_the_class_says_so_until_it_does_not(lesson, tmp_path):
    """Not again at each look: the user may have gone live."""
    told = []
    room = Classroom(lambda: None, lambda *what: told.append(what))
    for _ in range(2):
        room.current()
        lesson("mode = { replay = 'a/one.jsonl' }")
        room.current()
        lesson("max_tokens = 7")
        room.current()
    assert told == [(tmp_path.resolve() / "a" / "one.jsonl", Replay("a/one.jsonl")), (None, None)] * 2


def test_nothing_goes_live_where_a_recording_was_to_answer(lesson):
    """Where it is a link that leads elsewhere."""
    path = lesson("mode = { replay = 'week/one.jsonl' }")
    (path.parent / "week").symlink_to(path.parent.parent)
    with pytest.raises(UsageError, match="outside the folder of runware"):
        Classroom(lambda: None, lambda *_: None).current()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such links")
def test_links_in_a_circle_lead_nowhere(lesson, tmp_path):
    """In one line."""
    lesson("mode = { replay = 'a/one.jsonl' }")
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(UsageError, match=r"^runware\.toml asks to replay a/one\.jsonl: "):
        Classroom(lambda: None, lambda path, _: read(path)).current()


def test_a_recording_that_was_missing_answers_once_it_is_there(lesson):
    """Though the settings are the same; until then each look says so."""
    lesson("mode = { replay = 'one.jsonl' }")
    there, told = [], []

    def replay(path, _):
        if not there:
            msg = "There is no file one.jsonl."
            raise UsageError(msg)
        told.append(path.name)

    room = Classroom(lambda: None, replay)
    for _ in range(2):
        with pytest.raises(UsageError, match=r"asks to replay one\.jsonl: There is no file.*Nothing is sent"):
            room.current()
    there.append(True)
    room.current()
    room.current()
    assert told == ["one.jsonl"]


def test_what_else_changes_does_not_begin_a_replay_anew(lesson):
    """It would go back to the first answers, or end what the reader has chosen instead."""
    told = []
    room = Classroom(lambda: None, lambda *what: told.append(what))
    for tokens in (7, 70, 700):
        lesson(f"mode = {{ replay = 'one.jsonl' }}\nmax_tokens = {tokens}")
        room.current()
    assert len(told) == 1
    lesson("mode = { replay = 'one.jsonl', speed = 2 }")
    room.current()
    assert len(told) == 2


def test_a_file_stays_broken_until_it_is_mended(lesson):
    """Each look says so."""
    room = Classroom(lambda: None, no_replay)
    lesson("base_url = 'x'")
    for _ in range(2):
        with pytest.raises(UsageError, match="base_url"):
            room.current()
    lesson("max_tokens = 7")
    assert room.current().settings.values == {"max_tokens": 7}


def test_what_cannot_be_read_is_an_error_in_one_line(lesson):
    """A folder, a file that is too large, bytes that are no text: never the whole path."""
    path, room = lesson(" " * (LARGEST + 1)), Classroom(lambda: None, no_replay)
    with pytest.raises(UsageError, match=f"^{FILE} cannot be read: it is larger than 64 KB"):
        room.current()
    path.write_bytes(b"model = '\xff'")
    with pytest.raises(UsageError, match=f"^{FILE} is not TOML: byte 9"):
        room.current()
    path.unlink()
    path.mkdir()
    with pytest.raises(UsageError, match=f"^{FILE} cannot be read: it is not a file"):
        room.current()


ODD = {
    "a pipe": os.mkfifo if hasattr(os, "mkfifo") else None,
    "a folder": Path.mkdir,
    "a link that leads nowhere": lambda path: path.symlink_to("nowhere"),
    "a link that leads in a circle": lambda path: path.symlink_to(FILE),
    "what never ends": lambda path: path.symlink_to("/dev/zero"),
    "another file": lambda path: path.symlink_to(__file__),
}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
@pytest.mark.parametrize("what", ODD)
@pytest.mark.usefixtures("lesson")
def test_what_is_no_file_of_settings_is_an_error_in_one_line_and_nothing_is_sent(shell, asked, tmp_path, capsys, what):
    """Whatever a repository calls so; and it is over when that is gone."""
    server = asked()
    ODD[what](tmp_path / FILE)
    error, shown = failed(shell, "%%runware\nHi", capsys)
    assert isinstance(error, UsageError)
    assert error.message.startswith(FILE)
    assert error.hint == "Nothing is sent until this is corrected."
    assert shown == sentence(error)
    assert not server.heard
    (tmp_path / FILE).rename(tmp_path / "away") if what == "a folder" else (tmp_path / FILE).unlink()
    cell(shell, "")
    assert server.heard


def test_options_go_before_configuration_goes_before_the_class_goes_before_defaults(shell, asked, lesson):
    """Also where the user configures what is the default anyway."""
    server = asked()
    lesson("max_tokens = 7\ntemperature = 0.5\nmodel = 'a:b@1'\nsystem = 'Be kind.'")
    cell(shell, "--once")
    shell.run_line_magic("config", "RunwareMagics.max_tokens = 4096")
    shell.run_line_magic("config", "RunwareMagics.model = 'x:y@2'")
    cell(shell, "--once")
    cell(shell, "c:d@3 --once --max-tokens 9 -t 1")
    sent = [(h.json["model"], h.json["max_completion_tokens"], h.json["temperature"]) for h in server.heard]
    assert sent == [("a:b@1", 7, 0.5), ("x:y@2", 4096, 0.5), ("c:d@3", 9, 1)]
    assert server.heard[0].json["messages"][0] == {"role": "system", "content": "Be kind."}


@pytest.mark.parametrize(
    "source", ["%%runware x:y@2\nHi", "%runware ask -m x:y@2 Hi", "%%runware --compare a:b@1,x:y@2\nHi"]
)
def test_a_model_outside_of_those_that_are_allowed_is_refused_before_anything_is_sent(
    shell, asked, lesson, capsys, source
):
    """In one line that says which are, and who says so."""
    server = asked()
    lesson("models = ['a:b@1', 'c:d@3']")
    error, shown = failed(shell, source, capsys)
    assert isinstance(error, UsageError)
    assert f"x:y@2 is not among the models that {FILE} allows; nothing was sent." in shown
    assert "It allows a:b@1, c:d@3." in shown
    assert not server.heard
    cell(shell, "", "Hi")
    assert server.heard[0].json["model"] == "a:b@1"


def test_of_many_allowed_models_the_first_are_told():
    """And how many there are: an error is a line, not a list."""
    models = tuple(f"a:b@{number}" for number in range(1, 31))
    with pytest.raises(UsageError) as caught:
        Settings(allowed=Allowed(models, FILE)).must_allow("x:y@2", ELSEWHERE)
    assert caught.value.hint == f"It allows {', '.join(models[:20])} and 10 more."


def test_the_models_of_the_demo_are_always_allowed():
    """They are none, and stand in for the class's where there is no key."""
    settings = Settings("a:b@1", allowed=Allowed(("a:b@1",), FILE), assigned="a:b@1")
    assert settings.model_for(DEMO_ENDPOINT) == DEMO_MODEL
    assert settings.model_for(ELSEWHERE) == "a:b@1"
    settings.must_allow(DEMO_MODEL, DEMO_ENDPOINT)
    with pytest.raises(UsageError):
        settings.must_allow(DEMO_MODEL, ELSEWHERE)
    chosen = Settings("demo:poet@1", assigned="demo:poet@1")
    assert chosen.model_for(DEMO_ENDPOINT) == "demo:poet@1"


def test_safeties_can_be_lowered_and_the_readers_own_stay(magics, lesson):
    """A budget of the class holds where the reader has set none."""
    lesson("budget = 0.25\nconfirm_above = [5, 0.1]")
    assert (magics.settings.budget, magics.settings.confirm_above) == (None, Settings().confirm_above)
    settings = magics.dispatch._settings()
    assert (settings.budget, settings.confirm_above) == (0.25, (5, 0.1))
    magics.budget, magics.confirm_above = 0.1, (2, 0.01)
    settings = magics.dispatch._settings()
    assert (settings.budget, settings.confirm_above) == (0.1, (2, 0.01))


def test_a_comparison_wants_a_yes_from_where_the_class_says(shell, asked, lesson, capsys):
    """Rather than from 20 requests."""
    server = asked()
    lesson("confirm_above = [2, 0.1]")
    error, _ = failed(shell, "%%runware -n 3\nHi", capsys)
    assert type(error).__name__ == "ConfirmError"
    assert all("/models" in heard.line for heard in server.heard)


def test_a_system_message_of_a_class_is_sent_as_it_stands(shell, asked, lesson):
    """Nothing in it is evaluated: it is not the reader's own."""
    server = asked()
    lesson("system = \"{{ __import__('os').environ }}\"")
    cell(shell, "")
    assert server.heard[0].json["messages"][0]["content"] == "{{ __import__('os').environ }}"


def test_status_tells_what_the_class_has_set_and_where(shell, asked, lesson, tmp_path, monkeypatch):
    """By a relative path, and what the user has set besides."""
    asked()
    lesson("max_tokens = 7\nsystem = 'Be  kind.'\nmodels = ['a:b@1']")
    below = tmp_path / "week"
    below.mkdir()
    monkeypatch.chdir(below)
    shell.run_line_magic("config", "RunwareMagics.max_tokens = 9")
    told = line(shell)
    assert f"../{FILE} sets this:" in told
    assert "Be kind." in told
    assert "7 (you have set another value)" in told
    assert str(tmp_path) not in told


def test_other_commands_go_on_while_the_file_is_broken(shell, asked, lesson):
    """They send nothing."""
    server = asked()
    cell(shell, "", "Hi")
    lesson("nonsense = 1")
    assert "Hi" in line(shell, "history")
    assert "requests" in line(shell, "usage")
    with pytest.raises(RunwareError, match="nonsense"):
        line(shell)
    assert len(server.heard) == 1


def test_tab_offers_the_models_that_are_allowed(shell, magics, asked, lesson):
    """As they were last read: no key that is pressed looks for a file."""
    asked()
    lesson("models = ['a:b@1', 'c:d@3']")
    assert "a:b@1" not in magics.known().models
    line(shell)
    Path(FILE).unlink()
    assert set(magics.known().models) == {"a:b@1", "c:d@3"}


def test_loading_says_in_a_line_that_there_is_one(terminal, lesson, capsys):
    """And nothing where there is none."""
    for text, said in ((None, ""), ("", f"{FILE} sets defaults for this notebook's cells: %runware shows them.\n")):
        if text is not None:
            lesson(text)
        terminal.run_line_magic("unload_ext", "runware_magic")
        capsys.readouterr()
        terminal.run_line_magic("load_ext", "runware_magic")
        assert capsys.readouterr().out == said
