"""The recorder on its way: a file is whole whenever somebody leaves, and several may add to it."""

import os
import subprocess
import sys
import threading

import pytest
from asking import KEY, OK, PIECES, REQUEST
from calling import started
from loopback import chunk, chunked, closing, head, sse
from recorded import NOW, asked, body_of, talking

from runware_magic.errors import UsageError
from runware_magic.recording.file import append, first_line, is_recording, read
from runware_magic.recording.format import Recorded, to_line
from runware_magic.recording.recorder import Recorder
from runware_magic.transport.connections import Network, RequestCanceller
from runware_magic.transport.endpoint import endpoint
from runware_magic.transport.timeouts import Timeouts

FIRST = first_line("2026-11-25T13:40:02Z")
BODY = b"".join(PIECES)
ENDS = {
    "in one piece": [BODY],
    "in a piece of its own": PIECES,
    "letter by letter": [BODY[at : at + 1] for at in range(len(BODY))],
    "with other line ends": [BODY.replace(b"\n", b"\r\n")],
}
ASKING = """\
from runware_magic import Chat
chat = Chat("demo:echo@1", record="lesson.jsonl")
for number in range({}):
    chat.ask("{} " + "word " * 300)
"""


@pytest.mark.parametrize("end", ENDS)
def test_an_answer_is_on_the_disk_before_anybody_hears_that_it_has_ended(serve, tmp_path, end):
    """Though the server keeps the line open: whoever has the answer may leave at once."""
    path = tmp_path / "lesson.jsonl"
    server = serve([head(Transfer_Encoding="chunked"), *map(chunk, ENDS[end]), threading.Event()])
    talk = talking(endpoint(server.url, KEY), Recorder(path), Timeouts(2, 5, 0))
    under_way = started(talk)
    under_way.outcome()
    (only,) = read(path).exchanges
    under_way.close()
    talk.close()
    assert (only.ended, body_of(only)) == ("whole", b"".join(ENDS[end]))
    assert len(read(path).exchanges) == 1


def test_what_cannot_be_written_down_costs_no_answer(serve, tmp_path):
    """Such as JSON that is nested beyond what can be read: it is what it would be without a recorder."""
    path, deep = tmp_path / "lesson.jsonl", b"[" * 200_000
    talks = [talking(endpoint(serve(closing([deep])).url, KEY), medium) for medium in (Network(), Recorder(path))]
    assert asked(talks[0]) == asked(talks[1])
    for talk in talks:
        talk.close()
    assert [body_of(each) for each in read(path).exchanges] == [deep]


def test_an_answer_that_speaks_of_the_end_goes_on(serve, tmp_path):
    """The words in it are no end."""
    path = tmp_path / "lesson.jsonl"
    talks_of_it = sse({"choices": [{"delta": {"content": "\n\ndata: [DONE]\n\n"}}]})
    server = serve(chunked([talks_of_it, *PIECES]), closing([talks_of_it, b"data: [DONE]", b"\n\n"]))
    talk = talking(endpoint(server.url, KEY), Recorder(path))
    for _ in range(2):
        asked(talk)
    talk.close()
    assert [body_of(each) for each in read(path).exchanges] == [
        b"".join([talks_of_it, *PIECES]),
        talks_of_it + b"data: [DONE]\n\n",
    ]


def test_who_stops_an_answer_and_leaves_waits_until_it_is_written(serve, tmp_path):
    """And never for one that goes on."""
    path = tmp_path / "lesson.jsonl"
    recorder = Recorder(path)
    server = serve([head(Transfer_Encoding="chunked"), chunk(PIECES[1]), threading.Event()])
    talk = talking(endpoint(server.url, KEY), recorder, Timeouts(2, 30, 0))
    first, second = (started(talk, until=lambda builder: builder.content) for _ in range(2))
    recorder.rest()
    assert read(path).exchanges == ()
    first.stop()
    recorder.rest()
    assert [each.ended for each in read(path).exchanges] == ["stopped"]
    second.stop()
    for each in (first, second):
        each.close()
    talk.close()


def test_a_file_that_is_taken_away_is_begun_anew(serve, tmp_path):
    """What comes then is a recording as well."""
    path = tmp_path / "lesson.jsonl"
    talk = talking(endpoint(serve(OK).url, KEY), Recorder(path, now=lambda: NOW))
    asked(talk)
    path.unlink()
    asked(talk)
    talk.close()
    assert len(read(path).exchanges) == 1


def test_recordings_may_be_put_together(tmp_path):
    """One behind the other, as files are; the beginning of the second is none of its answers."""
    path = tmp_path / "both.jsonl"
    one, two = (Recorded(f"2026-11-25T13:40:0{n}Z", "https://h/v1", REQUEST, 200) for n in range(2))
    path.write_bytes(FIRST + to_line(one) + FIRST + to_line(two))
    assert (read(path).exchanges, read(path).remark) == ((one, two), "")


@pytest.mark.usefixtures("_kernels")
def test_two_kernels_may_add_to_one_file(tmp_path):
    """Each line stays one."""
    script = [sys.executable, "-c"]
    kernels = [subprocess.Popen([*script, ASKING.format(5, name)], cwd=tmp_path) for name in "ab"]
    assert [kernel.wait(60) for kernel in kernels] == [0, 0]
    recording = read(tmp_path / "lesson.jsonl")
    names = sorted(each.request.messages[-1].content[0] for each in recording.exchanges)
    assert ("".join(names), recording.remark) == ("aaaaabbbbb", "")


@pytest.mark.usefixtures("_kernels")
def test_a_kernel_that_is_killed_loses_the_answer_under_way_only(tmp_path):
    """The file is a recording still, and goes on being one."""
    code = f'{ASKING.format(1, "a")}for _ in chat.stream("Again. " * 500): print(flush=True)'
    with subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE) as kernel:
        for _ in range(3):
            kernel.stdout.readline()
        kernel.kill()
    path = tmp_path / "lesson.jsonl"
    assert [each.ended for each in read(path).exchanges] == ["whole"]
    assert is_recording(path)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
@pytest.mark.usefixtures("_kernels")
def test_a_disk_that_is_full_cuts_one_line_off_and_no_answer(tmp_path):
    """The recorder tells why; what could be written before can be read."""
    code = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))\n"
        "from runware_magic import Chat\n"
        "chat = Chat('demo:echo@1', record='lesson.jsonl')\n"
        "print(*(chat.ask('word ' * 80).state for _ in range(4)), chat._session.connections.recorder.trouble)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    said = done.stdout
    assert done.stderr.count("UserWarning: The recording is incomplete: some answers could not be written") == 1
    assert said.startswith("complete complete complete complete some answers could not be written: ")
    recording = read(tmp_path / "lesson.jsonl")
    assert 1 <= len(recording.exchanges) < 4
    assert recording.remark == "the last line is cut off and was skipped"
    append(tmp_path / "lesson.jsonl", to_line(recording.exchanges[0]), "")
    assert len(read(tmp_path / "lesson.jsonl").exchanges) == len(recording.exchanges) + 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_nothing_waits_for_a_pipe(tmp_path):
    """Neither to record nor to replay."""
    pipe = tmp_path / "lesson.jsonl"
    os.mkfifo(pipe)
    for use in (Recorder, read):
        with pytest.raises(UsageError, match=r"lesson\.jsonl is not a file"):
            use(pipe)


def test_a_request_that_nobody_follows_is_none(tmp_path):
    """A canceller that was cut before anything began leaves nothing to wait for."""
    recorder = Recorder(tmp_path / "lesson.jsonl")
    canceller = RequestCanceller()
    canceller.cut()
    recorder.expect(REQUEST, canceller)
    recorder.rest()
    assert read(tmp_path / "lesson.jsonl").exchanges == ()
