"""What stays of answers that were asked for at once."""

import html
import json
import re

import pytest
from variants import answer, answers

from runware_magic.chat.record import MIME_TYPE, from_record, to_record
from runware_magic.chat.text import encodable
from runware_magic.chat.turn import FAILED, Reply, Variant
from runware_magic.chat.usage import Usage
from runware_magic.chat.verdict import Verdict
from runware_magic.display.render import styles
from runware_magic.display.render.comparison import GROUP, comparison_bundle, settled_bundle, settled_parts
from runware_magic.display.render.comparison_table import MOST, comparison_table, rates_table
from runware_magic.display.render.sanitize_html import clean
from runware_magic.engine.view import Place, Settled

HOSTILE = "<script>x</script><img src=x onerror=y> | ![p](http://evil.invalid/p) [l](javascript:z) `c` $x$ \x1b[2J"


def columns(table):
    """Give each column of a table by its head."""
    return {head: [row[at] for row in table.rows] for at, head in enumerate(table.columns)}


def test_the_table_has_the_facts_of_each_answer_and_what_they_come_to():
    """What varies has a column; the answer that counts is marked; the last row is of all."""
    turns = answers(2, passed=(True, False))
    assert columns(comparison_table(turns, turns[1])) == {
        "#": ["1", "2", "all"],
        "": ["", "in use", ""],
        "temperature": ["1", "2", ""],
        "first token": ["0.41 s", "0.41 s", ""],
        "tokens/s": ["19", "19", ""],
        "tokens in/out": ["51 / 38", "51 / 38", "102 / 76"],
        "time": ["2.4 s", "2.4 s", ""],
        "cost": ["$0.0100", "$0.0100", "$0.0200"],
        "checks": ["✗ 1/2", "✗ 1/2", "✗ 2/4"],
    }


@pytest.mark.parametrize(
    ("change", "column", "texts"),
    [
        ({"usage": None}, "cost", ["?", "$0.0100", "≥ $0.0100"]),
        ({"recorded": "2026-11-25"}, "cost", ["$0.0100 (not billed)", "$0.0100", "$0.0100 + $0.0100 (not billed)"]),
        ({"usage": None}, "tokens in/out", ["? / ?", "51 / 38", "≥ 51 / ≥ 38"]),
        ({"usage": Usage(5, None)}, "tokens in/out", ["5 / ?", "51 / 38", "56 / ≥ 38"]),
        ({"state": FAILED}, "state", ["failed", "", ""]),
        ({"finish_reason": "length"}, "state", ["cut off at --max-tokens", "", ""]),
    ],
)
def test_what_is_unknown_or_odd_is_said(change, column, texts):
    """Unknown is not zero, and a sum that lacks something is a bound; a state is told where it is odd."""
    turns = (answer(1, 2, **change), answer(2, 2))
    assert columns(comparison_table(turns, None))[column] == texts


def test_columns_that_say_nothing_are_left_out():
    """No checks, no state, nothing that counts; one answer needs no sum."""
    table = comparison_table(answers(1), None)
    assert not {"", "checks", "state"} & set(table.columns)
    assert len(table.rows) == 1
    assert table.title == "1 answer · m"


def test_rates_are_given_for_what_is_compared_over_what_is_repeated():
    """Rows and runs are counted over; models and parameters are told apart."""
    turns = [
        answer(number, 8, {"model": model, "run": str(run)}, passed=(model == "a", run > 1))
        for number, (model, run) in enumerate(((m, r) for m in "ab" for r in range(1, 5)), 1)
    ]
    table = rates_table(turns)
    assert table.columns == ("model", "all checks", "check1", "check2")
    assert [tuple(cell.partition(" (")[0] for cell in row) for row in table.rows] == [
        ("a", "3/4 passed", "4/4 passed", "3/4 passed"),
        ("b", "0/4 passed", "0/4 passed", "3/4 passed"),
    ]


@pytest.mark.parametrize("turns", [answers(3), answers(3, passed=(True,)), answers(2, labels={"row": "x"})])
def test_without_checks_or_repetition_there_is_no_rate(turns):
    """One answer of each kind has passed or has not."""
    assert rates_table(turns) is None


def cells(markup):
    """Give the texts of the cells of each row, an answer by the summary of its fold."""
    folded = re.sub(r"(<td[^>]*><details[^>]*><summary.*?)</summary>.*?</td>", r"\1</td>", markup, flags=re.DOTALL)
    rows = re.findall("<tr>(.*?)</tr>", folded)
    found = [re.findall("<t[dh][^>]*>(.*?)</t[dh]>", row) for row in rows]
    return [[html.unescape(re.sub("<[^>]*>", "", cell)) for cell in row] for row in found]


def test_many_answers_stand_in_the_table():
    """What varies, where each begins, checks and cost; the rest is folded below."""
    turns = (*answers(4, passed=(True,)), answer(5, 5, passed=(False,), state=FAILED, error="The line was lost."))
    markup = comparison_bundle(turns, turns[1])["text/html"]
    table, _, rest = markup.partition("Tokens and times")
    assert cells(table) == [
        ["#", "temperature", "answer", "checks", "cost"],
        ["1", "1", "Answer 1.", "✓ 1/1", "$0.0100"],
        ["2", "2", "in use", "✓ 1/1", "$0.0100"],
        ["3", "3", "Answer 3.", "✓ 1/1", "$0.0100"],
        ["4", "4", "Answer 4.", "✓ 1/1", "$0.0100"],
        ["5", "5", "failed · Answer 5.", "✗ 0/1", "$0.0100"],
        ["all", "", "", "✗ 4/5", "$0.0500"],
    ]
    assert cells(rest)[0] == ["#", "first token", "tokens/s", "tokens in/out", "time"]
    assert clean(markup) == markup


def of_rows(count, **fields):
    """Give answers about rows, of which the prompt used two values."""
    used = [{"country": f"Land {at}", "people": str(at)} for at in range(1, count + 1)]
    return tuple(
        answer(at, variant=Variant("c", at, count, {"row": str(at - 1)}, used=own), **fields)
        for at, own in enumerate(used, 1)
    )


def test_rows_are_a_table_however_few():
    """By what the prompt used of them, in every face; none is unfolded."""
    turns = of_rows(2, reply=Reply("Paris"))
    data = comparison_bundle(turns)
    assert cells(data["text/html"])[:2] == [
        ["#", "country", "people", "answer", "cost"],
        ["1", "Land 1", "1", "Paris", "$0.0100"],
    ]
    assert ' open=""' not in comparison_bundle(turns, turns[0])["text/html"]
    assert "| 1 | Land 1 | 1 | Paris | <span>\\$</span>0.0100 |" in data["text/markdown"]
    assert re.search(r"^1    Land 1   1       Paris   \$0\.0100$", data["text/plain"], re.MULTILINE)


def test_text_does_not_repeat_an_answer_that_the_table_tells():
    """Unless it can be picked, or has more to tell; HTML has its facts in the fold."""
    turns = of_rows(3, reply=Reply("Paris"))
    assert "---" not in comparison_bundle(turns)["text/plain"]
    assert "--- 1 · Land 1 · people 1" in comparison_bundle(turns, turns[0])["text/plain"]
    longer = (*turns[:2], answer(3, 3, reply=Reply("A.\n\nB.")))
    assert comparison_bundle(longer)["text/plain"].count("---") == 2


def test_rows_that_have_no_names_go_by_their_labels():
    """As saved before; one that only repeats the number has no column."""
    labelled = tuple(answer(at, 2, {"row": label}) for at, label in enumerate(("Oslo", "Lima"), 1))
    assert cells(comparison_bundle(labelled)["text/html"])[0] == ["#", "row", "answer", "cost"]
    numbered = tuple(answer(at, 2, {"row": str(at)}) for at in (1, 2))
    assert cells(comparison_bundle(numbered)["text/html"])[0] == ["#", "answer", "cost"]


def test_more_that_varies_than_a_page_holds_stands_with_the_numbers():
    """Nothing is left out."""
    labels = {"a": "1", "b": "2", "c": "3", "d": "4", "e": "5"}
    table, _, rest = comparison_bundle(answers(5, labels=labels))["text/html"].partition("Tokens and times")
    assert cells(table)[0] == ["#", "a", "b", "c", "d", "answer", "cost"]
    assert cells(rest)[1][:2] == ["1", "5"]


def test_costs_of_a_table_have_the_same_decimals():
    """As many as the least one needs."""
    turns = tuple(answer(at, 2, usage=Usage(1, 1, 2, cost)) for at, cost in enumerate((0.000124, 0.6, 0.0000027), 1))
    costs = columns(comparison_table(turns, None))["cost"]
    assert costs == ["$0.0001240", "$0.6000000", "$0.0000027", "$0.6001267"]


def test_no_cost_is_parted_in_the_table():
    """However many digits it has."""
    table = comparison_bundle(answers(5, usage=Usage(1, 1, 2, 0.0000008)))["text/html"]
    cell = re.search(r'<td style="([^"]*)"[^>]*>(?:<[^>]*>)*\$(?:<[^>]*>)*0\.000000800', table)
    assert "white-space:nowrap" in cell[1]


def parts_of(turns, chosen, **options):
    """Give the parts of a comparison in a chat, with all of it in the record."""
    record = {**to_record(chosen), "others": [to_record(turn) for turn in turns if turn.id != chosen.id]}
    settled = Settled(chosen, record=record, variants=turns, place=Place(1, 1, len(turns)))
    return settled_parts(settled, {}, **options)


def test_a_pick_among_very_many_changes_few_parts():
    """The first one, and those with the answers that were and are in use."""
    turns = answers(4 * GROUP)
    before, after = parts_of(turns, turns[0]), parts_of(turns, turns[-1])
    assert len(before) == len(after) == 6
    changed = [at for at, (old, new) in enumerate(zip(before, after, strict=True)) if old.key != new.key]
    assert changed == [1, 4]
    same = [at for at, (old, new) in enumerate(zip(before, after, strict=True)) if old.bundle() == new.bundle()]
    assert same == [2, 3, 5]
    assert f"in use: {4 * GROUP} · temperature {4 * GROUP}" in after[0].bundle()["text/plain"]
    assert "in use" in after[4].bundle()["text/html"]
    assert "in use" not in after[1].bundle()["text/html"]


def test_only_the_first_part_keeps_the_row_of_the_status_free():
    """It would be a gap between the others, which were not there while the answers came."""
    turns = answers(2 * GROUP)
    markups = [part.bundle()["text/html"] for part in parts_of(turns, turns[0])]
    assert [f"padding:{styles.ROW} 0" in markup.partition(">")[0] for markup in markups] == [True, False, False, False]


@pytest.mark.parametrize("chosen", [3, MOST + 9])
def test_the_parts_save_what_one_output_would(chosen):
    """Each answer once; what changes with a pick is small."""
    turns = answers(MOST + 20)
    records = [part.bundle().get(MIME_TYPE) for part in parts_of(turns, turns[chosen])]
    assert records[-1] is None
    saved = [record for kept in records[1:-1] for record in kept["others"]]
    assert sorted([records[0]["id"], *(each["id"] for each in saved)]) == sorted(turn.id for turn in turns)
    assert records[0]["others"] == []
    assert json.loads(json.dumps(records)) == records


@pytest.mark.parametrize(("count", "most"), [(GROUP, None), (GROUP + 1, 1), (GROUP + 1, 3)])
def test_there_is_one_part_where_there_can_be_no_more(count, most):
    """For fewer answers, or in an output that stands alone already."""
    turns = answers(count)
    (part,) = parts_of(turns, turns[0], most=most)
    assert len(part.bundle()[MIME_TYPE]["others"]) == count - 1


def test_every_answer_is_there_and_the_one_that_counts_is_open():
    """Folded in the table, each with its reasoning and its badge."""
    turns = answers(5, reply=Reply("It is **4**.", "Hm."))
    markup = comparison_bundle(turns, turns[1])["text/html"]
    folds = re.findall(r'<details class="runware-answer"[^>]*>', markup)
    assert [' open=""' in fold for fold in folds] == [False, True, False, False, False]
    assert markup.count("<strong>4</strong>") == markup.count("runware-reasoning") == markup.count("runware-badge") == 5
    assert markup.count("mathjax_ignore") >= 5


@pytest.mark.parametrize("number", [2, 3, 4])
def test_a_few_answers_stand_side_by_side(number):
    """As they have streamed: each in full under its name, the numbers below."""
    turns = answers(number, reply=Reply("It is **4**.", "Hm."))
    markup = comparison_bundle(turns, turns[1])["text/html"]
    assert "grid-template-columns" in markup
    assert markup.count('<div class="runware-answer"') == markup.count("<strong>4</strong>") == number
    assert "in use" in markup
    assert markup.index("<strong>4</strong>") < markup.index("runware-table")
    assert clean(markup) == markup


@pytest.mark.parametrize(("number", "pairs"), [(3, 0), (4, 2)])
def test_four_answers_are_two_pairs(number, pairs):
    """Which stand in one row, or beneath each other: three and one would leave a hole."""
    markup = comparison_bundle(answers(number))["text/html"]
    assert markup.count("minmax(min(240px,100%),1fr)") == (pairs or 1)
    assert markup.count("minmax(min(504px,100%),1fr)") == bool(pairs)
    beginnings = [markup.index(f">{at} \N{MIDDLE DOT} ") for at in range(1, number + 1)]
    assert beginnings == sorted(beginnings)


def test_one_answer_needs_no_columns():
    """Of a comparison whose others were not asked."""
    assert "grid-template-columns" not in comparison_bundle(answers(1))["text/html"]


def test_each_answer_says_why_it_failed():
    """IPython tells of one error, if at all."""
    turns = (answer(1, 2, state=FAILED, error="The line was lost."), answer(2, 2, passed=(False,)))
    data = comparison_bundle(turns, turns[1])
    for kind in ("text/html", "text/markdown", "text/plain"):
        assert "The line was lost." in data[kind]
        assert "Check check1 failed: it is not" in data[kind]


def test_notes_and_labels_are_shown():
    """Notes with the table, labels in the badge of the answer that counts."""
    turns = answers(2)
    text = comparison_bundle(turns, turns[0], notes=["Mind\nthe gap."], labels=["kept"])["text/plain"]
    assert text.index("Mind the gap.") < text.index("--- 1")
    assert text.count("· kept ·") == 1


def test_the_record_has_all_answers():
    """That of the answer that counts, and of the others; unless what is kept is given."""
    turns = answers(3)
    record = comparison_bundle(turns, turns[1])[MIME_TYPE]
    assert [from_record(one) for one in (record, *record["others"])] == [turns[1], turns[0], turns[2]]
    assert comparison_bundle(turns)[MIME_TYPE]["id"] == "turn 1"
    assert comparison_bundle(turns, turns[1], record={"a": 1})[MIME_TYPE] == {"a": 1}


def test_more_answers_than_a_page_can_take_are_kept_and_not_shown():
    """The table says so, and still sums up all of them."""
    turns = answers(MOST + 2)
    data = comparison_bundle(turns, turns[0])
    assert data["text/html"].count("runware-answer") == MOST
    assert f"The first {MOST} of {MOST + 2} are shown" in data["text/plain"]
    assert columns(comparison_table(turns, turns[0]))["cost"][-1] == f"${(MOST + 2) / 100:.4f}"
    assert len(data[MIME_TYPE]["others"]) == MOST + 1


@pytest.fixture(scope="module")
def picked_beyond():
    """Give all faces of more answers than show, of which one that would not show is in use."""
    turns = answers(MOST + 20)
    return comparison_bundle(turns, turns[-2], labels=["was kept"])


@pytest.mark.parametrize("face", ["text/markdown", "text/plain"])
def test_the_answer_that_counts_shows_wherever_it_stands(picked_beyond, face):
    """A reader can pick one of thousands: it follows those that show, marked, with its labels, and is said to."""
    shown = picked_beyond[face]
    assert f"The first {MOST} of {MOST + 20} are shown, and the one in use" in shown
    assert f"temperature {MOST + 19} · in use" in shown
    assert f"temperature {MOST + 18}" not in shown
    assert "was kept" in shown


def test_the_row_of_the_answer_that_counts_follows_those_that_show(picked_beyond):
    """As HTML, where it is marked in its own row."""
    shown = picked_beyond["text/html"].partition("Tokens and times")[0]
    assert cells(shown)[-2][1:3] == [str(MOST + 19), "in use"]
    assert f"Answer <strong>{MOST + 18}</strong>" not in shown


def hostile(text):
    """Give an answer in which everything says this."""
    return answer(
        1,
        2,
        {text: text},
        model=text,
        reply=Reply(text, text),
        state=FAILED,
        error=text,
        finish_reason=text,
        variant=Variant(text, 1, 2, {text: text, "run": text}, text),
        verdicts=(Verdict(text, passed=False, why=text),),
    )


def test_nothing_from_outside_becomes_markup():
    """Names, labels, verdicts, models, errors and answers: shown as text, in every face."""
    data = comparison_bundle((hostile(HOSTILE), answer(2, 2)), hostile(HOSTILE), notes=[HOSTILE], labels=[HOSTILE])
    assert clean(data["text/html"]) == data["text/html"]
    assert not any(bad in data["text/html"] for bad in ("<script", "<img", 'javascript:z"', "\x1b"))
    assert not any(bad in data["text/markdown"] for bad in ("<script", "<img", "![", "](javascript", "\x1b"))
    assert "\x1b" not in data["text/plain"]


def test_every_face_can_be_encoded():
    """Half a surrogate pair anywhere would break the whole output."""
    data = comparison_bundle((hostile("a\ud83d"), answer(2, 2)), notes=["\udc00"])
    assert json.loads(json.dumps(data, ensure_ascii=False).encode()) == data


def test_dollars_in_the_markdown_of_a_table_are_no_mathematics():
    """Two in a row would be."""
    table = comparison_bundle(answers(2))["text/markdown"].partition("\n\n**1")[0]
    assert "$" in table
    assert not re.search(r"(?<!\\)\$", table)


def test_html_depends_on_nothing_that_a_notebook_strips():
    """No style sheet, no script, no picture, no id, no data attribute."""
    markup = comparison_bundle(answers(3, passed=(True,)))["text/html"]
    assert not any(word in markup for word in ("<style", "<script", "<svg", "<img", " id=", " data-"))


def test_one_function_decides_what_is_shown():
    """A turn alone as a turn, a turn with variants as a comparison."""
    turns = answers(2)
    alone = settled_bundle(Settled(turns[0], ("A note.",), ("kept",)))
    together = settled_bundle(Settled(turns[0], ("A note.",), ("kept",), {"a": encodable("b")}, turns))
    assert "runware-comparison" not in alone["text/html"]
    assert "runware-comparison" in together["text/html"]
    assert together[MIME_TYPE] == {"a": "b"}
    for data in (alone, together):
        assert "A note." in data["text/plain"]
        assert "· kept ·" in data["text/plain"]


def test_each_answer_says_how_to_continue_from_it():
    """With the number of its turn, since there may be a later comparison; not outside of all chats."""
    turns = answers(3)
    shown = comparison_bundle(turns, turns[1], place=Place(4, 2, 3))
    for face in ("text/html", "text/markdown", "text/plain"):
        assert "pick 1 --turn 4" in shown[face]
        assert "pick 3 --turn 4" in shown[face]
        assert "pick 2" not in shown[face]
        assert "turn 4 · v2 of 3" in shown[face].replace("&nbsp;", " ")
    assert "pick" not in comparison_bundle(turns)["text/plain"]
