"""Asking about many rows from Python."""

import _thread
import itertools
import json
import pickle
import queue
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing, nullcontext

import numpy as np
import pytest
from calling import call
from loopback import chunk, chunked, delta, finish, head, sized, sse
from PIL import Image
from scripted import Scripted

import runware_magic
from runware_magic import batch
from runware_magic.chat.attached import Attached
from runware_magic.chat.messages import Message
from runware_magic.chat.record import from_record, to_record
from runware_magic.chat.request import Request
from runware_magic.chat.turn import Variant
from runware_magic.demo import DemoEndpoint
from runware_magic.engine.limiter import AdaptiveLimiter
from runware_magic.engine.query import PreparedCall
from runware_magic.engine.session import Session
from runware_magic.engine.settings import Settings
from runware_magic.engine.turn_log import TurnLog
from runware_magic.engine.workers import ThreadWorkers, ask_with_own_key
from runware_magic.errors import EndpointError, KeyRefusedError, OptionError, SpentError
from runware_magic.transport.endpoint import Key, endpoint
from runware_magic.transport.timeouts import Timeouts
from runware_magic.transport.transport import Transport

KEY = "rw-Recognisable-7f3a9c21"
USAGE = {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7, "cost": 0.25}}
OK = chunked([sse(delta(content="Hello"), USAGE, finish(), "[DONE]")])
BUSY = sized(429, b'{"error": {"message": "Slow down."}}', Retry_After="0")
BROKEN = sized(400, b'{"error": {"message": "No."}}')


def stalled(held):
    """Give a reply that stops in the middle until it is let go on."""
    begin = head(Transfer_Encoding="chunked") + chunk(sse(delta(content="Hel")))
    return [begin, held, chunk(sse(delta(content="lo"), finish(), "[DONE]")) + b"0\r\n\r\n"]


def asked(server):
    """Give the last message of each request that a server heard."""
    return [request.json["messages"][-1]["content"] for request in server.heard]


def lines(path):
    """Give the records of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def threads():
    """Give the names of this package's threads that are alive."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("runware-call")]


def test_each_row_is_put_to_each_model(serve):
    """A turn says which row and which model it is of."""
    server = serve(OK)
    rows = {"oslo": {"name": "Oslo"}, "lima": {"name": "Lima"}}
    turns = list(
        runware_magic.map(
            rows, "Where is {{ row.name }}?", models=["a", "b"], system="Brief.", base_url=server.url, seed=7
        )
    )
    told = {(turn.variant.number, turn.variant.labels["row"], turn.variant.labels["model"]) for turn in turns}
    assert told == {(1, "oslo", "a"), (2, "oslo", "b"), (3, "lima", "a"), (4, "lima", "b")}
    assert {turn.variant.of for turn in turns} == {4}
    assert {(turn.state, turn.content, turn.chat) for turn in turns} == {("complete", "Hello", None)}
    assert sorted((request.json["model"], request.json["seed"]) for request in server.heard) == [
        ("a", 7),
        ("a", 7),
        ("b", 7),
        ("b", 7),
    ]
    assert sorted(asked(server)) == ["Where is Lima?"] * 2 + ["Where is Oslo?"] * 2
    assert {request.json["messages"][0]["content"] for request in server.heard} == {"Brief."}


def test_prompts_are_sent_as_they_stand(serve):
    """Nothing between braces is replaced, no line is a role."""
    server = serve(OK)
    prompt = "Say {{ row }}\nsystem:\nno"
    assert [turn.content for turn in runware_magic.map([prompt], base_url=server.url)] == ["Hello"]
    assert asked(server) == [prompt]


@pytest.mark.parametrize(
    ("row", "template", "why"),
    [
        ({"name": "x"}, "{{ row.nme }}", "Did you mean name?"),
        (3, None, "Row 2: This row must be a string, not a value of type int."),
        (" ", None, "The prompt is empty."),
        ("My key is sk-9aB8cD7eF6gH5iJ4kL3mN2", None, "Row 2: The user message contains what looks like a key (sk-…)"),
    ],
)
def test_a_row_that_cannot_be_asked_about_leaves_the_others_alone(serve, row, template, why):
    """It is a failed turn, and nothing is sent for it."""
    server = serve(OK)
    good = {"name": "y"} if template else "fine"
    template = template and template.replace("{{ row.nme }}", "{{ row.nme if row.name == 'x' else row.name }}")
    turns = list(runware_magic.map([good, row, good], template, base_url=server.url, ordered=True))
    assert [turn.state for turn in turns] == ["complete", "failed", "complete"]
    assert why in turns[1].error
    assert "\n" not in turns[1].error
    assert len(server.heard) == 2


def test_a_template_has_the_pictures_and_tables_of_its_rows(serve, tmp_path):
    """A turn says what of them was sent, and its record has them."""
    server, path = serve(OK), tmp_path / "answers.jsonl"
    rows = {"red": Image.new("RGB", (30, 20), "red"), "table": np.zeros((2, 2)), "no": b"GIF89a"}
    turns = list(runware_magic.map(rows, "See {{ row }}", base_url=server.url, ordered=True, record=path))
    assert [turn.attached for turn in turns] == [
        (Attached("row", "picture", (30, 20)),),
        (Attached("row", "table", (2, 2)),),
        (),
    ]
    assert "Row no: row is a broken picture" in turns[2].error
    sent = {json.dumps(heard.json["messages"]) for heard in server.heard}
    assert sent == {json.dumps([message.to_json() for message in turn.messages]) for turn in turns[:2]}
    kept = {turn.id: turn.attached for turn in map(from_record, lines(path))}
    assert kept == {turn.id: turn.attached for turn in turns}


def test_a_request_that_fails_leaves_the_others_alone(serve):
    """It is given like them, with what went wrong."""
    server = serve(OK, BROKEN, OK)
    turns = list(runware_magic.map(list("abc"), base_url=server.url, max_parallel=1))
    assert [turn.state for turn in turns] == ["complete", "failed", "complete"]
    assert turns[1].error.endswith(".")


def test_rows_are_read_as_they_are_asked_about(serve):
    """There may be no end of them."""
    server, read = serve(OK), []
    rows = (read.append(number) or f"row {number}" for number in itertools.count())
    with closing(runware_magic.map(rows, base_url=server.url, max_parallel=3)) as turns:
        assert [next(turns).content for _ in range(10)] == ["Hello"] * 10
    assert len(read) <= 10 + 3
    assert threads() == []


def test_no_more_are_under_way_than_may_be(serve):
    """And that many are."""
    held = threading.Event()
    together = threading.Barrier(3, action=held.set)

    def meet(_connection):
        together.wait(10)

    server = serve(*[[meet, *stalled(held)]] * 3, OK)
    turns = list(runware_magic.map(list("abcde"), base_url=server.url, max_parallel=3))
    assert [turn.content for turn in turns] == ["Hello"] * 5


def test_turns_come_in_order_where_that_is_wanted(serve):
    """What is early waits; and not without end."""
    held = threading.Event()
    server = serve(stalled(held), OK)

    def let_go(number):
        # The first row is answered when no more may wait for it.
        if number == 8:
            held.set()
        return f"row {number}"

    rows = (let_go(number) for number in range(1, 101))
    turns = list(runware_magic.map(rows, base_url=server.url, max_parallel=2, ordered=True))
    assert [turn.variant.number for turn in turns] == list(range(1, 101))


def test_an_early_turn_waits_for_few_others(serve):
    """Memory stays bounded when the first row takes long."""
    heard, held, counted, read = threading.Event(), threading.Event(), itertools.count(2), []

    def count(_connection):
        if next(counted) == 8:
            held.set()

    def rows():
        for number in itertools.count(1):
            # The reply that stalls is for the first.
            assert number == 1 or heard.wait(10)
            read.append(number)
            yield f"row {number}"

    server = serve([lambda _: heard.set(), *stalled(held)], [*OK, count])
    with closing(runware_magic.map(rows(), base_url=server.url, max_parallel=2, ordered=True)) as turns:
        # It is answered when seven others are, and those are as many as may wait for it.
        assert next(turns).content == "Hello"
        assert len(read) == 8


def test_a_record_is_gone_on_from(serve, tmp_path):
    """What is whole there is given from there; what is not is asked."""
    path, server = tmp_path / "turns.jsonl", serve(OK, BROKEN, OK)
    first = list(runware_magic.map(["a", "b", "c"], base_url=server.url, max_parallel=1, record=path))
    assert [(turn["state"], turn["variant"]["number"]) for turn in lines(path)] == [
        ("complete", 1),
        ("failed", 2),
        ("complete", 3),
    ]
    again = list(runware_magic.map(["c", "x", "b", "a"], base_url=server.url, max_parallel=1, record=path))
    assert asked(server) == ["a", "b", "c", "x", "b"]
    assert [turn.variant.number for turn in again] == [1, 2, 3, 4]
    assert (again[0].id, again[3].id) == (first[2].id, first[0].id)
    assert len(lines(path)) == 5


def test_an_answer_that_may_be_cut_is_not_whole(serve, tmp_path):
    """It passes no check, and whoever goes on with a record asks anew."""
    path, server = tmp_path / "turns.jsonl", serve(chunked([sse(delta(content="Hel"))]), OK)
    options = {"base_url": server.url, "record": path, "expect": "contains:Hel"}
    (cut,) = runware_magic.map(["a"], **options)
    assert (cut.state, cut.content, cut.is_whole, cut.finish_reason) == ("complete", "Hel", False, None)
    assert [verdict.passed for verdict in cut.verdicts] == [False]
    for _ in range(2):
        (whole,) = runware_magic.map(["a"], **options)
        assert (whole.content, whole.is_whole) == ("Hello", True)
    assert asked(server) == ["a", "a"]


def test_what_was_asked_otherwise_is_asked_again(serve, tmp_path):
    """Another model, another parameter, another system message, another endpoint."""
    path, server, other = tmp_path / "turns.jsonl", serve(OK), serve(OK)
    ways = [{}, {"models": "m"}, {"seed": 1}, {"system": "Brief."}, {"base_url": other.url}]
    for _ in range(2):
        for way in ways:
            list(runware_magic.map(["a"], record=path, **{"base_url": server.url, **way}))
    assert (len(server.heard), len(other.heard)) == (4, 1)


def test_equal_rows_are_asked_about_each(serve, tmp_path):
    """And each is found again."""
    path, server = tmp_path / "turns.jsonl", serve(OK)
    for _ in range(2):
        turns = list(runware_magic.map(["a", "a", "a"], base_url=server.url, record=path))
        assert len({turn.id for turn in turns}) == 3
    assert len(server.heard) == 3


@pytest.mark.parametrize(
    "bad", [b'{"version": 1, "id"', b"\xff\xfe", b"[1, 2]", b"null", b'{"state": "complete"}', b""]
)
def test_a_line_that_is_none_is_passed_over(serve, tmp_path, bad):
    """Whoever wrote the last one was killed, or it is something else."""
    path, server = tmp_path / "turns.jsonl", serve(OK)
    list(runware_magic.map(["a"], base_url=server.url, record=path))
    path.write_bytes(bad + b"\n" + path.read_bytes() + bad)
    list(runware_magic.map(["a", "b"], base_url=server.url, record=path))
    list(runware_magic.map(["a", "b"], base_url=server.url, record=path))
    assert asked(server) == ["a", "b"]


def test_a_turn_is_written_before_it_is_given(serve, tmp_path):
    """However long the loop takes."""
    path, server = tmp_path / "turns.jsonl", serve(OK)
    for count, _ in enumerate(runware_magic.map(list("abcdef"), base_url=server.url, record=path, max_parallel=2), 1):
        assert len(lines(path)) >= count


def test_a_loop_that_is_left_stops_what_is_under_way(serve, tmp_path):
    """What had come is written down as stopped, and asked again next time."""
    path, begun = tmp_path / "turns.jsonl", [threading.Event(), threading.Event()]
    waiting = [[stalled(None)[0], lambda _, each=each: each.set(), threading.Event()] for each in begun]
    server = serve([*begun, *OK], *waiting, OK)
    with closing(runware_magic.map(list("abc"), base_url=server.url, max_parallel=3, record=path)) as turns:
        assert next(turns).content == "Hello"
    assert threads() == []
    states = sorted(turn["state"] for turn in lines(path))
    assert states == ["complete", "stopped", "stopped"]
    assert len(list(runware_magic.map(list("abc"), base_url=server.url, record=path))) == 3
    assert len(server.heard) == 5


def test_an_interrupt_stops_what_is_under_way(serve, tmp_path):
    """It is raised where the loop waits, and leaves no thread."""
    path = tmp_path / "turns.jsonl"
    begin, *_ = stalled(threading.Event())
    server = serve([begin, lambda _: _thread.interrupt_main(signal.SIGINT), threading.Event()])
    with pytest.raises(KeyboardInterrupt):
        list(runware_magic.map(["a"], base_url=server.url, record=path))
    assert threads() == []
    assert [turn["state"] for turn in lines(path)] == ["stopped"]


_KILLED = """
import sys, runware_magic
rows = [f"row {number}" for number in range(60)]
for _ in runware_magic.map(rows, base_url=sys.argv[1], record=sys.argv[2], max_parallel=8, stream=False):
    pass
"""


def test_whoever_was_killed_goes_on(serve, tmp_path):
    """Nothing that was answered is asked twice, and nothing is missing."""
    path, counted, half = tmp_path / "turns.jsonl", itertools.count(1), threading.Event()

    def count(_connection):
        if next(counted) == 30:
            half.set()

    server = serve([count, *OK])
    with subprocess.Popen([sys.executable, "-c", _KILLED, server.url, str(path)]) as process:
        assert half.wait(30)
        process.kill()
    # The last line may be cut off.
    whole = [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
    before = {json.loads(line)["messages"][-1]["content"] for line in whole}
    assert 30 - 8 <= len(before) < 60
    turns = list(runware_magic.map([f"row {number}" for number in range(60)], base_url=server.url, record=path))
    assert {turn.state for turn in turns} == {"complete"}
    assert sorted(turn.variant.number for turn in turns) == list(range(1, 61))
    # What the first had sent may be heard late, and without its end.
    again = [heard.json for heard in tuple(server.heard) if heard.body]
    again = [body["messages"][-1]["content"] for body in again if body["stream"]]
    assert len(again) == len(set(again)) == 60 - len(before)
    assert not before & set(again)


def test_who_is_asked_too_much_slows_all_down(serve):
    """The gate is told of each refusal, though the answer comes in the end."""
    server, told = serve(BUSY, BUSY, OK), []
    where = endpoint(server.url, None)
    outcome = call(Transport(where), prepared().request, slow_down=told.append).run()
    assert (outcome.turn.state, told, outcome.slowed_s) == ("complete", [0.0, 0.0], 0.0)


def test_a_refusal_halves_what_is_under_way(serve):
    """Of a whole map, not only of the request that met it."""
    server, gate = serve(BUSY, OK), AdaptiveLimiter(8)
    session, where, ended = Session(), endpoint(server.url, None), queue.Queue()
    workers = ThreadWorkers(
        lambda each: session.begin(each, where, Settings(timeouts=Timeouts()), slow_down=gate.slow_down), session.close
    )
    workers.begin(prepared(), ended.put)
    assert ended.get(timeout=10).turn.content == "Hello"
    workers.close()
    assert gate.limit == 4


@pytest.mark.parametrize(("status", "kind"), [(401, KeyRefusedError)])
def test_what_holds_for_all_ends_it(serve, status, kind):
    """Nobody asks five thousand times with a key that is refused; what is under way is given before."""
    server = serve(sized(status, b"{}"))
    given = []
    with pytest.raises(kind):
        given += runware_magic.map(map(str, range(100)), base_url=server.url, max_parallel=2)
    turns = runware_magic.map(list("abc"), base_url=server.url, max_parallel=1)
    assert next(turns).state == "failed"
    with pytest.raises(kind):
        next(turns)
    assert len(server.heard) <= 2 + 1


def test_a_budget_ends_it(serve, tmp_path):
    """After as many as it reaches for; with more of it, the rest is asked."""
    path, server, given = tmp_path / "turns.jsonl", serve(OK), []
    turns = runware_magic.map(list("abcdef"), base_url=server.url, budget=1, record=path)
    with pytest.raises(SpentError, match=r"1\.00 allowed \(\$1\.00 spent on 4 answers"):
        given.extend(turns)
    assert len(given) == len(server.heard) == 4
    assert len(list(runware_magic.map(list("abcdef"), base_url=server.url, budget=1, record=path))) == 6
    assert len(server.heard) == 6


def test_answers_are_checked(serve):
    """As a cell does it, or by a function; those from a record anew."""
    server = serve(OK)

    def is_short(turn):
        return len(turn.content) < 3

    (turn,) = runware_magic.map(["a"], base_url=server.url, expect=["contains:Hell", "py:turn.cost < 1", is_short])
    assert [(verdict.check, verdict.passed) for verdict in turn.verdicts] == [
        ("contains:Hell", True),
        ("py:turn.cost < 1", True),
        ("is_short", False),
    ]
    (turn,) = runware_magic.map(["a"], base_url=server.url, expect="re:^Hello$")
    assert turn.verdicts[0].passed


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        ("a text", {}),
        (5, {}),
        (["a"], {"max_parallel": 0}),
        (["a"], {"max_parallel": True}),
        (["a"], {"budget": -1}),
        (["a"], {"budget": float("nan")}),
        (["a"], {"models": [1]}),
        (["a"], {"temperature": 9}),
        (["a"], {"messages": []}),
        (["a"], {"expect": "nonsense"}),
        (["a"], {"expect": "schema:book"}),
        (["a"], {"record": f"{__file__}/none"}),
        (["a"], {"executor": ThreadPoolExecutor(1), "api_key": KEY}),
    ],
)
def test_what_cannot_be_is_said_at_once(rows, options):
    """In one line, before anything is asked."""
    with pytest.raises(OptionError) as caught:
        runware_magic.map(rows, **{"base_url": "http://127.0.0.1:9/v1", **options})
    assert "\n" not in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"prompts_or_rows": None}, "prompts_or_rows must be a list, dict or DataFrame, not a value of type NoneType."),
        ({"prompts_or_rows": b"Hi"}, "prompts_or_rows must be a list, dict or DataFrame, not a value of type bytes."),
        ({"template": 5}, "template must be a string, not a value of type int."),
        ({"models": 5}, "models must be model names, not 5."),
        ({"models": [b"m"] * 9**5}, "models must be model names, not [b'm', b'm'"),
        ({"system": b"s"}, "system must be a string, not a value of type bytes. Decode the bytes first"),
        ({"executor": 4}, "executor must be an Executor of concurrent.futures, not a value of type int."),
        ({"max_parallel": "8"}, "max_parallel must be a whole number from 1, not '8'."),
        ({"ordered": "no"}, "ordered must be True or False, not 'no'."),
        ({"stream": 0}, "stream must be True or False, not 0."),
        ({"record": 5}, "record must be a file path, not a value of type int."),
        ({"base_url": 5}, "base_url must be a string, not a value of type int."),
        ({"api_key": 5}, "api_key must be a string, not a value of type int."),
        ({"budget": "1"}, "budget must be an amount in US dollars, 0 or more, not '1'."),
        ({"expect": 5}, "expect must be checks or functions of the turn, not 5."),
        ({"expect": ["contains:x", None]}, "expect must be checks or functions of the turn, not None."),
        ({"temperature": 9}, "temperature must be a number from 0 to 2, not 9."),
        ({"model": "m"}, "model is not a request field."),
    ],
)
def test_a_wrong_type_is_told_by_the_name_of_its_argument(serve, options, told):
    """At once, in one short line, and nothing is sent."""
    server = serve(OK)
    with pytest.raises(OptionError) as caught:
        runware_magic.map(**{"prompts_or_rows": ["a"], "base_url": server.url, **options})
    assert str(caught.value).startswith(told)
    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)
    assert not server.heard


def test_an_address_that_is_none_is_said_at_once():
    """As for a chat."""
    with pytest.raises(EndpointError):
        runware_magic.map(["a"], base_url="ftp://x")


def prepared(prompt="Hi"):
    """Return a call."""
    request, variant = Request("m", (Message("user", prompt),)), Variant("c", 1, 1, {"row": "1"})
    return PreparedCall.of(request, endpoint="", messages=request.messages, chat=None, variant=variant)


class Recording(ThreadPoolExecutor):
    """Keeps what it is given, pickled as on its way to another machine."""

    def __init__(self):
        super().__init__(2)
        self.sent = []

    def submit(self, work, /, *arguments):
        """Do it with what comes out of the pickle."""
        self.sent.append(pickle.dumps((work, arguments)))
        work, arguments = pickle.loads(self.sent[-1])  # noqa: S301  # its own
        future = super().submit(lambda: pickle.dumps(work(*arguments)))
        given: Future = Future()
        future.add_done_callback(lambda done: given.set_result(pickle.loads(done.result())))  # noqa: S301  # likewise
        return given


def test_no_key_is_sent_to_a_worker(serve, monkeypatch):
    """Each reads its own from its environment."""
    server = serve(OK)
    monkeypatch.setenv("RUNWARE_API_KEY", KEY)
    monkeypatch.setenv("RUNWARE_BASE_URL", server.url)
    with Recording() as executor:
        turns = list(runware_magic.map(list("abc"), executor=executor, models="m"))
    assert [turn.content for turn in turns] == ["Hello"] * 3
    assert {request.headers["authorization"] for request in server.heard} == {f"Bearer {KEY}"}
    assert len(executor.sent) == 3
    assert not any(KEY[at : at + 9].encode() in sent for sent in executor.sent for at in range(len(KEY) - 8))
    assert KEY.encode() not in pickle.dumps(turns)


def test_a_key_cannot_be_pickled():
    """So that no task ever holds one."""
    with pytest.raises(TypeError, match="not written anywhere"):
        pickle.dumps(Key(KEY, "here"))


def test_a_worker_without_a_key_says_what_to_do(monkeypatch):
    """Its answer is a failed turn, and it asks nobody."""
    outcome = ask_with_own_key(prepared(), "https://example.org/v1", Settings())
    assert outcome.turn.state == "failed"
    assert "Set RUNWARE_API_KEY in the environment of each worker." in outcome.turn.error
    assert outcome.is_hopeless
    monkeypatch.setenv("RUNWARE_API_KEY", KEY)
    outcome = ask_with_own_key(prepared(f"My key is {KEY}"), "http://127.0.0.1:9/v1", Settings())
    assert "contains the key from RUNWARE_API_KEY; nothing was sent" in outcome.turn.error
    assert KEY not in repr(outcome)


def test_a_worker_that_breaks_is_a_failed_turn(serve):
    """Whatever it raised, in one line."""

    class Broken(ThreadPoolExecutor):
        def submit(self, _work, /, *_arguments):
            return super().submit(lambda: 1 / 0)

    with Broken(1) as executor:
        (turn,) = runware_magic.map(["a"], executor=executor, base_url=serve(OK).url)
    assert (turn.state, turn.error) == ("failed", "ZeroDivisionError: division by zero")


def test_what_an_executor_cancels_is_a_failed_turn(serve):
    """Nobody waits for it without end."""

    class Cancelling(ThreadPoolExecutor):
        def submit(self, _work, /, *_arguments):
            future = Future()
            future.cancel()
            return future

    with Cancelling(1) as executor:
        turns = list(runware_magic.map(["a", "b"], executor=executor, base_url=serve(OK).url))
    assert [turn.error for turn in turns] == ["The executor cancelled the request."] * 2


@pytest.mark.usefixtures("_sockets")
def test_without_a_key_the_demo_endpoint_answers():
    """It is there as long as the loop."""
    before = set(threading.enumerate())
    turns = list(runware_magic.map(["Hi", "Ho"], models="demo:echo@1", stream=False))
    assert [(turn.state, turn.endpoint) for turn in turns] == [("complete", "demo")] * 2
    assert set(threading.enumerate()) <= before


@pytest.mark.usefixtures("_kernels")
@pytest.mark.parametrize("executor", [None, ProcessPoolExecutor, Recording])
@pytest.mark.parametrize("by", ["argument", "environment"])
def test_the_demo_endpoint_answers_where_it_is_named(monkeypatch, executor, by):
    """Whatever key there is, by threads of this process and by workers, which each have their own."""
    monkeypatch.setenv("RUNWARE_API_KEY", KEY)
    monkeypatch.setenv("RUNWARE_BASE_URL", "Demo" if by == "environment" else "http://127.0.0.1:9/v1")
    named = {"base_url": "demo"} if by == "argument" else {}
    session, before = Session(), set(threading.enumerate())
    monkeypatch.setattr("runware_magic.engine.workers._session", session)
    with closing(session.connections), executor() if executor else nullcontext() as workers:
        turns = list(runware_magic.map(["Hi", "Ho"], executor=workers, stream=False, **named))
    assert [(turn.state, turn.endpoint, turn.model) for turn in turns] == [("complete", "demo", "demo:tutor@1")] * 2
    assert set(threading.enumerate()) <= before


@pytest.mark.usefixtures("_sockets")
def test_the_demo_endpoint_is_asked_about_many_rows():
    """In order, in pieces or not."""
    with DemoEndpoint(pace=0) as demo:
        for stream in (True, False):
            turns = runware_magic.map(
                [f"row {number}" for number in range(200)],
                models="demo:echo@1",
                base_url=demo.base_url,
                api_key=demo.key,
                max_parallel=16,
                ordered=True,
                stream=stream,
            )
            assert [(turn.state, f"row {turn.variant.number - 1}" in turn.content) for turn in turns] == [
                ("complete", True)
            ] * 200


def test_rows_that_have_ended_take_no_more_time(monkeypatch):
    """Nothing in the session grows with the rows, since each new row would go through all of it."""
    made = []

    def session(**more):
        made.append(Session(lambda *_: Scripted(), **more))
        return made[0]

    monkeypatch.setattr(batch, "Session", session)
    turns = list(runware_magic.map(map(str, range(20)), base_url="http://127.0.0.1:9/v1"))
    assert {turn.content for turn in turns} == {"Hello"}
    assert (made[0].budget.under_way, len(made[0].ledger)) == ((), 0)


def test_a_disk_that_takes_a_part_is_given_the_rest(tmp_path):
    """A line is whole, however much is written at once."""
    log = TurnLog(tmp_path / "answers.jsonl")
    written = bytearray()

    class Slow:
        def write(self, text):
            written.extend(text[:7])
            return len(text[:7])

    log._file = Slow()
    turn = call(Scripted()).run().turn
    log.add(turn)
    assert json.loads(written) == to_record(turn)


def test_several_choices_of_a_row_are_refused():
    """In one line, at once: each row has one turn."""
    with pytest.raises(OptionError, match=r"n=3 asks for several choices; map yields one turn.* Chat\.ask"):
        runware_magic.map(["Hi"], n=3, base_url="http://127.0.0.1:9/v1")
