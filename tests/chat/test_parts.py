"""Messages of more than text, and turns of more than one reply: sent, recorded, read again."""

import base64
import json
from dataclasses import replace

import pytest

from runware_magic.chat.conversation import context
from runware_magic.chat.messages import Message, ToolCall
from runware_magic.chat.parts import FilePart, ImagePart, TextPart
from runware_magic.chat.record import from_record, to_record
from runware_magic.chat.turn import Reply, Timing, ToolResult, Turn

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")
PICTURE = ImagePart(PNG, "image/png", "fig", (1, 1))
PDF = FilePart(b"%PDF-1.7", "application/pdf", "paper.pdf")
ASKED = Message("user", parts=(TextPart("What is in "), PICTURE, TextPart("?")))
TURN = Turn("t", "m", "e", (ASKED,), Timing("2026-01-01T00:00:00Z"), reply=Reply("A dot."), state="complete")
CALL = ToolCall("c1", "weather", '{"city": "Oslo"}')


def test_who_only_reads_gets_the_text():
    """Pictures and files leave no trace in it."""
    assert (ASKED.text, ASKED.content, ASKED.has_only_text) == ("What is in ?", "What is in ?", False)
    assert Message("user", "Hi").parts == (TextPart("Hi"),)
    assert Message("user", "Hi") == Message("user", parts=(TextPart("Hi"),))


@pytest.mark.parametrize(
    ("part", "sent"),
    [
        (TextPart("Hi \ud83d"), {"type": "text", "text": "Hi \ufffd"}),
        (
            PICTURE,
            {"type": "image_url", "image_url": {"url": "data:image/png;base64," + base64.b64encode(PNG).decode()}},
        ),
        (
            PDF,
            {
                "type": "file",
                "file": {"filename": "paper.pdf", "file_data": "data:application/pdf;base64,JVBERi0xLjc="},
            },
        ),
    ],
)
def test_each_part_is_sent_in_the_form_of_chat_completions(part, sent):
    """And read from it again, but for what is not sent."""
    message = Message("user", parts=(part, PICTURE))
    assert message.to_json()["content"][0] == sent
    (read, _) = Message.from_json(message.to_json()).parts
    assert read.to_json() == sent


@pytest.mark.parametrize(
    "url", ["https://example.org/a.png", "data:image/svg+xml;base64,AAAA", "data:text/html,x", "", None, 5]
)
def test_no_address_is_read_as_a_picture(url):
    """Whatever a file of somebody else says: nothing is fetched, and nothing that can hold scripts is taken."""
    with pytest.raises((ValueError, TypeError)):
        Message.from_json({"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]})


@pytest.mark.parametrize("part", [PICTURE, PDF])
def test_a_record_holds_each_once_by_its_digest(part):
    """In version 2; what is text alone stays version 1."""
    turn = replace(TURN, messages=(Message("user", parts=(part, TextPart("and"), part)),))
    record = json.loads(json.dumps(to_record(turn)))
    assert (record["version"], list(record["blobs"])) == (2, [part.digest])
    assert from_record(record) == turn
    text_only = to_record(replace(TURN, messages=(Message("user", "Hi"),)))
    assert (text_only["version"], "blobs" in text_only, "replies" in text_only) == (1, False, False)


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record["blobs"].clear(),
        lambda record: record["blobs"].update({PICTURE.digest: "AAAA"}),
        lambda record: record["blobs"].update({PICTURE.digest: "no base64!"}),
        lambda record: record["blobs"].update({PICTURE.digest: 5}),
        lambda record: record["messages"][0]["content"][1].update(media_type="image/svg+xml"),
        lambda record: record["messages"][0]["content"][1].update(size=[0, 1]),
        lambda record: record["messages"][0]["content"].append({"type": "text", "text": 5}),
        lambda record: record["messages"][0].update(content={}),
        lambda record: record.update(version=3),
    ],
)
def test_a_record_that_was_changed_is_none(change):
    """It is left out by whoever reads the notebook, and said."""
    record = json.loads(json.dumps(to_record(TURN)))
    change(record)
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_record(record)


def test_what_went_before_the_answer_is_kept_and_sent_again():
    """A call is never parted from its result; one that the answer ends with was not carried out, and is not sent."""
    went = (Reply("", "Hm.", (CALL,)), ToolResult("c1", "weather", "rain", "done", 0.2))
    turn = replace(TURN, messages=(Message("user", "Weather?"),), replies=went, reply=Reply("It rains.", "", (CALL,)))
    record = json.loads(json.dumps(to_record(turn)))
    assert (record["version"], from_record(record)) == (2, turn)
    assert [message.to_json() for message in context([turn], ())] == [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": "", "tool_calls": [CALL.to_json()]},
        {"role": "tool", "content": "rain", "tool_call_id": "c1"},
        {"role": "assistant", "content": "It rains."},
    ]


def test_a_record_keeps_tool_messages_of_the_prompt():
    """Calls and what they answer come back from it; in version 2, so that no earlier version loses them."""
    asked = (
        Message("developer", "Be kind"),
        Message("user", "Weather?"),
        Message("assistant", "", tool_calls=(CALL,)),
        Message("tool", "rain", tool_call_id="c1"),
    )
    turn = replace(TURN, messages=asked)
    record = json.loads(json.dumps(to_record(turn)))
    assert (record["version"], from_record(record)) == (2, turn)
    for wrong in ({"tool_calls": {}}, {"tool_calls": [{"id": "c1"}]}, {"tool_calls": ["f"]}, {"tool_call_id": 5}):
        record["messages"][2].update(wrong)
        with pytest.raises((KeyError, TypeError)):
            from_record(record)
        record = json.loads(json.dumps(to_record(turn)))


def test_a_developers_message_leads_as_a_system_message_does():
    """It stays until another one comes, and is sent once."""
    turn = replace(TURN, messages=(Message("developer", "Be kind"), Message("user", "Hi")))
    again = replace(TURN, messages=(Message("user", "Ho"),))
    roles = [message.role for message in context([turn, again], (Message("user", "?"),))]
    assert roles == ["developer", "user", "assistant", "user", "assistant", "user"]
    replaced = context([turn], (Message("system", "Be brief"), Message("user", "?")))
    assert [message.content for message in replaced if message.is_instruction] == ["Be brief"]
