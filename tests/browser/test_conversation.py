"""The notebook is the chat: run again, restart, restore, go on, in a real front end."""

import pytest
from playwright.sync_api import expect
from terminal_ipython import contents, saying

LOAD = "%load_ext runware_magic\n%config RunwareMagics.base_url = '{url}'"


def sent(server):
    """Give the texts of every request so far."""
    return [[content for _, content in contents(heard)] for heard in server.heard]


@pytest.mark.parametrize("place", ["lab/tree", "notebooks"], ids=["lab", "notebook"])
def test_a_conversation_outlives_its_kernel(lab, notebook, serve, place):
    """Later turns are marked where an early one changes, and refreshed in place; a restored notebook goes on."""
    server = serve(*saying(*(f"Answer {letter}." for letter in "ABCDEFG")))
    load = LOAD.format(url=server.url)
    asking = [f"%%runware\n{prompt}" for prompt in ("one", "two", "three")]
    name = notebook(load, *asking, "%runware restore", "%%runware\nfour", "%runware refresh")
    lab.open(name, place=place)
    for number, answer in enumerate(["A", "B", "C"], 1):
        lab.run_cell(number - 1) if number == 1 else None
        lab.run_cell(number)
        expect(lab.settled(number)).to_contain_text(f"Answer {answer}.")
    lab.edit(1, "%%runware\nuno")
    lab.run_cell(1)
    expect(lab.settled(1)).to_contain_text("Answer D.")
    for number in (2, 3):
        expect(lab.settled(number)).to_contain_text("Turn 1 has changed since")
    lab.screenshot("marked")
    lab.run_cell(2)
    expect(lab.settled(2)).to_contain_text("Answer E.")
    expect(lab.settled(2)).not_to_contain_text("Turn 1 has changed since")
    expect(lab.settled(3)).to_contain_text("Turn 1 has changed since")
    assert sent(server)[3:] == [["uno"], ["uno", "Answer D.", "two"]]
    lab.run_cell(6)
    expect(lab.settled(3)).to_contain_text("Answer F.")
    expect(lab.settled(3)).not_to_contain_text("has changed since")
    expect(lab.output(6)).to_contain_text("Chat main is up to date: 1 turn asked again.")
    expect(lab.turn(6)).to_have_count(0)
    assert sent(server)[5] == ["uno", "Answer D.", "two", "Answer E.", "three"]
    lab.screenshot("refreshed")
    lab.save(name)
    lab.restart_kernel()
    lab.run_cell(0)
    expect(lab.output(0)).to_contain_text("3 saved turns found")
    lab.run_cell(4)
    expect(lab.output(4)).to_contain_text("Restored 3 turns in 1 chat")
    lab.run_cell(5)
    expect(lab.settled(5)).to_contain_text("Answer G.")
    assert sent(server)[6] == ["uno", "Answer D.", "two", "Answer E.", "three", "Answer F.", "four"]
    lab.screenshot("restored")
