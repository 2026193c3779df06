"""An answer in JupyterLab, filmed: each picture with the moment it was taken. What has settled, as a still picture."""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from lab import Lab
from playwright.sync_api import Browser, expect

CELLS = ("%load_ext runware_magic", "%%runware\nExplain recursion in two sentences, then show it in Python.")
#: Pixels of the screen to a pixel of the page.
DENSITY = 2

_WIDTH, _HEIGHT = 780, 780  # the page: up to 760, Lab puts numbers above cells; the answer must fit, or Lab scrolls
_TALL = 1400  # the page of a still picture
_MARGIN = 10  # pixels of the page around the cells
_GAP = 2  # likewise, below another cell
_KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
_BARS = ".jp-Toolbar, .jp-cell-toolbar, .lm-MenuBar, #jp-top-panel, #jp-bottom-panel { visibility: hidden !important; }"
# A cursor that blinks would be a change of its own.
_STILL = ".cm-cursor { visibility: hidden !important; }"


@dataclass(frozen=True, slots=True)
class Scene:
    """Cells of a notebook, for a picture of what they have come to.

    Attributes
    ----------
    name
        What the picture is called.
    cells
        Their sources.
    width
        Of the page, in pixels.
    first
        The first cell that is in the picture; counts from 0.
    """

    name: str
    cells: tuple[str, ...]
    width: int
    first: int


_COMPARED = """%%runware --compare demo:tutor@1,demo:brisk@1 -n 2 --expect contains:Oslo
What is the capital of Norway?"""
# Sharp on the screen of the picture.
_SHARP = f"{CELLS[0]}\n%config InlineBackend.figure_format = 'retina'"
_FIGURE = """import matplotlib.pyplot as plt

fig, axes = plt.subplots(figsize=(6.5, 1.8))
axes.plot(range(1, 13), [3, 4, 7, 11, 16, 20, 23, 22, 17, 12, 7, 4])
axes.set(xlabel="month", ylabel="°C");"""
SCENES = (
    Scene("comparison", (CELLS[0], _COMPARED), 1000, 1),
    Scene("figure", (_SHARP, _FIGURE, "%%runware --with fig\nWhat does this figure show?"), _WIDTH, 1),
)


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
    lab = _opened(browser, server, f"answer-{theme}", CELLS, theme, (_WIDTH, _HEIGHT))
    _run(lab, 0)
    lab.cell(1).locator(".cm-content").click()
    shots = _taken(lab, lab.cell(0).bounding_box()["y"] - _MARGIN)
    _, height = _place(lab, 0, 1, _HEIGHT)
    lab.shut_down()
    lab.page.close()
    return Film(shots, round(DENSITY * height))


def take(browser: Browser, server: tuple[str, str, Path], scene: Scene, theme: str) -> bytes:
    """Run the cells in a new notebook, and take a picture when all has settled."""
    lab = _opened(browser, server, f"{scene.name}-{theme}", scene.cells, theme, (scene.width, _TALL))
    for number in range(len(scene.cells)):
        _run(lab, number)
    lab.settled(len(scene.cells) - 1)
    y, height = _place(lab, scene.first, len(scene.cells) - 1, _TALL)
    taken = lab.page.screenshot(clip={"x": 0, "y": y, "width": scene.width, "height": height})
    lab.shut_down()
    lab.page.close()
    return taken


def _opened(
    browser: Browser,
    server: tuple[str, str, Path],
    name: str,
    sources: Sequence[str],
    theme: str,
    size: tuple[int, int],
) -> Lab:
    """Return a Lab that shows nothing but a new notebook."""
    url, token, folder = server
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=_KERNEL), folder / f"{name}.ipynb")
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, device_scale_factor=DENSITY)
    lab = Lab(page, url, token, folder, folder, name)
    lab.open(f"{name}.ipynb", theme=theme)
    _clear(lab)
    return lab


def _run(lab: Lab, number: int) -> None:
    lab.run_cell(number)
    expect(lab.cell(number).locator(".jp-InputPrompt")).to_have_text(f"[{number + 1}]:")


def _place(lab: Lab, first: int, last: int, page_height: float) -> tuple[float, float]:
    """Return where these cells begin on the page, with a margin, and how high they are."""
    top = lab.cell(first).bounding_box()["y"] - (_GAP if first else _MARGIN)
    box = lab.cell(last).bounding_box()
    bottom = box["y"] + box["height"] + _MARGIN
    assert top >= 0, "Lab has scrolled"
    assert bottom <= page_height, "the answer is longer than the page"
    return top, bottom - top


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
