"""What the reference says of faults is what comes of them."""

import re
import socket

import pytest
from cells import SETTINGS, ask
from faults import BOUNDS, reply
from loopback import sized
from pages import REFERENCE, text

from runware_magic.protocol.limits import Bounds, in_words
from runware_magic.transport.timeouts import Timeouts

_, _, AFTER = text(REFERENCE).partition("## When something goes wrong")
SECTION, _, _ = AFTER.partition("\n## ")
SAID = [phrase for row in SECTION.splitlines() if row.startswith("|") for phrase in re.findall("`(.+?)`", row)]

FAULTS = {
    "is limiting requests": sized(429, b"{}", Retry_After="0"),
    "rejected the key": sized(401, b"{}"),
    "redirects to another address": sized(307, b"", Location="/"),
    "closed the connection without an answer": reply("reset", "chunked", "before"),
    "closed the connection before the answer was complete": reply("reset", "chunked", "content"),
    "sent nothing more for 120 s": reply("stall", "chunked", "content"),
    "stopped the answer with an error": reply("error event", "chunked", "content"),
    "is longer than 16 MB": reply("endless text", "chunked", "content"),
    "sent 128 MB without any text": reply("endless comments", "chunked", "content"),
}
VARIABLES = {
    "is not a valid proxy address": ("HTTPS_PROXY", "http://"),
    "names no readable certificates": ("REQUESTS_CA_BUNDLE", "/none.pem"),
}
ELSEWHERE = {"refused the connection", "was not found", "No secure connection", *VARIABLES}


def test_each_fault_that_the_reference_tells_of_is_known_here():
    """And the other way round."""
    assert sorted(SAID) == sorted({*FAULTS, *ELSEWHERE})


def scaled(phrase):
    """Put the numbers of these tests in the place of those that the reference tells."""
    for told, here in (
        (in_words(Bounds().answer), in_words(BOUNDS.answer)),
        (in_words(Bounds().silence), in_words(BOUNDS.silence)),
        (f"{Timeouts().idle_s:g} s", f"{SETTINGS.timeouts.idle_s:g} s"),
    ):
        phrase = phrase.replace(told, here)
    return phrase


@pytest.mark.parametrize("phrase", FAULTS)
def test_an_error_says_what_the_reference_says(serve, session, phrase):
    """With the bounds and time-outs that are there by default."""
    _, error = ask(session, serve(FAULTS[phrase]).url)
    assert scaled(phrase) in error.message


def test_ways_that_lead_nowhere_are_told_as_the_reference_says(serve, session, monkeypatch):
    """A closed port, a name that nobody knows, a server without TLS."""
    monkeypatch.setenv("NO_PROXY", "*")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    said = [
        str(ask(session, f"http://127.0.0.1:{port}/v1")[1]),
        str(ask(session, "https://nowhere.invalid/v1")[1]),
        str(ask(session, f"https://127.0.0.1:{serve([b'no TLS']).port}/v1")[1]),
    ]
    for phrase, error in zip(("refused the connection", "was not found", "No secure connection"), said, strict=True):
        assert phrase in error


@pytest.mark.parametrize("phrase", VARIABLES)
def test_a_wrong_variable_is_told_as_the_reference_says(session, monkeypatch, phrase):
    """By its name."""
    variable, value = VARIABLES[phrase]
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, value)
    _, error = ask(session, "https://nowhere.invalid/v1")
    assert error.message.startswith(f"{variable} {phrase}")
    assert error.message.endswith("; nothing was sent.")
