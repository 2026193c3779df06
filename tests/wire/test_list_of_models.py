"""The list of an endpoint's models."""

import itertools
import json
import signal
import threading
import time

import pytest
from asking import transport
from loopback import chunk, chunked, hang_up, head, reset, sized

from runware_magic.errors import NotFoundError, TransportError
from runware_magic.wire.bodies import joined
from runware_magic.wire.transport import Patience


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
        transport(serve(reply).url, Patience(2, 0.2, 0)).models()
    assert caught.value.__context__ is None
    assert [entry.name for entry in caught.traceback][1:] == ["models", "aside"]


def test_a_list_of_models_without_end_is_an_error():
    """Memory is bounded."""
    with pytest.raises(TransportError, match="longer than 100 bytes"):
        joined(itertools.repeat(b"x"), host="h", longest=100)


@pytest.mark.parametrize("reply", [[], [head(Transfer_Encoding="chunked"), chunk(LIST[:5])]])
def test_asking_for_models_can_be_interrupted(serve, reply):
    """At once, whatever the server does; no frame of the request hangs on the interrupt."""
    main = threading.get_ident()
    server = serve([*reply, lambda _: signal.pthread_kill(main, signal.SIGINT), threading.Event()])
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt) as caught:
        transport(server.url, Patience(9, 9, 0)).models()
    assert time.monotonic() - began < 1
    assert {"_sent", "_attempt"}.isdisjoint(entry.name for entry in caught.traceback)
