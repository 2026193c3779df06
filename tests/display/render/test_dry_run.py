"""What a dry run shows."""

import html
import json
import re

import pytest
from attaching import TURN
from hypothesis import given
from hypothesis import strategies as st

from runware_magic.chat.messages import Message
from runware_magic.chat.pricing import Prices
from runware_magic.chat.request import Request
from runware_magic.display.render.dry_run import request_dry_run
from runware_magic.display.render.sanitize_html import clean
from runware_magic.protocol.chat_completions import CHAT_COMPLETIONS

ASKED = Request(
    "minimax:m2.7@0",
    (Message("system", "Be brief."), Message("user", "Why\nis " + "the sky " * 20 + "blue?")),
    {"max_completion_tokens": 4096, "stop": ["x"]},
)
HOSTILE = st.lists(
    st.sampled_from(
        ["<script>", "</pre>", "<img src=x onerror=a>", "&lt;", "$x$", "\\(", "'", '"', "\x1b[1m", "\u202e"]
    )
    | st.text(max_size=3)
).map("".join)
TAGS = re.compile(r"<[^>]*>")
OURS = re.compile(
    r"</?(?:div|span|pre|code|table|thead|tbody|tr|t[hd]|a|details|summary|label|textarea)>"
    r"|<(?:div|span|pre|code|table|t[hd]|a|details|summary|label|textarea)"
    r'(?: (?:class|style|title|scope|dir|tabindex|role|aria-label|rel|rows|spellcheck)="[\w #:;%().,-]*")+>'
)


def shown(value):
    """Give a value as a front end gets it: HTML and text."""
    bundle = value._repr_mimebundle_()
    return bundle["text/html"], bundle["text/plain"]


def test_a_dry_run_tells_what_would_be_sent():
    """Facts, messages, and the body itself."""
    facts, messages, body = str(
        request_dry_run(ASKED, "demo", "main", Prices(1e-6, 2e-6), budget=0.5, spent=0.1)
    ).split("\n\n")
    assert [re.split("  +", line) for line in facts.split("\n")] == [
        ["Dry run: nothing was sent."],
        ["model", "minimax:m2.7@0"],
        ["endpoint", "demo"],
        ["chat", "main"],
        ["parameters", 'max_completion_tokens 4096, stop ["x"]'],
        ["answer", "streamed"],
        ["tokens in", "~57"],
        ["tokens out", "at most 4,096"],
        ["cost", "about $0.00825 at most"],
        ["budget", "$0.400 left of $0.50"],
    ]
    assert [re.split("  +", line) for line in messages.split("\n")] == [
        ["Messages"],
        ["role", "text", "tokens"],
        ["system", "Be brief.", "~3"],
        ["user", "Why is " + "the sky " * 8 + "the sky…", "~43"],
    ]
    assert json.loads(body) == CHAT_COMPLETIONS.encode(ASKED)


@pytest.mark.parametrize(
    ("run", "lines"),
    [
        (request_dry_run(ASKED, "demo"), ["chat        none", "cost        unknown", "budget      none"]),
        (
            request_dry_run(Request("m", ()), "demo", "main", Prices(1.0, 1.0)),
            ["tokens out  unknown: no limit", "parameters  none", "None."],
        ),
        (request_dry_run(Request("m", (), {}, stream=False), "demo"), ["answer      one complete reply"]),
        (request_dry_run(ASKED, "demo", "main", Prices(0.0, 0.0)), ["cost        about $0 at most"]),
        (request_dry_run(ASKED, "demo", budget=0.5, spent=0.6), ["budget      $0 left of $0.50"]),
        (request_dry_run(ASKED, "demo", own=0.001), ["budget      $0.001 for this answer"]),
        (
            request_dry_run(ASKED, "demo", budget=0.5, own=0.1),
            ["budget      $0.500 left of $0.50, $0.10 for this answer"],
        ),
    ],
)
def test_what_is_not_known_is_said_to_be_unknown(run, lines):
    """Never nothing, never zero."""
    assert set(lines) <= set(str(run).split("\n"))


@given(HOSTILE)
def test_hostile_text_is_shown_as_text(text):
    """Whatever the model, the chat, the messages and the fields hold: no tag but ours, no control character."""
    request = Request(text, (Message(text, text),), {text: text})
    markup, plain_text = shown(request_dry_run(request, text, text))
    assert [tag for tag in TAGS.findall(markup) if not OURS.fullmatch(tag)] == []
    assert clean(markup) == markup
    assert not set(plain_text) & {"\x1b", "\u202e"}


@given(HOSTILE)
def test_the_body_is_shown_whole(text):
    """What stands in the code block is the JSON that would be sent."""
    request = Request("m", (Message("user", text),))
    markup, plain_text = shown(request_dry_run(request, "demo"))
    code = html.unescape(TAGS.sub("", re.findall(r"<code[^>]*>(.*?)</code>", markup, re.DOTALL)[0]))
    assert json.loads(code) == json.loads(json.dumps(CHAT_COMPLETIONS.encode(request)))
    assert plain_text.endswith(code)


def test_pictures_are_shown_and_their_tokens_are_unknown():
    """As over an answer: a line that unfolds to what would be sent, with the pictures themselves."""
    request = Request("m", TURN.messages, {"max_tokens": 10})
    markup, plain_text = shown(request_dry_run(request, "e", prices=Prices(0.01, 0.01), turn=TURN))
    lines = [re.split("  +", line) for line in plain_text.split("\n")]
    assert ["with df (1,000 \N{MULTIPLICATION SIGN} 12, cut), fig (640 \N{MULTIPLICATION SIGN} 480)"] in lines
    assert [line[1] for line in lines if line[0] == "tokens in"] == ["~24, and 2 pictures or files: unknown"]
    assert [line[1] for line in lines if line[0] == "cost"] == ["about $0.340 at most, pictures not counted"]
    assert ["~17, and 2 pictures or files: unknown"] in [line[2:] for line in lines if line[0] == "user"]
    assert '<img src="data:image/png;base64,' in markup
