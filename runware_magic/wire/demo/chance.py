"""What differs from answer to answer: by the temperature and the seed, never by dice."""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Sequence
from dataclasses import replace

from runware_magic.wire.demo.request import Ask

_WILDEST = 1.5  # the temperature from which on the wildest wording comes first
_REMEMBERED = 4096  # requests


def wording(ask: Ask, wordings: Sequence[str]) -> str:
    """Choose between wordings of an answer.

    Parameters
    ----------
    ask
        Its temperature says which comes first: at 0 always the first of them, the higher, the later. Each of the next
        seeds, or each next time without a seed, takes the next one.
    wordings
        From sober to wild.
    """
    temperature, last = _temperature(ask), len(wordings) - 1
    if not temperature or not last:
        return wordings[0]
    first = min(last, max(1, round(temperature * last / _WILDEST)))
    # One wilder than the first is within reach, and all that are more sober.
    reach = min(last, first + 1) + 1
    return wordings[(first + _turn(ask) - 1) % reach]


def slips(ask: Ask) -> bool:
    """Tell whether an answer is to have a mistake: at temperature 0 none, and the more the higher.

    Which ones follows from the prompt, the model, and the seed or how often this was asked.
    """
    told = f"{ask.model.id}\n{ask.prompt}\n{_turn(ask)}".encode("utf-8", "replace")
    return zlib.crc32(told) % 1000 < 1000 * ask.model.slips * _temperature(ask)


def _temperature(ask: Ask) -> float:
    given = ask.parameters.get("temperature")
    return 1.0 if given is None else float(given)


def _turn(ask: Ask) -> int:
    seed = ask.parameters.get("seed")
    return seed if type(seed) is int else ask.nth


class Repeats:
    """Counts how often each request has come; of the oldest ones, it forgets that they came at all."""

    def __init__(self) -> None:
        self._times: dict[int, int] = {}
        self._lock = threading.Lock()

    def counted(self, ask: Ask) -> Ask:
        """Give the request with how often it has come by now."""
        parameters = json.dumps(dict(ask.parameters), sort_keys=True)
        request = hash((ask.model.id, ask.messages, parameters))
        with self._lock:
            nth = self._times[request] = self._times.pop(request, 0) + 1
            if len(self._times) > _REMEMBERED:
                del self._times[next(iter(self._times))]
        return replace(ask, nth=nth)
