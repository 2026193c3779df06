"""Measure what answers cost to show: ``python tests/benchmarks [--quick] [--json FILE] [--lab]``.

Figures are ratios within one run wherever they can be; the machine should have nothing else to do.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import kernel_figures
import map_figures
import process_figures
import scale_figures
from bench import Bench, streaming
from figures import Figure, table


def _of_kernel(*, quick: bool) -> Iterator[list[Figure]]:
    with streaming() as url, closing(Bench(url)) as bench:
        yield kernel_figures.memory(bench)
        # The tutorials' way with a small answer only: with 64 KB it sends half a gigabyte.
        yield kernel_figures.times(bench, (16, 64) if quick else (16, 64, 256), (16,))
        yield kernel_figures.delay(bench, 2 if quick else 8)
        yield kernel_figures.pace(bench, 4 if quick else 12)
        yield kernel_figures.together(bench, 10, 4 if quick else 20)
        yield kernel_figures.growth(bench, 16, 64 if quick else 256)
        yield kernel_figures.rest(bench, 5 if quick else 30)


def _measured(*, quick: bool, lab: bool) -> Iterator[list[Figure]]:
    yield process_figures.loading(5 if quick else 15)
    yield process_figures.decoding(5 if quick else 15)
    yield map_figures.many(1000 if quick else 5000)
    yield scale_figures.long_notebooks(0.1 if quick else 1)
    yield from _of_kernel(quick=quick)
    if lab:
        import lab_figures  # a browser is not everywhere

        yield lab_figures.page(5 if quick else 20)


def main() -> int:
    """Print the figures as they come; 2 when one of them is beyond its limit."""
    parser = argparse.ArgumentParser(prog="python tests/benchmarks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="less of everything: a look, not a measurement")
    parser.add_argument("--lab", action="store_true", help="a real JupyterLab in a real browser too")
    parser.add_argument("--json", type=Path, help="write the figures here")
    given = parser.parse_args()
    figures: list[Figure] = []
    for more in _measured(quick=given.quick, lab=given.lab):
        print(table(more), flush=True)
        figures += more
    if given.json:
        facts: dict[str, object] = {
            "python": platform.python_version(),
            "machine": platform.machine(),
            "figures": list(map(asdict, figures)),
        }
        given.json.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    return 0 if all(figure.holds for figure in figures) else 2


if __name__ == "__main__":
    sys.exit(main())
