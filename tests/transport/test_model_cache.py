"""The list of an endpoint's models."""

import _thread
import itertools
import json
import signal
import threading
import time

import pytest
from asking import transport
from growth import PROMPTLY_S
from loopback import chunk, chunked, hang_up, head, reset, sized

from runware_magic.chat.pricing import Prices
from runware_magic.errors import NotFoundError, StoppedError, TimedOutError, TransportError
from runware_magic.protocol.model_list import Model, find_prices, per_million
from runware_magic.transport.model_cache import Lists
from runware_magic.transport.response import bounded
from runware_magic.transport.transport import Timeouts


@pytest.mark.parametrize("rows", [[{"id": "a"}, "x", {"name": "b"}], {"object": "list", "data": [{"id": "a"}]}])
def test_models_come_bare_or_in_data(serve, rows):
    """Rows without an id are no models."""
    assert transport(serve(sized(200, json.dumps(rows).encode())).url).models() == [{"id": "a"}]


def test_a_list_of_models_that_is_none_is_an_error(serve):
    """Some servers have no such address, or a page there."""
    with pytest.raises(TransportError, match="no list of models"):
        transport(serve(sized(200, b"{}")).url).models()
    with pytest.raises(NotFoundError):
        transport(serve(sized(404, b"")).url).models()


LIST = b'[{"id": "a"}]'


def test_a_list_of_models_may_come_padded(serve):
    """With what keeps a connection alive, and a byte order mark."""
    server = serve(chunked([b" \n", b"\xef\xbb\xbf", LIST], "application/json"))
    assert transport(server.url).models() == [{"id": "a"}]


@pytest.mark.parametrize(
    "reply",
    [
        [hang_up],
        [head(Transfer_Encoding="chunked"), chunk(LIST[:5]), hang_up],
        [head(Transfer_Encoding="chunked"), chunk(LIST[:5]), reset],
        [head(Transfer_Encoding="chunked"), b"nonsense\r\n", hang_up],
        [head(Content_Length="99"), LIST[:5], hang_up],
        [head(Content_Length="99"), LIST[:5], threading.Event()],
        [head(Content_Length="9", Content_Encoding="gzip"), b"not gzip!"],
        [b"HTTP/9 x\r\n\r\n", hang_up],
    ],
)
def test_a_list_of_models_that_breaks_off_is_an_error_without_frames(serve, reply):
    """Whatever requests or urllib3 would have raised."""
    with pytest.raises(TransportError) as caught:
        transport(serve(reply).url, Timeouts(2, 0.2, 0)).models()
    assert caught.value.__context__ is None
    assert [entry.name for entry in caught.traceback][1:] == ["models", "run_interruptibly", "result", "__get_result"]


def test_a_list_of_models_without_end_is_an_error():
    """Memory is bounded."""
    with pytest.raises(TransportError, match="more than 100 bytes"):
        list(bounded(itertools.repeat(b"x"), 100, host="h"))


MAIN = threading.main_thread().ident


# The second as on Windows, where an interrupt does not end a wait.
@pytest.mark.parametrize("interrupt", [lambda: signal.pthread_kill(MAIN, signal.SIGINT), _thread.interrupt_main])
@pytest.mark.parametrize("reply", [[], [head(Transfer_Encoding="chunked"), chunk(LIST[:5])]])
def test_asking_for_models_can_be_interrupted(serve, reply, interrupt):
    """At once, whatever the server does; no frame of the request hangs on the interrupt."""
    server = serve([*reply, lambda _: interrupt(), threading.Event()])
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt) as caught:
        transport(server.url, Timeouts(9, 9, 0)).models()
    assert time.monotonic() - began < PROMPTLY_S
    assert {"_sent", "_attempt"}.isdisjoint(entry.name for entry in caught.traceback)


def test_a_list_of_models_that_takes_too_long_is_an_error(serve):
    """In all, not from byte to byte: a server that drips is not waited for."""
    dripping, over = [b" "] * 3, threading.Event()
    server = serve([head(Transfer_Encoding="chunked"), *map(chunk, dripping), over])
    with pytest.raises(TimedOutError, match=r"no list of models within 0\.1 s") as caught:
        transport(server.url, Timeouts(9, 9, 0)).models(0.1)
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    assert "_listed" not in {entry.name for entry in caught.traceback}


PRICES = Prices(0.000001, 0.000002)


def row(name, prompt="0.000001", completion="0.000002", **fields):
    """Return a row of a list."""
    return {"id": name, "pricing": {"prompt": prompt, "completion": completion}, **fields}


@pytest.mark.parametrize(
    ("price", "number", "text"),
    [
        ("0.0000012", 0.0000012, "1.20"),
        (0.0000012, 0.0000012, "1.20"),
        ("0", 0.0, "0.00"),
        (0, 0.0, "0.00"),
        ("0.002", 0.002, "2,000.00"),
        ("0.0000000012", 0.0000000012, "0.0012"),
        ("0.000000009999", 0.000000009999, "0.0100"),
        ("1e-300", 1e-300, "< 0.000001"),
        (None, None, "?"),
        ("-1", None, "?"),
        ("free", None, "?"),
    ],
)
def test_prices_as_numbers_and_as_text(price, number, text):
    """Dollars a token, and for a million of them; what is not zero is not shown as zero."""
    model = Model.from_json(row("m", price, price))
    assert (model.prompt_price, model.completion_price) == (number, number)
    assert per_million(number) == text
    assert model.prices == (None if number is None else Prices(number, number))


def test_one_price_alone_prices_nothing():
    """Half an estimate would be too low."""
    assert Model.from_json(row("m", None)).prices is None
    assert Model.from_json({"id": "m"}).prices is None


@pytest.mark.parametrize(
    ("listed", "asked", "found"),
    [
        ("minimax-m2-7", "minimax:m2.7@0", True),
        ("minimax-m2-7", "minimax-m2-7", True),
        ("minimax-m2-7", "MiniMax:M2.7@0", True),
        ("minimax-m2-7", "minimax:m2.7@highspeed", False),
        ("minimax-m2-7-highspeed", "minimax:m2.7@highspeed", True),
        ("google-gemini-3-1-pro", "google:gemini@3.1-pro", True),
        ("anthropic-claude-sonnet-4-6", "anthropic:claude@sonnet-4.6", True),
        ("demo:tutor@1", "demo:tutor@1", True),
        ("demo:tutor@1", "demo-tutor-1", True),
        ("minimax:m2.7@0", "minimax-m2-7", True),
        ("minimax-m2", "minimax:m2.7@0", False),
        ("openai-gpt-5-4", "openai:gpt@5.40", False),
        ("x", "", False),
    ],
)
def test_prices_are_found_by_air_id_and_by_slug(listed, asked, found):
    """Whichever of them the list has and the cell has; nothing near counts."""
    assert find_prices([Model.from_json(row(listed))], asked) == (PRICES if found else None)


def test_prices_of_the_very_name_go_before():
    """And where several rows might be meant that differ, nobody knows."""
    slug, other = Model.from_json(row("a-b-1", "1")), Model.from_json(row("a:b@1", "2"))
    assert find_prices([slug, other], "a:b@1") == other.prices
    assert find_prices([slug, other], "a-b-1") == slug.prices
    assert find_prices([slug, other], "a.b@1") is None
    assert find_prices([slug, slug], "a.b@1") == slug.prices


def test_a_list_is_asked_for_once():
    """For all models of an endpoint; looking a price up asks nobody."""
    calls = []

    def fetch():
        calls.append(1)
        return [row("a"), row("b")]

    lists = Lists()
    assert lists.prices("here", "a") is None
    for _ in range(3):
        lists.know("here", fetch)
    assert [lists.prices("here", name) for name in "abc"] == [PRICES, PRICES, None]
    assert (len(calls), [model.id for model in lists.latest]) == (1, ["a", "b"])
    lists.know("there", fetch)
    assert len(calls) == 2
    lists.ask("there", list)
    assert (lists.prices("there", "a"), lists.prices("here", "a")) == (None, PRICES)


def test_a_list_that_cannot_be_had_is_not_asked_for_again():
    """But by whoever asks for it."""
    calls = []

    def fail():
        calls.append(1)
        msg = "no such address"
        raise NotFoundError(msg)

    lists = Lists()
    for _ in range(3):
        lists.know("here", fail)
    assert (len(calls), lists.prices("here", "a")) == (1, None)
    with pytest.raises(NotFoundError):
        lists.ask("here", fail)
    lists.ask("here", lambda: [row("a")])
    with pytest.raises(NotFoundError):
        lists.ask("here", fail)
    assert lists.prices("here", "a") == PRICES


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, StoppedError("stopped")])
def test_an_interrupt_leaves_the_list_to_be_asked_for(interrupt):
    """It says nothing about the endpoint."""

    def interrupted():
        raise interrupt

    lists = Lists()
    with pytest.raises((KeyboardInterrupt, StoppedError)):
        lists.know("here", interrupted)
    lists.know("here", lambda: [row("a")])
    assert lists.prices("here", "a") == PRICES


def test_many_threads_ask_for_a_list_once():
    """The others wait for it."""
    calls, lists, gate = [], Lists(), threading.Barrier(8)
    found = []

    def fetch():
        calls.append(1)
        return [row("a")]

    def look():
        gate.wait(5)
        lists.know("here", fetch)
        found.append(lists.prices("here", "a"))

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert (len(calls), found) == (1, [PRICES] * 8)


def test_waiting_for_another_thread_that_asks_can_be_stopped():
    """Whatever the server does to it."""
    lists, asking, over = Lists(), threading.Event(), threading.Event()

    def stall():
        asking.set()
        over.wait(10)
        return []

    thread = threading.Thread(target=lists.know, args=("here", stall))
    thread.start()
    assert asking.wait(5)
    looks = iter((False, False, True))
    lists.know("here", stall, lambda: next(looks))
    assert lists.prices("here", "a") is None
    over.set()
    thread.join(5)


def test_asking_for_models_can_be_stopped_from_another_thread(serve):
    """At once, whatever the server does, and its thread ends."""
    heard, stops = threading.Event(), []
    server = serve([head(Transfer_Encoding="chunked"), chunk(LIST[:5]), lambda _: heard.set(), threading.Event()])

    def stop():
        heard.wait(5)
        stops[0]()

    stopper = threading.Thread(target=stop)
    stopper.start()
    began = time.monotonic()
    with pytest.raises(StoppedError, match="before it was asked"):
        transport(server.url, Timeouts(9, 9, 0)).models(9.0, stops.append)
    assert time.monotonic() - began < PROMPTLY_S
    stopper.join(5)
    for thread in threading.enumerate():
        if thread.name == "runware-aside":
            thread.join(5)
            assert not thread.is_alive()
