"""Vary answers by temperature and seed, without random numbers."""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Sequence
from dataclasses import replace

from runware_magic.demo.request import Ask

_WILDEST = 1.5  # from this temperature on, the wildest wording comes first
_REMEMBERED = 4096  # requests


def wording(ask: Ask, wordings: Sequence[str]) -> str:
    """Choose one of the wordings, which are ordered from sober to wild.

    At temperature 0 it is always the first; a higher temperature begins later in the list. Each next seed, or each
    repetition without a seed, takes the next one.
    """
    temperature, last = _temperature(ask), len(wordings) - 1
    if not temperature or not last:
        return wordings[0]
    first = min(last, max(1, round(temperature * last / _WILDEST)))
    # The choice is among one wilder than the first, and all that are more sober.
    reach = min(last, first + 1) + 1
    return wordings[(first + _turn(ask) - 1) % reach]


def slips(ask: Ask) -> bool:
    """Whether the answer gets a mistake, by its prompt, model and turn: never at temperature 0, more often above it."""
    told = f"{ask.model.id}\n{ask.prompt}\n{_turn(ask)}".encode("utf-8", "replace")
    return zlib.crc32(told) % 1000 < 1000 * ask.model.slips * _temperature(ask)


def _temperature(ask: Ask) -> float:
    given = ask.parameters.get("temperature")
    return 1.0 if given is None else float(given)


def _turn(ask: Ask) -> int:
    seed = ask.parameters.get("seed")
    return seed if type(seed) is int else ask.nth


class Repeats:
    """Counts how often each request has come; the oldest requests are forgotten."""

    def __init__(self) -> None:
        self._times: dict[int, int] = {}
        self._lock = threading.Lock()

    def counted(self, ask: Ask) -> Ask:
        """Return the request with the number of times it has come, this one included."""
        parameters = json.dumps(dict(ask.parameters), sort_keys=True)
        request = hash((ask.model.id, ask.messages, parameters))
        with self._lock:
            nth = self._times[request] = self._times.pop(request, 0) + 1
            if len(self._times) > _REMEMBERED:
                del self._times[next(iter(self._times))]
        return replace(ask, nth=nth)
