"""Pictures in what a notebook keeps: the bytes of each once, and nothing lost without a word."""

import base64
import json
from dataclasses import replace

import pytest
from attaching import ATTACHED, FIG, PARTS, PDF, TURN, asked_with, picture, png

from runware_magic.chat.blob_homes import BlobHomes
from runware_magic.chat.conversation import Conversation, context
from runware_magic.chat.messages import Message, ToolCall
from runware_magic.chat.parts import ImagePart, TextPart
from runware_magic.chat.record import from_record, to_record
from runware_magic.chat.saved_outputs import SavedOutput, keep, rebuild
from runware_magic.chat.turn import Variant

FIRST = asked_with(FIG, name="1")
SECOND = asked_with(TextPart("Again: "), FIG, name="2", parent="1")
SVG = base64.b64encode(b"<svg onload='alert(1)'/>").decode()


def saved(*turns):
    """Return the records of outputs, one a turn, as a notebook keeps them."""
    conversation, homes = Conversation(), BlobHomes()
    for turn in turns:
        conversation = conversation.with_turn(turn)
    records = [keep(conversation, turn, holds=lambda has, turn=turn: homes.claim(turn.id, has)[0]) for turn in turns]
    return json.loads(json.dumps(records))


def restored(records):
    """Return what comes of records."""
    return rebuild(SavedOutput(record, number, f"cell-{number}") for number, record in enumerate(records, 1))


def test_the_bytes_of_a_picture_are_saved_once():
    """In the output of the first turn that sends it, however many do; each turn has it again."""
    records = saved(FIRST, SECOND)
    assert [list(record.get("blobs", ())) for record in records] == [[FIG.digest], []]
    assert json.dumps(records).count(base64.b64encode(FIG.data).decode()) == 1
    assert restored(records).turns == (FIRST, SECOND)
    assert restored(records).left_out == ()


def test_versions_and_answers_of_a_comparison_share_it_too():
    """They are saved in one output."""
    three = tuple(asked_with(*PARTS, name=f"{at}", cell_id="c", variant=Variant("x", at, 3)) for at in (1, 2, 3))
    record = json.loads(json.dumps(keep(Conversation().with_variants(three), three[0], three)))
    assert sorted(record["blobs"]) == sorted({FIG.digest, PDF.digest})
    assert not any("blobs" in other for other in record["others"])
    assert set(restored([record]).turns) == set(three)


def test_a_turn_whose_picture_is_gone_is_restored_with_a_text_in_its_place():
    """As after the cell that held it was deleted; the remark names it, and the model is told as well."""
    rebuilt = restored([{}, saved(FIRST, SECOND)[1]])
    (turn,) = rebuilt.turns
    assert turn.messages[0].text == "Again: [fig: not restored]"
    assert turn.reply == SECOND.reply
    assert "Cell 2: fig is in no output of this notebook any more; a text stands in its place" in rebuilt.left_out
    assert context([turn], ())[0].text == "Again: [fig: not restored]"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"media_type": "image/svg+xml"}, "has a format that is not shown: 'image/svg+xml'"),
        ({"media_type": "text/html"}, "has a format that is not shown: 'text/html'"),
        ({"media_type": "image/gif"}, "is not the picture that it should be: image/gif"),
        ({"blob": "https://evil.invalid/a.png"}, "is in no output of this notebook any more"),
        ({"blob": 5}, "cannot be read"),
        ({"size": [0, 5]}, "cannot be read"),
        ({"type": "image_url", "blob": None, "image_url": {"url": "https://evil.invalid/a"}}, "cannot be read"),
    ],
)
def test_what_is_no_picture_is_a_remark(change, why):
    """An SVG, an address, anything else: the answer is restored, and nothing is shown or fetched."""
    records = saved(TURN)
    records[0]["messages"][0]["content"][1].update(change)
    rebuilt = restored(records)
    (turn,) = rebuilt.turns
    assert turn.reply == TURN.reply
    assert not any(isinstance(part, ImagePart) for part in turn.messages[0].parts)
    assert any(f"fig {why}" in line for line in rebuilt.left_out)


@pytest.mark.parametrize("blob", ["AAAA", "no base64!", SVG, 5, None, {}])
def test_bytes_that_are_not_those_of_the_digest_are_not_used(blob):
    """Whoever changes a file does not choose what stands in somebody's answer."""
    records = saved(FIRST)
    records[0]["blobs"] = {FIG.digest: blob}
    assert restored(records).turns[0].messages[0].text == "[fig: not restored]"


def test_bytes_that_were_saved_twice_are_read_if_one_copy_is_sound():
    """As when a file was merged badly."""
    records = saved(FIRST, SECOND)
    records[0]["blobs"][FIG.digest] = "AAAA"
    records[1]["blobs"] = to_record(SECOND)["blobs"]
    assert restored(records).turns == (FIRST, SECOND)


def test_a_record_by_itself_has_all_its_bytes():
    """As in a file of answers; a record that lacks them is none."""
    assert from_record(json.loads(json.dumps(to_record(TURN)))) == TURN
    with pytest.raises(ValueError, match="in no output"):
        from_record(to_record(TURN, blobs=False))


def test_messages_with_calls_are_kept():
    """As somebody wrote them, with the calls and their results."""
    call = ToolCall("c", "weather", "{}")
    said = (Message("assistant", "", tool_calls=(call,)), Message("tool", "rain", tool_call_id="c"))
    turn = replace(TURN, messages=(Message("user", "Weather?"), *said, Message("user", "And?")), attached=())
    record = json.loads(json.dumps(to_record(turn)))
    assert (record["version"], from_record(record)) == (2, turn)


def test_an_attachment_that_is_text_stays_version_1():
    """Earlier versions of this package read all of it but the line over the answer."""
    record = to_record(asked_with(TextPart("| a |"), attached=ATTACHED[:1]))
    assert (record["version"], record["attached"]) == (
        1,
        [{"name": "df", "kind": "table", "shape": [1000, 12], "cut": True}],
    )


def test_an_output_holds_what_nobody_else_holds():
    """The first that has it; when it has it no longer, the others are to be saved anew, and the next one holds it."""
    homes = BlobHomes()
    assert homes.claim("a", "xy") == ({"x", "y"}, [])
    assert homes.claim("b", "yz") == ({"z"}, [])
    assert homes.claim("c", "y") == (frozenset(), [])
    assert homes.claim("a", "x") == ({"x"}, ["b", "c"])
    assert homes.claim("b", "yz") == ({"y", "z"}, [])
    assert homes.claim("c", "y") == (frozenset(), [])


def test_a_name_is_one_short_line_wherever_it_is_told():
    """It comes from the file."""
    records = saved(asked_with(picture("a\n" * 500 + "\x1b[2J"), name="1"))
    records[0]["blobs"] = {}
    rebuilt = restored(records)
    assert len(rebuilt.turns[0].messages[0].text) < 90
    assert all(line.isprintable() and len(line) < 200 for line in rebuilt.left_out)


def test_the_picture_of_a_hundred_turns_takes_the_memory_of_one():
    """Also when they are restored."""
    turns = [asked_with(FIG, name=f"{at}") for at in range(100)]
    data = [part.data for turn in restored(saved(*turns)).turns for part in turn.messages[0].parts]
    assert len(data) == 100
    assert len({id(each) for each in data}) == 1
    assert png() != data[0]
