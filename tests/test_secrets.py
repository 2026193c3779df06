"""The key appears nowhere: one search for it, through everything that a user, a file or a debugger can see."""

import base64
import http.client
import io
import json
import logging
import pickle
import sys
import traceback
from pdb import Pdb
from urllib.parse import quote

import faults
import pytest
import requests
import sseclient
import urllib3
from faults import BOUNDS, FAULTS, reply
from IPython.lib.pretty import pretty
from kernel import Kernel
from loopback import ANSWER, chunk, chunked, delta, finish, hang_up, head, reset, sized, sse
from terminal_ipython import cell, failed_as_shown, line

from runware_magic import Chat
from runware_magic.errors import RunwareError, TransportError
from runware_magic.protocol import chunk_decoder
from runware_magic.transport.transport import Transport

SECRET = "rw-Recognisable+7f3a9c/e21b"
OK = chunked([sse(value) for value in ANSWER])
_PIECE = 9  # characters of it that are no coincidence
_BEARER = f"Bearer {SECRET}".encode()


def forms():
    """Give what stands for the key: itself, quoted, escaped, backwards, in base64 alone and as a header."""
    yield from (SECRET, SECRET[::-1], quote(SECRET, safe=""), SECRET.replace("/", "\\/"))
    for text in (SECRET.encode(), _BEARER):
        for shift in range(3):
            # The end and the beginning depend on what stands beside them.
            yield base64.b64encode(bytes(shift) + text).decode()[4:-4]
    yield from (SECRET[at : at + _PIECE] for at in range(len(SECRET) - _PIECE + 1))


FORMS = tuple(dict.fromkeys(forms()))


def assert_hidden(*shown):
    """Look for the key in each text or value."""
    for value in shown:
        text = value if isinstance(value, str) else repr(value)
        found = next((form for form in FORMS if form in text), None)
        at = text.find(found) if found else 0
        assert found is None, text[max(at - 200, 0) : at + 100]


def chain(error):
    """Give an error and all that it came from."""
    seen, left = [], [error]
    while left:
        each = left.pop()
        if each is not None and each not in seen:
            seen.append(each)
            left += [each.__cause__, each.__context__, *getattr(each, "exceptions", ())]
    return seen


def insides(value, depth=3):
    """Give what a debugger shows of a value: its repr, and those of its attributes, some steps deep."""
    yield repr(value)
    if depth and type(value).__module__.startswith(("runware_magic", "requests", "urllib3")):
        slots = {name: getattr(value, name, None) for name in getattr(type(value), "__slots__", ())}
        for inner in (getattr(value, "__dict__", {}) | slots).values():
            yield from insides(inner, depth - 1)
    elif depth and isinstance(value, dict | list | tuple) and not isinstance(value, str):
        for inner in list(value.values() if isinstance(value, dict) else value)[:50]:
            yield from insides(inner, depth - 1)


def dumps(error):
    """Give everything that is behind an error: its words and arguments, every frame, and what the frames hold."""
    for each in chain(error):
        yield from (str(each), repr(each), *insides(each.args), *insides(vars(each)))
        told = traceback.TracebackException(type(each), each, each.__traceback__, capture_locals=True)
        yield from told.format()
        for frame, _ in traceback.walk_tb(each.__traceback__):
            ours = "runware_magic" in frame.f_code.co_filename
            yield from (text for local in frame.f_locals.values() for text in insides(local, 3 if ours else 0))


def debugged(error):
    """Walk through an error's frames with the debugger, and print what each holds."""
    if error.__traceback__ is None:
        return ""
    frames = len(list(traceback.walk_tb(error.__traceback__)))
    commands = "args\npp locals()\npp vars(self)\nup\n" * frames + "where\nquit\n"
    out = io.StringIO()
    debugger = Pdb(stdin=io.StringIO(commands), stdout=out, nosigint=True, readrc=False)
    debugger.use_rawinput = False
    debugger.reset()
    debugger.interaction(None, error.__traceback__)
    return out.getvalue()


@pytest.fixture
def everything(monkeypatch, caplog):
    """Let everybody log as much as they can; give what was logged."""
    caplog.set_level(1)
    for name in ("urllib3", "urllib3.connectionpool", "requests", "asyncio", "http.client", "runware_magic"):
        monkeypatch.setattr(logging.getLogger(name), "level", 1)
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    return lambda: [caplog.text, *(repr(vars(record)) for record in caplog.records)]


@pytest.fixture
def logged_in(shell, magics, monkeypatch):
    """Give the shell, after a key was typed."""
    monkeypatch.setattr("getpass.getpass", lambda _: SECRET)
    monkeypatch.setattr("runware_magic.ipython.login.find_spec", lambda _: None)
    assert_hidden(line(shell, "login"))
    magics.idle_timeout, magics.connect_timeout, magics.retries = 0.25, 2, 0
    magics.session.connections._connect = lambda where, timeouts: Transport(where, timeouts, bounds=BOUNDS)
    return shell


def without_replies(printed):
    """Leave out what http.client prints of a server's words, for those who tell it to, before anyone else has them."""
    return "\n".join(row for row in printed.splitlines() if not row.startswith(("header:", "reply:")))


def shown_in_every_mode(shell, capsys):
    """Show the last error again as each of IPython's modes does."""
    for mode in ("Plain", "Context", "Verbose", "Minimal"):
        shell.run_cell(f"%xmode {mode}")
        shell.run_cell("%tb")
    shell.run_cell("%xmode Context")
    shown = capsys.readouterr()
    return shown.out + shown.err


def search(shell, magics, capsys, everything, error, shown):
    """Look for the key in what a failure leaves."""
    assert_hidden(shown, *everything())
    if error is not None:
        assert isinstance(error, RunwareError)
        assert_hidden(*dumps(error), *dumps(sys.last_value), shown_in_every_mode(shell, capsys))
        assert_hidden(debugged(sys.last_value), repr(pickle.dumps(error)), pretty(error))
    assert_hidden(*state(magics))


def state(magics):
    """Give what the kernel holds: settings, conversations, what was sent and what came, as a debugger shows it."""
    session = magics.session
    yield from insides(vars(magics), 5)
    yield from insides(vars(session), 5)
    where = magics.dispatch._where()
    yield from (pretty(each) for each in (magics, session, magics.settings, session.conversation, where))
    for turn in session.conversation.all_turns():
        yield from (repr(turn), str(turn), pretty(turn), repr(pickle.dumps(turn)), json.dumps(turn._repr_mimebundle_()))
    for _, body in session.recent._kept.values():
        yield body.read().decode(errors="replace")


CASES = {
    "refused": [sized(401, f'{{"error": {{"message": "bad {SECRET}", "code": "{SECRET}"}}}}'.encode())],
    "forbidden, as a page": [sized(403, f"<p>{SECRET}".encode(), "text/html", Set_Cookie=f"k={SECRET}")],
    "sent on": [sized(302, b"", Location=f"http://127.0.0.1:9/{SECRET}")],
    "busy": [sized(429, SECRET.encode(), "text/plain", Retry_After=SECRET)],
    "repeated in the status line": [f"HTTP/1.1 500 {SECRET}\r\nContent-Length: 0\r\n\r\n".encode()],
    "repeated in no header": [f"HTTP/1.1 200 OK\r\n{SECRET}\r\nbroken\r\n\r\n".encode(), hang_up],
    "no status line": [f"{SECRET}\r\n\r\n".encode(), hang_up],
    "odd length": [f"HTTP/1.1 200 OK\r\nContent-Length: {SECRET}\r\nContent-Length: 2\r\n\r\n{{}}".encode(), hang_up],
    "odd packing": [f"HTTP/1.1 200 OK\r\nContent-Encoding: {SECRET}\r\n\r\n{SECRET}".encode(), hang_up],
    "no chunk": [head(Transfer_Encoding="chunked"), f"{SECRET}\r\n".encode(), hang_up],
    "an error in the stream": chunked([sse(delta(content=SECRET), {"error": {"message": SECRET, "code": SECRET}})]),
    "an unknown shape": [sized(200, f'{{"{SECRET}": "{SECRET}"}}'.encode())],
    "cut in the middle of it": [
        head(Transfer_Encoding="chunked"),
        chunk(sse(delta(content="x"))[:-2] + _BEARER),
        reset,
    ],
}


@pytest.mark.parametrize("name", CASES)
def test_what_a_server_repeats_is_not_there_after_a_failure(logged_in, magics, serve, capsys, everything, name):
    """Wherever it repeats it: in its words, its codes, its headers, or where no header should be."""
    case = CASES[name]
    magics.base_url = serve(case[0] if isinstance(case[0], list) else case).url
    error, shown = failed_as_shown(logged_in, "%%runware\nHi", capsys)
    assert error is not None
    search(logged_in, magics, capsys, everything, error, without_replies(shown))


def rows():
    """Give each fault, on a framing that it can be on, in the middle of an answer or before it."""
    for fault in FAULTS:
        framing = "gzip" if "gzip" in fault else "chunked"
        before = fault in {"no HTTP", "invalid UTF-8 in a header"} or (
            fault.startswith("endless")
            and fault[8:]
            in {
                *("status line", "headers", "interim replies"),
            }
        )
        yield fault, framing, "before" if before else "usage"


@pytest.mark.parametrize(("fault", "framing", "phase"), list(rows()))
def test_it_is_not_there_after_any_fault(
    logged_in, magics, serve, capsys, everything, monkeypatch, fault, framing, phase
):
    """Of the whole table, with a server that repeats it in its answer before."""
    monkeypatch.setitem(faults.WHOLE, "content", sse(delta(content=f"Hel {SECRET} ")))
    magics.base_url = serve(reply(fault, framing, phase)).url
    error, shown = failed_as_shown(logged_in, "%%runware\nHi", capsys)
    search(logged_in, magics, capsys, everything, error, shown)


@pytest.mark.usefixtures("_sockets")
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/v1",
        "https://127.0.0.1:9/v1",
        "https://e.invalid/v1",
        "http://e.invalid/v1",
        f"https://{SECRET}",
    ],
)
def test_it_is_not_there_where_nobody_answers(logged_in, magics, capsys, everything, url):
    """No server, no name, no TLS, an address that it may not go to, and itself as an address."""
    magics.base_url = url
    error, shown = failed_as_shown(logged_in, "%%runware\nHi", capsys)
    assert error is not None
    assert_hidden(shown, *everything(), shown_in_every_mode(logged_in, capsys))
    if SECRET not in url:
        assert_hidden(*dumps(error))


def crash(seen):
    """Give a function that breaks with all that it was given in its error, as careless libraries do."""

    def broken(*args, **kwargs):
        inside = [text for each in (*args, *kwargs.values()) for text in insides(each, 4)]
        seen.extend(inside)
        message = f"{args} {kwargs}"
        raise RuntimeError(message, inside)

    return broken


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (requests.Session, "send"),
        (requests.adapters.HTTPAdapter, "send"),
        (urllib3.connectionpool.HTTPConnectionPool, "urlopen"),
        (urllib3.connection.HTTPConnection, "putheader"),
        (urllib3.connection.HTTPConnection, "getresponse"),
        (http.client.HTTPConnection, "send"),
        (http.client.HTTPConnection, "endheaders"),
        (urllib3.response.HTTPResponse, "read1"),
        (sseclient.SSEClient, "events"),
        (chunk_decoder, "_read"),
    ],
)
def test_a_dependency_that_breaks_has_never_seen_it(
    logged_in, magics, serve, capsys, everything, monkeypatch, owner, name
):
    """Nothing above the socket is given the key: a crash can tell nothing of it, and comes as one line."""
    seen = []
    magics.base_url = serve(chunked([sse(delta(content=f"x{SECRET}"), finish(), "[DONE]")])).url
    monkeypatch.setattr(owner, name, crash(seen))
    error, shown = failed_as_shown(logged_in, "%%runware\nHi", capsys)
    monkeypatch.undo()
    assert isinstance(error, TransportError)
    assert "RuntimeError" in shown
    assert seen
    search(logged_in, magics, capsys, everything, error, shown)
    if name != "read1":
        assert_hidden(*seen)


def letters(body):
    """Cut a body wherever it can be cut."""
    return [body[at : at + 1] for at in range(len(body))]


def test_it_is_not_there_after_a_whole_conversation(logged_in, magics, serve, everything, tmp_path):
    """In what the commands say, in every form of `show`, in every file that is written, in what the kernel holds."""
    answers = [
        chunked(letters(b": " + _BEARER + b"\n\n" + sse(delta(content=f"It is {SECRET}."), "[DONE]"))),
        chunked([sse(delta(reasoning_content=SECRET), delta(content=SECRET), finish(SECRET), "[DONE]")]),
        sized(200, json.dumps({"choices": [{"message": {"content": SECRET}}]}).encode()),
        chunked([sse(delta(tool_calls=[{"id": SECRET, "function": {"name": SECRET, "arguments": SECRET}}]), "[DONE]")]),
    ]
    rows = [{"id": f"m-{SECRET}", "name": SECRET, "pricing": {"prompt": SECRET}}]
    server = serve(*answers, sized(200, json.dumps(rows).encode()), OK)
    magics.base_url = server.url
    shown = [cell(logged_in, option, "Which key?") for option in ("", "--effort low", "--no-stream", "-o last")]
    shown += [line(logged_in, "models"), cell(logged_in, "--dry-run")]
    for command in ("", "history", "usage", "versions", "chat", *(f"show {n}" for n in range(1, 5))):
        shown.append(line(logged_in, command))
    for form in ("curl", "python", "json", "sse"):
        shown += [line(logged_in, f"show {n} --as {form}") for n in range(1, 5)]
    for suffix in ("ipynb", "md", "jsonl", "html"):
        path = tmp_path / f"talk.{suffix}"
        shown.append(line(logged_in, f"export {path}"))
        shown.append(path.read_text(encoding="utf-8"))
    assert "It is " in "".join(shown)
    assert server.heard[0].headers["authorization"] == _BEARER.decode()
    assert_hidden(*shown, *everything(), *state(magics), *insides(logged_in.user_ns["last"]), *magics.known().models)


@pytest.mark.parametrize(
    "source",
    [
        f"%%runware\nMy key is {SECRET}, why?",
        f"%%runware --raw\n{SECRET}",
        f"%%runware -s '{SECRET}'\nHi",
        f"%%runware -p user='\"{SECRET}\"'\nHi",
        f"%%runware {SECRET}\nHi",
        f"%%runware m {SECRET}\nHi",
        f"%%runware --{SECRET}\nHi",
        f"%%runware -c {SECRET}\nHi",
        f"%%runware --dry-run\n{SECRET}",
        f"%%runware --background\n{SECRET}",
        f"%runware ask {SECRET}",
        f"%runware {SECRET}",
        f"%runware login {SECRET}",
        f"%runware chat {SECRET}",
        f"%runware export {SECRET}.md",
        "%%runware\n{{ pasted }}",
        "%%runware --keep\n{{ pasted[::1] }}",
        "%%runware -s $pasted\n{{ pasted[:9] }}{{ pasted[9:] }}",
    ],
)
def test_a_key_that_was_pasted_is_sent_and_kept_nowhere(logged_in, magics, serve, capsys, source):
    """One line says so; the next cell goes on as if nothing had been."""
    server = serve(OK)
    magics.base_url = server.url
    logged_in.user_ns["pasted"] = SECRET
    error, shown = failed_as_shown(logged_in, source, capsys)
    assert isinstance(error, RunwareError)
    assert "Traceback" not in shown
    assert_hidden(shown, repr(error), *state(magics))
    assert server.heard == []
    assert magics.session.conversation.all_turns() == ()
    assert "Hello" in cell(logged_in, "")
    assert [message["content"] for message in server.heard[0].json["messages"]] == ["Hi"]


def test_a_key_that_was_used_before_is_caught_as_well(logged_in, magics, serve, monkeypatch):
    """Another login does not make it less of a key; nor does the environment's stop being one."""
    server = serve(OK)
    magics.base_url = server.url
    cell(logged_in, "")
    monkeypatch.setenv("RUNWARE_API_KEY", "rw-of-the-environment-1")
    monkeypatch.setattr("getpass.getpass", lambda _: "rw-another-key-2")
    line(logged_in, "login")
    for text in (SECRET, "rw-of-the-environment-1", "rw-another-key-2"):
        with pytest.raises(RunwareError, match="nothing was sent"):
            cell(logged_in, "", text)
    # The second login asked for the models.
    assert [heard.line.split()[0] for heard in server.heard] == ["POST", "GET"]


def test_from_python_it_is_the_same(serve, capsys, everything):
    """A chat keeps it to itself, and refuses to send it."""
    server = serve(
        chunked([sse(delta(content=f"x {SECRET}"), finish(), "[DONE]")]),
        sized(401, f'{{"error": "{SECRET}"}}'.encode()),
    )
    chat = Chat(base_url=server.url, api_key=SECRET)
    turn = chat.ask("Hi")
    assert server.heard[0].headers["authorization"] == _BEARER.decode()
    with pytest.raises(RunwareError) as refused:
        chat.ask("again")
    with pytest.raises(RunwareError, match="contains the key from api_key") as pasted:
        chat.ask(f"{SECRET}?")
    assert len(server.heard) == 2
    assert_hidden(
        str(turn), *insides(turn), *insides(chat, 6), str(chat.messages), repr(refused.value), repr(pasted.value)
    )
    assert_hidden(*everything())
    chat.close()
    assert_hidden(without_replies(capsys.readouterr().out))


def test_while_an_answer_comes_no_frame_of_any_thread_holds_it(logged_in, magics, serve, monkeypatch):
    """A debugger that attaches, and a crash that dumps all threads, see what the reading thread is at."""
    seen = []

    def look(body):
        for innermost in sys._current_frames().values():
            for frame, _ in traceback.walk_stack(innermost):
                if "runware_magic" in frame.f_code.co_filename or "urllib3" in frame.f_code.co_filename:
                    seen.extend(insides(frame.f_locals, 4))
        return body

    read = chunk_decoder._read
    monkeypatch.setattr(chunk_decoder, "_read", lambda text: read(look(text)))
    magics.base_url = serve(OK).url
    cell(logged_in, "")
    monkeypatch.undo()
    assert any("runware" in text for text in seen)
    assert_hidden(*seen)


CODE = f"""
%load_ext runware_magic
%config RunwareMagics.retries = 0
import getpass
getpass.getpass = lambda _: bytes.fromhex("{SECRET.encode().hex()}").decode()
%runware login
"""
DUMP = """
import gc, os, ipywidgets
print([widget.get_state() for widget in gc.get_objects() if isinstance(widget, ipywidgets.Widget)])
print(dict(os.environ), [name for name in dir() if "key" in name.lower()])
"""


@pytest.mark.usefixtures("_kernels")
def test_in_a_real_kernel_no_message_holds_it(serve, tmp_path):
    """Outputs of every MIME type, live and settled, comms of the widgets, tracebacks, widget state, environment."""
    half = [
        head(Transfer_Encoding="chunked"),
        chunk(sse(delta(reasoning=SECRET), delta(content=f"Half {SECRET}"))),
        reset,
    ]
    whole = chunked(letters(sse(delta(content=f"So: {SECRET}"), finish(), "[DONE]")))
    server = serve(whole, half, sized(401, f'{{"error": "{SECRET}"}}'.encode()), OK)
    kernel = Kernel(tmp_path)
    try:
        outputs = [kernel.run(CODE), kernel.run(f"%config RunwareMagics.base_url = {server.url!r}")]
        outputs += [kernel.run("%%runware\nHi", str(number)) for number in range(4)]
        outputs += [
            kernel.run(code) for code in ("%xmode Verbose", "%tb", "%runware", "%runware show 1 --as sse", DUMP)
        ]
    finally:
        kernel.stop()
    assert [heard.headers["authorization"] for heard in server.heard] == [_BEARER.decode()] * 4
    assert [output.error is None for output in outputs[2:6]] == [True, False, False, True]
    assert any("Half" in str(message) for _, message in outputs[3].messages)
    assert_hidden(*(str(message) for output in outputs for _, message in output.messages))
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            assert_hidden(path.read_bytes().decode("latin-1"))
