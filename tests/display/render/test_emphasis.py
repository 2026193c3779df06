"""Emphasis among Chinese, Japanese and Korean characters."""

# ruff: noqa: RUF001  # their punctuation looks like ASCII's

import re

import pytest
from markdown_it import MarkdownIt

from runware_magic.display.render.emphasis import is_cjk
from runware_magic.display.render.incremental import GrowingDocument
from runware_magic.display.render.markdown import to_html


def bare(markup):
    """Return the HTML without its styles and paragraphs."""
    return re.sub(r'</?p( style="[^"]*")?>| style="[^"]*"', "", markup).strip()


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("**重要。**然后", "<strong>重要。</strong>然后"),
        ("见**「重要」**的部分", "见<strong>「重要」</strong>的部分"),
        ("**注意：**これは*強調（注）*です", "<strong>注意：</strong>これは<em>強調（注）</em>です"),
        ("~~旧的。~~新的", "<s>旧的。</s>新的"),
        ("***全部！***然后", "<em><strong>全部！</strong></em>然后"),
        ("**이 별표(괄호)**이 문장", "<strong>이 별표(괄호)</strong>이 문장"),
        ("**Note:**然后", "<strong>Note:</strong>然后"),
        ("**“引用”**之后", "<strong>“引用”</strong>之后"),
        ("**葛\U000e0100**「」**葛**", "<strong>葛\U000e0100</strong>「」<strong>葛</strong>"),
        ("**。\ufe00**然", "<strong>。\ufe00</strong>然"),
        ("** 空**白 **白 **", "** 空**白 **白 **"),
        ("的__重要。__然后", "的__重要。__然后"),
        ("a**b!**c", "a**b!**c"),
        ("**😀!**a", "**😀!**a"),
        ("2**。**3", "2<strong>。</strong>3"),
        ("`**重要。**然后`", '<code dir="ltr">**重要。**然后</code>'),
    ],
)
def test_marks_beside_cjk_characters_are_emphasis(text, markup):
    """With punctuation within and a letter behind it; underscores within a word, and other scripts, stay."""
    assert bare(to_html(text)) == markup


@pytest.mark.parametrize("step", [1, 3])
def test_growing_emphasis_is_the_same(step):
    """What has come is bold as soon as it is opened, and stays so."""
    document = GrowingDocument()
    text = "**重要。**然后"
    for start in range(0, len(text), step):
        document.feed(text[start : start + step])
        assert ("<strong>" in document.tail) == (start + step > len("**"))
    assert bare(document.tail) == "<strong>重要。</strong>然后"


@pytest.mark.parametrize("text", ["*a*b", "a*b*c", 'a*"b"*', "*(*a*)*", "a_b_c", "_a_b", "**a,**b", "é*é*é", "**д!**д"])
def test_without_cjk_characters_emphasis_is_commonmarks(text):
    """Exactly as without the amendment."""
    assert bare(to_html(text)) == bare(MarkdownIt().render(text)).replace("&quot;", '"')


@pytest.mark.parametrize(
    ("characters", "belong"),
    [("重。（ー가ㄱᅡ￥ｱ〒㈱𠮷", True), ("aé“”…дא ☆—", False), ("😀🎉⌚⭐✅", False)],
)
def test_which_characters_these_are(characters, belong):
    """By their width and by their script; emoji are wide, and no writing."""
    assert {is_cjk(character) for character in characters} == {belong}
