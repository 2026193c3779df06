"""What changed from one version of a turn to the next, as text and as HTML."""

import html
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runware_magic.chat.conversation import VersionedTurn
from runware_magic.chat.messages import Message
from runware_magic.chat.text import plain
from runware_magic.chat.turn import COMPLETE, STOPPED, Reply, Timing, Turn
from runware_magic.chat.usage import Usage
from runware_magic.display.render import version_diff
from runware_magic.display.render.sanitize_html import clean
from runware_magic.display.render.version_diff import Difference, as_html, as_text, versions_table
from runware_magic.display.render.word_diff import Piece, compare

BRACKETS = st.text("[]{}-+\\ ab\n")
HOSTILE = st.lists(
    st.sampled_from(["<script>", "</del>", "<ins>", "<img src=x onerror=a>", "&lt;", "$x$", "\\(", "'", '"', "\x1b[1m"])
    | st.text(max_size=3)
).map("".join)
TAGS = re.compile(r"<[^>]*>")
OURS = re.compile(r'</?(?:div|span)>|</?(?:ins|del)>|<(?:ins|del|div)(?: (?:class|style|dir)="[\w #:;%().,-]*")+>')


def read_back(text):
    """Apply a plain difference: give the old text and the new one."""
    parts = re.split(r"(\[-(?:.+?)-\]|\{\+(?:.+?)\+\})", text, flags=re.DOTALL)
    sides = ["", ""]
    for at, part in enumerate(parts):
        inside = part if at % 2 == 0 else part[2:-2]
        inside = re.sub(r"(?<=[\[{])\\(\\*)(?=[-+])|(?<=[-+])\\(\\*)(?=[\]}])", remaining, inside)
        for side in (0, 1) if at % 2 == 0 else (0,) if part[0] == "[" else (1,):
            sides[side] += inside
    return tuple(sides)


def remaining(found):
    """Take a backslash away where it stands in a mark; ``[+`` is none."""
    around = found.string[found.start() - 1] + found.string[found.end()]
    return (found[1] or found[2] or "") if around in {"[-", "-]", "{+", "+}"} else found[0]


def turn(prompt="Why?", answer="Because.", id_="a", **fields):
    """Give a turn that ended."""
    given = {
        "model": "minimax:m2.7@0",
        "endpoint": "demo",
        "messages": (Message("user", prompt),),
        "timing": Timing("2026-01-01T00:00:00Z", 0.4, 2.1),
        "reply": Reply(answer),
        "state": COMPLETE,
    }
    return Turn(id=id_, **given | fields)


def shown(value):
    """Give a value as a front end gets it: HTML and text."""
    bundle = value._repr_mimebundle_()
    return bundle["text/html"], bundle["text/plain"]


@given(BRACKETS | st.text(), BRACKETS | st.text())
def test_the_plain_difference_gives_back_both_texts(old, new):
    """Marks that stand in the texts themselves are told from those that we write."""
    assert read_back(as_text(compare(old, new))) == (old, new)


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("the cat sat", "the dog sat", "the [-cat-]{+dog+} sat"),
        ("a", "a b", "a{+ b+}"),
        ("x = [-1]", "x = [-2]", "x = [\\-[-1-]{+2+}]"),
    ],
)
def test_differences_as_text(old, new, text):
    """As wdiff writes them."""
    assert as_text(compare(old, new)) == text


def test_differences_as_html():
    """Old and new are struck and underlined, and so told without colours."""
    found = as_html((Piece("a ", "a "), Piece("<b>", "$c")))
    assert re.sub(r' style="[^"]*"', "", found) == "a <del>&lt;b&gt;</del><ins><span>$</span>c</ins>"
    assert "line-through" in found.partition("<ins")[0]
    assert "underline" in found.partition("<ins")[2]


def test_a_line_that_ends_is_seen():
    """A changed line end has a sign of its own."""
    assert as_html((Piece("", "\n"),)).endswith(">↵\n</ins>")


@given(HOSTILE, HOSTILE)
def test_html_has_no_tags_but_ours(old, new):
    """Whatever the texts hold."""
    found = as_html(compare(old, new))
    assert all(OURS.fullmatch(tag) for tag in TAGS.findall(found))
    kept = "".join(plain(piece.old + ("" if piece.same else piece.new)) for piece in compare(old, new))
    assert html.unescape(TAGS.sub("", found)).replace("↵", "") == kept.replace("↵", "")


@given(HOSTILE, HOSTILE, HOSTILE)
def test_the_door_changes_nothing_of_a_difference(title, old, new):
    """What is shown is what was written: only our tags, with their styles."""
    markup, _ = shown(Difference(title, compare(old, new)))
    assert clean(markup) == markup
    assert all(OURS.fullmatch(tag) for tag in TAGS.findall(markup))


def test_what_stayed_the_same_is_shown_in_part():
    """The beginning and the end of a long piece, and how much was left out; changes are there in full."""
    text = str(Difference("Answer", compare("x" * 5000 + " old", "x" * 5000 + " new")))
    assert text == "Answer:\n" + "x" * 300 + " ⋯ 4,401 characters ⋯ " + "x" * 299 + " [-old-]{+new+}"


def test_versions_are_a_table_and_their_differences(monkeypatch):
    """Facts of each version, and from each to the next what changed in prompt and answer."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr(version_diff, "local_time", lambda started: started[:16].replace("T", " "))
    first = turn(parameters={"temperature": 0.7, "seed": 3}, usage=Usage(5, 7, 12, 0.01))
    second = turn("Why not?", "Because not.", "b", parameters={"temperature": 0.2, "seed": 3})
    third = turn("Why not?", "Beca", "c", state=STOPPED, parameters={"temperature": 0.2, "top_p": 1}, model="x:y@1")
    text = str(versions_table(VersionedTurn("cell", (first, second, third), shown=1), 2))
    assert [re.split("  +", line) for line in text.split("\n")] == [
        ["Versions of turn 2"],
        ["version", "answer", "parameters changed", "state", "cost", "tokens in/out", "time", "model", "asked"],
        ["", "1", "Because.", "$0.0100", "5 / 7", "2.1 s", "minimax:m2.7@0", "2026-01-01 00:00"],
        [
            *("", "2", "in use", "Because not.", "temperature 0.7 → 0.2", "?", "? / ?", "2.1 s", "minimax:m2.7@0"),
            "2026-01-01 00:00",
        ],
        [
            *("", "3", "Beca", "seed 3 → unset, top_p unset → 1", "stopped", "?", "? / ?", "2.1 s", "x:y@1"),
            "2026-01-01 00:00",
        ],
        [""],
        ["Version 1 → 2 · cost $0.0100 → ? · time 2.1 s → 2.1 s"],
        [""],
        ["Prompt:"],
        ["Why{+ not+}?"],
        [""],
        ["Answer:"],
        ["Because{+ not+}."],
        [""],
        ["Version 2 → 3 · cost ? → ? · time 2.1 s → 2.1 s"],
        [""],
        ["Prompt: the same"],
        [""],
        ["Answer:"],
        *(["Before:"], ["Because not."], ["After:"], ["Beca"]),
    ]


def test_one_version_has_no_differences():
    """And says so."""
    assert str(versions_table(VersionedTurn(None, (turn(),)))).endswith("There is only one version.")


def test_other_messages_of_a_prompt_are_named_by_role():
    """A system message that was added is seen as such."""
    with_system = turn(messages=(Message("system", "Be brief."), Message("user", "Why?")))
    assert "{+system:\nBe brief.\n\nuser:\n+}Why?" in str(versions_table(VersionedTurn(None, (turn(), with_system))))


@given(HOSTILE)
def test_versions_show_hostile_text_as_text(text):
    """Names, models, parameters, prompts and answers: no tag but ours, and no control character."""
    hostile = turn(text, text, "b", model=text, parameters={text: text}, timing=Timing(text), state=text)
    markup, plain_text = shown(versions_table(VersionedTurn(None, (turn(), hostile))))
    allowed = re.compile(
        OURS.pattern + r"|</?(?:table|tbody|thead|tr|a)>|</t[dh]>"
        r'|<(?:table|tbody|thead|tr|t[dh]|a)(?: (?:style|scope|dir|tabindex|role|aria-label|rel)="[\w #:;%().,-]*")+>'
    )
    assert [tag for tag in TAGS.findall(markup) if not allowed.fullmatch(tag)] == []
    assert "\x1b" not in plain_text
    assert 'class="runware-table mathjax_ignore tex2jax_ignore"' in markup
