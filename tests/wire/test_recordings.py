"""Recordings: what was written is read again, and what is wrong in a file costs no more than its line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runware_magic.chat.messages import Message
from runware_magic.chat.request import Request
from runware_magic.errors import UsageError
from runware_magic.wire.recordings import STOPPED, Recorded, append, first_line, is_recording, read, same, to_line

REQUEST = Request("a:b@1", (Message("user", "Hi"),), {"max_completion_tokens": 9})
MADE = "2026-11-25T13:40:02Z"
SECONDS = st.integers(0, 10**6).map(lambda count: count / 10_000)
EXCHANGES = st.builds(
    Recorded,
    asked=st.just(MADE),
    endpoint=st.sampled_from(["demo", "https://api.runware.ai/v1"]),
    request=st.one_of(
        st.none(),
        st.builds(Request, st.text(min_size=1), st.just(REQUEST.messages), st.just({"seed": 1}), st.booleans()),
    ),
    status=st.one_of(st.none(), st.integers(200, 599)),
    content_type=st.sampled_from(["text/event-stream", ""]),
    after_s=SECONDS,
    ended_s=SECONDS,
    pieces=st.lists(st.tuples(SECONDS, st.binary(max_size=40)), max_size=4).map(tuple),
    ended=st.sampled_from(["whole", "refused", "broken off"]),
    attempt=st.integers(1, 3),
)


def exchange(asked=MADE, **fields):
    """Give an exchange."""
    return Recorded(asked, "demo", fields.pop("request", REQUEST), 200, pieces=((0.1, b"data: x\n\n"),), **fields)


@pytest.fixture
def path(tmp_path):
    """Give a file that has begun."""
    file = tmp_path / "lesson.jsonl"
    append(file, first_line(MADE))
    return file


@given(exchanges=st.lists(EXCHANGES, max_size=4))
def test_what_was_written_is_read_again(exchanges, tmp_path_factory):
    """Byte for byte, whatever came, and when."""
    file = tmp_path_factory.mktemp("recording") / "lesson.jsonl"
    for line in (first_line(MADE), *map(to_line, exchanges)):
        append(file, line)
    recording = read(file)
    assert recording.exchanges == tuple(exchanges)
    assert recording.remark == ""


def test_a_line_that_was_cut_off_is_passed_over(path):
    """A crash loses the exchange under way; what is added after it is a line of its own."""
    append(path, to_line(exchange()))
    with path.open("ab") as file:
        file.write(to_line(exchange())[:50])
    assert len(read(path).exchanges) == 1
    assert read(path).remark
    append(path, to_line(exchange()))
    assert len(read(path).exchanges) == 2


def test_each_request_has_what_came_each_time(path):
    """Its attempts in order; what was stopped only where there is nothing else."""
    other = Request("a:b@1", (Message("user", "Ho"),), {"max_tokens": 9})
    for each in (
        exchange("2026-11-25T13:40:03Z", attempt=2),
        exchange("2026-11-25T13:40:03Z", attempt=1),
        exchange("2026-11-25T13:40:01Z"),
        exchange("2026-11-25T13:40:05Z", ended=STOPPED),
        exchange(request=other, ended=STOPPED),
    ):
        append(path, to_line(each))
    takes = read(path).takes()
    assert [[each.attempt for each in take] for take in takes[same(REQUEST)]] == [[1], [1, 2]]
    assert [[each.ended for each in take] for take in takes[same(other)]] == [[STOPPED]]


@pytest.mark.parametrize(
    "text", ["", "no JSON\n", '{"version": 1}\n', json.dumps({"runware_recording": 99, "made": MADE}) + "\n"]
)
def test_what_is_no_recording_is_an_error_in_one_line(tmp_path, text):
    """It names the file, not the folder."""
    file = tmp_path / "other.jsonl"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read(file)
    assert "other.jsonl" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_whether_more_can_be_added_is_told(tmp_path, path):
    """To a recording; to nothing that is something else."""
    assert is_recording(path)
    assert not is_recording(tmp_path / "new.jsonl")
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError):
        is_recording(tmp_path / "notes.txt")


def test_it_can_be_read_by_eye(path):
    """Words are words, and no header but the content type is in it."""
    append(path, to_line(exchange(content_type="text/event-stream")))
    assert '[[0.1, "data: x\\n\\n"]]' in path.read_text(encoding="utf-8")
    assert "uthorization" not in path.read_text(encoding="utf-8")
