"""What is kept of a cell's output."""

import base64

import pytest

from runware_magic.prompt.values.cell_output import CellRun, Displayed, Printed

PNG = b"\x89PNG..."


def message(kind, data=None, display_id=None, **more):
    """Return a message to the front end."""
    content = {"data": data or {}, "transient": {"display_id": display_id} if display_id else {}, **more}
    return {"header": {"msg_type": kind}, "content": content}


def texts(run):
    """Return what a cell shows, as texts."""
    return [each.text for each in run.output]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("one\ntwo\n", "one\ntwo\n"),
        ("10%\r20%\r30%\n", "30%\n"),
        ("10%\r20%\r", "20%"),
        ("one\r\ntwo\r\n", "one\ntwo\n"),
        ("\x1b[31mred\x1b[0m", "red"),
    ],
)
def test_a_printed_text_is_as_it_shows(written, shown):
    """A progress bar is its last state, and colours are gone."""
    printed = Printed()
    for char in written:
        printed.add(char)
    assert printed.text == shown


def test_the_middle_of_a_very_long_text_is_dropped():
    """Its ends are kept, and how much is not is said; the memory for it is bounded."""
    printed = Printed()
    for number in range(200_000):
        printed.add(f"{number}\n")
    assert printed.text.startswith("0\n1\n")
    assert printed.text.endswith("199998\n199999\n")
    assert "characters were not kept)" in printed.text
    assert len(printed.text) < 300_000


def test_displays_and_printed_texts_keep_their_order():
    """Texts that follow each other are one."""
    run = CellRun("")
    run.printed("a")
    run.printed("b")
    run.message(message("display_data", {"text/plain": "c"}))
    run.printed("d")
    assert texts(run) == ["ab", "c", "d"]


def test_an_update_replaces_the_display_of_that_name():
    """In its place; an update of another cell's display changes nothing."""
    run = CellRun("")
    run.message(message("display_data", {"text/plain": "old"}, "one"))
    run.printed("after")
    run.message(message("update_display_data", {"text/plain": "new"}, "one"))
    run.message(message("update_display_data", {"text/plain": "new"}, "two"))
    assert texts(run) == ["new", "after"]


@pytest.mark.parametrize(("wait", "before"), [(False, []), (True, ["old"])])
def test_a_cleared_output_is_gone(wait, before):
    """At once, or with the next output."""
    run = CellRun("")
    run.printed("old")
    run.message(message("clear_output", wait=wait))
    assert texts(run) == before
    run.printed("new")
    assert texts(run) == ["new"]


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ({"text/plain": "plain", "text/html": "<b>html</b>"}, Displayed("plain")),
        ({"text/plain": "<x.Markdown object>", "text/markdown": "*md*"}, Displayed("*md*")),
        ({"text/plain": "<IPython.core.display.HTML object>", "text/html": "<b>x</b>"}, Displayed("<b>x</b>")),
        ({"text/plain": "\x1b[1mbold\x1b[0m"}, Displayed("bold")),
        ({"image/png": base64.b64encode(PNG).decode(), "text/plain": "<Figure>"}, Displayed(picture=PNG)),
        ({"image/png": PNG}, Displayed(picture=PNG)),
        ({"application/json": {}}, Displayed()),
    ],
)
def test_the_form_that_says_most_is_kept(data, shown):
    """A picture, else the text that a reader would paste."""
    assert Displayed.of({"data": data}) == shown


def test_displays_without_end_are_not_all_kept():
    """A loop may display thousands."""
    run = CellRun("")
    for _ in range(1000):
        run.message(message("display_data", {"text/plain": "x"}))
    assert len(run.output) == 50


def test_pictures_without_end_are_not_all_kept():
    """Those that are not are said."""
    run = CellRun("")
    for _ in range(3):
        run.message(message("display_data", {"image/png": bytes(9_000_000)}))
    assert [len(each.picture) for each in run.output] == [9_000_000, 9_000_000, 0]
    assert run.output[-1].text == "(a picture that was not kept)"
    assert 18_000_000 < run.size < 18_000_100


@pytest.mark.parametrize("picture", ["abc", 5, b""])
def test_what_is_no_picture_is_its_text(picture):
    """Whatever the user's own object says of itself."""
    shown = Displayed.of({"data": {"image/png": picture, "text/plain": "a figure"}})
    assert (shown.text, shown.picture) == ("a figure", b"")
