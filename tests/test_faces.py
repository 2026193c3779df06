"""The same error for who ran a cell and for who called a function: each reads the names of what they wrote."""

import ast
import pickle
import re
from pathlib import Path

import pytest
from loopback import ANSWER, chunk, chunked, delta, head, sized, sse
from terminal_ipython import failed

import runware_magic
from runware_magic import Chat, RunwareError, errors
from runware_magic.errors import Words, asked_from_python

OK = chunked([sse(value) for value in ANSWER])
#: What only a cell knows.
CELLS = re.compile(r"%|(^|\s)--?[a-z]|\b[Cc]ell\b|\.\.")


def refusal(status):
    """Give a reply that refuses, whoever tries again."""
    return [sized(status, b'{"error": {"message": "No."}}', Retry_After="0")] * 3


LOST = [head(Transfer_Encoding="chunked"), chunk(sse(delta(content="Half"))), lambda s: s.shutdown(2)]
BROKEN = chunked([sse(delta(content="Half"), {"error": {"message": "No."}})])
REPORTED = chunked([sse({"error": {"message": "No."}})])
BABBLE = [b"SSH-2.0-OpenSSH_9.6\r\n"]
ENDLESS = chunked([b'data: {"choices": [{"delta": {"content": "' + b"x" * 2**20 + b'"}}]}\n\n' for _ in range(17)])

FACES = {
    "wrong key": (refusal(401), "run %runware login.", "give another api_key."),
    "no balance": (refusal(402), "then run the cell again.", "then ask again."),
    "not allowed": (refusal(403), "run %runware login with another key.", "give another api_key."),
    "no such model": (refusal(404), "%runware models lists the models", "Check model and base_url."),
    "gave up": (refusal(408), "Run the cell again.", "Ask again."),
    "too long": (refusal(413), "start over: %runware reset.", "start over with a new Chat."),
    "too many": (refusal(429), "then run the cell again.", "then ask again."),
    "rejected": (refusal(400), "Check the options of the cell.", "Check the parameters."),
    "failed": (refusal(500), "Run the cell again later", "Ask again later"),
    "reported": ([REPORTED], "Run the cell again later", "Ask again later"),
    "broken off": ([BROKEN], "is kept. Run the cell again.", "is kept. Ask again."),
    "lost": ([LOST], "Run the cell again.", "Ask again."),
    "no HTTP": ([BABBLE], "Run the cell again. Check base_url.", "Ask again. Check base_url."),
    "endless": ([ENDLESS], "lower --max-tokens.", "lower max_tokens."),
}


def assert_for_python(text):
    """See that it is one line, and speaks of nothing that only a cell knows."""
    assert "\n" not in text
    assert CELLS.search(text) is None, text


@pytest.mark.parametrize(("replies", "cell", "python"), FACES.values(), ids=FACES)
def test_an_endpoints_error_is_worded_for_who_asks(shell, asked, serve, capsys, replies, cell, python):
    """Raised and kept in the turn alike, from a cell, a Chat and map."""
    asked(*replies)
    error, shown = failed(shell, "%%runware m\nHi", capsys)
    assert cell in str(error)
    assert cell in shown
    with Chat("m", base_url=serve(*replies).url) as chat:
        with pytest.raises(type(error)) as raised:
            chat.ask("Hi")
        kept = [turn.error for turn in chat.turns]
    mapped = []
    try:
        mapped += [turn.error for turn in runware_magic.map(["Hi"], models="m", base_url=serve(*replies).url)]
    except RunwareError as hopeless:
        mapped.append(str(hopeless))
    for text in (str(raised.value), *kept, *mapped):
        assert python in text
        assert_for_python(text)
    assert kept in ([], [str(raised.value)])


WRITTEN = {
    "empty": ("", {"prompt": " "}, "below the %%runware line.", "Write what to ask."),
    "out of range": ("-t 9", {"temperature": 9}, "--temperature must be a number", "temperature must be a number"),
    "limit": ("--max-tokens 0", {"max_tokens": 0}, "--max-tokens must be a whole", "max_tokens must be a whole"),
    "no number": ("--seed x", {"seed": "x"}, "--seed must be a whole number", "seed must be a whole number"),
}


@pytest.mark.parametrize(("options", "given", "cell", "python"), WRITTEN.values(), ids=WRITTEN)
def test_what_was_written_wrong_is_named_as_it_was_written(shell, asked, capsys, options, given, cell, python):
    """An option in a cell, an argument in Python."""
    asked(OK)
    error, _ = failed(shell, f"%%runware m {options}\n{given.get('prompt', 'Hi')}", capsys)
    assert cell in str(error)
    with Chat("m", base_url="http://127.0.0.1:9/v1") as chat, pytest.raises(type(error)) as raised:
        chat.ask(**{"prompt": "Hi", **given})
    assert python in str(raised.value)
    assert_for_python(str(raised.value))


TEMPLATES = ["{{ row", "{{ row row }}", "{{ nobody }}", "{{ 1 / 0 }}", " ", "system:\nBe brief.", "Hi\nassistant:\nHo"]


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_that_makes_no_prompt_is_told_to_python(serve, template):
    """Its turn speaks of no cell and no option."""
    server = serve(OK)
    (turn,) = runware_magic.map([1], template, models="m", base_url=server.url)
    assert turn.state == "failed"
    assert_for_python(turn.error)
    assert not server.heard


def test_where_to_ask_is_told_to_python():
    """A key that is missing, or stands in the address."""
    makes = [lambda url: Chat(base_url=url), lambda url: runware_magic.map(["Hi"], base_url=url)]
    for make in makes:
        for url in ("https://api.example.com/v1", "https://me:pass@api.example.com/v1"):
            with pytest.raises(errors.EndpointError, match="api_key") as raised:
                make(url)
            assert_for_python(str(raised.value))


def test_a_budget_is_told_to_python(serve):
    """The hint is what raises it here."""
    with Chat("m", base_url=serve(OK).url, budget=0) as chat, pytest.raises(errors.SpentError) as raised:
        chat.ask("Hi")
    assert raised.value.hint == "chat.budget = 1 raises it."
    assert_for_python(str(raised.value))


def test_what_was_not_recorded_is_told_to_python(serve, tmp_path):
    """Which prompt is the nearest, and what else is different."""
    path = tmp_path / "talk.jsonl"
    with Chat("m", "Be brief.", base_url=serve(OK).url, record=path) as chat:
        chat.ask("Hi")
        chat.ask("Ho")
    for options, prompt in (({}, "Hi"), ({"system": "Be brief."}, "Ho"), ({"system": "Be brief."}, "Hello there")):
        with Chat("m", replay=path, **options) as again, pytest.raises(errors.NotRecordedError) as raised:
            again.ask(prompt)
        assert_for_python(str(raised.value))
    (tmp_path / "empty.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    (tmp_path / "none.jsonl").write_text("{}\n")
    for name in ("empty.ipynb", "none.jsonl"):
        with pytest.raises(errors.UsageError) as raised:
            Chat(replay=tmp_path / name)
        assert "%" not in str(raised.value)


def test_words_go_with_an_error():
    """Also through a pickle, and when a text is put before or behind them."""
    error = errors.RefusedError("No: " + Words("a", "b") + ".", Words("-t", "t") + Words("1", "2"), 401, "code")
    assert (str(error), repr(error)) == ("No: a. -t1", "RefusedError('No: a.', '-t1')")
    with pytest.raises(errors.RefusedError) as raised, asked_from_python():
        raise error
    again = pickle.loads(pickle.dumps(raised.value))  # noqa: S301  # made here
    for each in (raised.value, again):
        assert (each.message, each.hint, each.status, each.code) == ("No: b.", "t2", 401, "code")


#: Where errors begin that may reach Python. What only cells reach is not among them.
REACHED = ["protocol", "transport", "recording", "chat/request.py", "client.py", "batch.py"]
REACHED += [f"prompt/{name}.py" for name in ("template", "parameters", "arguments")]
REACHED += [f"engine/{name}.py" for name in ("call", "connections", "workers", "pool", "turn_log")]


def told(tree):
    """Give each text in a module that is no docstring and no cell's words."""
    skipped = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            skipped.add(node.value)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Words":
            skipped.update(ast.walk(node.args[0]))
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in skipped
    ]


def test_no_error_that_reaches_python_speaks_of_cells_alone():
    """Where words are for a cell, there are others for Python beside them."""
    root = Path(runware_magic.__file__).parent
    paths = [
        path
        for name in REACHED
        for path in ([root / name] if name.endswith(".py") else (root / name).glob("*.py"))
        if path.name not in {"snippets.py", "credentials.py"}  # curl's options; where a cell's key is looked for
    ]
    assert len(paths) > 30
    spoken = re.compile(r"%%?runware|%config|(^|[ (])--?[a-z]+\b|\b[Cc]ells?\b")
    found = [
        (path.name, text)
        for path in paths
        for text in told(ast.parse(path.read_text("utf-8")))
        if spoken.search(text) and "pip install" not in text
    ]
    assert found == []
