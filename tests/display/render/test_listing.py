"""Listings, as HTML and as text."""

import re
import sys

import pytest

from runware_magic.display.render.listing import Column, Listing, beginning
from runware_magic.display.render.local_time import local_time
from runware_magic.display.render.sanitize_html import clean

COLUMNS = (Column("turn", is_number=True), Column("cell"), Column("prompt", share=50), Column("cost", is_number=True))
LONG = "Why is the sea salty? " * 10
LISTING = Listing("Chat main", COLUMNS, (("1", "", LONG, "$0.5"), ("12", "", "Hi", "$12.25")), "A note.")


def in_columns(listing, width, monkeypatch):
    """Return the lines of a listing in a terminal of this width, without title and note."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    return str(listing).splitlines()[1:-1]


def markup(listing):
    """Return the HTML of a listing."""
    return listing._repr_mimebundle_()["text/html"]


def test_each_row_is_a_line_that_fits(monkeypatch):
    """Texts are cut, numbers stand on the right, and a column without entries is left out."""
    head, first, second = in_columns(LISTING, 60, monkeypatch)
    assert head.split() == ["turn", "prompt", "cost"]
    assert max(map(len, (head, first, second))) == 60
    assert first.startswith("   1  Why is the sea salty?")
    assert first.endswith("…    $0.5")
    assert second.endswith("$12.25")


def test_a_narrow_terminal_leaves_out_the_last_columns(monkeypatch):
    """A prompt keeps half of the width, as long as there is room for a word."""
    head, first, _ = in_columns(LISTING, 24, monkeypatch)
    assert head.split() == ["turn", "prompt"]
    assert len(first) <= 24
    assert in_columns(LISTING, 10, monkeypatch)[0] == "turn"


def test_the_html_is_what_the_door_lets_through():
    """Nothing that it writes is refused, and each cell has its style."""
    assert clean(markup(LISTING)) == markup(LISTING)
    assert not re.search("<(?:table|tr|t[dh])>", markup(LISTING))


@pytest.mark.parametrize("field", ["title", "rows", "note"])
def test_hostile_text_is_shown_as_text(field):
    """Wherever it stands, it is neither markup nor mathematics, nor does it move the cursor."""
    hostile = "<script>x</script> $5 \x1b[2J"
    shown = {"title": hostile, "rows": ((hostile,),), "note": hostile}[field]
    listing = Listing(
        **{"title": "t", "columns": (Column("a", share=50),), "rows": (("b",),), "note": "n"} | {field: shown}
    )
    assert "&lt;script&gt;x&lt;/script&gt; <span>$</span>5 ␛[2J" in markup(listing)
    assert "\x1b" not in str(listing)


def test_a_listing_without_rows_is_its_title_and_its_note():
    """No head without a body."""
    listing = Listing("Chat main", COLUMNS, (), "No turns yet.")
    assert str(listing) == "Chat main\nNo turns yet."
    assert "<table" not in markup(listing)


def test_times_are_those_of_this_machine(monkeypatch):
    """In one line; what is no time is left out."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    __import__("time").tzset()
    assert local_time("2026-01-01T18:30:00Z") == "2026-01-02 03:30"
    monkeypatch.undo()
    __import__("time").tzset()
    assert local_time("yesterday") == ""


def test_a_notebook_has_the_same_text_wherever_its_kernel_was_started(monkeypatch):
    """What a kernel inherits of a terminal says nothing of its readers."""
    wide = str(LISTING)
    monkeypatch.setenv("COLUMNS", "40")
    assert str(LISTING) == wide


TABLE = "| | city |\n| --- | --- |\n" + "| 0 | Oslo |\n" * 300


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"Which is **colder**?\n\ndf:\n\n{TABLE}\nThanks", "Which is colder? df: [table] Thanks"),
        (f"{TABLE}Which is colder?", "[table] Which is colder?"),
        (TABLE.rstrip(), "[table]"),
        ("a | b and a || b", "a | b and a || b"),
    ],
)
def test_a_table_in_a_text_is_a_word(text, shown):
    """Its rows would hide what is asked."""
    assert beginning(text) == shown
