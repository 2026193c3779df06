"""The body of an answer: read as it arrives, told apart by its first byte, let go of."""

from __future__ import annotations

import contextlib
import itertools
import json
import time
from collections.abc import Iterable, Iterator

import requests
import urllib3.exceptions

from runware_magic.wire.bounds import OutOfBoundsError, in_words
from runware_magic.wire.connections import Cutter

_PIECE = 65536  # bytes asked for in one read; what has arrived is given at once, however little
_PACKED = 4096  # of what is compressed: urllib3 before 2.6 decompresses all of it at once, to a thousand times that
_LINGER_S = 0.2  # for the end of a body that is already answered, so that its connection can serve again
_LINGERING, _SOON_S = 4, 0.001  # reads for that, and seconds for each at least: none would mean not to wait at all
_ERROR_S = 2.0  # for the body of an error, of which the status tells enough
_PADDING = b" \t\r\n\xef\xbb\xbf"  # white space, and what a byte order mark is made of


def pieces(response: requests.Response) -> Iterator[bytes]:
    """Read what has arrived, as it arrives, however the body is framed.

    Parameters
    ----------
    response
        Whose body.

    Raises
    ------
    HTTPError, OSError
        As urllib3 does.
    """
    # Neither iter_content nor urllib3's stream() does: both wait for more on a body that ends by closing.
    packing = response.headers.get("Content-Encoding", "")
    if "," in packing:
        # Nobody packs twice, but for a bomb.
        raise urllib3.exceptions.DecodeError(packing)
    amount = _PACKED if packing else _PIECE
    while True:
        # Asked to unpack, it takes longer even where nothing is packed.
        piece = response.raw.read1(amount, decode_content=bool(packing))
        if not piece:
            return
        yield piece


def told_apart(body: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Look at the first byte of a body, whatever its label says: servers mislabel streams, JSON and pages.

    Returns
    -------
    tuple
        The byte, empty where the body is; and the body without the padding before it, which means nothing in any of
        them: servers send it to keep a connection alive.
    """
    for piece in body:
        if rest := piece.lstrip(_PADDING):
            return rest[:1], itertools.chain((rest,), body)
    return b"", iter(())


def bounded(body: Iterable[bytes], longest: int, *, host: str) -> Iterator[bytes]:
    """Give the pieces of a body that is to be read as a whole.

    Raises
    ------
    OutOfBoundsError
        When it is longer than so many bytes.
    """
    size = 0
    for piece in body:
        size += len(piece)
        if size > longest:
            msg = f"{host} sent more than {in_words(longest)}."
            raise OutOfBoundsError(msg, "Check base_url.")
        yield piece


def parsed(body: bytes) -> object:
    """Read JSON; None where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def beginning(response: requests.Response, cutter: Cutter) -> str:
    """Read the beginning of an error's body, as far as it comes, and close it."""
    body = bytearray()
    with (
        contextlib.closing(response),
        cutter.within(_ERROR_S),
        contextlib.suppress(urllib3.exceptions.HTTPError, OSError),
    ):
        for piece in pieces(response):
            body += piece
            if len(body) >= _PIECE:
                break
    return body.decode("utf-8-sig", errors="replace")


def is_framed(response: requests.Response) -> bool:
    """Tell whether HTTP itself says where the body ends."""
    return "Content-Length" in response.headers or "chunked" in response.headers.get("Transfer-Encoding", "").lower()


def release(response: requests.Response, cutter: Cutter) -> None:
    """Give the connection back if the body ends soon, close it otherwise."""
    try:
        with contextlib.suppress(urllib3.exceptions.HTTPError, OSError, ValueError):
            # Of what is compressed, the rest might be a bomb.
            if not cutter.is_cut and is_framed(response) and "Content-Encoding" not in response.headers:
                _read_rest(response, cutter)
    finally:
        # Whatever went wrong: a socket that is merely dropped is closed when somebody happens to tidy up.
        with contextlib.suppress(OSError, ValueError):
            response.close()


def _read_rest(response: requests.Response, cutter: Cutter) -> None:
    # Not by a timer, which would be a thread for each answer: there may be thousands.
    deadline = time.monotonic() + _LINGER_S
    for _ in range(_LINGERING):
        cutter.shorten(max(_SOON_S, deadline - time.monotonic()))
        if not response.raw.read1(_PIECE, decode_content=False) or time.monotonic() > deadline:
            break
