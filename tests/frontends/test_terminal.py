"""IPython in a terminal: an answer streams as Markdown where the terminal can, and as plain text where it cannot."""

import os
import re
import subprocess
import sys

import pexpect
import pytest
from loopback import chunked, delta, finish, sse
from screen import Screen

pytestmark = pytest.mark.usefixtures("_kernels", "_sockets")

ANSWER = """## Two things

Some **bold** text, *italic* text and `code`, in a line that has to be wrapped where a terminal is narrow.

1. One \U0001f34e
   - nested 数量

```python
def f(): return 1
```

| Name | 数量 |
|------|-----:|
| Apple | 12 |

See [the page](https://x.org/y) or &#27;[2J.
"""
SHOWN = """Two things

Some bold text, italic text and code, in a line that has to be wrapped where a
terminal is narrow.

1. One \U0001f34e
   • nested 数量

── python ──────────────────────────────
def f(): return 1
────────────────────────────────────────

Name  │ 数量
──────┼─────
Apple │   12

See the page (https://x.org/y) or \ufffd[2J.
turn 1 · m · usage unknown"""
NARROW = SHOWN.replace(
    "and code, in a line that has to be wrapped where a\nterminal is narrow.",
    "and code,\nin a line that has to be wrapped where\na terminal is narrow.",
).replace("─" * 30, "─" * 29)
ASK = "%runware ask -m m Say it"


def reply():
    """Give the pieces of the answer, as a model sends them."""
    pieces = [ANSWER[start : start + 7] for start in range(0, len(ANSWER), 7)]
    events = [sse(delta(reasoning_content="Let me **think**.")), *(sse(delta(content=piece)) for piece in pieces)]
    return chunked([*events, sse(finish(), "[DONE]")])


def environment(folder, **more):
    """Give an environment in which no test depends on who runs it."""
    left_out = ("RUNWARE_", "JPY_", "IPYTHON", "NO_COLOR", "COLUMNS", "LINES")
    kept = {name: text for name, text in os.environ.items() if not name.startswith(left_out)}
    return {**kept, "IPYTHONDIR": str(folder), "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", **more}


def talked(url, folder, columns=80, **more):
    """Ask in an IPython on a pseudo-terminal; give what it wrote from the question to the next prompt."""
    command = ["-m", "IPython", "--simple-prompt", "--no-banner", "--colors=nocolor"]
    child = pexpect.spawn(
        sys.executable, command, encoding="utf-8", timeout=60, env=environment(folder, **more), dimensions=(24, columns)
    )
    child.expect(r"In \[1\]: ")
    child.sendline(f"%load_ext runware_magic\n%config RunwareMagics.base_url = {url!r}")
    child.expect(r"In \[3\]: ")
    child.sendline(ASK)
    child.expect(r"In \[4\]: ")
    child.sendline("exit")
    written = child.before
    child.close(force=True)
    return written.partition("\r\n")[2]


def shown(written, columns):
    """Give what a screen shows of it, without the time of the badge."""
    screen = Screen(columns)
    screen.write(written)
    assert not screen.is_styled
    return re.sub(r" · [\d.]+ s\s*\Z", "", "\n".join(screen.lines))


@pytest.mark.parametrize(("columns", "answer"), [(80, SHOWN), (40, NARROW)])
def test_a_terminal_shows_markdown(serve, tmp_path, columns, answer):
    """At any width, the reasoning dimmed, and with no escape sequence that is not ours."""
    written = talked(serve(reply()).url, tmp_path, columns)
    assert shown(written, columns) == f"Let me think.\n\n{answer}"
    assert "\x1b[2mLet me" in written
    assert "\x1b[1mbold\x1b[0m" in written
    assert "\x1b[36mcode\x1b[0m" in written


def test_no_color_is_honoured(serve, tmp_path):
    """Bold stays; nothing has a colour, and code keeps its backticks."""
    written = talked(serve(reply()).url, tmp_path, NO_COLOR="1")
    assert "`code`" in written
    assert set(re.findall(r"\x1b\[([\d;]*)m", written)) <= {"0", "1", "2", "3", "4", "1;2", "4;1", ""}


def test_a_dumb_terminal_gets_plain_text(serve, tmp_path):
    """The Markdown as it came, and no escape sequence."""
    written = talked(serve(reply()).url, tmp_path, TERM="dumb")
    assert "\x1b" not in written
    assert ANSWER.replace("\n", "\r\n") in written


def test_redirected_output_is_plain_text(serve, tmp_path):
    """Whatever the terminal around can do."""
    code = f"%load_ext runware_magic\n%config RunwareMagics.base_url = {serve(reply()).url!r}\n{ASK}\n"
    (tmp_path / "ask.ipy").write_text(code, encoding="utf-8")
    command = [sys.executable, "-m", "IPython", "--no-banner", "--colors=nocolor", "ask.ipy"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(tmp_path), capture_output=True, encoding="utf-8", check=True
    )
    assert f"Let me **think**.\n\n{ANSWER}" in done.stdout
    assert "\x1b" not in done.stdout


def test_an_interrupt_leaves_the_terminal_as_it_was(serve, gate, tmp_path):
    """No colour stays on, and the badge stands below what had come."""
    held = reply()
    held[len(held) // 2 :] = [gate]
    child = pexpect.spawn(
        sys.executable,
        ["-m", "IPython", "--simple-prompt", "--no-banner", "--colors=nocolor"],
        encoding="utf-8",
        timeout=60,
        env=environment(tmp_path),
        dimensions=(24, 80),
    )
    child.expect(r"In \[1\]: ")
    child.sendline(f"%load_ext runware_magic\n%config RunwareMagics.base_url = {serve(held).url!r}")
    child.expect(r"In \[3\]: ")
    child.sendline(ASK)
    child.expect("1. One")
    before = child.before
    child.setwinsize(20, 50)
    child.sendintr()
    child.expect(r"In \[4\]: ")
    written = f"{before}1. One{child.before}"
    child.sendline("exit")
    child.close(force=True)
    assert "turn 1 · m · stopped" in written
    assert re.findall(r"\x1b\[[^m]*m", written)[-1] == "\x1b[0m"
    assert "\x1b[?" not in written
