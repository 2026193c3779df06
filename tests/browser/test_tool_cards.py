"""Tool calls as cards: live with the buttons of consent, settled, reopened untrusted, on a narrow page."""

from pathlib import Path

import pytest
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


@pytest.mark.parametrize("state", ["live", "settled", "untrusted"])
def test_cards_show_every_state(lab, notebook, state):
    """In words and a sign, in both themes and on any page; nothing sticks out, and axe finds nothing."""
    name = notebook(LIVE, f"{SUPPORT}display(everything())\ndisplay(in_state(PENDING))")
    lab.open(name)
    lab.run_all()
    output = lab.output(0 if state == "live" else 1)
    if state == "live":
        expect(output.get_by_role("button", name="Refuse")).to_have_count(2)
    told = ("done in 0.2 s", "failed after 1.2 s", "refused", "waiting for you")
    for words in (*told, *(("writing…", "running 2 s") if state == "live" else ())):
        expect(output.get_by_text(words).first).to_be_visible()
    if state == "untrusted":
        lab.reopen(name)
        for words in told:
            expect(output.get_by_text(words).first).to_be_visible()
    lab.page.evaluate("() => document.querySelectorAll('.jp-OutputArea details').forEach(fold => { fold.open = true })")
    for theme in ("light", "dark"):
        lab.change_theme(theme)
        lab.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
        for width, size in (("narrow", NARROW), ("wide", WIDE)):
            lab.page.set_viewport_size(size)
            output.scroll_into_view_if_needed()
            assert output.evaluate(STICKS_OUT) == []
            lab.screenshot(f"{theme}-{width}")
        lab.page.set_viewport_size({"width": 1100, "height": 6000})
        assert violations(output, colours_only=theme == "dark") == []


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


@pytest.mark.parametrize("how", ["once", "always", "refuse"])
@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_a_choice_is_heard_while_the_cell_runs(lab, notebook, how, by):
    """By a click, and by keys: Tab goes from one to the next, and the focus stays while the view is drawn again."""
    lab.open(notebook("1", CHOOSING))
    lab.run_all()
    output = lab.output(1)
    names = {"once": "Allow weather Once", "always": "Allow weather Always", "refuse": "Refuse weather"}
    button = output.get_by_role("button", name=names[how])
    expect(button).to_be_visible()
    if by == "mouse":
        button.click()
    else:
        output.get_by_role("button", name=names["once"]).focus()
        expect(output.get_by_text("waiting for you · 4 s")).to_be_visible()
        for _ in range(list(names).index(how)):
            lab.page.keyboard.press("Tab")
        assert button.evaluate("element => element === document.activeElement")
        lab.screenshot("focused")
        lab.page.keyboard.press("Enter")
    expect(output.get_by_text(f"chosen [('call_1', '{how}')]")).to_be_visible()
    expect(output.get_by_role("button", name="weather")).to_have_count(0)
    expect(output.get_by_text("⊘ refused" if how == "refuse" else "✓ done in 0.2 s")).to_be_visible()
