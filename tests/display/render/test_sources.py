"""Sources under an answer: numbered, linked where they lead to the web, and text otherwise."""

import re

import pytest
from markdown_it import MarkdownIt

from runware_magic.chat.sources import MOST, Source
from runware_magic.display.render.sanitize_html import clean
from runware_magic.display.render.sanitize_markdown import safe_markdown
from runware_magic.display.render.sources import sources_html, sources_lines, sources_markdown

LONG = "https://x.org/" + "a" * 200
CASES = [
    (Source("https://a.org/p", "A page"), "A page (a.org)", "https://a.org/p", "A page · https://a.org/p"),
    (Source("HTTP://www.a.org/p"), "a.org/p", "HTTP://www.a.org/p", "HTTP://www.a.org/p"),
    (Source("https://a.org", "a.org news"), "a.org news", "https://a.org", "a.org news · https://a.org"),
    (Source("https://b.org@a.org/", "https://b.org"), "https://b.org (a.org)", "https://a.org/", None),
    (Source("https://ä.org/ü"), "ä.org/ü (xn--4ca.org)", "https://xn--4ca.org/%C3%BC", "https://xn--4ca.org/%C3%BC"),
    (Source(LONG), LONG[8:127] + "…", LONG, LONG),
    (Source("", "Handbook, p. 3"), "Handbook, p. 3", None, "Handbook, p. 3"),
    (Source("doi:10.1/a_b", "Paper"), "Paper doi:10.1/a_b", None, "Paper · doi:10.1/a_b"),
    (Source("javascript:alert(1)", "x"), "x javascript:alert(1)", None, "x · javascript:alert(1)"),
    (Source("mailto:a@b.org"), "mailto:a@b.org", None, "mailto:a@b.org"),
    (Source("https:///etc"), "https:///etc", None, "https:///etc"),
    (Source("https://a.org/", "<script>x</script>"), "<script>x</script> (a.org)", "https://a.org/", None),
    (Source('https://a.org/"><img src=x>'), 'a.org/"><img src=x>', "https://a.org/%22%3E%3Cimg%20src=x%3E", None),
    (
        Source("https://a.org/", "*a* [b](c) `d` $e$ \\(f\\)"),
        "*a* [b](c) `d` $e$ \\(f\\) (a.org)",
        "https://a.org/",
        None,
    ),
]


def read(markup):
    """Return the text of each item of a list as HTML, and where it leads."""
    unescaped = MarkdownIt().renderInline
    items = re.findall(r"<li>(?:<a [^>]*?href=\"([^\"]*)\"[^>]*>)?(.*?)(?:</a>)?</li>", markup)
    return [(re.sub(r"<[^>]*>", "", text), unescaped(href) or None) for href, text in items]


@pytest.mark.parametrize(("source", "said", "target", "line"), CASES)
def test_a_source_is_a_link_to_the_web_or_text(source, said, target, line):
    """Whatever it says of itself, it tells where it leads; nothing else becomes a link, and nothing markup."""
    ((shown, leads),) = read(sources_html([source]))
    escaped = said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert (shown, leads) == (escaped, target)
    assert line is None or sources_lines([source]) == [f"[1] {line}"]


@pytest.mark.parametrize(("source", "target"), [(source, target) for source, _, target, _ in CASES])
def test_in_markdown_it_leads_there_too(source, target):
    """Read by another parser, which lets all HTML through."""
    markup = MarkdownIt().render(safe_markdown(sources_markdown([source])))
    assert markup.startswith("<p>Sources:</p>\n<ol>\n<li>")
    assert [leads for _, leads in read(markup)] == [target]
    assert not re.search("<(?!/?(?:p|ol|li|a|span)\\b)", markup)


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://a.org/w/A_(b)?c=1&d=2", "https://a.org/w/A_%28b%29?c=1&d=2"),
        ("https://a.org/$x$/`y`/[z]", "https://a.org/%24x%24/%60y%60/%5Bz%5D"),
        ("https://a.org/?a=1&copy;", "https://a.org/?a=1&amp;copy;"),
    ],
)
def test_addresses_in_markdown_mean_nothing_but_themselves(url, written):
    """No bracket ends them, no dollar sign begins a formula."""
    assert safe_markdown(sources_markdown([Source(url, "A")])) == f"Sources:\n\n1. [A]({written})"


def test_no_sources_are_nothing():
    """In no form."""
    assert (sources_html(()), sources_markdown(()), sources_lines(())) == ("", "", [])


@pytest.mark.parametrize(
    ("count", "opened", "heading"), [(1, True, "Sources"), (10, True, "Sources"), (11, False, "11")]
)
def test_many_fold(count, opened, heading):
    """A few show at once."""
    markup = sources_html([Source(f"https://a.org/{number}") for number in range(count)])
    assert (' open=""' in markup) == opened
    assert f">{heading}" in markup
    assert markup.count("<li>") == count


def test_they_are_numbered_in_order():
    """As the marks in a text count them."""
    sources = [Source("", "A"), Source("", "B")]
    assert sources_lines(sources) == ["[1] A", "[2] B"]
    assert sources_markdown(sources) == "Sources:\n\n1. A\n2. B"
    assert read(sources_html(sources)) == [("A", None), ("B", None)]


def test_what_is_made_passes_the_door_again():
    """It is what the door lets through, however many there are."""
    markup = sources_html([Source(f"https://a.org/{number}", "<b>$x$</b>") for number in range(MOST)])
    assert clean(markup) == markup
