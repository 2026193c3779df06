"""Calls of the notebook's functions in JupyterLab: who agrees to them, what shows meanwhile, and what stays."""

import pytest
from axe import violations
from lab import Lab
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
    expect(card(lab, number).get_by_role("button", name="once")).to_be_visible()
    return card(lab, number)


def ran(lab: Lab, number: int, times: int) -> None:
    """Check how often the function has run, in a cell that tells."""
    lab.run_cell(number)
    expect(lab.output(number)).to_have_text(f"ran {times}")


def test_once_runs_the_function_once(lab, notebook, theme):
    """It has not run while the card waits; the answer comes below, in the same output; the next call asks again."""
    name = notebook(LOAD, ASK, RUNS, ASK)
    lab.open(name, theme=theme)
    lab.run_cell(0)
    lab.run_cell(1)
    asked = waits(lab, 1)
    expect(asked).to_contain_text("Oslo")
    expect(asked).to_contain_text("waiting for you")
    assert violations(lab.output(1)) == []
    lab.screenshot("1-waits")
    asked.get_by_role("button", name="Allow weather once").click()
    settled = lab.settled(1)
    expect(settled).to_contain_text("snow")
    expect(settled.locator(".runware-tool")).to_contain_text("done")
    assert violations(lab.output(1)) == []
    lab.screenshot("2-settled")
    ran(lab, 2, 1)
    lab.run_cell(3)
    waits(lab, 3).get_by_role("button", name="Refuse weather").click()
    expect(lab.settled(3).locator(".runware-tool")).to_contain_text("refused")
    lab.screenshot("3-refused")
    ran(lab, 2, 1)
    assert [[MIME_TYPE in each.data for each in lab.save(name).cells[at].outputs] for at in (1, 3)] == [[True], [True]]


def test_always_by_keyboard_asks_no_more(lab, notebook):
    """Tab leads to the buttons, in order; Enter presses one; the next cell runs without a question."""
    lab.open(notebook(LOAD, ASK, RUNS, ASK))
    lab.run_cell(0)
    lab.run_cell(1)
    asked = waits(lab, 1)
    lab.cell(1).focus()
    seen = []
    for _ in range(12):
        lab.page.keyboard.press("Tab")
        seen.append(lab.page.evaluate("document.activeElement.textContent.trim()"))
        if seen[-1] == "Always":
            break
    assert seen[-2:] == ["Once", "Always"], seen
    lab.screenshot("1-focus")
    lab.page.keyboard.press("Enter")
    expect(lab.settled(1)).to_contain_text("snow")
    lab.run_cell(3)
    expect(lab.settled(3)).to_contain_text("snow")
    ran(lab, 2, 2)
    assert asked.count() == 1
