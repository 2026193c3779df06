"""Take the README's pictures anew: ``python tests/picture [NAME …] [--frames FOLDER]``.

A JupyterLab of its own is started, cells are run in it, and the demo endpoint answers. The pictures are what was on the
screen. One answer moves, at the pace it came; only the first picture is held for a moment before the cell runs, and the
last for the reader. The others are still: a comparison, and a figure that is asked about.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from filming import SCENES, Film, Scene, film, take
from lab_server import launched, serving
from PIL import Image
from playwright.sync_api import sync_playwright

PICTURES = Path(__file__).parents[2] / ".github" / "pictures"
THEMES = ("light", "dark")

_BEFORE_S, _AFTER_S = 1.0, 3.5  # how long the first and the last picture stay
_COLOURS = 128  # of a still picture
_TIMES = 3  # it moves beside text that is to be read: then it stays on the answer


def tell(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)  # noqa: T201  # a script tells


def changes(taken: Film) -> Iterator[tuple[float, Image.Image]]:
    """Give the pictures that differ from the one before, cut to the cells, with the seconds that each is shown."""
    kept: list[tuple[float, Image.Image]] = []
    for shot in taken.shots:
        picture = Image.open(io.BytesIO(shot.png)).convert("RGB")
        picture = picture.crop((0, 0, picture.width, taken.height))
        if not kept or picture.tobytes() != kept[-1][1].tobytes():
            kept.append((shot.at_s, picture))
    for nth, ((at_s, picture), (next_s, _)) in enumerate(pairwise(kept)):
        yield next_s - at_s + (0 if nth else _BEFORE_S), picture
    yield _AFTER_S, kept[-1][1]


def write(taken: Film, theme: str, frames: Path | None) -> str:
    """Write the animation and the still of a theme; say how large they are."""
    shown_s, pictures = zip(*changes(taken), strict=True)
    moving, still = PICTURES / f"answer-{theme}.webp", PICTURES / f"answer-{theme}.png"
    pictures[0].save(
        moving,
        save_all=True,
        append_images=pictures[1:],
        duration=[round(1000 * seconds) for seconds in shown_s],
        loop=_TIMES,
        lossless=True,
        method=6,
        minimize_size=True,
    )
    save_still(pictures[-1], still)
    if frames:
        frames.mkdir(parents=True, exist_ok=True)
        for nth, picture in enumerate(pictures):
            picture.save(frames / f"{theme}-{nth:03}-{sum(shown_s[:nth]):.2f}s.png")
    width, height = pictures[0].size
    sizes = ", ".join(f"{path.name} {path.stat().st_size / 1000:.0f} kB" for path in (moving, still))
    return f"{theme}: {len(pictures)} pictures of {width} by {height} in {sum(shown_s):.1f} s; {sizes}"


def save_still(picture: Image.Image, path: Path) -> None:
    """Write a picture with a palette: half as large, and nobody sees it."""
    picture.quantize(_COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def write_still(taken: bytes, scene: Scene, theme: str) -> str:
    """Write a still picture; say how large it is."""
    path = PICTURES / f"{scene.name}-{theme}.png"
    picture = Image.open(io.BytesIO(taken)).convert("RGB")
    save_still(picture, path)
    return f"{path.name}: {picture.width} by {picture.height}, {path.stat().st_size / 1000:.0f} kB"


def main() -> int:
    """Take and write them in both themes."""
    parser = argparse.ArgumentParser(prog="python tests/picture", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--frames", type=Path, help="keep each picture of the animations in this folder, to look at")
    names = ["answer", *(scene.name for scene in SCENES)]
    parser.add_argument("pictures", nargs="*", default=names, help=f"which to take, of {', '.join(names)}; else all")
    given = parser.parse_args()
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        serving(Path(home)) as server,
        sync_playwright() as driver,
        launched(driver) as browser,
    ):
        for theme in THEMES:
            if "answer" in given.pictures:
                tell(write(film(browser, server, theme), theme, given.frames))
            for scene in SCENES:
                if scene.name in given.pictures:
                    tell(write_still(take(browser, server, scene, theme), scene, theme))
    return 0


if __name__ == "__main__":
    sys.exit(main())
