"""An answer as data in every place that shows answers: settled, growing, in a terminal, aloud, and in a table."""

import io
import json
import re
from dataclasses import replace

import comm
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ipywidgets import HTML, Layout
from json_answers import TreeReader, answers, assert_begins, pieces, rows_of
from screen import Screen

from runware_magic.chat.answer_json import json_of
from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.events import ContentDelta
from runware_magic.chat.text import plain
from runware_magic.chat.turn import COMPLETE, FAILED, Reply, Timing, Turn, Variant
from runware_magic.display.render.answer_data import text_of
from runware_magic.display.render.bundle import bundle
from runware_magic.display.render.comparison import comparison_bundle
from runware_magic.display.render.comparison_table import beginning, told_whole
from runware_magic.display.render.json_speech import SpokenJson
from runware_magic.display.render.json_text import GrowingJsonText
from runware_magic.display.views.announcer import Narrator
from runware_magic.display.views.growing_text import Styles
from runware_magic.display.views.panel import Panel
from runware_magic.display.views.terminal import TerminalView
from runware_magic.display.views.updates import UpdatesView
from runware_magic.engine.view import Settled

ASKED = {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}}
TURN = Turn("1", "m", "https://x", (), Timing("2026-01-01T00:00:00Z"), parameters=ASKED, schema_sent="response_format")
VALUE = {"name": "Ada *Lovelace*", "born": 1815, "wrote": [{"title": "Notes", "pages": None}]}
TEXT = f"Here it is:\n\n```json\n{json.dumps(VALUE)}\n```"
ANSWERED = replace(TURN, state=COMPLETE, data=object(), reply=Reply(TEXT))


def test_a_settled_answer_is_a_tree_with_its_plain_text():
    """Also where the data is an object of the user's class; other readers get it as code and as text."""
    shown = bundle(ANSWERED)
    assert "as plain text</summary>" in shown["text/html"]
    assert "answer as Markdown" not in shown["text/html"]
    assert_begins(TreeReader(shown["text/html"]).rows, list(rows_of(VALUE)), ended=True)
    text = json.dumps(VALUE, indent=2)
    assert f"```json\n{text}\n```" in shown["text/markdown"]
    assert shown["text/plain"].startswith(text)


@pytest.mark.parametrize("text", ["Here it is:\n\n{}\nThat is all.", "Here it is:\n```json\n{}\n```\n\nThat is all."])
def test_prose_around_the_data_stays(text):
    """Above the tree and below it, without fences, as while it came: the tree does not jump."""
    shown = bundle(replace(ANSWERED, reply=Reply(text.replace("{}", json.dumps(VALUE)))))["text/html"]
    before, tree, after = re.split("(?s)(<details.*</details>)", shown.partition("as plain text")[0])[:3]
    assert re.search(">Here it is:</div>", before)
    assert re.search(">That is all.</div>", after)
    assert "```" not in shown
    assert tree


def test_an_answer_that_does_not_match_shows_as_it_came():
    """As Markdown, without a tree."""
    shown = bundle(replace(ANSWERED, data=None, state=FAILED))
    assert "Here it is:" in shown["text/html"]
    assert "as plain text" not in shown["text/html"]


@pytest.mark.parametrize("text", ['{\n  "name": "*Ada*"\n}', '[\n  "````"\n]', '{"name": "A'])
def test_json_that_does_not_match_is_code(text):
    """With its lines, and none of its signs is taken for Markdown; what there is to copy is the text as it came."""
    shown = bundle(replace(ANSWERED, data=None, state=FAILED, reply=Reply(text)))
    assert "<em" not in shown["text/html"]
    assert "<pre" in shown["text/html"]
    assert f"json\n{text}\n```" in shown["text/markdown"]
    assert shown["text/plain"].startswith(text)


def test_a_comparison_shows_trees_and_compact_beginnings():
    """In columns, and in the rows of a table."""
    turns = [
        replace(ANSWERED, id=str(number), variant=Variant("c", number, 6, {"row": str(number)}))
        for number in range(1, 7)
    ]
    small = replace(turns[0], reply=Reply('{"a":\n 1}'))
    assert (beginning(small), told_whole(small)) == ('{"a": 1}', True)
    assert beginning(turns[0]).startswith('{"name": "Ada *Lovelace*", ')
    assert not told_whole(turns[0])
    shown = comparison_bundle(turns[:2], turns[0])["text/html"], comparison_bundle(turns)["text/html"]
    assert [markup.count("as plain text</summary>") for markup in shown] == [2, 6]


def test_versions_that_differ_in_layout_only_are_the_same():
    """Their data is compared, not how it was written."""
    written = replace(ANSWERED, reply=Reply(json.dumps(VALUE, indent=4)))
    assert text_of(ANSWERED) == text_of(written) == json.dumps(VALUE, indent=2)
    assert text_of(replace(written, data=None)) != text_of(written)


@pytest.fixture
def panel(monkeypatch):
    """Return a panel whose widgets have no front end."""
    monkeypatch.setattr(comm, "create_comm", comm.DummyComm)
    return Panel(Styles(), Layout(), "")


def values(widget):
    """Return the HTML that a widget and those in it show."""
    return [getattr(widget, "value", ""), *(one for child in getattr(widget, "children", ()) for one in values(child))]


def draw(panel, *texts, builder=None):
    """Draw an answer piece by piece."""
    builder = builder or TurnBuilder(TURN)
    for text in texts:
        builder.fold(ContentDelta(text), 1.0)
        panel.draw(builder, 1.0)
    return "".join(values(panel.box))


def test_a_panel_shows_a_tree_where_a_schema_was_asked_for(panel):
    """And Markdown elsewhere."""
    assert "Ada *Love" in draw(panel, "", '{"name": "Ada *Love')
    plainly = Panel(Styles(), Layout(), "")
    assert "<em>b</em>" in draw(
        plainly, '{"a": "*b*', builder=TurnBuilder(replace(TURN, parameters={}, schema_sent=""))
    )


def test_a_repair_begins_a_new_tree(panel):
    """The builder of the next try replaces the first, in the same panel."""
    assert "first" in draw(panel, '{"name": "first", "born": "x"}')
    panel.draw(TurnBuilder(TURN), 1.0)
    shown = draw(panel, '{"name": "second", ', '"born": 1}')
    assert "first" not in shown
    assert "second" in shown
    assert "{…} 2 fields" in shown


def test_a_display_that_is_updated_shows_a_tree():
    """Where there are no widgets."""

    class Handle:
        shown = ""

        def update(self, data, *, raw):
            assert raw
            self.shown = data["text/html"]

    handle = Handle()
    view = UpdatesView(show=lambda *_, **__: handle)
    builder = TurnBuilder(TURN)
    view.open(builder)
    for text in ('{"name": "A', 'da", "born": 18'):
        builder.fold(ContentDelta(text), 1.0)
        view.draw(builder, 1.0)
    assert TreeReader(handle.shown).rows == [(0, None, "{…}"), (1, "name", 'Ada"')]


def written(*texts, colour=False):
    """Return what a terminal shows of an answer that comes in pieces."""
    stream, builder = io.StringIO(), TurnBuilder(TURN)
    view = TerminalView(lambda: stream, colour=colour)
    view.open(builder)
    for text in texts:
        builder.fold(ContentDelta(text), 1.0)
        view.draw(builder, 1.0)
    view.settle(Settled(builder.snapshot(COMPLETE)))
    return stream.getvalue()


def test_a_terminal_writes_it_indented():
    """As it grows, each thing once."""
    text = written("Here:\n```json\n", '{"a": [1, 2.', '5], "b": "x\\', 'n", "c": {}}\n```\n')
    assert text.startswith('Here:\n{\n  "a": [\n    1,\n    2.5\n  ],\n  "b": "x\\n",\n  "c": {}\n}\n')


def test_a_terminal_writes_also_what_is_cut_off():
    """What waited for its end shows as it came."""
    assert written('{"a": 1, "b": 2').startswith('{\n  "a": 1, "b": 2\n')
    assert written("I cannot.").startswith("I cannot.\n")


def test_a_terminal_begins_a_repair_on_a_line_of_its_own():
    """What does not match stays above it."""
    stream = io.StringIO()
    view = TerminalView(lambda: stream, colour=False)
    for text in ('{"born": "x"', '{"born": 1}'):
        builder = TurnBuilder(TURN)
        builder.fold(ContentDelta(text), 1.0)
        view.draw(builder, 1.0)
    view.settle(Settled(builder.snapshot(COMPLETE)))
    assert stream.getvalue().startswith('{\n  "born": "x"\n{\n  "born": 1\n}\n')


def test_a_terminal_with_colours_shows_code():
    """Signs of Markdown in it mean nothing."""
    screen = Screen()
    screen.write(written('{"a": "*b*"}', colour=True))
    assert '"a": "*b*"' in "\n".join(screen.lines)


cuts = st.lists(st.integers(0, 400), max_size=8)


@given(answers(), cuts)
def test_text_that_only_grows_is_the_value_at_the_end(answer, where):
    """Whatever stands around it, such as what looks like another value: it stays in a block before."""
    value, text = answer
    growing = GrowingJsonText({"type": "object" if isinstance(value, dict) else "array"}, fenced=True)
    shown = "".join([*map(growing.feed, pieces(text, where)), growing.end()])
    last = shown[shown.rindex("```json\n{") if isinstance(value, dict) else shown.rindex("```json\n[") :]
    assert json_of(last, {"type": "object" if isinstance(value, dict) else "array"}) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"name": "Ada", "born": 1815, "tags": ["x", null]}', "name: Ada. born: 1815. tags. x. null."),
        ('{"people": [{"name": "A"}, {"name": ""}]}', "people. Item 1. name: A. Item 2. name: empty."),
        ("I cannot do that!\nSorry", "I cannot do that! Sorry."),
    ],
)
def test_fields_are_said_without_brackets(text, said):
    """Each once it is whole, and the rest at the end."""
    spoken = SpokenJson()
    heard = [*(spoken.more(text[:end]) for end in range(len(text))), spoken.rest(text)]
    assert " ".join(filter(None, heard)) == said


def test_a_narrator_says_fields():
    """Of an answer for which a schema was asked."""
    narrator, builder = Narrator(HTML().style), TurnBuilder(TURN)
    builder.fold(ContentDelta('{"name": "Ada", "born": 18'), 1.0)
    narrator.draw(builder, 1.0)
    assert "name: Ada." in narrator.widget.value
    narrator.end(replace(ANSWERED, reply=Reply('{"name": "Ada", "born": 1815}')), None)
    assert "born: 1815. Answer complete." in narrator.widget.value


def test_control_characters_are_nowhere():
    """In names and in values: they show as pictures, or are removed."""
    value = {"a\x1b[31m\u202e": "b\x00\x9b\u2066", "\ud800": "\udfff"}
    shown = bundle(replace(ANSWERED, reply=Reply(json.dumps(value))))
    for text in (shown["text/html"], shown["text/markdown"], shown["text/plain"]):
        assert plain(text) == text
