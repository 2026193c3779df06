"""The page for a teacher: every version, what changed and what it took, and nothing that is nobody's business."""

import re
from dataclasses import replace
from pathlib import Path, PureWindowsPath

import pytest
from exported_pages import FACES
from hypothesis import given
from hypothesis import strategies as st
from terminal_ipython import cell, line, saying

from runware_magic.chat.conversation import Conversation
from runware_magic.chat.lineage import asked_after
from runware_magic.chat.messages import Message
from runware_magic.chat.turn import Reply, Timing, Turn, Variant
from runware_magic.chat.usage import Usage
from runware_magic.chat.verdict import Verdict
from runware_magic.errors import OptionError, UsageError
from runware_magic.notebook.anonymize import Anonymizer
from runware_magic.notebook.hand_in import write
from runware_magic.transport.endpoint import Key

HOSTILE = "</div></details></style><script>alert(1)</script><img src=x onerror=alert(1)>[a](javascript:alert(1))"
SECRET = "sk-Q7pL2mZx9Rt4Vb6Nc8Wd"


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    """Every path is relative to a folder of its own."""
    monkeypatch.chdir(tmp_path)


def turn(name, text="Why?", answer="Because.", **more):
    """Return a turn that was answered."""
    fields = {"cell_id": f"cell-{name[0]}", "state": "complete", "reply": Reply(answer, more.pop("reasoning", ""))}
    timing = Timing("2026-11-25T10:00:00Z", 0.5, 2.0)
    usage = Usage(prompt_tokens=5, completion_tokens=2, cost=0.01)
    return Turn(name, "m", "e", (Message("user", text),), timing, **{"usage": usage, **fields, **more})


def talk(*turns):
    """Make turns that follow each other; those in a list were asked for at once."""
    conversation = Conversation()
    for each in turns:
        first = each[0] if isinstance(each, list) else each
        parent, context = asked_after(conversation, first.chat, first.cell_id)
        new = tuple(replace(t, parent=parent, context=context) for t in (each if isinstance(each, list) else [each]))
        conversation = conversation.with_variants(new) if isinstance(each, list) else conversation.with_turn(new[0])
    return conversation


def asked_at_once(name, *answers):
    """Return the answers of a comparison."""
    return [
        turn(
            f"{name}{number}",
            answer=answer,
            variant=Variant(f"of {name}", number, len(answers), {"temperature": str(number)}),
            verdicts=(Verdict("contains:x", "x" in answer, "no x"),),
        )
        for number, answer in enumerate(answers, 1)
    ]


def hand_in(conversation, *chats, anonymize=str, notebook=None):
    """Write the page; give the report and the text."""
    chats = chats or tuple(conversation.chats)
    path = Path("work.html")
    settings = {"faces": FACES, "anonymize": anonymize, "open_notebook": notebook, "force": True}
    report = write(path, conversation, chats=chats, **settings)
    return report, path.read_text(encoding="utf-8")


def text_of(page):
    """Return what a reader sees, on one line."""
    return " ".join(re.sub("<[^>]*>", " ", page.partition("</style>")[2]).split())


def test_all_chats_are_on_one_page():
    """With what all of it took, and what each turn did; called after the notebook."""
    conversation = talk(turn("1", "One?", "Eins."), turn("2", "Two?", "Zwei."), turn("3", "Three?", chat="b"))
    report, page = hand_in(conversation, notebook=Path("elsewhere/lesson.ipynb"))
    assert report == "Wrote 3 turns of 2 chats, 3 answers in total, to work.html."
    assert "<title>lesson</title>" in page
    text = text_of(page)
    assert "3 answers · 2026-11-25 · m · $0.0300 · 6.0 s" in text
    assert "1 · 2026-11-25 10:00:00 UTC · $0.0100 · 2.0 s One? Eins. m" in text
    assert [text.index(said) for said in ("One?", "Two?", "Three?")] == sorted(
        text.index(said) for said in ("One?", "Two?", "Three?")
    )


def test_versions_stand_there_with_their_differences():
    """The one that counts in full; the others, and what changed, folded."""
    _, page = hand_in(talk(turn("1a", answer="It is red."), turn("1b", "Why so?", answer="It is blue.")))
    assert page.count('<details class="other">') == 2
    assert "<summary>2 versions: what changed</summary>" in page
    assert "<summary>Version 1 · 2026-11-25 10:00:00 UTC</summary>" in page
    assert re.search("<del [^>]*>red</del><ins [^>]*>blue</ins>", page)
    assert text_of(page).index("It is blue.") < text_of(page).index("It is red.")
    assert "$0.0200 · 4.0 s Why so?" in text_of(page)


def test_a_comparison_is_one_version():
    """Its table, checks and answers; beside a single answer of the same cell, one of two."""
    conversation = talk(turn("1"), asked_at_once("1", "an x", "none"), turn("2"))
    report, page = hand_in(conversation)
    text = text_of(page)
    assert report == "Wrote 2 turns of chat main, 4 answers in total, to work.html."
    assert "2 answers · m # temperature first token" in text
    assert "2 versions: what changed" in text
    assert "Check contains:x failed: no x" in text
    assert page.count("runware-comparison") == 1


def test_a_comparison_that_does_not_count_any_more_is_kept():
    """Folded, as every other version."""
    _, page = hand_in(talk(asked_at_once("1", "an x", "none"), turn("1z", answer="Alone.")))
    assert page.count("runware-comparison") == 1
    assert text_of(page).index("Alone.") < text_of(page).index("an x")


def test_what_a_fork_shares_is_told_once():
    """And the fork says where."""
    conversation = talk(turn("1", "Shared?"), turn("2")).forked("main", "b", 1).with_turn(turn("3", chat="b"))
    report, page = hand_in(conversation)
    assert report.startswith("Wrote 3 turns of 2 chats, 3 answers")
    assert text_of(page).count("Shared?") == 1
    assert "The first turn is shown above, in chat main." in page


def test_a_turn_that_was_answered_before_something_changed_says_so():
    """As everywhere else."""
    _, page = hand_in(talk(turn("1a"), turn("2"), turn("1b", answer="Another.")))
    assert "before turn 1" in text_of(page) or "turn 1" in text_of(page)


def test_what_is_unknown_is_no_zero():
    """An endpoint that tells no cost."""
    _, page = hand_in(talk(turn("1", usage=None), turn("2")))
    assert "$0.0100 (1 answer not reported)" in text_of(page)
    _, page = hand_in(talk(turn("1", usage=None)))
    assert "cost unknown" in text_of(page)


def test_what_was_replayed_is_not_billed():
    """In all, and turn by turn; each answer says when it was recorded."""
    _, page = hand_in(talk(turn("1", recorded="2026-11-20"), turn("2")))
    text = text_of(page)
    assert "$0.0100 + $0.0100 (not billed) · 4.0 s" in text
    assert "1 · 2026-11-25 10:00:00 UTC · $0.0100 (not billed) · 2.0 s" in text
    assert "recorded 2026-11-20" in text


def test_nothing_in_a_conversation_is_obeyed():
    """Whoever wrote it."""
    hostile = [
        replace(each, model=HOSTILE, messages=(Message(HOSTILE, HOSTILE), Message("user", HOSTILE)), error=HOSTILE)
        for each in (turn("1a", reasoning=HOSTILE, chat=HOSTILE), turn("1b", answer=HOSTILE, chat=HOSTILE))
    ]
    variants = [
        replace(each, chat=HOSTILE, variant=replace(each.variant, labels={HOSTILE: HOSTILE}))
        for each in asked_at_once("2", HOSTILE, "x")
    ]
    _, page = hand_in(talk(*hostile, variants), notebook=Path(f"{HOSTILE.replace('/', '')}.ipynb"))
    assert not re.search(r"<(?:script|link|img|iframe|object|form|base)\b|<[^>]*(?: src=| on\w+=)|url\(|@import", page)
    assert 'href="javascript' not in page
    assert "default-src 'none'" in page
    assert page.count("<details") == page.count("</details>")
    assert page.count("<section>") == page.count("</section>") == 2


def test_neither_keys_nor_folders_are_on_the_page(tmp_path):
    """Wherever in a turn they stand."""
    home, here = tmp_path / "home", tmp_path / "home" / "lesson"
    anonymize = Anonymizer((Key(SECRET, "x"), None, Key("EMPTY", "y")), home, here)
    told = f"{SECRET} {home}/data.csv {here}/a.csv EMPTY"
    leaky = replace(
        turn("1", told, told, reasoning=told, chat=told),
        error=told,
        parameters={"stop": [told], told: 1},
        verdicts=(Verdict(told, passed=False, why=told),),
        model=told,
    )
    variant = replace(leaky, id="2", cell_id="2", variant=Variant("c", 1, 1, {told: told}))
    turns = talk(leaky, replace(leaky, id="1b"), variant)
    _, page = hand_in(turns, anonymize=anonymize, notebook=here / f"{SECRET}.ipynb")
    assert SECRET not in page
    assert str(tmp_path) not in page
    assert "… ~/data.csv ./a.csv EMPTY" in page


def test_a_folder_is_hidden_however_it_is_written():
    """In an address, and in JSON."""
    anonymize = Anonymizer((), Path("/home/für mich"), Path("/data/C:\\Users\\me"))
    assert anonymize("file:///home/f%C3%BCr%20mich/a /home/für mich/b") == "file://~/a ~/b"
    assert anonymize('{"at": "/data/C:\\\\Users\\\\me\\\\a"}') == '{"at": ".\\\\a"}'


class OnWindows(PureWindowsPath):
    """A folder of Windows, as far as it is asked."""

    def resolve(self):
        """Give it as it is."""
        return self


def test_a_folder_of_windows_is_hidden_in_either_case():
    """As VS Code writes the drive in lower case, and Python in upper case."""
    anonymize = Anonymizer((), OnWindows(r"C:\Users\me"), OnWindows(r"c:\Users\me\work"))
    assert anonymize(r"c:\users\me\a C:\Users\me\work\b") == r"~\a .\b"
    assert anonymize("file:///C:/Users/me/a") == "file:///~/a"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/home/me", "~"),
        ("/home/me/a", "~/a"),
        ("file:///home/me/a", "file://~/a"),
        ("/home/me2/a", "/home/me2/a"),
        ("/home/me-too", "/home/me-too"),
        ("https://example.org/home/me/a", "https://example.org/home/me/a"),
        ("'/home/me/work/x' /home/me/workshop", "'./x' ~/workshop"),
    ],
)
def test_a_folder_is_hidden_where_it_is_meant(text, shown):
    """And not within a longer name, or an address."""
    assert Anonymizer((), Path("/home/me"), Path("/home/me/work"))(text) == shown


@given(st.text(max_size=40))
def test_where_there_is_nothing_to_hide_a_text_stays_as_it_is(text):
    """A home that is the root of all is none."""
    assert Anonymizer((), Path("/"), Path("/"))(text) == text


def test_a_hand_in_is_written_as_an_export_is(shell, asked):
    """By a command, never over a file that is there, and of a chat if one is named."""
    asked(*saying("One.", "Two.", "Three."))
    with pytest.raises(UsageError, match="no turns to hand in"):
        line(shell, "hand-in work.html")
    cell(shell, "", "Hi")
    cell(shell, "-c b", "Ho")
    assert line(shell, "hand-in work.html") == "Wrote 2 turns of 2 chats, 2 answers in total, to work.html.\n"
    with pytest.raises(UsageError, match="--force"):
        line(shell, "hand-in work.html")
    assert line(shell, "hand-in work.html --chat b --force").startswith("Wrote 1 turn of chat b, 1 answer in total")
    assert "Ho" in Path("work.html").read_text(encoding="utf-8")
    for wrong, kind, said in (
        ("", OptionError, "needs a file name"),
        ("work.md", UsageError, "A hand-in must be an .html file, not .md."),
        ("other.html --chat c", OptionError, "There is no chat 'c'"),
    ):
        with pytest.raises(kind, match=re.escape(said)):
            line(shell, f"hand-in {wrong}")
    assert [path.name for path in Path().iterdir()] == ["work.html"]
