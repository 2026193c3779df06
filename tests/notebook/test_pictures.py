"""Pictures and files of prompts in exports and hand-ins."""

import base64
import json
import re
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from attaching import ATTACHED, FIG, PARTS, PDF, TURN, asked_with, png
from exported_pages import FACES
from markdown_it import MarkdownIt

from runware_magic.chat.conversation import Conversation
from runware_magic.chat.images import without_images
from runware_magic.chat.messages import Message
from runware_magic.chat.parts import FilePart, ImagePart, TextPart
from runware_magic.display.render.bundle import bundle
from runware_magic.notebook import export, hand_in
from runware_magic.notebook.cell_source import to_cell
from runware_magic.notebook.reader import rebuild_from

HOSTILE = '"><img src=x onerror=alert(1)>](x)![a](http://evil.invalid/a)$x'
URI = f"data:image/png;base64,{base64.b64encode(FIG.data).decode()}"
AGAIN = asked_with(FIG, name="2", parent="t")
BOTH = Conversation().with_turn(TURN).with_turn(AGAIN)


def exported(folder, form, conversation=BOTH):
    """Return the text of an export."""
    path = Path(folder) / f"talk.{form}"
    export.write(path, conversation, chat="main", bundle=bundle, open_notebook=None, force=True)
    return path.read_text(encoding="utf-8")


def handed_in(folder, conversation=BOTH, anonymize=str):
    """Return the text of a hand-in."""
    path = Path(folder) / "work.html"
    given = {"faces": FACES, "anonymize": anonymize, "open_notebook": None, "force": True}
    hand_in.write(path, conversation, chats=("main",), **given)
    return path.read_text(encoding="utf-8")


def test_an_exported_notebook_restores_them(tmp_path):
    """The bytes stand there once; a turn that no cell can ask again shows its request with short pictures."""
    text = exported(tmp_path, "ipynb")
    rebuilt = rebuild_from(text)
    assert (rebuilt.turns, rebuilt.left_out) == ((TURN, AGAIN), ())
    records = [json.dumps(output.data["application/vnd.runware.turn+json"]) for output in outputs(text)]
    assert sum(record.count(base64.b64encode(FIG.data).decode()) for record in records) == 1
    source = nbformat.reads(text, as_version=4).cells[1].source
    assert source.startswith("# No %%runware cell can repeat this exact request:")
    assert "more characters …" in source
    assert len(source) < 1500


def outputs(text):
    """Return the outputs of a notebook."""
    return [output for cell in nbformat.reads(text, as_version=4).cells[1:] for output in cell.outputs]


def test_text_in_several_parts_is_a_cell_like_any_other():
    """It is sent as one text."""
    turn = asked_with(TextPart("What is in\n\n"), TextPart("| a |"))
    assert to_cell(turn, "main") == "%%runware -m m\nWhat is in\n\n| a |"
    assert to_cell(TURN, "main") is None


def test_markdown_shows_pictures_below_the_text_that_names_them(tmp_path):
    """As data in the file itself; in its text they are named where they stood."""
    text = exported(tmp_path, "md")
    assert f"![fig]({URI})" in text
    assert f"[fig: image/png, {len(FIG.data)} bytes]" in text
    assert "[paper.pdf: application/pdf, 8 bytes]" in text
    assert f'<img src="{URI}" alt="fig"' in MarkdownIt().render(text)


@pytest.mark.parametrize("write", [lambda folder: exported(folder, "html"), handed_in])
def test_pages_show_pictures_in_their_place(tmp_path, write):
    """As data in the page itself; the page may load no other."""
    text = write(tmp_path)
    assert f'and <img alt="fig" src="{URI}">?[paper.pdf: application/pdf, 8 bytes]' in text
    assert "img-src data:;" in text


def test_lines_for_fine_tuning_have_them_as_the_api_does(tmp_path):
    """Images and files as parts, with their bytes."""
    (line,) = exported(tmp_path, "jsonl").splitlines()
    asked, _, again, _ = json.loads(line)["messages"]
    assert asked == {"role": "user", "content": [part.to_json() for part in PARTS]}
    assert again["content"] == [{"type": "image_url", "image_url": {"url": URI}}]


@pytest.mark.parametrize("form", ["ipynb", "md", "html", "jsonl"])
def test_they_can_be_left_out(tmp_path, form):
    """A text stands in their place; what stays is what was attached, by name, and other files."""
    text = exported(tmp_path, form, without_images(BOTH))
    assert "data:image" not in text
    assert base64.b64encode(FIG.data).decode()[:60] not in text
    assert r"[fig: picture left out]" in text.replace("\\", "")
    assert "paper.pdf" in text


def test_an_export_without_them_restores_without_a_complaint(tmp_path):
    """Leaving them out was the user's wish."""
    rebuilt = rebuild_from(exported(tmp_path, "ipynb", without_images(BOTH)))
    assert rebuilt.left_out == ()
    assert [turn.messages[0].text for turn in rebuilt.turns][1] == "[fig: picture left out]"
    assert rebuilt.turns[0].attached == ATTACHED
    assert rebuilt.turns[0].messages[0].parts[-1] == PDF


def test_a_conversation_of_text_stays_as_it_is():
    """Turn by turn."""
    turn = asked_with(TextPart("Hi"))
    assert without_images(Conversation().with_turn(turn)).all_turns()[0] is turn
    nameless = asked_with(ImagePart(png(), "image/png"))
    (left,) = without_images(Conversation().with_turn(nameless)).all_turns()
    assert left.messages == (Message("user", "[picture left out]"),)


def test_a_hand_in_keeps_the_bytes_as_they_are(tmp_path):
    """Though a folder's name may stand in their base64 by chance; names of pictures are anonymized."""
    turn = replace(TURN, messages=(Message("user", parts=(replace(FIG, name="iVBO.png"),)),))
    text = handed_in(tmp_path, Conversation().with_turn(turn), lambda text: text.replace("iVBO", "HOME"))
    assert f'<img alt="HOME.png" src="{URI}">' in text


@pytest.mark.parametrize("form", ["md", "html"])
def test_names_mean_nothing_in_exports(tmp_path, form):
    """Whatever somebody has called a file."""
    turn = asked_with(TextPart("a $5 "), ImagePart(png(), "image/png", HOSTILE), FilePart(b"x", HOSTILE, HOSTILE))
    text = exported(tmp_path, form, Conversation().with_turn(turn))
    page = MarkdownIt("commonmark").render(text) if form == "md" else text
    # Within the quotes of an attribute, old versions of the sanitizer leave signs as they are: they mean nothing there.
    page = re.sub(r'(?<= alt=)"[^"]*"', '""', page)
    assert "<img src=x" not in page
    assert 'evil.invalid/a"' not in page
    assert page.count("<img") == (1 if form == "md" else 2)


def test_what_is_no_picture_is_named_only(tmp_path):
    """As in a notebook that somebody has made."""
    turn = asked_with(ImagePart(b"<svg>", "image/png", "fig"))
    for form in ("md", "html"):
        text = exported(tmp_path, form, Conversation().with_turn(turn))
        assert "data:" not in text.replace("img-src data:;", "")
        assert "fig: image/png, 5 bytes" in text
