"""What a server says in an error."""

import pytest

from runware_magic.chat.messages import Message
from runware_magic.chat.parts import FilePart, ImagePart, TextPart
from runware_magic.chat.request import Request
from runware_magic.protocol.complaints import described
from runware_magic.protocol.errors import refused, reported, retry_after

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("3", 3.0),
        ("0.5", 0.5),
        ("-5", 0.0),
        ("nan", None),
        ("soon", None),
        ("", None),
        ("Fri, 15 Jan 2027 08:00:10 GMT", 10.0),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0.0),
        ("1e400", float("inf")),
    ],
)
def test_retry_after_is_seconds_or_a_date(header, expected):
    """What makes no sense is nothing; the past is now."""
    assert retry_after(header, NOW) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"error": {"message": "m", "type": "t", "code": "c"}}, ("m", "c")),
        ({"error": {"message": "m", "type": "t", "code": None}}, ("m", "t")),
        ({"error": "m", "code": "c"}, ("m", "c")),
        ({"errors": [{"message": "m", "code": "c", "taskUUID": "x"}, {"message": "n"}]}, ("m; n", "c")),
        ([{"message": "m"}], ("m", None)),
        ({"message": "m", "code": 7}, ("m", "7")),
        ({"detail": [{"msg": "m", "type": "t"}]}, ("m", "t")),
        ({"error": {"error": {"message": "m"}}}, ("m", None)),
        ("m", ("m", None)),
        ({"error": {}}, None),
        ([], None),
        (5, None),
    ],
)
def test_the_message_is_found_in_every_shape(value, expected):
    """And the code, where there is one."""
    assert described(value) == expected


def test_an_error_is_one_line_of_bounded_length():
    """Whatever the server sends: line ends, escape sequences, a novel."""
    said = str(refused(400, '{"error": "a\\n\\u001b[2Jb' + "x" * 5000 + '"}', host="h"))
    assert "\n" not in said
    assert "\x1b" not in said
    assert len(said) < 500


@pytest.mark.parametrize(
    ("began", "code", "expected"),
    [
        (True, None, "h stopped the answer with an error: m. The text so far is kept. Run the cell again."),
        (False, None, "h reported an error: m. Run the cell again later, or try another model."),
        (False, "invalid_api_key", "h reported an error: m. Set a new RUNWARE_API_KEY, or run %runware login."),
    ],
)
def test_an_error_that_came_with_200_says_whether_anything_is_kept(began, code, expected):
    """Nothing is, where nothing had come."""
    assert str(reported("m", code, host="h", began=began)) == expected


PDF, PICTURE = FilePart(b"%PDF", "application/pdf", "a.pdf"), ImagePart(b"", "image/png")


@pytest.mark.parametrize(
    ("status", "parts", "hint"),
    [
        (400, (PDF,), "Perhaps this model does not read PDF files: send text, or try another model."),
        (415, (PICTURE,), "Perhaps this model does not read pictures: send text, or try another model."),
        (
            422,
            (PDF, PICTURE),
            "Perhaps this model does not read PDF files or pictures: send text, or try another model.",
        ),
        (400, (), "Check the options of the cell."),
        (404, (PDF,), "%runware models lists the models; check base_url too."),
    ],
)
def test_a_rejected_request_with_files_says_what_may_be_the_reason(status, parts, hint):
    """No server tells beforehand what its models read."""
    request = Request("m", (Message("user", parts=(TextPart("Hi"), *parts)),))
    error = refused(status, '{"error": {"message": "Invalid value: file"}}', host="h", request=request)
    assert error.hint == hint
    assert "\n" not in str(error)
