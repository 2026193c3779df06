"""The requests and the bytes of the last turns."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from runware_magic.transport.forks import Lock

if TYPE_CHECKING:
    from runware_magic.chat.request import Request
    from runware_magic.engine.kept_bytes import Body

MOST_TURNS = 100
MOST_BYTES = 64 * 2**20


class Recent:
    """The requests and the bytes of the last 100 turns, and of at most 64 MB.

    The texts of requests are shared with the turns, and do not count.
    """

    def __init__(self, most_turns: int = MOST_TURNS, most_bytes: int = MOST_BYTES) -> None:
        self._most_turns, self._most_bytes = most_turns, most_bytes
        self._kept: dict[str, tuple[Request | None, Body]] = {}
        self._lock = Lock()

    def keep(self, turn_id: str, request: Request | None, body: Body) -> None:
        """Keep a turn's request and bytes, and remove the oldest ones that are too many."""
        with self._lock:  # background answers may end at the same time
            self._kept[turn_id] = (request, body)
            while len(self._kept) > self._most_turns or self.size > self._most_bytes:
                del self._kept[next(iter(self._kept))]

    @property
    def size(self) -> int:
        """Bytes of memory that it takes."""
        return sum(body.size + sys.getsizeof(request and request.messages) for request, body in self._kept.values())

    def request(self, turn_id: str) -> Request | None:
        """Return the request of a turn, if it is kept."""
        return self._kept.get(turn_id, (None, None))[0]

    def body(self, turn_id: str) -> Body | None:
        """Return the bytes of a turn, if they are kept."""
        return self._kept.get(turn_id, (None, None))[1]
