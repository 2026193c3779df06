"""What passes the door."""

import re

import pytest

from runware_magic.chat.messages import Message, ToolCall
from runware_magic.chat.request import Request
from runware_magic.chat.turn import COMPLETE, Reply, Timing, Turn
from runware_magic.display.render.bundle import bundle, refusal
from runware_magic.display.render.dry_run import request_dry_run
from runware_magic.display.render.markdown import to_html
from runware_magic.display.render.sanitize_html import clean, escape
from runware_magic.display.render.tables import Table
from runware_magic.display.render.version_diff import Difference
from runware_magic.display.render.word_diff import compare
from runware_magic.errors import ConnectError

HOSTILE = "<script>x</script> <img src=x> ![p](http://e.invalid) [l](javascript:z) $x$ `c` \x1b \ud800\n\n```\n<b>\n```"
REPLY = Reply(HOSTILE, HOSTILE, (ToolCall("1", HOSTILE, HOSTILE),))
SHOWN = {
    "text": lambda: to_html(HOSTILE),
    "turn": lambda: bundle(Turn("1", HOSTILE, "", (), Timing(""), reply=REPLY), notes=[HOSTILE])["text/html"],
    "refusal": lambda: refusal(HOSTILE, ConnectError(HOSTILE))["text/html"],
    "table": lambda: Table(HOSTILE, (HOSTILE,), ((HOSTILE,),), HOSTILE)._repr_mimebundle_()["text/html"],
    "difference": lambda: Difference(HOSTILE, compare(HOSTILE, "x"))._repr_mimebundle_()["text/html"],
    "dry run": lambda: request_dry_run(Request("m", (Message("user", HOSTILE),)), "e")._repr_mimebundle_()["text/html"],
}


TEXTS = {
    "turn": lambda text: "".join(map(bundle(said(text), notes=[text]).get, ("text/plain", "text/markdown"))),
    "refusal": lambda text: refusal(text, ConnectError(text))["text/plain"],
    "table": lambda text: str(Table(text, (text,), ((text,),), text)),
    "difference": lambda text: str(Difference(text, compare(text, "x"))),
    "dry run": lambda text: str(request_dry_run(Request(text, (Message(text, text),)), text, text)),
}


def said(text):
    """Give a turn in which everything says this."""
    reply = Reply(text, text, (ToolCall("1", text, text),))
    return Turn("1", text, text, (), Timing(""), reply=reply, state=COMPLETE, finish_reason=text, chat=text)


@pytest.mark.parametrize(
    ("markup", "passed"),
    [
        ("<script>alert(1)</script>x", "x"),
        ("<style>body{}</style>x", "x"),
        ("<img src=x onerror=alert(1)>", ""),
        ("<svg onload=alert(1)></svg>", ""),
        ('<iframe srcdoc="x"></iframe>', ""),
        ("<form><input autofocus></form>x", "x"),
        ('<p onclick="x" id="y" data-z="1">t</p>', "<p>t</p>"),
        ('<a href="javascript:alert(1)">t</a>', "<a>t</a>"),
        ('<a href="/lab" target="_top">t</a>', "<a>t</a>"),
        ("esc \x1b &#27; &#x202e; \r\n", "esc ␛ ␛  \n"),
        ('<div class="runware-turn">t</div>', '<div class="runware-turn">t</div>'),
        ('<div class="jp-Button runware-turn">t</div>', "<div>t</div>"),
        ('<p style="position:fixed">t</p>', "<p>t</p>"),
        ('<p style="background-color:url(//x)">t</p>', "<p>t</p>"),
        ('<p style="color:expression(1)">t</p>', "<p>t</p>"),
        ('<p style="color:var(--jp-x,rgb(1,2,3))">t</p>', '<p style="color:var(--jp-x,rgb(1,2,3))">t</p>'),
        ("<!-- c --><details open>t</details>", '<details open="">t</details>'),
        ("lone \ud800", "lone \ufffd"),
        ('<p dir="rtl">t</p><p dir="x">t</p>', '<p dir="rtl">t</p><p>t</p>'),
        ('<div role="status" aria-live="polite" tabindex="0">t</div>', "<div>t</div>"),
        ('<a tabindex="5" role="alert" aria-label="x">t</a>', "<a>t</a>"),
        ('<a title="b" rel="x">t</a>', '<a title="b">t</a>'),
        ('<a href="https://a:b@e.x/@c?@">t</a>', '<a href="https://e.x/@c?@" rel="noopener noreferrer">t</a>'),
        ('<a href="mailto:a@e.x">t</a>', '<a href="mailto:a@e.x" rel="noopener noreferrer">t</a>'),
        ('<textarea rows="2" name="x" autofocus>&lt;b></textarea>', '<textarea rows="2">&lt;b&gt;</textarea>'),
        ('<p style="color:color-mix(in srgb,red,url(x))">t</p>', "<p>t</p>"),
    ],
)
def test_only_what_this_package_writes_gets_through(markup, passed):
    """Scripts, styles that load or position, foreign classes, ids and addresses do not pass."""
    assert clean(markup) == passed


@pytest.mark.parametrize("name", SHOWN)
def test_all_that_is_kept_has_passed(name):
    """What has passed the door passes it again unchanged."""
    assert clean(SHOWN[name]()) == SHOWN[name]()


def test_dollars_and_backslashes_stand_in_elements_of_their_own():
    """MathJax pairs no delimiter that a tag separates from its neighbours."""
    assert escape(r"$5 \(x\) <b>") == (r"<span>$</span>5 <span>\</span>(x<span>\</span>) &lt;b&gt;")


@pytest.mark.parametrize("name", ["turn", "refusal", "table", "difference", "dry run"])
def test_text_has_no_control_characters_either(name):
    """What shows in a terminal: nothing in it moves the cursor or turns the reading around."""
    hostile = "\x1b]8;;x\x07 \x9b2J \u202e \r \ud800"
    text = TEXTS[name](hostile)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
