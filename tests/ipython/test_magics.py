"""The magics in a terminal IPython: what a user types, and what comes of it."""

import io
import json
import sys
import threading

import pytest
from IPython.core import completer
from loopback import chunk, chunked, delta, finish, head, sized, sse
from terminal_ipython import OK, cell, contents, failed, line, saying, sentence

from runware_magic.engine.throttle import DrawCost
from runware_magic.errors import RunwareError
from runware_magic.ipython.magics import RunwareMagics
from runware_magic.ipython.shell_hooks import Command, open_cell
from runware_magic.prompt.option_table import OPTIONS


def test_a_cell_asks_and_its_answer_is_shown(shell, asked):
    """The text, then the badge."""
    server = asked()
    shown = cell(shell, "")
    assert "Hello" in shown
    assert "5 in / 2 out" in shown
    assert contents(server.heard[0]) == [("user", "Hi")]
    assert server.heard[0].json["model"] == "minimax:m2.7@0"
    assert server.heard[0].json["max_completion_tokens"] == 4096


@pytest.mark.parametrize("written", ["%%runware m --dry-run\n日本 → x", "%runware help allow"])
def test_a_stdout_that_is_not_utf_8_shows_what_it_can(shell, magics, monkeypatch, written):
    """As it is on Windows where it is redirected; the user's own prints fail there as ever."""
    magics.base_url = "http://127.0.0.1:9/v1"
    stdout = io.TextIOWrapper(io.BytesIO(), "ascii", write_through=True)
    monkeypatch.setattr(sys, "stdout", stdout)
    shell.run_cell(written).raise_error()
    assert b"?" in stdout.buffer.getvalue()
    assert stdout.errors == "strict"


def test_a_conversation_goes_on(shell, asked):
    """Each cell sees the turns before it; another chat does not; --once neither sees nor leaves anything."""
    server = asked(*saying("A", "B", "C", "D", "E"))
    cell(shell, "", "one")
    cell(shell, "-s 'Be brief.'", "two")
    cell(shell, "-c other", "three")
    cell(shell, "--once", "four")
    cell(shell, "", "five")
    assert [contents(heard) for heard in server.heard] == [
        [("user", "one")],
        [("system", "Be brief."), ("user", "one"), ("assistant", "A"), ("user", "two")],
        [("user", "three")],
        [("user", "four")],
        [
            ("system", "Be brief."),
            ("user", "one"),
            ("assistant", "A"),
            ("user", "two"),
            ("assistant", "B"),
            ("user", "five"),
        ],
    ]


def test_every_option_reaches_the_request(shell, asked):
    """By the endpoint's names."""
    server = asked()
    cell(
        shell,
        "a:b@c -t 0.5 --top-p 0.9 --max-tokens 7 --stop x --seed 1 --effort low -p top_k=4 --no-stream -o answer",
        "user:\n{{ 1 + 1 }}",
    )
    assert server.heard[0].json == {
        "model": "a:b@c",
        "messages": [{"role": "user", "content": "2"}],
        "stream": False,
        "temperature": 0.5,
        "top_p": 0.9,
        "max_completion_tokens": 7,
        "stop": ["x"],
        "seed": 1,
        "reasoning_effort": "low",
        "top_k": 4,
    }
    assert str(shell.user_ns["answer"]) == "Hello"


def test_a_raw_cell_is_sent_as_it_stands(shell, asked):
    """No roles, no placeholders."""
    server = asked()
    cell(shell, "--raw", "system:\n{{ nobody }}")
    assert contents(server.heard[0]) == [("user", "system:\n{{ nobody }}")]


def test_traits_are_the_defaults(shell, magics, asked):
    """%config sets them, a cell's options go before."""
    server = asked()
    shell.run_line_magic("config", "RunwareMagics.model = 'x:y@z'")
    shell.run_line_magic("config", "RunwareMagics.system = 'Be kind.'")
    magics.max_tokens, magics.temperature = 9, 0.1
    cell(shell, "")
    cell(shell, "-t 0.2 -s 'Be brief.' --once")
    sent = [heard.json for heard in server.heard]
    assert [s["model"] for s in sent] == ["x:y@z", "x:y@z"]
    assert [(s["max_completion_tokens"], s["temperature"]) for s in sent] == [(9, 0.1), (9, 0.2)]
    assert [s["messages"][0]["content"] for s in sent] == ["Be kind.", "Be brief."]


ERRORS = [
    ("", " ", "PromptError", "empty"),
    ("--temperatur 1", "Hi", "OptionError", "--temperature"),
    ("-t 3", "Hi", "OptionError", "from 0 to 2"),
    ("", "{{ nobody }}", "PromptError", "'nobody' is not defined"),
    ("", "user:\nHi\nassistant:\nHo", "PromptError", "assistant"),
]


@pytest.mark.parametrize(("options", "body", "kind", "said"), ERRORS)
def test_what_cannot_be_sent_is_an_error_in_one_line(shell, magics, asked, capsys, options, body, kind, said):
    """Nothing was sent, nothing is changed, the cell has failed."""
    server = asked()
    error, shown = failed(shell, f"%%runware {options}\n{body}", capsys)
    assert (type(error).__name__, shown) == (kind, sentence(error))
    assert said in shown
    assert isinstance(error, RunwareError)
    assert error.hint
    assert not server.heard
    assert magics.session.conversation.all_turns() == ()


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (sized(401, b'{"error":{"message":"bad key"}}'), "KeyRefusedError"),
        (sized(402, b"{}"), "BalanceError"),
        (sized(404, b'{"errors":[{"message":"no such model","code":"x"}]}'), "NotFoundError"),
        (sized(429, b"{}"), "RateLimitedError"),
        (sized(500, b"<html><h1>Oops</h1></html>", "text/html"), "ServerFailedError"),
    ],
)
def test_a_refusal_is_an_error_in_one_line(shell, magics, asked, capsys, reply, kind):
    """The conversation is as it was, and the next cell can ask."""
    server = asked(reply, OK)
    error, shown = failed(shell, "%%runware\nHi", capsys)
    assert type(error).__name__ == kind
    assert "Traceback" not in shown
    assert magics.session.conversation.all_turns() == ()
    assert "Hello" in cell(shell, "", "again")
    assert contents(server.heard[1]) == [("user", "again")]


@pytest.mark.parametrize(
    ("url", "key", "kind"),
    [
        ("https://e.invalid/v1", None, "KeyMissingError"),
        ("http://e.invalid/v1", "sk-secret", "InsecureEndpointError"),
        ("http://127.0.0.1:9/v1", "sk-secret", "ConnectError"),
        ("https://e.invalid/v1", "sk-secret", "ConnectError"),
        ("nonsense", None, "EndpointError"),
        ("https://e.invalid/v1", "sk secret", "EndpointError"),
    ],
)
@pytest.mark.usefixtures("_sockets")
def test_an_endpoint_that_cannot_be_used_is_an_error_in_one_line(shell, magics, monkeypatch, capsys, url, key, kind):
    """No key is shown, and the demo endpoint does not step in."""
    magics.base_url, magics.retries = url, 0
    if key:
        monkeypatch.setenv("RUNWARE_API_KEY", key)
    error, shown = failed(shell, "%%runware\nHi", capsys)
    assert type(error).__name__ == kind
    assert "Traceback" not in shown
    assert "secret" not in shown
    assert magics.session.conversation.all_turns() == ()


@pytest.mark.usefixtures("_sockets")
@pytest.mark.parametrize("variable", ["demo", "DEMO"])
def test_the_demo_answers_where_the_environment_names_it(shell, magics, monkeypatch, variable):
    """Whatever key there is; an address that is configured goes before."""
    monkeypatch.setenv("RUNWARE_API_KEY", "sk-of-mine")
    monkeypatch.setenv("RUNWARE_BASE_URL", variable)
    assert "the built-in demo (set by RUNWARE_BASE_URL)" in line(shell)
    cell(shell, "", "Hi")
    assert magics.session.conversation.all_turns()[-1].endpoint == "demo"
    magics.base_url = "http://127.0.0.1:9/v1"
    assert "http://127.0.0.1:9/v1 (key from RUNWARE_API_KEY)" in line(shell)


def test_an_answer_that_breaks_off_is_kept_as_failed(shell, magics, asked, capsys):
    """It is shown, recorded, and not sent again."""
    server = asked([head(Transfer_Encoding="chunked"), chunk(sse(delta(content="Half"))), lambda s: s.shutdown(2)], OK)
    error, shown = failed(shell, "%%runware\nHi", capsys)
    assert type(error).__name__ == "ConnectionLostError"
    assert "Half" in shown
    (turn,) = magics.session.conversation.turns("main")
    assert (turn.state, turn.content, turn.cost) == ("failed", "Half", None)
    cell(shell, "", "again")
    assert contents(server.heard[1]) == [("user", "again")]


def test_an_interrupt_keeps_what_has_come(shell, magics, asked, capsys, monkeypatch):
    """State stopped; it stays in the conversation; one line and no traceback."""
    gate = threading.Event()
    server = asked([head(Transfer_Encoding="chunked"), chunk(sse(delta(content="Half"))), gate], OK)
    view = magics.dispatch._view(magics.settings, None)

    def interrupt(builder, _):
        if builder.content:
            raise KeyboardInterrupt
        return DrawCost()

    monkeypatch.setattr(view, "draw", interrupt)
    monkeypatch.setattr(magics.dispatch, "_view", lambda *_, **__: view)
    error, shown = failed(shell, "%%runware\nHi", capsys)
    gate.set()
    assert type(error).__name__ == "StoppedError"
    assert "Traceback" not in shown
    (turn,) = magics.session.conversation.turns("main")
    assert (turn.state, turn.content) == ("stopped", "Half")
    monkeypatch.undo()
    magics.base_url = server.url
    cell(shell, "", "again")
    assert contents(server.heard[1]) == [("user", "Hi"), ("assistant", "Half"), ("user", "again")]


def test_a_limit_that_reasoning_used_up_is_told(shell, asked):
    """The answer is empty, and the user knows why."""
    asked(chunked([sse(delta(reasoning_content="Hmm"), finish("length"), "[DONE]")]))
    assert "--max-tokens" in cell(shell, "--max-tokens 5")


def test_one_prompt_on_one_line(shell, asked):
    """With the same options, and quotes as they are."""
    server = asked()
    assert "Hello" in line(shell, "ask -t 0.5 What's this?")
    assert contents(server.heard[0]) == [("user", "What's this?")]
    assert server.heard[0].json["temperature"] == 0.5


def test_the_commands(shell, magics, asked):
    """Status, history, chats, undo, reset, usage, as text."""
    server = asked(*saying("A", "B"), OK)
    assert "No turns yet" in line(shell, "history")
    cell(shell, "", "one")
    cell(shell, "-c other", "two")
    cell(shell, "", "three")
    status = line(shell)
    assert server.url in status
    assert "main, 2 turns" in status
    assert "$0.0000100 (2 answers not reported)" in status
    history = line(shell, "history").splitlines()
    assert [row.split()[0] for row in history[2:]] == ["1", "2"]
    assert "three" in history[3]
    assert "two" in line(shell, "history other")
    assert "Forgot turn 2 of chat main: three" in line(shell, "undo")
    assert "chat other (1 turn so far)" in line(shell, "chat other")
    assert "current" in line(shell, "chat")
    assert "Forgot 1 turn of chat other" in line(shell, "reset")
    assert "no turns" in line(shell, "undo")
    assert "3" in line(shell, "usage")
    assert len(magics.session.conversation.all_turns()) == 1


def test_the_models(shell, asked):
    """With prices for a million tokens; a pattern picks."""
    rows = [{"id": "a-b", "context_length": 1000, "pricing": {"prompt": "0.000002", "completion": "x"}}, {"id": "c"}]
    asked(sized(200, json.dumps({"data": rows}).encode()))
    shown = line(shell, "models")
    assert "1,000" in shown
    assert "2.00" in shown
    assert "a-b" not in line(shell, "models C")
    assert "None of 2 models" in line(shell, "models zzz")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("histroy", "Did you mean history"),
        ("zzz", "ask PROMPT asks"),
        ("history nobody", "no chat 'nobody'"),
        ("reset nobody", "no chat 'nobody'"),
        ("chat a b", "Unexpected 'b'"),
        ("login sk-secret", "saved with the notebook"),
        ("ask", "empty"),
    ],
)
def test_a_wrong_command_is_an_error_in_one_line(shell, asked, capsys, text, said):
    """With the nearest that there is."""
    asked()
    cell(shell, "")
    error, shown = failed(shell, f"%runware {text}", capsys)
    assert isinstance(error, RunwareError)
    assert said in shown
    assert "secret" not in shown
    assert "Traceback" not in shown


def test_a_key_is_asked_for_without_showing_it(shell, magics, asked, monkeypatch):
    """It goes before the environment's, and is shown nowhere."""
    server = asked()
    monkeypatch.setenv("RUNWARE_API_KEY", "from-env")
    monkeypatch.setattr("getpass.getpass", lambda _: "sk-typed")
    shown = line(shell, "login")
    cell(shell, "")
    shown += line(shell)
    assert server.heard[0].headers["authorization"] == "Bearer sk-typed"
    assert "%runware login" in shown
    assert "sk-typed" not in shown + repr(vars(magics))


def completions(shell, text):
    """Press Tab at the end of a text; give what it would become."""
    from IPython.core.completer import provisionalcompleter

    with provisionalcompleter():
        return {text[: c.start] + c.text for c in shell.Completer.completions(text, len(text))}


#: Before 8.6, IPython shows others no line but the cursor's, and adds its own names where nothing fits.
LATER_SHELLS = [
    ("%%runware -t ", set()),
    ("%%runware -m demo:tutor@1 \nTell me of {{ my_var", {"%%runware -m demo:tutor@1 \nTell me of {{ my_variable"}),
    ("%%runware --once\nTell\nme of {{ my", {"%%runware --once\nTell\nme of {{ my_variable"}),
    ("%%runware\nTell me of {{ my_var", {"%%runware\nTell me of {{ my_variable"}),
    ("%%runware\nTell me of {{ len(my_v", {"%%runware\nTell me of {{ len(my_variable"}),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%%runware --temp", {"%%runware --temperature"}),
        ("%%runware --ma", {"%%runware --max-tokens", "%%runware --max-parallel"}),
        ("%%runware -", {f"%%runware {flag}" for option in OPTIONS for flag in option.flags}),
        ("%%runware mini", {"%%runware minimax:m2.7@0"}),
        ("%%runware -m minimax:m2", {"%%runware -m minimax:m2.7@0"}),
        ("%%runware -c oth", {"%%runware -c other"}),
        ("%%runware --effort l", {"%%runware --effort low"}),
        ("%%runware --model=mini", {"%%runware --model=minimax:m2.7@0"}),
        ("%runware hist", {"%runware history"}),
        ("%runware stop a", {"%runware stop all"}),
        ("%runware history oth", {"%runware history other"}),
        ("%runware show 1 --as c", {"%runware show 1 --as curl"}),
        ("%runware fork --", {"%runware fork --at"}),
        ("%runware ask --see", {"%runware ask --seed"}),
        *(LATER_SHELLS if hasattr(completer, "context_matcher") else []),
    ],
)
def test_tab_completes(shell, asked, text, expected):
    """Options, models, chats, commands, and variables between braces; and nothing else."""
    asked()
    cell(shell, "-c other")
    shell.user_ns["my_variable"] = 1
    assert completions(shell, text) == expected


def test_tab_leaves_other_cells_alone(shell):
    """What is offered there is IPython's."""
    shell.user_ns["my_variable"] = 1
    # Jedi finds the same, but not while another process of the tests writes to its cache.
    shell.Completer.use_jedi = False
    assert completions(shell, "my_var") == {"my_variable"}
    assert "{{ my_variable" not in completions(shell, "x = '{{ my_var")


def test_several_questions_of_one_cell_are_several_turns(shell, magics, asked):
    """Run again, the cell answers both anew."""
    asked(*saying("A", "B", "C", "D"))
    for run in ("first", "second"):
        shell.parent_header = {"metadata": {"cellId": "a"}, "header": {"msg_id": run}}
        line(shell, "ask one")
        line(shell, "ask two")
    shell.__dict__.pop("parent_header")
    assert [str(turn) for turn in magics.session.conversation.turns("main")] == ["C", "D"]
    assert [len(place.versions) for place in magics.session.conversation.places("main")] == [2, 2]


def test_a_partial_answer_is_bound_too(shell, asked):
    """An older value must not stand in for it; without any answer nothing is bound."""
    broken = [head(Transfer_Encoding="chunked"), chunk(sse(delta(content="Half"))), lambda s: s.shutdown(2)]
    asked(broken, sized(401, b"{}"))
    with pytest.raises(RunwareError):
        cell(shell, "-o answer")
    assert str(shell.user_ns["answer"]) == "Half"
    with pytest.raises(RunwareError):
        cell(shell, "-o other")
    assert "other" not in shell.user_ns


def test_a_system_message_of_a_failed_turn_does_not_hold(shell, asked):
    """The next request does not see it."""
    broken = [head(Transfer_Encoding="chunked"), chunk(sse(delta(content="Half"))), lambda s: s.shutdown(2)]
    server = asked(broken, OK)
    with pytest.raises(RunwareError):
        cell(shell, "-s PIRATE")
    cell(shell, "", "again")
    assert contents(server.heard[1]) == [("user", "again")]


def test_a_key_that_nobody_types_changes_nothing(shell, magics, monkeypatch):
    """Ctrl-C where the key is asked for."""

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("getpass.getpass", interrupted)
    assert "No key was typed" in line(shell, "login")
    assert magics.dispatch._resolver.login is None


def test_the_help_reads_well(shell):
    """Both magics explain themselves."""
    for magic, said in [("%%runware", "--max-tokens NUMBER"), ("%runware", "%runware history [CHAT]")]:
        info = shell.object_inspect(magic)
        assert said in info["docstring"]


@pytest.mark.usefixtures("_sockets")
def test_loading_twice_and_unloading_leave_nothing(shell):
    """One configurable while loaded; afterwards no magic, no thread, no server, though the demo has answered."""
    shell.extension_manager.reload_extension("runware_magic")
    loaded = [entry for entry in shell.configurables if isinstance(entry, RunwareMagics)]
    assert len(loaded) == 1
    cell(shell, "", "Hello")
    shell.run_line_magic("unload_ext", "runware_magic")
    assert shell.find_cell_magic("runware") is None
    assert open_cell not in shell.input_transformer_manager.line_transforms
    assert Command not in shell.input_transformer_manager.token_transformers
    assert not any("runware" in matcher.__qualname__ for matcher in shell.Completer.custom_matchers)
    assert shell.find_line_magic("runware") is None
    assert [thread.name for thread in threading.enumerate() if "runware" in thread.name] == []


def test_an_error_that_comes_alone_leaves_no_turn(shell, magics, asked, capsys):
    """With status 200 as well: nothing had begun, so nothing is said to be kept."""
    asked(chunked([sse({"error": {"message": "no such luck"}})]))
    _, shown = failed(shell, "%%runware\nHi", capsys)
    assert "reported an error: no such luck" in shown
    assert magics.session.conversation.all_turns() == ()


def test_a_key_that_a_server_repeats_is_not_shown(shell, asked, monkeypatch, capsys):
    """Neither in its errors nor in what it sent."""
    monkeypatch.setenv("RUNWARE_API_KEY", "sk-repeated")
    asked(
        sized(401, b'{"error": "bad key sk-repeated"}'),
        chunked([sse(delta(content="x")), sse({"debug": "sk-repeated"}), sse(finish(), "[DONE]")]),
    )
    _, shown = failed(shell, "%%runware\nHi", capsys)
    cell(shell, "")
    shown += line(shell, "show --as sse")
    assert "bad key …" in shown
    assert "debug" in shown
    assert "repeated" not in shown
