"""Recordings of requests with pictures and files."""

import json

from attaching import FIG, PARTS, TURN, picture

from runware_magic.chat.messages import Message
from runware_magic.chat.parts import TextPart
from runware_magic.chat.request import Request
from runware_magic.recording.format import Recorded, Recording, from_json, to_line
from runware_magic.recording.from_turns import retold
from runware_magic.recording.mismatch import unrecorded
from runware_magic.recording.player import Player

ASKED = "2026-11-25T13:40:07.031207Z"
REQUEST = Request("m", (Message("user", parts=PARTS),))


def read_again(*exchanges):
    """Return a recording after it was written and read."""
    return Recording("lesson.jsonl", tuple(from_json(json.loads(to_line(each))) for each in exchanges))


def test_a_request_with_a_picture_is_replayed():
    """Whatever the picture is called here: names are not sent."""
    player = Player(read_again(Recorded(ASKED, "e", REQUEST, 200)))
    renamed = Request("m", (Message("user", parts=(PARTS[0], picture("other"), *PARTS[2:])),))
    assert player.coming(REQUEST) is not None
    assert player.coming(renamed) is not None


def test_another_picture_is_another_request():
    """The error says that it is the picture, not the chat before it."""
    other = Request("m", (Message("user", parts=(PARTS[0], picture(shade=9), *PARTS[2:])),))
    recording = read_again(Recorded(ASKED, "e", REQUEST, 200))
    assert Player(recording).coming(other) is None
    assert "but with a different request: its pictures or files are different." in str(unrecorded(other, recording))
    before = Request("m", (Message("user", "Hi"), Message("assistant", "Ho"), *REQUEST.messages))
    assert "different request: the messages before it are different" in str(unrecorded(before, recording))
    text = Request("m", (Message("user", parts=(TextPart("What is it?"), FIG)),))
    assert "lesson.jsonl has no answer to this prompt" in str(unrecorded(text, recording))


def test_a_saved_turn_with_a_picture_is_replayed():
    """From a notebook, as if it had been recorded."""
    recording = Recording("talk.ipynb", (retold(TURN, REQUEST, ASKED),))
    assert Player(recording).coming(REQUEST) is not None
