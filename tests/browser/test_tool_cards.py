"""Tool calls as cards: live with the buttons of consent, settled, reopened untrusted, on a narrow page."""

from pathlib import Path

import tooling
from axe import violations
from playwright.sync_api import expect

NARROW, WIDE = {"width": 400, "height": 1800}, {"width": 1100, "height": 1800}
SUPPORT = f"import sys\nsys.path.insert(0, {str(Path(tooling.__file__).parent)!r})\nfrom tooling import *\n"
#: Calls in every state, drawn by hand, since a state lasts as long as it has to.
LIVE = f"""{SUPPORT}
from runware_magic.display.views.live import LiveView
long = ToolCall("call_9", "run", json.dumps({{"code": "\\n".join(f"print({{n}} * {{n}})" for n in range(60))}}))
view = LiveView(background=True, choose=print)  # in the background it hears clicks
before = everything().replies
names = {{state: replace(WEATHER, id=state, name=f"weather_{{state}}") for state in LIVE}}
calls = (*(under_way(state, names[state], 1.0) for state in LIVE), under_way(WAITING, long))
view.open(TurnBuilder(replace(everything(), replies=(), reply=Reply(), state=STREAMING)))
view.draw(builder_with(content="First I **look**.", reasoning="Hm."), 1.0)
view.draw(builder_with(*calls, replies=before, content="Now I will look again.", reasoning="Hm, once more."), 3.0)
"""
#: As the cell of a call runs: it draws until a choice comes, and says which.
CHOOSING = f"""{SUPPORT}
import threading, time
from runware_magic.display.views.live import LiveView
chosen, heard = [], threading.Event()
view = LiveView(choose=lambda *choice: (chosen.append(choice), heard.set()))
builder = builder_with(under_way(WAITING), content="I will look.")
view.open(builder)
began = time.monotonic()
while not heard.wait(0.05) and time.monotonic() < began + 40:
    view.draw(builder, time.monotonic() - began)
how = chosen[0][1]
state = REFUSED if how == "refuse" else DONE
view.draw(builder_with(under_way(state), content="I will look."), 2.0)
print("chosen", chosen)
"""
STICKS_OUT = """output => {
  const {left, right} = output.getBoundingClientRect();
  const inside = [...output.querySelectorAll(".runware-tool, .runware-tool *")];
  return inside.filter(one => !one.parentElement.closest("a")).filter(one => {
    const side = one.getBoundingClientRect();
    return side.width && (side.left < left - 1 || side.right > right + 1);
  }).map(one => `${one.outerHTML.slice(0, 80)} ${one.getBoundingClientRect().right} of ${right}`);
}"""


TOLD = ("done in 0.2 s", "failed after 1.2 s", "refused", "waiting for you")


def test_cards_show_every_state(lab, notebook):
    """In words and a sign, in both themes and on any page; nothing sticks out, and axe finds nothing."""
    name = notebook(LIVE, f"{SUPPORT}display(everything())\ndisplay(in_state(PENDING))")
    lab.open(name)
    lab.run_all()
    lab.output(0).get_by_role("button", name="Refuse").nth(1).wait_for()
    expect(lab.output(0).get_by_role("button", name="Refuse")).to_have_count(2)
    shows_every_state(lab, 0, "live", *TOLD, "writing…", "running 2 s")
    shows_every_state(lab, 1, "settled", *TOLD)
    lab.reopen(name)
    shows_every_state(lab, 1, "untrusted", *TOLD)


def shows_every_state(lab, number, state, *told):
    """Look at the cards in a cell's output, which tell this."""
    output = lab.output(number)
    for words in told:
        output.get_by_text(words).first.wait_for()
    lab.page.evaluate("() => document.querySelectorAll('.jp-OutputArea details').forEach(fold => { fold.open = true })")
    for theme in ("light", "dark"):
        lab.change_theme(theme)
        lab.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
        for width, size in (("narrow", NARROW), ("wide", WIDE)):
            lab.page.set_viewport_size(size)
            output.scroll_into_view_if_needed()
            assert output.evaluate(STICKS_OUT) == [], f"{state}, {theme}, {width}"
            lab.screenshot(f"{state}-{theme}-{width}")
        lab.page.set_viewport_size({"width": 1100, "height": 6000})
        assert violations(output, colours_only=theme == "dark") == [], f"{state}, {theme}"


#: A turn that ends: its view settles when the cell below runs.
ENDING = f"""{SUPPORT}
from runware_magic.display.views.live import LiveView
from runware_magic.engine.view import Settled
view, turn = LiveView(), everything()
view.open(builder_with())
view.draw(builder_with(content=turn.replies[0].content, reasoning=turn.replies[0].reasoning), 1.0)
view.draw(builder_with(replies=turn.replies, content=turn.content), 2.0)
"""
PLACES = """output => [...output.querySelectorAll(".runware-tool, .runware-content")]
  .filter(one => one.checkVisibility() && one.textContent)
  .map(one => [one.textContent.slice(0, 30), Math.round(one.getBoundingClientRect().top)])"""


def test_nothing_moves_when_it_settles(lab, notebook):
    """Cards stand in the output where they stood in the view."""
    lab.open(notebook(ENDING, "view.settle(Settled(turn))"))
    lab.run_cell(0)
    expect(lab.output(0).get_by_text("It rains in Oslo.")).to_be_visible()
    lab.page.wait_for_function("() => [...document.images].every(image => image.complete)")
    lab.screenshot("live")
    before = lab.output(0).evaluate(PLACES)
    lab.run_cell(1)
    lab.settled(0)
    lab.page.wait_for_function("() => [...document.images].every(image => image.complete)")
    lab.screenshot("settled")
    after = lab.output(0).evaluate(PLACES)
    assert len(before) > 6
    shift = after[0][1] - before[0][1]  # Lab may have scrolled
    assert [[text, top + shift] for text, top in before] == after


NAMES = {"once": "Allow weather Once", "always": "Allow weather Always", "refuse": "Refuse weather"}


def test_a_choice_is_heard_while_the_cell_runs(lab, notebook):
    """By a click, and by keys: Tab goes from one to the next, and the focus stays while the view is drawn again."""
    cases = [(how, by) for how in NAMES for by in ("mouse", "keyboard")]
    lab.open(notebook("1", *[CHOOSING] * len(cases)))
    lab.run_cell(0)
    for number, (how, by) in enumerate(cases, 1):
        case = f"{how} by {by}"
        lab.run_cell(number)
        output = lab.output(number)
        button = output.get_by_role("button", name=NAMES[how])
        button.wait_for()
        if by == "mouse":
            button.click()
        else:
            press_by_keys(lab, output, how)
        output.get_by_text(f"chosen [('call_1', '{how}')]").wait_for()
        expect(output.get_by_role("button", name="weather"), case).to_have_count(0)
        expect(output.get_by_text("⊘ refused" if how == "refuse" else "✓ done in 0.2 s"), case).to_be_visible()


def press_by_keys(lab, output, how):
    """Go by Tab from the first button to another, after the view was drawn again, and press it."""
    output.get_by_role("button", name=NAMES["once"]).focus()
    clock = output.get_by_text("waiting for you · ")
    expect(clock, how).not_to_have_text(clock.inner_text())
    for _ in range([*NAMES].index(how)):
        lab.page.keyboard.press("Tab")
    button = output.get_by_role("button", name=NAMES[how])
    assert button.evaluate("element => element === document.activeElement"), how
    lab.screenshot(f"focused-{how}")
    lab.page.keyboard.press("Enter")
