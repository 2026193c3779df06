"""Requests as text to run: run by a shell and by Python, they send what the package sends."""

import inspect
import json
import os
import shlex
import shutil
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import ANSWER, chunked, sized, sse

from runware_magic.chat.messages import Message
from runware_magic.chat.request import Request
from runware_magic.protocol.chat_completions import CHAT_COMPLETIONS
from runware_magic.protocol.snippets import CLIENT_FIELDS, as_curl, as_json, as_python

URL = "https://api.runware.ai/v1"
KEY = "rw-made-up"
OK = chunked([sse(value) for value in ANSWER])
WHOLE = sized(200, b'{"id":"1","object":"chat.completion","choices":[{"index":0,"message":{"content":"Hello"}}]}')

NASTY = [
    'It\'s $HOME and `id` and "quotes" and \\ and !! and %s',
    "lines\nand\ttabs\r\n\nEND_OF_REQUEST\nEOF\n'EOF'",
    "'''\"\"\"\\'\\\"\\",
    "é 漢字 🎉 \u202eoverride\u2069 \u2028 \x85 \x9b31m \ufeff",
    "\x00\x07\x1b[31m\x7f",
    "${RUNWARE_API_KEY} $(id) {{x}} [1-3] @file <<EOF #",
    "half a pair: \ud800, a pair in halves: \ud83d\ude00",
]


def asking(text, *, stream=True, **parameters):
    """Give a request with this prompt."""
    return Request("minimax:m2.7@0", (Message("system", "Be brief."), Message("user", text)), parameters, stream)


def as_sent(request):
    """Give the body as whoever parses what the package sends has it."""
    return json.loads(json.dumps(CHAT_COMPLETIONS.encode(request)))


def environment(**variables):
    """Give an environment without proxies between the test and its server."""
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return kept | variables


def run_curl(command, **variables):
    """Run a command by the system's shell; without curl, read it as that shell would and send what it says."""
    if shutil.which("curl"):
        done = run(["/bin/sh"], command, **variables)
        return done.returncode, done.stdout
    return send_parsed(command, **variables)


def send_parsed(command, **variables):
    """Stand in for curl: send what a shell would hand over to it."""
    import urllib.request

    words = [word.replace("${RUNWARE_API_KEY:?}", variables.get("RUNWARE_API_KEY", "")) for word in argv(command)]
    headers = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "--header")
    data = command.partition("\n")[2] if "--data-binary" in words else words[words.index("--data-raw") + 1]
    if "--data-binary" in words:
        data = data[data.index("\n{") : data.rindex("\nEND_OF_REQUEST")]
    sent = urllib.request.Request(url_in(words), data.encode(), headers)
    with urllib.request.urlopen(sent) as reply:
        return 0, reply.read()


def argv(command):
    """Give the words of a command as a POSIX shell has them."""
    head, _, _ = command.partition("<<'END_OF_REQUEST'\n{")
    return shlex.split(head)


def url_in(words):
    """Give the address among the words of a command."""
    return next(word for word in words if word.startswith("http"))


def run_python(text, **variables):
    """Run a program in a Python of its own."""
    return run([sys.executable, "-X", "utf8", "-"], text, **variables)


def run(program, text, **variables):
    """Run a program that reads this text."""
    return subprocess.run(
        program, check=False, input=text.encode(), capture_output=True, env=environment(**variables), timeout=60
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
requests = st.builds(
    Request,
    st.text(min_size=1),
    st.lists(st.builds(Message, st.sampled_from(["system", "user", "assistant"]), st.text()), max_size=3).map(tuple),
    st.dictionaries(st.text().filter(lambda name: name not in {"model", "messages", "stream"}), json_values),
    st.booleans(),
)


@given(requests)
def test_the_json_is_the_body(request_):
    """Parsed, it is what the package sends; as it stands, nothing in it is lost on a screen."""
    text = as_json(request_)
    assert json.loads(text) == as_sent(request_)
    assert not set(text) & {*map(chr, range(10)), *map(chr, range(0x7F, 0xA0)), "\r", "\u202e", "\ufeff"}


@given(requests)
def test_a_shell_hands_curl_the_body(request_):
    """Quoting survives every text."""
    words = argv(as_curl(request_, URL, needs_key=False))
    assert json.loads(words[words.index("--data-raw") + 1]) == as_sent(request_)
    assert words[0] == "curl"
    assert url_in(words) == URL + "/chat/completions"


@given(requests)
def test_the_python_text_calls_the_client_with_the_body(request_):
    """Run against a client that only notes its arguments, extra fields among the others."""
    said = {}

    class Client:
        def __init__(self, **_):
            self.chat = self.completions = self

        def create(self, extra_headers, extra_body=None, **body):
            assert list(extra_headers) == ["Authorization"]
            said.update(body, **(extra_body or {}))
            return []

    source = as_python(request_, URL, needs_key=False).replace("from openai import", "#").replace("print(reply", "#")
    exec(source, {"OpenAI": Client, "Omit": object})  # noqa: S102  # what it runs is what is tested
    assert json.loads(json.dumps(said)) == as_sent(request_)


@pytest.mark.parametrize("needs_key", [True, False])
@pytest.mark.parametrize("text", NASTY)
def test_curl_sends_the_request(serve, text, needs_key):
    """The shell's own command, run: body, key and kind of answer arrive, and the answer is printed."""
    server = serve(OK)
    asked = asking(text, temperature=0.5)
    code, printed = run_curl(as_curl(asked, server.url, needs_key=needs_key), RUNWARE_API_KEY=KEY)
    heard = server.heard[0]
    assert (code, heard.line) == (0, "POST /v1/chat/completions HTTP/1.1")
    assert heard.json == as_sent(asked)
    assert heard.headers.get("authorization") == (f"Bearer {KEY}" if needs_key else None)
    assert (heard.headers["content-type"], heard.headers["accept"]) == ("application/json", "text/event-stream")
    assert printed.endswith(b"data: [DONE]\n\n")


def test_curl_sends_what_no_argument_can_hold(serve):
    """A body of half a megabyte goes through a here-document, in which the shell reads nothing."""
    server = serve(OK)
    asked = asking("\n".join(NASTY) * 2500)
    code, _ = run_curl(as_curl(asked, server.url, needs_key=False))
    assert (code, server.heard[0].json) == (0, as_sent(asked))


@pytest.mark.skipif(not shutil.which("curl"), reason="the shell's own behaviour, seen where there is a curl")
def test_curl_without_a_key_sends_nothing(serve):
    """The shell says which variable is missing, rather than asking with an empty key."""
    server = serve(OK)
    code, _ = run_curl(as_curl(asking("Hi"), server.url, needs_key=True))
    assert (code != 0, server.heard) == (True, [])


#: Runs programs one after the other: to load the client takes longer than all of them.
RUN_EACH = """\
import json, sys
for program in json.load(sys.stdin):
    exec(compile(program, "program", "exec"), {"__name__": "__main__"})
"""


@pytest.mark.usefixtures("_kernels")
def test_python_sends_the_request(serve):
    """The official client, run: bodies and keys arrive, unknown fields included, and the answers are printed."""
    server = serve(OK)
    fields = {"max_completion_tokens": 9, "stop": ["'", "\n"], "top_k": 3, "timeout": {"a": [None, True, 0.1]}}
    rows = [(asking(text, **fields), text != "Hi") for text in ("Hi", *NASTY)]
    programs = json.dumps([as_python(asked, server.url, needs_key=needs_key) for asked, needs_key in rows])
    done = run([sys.executable, "-X", "utf8", "-c", RUN_EACH], programs, RUNWARE_API_KEY=KEY)
    assert (done.stdout.decode().splitlines(), done.stderr) == (["Hello"] * len(rows), b"")
    for heard, (asked, needs_key) in zip(server.heard, rows, strict=True):
        assert heard.json == json.loads(json.dumps(as_sent(asked)).replace("\\ud800,", "\ufffd,"))
        assert heard.headers.get("authorization") == (f"Bearer {KEY}" if needs_key else None)


@pytest.mark.usefixtures("_kernels")
def test_python_prints_an_answer_that_comes_whole(serve):
    """Without a stream, the content of the message."""
    server = serve(WHOLE)
    done = run_python(as_python(asking("Hi", stream=False), server.url, needs_key=False))
    assert (done.stdout.decode().splitlines(), done.stderr) == (["Hello"], b"")
    assert server.heard[0].json == CHAT_COMPLETIONS.encode(asking("Hi", stream=False))


def test_the_client_has_an_argument_for_every_field_that_it_is_given_as_one():
    """And none of its own switches counts as a field."""
    from openai.resources.chat.completions import Completions  # loading it takes more than a second

    assert set(inspect.signature(Completions.create).parameters) >= CLIENT_FIELDS
    assert not CLIENT_FIELDS & {"self", "timeout", "extra_headers", "extra_query", "extra_body"}


@pytest.mark.parametrize("write", [as_curl, as_python])
def test_the_key_is_named_and_never_there(monkeypatch, write):
    """Whatever the environment holds, only the variable's name is written."""
    monkeypatch.setenv("RUNWARE_API_KEY", KEY)
    text = write(asking("Hi"), URL, needs_key=True)
    assert "RUNWARE_API_KEY" in text
    assert KEY not in text


def test_the_curl_command_reads_well():
    """A line for each part, the body as indented JSON."""
    assert as_curl(asking("It's 2+2?", max_tokens=5), URL, needs_key=True) == (
        "curl --no-buffer --silent --show-error --globoff 'https://api.runware.ai/v1/chat/completions' \\\n"
        "  --header 'Content-Type: application/json' \\\n"
        "  --header 'Accept: text/event-stream' \\\n"
        '  --header "Authorization: Bearer ${RUNWARE_API_KEY:?}" \\\n'
        "  --data-raw '{\n"
        '  "model": "minimax:m2.7@0",\n'
        '  "messages": [\n'
        '    {\n      "role": "system",\n      "content": "Be brief."\n    },\n'
        '    {\n      "role": "user",\n      "content": "It\'\\\'\'s 2+2?"\n    }\n'
        "  ],\n"
        '  "stream": true,\n'
        '  "max_tokens": 5,\n'
        '  "stream_options": {\n    "include_usage": true\n  }\n'
        "}'\n"
    )


def test_the_python_text_reads_well():
    """A line for each field."""
    assert as_python(asking("2+2?", max_tokens=5, top_k=1), URL, needs_key=True) == (
        "import os\n\nfrom openai import OpenAI\n\n"
        "client = OpenAI(base_url='https://api.runware.ai/v1', api_key=os.environ[\"RUNWARE_API_KEY\"])\n"
        "reply = client.chat.completions.create(\n"
        "    model='minimax:m2.7@0',\n"
        "    messages=[{'role': 'system', 'content': 'Be brief.'}, {'role': 'user', 'content': '2+2?'}],\n"
        "    stream=True,\n"
        "    max_tokens=5,\n"
        "    stream_options={'include_usage': True},\n"
        "    extra_body={'top_k': 1},\n"
        ")\n"
        "for chunk in reply:\n"
        "    for choice in chunk.choices:\n"
        '        print(choice.delta.content or "", end="", flush=True)\n'
        "print()\n"
    )
