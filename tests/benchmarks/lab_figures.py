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

#: Takes note of when each numbered word is first in the page, in seconds since the epoch.
_WATCH = """
() => {
  window.seen = [];
  const look = records => {
    const now = (performance.timeOrigin + performance.now()) / 1000;
    let last = -1;
    for (const record of records) {
      for (const node of [...record.addedNodes, record.target]) {
        const words = (node.textContent || '').match(/w\\d{5}/g) || [];
        if (words.length) last = Math.max(last, ...words.map(word => +word.slice(1)));
      }
    }
    while (window.seen.length <= last) window.seen.push(now);
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
        return [*_behind(lab, Path(home), url, seconds), *_first_words(lab, url)]


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
    seen: list[float] = lab.page.evaluate("() => window.seen")
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


def _bare(lab: Lab) -> float:
    lab.page.evaluate(_WATCH)
    lab.run_cell(2)
    output = lab.output(2).get_by_text("WROTE")
    output.wait_for()
    return float(lab.page.evaluate("() => window.seen")[0]) - float(output.inner_text().split()[1])


def _ours(lab: Lab, url: str) -> float:
    lab.page.evaluate(_WATCH)
    lab.run_cell(3)
    lab.settled(3)
    with urllib.request.urlopen(f"{url}/log") as reply:
        written: list[float] = json.load(reply)
    return float(lab.page.evaluate("() => window.seen")[0]) - written[0]


def _open(lab: Lab, url: str, name: str, *sources: str) -> None:
    load = f"%load_ext runware_magic\n%config RunwareMagics.base_url = '{url}'"
    cells: list[Any] = [nbformat.v4.new_code_cell(source) for source in (load, *sources)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=_KERNEL), lab.folder / f"{name}.ipynb")
    lab.open(f"{name}.ipynb")
    lab.run_cell(0)
    lab.page.wait_for_function("() => document.querySelectorAll('.jp-InputPrompt')[0].innerText.includes('1')")
