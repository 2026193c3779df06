"""What the demo says of pictures, tables and errors: what can be computed, and that it is a script."""

import base64
import re
import sys
from io import BytesIO

import pytest
from PIL import Image, ImageDraw

from runware_magic.demo.models import find
from runware_magic.demo.pictures import look
from runware_magic.demo.request import Ask, Said
from runware_magic.demo.voices import reply


def uri(form="png", size=(320, 200), colour=(31, 100, 180), **options):
    """Return a picture of one colour as an address."""
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, form, **options)
    return f"data:image/{form};base64,{base64.b64encode(file.getvalue()).decode()}"


def drawn(points):
    """Return a picture of a red line on white, over a grey axis, as an address."""
    picture, file = Image.new("RGB", (300, 200), "white"), BytesIO()
    drawing = ImageDraw.Draw(picture)
    drawing.line([(10, 190), (290, 190)], "black")
    drawing.line(points, "#d62728", 3)
    picture.save(file, "png")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def said(prompt, *pictures, system="", model="demo:tutor@1"):
    """Return the answer to a prompt with pictures."""
    messages = (Said("system", system), Said("user", prompt, pictures))
    return reply(Ask(find(model), messages, 4096)).content


@pytest.mark.parametrize(
    ("form", "options", "name"),
    [
        ("png", {}, "PNG"),
        ("jpeg", {}, "JPEG"),
        ("gif", {}, "GIF"),
        ("webp", {}, "WebP"),
        ("webp", {"lossless": True}, "WebP"),
    ],
)
def test_format_and_size_stand_in_the_header(monkeypatch, form, options, name):
    """They are read without Pillow, too."""
    picture = uri(form, (321, 57), **options)
    monkeypatch.setitem(sys.modules, "PIL", None)
    seen = look(picture)
    assert (seen.form, seen.size, seen.colours) == (name, (321, 57), ())


@pytest.mark.parametrize(
    ("colour", "name"), [((220, 30, 30), "red"), ((250, 250, 250), "white"), ((0, 90, 190), "blue")]
)
def test_the_main_colour_is_named(colour, name):
    """By the nearest of a few names."""
    assert look(uri(colour=colour)).colours == (name,)


def test_colours_are_named_by_their_share():
    """The commonest first; what is hardly there is left out."""
    picture = Image.new("RGB", (100, 100), "white")
    picture.paste((214, 39, 40), (0, 0, 30, 100))
    picture.putpixel((99, 99), (0, 0, 0))
    file = BytesIO()
    picture.save(file, "png")
    seen = look(f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}")
    assert seen.colours == ("white", "red")


@pytest.mark.parametrize(
    "wrong",
    [
        "https://example.org/cat.png",
        "data:image/svg+xml;base64,PHN2Zy8+",
        "data:image/png;base64,iVBORw0KGgo=",
        "data:image/png;base64,%%%",
        "data:image/jpeg;base64,/9j/",
        "data:image/webp;base64,UklGRgAAAABXRUJQ",
        None,
    ],
)
def test_what_is_no_picture_is_none(wrong):
    """Nothing is fetched, and nothing breaks."""
    assert look(wrong) is None


def test_a_broken_picture_has_the_size_of_its_header():
    """Its colours are unknown."""
    head, _, data = uri().partition(",")
    cut = base64.b64encode(base64.b64decode(data)[:40]).decode()
    seen = look(f"{head},{cut}")
    assert (seen.size, seen.colours) == ((320, 200), ())


def test_a_picture_is_measured_and_the_script_says_that_it_is_one():
    """Size, format and colour; no more."""
    answer = said("What does this figure show?", uri())
    assert "a PNG picture of 320 \u00d7 200 pixels, mainly blue" in answer
    assert "I am a script and cannot see" in answer


@pytest.mark.parametrize(
    ("points", "begins", "peak", "ends"),
    [
        ([(20, 180), (176, 20), (280, 180)], "low", 60, "low"),
        ([(20, 20), (150, 180), (280, 100)], "high", 0, "halfway up"),
    ],
)
def test_the_course_of_a_line_is_measured(points, begins, peak, ends):
    """Where it is high and low, from left to right; axes and letters are grey."""
    seen = look(drawn(points))
    assert seen.colours[0] == "white"
    shape = r"The red in it begins (.+) on the left, is highest at (\d+) % of its width, and ends (.+) on the right"
    told = re.fullmatch(shape, seen.course).groups()
    assert told == (begins, told[1], ends)
    assert abs(int(told[1]) - peak) <= 1
    assert f"{seen.course}." in said("What does this figure show?", drawn(points))


def test_a_level_line_has_no_peak():
    """A pixel more or less is no course."""
    assert look(drawn([(20, 90), (280, 90)])).course == "The red in it is level"


@pytest.mark.parametrize("points", [[(20, 180), (60, 20)], []])
def test_what_is_no_line_from_left_to_right_has_no_course(points):
    """Neither a mark in a corner, nor a picture without colours."""
    assert look(drawn(points)).course == ""


def test_something_else_is_no_picture():
    """An address is not fetched."""
    assert "cannot read as a picture" in said("And this?", "https://example.org/cat.png")


TABLE = "|  | city (object) | people (int64) |\n| --- | --- | ---: |\n| 0 | Oslo | 709 |\n| 1 | a \\| b | 12 |"


def test_a_table_has_its_rows_and_columns():
    """As they arrived."""
    answer = said(f"What is in this?\n\n{TABLE}\n\nThank you.")
    assert "2 rows and 2 columns" in answer
    assert "- `city (object)`" in answer
    assert "- `people (int64)`" in answer


def test_a_cut_table_has_the_size_that_is_told():
    """The line below it says how much is missing."""
    answer = said(f"What is in this?\n\n{TABLE}\n\n1,000 \u00d7 2; 998 rows not shown")
    assert "1,000 rows and 2 columns" in answer
    assert "shows 2 lines" in answer


def test_a_picture_and_a_table_are_both_told():
    """Neither hides the other."""
    answer = said(f"What stands out?\n\n{TABLE}", uri())
    assert "a PNG picture of 320 \u00d7 200 pixels" in answer
    assert "2 rows and 2 columns" in answer
    assert "- `city (object)`" in answer


ERROR = "Why?\n\nTraceback (most recent call last):\n  Cell In[3], line 1\n    prices['oat']\nKeyError: 'oat'"


def test_an_error_is_explained_with_code():
    """Which `%runware code` can put into a cell."""
    answer = said(ERROR)
    assert "`KeyError`, and says: `'oat'`" in answer
    assert "```python\n" in answer


def test_a_hint_has_no_code():
    """If the instructions ask for hints."""
    answer = said(ERROR, system="Give a hint, not the solution.")
    assert "letter by letter" in answer
    assert "```" not in answer


def test_an_unknown_error_is_named():
    """And nothing is made up."""
    assert "a `TooSpicyError`. I am a script" in said("Traceback:\nTooSpicyError: hot")


@pytest.mark.parametrize("model", ["demo:poet@1", "demo:brisk@1"])
@pytest.mark.parametrize("prompt", [ERROR, TABLE])
def test_every_voice_says_it(model, prompt):
    """Each in its own way, and none in more than it knows."""
    assert "no answer written" not in said(prompt, model=model)
