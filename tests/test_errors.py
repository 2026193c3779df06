"""How an error shows where IPython would show a traceback."""

import io
import re
import sys

import pytest

from runware_magic.errors import OptionError


def shown(error):
    """Give its lines without colours."""
    return [re.sub(r"\x1b\[\d+m", "", line) for line in error._render_traceback_()]


def test_the_hint_stands_below_what_happened():
    """An arrow says that it is something to do."""
    assert shown(OptionError("There is no option --modle.", "Did you mean --model?")) == [
        "OptionError: There is no option --modle.",
        "→ Did you mean --model?",
    ]
    assert shown(OptionError("There is no option --modle.")) == ["OptionError: There is no option --modle."]


@pytest.mark.parametrize("columns", [40, 88, 200])
def test_lines_wrap_between_words(monkeypatch, columns):
    """At 88 columns, or as many as a terminal has; names of options stay whole, and no colour runs on."""
    monkeypatch.setenv("COLUMNS", str(columns))
    words = "--max-tokens demo:tutor@1 " * 20
    error = OptionError(words, words)
    lines = shown(error)
    assert max(map(len, lines)) <= min(columns, 88)
    assert " ".join(" ".join(lines).split()) == f"OptionError: {words}→ {words}".strip()
    assert all(
        line.count("\x1b[0m") == line.count("\x1b[2m") + line.count("\x1b[1m") for line in error._render_traceback_()
    )


def test_a_stdout_without_arrows_shows_the_error(monkeypatch):
    """As it is on Windows where it is redirected; IPython prints these lines."""
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "cp1252"))
    assert shown(OptionError("Größe is no option, 日本.", "Did you mean --model?")) == [
        "OptionError: Größe is no option, ??.",
        "-> Did you mean --model?",
    ]


def test_a_word_that_is_too_long_stays_whole():
    """An address can be copied."""
    address = f"https://example.org/{'x' * 200}"
    assert address in shown(OptionError(f"Nothing is at {address}"))
