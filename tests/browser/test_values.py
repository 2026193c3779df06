"""Values of the notebook in cells: a dry run shows what the answer then has over it."""

from axe import violations
from playwright.sync_api import expect

NARROW = {"width": 400, "height": 1400}
VALUES = """
%load_ext runware_magic
import numpy as np
from PIL import Image
prices = np.arange(5000).reshape(200, 25) / 7
sky = Image.linear_gradient("L").resize((640, 480))
"""
QUESTION = "What do {{ prices }} and {{ sky }} have in common?"
STICKS_OUT = """output => {
  const {left, right} = output.getBoundingClientRect();
  const sent = output.querySelectorAll(".runware-attached, .runware-attached summary, .runware-attached img");
  const sides = [...sent].map(one => one.getBoundingClientRect());
  return sides.filter(side => side.left < left - 1 || side.right > right + 1).length;
}"""


def test_a_dry_run_shows_tables_and_pictures_as_the_answer_does(lab, notebook):
    """Folded, with the picture itself; on a wide and a narrow page, in the light and the dark theme."""
    lab.open(notebook(VALUES, f"%%runware --dry-run\n{QUESTION}", f"%%runware\n{QUESTION}"))
    lab.run_all()
    dry, turn = lab.output(1), lab.settled(2)
    line = "with prices (200 × 25, cut), sky (640 × 480)"
    for shown in (dry, turn):
        expect(shown.locator("details.runware-attached > summary")).to_have_text(line)
        shown.locator("details.runware-attached > summary").click()
        expect(shown.get_by_text("200 × 25 float64; 180 rows and 5 columns not shown").first).to_be_visible()
    assert dry.locator("img").get_attribute("alt") == turn.locator("img").get_attribute("alt") == "sky"
    assert dry.locator("img").evaluate("image => image.complete && image.naturalWidth > 0")
    expect(dry.get_by_text("and 1 picture or file: unknown").first).to_be_visible()
    for theme in ("light", "dark"):
        lab.change_theme(theme)
        dry.locator("summary").first.scroll_into_view_if_needed()
        lab.screenshot(theme)
        assert violations(dry, colours_only=theme == "dark") == []
    lab.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    lab.page.set_viewport_size(NARROW)
    dry.locator("summary").first.scroll_into_view_if_needed()
    lab.screenshot("narrow")
    assert dry.evaluate(STICKS_OUT) == 0
