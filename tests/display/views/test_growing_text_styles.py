"""Styles that are sent once."""

from runware_magic.display.views.growing_text import Styles

MARKUP = '<p style="color:red">a</p><td style="margin:0">b</td><p style="color:red">c</p>'


def test_a_style_becomes_a_class_of_one_name():
    """Equal styles share a class, which the sheet defines."""
    sheet = Styles()
    short = sheet.shorten(MARKUP)
    assert "style=" not in short
    assert sheet.widget.value.count("{color:red}") == 1
    name = short.split('"')[1]
    assert short.count(name) == 2
    assert f".{name}" in sheet.widget.value


def test_a_style_has_the_same_name_in_every_sheet():
    """Two views in one page agree."""
    first, second = Styles(), Styles()
    second.shorten('<p style="padding:1px">x</p>')
    assert first.shorten(MARKUP) == second.shorten(MARKUP)


def test_elements_with_a_class_keep_their_style():
    """Nothing is lost where a class stands already, and text is not touched."""
    markup = '<div class="runware-code" style="margin:0">&lt;p style="x"&gt;</div>'
    assert Styles().shorten(markup) == markup


def test_without_styles_nothing_is_sent():
    """A sheet counts its updates."""
    sheet = Styles()
    before = sheet.widget.value
    sheet.shorten("<p>x</p>")
    assert (sheet.widget.value, sheet.sent) == (before, 0)
