"""Figures of a real JupyterLab in a real browser: how far the page is behind."""

from __future__ import annotations

import json
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from bench import cell, first_shown, streaming
from figures import Figure, of_delays, quantile
from lab import Lab
from lab_server import launched, serving
from playwright.sync_api import sync_playwright
from tap import Tap

_KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
_TIMES = 7
_WORDS = 1400  # of each answer of a comparison: 20 s

#: Takes note of when each numbered word is first in the page, in seconds since the epoch, by the words' letter.
_WATCH = """
() => {
  window.seen = {};
  const look = records => {
    const now = (performance.timeOrigin + performance.now()) / 1000;
    const last = {};
    for (const record of records) {
      for (const node of [...record.addedNodes, record.target]) {
        for (const [, letter, number] of (node.textContent || '').matchAll(/\\b([a-z])(\\d{5})\\b/g))
          last[letter] = Math.max(last[letter] ?? -1, +number);
      }
    }
    for (const [letter, number] of Object.entries(last)) {
      const seen = window.seen[letter] ??= [];
      while (seen.length <= number) seen.push(now);
    }
  };
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true, characterData: true});
}
"""
_BARE = """
import time
from ipywidgets import HTML
_bare = HTML('')
display(_bare)
time.sleep(1)
_wrote = time.time()
_bare.value = 'w' + '0' * 5
time.sleep(1)
print('WROTE', _wrote)
"""


def page(seconds: int) -> list[Figure]:
    """Measure a page while 256 KB come in 20 seconds, or as much for fewer, and how soon first words show."""
    with tempfile.TemporaryDirectory(prefix="bench") as home, streaming() as url, _opened(Path(home)) as lab:
        return [*_behind(lab, Path(home), url, seconds), *_first_words(lab, url), *_beside(lab, Path(home), url)]


@contextmanager
def _opened(home: Path) -> Iterator[Lab]:
    with sync_playwright() as driver, launched(driver) as browser, serving(home) as (url, token, folder):
        yield Lab(browser.new_page(viewport={"width": 1100, "height": 1000}), url, token, folder, home, "bench")


def _behind(lab: Lab, home: Path, url: str, seconds: int) -> list[Figure]:
    """Numbered words of 13 KB a second."""
    count = 262144 * seconds // 20 // 7
    _open(lab, url, "behind", cell(f"words/{count * 7}/7/{seconds * 1000 / count}/0"))
    tap = Tap(json.loads(next((home / "runtime").glob("kernel-*.json")).read_text()))
    lab.page.evaluate(_WATCH)
    lab.run_cell(1)
    lab.page.locator("div.jp-RenderedHTML .runware-badge").wait_for(timeout=(seconds + 60) * 1000)
    messages = tap.take()
    tap.stop()
    seen: list[float] = lab.page.evaluate("() => window.seen.w")
    shown = first_shown(messages, sent=True)
    delays = [page - kernel for page, kernel in zip(seen, shown, strict=False)]
    settled = next(message.sent_s for message in messages if message.settles)
    lab.shut_down()
    return [
        *of_delays(f"256 KB in 20 s, for {seconds} s: page behind the kernel", delays, 50, (1, 150)),
        Figure("the settled output: page behind the kernel", (seen[-1] - max(settled, shown[-1])) * 1000, unit="ms"),
        Figure("words that no page showed", count - len(seen), 0, ""),
    ]


def _first_words(lab: Lab, url: str) -> list[Figure]:
    bare, ours = [], []
    for number in range(_TIMES):
        _open(lab, url, f"first{number}", cell("words/7/7/0/0"), _BARE, cell("words/14/7/1500/0"))
        lab.run_cell(1)
        lab.settled(1)
        bare.append(_bare(lab))
        ours.append(_ours(lab, url))
        lab.shut_down()
    above = quantile(ours, 0.5) - quantile(bare, 0.5)
    return [
        Figure("a bare widget update, in the page", quantile(bare, 0.5) * 1000, unit="ms"),
        Figure("first delta to first words in the page, above that", above * 1000, 60, "ms"),
    ]


def _beside(lab: Lab, home: Path, url: str) -> list[Figure]:
    """Ten answers of a comparison, 70 words a second each, beside one that streams alone."""
    models = [f"words-{letter}/{_WORDS * 7}/7/14/0" for letter in "abcdefghij"]
    alone, _ = _streamed(lab, home, url, "alone", models[:1])
    among, rate = _streamed(lab, home, url, "among", models)
    median = {letter: quantile(delays, 0.5) for letter, delays in among.items()}
    slowest = max(median.values())
    return [
        Figure("one answer alone: write to page, median", quantile(alone["a"], 0.5) * 1000, unit="ms"),
        Figure("ten answers of a comparison: median of the slowest, × alone", slowest / quantile(alone["a"], 0.5), 2.0),
        Figure("ten answers of a comparison: messages", rate, 60, "/s"),
    ]


def _streamed(lab: Lab, home: Path, url: str, name: str, models: list[str]) -> tuple[dict[str, list[float]], float]:
    """Stream answers into one cell; give how late each word was in the page, by letter, and messages a second."""
    asked = f"--compare {','.join(models)} --max-parallel 10" if len(models) > 1 else models[0]
    _open(lab, url, name, cell(asked))
    tap = Tap(json.loads(max((home / "runtime").glob("kernel-*.json"), key=lambda at: at.stat().st_mtime).read_text()))
    lab.page.evaluate(_WATCH)
    lab.run_cell(1)
    lab.page.locator("div.jp-RenderedHTML .runware-turn").first.wait_for(timeout=60_000)
    messages = tap.take()
    tap.stop()
    with urllib.request.urlopen(f"{url}/logs") as reply:
        written: dict[str, list[float]] = json.load(reply)
    seen: dict[str, list[float]] = lab.page.evaluate("() => window.seen")
    lab.shut_down()
    took_s = messages[-1].at_s - messages[0].at_s
    delays = {
        model[len("words-")]: [
            shown - wrote for shown, wrote in zip(seen[model[len("words-")]], written[model], strict=False)
        ]
        for model in models
    }
    return delays, len(messages) / took_s


def _bare(lab: Lab) -> float:
    lab.page.evaluate(_WATCH)
    lab.run_cell(2)
    output = lab.output(2).get_by_text("WROTE")
    output.wait_for()
    return float(lab.page.evaluate("() => window.seen.w")[0]) - float(output.inner_text().split()[1])


def _ours(lab: Lab, url: str) -> float:
    lab.page.evaluate(_WATCH)
    lab.run_cell(3)
    lab.settled(3)
    with urllib.request.urlopen(f"{url}/log") as reply:
        written: list[float] = json.load(reply)
    return float(lab.page.evaluate("() => window.seen.w")[0]) - written[0]


def _open(lab: Lab, url: str, name: str, *sources: str) -> None:
    load = f"%load_ext runware_magic\n%config RunwareMagics.base_url = '{url}'"
    cells: list[Any] = [nbformat.v4.new_code_cell(source) for source in (load, *sources)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=_KERNEL), lab.folder / f"{name}.ipynb")
    lab.open(f"{name}.ipynb")
    lab.run_cell(0)
    lab.page.wait_for_function("() => document.querySelectorAll('.jp-InputPrompt')[0].innerText.includes('1')")
