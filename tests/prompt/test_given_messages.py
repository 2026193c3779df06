"""Messages in OpenAI's form, as a notebook holds them."""

import base64
from types import SimpleNamespace

import pytest

from runware_magic.chat.attached import Attached
from runware_magic.chat.messages import Message, ToolCall
from runware_magic.chat.parts import FilePart, ImagePart, TextPart
from runware_magic.errors import OptionError, PromptError
from runware_magic.prompt.cell_text import CellText
from runware_magic.prompt.given_messages import read_messages

BYTES = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")
PNG = "data:image/png;base64," + base64.b64encode(BYTES).decode()
PDF = {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
ASKED = {"role": "user", "content": "Weather?"}
CALLING = {"role": "assistant", "content": None, "tool_calls": [CALL], "refusal": None, "annotations": []}


def part(**fields):
    """Return a list of one message with one part."""
    return [{"role": "user", "content": [fields]}]


def calling(**change):
    """Return a list with a tool call that is changed."""
    return [ASKED, {**CALLING, "tool_calls": [{**CALL, **change}]}]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"role": "developer", "content": "Be kind"}, Message("developer", "Be kind")),
        ({"role": "user", "content": ""}, Message("user", "")),
        (
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Look:"},
                    {"type": "image_url", "image_url": {"url": PNG, "detail": "auto"}},
                    {"type": "file", "file": PDF},
                ],
            },
            Message(
                "user",
                parts=(
                    TextPart("Look:"),
                    ImagePart(BYTES, "image/png", "", (1, 1)),
                    FilePart(b"%PDF-", "application/pdf", "a.pdf"),
                ),
            ),
        ),
        (CALLING, Message("assistant", "", tool_calls=(ToolCall("c1", "f", '{"a": 1}'),))),
        (Message("assistant", "Hi"), Message("assistant", "Hi")),
        (SimpleNamespace(model_dump=lambda: ASKED), Message("user", "Weather?")),
    ],
)
def test_each_message_is_read_as_it_stands(given, expected):
    """Dicts, objects of the openai package, and messages of this one; what is empty there says nothing."""
    assert read_messages([given]) == (expected,)


def test_a_result_follows_its_call():
    """As the endpoint wants it; both are sent as they came."""
    given = [ASKED, CALLING, {"role": "tool", "tool_call_id": "c1", "content": "rain"}]
    read = read_messages(given)
    assert [message.to_json() for message in read][1:] == [
        {"role": "assistant", "content": "", "tool_calls": [CALL]},
        given[2],
    ]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "messages: expected a list of messages, got nothing."),
        ("Hi", "messages: expected a list of messages, got a value of type str."),
        (ASKED, "messages: expected a list of messages, got a value of type dict."),
        ([], "messages: expected a list of messages, got an empty list."),
        ([ASKED, "Hi"], "messages[1]: expected a dict, got a value of type str."),
        ([{"content": "Hi"}], "messages[0].role: expected system, developer, user, assistant, tool, got nothing."),
        ([{"role": "function", "content": "x"}], "messages[0].role: expected system, developer, user, assistant, tool"),
        ([{"role": [], "content": "x"}], "messages[0].role: "),
        ([{"role": "user"}], "messages[0].content: expected a text or a list of parts, got nothing."),
        ([{"role": "user", "content": 5}], "messages[0].content: expected a text or a list of parts, got a value of"),
        ([{"role": "user", "content": []}], "messages[0].content: expected a text or a list of parts, got an empty"),
        ([{**ASKED, "name": "Ada"}], "messages[0].name: this field cannot be sent."),
        ([{**ASKED, "tool_calls": [CALL]}], "messages[0].tool_calls: this field cannot be sent."),
        ([{"role": "user", "content": ["Hi"]}], "messages[0].content[0]: expected a dict, got a value of type str."),
        (part(text="Hi"), "messages[0].content[0].type: expected text, image_url, file, got nothing."),
        (part(type="input_audio"), "messages[0].content[0].type: expected text, image_url, file, got 'input_audio'."),
        (part(type="text", text=5), "messages[0].content[0].text: expected a text, got a value of type int."),
        (part(type="text", text="a", cache="x"), "messages[0].content[0].cache: this field cannot be sent."),
        (part(type="image_url", image_url=PNG), "messages[0].content[0].image_url: expected a dict, got a value of"),
        (part(type="image_url", image_url={}), "messages[0].content[0].image_url.url: expected a text, got nothing."),
        (
            part(type="image_url", image_url={"url": "https://x.org/a.png"}),
            "messages[0].content[0].image_url.url: an address is not sent.",
        ),
        (
            part(type="image_url", image_url={"url": PNG, "detail": "high"}),
            "messages[0].content[0].image_url.detail: this field cannot be sent.",
        ),
        (
            part(type="image_url", image_url={"url": "data:image/svg+xml;base64,AAAA"}),
            "messages[0].content[0].image_url.url: a picture is one of image/gif, image/jpeg, image/png, image/webp;",
        ),
        (part(type="image_url", image_url={"url": "data:image/png;base64,"}), "image_url.url: it has no bytes."),
        (part(type="image_url", image_url={"url": "data:image/png;base64,A"}), "image_url.url: not base64: "),
        (
            part(type="image_url", image_url={"url": PNG.replace("png", "jpeg")}),
            "messages[0].content[0].image_url.url: its bytes are not image/jpeg.",
        ),
        (part(type="image_url", image_url={"url": "a.png"}), "image_url.url: pictures and files in a message must"),
        (part(type="file", file={"file_id": "f1"}), "messages[0].content[0].file.file_id: this field cannot be sent."),
        (part(type="file", file={"file_data": PNG}), "content[0].file.filename: expected a text, got nothing."),
        (calling(type="custom"), "messages[1].tool_calls[0].type: expected function, got 'custom'."),
        (calling(id=None), "messages[1].tool_calls[0].id: expected a text, got nothing."),
        (calling(function="f"), "messages[1].tool_calls[0].function: expected a dict, got a value of type str."),
        (
            calling(function={"name": "f", "arguments": {}}),
            "messages[1].tool_calls[0].function.arguments: expected a text, got an empty dict.",
        ),
        ([ASKED, {**CALLING, "tool_calls": CALL}], "messages[1].tool_calls: expected a list of tool calls"),
        ([{"role": "user", "content": [{"type": [], "text": "x"}]}], "messages[0].content[0].type: expected text"),
        ([ASKED, {"role": "tool", "content": "x"}], "messages[1].tool_call_id: expected a text, got nothing."),
        (
            [ASKED, {"role": "tool", "tool_call_id": "c9", "content": "x"}],
            "messages[1].tool_call_id: no message before it has a tool call 'c9'.",
        ),
        (
            [ASKED, {"role": "system", "content": "Be kind"}],
            "messages[1].role: system messages are sent first, but others come before it.",
        ),
    ],
)
def test_what_cannot_be_sent_is_refused_with_its_place(value, said):
    """In one line, whatever the value; nothing is left out silently, and nothing is fetched."""
    with pytest.raises(PromptError) as caught:
        read_messages(value)
    assert said in caught.value.message
    assert "\n" not in str(caught.value)
    assert len(caught.value.message) < 200


def test_the_text_of_the_cell_follows():
    """With its roles; without it, the list stands alone, and must end with something to answer."""
    names = {"history": [ASKED, {"role": "assistant", "content": "Rain."}]}
    text = CellText("And {{ day }}?", given="history")
    asked = text.prompt(lambda source: {**names, "day": "now"}[source], {}).messages
    assert [(message.role, message.content) for message in asked] == [
        ("user", "Weather?"),
        ("assistant", "Rain."),
        ("user", "And now?"),
    ]
    with pytest.raises(PromptError, match="The last message is from the assistant"):
        CellText("\n", given="history").prompt(names.__getitem__, {})
    with pytest.raises(PromptError, match="The last message is from the assistant"):
        CellText("\n", given="[m]").prompt(lambda _: [Message("assistant", "Hi")], {})


def test_a_reader_is_told_of_pictures_and_files():
    """By the name of the list, or their own."""
    parts = [{"type": "image_url", "image_url": {"url": PNG}}, {"type": "file", "file": PDF}]
    prompt = CellText("", given="m").prompt({"m": [{"role": "user", "content": parts}]}.__getitem__, {})
    assert prompt.attached == (Attached("picture 1 of m", "picture", (1, 1)), Attached("a.pdf", "file"))


def test_an_expression_that_fails_is_told_in_one_line():
    """With what it raised."""
    with pytest.raises(OptionError) as caught:
        CellText("", given="x").prompt({}.__getitem__, {})
    assert str(caught.value).startswith("--messages x raised KeyError: 'x'.")
