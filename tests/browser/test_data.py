"""An answer as data in a real front end: the tree that grows, the tree that stays, its keys, and its plain text."""

import json

import pytest
from axe import violations
from lab import THEMES
from playwright.sync_api import expect

WIDE, NARROW, HEIGHT = 1000, 400, 1800
TEXT = "Add the water.\nThen wait, for as long as it takes; a word more. " + "And stir it, slowly. " * 30
VALUE = {
    "title": "Soup of the day, $5 and \\alpha",
    "servings": 4,
    "vegan": False,
    "rating": None,
    "": "no name",
    "ingredients": [
        {"name": f"ingredient {number}", "grams": 12.5 * number, "tags": ["a", "b"] if number % 2 else []}
        for number in range(12)
    ],
    "scores": list(range(250)),
    "steps": ["Cut.", TEXT, "שלום עולם"],
    "wide": "https://example.org/" + "averylongword" * 12,
    "more": {"deep": {"deeper": {"deepest": {"x": 1}}}},
}
SETUP = f"""
import json
from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.events import ContentDelta, Opened
from runware_magic.chat.request import Request
from runware_magic.chat.turn import COMPLETE, Reply, Timing, Turn
from runware_magic.display.views.live import LiveView
%load_ext runware_magic
value = {VALUE!r}
asked = {{"response_format": {{"type": "json_schema", "json_schema": {{"name": "a", "schema": {{"type": "object"}}}}}}}}
turn = Turn("t", "m", "e", (), Timing("2026-01-01T00:00:00Z"), parameters=asked, schema_sent="response_format")
text = json.dumps(value, indent=1, ensure_ascii=False)
"""
GROW = """
views = []
def grow(until, each=40, text=text):
    builder, view = TurnBuilder(turn), LiveView()
    view.open(builder)
    for at in range(0, until, each):
        builder.fold(ContentDelta(text[at : min(until, at + each)]), 1.0)
        view.draw(builder, 1.0)
    views.append(view)
"""
DEEP = """
value = {'words': 'at the bottom'}
for level in range(40):
    value = {f'level {level}': value, 'n': level}
text = json.dumps(value)
"""
SETTLED = """
from dataclasses import replace
replace(turn, state=COMPLETE, data=value, reply=Reply(f"Here it is:\\n\\n```json\\n{text}\\n```"))
"""
# A narrow page has no room for files beside the notebook.
ALONE = "() => { const {shell} = window.jupyterapp; shell.collapseLeft(); shell.collapseRight() }"
OVERFLOW = "element => element.scrollWidth - element.clientWidth"


@pytest.fixture
def lab(lab):
    """Return a page that shows a notebook and nothing beside it."""
    lab.page.set_viewport_size({"width": WIDE, "height": HEIGHT})
    return lab


def shown(lab, place, name):
    """Return what axe finds in each theme, and whether the tree is wider than a narrow page."""
    found = []
    for number, theme in enumerate(THEMES):
        lab.change_theme(theme)
        found += [f"{theme}: {violation}" for violation in violations(place, colours_only=number > 0)]
        lab.screenshot(f"{name}-{theme}")
    lab.page.set_viewport_size({"width": NARROW, "height": HEIGHT})
    lab.screenshot(f"{name}-narrow")
    found += ["wider than the page"] if place.evaluate(OVERFLOW) > 0 else []
    lab.page.set_viewport_size({"width": WIDE, "height": HEIGHT})
    return found


def test_a_growing_tree_shows_what_has_come(lab, notebook):
    """In every theme, on wide and narrow pages, with nothing that axe finds."""
    parts = (330, 1700, 3100)  # characters
    lab.open(notebook(SETUP + GROW, *(f"grow({until})" for until in parts)))
    lab.page.evaluate(ALONE)
    lab.run_cell(0)
    for number, until in enumerate(parts, 1):
        lab.run_cell(number)
        tree = lab.turn(number)
        tree.get_by_text("servings").first.wait_for()
        expect(tree, str(until)).to_contain_text("servings: 4")
        assert shown(lab, tree, f"live-{until}") == [], until
        assert tree.evaluate(OVERFLOW) <= 0, until
        lab.run_command("notebook:clear-all-cell-outputs")


def test_a_settled_tree_folds_by_keys_and_has_its_plain_text(lab, notebook):
    """Also where the notebook is not trusted, and on a narrow page."""
    name = notebook(SETUP, SETTLED)
    lab.open(name)
    lab.page.evaluate(ALONE)
    lab.run_all()
    tree = lab.settled(1)
    expect(tree).to_contain_text("servings: 4")
    assert shown(lab, tree, "settled") == []
    lab.reopen(name)
    lab.page.evaluate(ALONE)
    tree = lab.settled(1)
    root = tree.locator("details").first
    assert root.evaluate("element => element.open")
    root.locator("summary").first.focus()
    lab.page.keyboard.press("Enter")
    assert not root.evaluate("element => element.open")
    lab.page.keyboard.press("Enter")
    assert root.evaluate("element => element.open")
    assert shown(lab, tree, "untrusted") == []
    field = tree.locator("textarea")
    tree.get_by_text("as plain text", exact=True).click()
    assert json.loads(field.input_value()) == VALUE
    field.scroll_into_view_if_needed()
    lab.screenshot("plain-wide")
    lab.page.set_viewport_size({"width": NARROW, "height": HEIGHT})
    assert tree.evaluate(OVERFLOW) <= 0
    lab.screenshot("plain")


def test_forty_levels_fit_a_narrow_page(lab, notebook):
    """Growing and settled; what is far down is indented less."""
    name = notebook(SETUP, f"{DEEP}{GROW}grow(len(text) - 99)", f"{DEEP}{SETTLED}")
    lab.open(name)
    lab.page.evaluate(ALONE)
    lab.page.set_viewport_size({"width": NARROW, "height": HEIGHT})
    lab.run_all()
    for number in (1, 2):
        tree = lab.turn(number)
        expect(tree).to_contain_text("at the bottom")
        tree.evaluate("element => element.querySelectorAll('details').forEach(one => { one.open = true })")
        assert tree.evaluate(OVERFLOW) <= 0
        tree.scroll_into_view_if_needed()
        lab.screenshot(f"deep-{number}")
