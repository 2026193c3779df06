"""Tokens and their probabilities as HTML: legible, safe, bounded."""

import html
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runware_magic.chat.logprobs import Logprobs, TokenLogprob
from runware_magic.chat.messages import Message
from runware_magic.chat.turn import Reply, Timing, Turn, Variant
from runware_magic.display.render.bundle import bundle
from runware_magic.display.render.sanitize_html import clean
from runware_magic.display.render.token_probabilities import MOST, probabilities_html

HOSTILE = "</span></details><script>alert(1)</script>\u202e\x1b[31m$x$\\(y\\)&lt;\"'\u2028"


def token(text, share, *others):
    """Make a token with this probability, and alternatives."""
    return TokenLogprob(text, math.log(share), tuple((other, math.log(part)) for other, part in others))


def turn(*tokens, content=None, **fields):
    """Make a turn with this answer."""
    text = "".join(each.token for each in tokens) if content is None else content
    given_ = {"endpoint": "https://e", "state": "complete", **fields}
    return Turn(
        id="1",
        model="m",
        messages=(Message("user", "Hi"),),
        timing=Timing("2026-01-01T00:00:00Z"),
        reply=Reply(text),
        logprobs=Logprobs(tokens),
        **given_,
    )


def shown(markup):
    """Give the text of the tokens, without what unfolds."""
    tokens = re.search(r'line-height:1\.9;white-space.*?">(.*)</div></details>$', markup, re.DOTALL)[1]
    folded = re.sub(r'<span style="display:block.*?</span>(?=</details>)', "", tokens)
    return html.unescape(re.sub(r"<[^>]*>", "", folded))


def test_tokens_are_shaded_by_their_probability():
    """With a line that tells the shades apart, a number, and a legend that shows both."""
    likely, fair, rare, odd = (token(text, share) for text, share in (("A", 0.95), ("b", 0.6), ("c", 0.3), ("d", 0.05)))
    markup = probabilities_html(turn(likely, fair, rare, odd)).replace("&nbsp;", " ")
    assert '<span title="95 %">A</span>' in markup
    for text, share, line in (("b", 60, "1px dotted"), ("c", 30, "2px dashed"), ("d", 5, "3px double")):
        found = re.search(rf'<span style="([^"]*)" title="{share} %">{text}</span>', markup)
        assert f"border-bottom:{line}" in found[1]
        assert "background-color" in found[1]
        assert markup.count(found[1]) == 2
    assert shown(markup) == "Abcd"


def test_alternatives_unfold():
    """Of every token that another might have replaced; blanks can be seen."""
    sure, torn = token("So", 0.999, (" it", 0.0005)), token(" be", 0.5, (" be", 0.5), (" is", 0.4), ("\n", 0.001))
    markup = probabilities_html(turn(sure, torn)).replace("&nbsp;", " ")
    assert markup.count("<details") == 2
    assert re.search(r'<span title="(>|&gt;) 99 %">So</span>', markup)
    unfolded = re.search(r'<span style="display:block[^>]*>(.*?)</span></details>', markup)[1]
    rows = html.unescape(re.sub("<(?!br)[^>]*>", "", unfolded)).split("<br>")
    assert rows == ["␣be 50 %", "␣is 40 %", "⏎ < 1 %"]
    assert "Select a token" in markup
    assert "Select a token" not in probabilities_html(turn(token("So", 0.5)))


def test_lines_end_where_the_answer_has_ends():
    """Behind a sign that shows it, also where alternatives unfold."""
    assert shown(probabilities_html(turn(token("a", 0.5), token("\n\n", 0.5, ("b", 0.5)), token("c", 0.5)))) == (
        "a⏎⏎\n\nc"
    )


def test_only_the_tokens_of_the_answer_are_shown():
    """Some servers tell those of the reasoning, too; all, where the two do not fit."""
    thought = [token(text, 0.5) for text in ("<think>", "Hm", "</think>", "\n", "So", " be")]
    assert shown(probabilities_html(turn(*thought, content="So be"))) == "So be"
    assert shown(probabilities_html(turn(*thought, content="Other"))) == "<think>Hm</think>⏎\nSo be"
    split = [token(text, 0.5) for text in ("Hm", "\\xf0\\x9f", "\\x98\\x80", "!")]
    assert shown(probabilities_html(turn(*split, content="😀!"))) == "\\xf0\\x9f\\x98\\x80!"


def test_a_long_answer_shows_its_beginning_and_says_so():
    """The record and the value have all."""
    markup = probabilities_html(turn(*[token(" x", 0.5)] * (MOST + 1)))
    assert shown(markup) == " x" * MOST + " …"
    assert f"The first {MOST} of 501 tokens." in markup


def test_what_is_made_up_is_labelled():
    """The demo measures nothing."""
    assert "The demo made these numbers up" in probabilities_html(turn(token("a", 0.5), endpoint="demo"))
    assert "made these numbers up" not in probabilities_html(turn(token("a", 0.5)))


def test_only_html_of_one_answer_shows_them():
    """Neither text, nor a column of a comparison, nor a turn without any."""
    one = bundle(turn(token("a", 0.5)))
    assert "Token probabilities" in one["text/html"]
    assert "robabilit" not in one["text/plain"] + one["text/markdown"]
    assert "Token" not in bundle(turn(content="a"))["text/html"]
    assert "Token" not in bundle(turn(token("a", 0.5), variant=Variant("c", 1, 2)))["text/html"]


def test_right_to_left_text_runs_so():
    """As a whole, and each alternative."""
    markup = probabilities_html(turn(token("שלום", 0.5, ("עולם", 0.3)), token(" a", 0.5)))
    assert markup.count('dir="rtl"') == 3


@pytest.mark.parametrize("count", [1, 50])
def test_hostile_tokens_are_text(count):
    """In the answer, and among the alternatives; nothing reorders, runs or sets mathematics."""
    markup = probabilities_html(turn(*[token(HOSTILE, 0.3, (HOSTILE, 0.3), (f"{HOSTILE}2", 0.2))] * count))
    assert clean(markup) == markup
    assert "<script" not in markup
    assert not {"\u202e", "\x1b"} & set(markup)
    assert "␛[31m" in shown(markup)
    assert re.search(r"\$x|\\\(", re.sub(r"<span>[$\\]</span>", "", markup)) is None


TEXTS = st.text(max_size=300) | st.sampled_from([HOSTILE, "\n" * 99, "<b>", "&amp;", "\\xf0", "\ufffd"])
TOKENS = st.builds(
    TokenLogprob, TEXTS, st.floats(-9999, 0), st.lists(st.tuples(TEXTS, st.floats(-9999, 0)), max_size=20).map(tuple)
)


@given(st.lists(TOKENS, min_size=1, max_size=8), st.text(max_size=20))
def test_any_tokens_are_safe_and_small(tokens, content):
    """Whatever a server sends: clean HTML of a bounded size for each token."""
    markup = probabilities_html(turn(*tokens, content=content))
    assert clean(markup) == markup
    assert len(markup) < 2_000 + 12_000 * len(tokens)


def test_ordinary_tokens_take_few_bytes():
    """An answer of 500 tokens stays well below the size of a picture."""
    others = [(f" word{number}", 0.1) for number in range(5)]
    markup = probabilities_html(turn(*[token(" token", 0.5, *others)] * MOST))
    assert len(markup) < 600 * MOST
