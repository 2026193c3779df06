"""What a prompt has of the notebook, over its answer."""

import html
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from attaching import ATTACHED, FIG, PARTS, PDF, TABLE, TURN, asked_with, picture, png
from variants import answers

from runware_magic.chat.attached import Attached
from runware_magic.chat.messages import Message
from runware_magic.chat.parts import FilePart, ImagePart, TextPart
from runware_magic.chat.turn import Variant
from runware_magic.display.render.attached import attached_html, attached_line
from runware_magic.display.render.bundle import bundle
from runware_magic.display.render.comparison import comparison_bundle
from runware_magic.display.render.sanitize_html import clean

X = "\N{MULTIPLICATION SIGN}"
LINE = f"with df (1,000 {X} 12, cut), fig (640 {X} 480)"
HOSTILE = '"><img src=x onerror=alert(1)> ![p](http://evil.invalid/p) $x$ \\(y\\) \x1b[2J \u202e\ud800'
IMG = re.compile(r"<img [^>]*>")


def attributes(markup):
    """Return the names of the attributes of all elements."""
    found, parser = set(), HTMLParser()
    parser.handle_starttag = lambda _, pairs: found.update(name for name, _ in pairs)
    parser.feed(markup)
    return found


def in_pre(markup):
    """Return the text of all preformatted elements."""
    return [
        html.unescape(re.sub("<[^>]*>", "", text)) for text in re.findall(r"<pre[^>]*>(.*?)</pre>", markup, re.DOTALL)
    ]


@pytest.mark.parametrize("kind", ["text/html", "text/markdown", "text/plain"])
def test_a_line_over_the_answer_names_what_was_sent(kind):
    """With its size, and that it was cut; in every form that a reader may see."""
    shown = bundle(TURN)[kind]
    assert shown.index(LINE) < shown.index("A dot.")


def test_the_line_unfolds_to_what_was_sent():
    """All text, the picture as data within the page under its name, a file by name, type and size; folded at first."""
    markup = attached_html(TURN)
    assert "".join(in_pre(markup)).replace("\n", "") == f"What is in{TABLE}and ?".replace("\n", "")
    (shown,) = IMG.findall(markup)
    assert ' alt="fig"' in shown
    assert re.search(r'src="data:image/png;base64,[A-Za-z0-9+/]+=*"', shown)
    assert "paper.pdf · application/pdf · 8 bytes" in markup
    assert "<details" in markup
    assert " open" not in markup


@pytest.mark.parametrize(
    ("width", "height", "shown"), [(640, 480, 240), (480, 640, 180), (100, 2000, 12), (3, 2, 3), (4000, 1, 240)]
)
def test_a_thumbnail_is_never_larger_than_its_box_or_its_picture(width, height, shown):
    """The longer side of a large one has 240 pixels of the page, and narrow pages hold it."""
    pytest.importorskip("PIL")
    assert f"max-width:min(100%,{shown}px)" in attached_html(asked_with(picture("p", width, height)))


def test_a_prompt_without_anything_of_the_notebook_shows_nothing():
    """As most prompts are."""
    turn = asked_with(TextPart("Hi"))
    assert (attached_html(turn), attached_line(turn), attached_html(None)) == ("", "", "")


def test_pictures_and_files_are_named_where_nobody_said_what_is_attached():
    """As in messages that the user wrote."""
    nameless = ImagePart(png(), "image/png")
    assert attached_line(asked_with(nameless, FIG, PDF)) == f"with picture, fig (640 {X} 480), paper.pdf"


@pytest.mark.parametrize(
    "broken",
    [
        ImagePart(b"<svg onload=alert(1)>", "image/png", "fig"),
        ImagePart(png()[:30], "image/png", "fig"),
        ImagePart(b"", "image/gif", "fig"),
    ],
)
def test_what_is_no_picture_is_a_line(broken):
    """Nothing is shown in its place, and nothing is asked for."""
    pytest.importorskip("PIL")
    markup = attached_html(asked_with(broken))
    assert "cannot be shown" in markup
    assert "<img" not in markup


@pytest.mark.parametrize("kind", ["text/html", "text/markdown", "text/plain"])
def test_names_do_not_mean_anything(kind):
    """They come from files, columns and other people."""
    attached = (Attached(HOSTILE, "table", (1, 2, 3, 4), cut=True),)
    turn = asked_with(TextPart(HOSTILE), ImagePart(png(), "image/png", HOSTILE), FilePart(b"x", HOSTILE, HOSTILE))
    for one in (replace(turn, attached=attached), turn):
        shown = bundle(one)[kind]
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", shown)
        if kind == "text/html":
            assert clean(shown, pictures=True) == shown
            assert attributes(shown) <= {"style", "class", "src", "alt", "dir", "open", "rows", "spellcheck"}
        if kind == "text/markdown":
            assert not re.search(r"<(?!span>\$</span>|/span>)[a-z]", shown)
            assert "![" not in shown


def test_several_answers_to_one_prompt_show_it_once():
    """Above all of them."""
    three = answers(3, messages=TURN.messages, attached=ATTACHED)
    for kind, shown in comparison_bundle(three, three[0]).items():
        if kind.startswith("text/"):
            assert shown.count(LINE) == 1
            assert shown.index(LINE) < shown.index("Answer **1**" if kind != "text/html" else "Answer <strong>1")


def test_answers_about_rows_show_what_each_was_asked_with():
    """Since each prompt differs."""
    rows = [
        replace(each, messages=(Message("user", parts=(picture(f"p{at}"),)),)) for at, each in enumerate(answers(3))
    ]
    for kind, shown in comparison_bundle(rows, None).items():
        if kind.startswith("text/"):
            assert [shown.count(f"with p{at} (640 {X} 480)") for at in range(3)] == [1, 1, 1]


def test_pictures_of_very_many_rows_are_lines():
    """An output of hundreds of pictures could not be opened."""
    turn = replace(TURN, variant=Variant("c", 1, 51, {"row": "Oslo"}))
    assert "<img" not in attached_html(turn)
    assert f"fig (640 {X} 480) · PNG" in attached_html(turn)
    assert "<img" in attached_html(replace(turn, variant=Variant("c", 1, 51, {"model": "m"})))


def test_roles_are_named_where_there_are_several():
    """A single message is the user's question."""
    turn = replace(TURN, messages=(Message("system", "Be brief."), Message("user", parts=PARTS)))
    assert [role in attached_html(turn) for role in (">system<", ">user<")] == [True, True]
    assert ">user<" not in attached_html(TURN)
