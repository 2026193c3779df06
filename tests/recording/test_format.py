"""Recordings: what stands in the file, what never does, and what becomes of a file that is damaged."""

import gzip
import json
import threading
from dataclasses import replace

import pytest
from asking import KEY, OK, PIECES, REQUEST
from calling import started
from hypothesis import given
from hypothesis import strategies as st
from loopback import chunk, chunked, delta, finish, hang_up, head, sized, sse
from recorded import NOW, body_of, recorded, talking

from runware_magic.chat.messages import Message
from runware_magic.chat.request import Request
from runware_magic.errors import UsageError
from runware_magic.protocol.fallbacks import PROBABILITIES, TOKEN_LIMIT
from runware_magic.recording.file import LARGEST, append, first_line, is_recording, read
from runware_magic.recording.format import Recorded, Recording, from_json, same, to_line
from runware_magic.recording.recorder import Recorder
from runware_magic.transport.connections import RequestCanceller
from runware_magic.transport.endpoint import endpoint
from runware_magic.transport.timeouts import Timeouts

FIRST = first_line("2026-11-25T13:40:02Z")


def made(asked="2026-11-25T13:40:07.000000Z", request=REQUEST, **fields):
    """Return an exchange."""
    return Recorded(asked, "https://h/v1", request, 200, "text/event-stream", **fields)


def lines(path):
    """Return the lines of a file, parsed."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


SECONDS = st.integers(0, 10**6).map(lambda count: count / 10_000)
EXCHANGES = st.builds(
    Recorded,
    asked=st.just("2026-11-25T13:40:02Z"),
    endpoint=st.sampled_from(["demo", "https://api.runware.ai/v1"]),
    request=st.one_of(
        st.none(),
        st.builds(
            Request,
            st.text(min_size=1),
            st.tuples(st.builds(Message, st.just("user"), st.text())),
            st.just({"seed": 1}),
            st.booleans(),
        ),
    ),
    status=st.one_of(st.none(), st.integers(200, 599)),
    content_type=st.sampled_from(["text/event-stream", ""]),
    after_s=SECONDS,
    ended_s=SECONDS,
    pieces=st.lists(st.tuples(SECONDS, st.binary(max_size=40)), max_size=4).map(tuple),
    ended=st.sampled_from(["whole", "refused", "broken off"]),
    attempt=st.integers(1, 3),
    sent_s=SECONDS,
)


@given(exchanges=st.lists(EXCHANGES, max_size=4))
def test_what_was_written_is_read_again(exchanges, tmp_path_factory):
    """Byte for byte, whatever came, and when."""
    path = tmp_path_factory.mktemp("recording") / "lesson.jsonl"
    for line in (b"", *map(to_line, exchanges)):
        append(path, line, "2026-11-25T13:40:02Z")
    assert path.read_bytes().startswith(FIRST)
    recording = read(path)
    assert recording.exchanges == tuple(exchanges)
    assert recording.remark == ""


def test_half_a_character_in_a_prompt_is_written_and_read():
    """A surrogate without its other half has no bytes in UTF-8, and is what was asked all the same."""
    exchange = made(request=Request("m", (Message("user", "\ud800"),)))
    assert from_json(json.loads(to_line(exchange))) == exchange


def test_a_recording_can_be_read_by_eye(serve, tmp_path):
    """Its first line says what it is; each other one what was asked, what came and when, as text."""
    path = tmp_path / "lesson.jsonl"
    server = serve(OK)
    recorded(path, server.url)
    first, line = lines(path)
    assert first == {
        "runware_recording": 1,
        "made": "2026-11-25T13:40:02Z",
        "what": "Answers of language models, as they came.",
    }
    answer = line.pop("answer")
    assert line == {
        "asked": "2026-11-25T13:40:02.000000Z",
        "attempt": 1,
        "sent_s": 0.0,
        "endpoint": server.url,
        "request": {
            "model": "m",
            "messages": [{"role": "user", "content": "Hi"}],
            "parameters": {"max_completion_tokens": 9},
            "stream": True,
        },
    }
    times = [at_s for at_s, _ in answer["body"]]
    assert times == sorted(times)
    assert 0 < answer["after_s"] <= times[0]
    assert times[-1] <= answer["ended_s"] < 2
    assert "".join(text for _, text in answer["body"]).encode() == b"".join(PIECES)
    assert (answer["status"], answer["content_type"], answer["ended"]) == (200, "text/event-stream", "whole")


BUSY = sized(429, b'{"error": "busy"}', X_Trace="abc", Retry_After="0")
ENDS = [
    ((OK,), [(200, "whole")]),
    ((BUSY, OK), [(429, "refused"), (200, "whole")]),
    ((sized(401, b"no"),), [(401, "refused")]),
    (([head(200, Transfer_Encoding="chunked"), chunk(PIECES[0]), hang_up],), [(200, "broken off")]),
    (([head(200, Connection="close"), PIECES[0], hang_up],), [(200, "closed")]),
    (([head(200, Transfer_Encoding="chunked"), chunk(PIECES[0]), threading.Event()],), [(200, "silent")]),
    (([threading.Event()],), [(None, "silent")]),
    (([hang_up],), [(None, "closed")]),
]


@pytest.mark.parametrize(("replies", "ends"), ENDS)
def test_each_attempt_is_recorded_as_it_ended(serve, tmp_path, replies, ends):
    """Refusals, broken lines and silence too; the attempts of one request have their time in common."""
    path = tmp_path / "lesson.jsonl"
    recorded(path, serve(*replies).url)
    exchanges = read(path).exchanges
    assert [(each.status, each.ended) for each in exchanges] == ends
    assert [each.attempt for each in exchanges] == list(range(1, len(ends) + 1))
    assert len({each.asked for each in exchanges}) == 1


def test_where_no_server_is_that_is_recorded(serve, tmp_path):
    """As what it is: nobody was there."""
    server = serve(OK)
    url = server.url
    server.stop()
    recorded(tmp_path / "a", url)
    assert [each.ended for each in read(tmp_path / "a").exchanges] == ["no server"] * 2


def test_what_the_user_stopped_is_recorded_as_far_as_it_came(serve, tmp_path):
    """And says that it was stopped."""
    path = tmp_path / "lesson.jsonl"
    server = serve([head(200, Transfer_Encoding="chunked"), chunk(PIECES[1]), threading.Event()])
    talk = talking(endpoint(server.url, KEY), Recorder(path))
    under_way = started(talk, until=lambda builder: builder.content)
    under_way.stop()
    under_way.close()
    talk.close()
    (only,) = read(path).exchanges
    assert (only.ended, body_of(only)) == ("stopped", PIECES[1])


def test_neither_the_key_nor_a_header_is_recorded(serve, tmp_path):
    """Also where the server repeats the key, cut anywhere."""
    path = tmp_path / "lesson.jsonl"
    said = sse(delta(content="Your key is sk-secret."), finish(), "[DONE]")
    at = said.index(b"secret") + 2
    replies = (chunked([said[:at], said[at:]], Set_Cookie="sk-secret"), sized(401, b"sk-secret", X_Key="sk-secret"))
    (_, (_, refusal, _)), _ = recorded(path, serve(*replies).url, REQUEST, REQUEST)
    text = path.read_text()
    assert refusal[0] == "KeyRefusedError"
    assert "sk-secret" not in text
    assert "Your key is …." in body_of(read(path).exchanges[0]).decode()
    assert "User-Agent" not in text
    assert "Bearer" not in text
    assert "ookie" not in text


def test_a_disk_that_takes_no_more_leaves_the_answer_alone(serve, tmp_path):
    """It comes whole; the recorder says that it is missing."""
    path = tmp_path / "lesson.jsonl"
    recorder = Recorder(path, now=lambda: NOW)
    path.unlink()
    path.mkdir()
    talk = talking(endpoint(serve(OK).url, KEY), recorder)
    assert len(list(talk.answer(REQUEST, RequestCanceller()))) > 3
    talk.close()
    assert recorder.trouble.startswith("some answers could not be written: ")


def test_several_at_once_are_written_one_after_the_other(serve, tmp_path):
    """Each a line of its own, counted in the order in which they were asked for, not in the one in which they ended."""
    path = tmp_path / "lesson.jsonl"
    gates = [threading.Event() for _ in range(3)]

    def reply(heard):
        number = heard.json["seed"]
        return [head(Transfer_Encoding="chunked"), chunk(PIECES[1]), gates[number], chunk(sse("[DONE]")), chunk(b"")]

    talk = talking(endpoint(serve(reply).url, KEY), Recorder(path, now=lambda: NOW), Timeouts(2, 5, 0))
    requests = [Request("m", (Message("user", "Hi"),), {"seed": number}) for number in range(3)]
    under_way = [started(talk, request) for request in requests]
    for number in (2, 0, 1):
        gates[number].set()
        under_way[number].outcome()
        under_way[number].close()
    talk.close()
    found = read(path).exchanges
    assert [each.request.parameters["seed"] for each in found] == [2, 0, 1]
    assert [each.request.parameters["seed"] for each in sorted(found, key=lambda each: each.asked)] == [0, 1, 2]


def test_recording_goes_on_in_a_file_that_is_one(serve, tmp_path):
    """What it holds stays, also behind a line that a crash has cut off."""
    path = tmp_path / "lesson.jsonl"
    url = serve(OK).url
    recorded(path, url)
    with path.open("ab") as file:
        file.write(b'{"asked": "2026')
    recorded(path, url)
    recording = read(path)
    assert len(recording.exchanges) == 2
    assert recording.remark == "line 3 cannot be read and was skipped"


def test_a_cut_off_last_line_is_passed_over_with_a_remark(tmp_path):
    """A crash loses the exchange under way at most."""
    path = tmp_path / "lesson.jsonl"
    path.write_bytes(FIRST + to_line(made()) + to_line(made())[:-9])
    recording = read(path)
    assert len(recording.exchanges) == 1
    assert recording.remark == "the last line is cut off and was skipped"


HOSTILE = [
    b"[]",
    b"3",
    b"{}",
    b"[" * 100_000,
    b'{"asked": 1, "endpoint": "x", "request": {"list": "models"}, "answer": {}}',
    to_line(made(pieces=((1.0, b"x"),))).replace(b"[1.0,", b"[NaN,"),
    to_line(made(pieces=((1.0, b"x"),))).replace(b"[1.0,", b"[-1,"),
    to_line(made(pieces=((1.0, b"x"),))).replace(b'"x"]', b'{"base64": "?"}]'),
    to_line(made(pieces=((1.0, b"x"),))).replace(b'"x"]', b"{}]"),
    to_line(made(pieces=((1.0, b"x"),))).replace(b'[[1.0, "x"]]', b"7"),
    to_line(made()).replace(b": 200", b": 20000"),
    to_line(made()).replace(b": 200", b": true"),
    to_line(made()).replace(b'"Hi"', b"[1]"),
    to_line(made()).replace(b'"attempt": 1', b'"attempt": 1e400'),
    to_line(made()).replace(b'"attempt": 1', b'"attempt": 0'),
    to_line(made()).replace(b'"sent_s": 0.0', b'"sent_s": 1e300'),
    to_line(made()).replace(b'"ended_s": 0.0', b'"ended_s": ' + b"9" * 400),
    to_line(made()).replace(b'"after_s": 0.0', b'"after_s": true'),
    to_line(made()).replace(b"2026-11-25T", b"<b>26-11-25T"),
    to_line(made()).replace(b'"2026-11-25T13:40:07.000000Z"', b'""'),
    bytes(range(256)).replace(b"\n", b""),
    to_line(made()).replace(b'"parameters": {', b'"parameters": {"x": NaN, '),
]


@pytest.mark.parametrize("line", HOSTILE)
def test_a_line_that_cannot_be_read_leaves_the_others_alone(tmp_path, line):
    """Whatever is the matter with it."""
    path = tmp_path / "lesson.jsonl"
    path.write_bytes(FIRST + line.strip() + b"\n" + to_line(made()))
    recording = read(path)
    assert recording.exchanges == (made(),)
    assert recording.remark == "line 2 cannot be read and was skipped"


@pytest.mark.parametrize("text", [b"\xef\xbb\xbf%b%b", b"%b\n\n%b", b"%b\0\n%b"])
def test_what_editors_leave_in_a_file_does_no_harm(tmp_path, text):
    """A byte order mark, empty lines, other line ends, no line end at the end."""
    path = tmp_path / "lesson.jsonl"
    for ends in (b"\n", b"\r\n"):
        path.write_bytes((text % (FIRST, to_line(made()))).replace(b"\n", ends).rstrip())
        assert read(path).exchanges == (made(),)


def test_a_header_is_told_nothing_that_could_end_it():
    """A recording may come from anywhere."""
    line = json.loads(to_line(made()))
    line["answer"]["content_type"] = "text/plain\r\nSet-Cookie: x"
    assert from_json(line).content_type == "text/plainSet-Cookie: x"


NONE = [
    (b"", "is not a recording"),
    (b"{}\n", "is not a recording"),
    (b"[1]\n", "is not a recording"),
    (b"\xff\n", "is not a recording"),
    (b'{"runware_recording": 2}\n', "is a recording of version 2; this reads version 1"),
    (b'{"runware_recording": "1"}\n', "is a recording of version 0"),
    (b'{"runware_recording": NaN}\n', "is a recording of version 0"),
    (b'{"runware_recording": ' + b"9" * 400 + b"}\n", "is a recording of version 0"),
    (gzip.compress(FIRST), "is not a recording"),
    (FIRST.decode().encode("utf-16"), "is not a recording"),
]


@pytest.mark.parametrize(("text", "said"), NONE)
def test_what_is_no_recording_is_refused_in_one_line(tmp_path, text, said):
    """With its name, and without its place on this machine."""
    path = tmp_path / "lesson.jsonl"
    path.write_bytes(text)
    with pytest.raises(UsageError) as caught:
        read(path)
    assert str(caught.value).startswith(f"lesson.jsonl {said}")
    assert str(tmp_path) not in str(caught.value)


def test_what_is_missing_no_file_or_too_large_is_refused(tmp_path):
    """In one line each."""
    with pytest.raises(UsageError, match=r"There is no file a\.jsonl\."):
        read(tmp_path / "a.jsonl")
    with pytest.raises(UsageError, match="There is no file"):
        read(tmp_path / "a\0.jsonl")
    with pytest.raises(UsageError, match="cannot be read: "):
        read(tmp_path / ("a" * 300))
    with pytest.raises(UsageError, match="is not a file"):
        read(tmp_path)
    with (tmp_path / "huge.jsonl").open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(UsageError, match=r"huge\.jsonl is larger than 512 MB\."):
        read(tmp_path / "huge.jsonl")


def test_no_other_file_is_written_to(tmp_path):
    """It stays as it is."""
    path = tmp_path / "thesis.txt"
    path.write_text("Once upon a time")
    with pytest.raises(UsageError, match=r"thesis\.txt is not a recording"):
        Recorder(path)
    assert path.read_text() == "Once upon a time"


def test_an_empty_file_becomes_a_recording(tmp_path):
    """As one that is not there."""
    path = tmp_path / "lesson.jsonl"
    path.touch()
    assert not is_recording(path)
    Recorder(path)
    assert is_recording(path)
    append(path, to_line(made()), "")
    assert read(path).exchanges == (made(),)


def test_the_same_request_has_its_answers_in_the_order_of_asking():
    """However they stand in the file; what was stopped is left out where there is another answer."""
    other = Request("m", (Message("user", "Ho"),))
    exchanges = (
        made("2026-11-25T00:00:03Z", ended="stopped"),
        made("2026-11-25T00:00:02Z"),
        made("2026-11-25T00:00:01Z", attempt=2),
        made("2026-11-25T00:00:01Z", ended="refused"),
        made("2026-11-25T00:00:00Z", other, ended="stopped"),
    )
    takes = Recording("x", exchanges).takes()
    assert [[each.attempt for each in take] for take in takes[same(REQUEST)]] == [[1, 2], [1]]
    assert [take[-1].ended for take in takes[same(other)]] == ["stopped"]


def test_the_two_names_of_the_token_limit_are_one():
    """A kernel that has learnt which of them an endpoint wants asks the same as one that has not."""
    assert same(REQUEST) == same(TOKEN_LIMIT.instead(REQUEST))
    with_probabilities = replace(REQUEST, parameters={**REQUEST.parameters, "logprobs": True, "top_logprobs": 5})
    assert same(with_probabilities) == same(PROBABILITIES.instead(with_probabilities)) == same(REQUEST)
    assert same(REQUEST) != same(Request("m", REQUEST.messages, {"max_completion_tokens": 8}))
    assert same(REQUEST) != same(None)
