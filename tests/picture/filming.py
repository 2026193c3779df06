"""An answer in JupyterLab, filmed: each picture with the moment it was taken."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
from lab import Lab
from playwright.sync_api import Browser, expect

CELLS = ("%load_ext runware_magic", "%%runware\nExplain recursion in two sentences, then show it in Python.")
#: Pixels of the screen to a pixel of the page.
DENSITY = 2

_KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
_WIDTH, _HEIGHT = 780, 780  # the page: up to 760, Lab puts numbers above cells; the answer must fit, or Lab scrolls
_MARGIN = 10  # pixels of the page around the cells
_BARS = ".jp-Toolbar, .jp-cell-toolbar, .lm-MenuBar, #jp-top-panel, #jp-bottom-panel { visibility: hidden !important; }"
# A cursor that blinks would be a change of its own.
_STILL = ".cm-cursor { visibility: hidden !important; }"


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of the cells.

    Attributes
    ----------
    at_s
        When it was taken, in seconds since the cell was run.
    png
        The picture.
    """

    at_s: float
    png: bytes


@dataclass(frozen=True, slots=True)
class Film:
    """What was taken.

    Attributes
    ----------
    shots
        In order: from the cell that was not run yet, to the answer that has settled.
    height
        How much of each picture the cells have taken in the end, in pixels.
    """

    shots: tuple[Shot, ...]
    height: int


def film(browser: Browser, server: tuple[str, str, Path], theme: str) -> Film:
    """Run the cells in a new notebook, and take pictures until the answer has settled."""
    url, token, folder = server
    name = f"{theme}.ipynb"
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=_KERNEL), folder / name)
    page = browser.new_page(viewport={"width": _WIDTH, "height": _HEIGHT}, device_scale_factor=DENSITY)
    lab = Lab(page, url, token, folder, folder, theme)
    lab.open(name, theme=theme)
    _clear(lab)
    lab.run_cell(0)
    expect(lab.cell(0).locator(".jp-InputPrompt")).to_have_text("[1]:")
    lab.cell(1).locator(".cm-content").click()
    top = lab.cell(0).bounding_box()["y"] - _MARGIN
    shots = _taken(lab, top)
    last = lab.cell(1).bounding_box()
    bottom = last["y"] + last["height"] + _MARGIN
    assert top >= 0, "Lab has scrolled"
    assert bottom <= _HEIGHT, "the answer is longer than the page"
    lab.shut_down()
    page.close()
    return Film(shots, round(DENSITY * (bottom - top)))


def _clear(lab: Lab) -> None:
    """Put away what is not the notebook."""
    lab.run_command("application:set-mode", mode="single-document")
    lab.run_command("application:toggle-left-area")
    for side in ("left", "right"):
        lab.run_command("application:toggle-side-tabbar", side=side)
    lab.page.add_style_tag(content=f"{_BARS} {_STILL}")
    expect(lab.page.locator(".jp-FileBrowser")).to_be_hidden()
    expect(lab.page.locator(".jp-SideBar:visible")).to_have_count(0)


def _taken(lab: Lab, top: float) -> tuple[Shot, ...]:
    clip = {"x": 0, "y": top, "width": _WIDTH, "height": _HEIGHT - top, "scale": DENSITY}
    devtools = lab.page.context.new_cdp_session(lab.page)

    def picture() -> bytes:
        # Playwright's own screenshot packs it tighter, for which words would be missed.
        asked = {"format": "png", "optimizeForSpeed": True, "clip": clip}
        return base64.b64decode(devtools.send("Page.captureScreenshot", asked)["data"])

    shots = [Shot(0.0, picture())]
    begun = time.monotonic()
    lab.run_command("notebook:run-cell")
    prompt = lab.cell(1).locator(".jp-InputPrompt")
    while prompt.text_content() != "[2]:":
        at_s = time.monotonic() - begun
        shots.append(Shot(at_s, picture()))
    lab.settled(1)  # by then it has, but a picture of the moment before would stay
    shots.append(Shot(time.monotonic() - begun, picture()))
    return tuple(shots)
