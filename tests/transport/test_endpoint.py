"""Where a request may go, and the key with it."""

import copy
import pickle
import traceback
from dataclasses import asdict

import pytest
from IPython.lib.pretty import pretty

from runware_magic import Chat
from runware_magic.chat.request import MODEL
from runware_magic.engine.settings import Settings
from runware_magic.errors import EndpointError, InsecureEndpointError, KeyMissingError, RunwareError
from runware_magic.transport.credentials import find_endpoint, find_key
from runware_magic.transport.endpoint import BASE_URL, DEMO_MODEL, Key, endpoint

KEY = Key("sk-secret", "a test")


@pytest.mark.parametrize(
    ("url", "key", "expected"),
    [
        (BASE_URL, KEY, BASE_URL),
        ("https://e.org/v1/", KEY, "https://e.org/v1"),
        ("https://e.org/v1/chat/completions", KEY, "https://e.org/v1"),
        ("http://127.0.0.1:8000/v1", KEY, "http://127.0.0.1:8000/v1"),
        ("http://localhost:8000/v1", KEY, "http://localhost:8000/v1"),
        ("http://[::1]:8000/v1", KEY, "http://[::1]:8000/v1"),
        ("http://127.0.0.1:8000/v1", None, "http://127.0.0.1:8000/v1"),
        ("https://127.0.0.1:8000/v1", None, "https://127.0.0.1:8000/v1"),
        ("http://192.168.1.5:8000/v1", None, "http://192.168.1.5:8000/v1"),
    ],
)
def test_an_address_that_may_be_talked_to(url, key, expected):
    """The key goes to https and to this machine only; without one, plain http may be talked to."""
    assert endpoint(url, key).base_url == expected


@pytest.mark.parametrize(
    ("url", "key", "error"),
    [
        ("http://192.168.1.5/v1", KEY, InsecureEndpointError),
        ("http://e.org/v1", KEY, InsecureEndpointError),
        ("http://localhost.e.org/v1", KEY, InsecureEndpointError),
        ("http://127.0.0.1.e.org/v1", KEY, InsecureEndpointError),
        ("http://0.0.0.0/v1", KEY, InsecureEndpointError),
        ("https://e.org/v1", None, KeyMissingError),
        ("e.org/v1", KEY, EndpointError),
        ("ftp://e.org", KEY, EndpointError),
        ("https://", KEY, EndpointError),
        ("https://user:sk-secret@e.org/v1", KEY, EndpointError),
        ("https://e.org/v1?key=sk-secret", KEY, EndpointError),
        ("https://e.org:port/v1", KEY, EndpointError),
        ("https://[/v1", KEY, EndpointError),
        ("https://sk-secret", KEY, EndpointError),
        ("http://127.0.0.1:8000/sk-secret/v1", KEY, EndpointError),
    ],
)
def test_an_address_that_may_not(url, key, error):
    """One line says why, without the key."""
    with pytest.raises(error) as caught:
        endpoint(url, key)
    assert caught.value.hint
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("value", ["", "  ", "sk secret", "sk-sécret", "sk\nsecret", "'sk-secret'", '"sk-secret'])
def test_what_cannot_be_a_key_is_refused_without_showing_it(value):
    """An HTTP header could not hold it, and the error of a library below would show it; frames do not either."""
    with pytest.raises(EndpointError) as caught:
        Key(value, "a test")
    frames = [frame for frame, _ in traceback.walk_tb(caught.tb) if frame.f_code.co_name == "__init__"]
    assert frames
    assert "cret" not in str(caught.value) + str([frame.f_locals for frame in frames])


PASTED = [
    "RUNWARE_API_KEY={}",
    "RUNWARE_API_KEY = {}",
    "RUNWARE_API_KEY: {}",
    "export RUNWARE_API_KEY={}",
    "export RUNWARE_API_KEY='{}'",
    'RUNWARE_API_KEY="{}"',
    "set RUNWARE_API_KEY={}",
    '$env:RUNWARE_API_KEY="{}"',
    "$env:RUNWARE_API_KEY={}",
    'os.environ["RUNWARE_API_KEY"] = "{}"',
    '"RUNWARE_API_KEY": "{}",',
    "runware_api_key={}",
    "OPENAI_API_KEY={}",
    "HF_TOKEN={}",
    "api-key:{}",
    "Bearer {}",
    "bearer {}",
    "Authorization: Bearer {}",
    "RUNWARE_API_KEY=Bearer {}",
]


@pytest.mark.parametrize("line", PASTED)
def test_a_pasted_line_is_told_from_a_key(line):
    """One line says so, whichever sign stands before the key, and neither it nor a frame shows the key."""
    with pytest.raises(EndpointError, match=r"is a whole pasted line.* Copy only what follows") as caught:
        Key(line.format("rw-7f3a"), "a test")
    frames = [frame.f_locals for frame, _ in traceback.walk_tb(caught.tb.tb_next)]
    assert "7f3a" not in str(caught.value) + repr(frames)


@pytest.mark.parametrize(
    "value", ["rw-7f3a", "sk-key-7f3a", "key", "token-abc123", "secret==", "my_key=", "x=y", "a:b"]
)
def test_a_key_may_hold_what_names_of_keys_hold(value):
    """Only a name and a sign before something are none of it."""
    assert Key(value, "a test").reveal() == value


@pytest.mark.parametrize(
    ("url", "instead"),
    [
        ("http://0.0.0.0:8000/v1", "http://127.0.0.1:8000/v1"),
        ("http://0.0.0.0/v1/chat/completions", "http://127.0.0.1/v1"),
        ("http://[::]:8000", "http://[::1]:8000"),
        ("http://192.168.1.5/v1", "an address of this machine."),
    ],
)
def test_the_address_that_a_server_listens_at_is_told_from_the_one_to_ask(url, instead):
    """What its log says is not what gets a key."""
    with pytest.raises(InsecureEndpointError) as caught:
        endpoint(url, KEY)
    assert caught.value.hint.endswith(instead)


def test_a_key_does_not_show_itself():
    """Neither its repr nor its endpoint's, nor what either is made of."""
    where = endpoint(BASE_URL, KEY)
    shown = [KEY, str(KEY), f"{KEY}", where, asdict(where), copy.deepcopy(where), KEY.reveal, KEY.__class__]
    assert "sk-" not in repr(shown)
    assert "secret" not in pretty(where) + pretty(KEY)
    assert KEY.reveal() == "sk-secret"


def test_a_key_is_written_nowhere():
    """Not into a pickle, alone or in something."""
    for value in (KEY, endpoint(BASE_URL, KEY)):
        with pytest.raises(TypeError, match="not written"):
            pickle.dumps(value)


def test_no_frame_of_an_error_about_keys_holds_one():
    """Neither one that looks for it nor one that was given it."""
    env = {"RUNWARE_API_KEY": "sk 7f3a"}
    for cause in (
        lambda: find_key(None, lambda name: env[name], lambda _: None),
        lambda: find_key(None, lambda _: None, lambda _: "sk 7f3a"),
        lambda: Chat(api_key="sk 7f3a"),
        lambda: Chat(api_key="sk-7f3a", base_url="http://e.invalid"),
        lambda: Chat(api_key="sk-7f3a", temperature=9),
    ):
        with pytest.raises(RunwareError) as caught:
            cause()
        # Without the frames of this test, which know the key on purpose.
        frames = [frame.f_locals for frame, _ in traceback.walk_tb(caught.tb.tb_next.tb_next)]
        assert frames
        assert "7f3a" not in repr(frames)


def test_the_key_is_found_in_order():
    """What was typed, the environment, Colab's secrets."""
    env = {"RUNWARE_API_KEY": " from-env\n"}
    colab = {"RUNWARE_API_KEY": "from-colab"}.get
    assert find_key(KEY, env.get, colab) == KEY
    assert find_key(None, env.get, colab).reveal() == "from-env"
    assert find_key(None, {}.get, colab).reveal() == "from-colab"
    assert find_key(None, {"RUNWARE_API_KEY": ""}.get, lambda _: None) is None


def no_demo():
    """Stand for the demo endpoint where it must not start."""
    pytest.fail("the demo endpoint was started")


def test_the_endpoint_is_found_in_order():
    """Configuration, environment, Runware's with a key, the demo without."""
    env = {"RUNWARE_BASE_URL": "http://127.0.0.1:2/v1"}
    assert find_endpoint("http://127.0.0.1:1/v1", env.get, None, no_demo).base_url == "http://127.0.0.1:1/v1"
    assert find_endpoint("", env.get, None, no_demo).base_url == "http://127.0.0.1:2/v1"
    assert find_endpoint("", {}.get, KEY, no_demo).base_url == BASE_URL
    demo = find_endpoint("", {}.get, None, lambda: ("http://127.0.0.1:3/v1", "its-own"))
    assert (demo.name, demo.base_url, demo.key.reveal()) == ("demo", "http://127.0.0.1:3/v1", "its-own")


@pytest.mark.parametrize("name", ["demo", "DEMO", " Demo "])
@pytest.mark.parametrize("by", ["configuration", "environment"])
def test_the_demo_is_asked_where_it_is_named(name, by):
    """Whatever key and address there is, in any case; the key that goes to it is its own."""
    base_url, variable = (name, "https://e.org/v1") if by == "configuration" else (" ", name)
    env = {"RUNWARE_BASE_URL": variable}
    demo = find_endpoint(base_url, env.get, KEY, lambda: ("http://127.0.0.1:3/v1", "its-own"))
    assert (demo.name, demo.base_url, demo.key.reveal()) == ("demo", "http://127.0.0.1:3/v1", "its-own")


def test_an_address_without_a_key_is_no_reason_for_the_demo():
    """It is an error, never a silent fall-back."""
    with pytest.raises(KeyMissingError):
        find_endpoint("https://e.org/v1", {}.get, None, no_demo)


def test_the_demo_has_a_default_model_of_its_own():
    """A model that the user chose is asked for by its name, wherever."""
    demo = endpoint("http://127.0.0.1:3/v1", KEY, name="demo")
    assert Settings().model_for(demo) == DEMO_MODEL
    assert Settings(model="x").model_for(demo) == "x"
    assert Settings().model_for(endpoint(BASE_URL, KEY)) == MODEL
