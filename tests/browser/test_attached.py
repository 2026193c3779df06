"""What a prompt has of the notebook, over its answer: live, settled, reopened untrusted, on a narrow page."""

from pathlib import Path

import attaching
from axe import violations
from playwright.sync_api import expect

NARROW = {"width": 400, "height": 1400}
#: A turn that is under way, and the same when it has ended.
LIVE = f"""
import sys
sys.path.insert(0, {str(Path(attaching.__file__).parent)!r})
from dataclasses import replace
from attaching import ATTACHED, PARTS, asked_with, picture
from runware_magic.chat.draft import TurnBuilder
from runware_magic.display.views.live import LiveView
from runware_magic.chat.parts import ImagePart, TextPart
wide = TextPart("Look: " + "word " * 60 + "\\n" + "| " + " | ".join(f"column {{n}}" for n in range(20)) + " |")
broken = ImagePart(b"<svg>", "image/png", "broken")
turn = asked_with(*PARTS, wide, picture("tall", 90, 900, 99), broken, attached=ATTACHED)
view = LiveView()
view.open(TurnBuilder(replace(turn, state="streaming")))
"""
LOADED = "images => images.every(image => image.complete && image.naturalWidth > 0)"
STICKS_OUT = """output => {
  const {left, right} = output.getBoundingClientRect();
  const inside = [...output.querySelectorAll(".runware-attached *")].filter(one => !one.parentElement.closest("a"));
  const wrong = inside.filter(one => {
    const side = one.getBoundingClientRect();
    return side.width && (side.left < left - 1 || side.right > right + 1);
  });
  return wrong.map(one => `${one.outerHTML.slice(0, 80)} ${one.getBoundingClientRect().right} of ${right}`);
}"""


def test_what_was_sent_unfolds_over_the_answer(lab, notebook):
    """With pictures that show, whatever the theme and the width; nothing is asked for, and axe finds nothing."""
    asked = []
    lab.page.on("request", lambda request: asked.append(request.url))
    name = notebook(LIVE, "display(turn)")
    lab.open(name)
    lab.run_all()
    unfolds(lab, 0, "live")
    unfolds(lab, 1, "settled")
    lab.reopen(name)
    unfolds(lab, 1, "untrusted")
    assert [url for url in asked if not url.startswith((lab.url, "data:", "blob:"))] == []


def unfolds(lab, number, state):
    """Unfold what was sent in a cell's output, and look at it in both themes, on a wide and a narrow page."""
    output = lab.output(number)
    output.locator("details.runware-attached > summary").wait_for()
    output.locator("details.runware-attached > summary").click()
    expect(output.get_by_text("paper.pdf · application/pdf"), state).to_be_visible()
    expect(output.get_by_text("broken · PNG · 5 bytes · cannot be shown"), state).to_be_visible()
    images = output.locator("img")
    assert [image.get_attribute("alt") for image in images.all()] == ["fig", "tall"], state
    assert images.evaluate_all(LOADED), state
    for theme in ("light", "dark"):
        lab.change_theme(theme)
        for width in ("wide", "narrow"):
            if width == "narrow":
                lab.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
                lab.page.set_viewport_size(NARROW)
            output.scroll_into_view_if_needed()
            assert output.evaluate(STICKS_OUT) == [], f"{state}, {theme}, {width}"
            lab.screenshot(f"{state}-{theme}-{width}")
        assert violations(output, colours_only=theme == "dark") == [], f"{state}, {theme}"
        lab.page.set_viewport_size({"width": 1100, "height": 1400})
