"""Calls of the notebook's functions in JupyterLab: who agrees to them, what shows meanwhile, and what stays."""

import pytest
from axe import violations
from lab import SIZE, Lab
from playwright.sync_api import Locator, expect

from runware_magic.chat.record import MIME_TYPE

#: The demo answers. Each run of the function is counted.
LOAD = """%load_ext runware_magic
runs = []
def weather(city: str) -> str:
    "Return the weather in a city."
    runs.append(city)
    print("Asking the sky")
    return "-2 °C, snow"
"""
ASK = "%%runware --tools weather\nWhat is the weather in Oslo?"
RUNS = "print('ran', len(runs))"


def card(lab: Lab, number: int) -> Locator:
    """Return the first card of a tool call in a cell's output."""
    return lab.output(number).locator(".runware-tool").first


def waits(lab: Lab, number: int) -> Locator:
    """Wait until a call shows its buttons; return its card."""
    card(lab, number).get_by_role("button", name="once").wait_for()
    return card(lab, number)


def ran(lab: Lab, number: int, times: int) -> None:
    """Check how often the function has run, in a cell that tells."""
    lab.run_cell(number)
    expect(lab.output(number)).to_have_text(f"ran {times}")


#: The long name of a place.
FAR = "'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch" + "x" * 120 + "'"
#: Where who is asked, in a notebook that is opened once.
ONCE, REFUSED, BACKGROUND, LONG, ALWAYS, NO_MORE = 1, 3, 4, 5, 6, 7


def test_a_function_runs_when_its_button_is_pressed(lab, notebook, theme):
    """Once, or always; it has not run while the card waits, and does not when it is refused."""
    in_background = ASK.replace("--tools", "-c background --background --tools")
    long = ASK.replace("--tools", "-c long --tools").replace("Oslo", FAR)
    always = ASK.replace("--tools", "-c always --tools")
    name = notebook(LOAD, ASK, RUNS, ASK, in_background, long, always, always)
    lab.open(name, theme=theme)
    lab.run_cell(0)
    once_runs_the_function_once(lab)
    buttons_in_the_background(lab)
    nothing_jumps_and_nothing_is_wide(lab)
    always_by_keyboard_asks_no_more(lab)
    saved = lab.save(name).cells
    assert [[MIME_TYPE in each.data for each in saved[at].outputs] for at in (ONCE, REFUSED)] == [[True], [True]]


def once_runs_the_function_once(lab: Lab) -> None:
    """See that the answer comes below the card, in the same output; the next call asks again."""
    lab.run_cell(ONCE)
    asked = waits(lab, ONCE)
    expect(asked).to_contain_text("Oslo")
    expect(asked).to_contain_text("waiting for you")
    assert violations(lab.output(ONCE)) == []
    lab.screenshot("1-waits")
    asked.get_by_role("button", name="Allow weather once").click()
    settled = lab.settled(ONCE)
    expect(settled).to_contain_text("snow")
    expect(settled.locator(".runware-tool")).to_contain_text("done")
    assert violations(lab.output(ONCE)) == []
    lab.screenshot("2-settled")
    ran(lab, 2, 1)
    lab.run_cell(REFUSED)
    waits(lab, REFUSED).get_by_role("button", name="Refuse weather").click()
    expect(lab.settled(REFUSED).locator(".runware-tool")).to_contain_text("refused")
    lab.screenshot("3-refused")
    ran(lab, 2, 1)


def buttons_in_the_background(lab: Lab) -> None:
    """In the background nobody is asked on the line: the card has buttons, and the cell has ended."""
    lab.run_cell(BACKGROUND)
    asked = waits(lab, BACKGROUND)
    ran(lab, 2, 1)
    lab.screenshot("4-waits-in-background")
    asked.get_by_role("button", name="Allow weather once").click()
    expect(lab.settled(BACKGROUND)).to_contain_text("snow")
    ran(lab, 2, 2)


def nothing_jumps_and_nothing_is_wide(lab: Lab) -> None:
    """See that the card stays where it is to the end; a long call fits a page of 400 pixels."""
    lab.run_command("application:toggle-left-area")
    lab.page.set_viewport_size({"width": 400, "height": 900})
    lab.run_cell(LONG)
    asked = waits(lab, LONG)
    lab.output(LONG).evaluate("output => output.scrollIntoView()")  # else the click could scroll
    lab.screenshot("5-waits-narrow")
    assert wide(lab, LONG) == []
    before = asked.bounding_box()
    asked.get_by_role("button", name="Allow weather once").click()
    settled = lab.settled(LONG)
    after = settled.locator(".runware-tool").first.bounding_box()
    lab.screenshot("6-settled-narrow")
    assert wide(lab, LONG) == []
    assert after["y"] == pytest.approx(before["y"], abs=2)
    assert after["x"] == pytest.approx(before["x"], abs=2)
    lab.page.set_viewport_size(SIZE)
    lab.run_command("application:toggle-left-area")
    ran(lab, 2, 3)


def wide(lab: Lab, number: int) -> list[str]:
    """Return what is wider than the output of a cell."""
    return lab.output(number).evaluate("""output => [...output.querySelectorAll(".runware-turn *")]
      .filter(each => each.getClientRects().length && !each.closest("style")
        && each.getBoundingClientRect().right > output.getBoundingClientRect().right + 1)
      .map(each => each.outerHTML.slice(0, 120))""")


def always_by_keyboard_asks_no_more(lab: Lab) -> None:
    """Tab leads to the buttons, in order; Enter presses one; the next cell runs without a question."""
    lab.run_cell(ALWAYS)
    asked = waits(lab, ALWAYS)
    lab.cell(ALWAYS).focus()
    seen = []
    for _ in range(12):
        lab.page.keyboard.press("Tab")
        seen.append(lab.page.evaluate("document.activeElement.textContent.trim()"))
        if seen[-1] == "Always":
            break
    assert seen[-2:] == ["Once", "Always"], seen
    lab.screenshot("7-focus")
    lab.page.keyboard.press("Enter")
    expect(lab.settled(ALWAYS)).to_contain_text("snow")
    lab.run_cell(NO_MORE)
    expect(lab.settled(NO_MORE)).to_contain_text("snow")
    ran(lab, 2, 5)
    assert asked.count() == 1


SLEEPS = """import time
def weather(city: str) -> str:
    "Return the weather in a city."
    runs.append(city)
    time.sleep(600)
"""
WAYS_TO_STOP = ("button", "interrupt")


def test_stop_while_a_call_waits_runs_nothing(lab, notebook):
    """By the button and by an interrupt: the call is kept as one that has not run, and the next cell works."""
    rounds = [(ASK.replace("--tools", f"-c {by} --tools"), RUNS, f"%%runware -c {by}\nHi") for by in WAYS_TO_STOP]
    lab.open(notebook(LOAD, *sum(rounds, ())))
    lab.run_cell(0)
    for by, asks in zip(WAYS_TO_STOP, (1, 4), strict=True):
        lab.run_cell(asks)
        waits(lab, asks)
        stop(lab, asks, by)
        settled = lab.settled(asks)
        expect(settled.locator(".runware-badge").last, by).to_contain_text("stopped")
        expect(lab.output(asks), by).to_contain_text("StoppedError")
        lab.screenshot(f"stopped-by-{by}")
        ran(lab, asks + 1, 0)
        lab.run_cell(asks + 2)
        expect(lab.settled(asks + 2).locator(".runware-badge").last, by).to_contain_text("demo")


def test_stop_ends_a_function_that_sleeps(lab, notebook):
    """By the button and by an interrupt: the card says so; the next cell works."""
    asking = [f"%%runware -c {by} --tools weather --allow weather\nThe weather in Oslo?" for by in WAYS_TO_STOP]
    lab.open(notebook(LOAD, SLEEPS, asking[0], RUNS, asking[1], RUNS))
    lab.run_cell(0)
    lab.run_cell(1)
    for times, (by, asks) in enumerate(zip(WAYS_TO_STOP, (2, 4), strict=True), 1):
        lab.run_cell(asks)
        card(lab, asks).wait_for()
        expect(card(lab, asks), by).to_contain_text("running")
        expect(card(lab, asks), by).to_contain_text("2 s")
        lab.screenshot(f"1-runs-{by}")
        stop(lab, asks, by)
        settled = lab.settled(asks)
        expect(settled.locator(".runware-tool"), by).to_contain_text("failed")
        expect(settled.locator(".runware-badge").last, by).to_contain_text("stopped")
        expect(lab.output(asks), by).to_contain_text("StoppedError")
        lab.screenshot(f"2-stopped-{by}")
        ran(lab, asks + 1, times)


def stop(lab: Lab, number: int, by: str) -> None:
    """Stop the answer in a cell, as readers do."""
    if by == "interrupt":
        lab.interrupt()
    else:
        lab.output(number).get_by_role("button", name="Stop").first.click()


def test_a_question_on_the_line_where_there_are_no_widgets(lab, notebook):
    """The box for input takes an answer; a wrong one asks again."""
    lab.open(notebook(LOAD, "%config RunwareMagics.widgets = 'off'", ASK, RUNS))
    for number in range(3):
        lab.run_cell(number)
    box = lab.output(2).locator(".jp-Stdin-input")
    expect(box).to_be_visible()
    lab.screenshot("1-asks")
    expect(lab.output(2)).to_contain_text("[o]nce, [a]lways, [r]efuse?")
    box.fill("what?")
    # The box that has been answered stays for a moment, before the next one comes and beside it.
    box.evaluate("box => { box.dataset.answered = true }")
    box.press("Enter")
    expect(lab.output(2).locator(".jp-OutputArea-output", has_text="what?").first).to_be_visible()
    box = lab.output(2).locator(".jp-Stdin-input:not([data-answered])")
    expect(box).to_have_value("")
    lab.screenshot("2-again")
    box.fill("once")
    box.press("Enter")
    expect(lab.settled(2)).to_contain_text("snow")
    lab.screenshot("3-settled")
    ran(lab, 3, 1)


def test_a_question_on_the_line_where_clicks_are_not_heard(lab, notebook):
    """A front end that sends clicks to the busy shell shows the question instead of the buttons."""
    lab.open(notebook(LOAD, ASK, RUNS))
    before = lab.send_clicks_to("disabled")
    lab.run_cell(0)
    lab.run_cell(1)
    box = lab.output(1).locator(".jp-Stdin-input")
    expect(box).to_be_visible()
    expect(card(lab, 1)).to_contain_text("waiting for you")
    expect(card(lab, 1).get_by_role("button")).to_have_count(0)
    lab.screenshot("1-asks")
    box.fill("r")
    box.press("Enter")
    expect(lab.settled(1).locator(".runware-tool")).to_contain_text("refused")
    lab.screenshot("2-refused")
    ran(lab, 2, 0)
    lab.send_clicks_to(before)


DEFINES = """runs = []
def weather(city: str) -> str:
    "Return the weather in a city."
    runs.append(city)
"""
ALLOWED = "%%runware --tools weather --allow weather\nWhat is the weather in Oslo?"
#: Functions that do what is unusual, and what their cards say. One forgets the chat that it is called in.
UNUSUAL = {
    "figure": ("    import matplotlib.pyplot as plt\n    plt.plot([1, 2])\n    print('Drawn')", "Drawn"),
    "raises": ("    raise ValueError('The sky fell')", "ValueError: The sky fell"),
    "asks": ("    get_ipython().run_cell_magic('runware', '--once', 'Say more')", "done"),
    "changes": ("    get_ipython().run_line_magic('runware', 'reset changes')", "done"),
    "thread": ("    from threading import Thread\n    Thread(target=print, args=('Apart',)).start()", "Apart"),
    "exits": ("    import sys\n    sys.exit(3)", "SystemExit: 3"),
}


def test_functions_that_do_something_unusual(lab, notebook):
    """The card tells of it, the answer comes, the kernel lives, and nothing shows outside of the card."""
    asking = {kind: ALLOWED.replace("--tools", f"-c {kind} --tools") for kind in UNUSUAL}
    cells = [(DEFINES + does, asking[kind], RUNS) for kind, (does, _) in UNUSUAL.items()]
    name = notebook("%load_ext runware_magic", *sum(cells, ()))
    lab.open(name)
    lab.run_cell(0)
    places = {kind: 2 + 3 * number for number, kind in enumerate(UNUSUAL)}
    for kind, asks in places.items():
        lab.run_cell(asks - 1)
        lab.run_cell(asks)
        settled = lab.settled(asks)
        expect(settled.locator(".runware-tool").first, kind).to_contain_text(UNUSUAL[kind][1])
        lab.screenshot(f"settled-{kind}")
        ran(lab, asks + 1, 1)
        assert violations(lab.output(asks)) == [], kind
    expect(lab.settled(places["figure"]).locator(".runware-tool img")).to_be_visible()
    saved = lab.save(name).cells
    shown = {kind: [MIME_TYPE in each.data for each in saved[asks].outputs] for kind, asks in places.items()}
    assert shown == {kind: [True] for kind in UNUSUAL}


def test_a_saved_call_goes_on_after_a_restart(lab, notebook):
    """Opening and restoring run nothing; the call runs when the user allows it, and is not asked for again."""
    asks = ASK.replace("--tools", "--background --tools")
    load = LOAD + "%config RunwareMagics.widgets = 'off'"
    name = notebook(load, asks, RUNS, "%runware restore", "%runware allow", "%runware allow")
    lab.open(name)
    for number in range(2):
        lab.run_cell(number)
    waiting = lab.settled(1).locator(".runware-tool")
    expect(waiting).to_contain_text("waiting for you")
    expect(lab.settled(1).get_by_role("button")).to_have_count(0)
    lab.screenshot("1-pending")
    assert violations(lab.output(1)) == []
    lab.save(name)
    lab.restart_kernel()
    lab.run_cell(0)
    lab.run_cell(3)
    expect(lab.output(3)).to_contain_text("Restored 1 turn")
    expect(lab.output(3)).to_contain_text('Turn 1 of chat main waits for you: weather(city="Oslo").')
    ran(lab, 2, 0)
    lab.run_cell(4)
    expect(lab.settled(4)).to_contain_text("snow")
    ran(lab, 2, 1)
    lab.screenshot("2-allowed")
    lab.save(name)
    lab.restart_kernel()
    for number in (0, 3, 5):
        lab.run_cell(number)
    expect(lab.output(3)).to_have_text(f"Restored 1 turn in 1 chat from {name}.")
    expect(lab.output(5)).to_contain_text("No tool call waits")
    ran(lab, 2, 0)


def test_opening_a_notebook_runs_nothing(lab, notebook):
    """A saved turn shows its calls, and has no buttons, where it is trusted and where it is not."""
    name = notebook(LOAD, ALLOWED, RUNS, "%runware restore", RUNS)
    lab.open(name)
    for number in range(2):
        lab.run_cell(number)
    lab.settled(1)
    lab.save(name)
    lab.open(name)
    assert_opened_without_buttons(lab, "trusted")
    lab.restart_kernel()
    for number in (0, 3):
        lab.run_cell(number)
    expect(lab.output(3)).to_contain_text("1 turn")
    lab.screenshot("restored")
    ran(lab, 4, 0)
    lab.reopen(name)
    assert_opened_without_buttons(lab, "untrusted")


def assert_opened_without_buttons(lab: Lab, trusted: str) -> None:
    """Check what an opened notebook shows of the turn in cell 1."""
    settled = lab.settled(1)
    expect(settled.locator(".runware-tool"), trusted).to_contain_text("done")
    expect(settled.get_by_role("button"), trusted).to_have_count(0)
    lab.screenshot(f"opened-{trusted}")
    assert violations(lab.output(1)) == [], trusted
