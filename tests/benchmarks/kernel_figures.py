"""Figures of a real kernel: how long, how much, how often, beside the drain and the tutorials' way."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

from answers import JSON, REASONING, SHAPES, text
from bench import Bench, Measured, cell, first_shown
from figures import Figure, of_delays

_KB = 1024
_LIMITS = {16: 2.5, 64: 3.0, 256: 4.0}  # × the drain, from the cell's start to the settled output
_MESSAGES = 60.0  # a second
_TIMES = 3

#: Draws an answer 40 characters a frame, and nothing else.
_FRAMES = """
from runware_magic.chat.events import ContentDelta, ReasoningDelta
from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.turn import Timing, Turn
from runware_magic.display.views.live import LiveView
from runware_magic.engine.view import Settled

def frames(text, kind, schema_sent="", each=40):
    turn = Turn("t", "m", "e", (), Timing("2026-01-01T00:00:00Z"), schema_sent=schema_sent)
    builder, view = TurnBuilder(turn), LiveView()
    view.open(builder)
    for at in range(0, len(text), each):
        builder.fold(kind(text[at : at + each]), 1.0)
        view.draw(builder, 1.0)
    view.refuse("m", ValueError())
"""


def _median(bench: Bench, code: Callable[[], tuple[str, str | None]]) -> Measured:
    """Run three times; give the run whose time is in the middle."""
    runs = sorted((bench.measure(*code()) for _ in range(_TIMES)), key=lambda run: run.took_s)
    return runs[_TIMES // 2]


def times(bench: Bench, sizes: tuple[int, ...], tutorials: tuple[int, ...]) -> list[Figure]:
    """Measure from the cell's start to the settled output, beside the drain and the tutorials' way."""
    figures: list[Figure] = []
    for size in sizes:
        model = f"prose/{size * _KB}/4/0/0"
        drain = _median(bench, lambda m=model: (f"drain({m!r})", None))
        product = _median(bench, lambda m=model: (cell(m), "time"))
        settling_s = bench.measure(cell(model), "time").ended_s - bench.written()[-1]
        chat = _median(bench, lambda m=model: (f"chat({m!r})", None))
        figures += [
            Figure(f"{size} KB at once: the drain", drain.took_s, unit="s"),
            Figure(f"{size} KB at once: start to settled", product.took_s / drain.took_s, _LIMITS[size]),
            Figure(f"{size} KB at once: Chat.stream", chat.took_s / drain.took_s, 2.0),
            Figure(f"{size} KB at once: processor time", product.cpu_s / drain.cpu_s, 5.0 if size == 256 else None),
            Figure(f"{size} KB at once: messages", product.rate, _MESSAGES, "/s"),
            Figure(f"{size} KB at once: last byte to settled", settling_s, 1.0, "s"),
        ]
        if size in tutorials:
            way = bench.measure(f"tutorial({model!r})", None)
            figures += [
                Figure(f"{size} KB at once: the tutorials' way", way.took_s / drain.took_s),
                Figure(f"{size} KB at once: its bytes, × ours", way.size / product.size),
            ]
    return figures


def growth(bench: Bench, small: int, large: int) -> list[Figure]:
    """Measure how the bytes to the front end grow with the text, for every shape of answer."""
    bench.kernel.run(_FRAMES)
    figures = []
    for shape in (*SHAPES, REASONING):
        kind = "ReasoningDelta" if shape == REASONING else "ContentDelta"
        asked = "prompt" if shape == JSON else ""
        calls = (f"frames({text(shape, size * _KB)!r}, {kind}, {asked!r})" for size in (small, large))
        sizes = [bench.measure(call, None).size for call in calls]
        exponent = math.log(sizes[1] / sizes[0]) / math.log(large / small)
        figures += [
            Figure(f"growth of bytes, {shape}", exponent, 1.1, "exp"),
            Figure(f"bytes of {large} KB, {shape}", sizes[1] / 1e6, unit="MB"),
        ]
    return figures


def pace(bench: Bench, seconds: int) -> list[Figure]:
    """Measure what goes to the front end at a model's pace, with little text and with much."""
    figures = []
    for size in (1, 256):
        model = f"prose/{size * _KB + 200 * seconds}/4/20/{size * _KB}"
        run = bench.measure(cell(model), "pace")
        written = bench.written()
        # Once what came at once is shown.
        began, ended = written[size * _KB // 4] + seconds / 2, written[-2]
        within = [message for message in run.messages if began <= message.at_s <= ended]
        sent = sum(message.size for message in within) / (ended - began)
        figures += [
            Figure(f"50 tokens/s behind {size} KB: bytes", sent / 1000, 40.0, "KB/s"),
            Figure(f"50 tokens/s behind {size} KB: messages", len(within) / (ended - began), _MESSAGES, "/s"),
        ]
    return figures


def delay(bench: Bench, seconds: int) -> list[Figure]:
    """Measure from the server's write to the first message that shows it, a delta a millisecond."""
    run = bench.measure(cell(f"words/{7000 * seconds}/7/1/0"), "delay")
    written = bench.written()[:-1]
    # The last words come with the settled output, which is no live message.
    delays = [shown - wrote for shown, wrote in zip(first_shown(run.messages), written, strict=False)]
    return [
        *of_delays("write to message, a delta a millisecond", delays, 50, (0.95, 100)),
        Figure("a delta a millisecond: messages", run.rate, _MESSAGES, "/s"),
    ]


def together(bench: Bench, streams: int, seconds: int) -> list[Figure]:
    """Measure many answers at once: the messages of all, and that each settles whole."""
    model = f"prose/{400 * seconds}/4/10/0"
    asks = [f"get_ipython().run_cell_magic('runware', '{model} --once --background', 'Hi')"] * streams
    wait = "while _magics.background.under_way(): time.sleep(0.05)"
    run = bench.measure("\n".join([*asks, wait]), None)
    whole = sum('"runware-turn' in message.parts[3].decode() for message in run.messages if message.settles)
    return [
        Figure(f"{streams} answers at once: messages", run.rate, _MESSAGES, "/s"),
        Figure(f"{streams} answers at once: not settled", streams - whole, 0, ""),
    ]


def rest(bench: Bench, seconds: int) -> list[Figure]:
    """Measure what a silent server costs, and what is left behind."""
    output = bench.kernel.send(cell("stall"), "stall")
    bench.kernel.wait(lambda: output.live("Just a moment"))
    process = f"/proc/{bench.kernel.manager.provisioner.process.pid}/stat"
    before = _ticks(process)
    time.sleep(seconds)
    used = (_ticks(process) - before) / 100
    bench.kernel.interrupt()
    bench.kernel.finish(output)
    threads, _, _ = bench.kernel.count()
    return [
        Figure(f"a silent server, {seconds} s: processor time", used / seconds * 100, 2.0, "%"),
        Figure("threads left behind", len(threads), 0, ""),
    ]


def memory(bench: Bench) -> list[Figure]:
    """Measure how the peak of memory grows with an answer of a megabyte."""
    peak = "int(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    before = bench.kernel.tell(peak)
    bench.measure(cell(f"prose/{_KB * _KB}/40/0/0"), "memory")
    return [Figure("a megabyte: growth of the peak of memory", (bench.kernel.tell(peak) - before) / 1000, 40.0, "MB")]


def _ticks(path: str) -> int:
    fields = Path(path).read_text(encoding="ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
