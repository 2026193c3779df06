"""How work may grow with its input, and how long something prompt may take, on a machine with other things to do."""

import time
from collections.abc import Callable

#: Seconds: far more than anything prompt takes on a busy machine, and less than time-outs that it must not wait for.
PROMPTLY_S = 4.0

_SUSPICIOUS_S = 0.3  # of the processor
_TIMES = 4
_MOST = 11.0  # times the time for a quarter of the text: 4 if it grows with the text, 16 with its square
_SURELY = 6.0  # times that: other programs would have to make the short one take 2.7 times as long, to hide a square


def _took_s(work: Callable[[str], object], text: str) -> float:
    began_s = time.process_time()
    work(text)
    return time.process_time() - began_s


def assert_not_quadratic(work: Callable[[str], object], write: Callable[[int], str], size: int) -> None:
    """Fail if a text takes time with its square: `write` returns a text of about as many characters as it is told."""
    if (long_s := _took_s(work, write(size))) > _SUSPICIOUS_S:
        short_s = _took_s(work, write(size // _TIMES))
        if long_s < _SURELY * short_s:
            return
        # The least of some: other programs only add to it.
        long_s = min(long_s, _took_s(work, write(size)))
        short_s = min(short_s, *(_took_s(work, write(size // _TIMES)) for _ in range(2)))
        assert long_s < _MOST * short_s, f"{long_s:.2f} s, and a quarter of it {short_s:.2f} s"
