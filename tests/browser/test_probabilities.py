"""The probabilities of an answer's tokens: settled, reopened untrusted, in both themes, on a narrow page."""

from axe import violations
from playwright.sync_api import expect

NARROW = {"width": 400, "height": 1400}
ASK = """
from runware_magic import Chat
with Chat(base_url="demo") as chat:
    turn = chat.ask("What is a token?", logprobs=5, temperature=0)
display(turn)
"""
STICKS_OUT = """output => {
  const {left, right} = output.getBoundingClientRect();
  return [...output.querySelectorAll(".runware-logprobs *")].filter(one => {
    const side = one.getBoundingClientRect();
    return side.width && (side.left < left - 1 || side.right > right + 1);
  }).map(one => one.outerHTML.slice(0, 80));
}"""


def test_tokens_unfold_their_alternatives(lab, notebook):
    """By a click or a key, without a script; nothing sticks out of a narrow page, and axe finds nothing."""
    name = notebook(ASK)
    lab.open(name)
    lab.run_all()
    lab.output(0).locator(".runware-logprobs").first.wait_for()
    unfold(lab, "settled")
    lab.reopen(name)
    unfold(lab, "untrusted")


def unfold(lab, state):
    """Unfold two tokens, and look at them in both themes, on a wide and a narrow page."""
    output = lab.output(0)
    block = output.locator(".runware-logprobs")
    block.first.wait_for()
    expect(block.get_by_text("Token probabilities"), state).to_be_visible()
    expect(block.get_by_text("The demo made these numbers up"), state).to_be_visible()
    first, second = (block.locator("details").nth(number) for number in (0, 1))
    first.locator("summary").click()
    expect(first, state).to_have_attribute("open", "")
    second.locator("summary").focus()
    lab.page.keyboard.press("Enter")
    expect(second, state).to_have_attribute("open", "")
    for theme in ("light", "dark"):
        lab.change_theme(theme)
        for width in ("wide", "narrow"):
            if width == "narrow":
                lab.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
                lab.page.set_viewport_size(NARROW)
            else:
                lab.page.set_viewport_size({"width": 1000, "height": 1000})
            block.scroll_into_view_if_needed()
            lab.screenshot(f"{state}-{theme}-{width}")
            assert output.evaluate(STICKS_OUT) == [], f"{state}, {theme}, {width}"
        assert violations(block, colours_only=theme == "dark") == [], f"{state}, {theme}"
