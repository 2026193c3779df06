"""What passes the door."""

import pytest

from runware_magic.display.door import clean, escape


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
        ('<a href="javascript:alert(1)">t</a>', '<a target="_blank" rel="noopener noreferrer">t</a>'),
        ('<div class="runware-turn">t</div>', '<div class="runware-turn">t</div>'),
        ('<div class="jp-Button runware-turn">t</div>', "<div>t</div>"),
        ('<p style="position:fixed">t</p>', "<p>t</p>"),
        ('<p style="background-color:url(//x)">t</p>', "<p>t</p>"),
        ('<p style="color:expression(1)">t</p>', "<p>t</p>"),
        ('<p style="color:var(--jp-x,rgb(1,2,3))">t</p>', '<p style="color:var(--jp-x,rgb(1,2,3))">t</p>'),
        ("<!-- c --><details open>t</details>", '<details open="">t</details>'),
        ("lone \ud800", "lone \ufffd"),
    ],
)
def test_only_what_this_package_writes_gets_through(markup, passed):
    """Scripts, styles that load or position, foreign classes, ids and addresses do not pass."""
    assert clean(markup) == passed


def test_dollars_and_backslashes_stand_in_elements_of_their_own():
    """MathJax pairs no delimiter that a tag separates from its neighbours."""
    assert escape(r"$5 \(x\) <b>") == (r"<span>$</span>5 <span>\</span>(x<span>\</span>) &lt;b&gt;")
