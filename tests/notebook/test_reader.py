"""A saved notebook is read for its turns, whatever else is in it; and found where the front end tells."""

import copy
import json
import os
import warnings

import nbformat
import pytest
from nbformat import v4

from runware_magic.chat.conversation import Conversation
from runware_magic.chat.messages import Message
from runware_magic.chat.record import MIME_TYPE
from runware_magic.chat.saved_outputs import keep
from runware_magic.chat.turn import COMPLETE, Reply, Timing, Turn
from runware_magic.errors import UsageError
from runware_magic.notebook import reader


def turn(name, cell=None, **given):
    """Make a turn that asks and answers with its name."""
    messages = (Message("user", f"Q{name}"),)
    known = {"reply": Reply(f"A{name}"), "state": COMPLETE, "cell_id": cell, **given}
    return Turn(name, "m", "e", messages, Timing("t"), **known)


def notebook_of(*turns, minor=5):
    """Make a notebook, as parsed JSON, whose cells hold these turns; its cells have the ids that asked."""
    conversation = Conversation()
    for each in turns:
        conversation = conversation.with_turn(each)
    cells = []
    for each in turns:
        data = {"text/plain": "…", MIME_TYPE: keep(conversation, each)}
        named = {"id": each.cell_id} if each.cell_id else {}
        cells.append(v4.new_code_cell("%%runware", outputs=[v4.new_output("display_data", data)], **named))
    notebook = v4.new_notebook(cells=cells)
    notebook.nbformat_minor = minor
    if minor < 5:
        for cell in notebook.cells:
            del cell["id"]
    nbformat.validate(notebook)
    return json.loads(nbformat.writes(notebook))


def three():
    """Make a notebook of three turns."""
    return notebook_of(turn("1", "a"), turn("2", "b"), turn("3", "c"))


def restored(notebook):
    """Restore from parsed JSON."""
    return reader.rebuild_from(json.dumps(notebook))


def shown(rebuilt, chat="main"):
    """Return the names of a chat's turns."""
    return [each.id for each in rebuilt.conversation.turns(chat)]


def data_of(notebook, cell):
    """Return the data of a cell's first output; cells count from 0."""
    return notebook["cells"][cell]["outputs"][0]["data"]


@pytest.mark.parametrize("minor", range(6))
def test_every_minor_version_of_format_4_is_read(minor):
    """With ids of cells and without; the turns know their cells in both cases."""
    rebuilt = restored(notebook_of(turn("1", "a"), turn("2", "b"), minor=minor))
    assert [(place.cell_id, place.turn.id) for place in rebuilt.conversation.places("main")] == [("a", "1"), ("b", "2")]
    assert rebuilt.left_out == ()


def test_a_turn_without_a_cell_belongs_to_the_cell_that_it_stands_in():
    """What nbclient ran, which tells no ids, goes on in a front end that does."""
    notebook = notebook_of(turn("1"))
    (place,) = restored(notebook).conversation.places("main")
    assert place.cell_id == notebook["cells"][0]["id"]


@pytest.mark.parametrize("kind", ["display_data", "execute_result", "update_display_data", "anything", None])
def test_the_record_counts_in_every_kind_of_output(kind):
    """Whatever a tool calls it."""
    notebook = three()
    notebook["cells"][0]["outputs"][0]["output_type"] = kind
    assert shown(restored(notebook)) == ["1", "2", "3"]


@pytest.mark.parametrize("lines", [str, lambda text: text.splitlines(keepends=True)])
def test_a_record_may_be_kept_as_text(lines):
    """Whole or line by line, as some tools write vendor JSON."""
    notebook = three()
    data = data_of(notebook, 1)
    data[MIME_TYPE] = lines(json.dumps(data[MIME_TYPE], indent=1))
    assert restored(notebook) == restored(three())


CUT = "not the record of a turn (not JSON; it may be cut off); skipped"


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ('{"version": 1, "id": "2", "mess', CUT),
        ("", CUT),
        (["{", '"version'], CUT),
        ("[" * 100_000, CUT),
        ("1" * 5000, "not the record of a turn (the record: expected an object, got inf); skipped"),
        ([], "not the record of a turn (the record: expected an object, got a list); skipped"),
        (["{}", {}], "not the record of a turn (the record: expected an object, got a list); skipped"),
        (None, "not the record of a turn (the record: expected an object, got None); skipped"),
        ({}, "not the record of a turn ('version' is missing); skipped"),
        ({"version": 1}, "not the record of a turn ('id' is missing); skipped"),
        ({"version": 3}, "not the record of a turn (the record has version 3, this package reads 1 and 2); skipped"),
    ],
)
def test_a_record_that_cannot_be_read_is_left_out(record, said):
    """The rest is restored, and the cell and the reason are told."""
    notebook = three()
    data_of(notebook, 1)[MIME_TYPE] = record
    rebuilt = restored(notebook)
    assert shown(rebuilt) == ["1", "3"]
    assert rebuilt.left_out == (f"Cell 2: {said}",)


def test_a_turn_of_a_million_characters_is_restored():
    """Text is text."""
    long = "long " * 200_000
    assert restored(notebook_of(turn("1", reply=Reply(long)))).turns[0].content == long


def test_numbers_without_end_are_unknown():
    """Integers that Python refuses to read, and such as no float holds."""
    notebook = three()
    data_of(notebook, 0)[MIME_TYPE]["usage"] = {"prompt_tokens": "HERE", "completion_tokens": 5}
    for digits in (400, 5000):
        rebuilt = reader.rebuild_from(json.dumps(notebook).replace('"HERE"', "9" * digits))
        usage = rebuilt.turns[0].usage
        assert (usage.prompt_tokens, usage.completion_tokens) == (None, 5)


def test_cells_moved_copied_deleted_and_edited():
    """The order of the chat stays; the copy and the deleted do not count; what was edited by hand is what was said."""
    notebook = notebook_of(*(turn(str(name), str(name)) for name in range(1, 6)))
    cells = notebook["cells"]
    data_of(notebook, 0)[MIME_TYPE]["reply"]["content"] = "edited"
    copied = {**copy.deepcopy(cells[4]), "id": "new"}
    notebook["cells"] = [cells[3], copied, cells[4], cells[0], cells[1]]
    rebuilt = restored(notebook)
    assert shown(rebuilt) == ["1", "2", "4", "5"]
    assert rebuilt.turns[3].content != "edited"
    assert rebuilt.conversation.turns("main")[0].content == "edited"
    assert [place.cell_id for place in rebuilt.conversation.places("main")] == ["1", "2", "4", "5"]
    assert rebuilt.left_out == ("Cell 2 only redisplays an answer; skipped",)


def test_two_cells_with_one_id_are_two_cells():
    """Jupyter gives the second another id."""
    notebook = three()
    notebook["cells"][1]["id"] = "a"
    rebuilt = restored(notebook)
    assert shown(rebuilt) == ["1", "2", "3"]
    assert len({place.cell_id for place in rebuilt.conversation.places("main")}) == 3


NOISE = [
    None,
    "cell",
    [],
    {},
    {"cell_type": "code"},
    {"cell_type": "code", "outputs": None},
    {"cell_type": "code", "outputs": {}},
    {"cell_type": "code", "id": 7, "outputs": [None, [], "output", {}, {"data": None}, {"data": [MIME_TYPE]}]},
    {"cell_type": "code", "id": ["x"], "outputs": [{"output_type": "stream", "name": "stdout", "text": MIME_TYPE}]},
    {"cell_type": "code", "outputs": [{"data": {"text/html": f"<script>{MIME_TYPE}</script>"}}]},
    {"cell_type": "code", "outputs": [{"data": {"application/vnd.other+json": {"version": 1, "id": "x"}}}]},
    {"cell_type": "code", "outputs": [{"output_type": "error", "ename": MIME_TYPE, "traceback": 1}]},
    {"cell_type": "markdown", "source": 1, "attachments": {"a.png": {MIME_TYPE: {"version": 1}}}},
]


@pytest.mark.parametrize("noise", NOISE)
def test_whatever_else_is_in_the_notebook_does_not_matter(noise):
    """Invalid cells, other tools' outputs: no record, no word about them, no warning."""
    notebook = three()
    notebook["cells"].insert(1, noise)
    notebook["metadata"] = noise
    notebook["nbformat_minor"] = noise
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert restored(notebook) == restored(three())


def test_only_the_texts_of_the_record_are_taken():
    """Not the HTML beside it, and nothing of the cell's source."""
    notebook = three()
    for cell in notebook["cells"]:
        cell["source"] = "%%runware\nINJECTED"
        cell["outputs"][0]["data"]["text/html"] = "<script>INJECTED</script>"
    rebuilt = restored(notebook)
    assert rebuilt == restored(three())
    assert "INJECTED" not in repr(rebuilt)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The text is not a notebook: line 1 is not JSON."),
        ('{"nbformat": 4,\n "cells": [', "The text is not a notebook: line 2 is not JSON."),
        ("[" * 100_000, "The text is not a notebook: line 1 is not JSON."),
        ("[]", "The text is not a notebook: it has no nbformat number."),
        ("{}", "The text is not a notebook: it has no nbformat number."),
        ('{"nbformat": true, "cells": []}', "The text is not a notebook: it has no nbformat number."),
        ('{"nbformat": "4", "cells": []}', "The text is not a notebook: it has no nbformat number."),
        ('{"nbformat": 4}', "The text is not a notebook: it has no cells."),
        ('{"nbformat": 4, "cells": {}}', "The text is not a notebook: it has no cells."),
        ('{"nbformat": 3, "worksheets": []}', "The text is a notebook of format 3; this reads format 4."),
        ('{"nbformat": 5, "cells": []}', "The text is a notebook of format 5; this reads format 4."),
        (f'{{"nbformat": {"9" * 5000}, "cells": []}}', "The text is a notebook of format inf; this reads format 4."),
    ],
)
def test_what_is_no_notebook_is_said_in_one_line(text, said):
    """With a hint."""
    with pytest.raises(UsageError) as caught:
        reader.rebuild_from(text)
    assert caught.value.message == said
    assert caught.value.hint
    assert "\n" not in str(caught.value)


def not_there(folder):
    """Name a file that is not there."""
    return folder / "no.ipynb"


def within_a_file(folder):
    """Name a file within a file."""
    (folder / "file").touch()
    return folder / "file" / "no.ipynb"


def not_utf8(folder):
    """Write a file in another encoding."""
    (folder / "latin.ipynb").write_bytes(b'{"a": "\xe9"}')
    return folder / "latin.ipynb"


def pipe(folder):
    """Make a pipe that nobody writes to."""
    os.mkfifo(folder / "pipe.ipynb")
    return folder / "pipe.ipynb"


def huge(folder):
    """Make a file of a terabyte, with nothing in it."""
    with (folder / "huge.ipynb").open("wb") as file:
        file.truncate(2**40)
    return folder / "huge.ipynb"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (not_there, "There is no file {}."),
        (within_a_file, "There is no file {}."),
        (lambda _: "a\0b.ipynb", "There is no file a\ufffdb.ipynb."),
        (lambda _: "\x1b[2J\n.ipynb", "There is no file \ufffd[2J\ufffd.ipynb."),
        (lambda folder: folder, "{} is a folder."),
        (not_utf8, "{} is not a notebook: byte 7 is not UTF-8."),
        pytest.param(
            pipe, "{} is not a file.", marks=pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
        ),
        (huge, "{} has 1048576 MB; at most 512 MB can be read."),
    ],
)
def test_a_file_that_cannot_be_read_is_said_in_one_line(tmp_path, make, said):
    """With a hint; and nothing is counted in it."""
    path = make(tmp_path)
    with pytest.raises(UsageError) as caught:
        reader.read(path)
    text = str(path)
    assert caught.value.message == said.format(text if len(text) <= 120 else f"…{text[-120:]}")
    assert caught.value.hint
    assert "\n" not in str(caught.value)
    assert reader.holds_turns(path) == 0


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_said_in_one_line(tmp_path):
    """With a hint."""
    path = tmp_path / "secret.ipynb"
    path.touch(mode=0)
    with pytest.raises(UsageError, match="permission denied"):
        reader.read(path)


def test_a_name_that_is_too_long_is_said_in_one_line():
    """Its end is told."""
    with pytest.raises(UsageError) as caught:
        reader.read("n" * 5000)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_a_file_is_read(tmp_path, monkeypatch, start):
    """By its path, also below the home folder; with and without a byte order mark."""
    (tmp_path / "lesson.ipynb").write_text(start + json.dumps(three()), encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert shown(reader.read(tmp_path / "lesson.ipynb")) == ["1", "2", "3"]
    assert shown(reader.read("~/lesson.ipynb")) == ["1", "2", "3"]


def test_the_home_of_nobody_is_not_there():
    """A tilde that stands for no folder."""
    with pytest.raises(UsageError, match="There is no file ~"):
        reader.read("~nobody-of-this-name/lesson.ipynb")


def written(path, notebook):
    """Write a notebook to a file."""
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def test_turns_are_counted(tmp_path):
    """Each once, without those that were forgotten or stand outside of every chat."""
    notebook = notebook_of(turn("1", "a"), turn("2", "b"), turn("3", "c"), turn("once", "d", chat=None))
    data_of(notebook, 2)[MIME_TYPE]["places"] = []
    notebook["cells"].append({**notebook["cells"][0], "id": "copy"})
    data_of(notebook, 1)[MIME_TYPE] = json.dumps(data_of(notebook, 1)[MIME_TYPE])
    assert reader.holds_turns(written(tmp_path / "a.ipynb", notebook)) == 2


@pytest.mark.parametrize("record", [None, 1, "x", [], {}, {"id": []}, {"id": "1", "chat": None}])
def test_what_is_no_turn_is_not_counted(tmp_path, record):
    """And never fails; the others are counted."""
    notebook = three()
    data_of(notebook, 0)[MIME_TYPE] = record
    assert reader.holds_turns(written(tmp_path / "a.ipynb", notebook)) == 2


@pytest.mark.parametrize("noise", [{}, {"nbformat": 3}, {"nbformat": 4}, [MIME_TYPE]])
def test_a_file_that_is_no_notebook_holds_no_turns(tmp_path, noise):
    """Not even if it speaks of them."""
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps([noise, MIME_TYPE]), encoding="utf-8")
    assert reader.holds_turns(path) == 0


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Work in a folder with a notebook, as a kernel does."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    (tmp_path / "work" / "lesson.ipynb").touch()
    (tmp_path / "work" / "lesson.py").touch()
    (tmp_path / "work" / "folder.ipynb").mkdir()
    return tmp_path / "work"


@pytest.mark.parametrize(
    "told",
    [
        "{}/lesson.ipynb",
        "lesson.ipynb",
        "work/lesson.ipynb",
        "/old/place/lesson.ipynb",
        "RTC:lesson.ipynb",
        "RTC:work/lesson.ipynb",
        r"C:\work\lesson.ipynb",
    ],
)
def test_the_open_notebook_is_found(folder, told):
    """By an absolute path, one from the server's root, or its name: kernels start in the folder of their notebook."""
    for environment, variables in (
        ({"JPY_SESSION_NAME": told.format(folder)}, {}),
        ({}, {"__vsc_ipynb_file__": told.format(folder)}),
    ):
        found = reader.find(environment, variables)
        assert found is not None
        assert found.samefile(folder / "lesson.ipynb")


@pytest.mark.parametrize(
    "told",
    [
        "",
        "renamed.ipynb",
        "lesson.py",
        "folder.ipynb",
        "console-1-0c1e",
        "/",
        "a\0.ipynb",
        "n" * 5000 + ".ipynb",
        "\ud800",
    ],
)
def test_an_open_notebook_that_is_not_there_is_not_found(folder, told):
    """A stale name, a console, something else."""
    assert folder.exists()
    assert reader.find({"JPY_SESSION_NAME": told}, {"__vsc_ipynb_file__": told}) is None


def test_nothing_told_is_nothing_found():
    """And a variable of that name may hold anything."""
    assert reader.find({}, {}) is None
    assert reader.find({}, {"__vsc_ipynb_file__": 7}) is None


def test_vs_code_is_believed_first(folder):
    """There the other name is that of a stand-in."""
    (folder / "real.ipynb").touch()
    variables = {"__vsc_ipynb_file__": str(folder / "real.ipynb")}
    assert reader.find({"JPY_SESSION_NAME": "lesson.ipynb"}, variables) == folder / "real.ipynb"
