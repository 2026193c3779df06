"""``%runware login``: where a key comes from, and that it goes nowhere else."""

import getpass
import os
import signal
import sys
import threading
import types
import warnings

import pytest
from IPython.core.error import StdinNotImplementedError
from loopback import hang_up, sized
from terminal_ipython import cell, failed, line

from runware_magic.errors import EndpointError, OptionError
from runware_magic.ipython.login import from_keyring, log_in

TYPED, KEPT, COLAB = "sk-typed-7f3a9c", "sk-kept-5e21b0", "sk-colab-90ddc4"


def nothing(_=""):
    """Stand for a place that has no key."""


@pytest.fixture
def typed(monkeypatch):
    """Type a key where it is asked for; give the questions."""
    asked = []
    monkeypatch.setattr("getpass.getpass", lambda prompt: asked.append(prompt) or TYPED)
    return asked


@pytest.fixture
def keyring(monkeypatch):
    """Let a module stand for the package ``keyring``."""

    def install(get_password):
        module = types.ModuleType("keyring")
        module.__spec__ = types.SimpleNamespace()
        module.get_password = get_password
        monkeypatch.setitem(sys.modules, "keyring", module)

    return install


@pytest.fixture
def colab(monkeypatch):
    """Let a module stand for Colab's."""

    def install(get):
        module = types.SimpleNamespace(userdata=types.SimpleNamespace(get=get))
        monkeypatch.setitem(sys.modules, "google.colab", module)

    return install


def test_colab_goes_before_the_keyring_and_the_keyring_before_typing(typed, keyring, colab):
    """And --ask goes before all."""
    assert log_in("")[0].reveal() == TYPED
    keyring(lambda *names: KEPT if names == ("runware", "RUNWARE_API_KEY") else None)
    key, said = log_in("")
    assert (key.reveal(), key.source) == (KEPT, "the system's keyring")
    assert "the system's keyring" in said
    assert KEPT not in said
    colab({"RUNWARE_API_KEY": COLAB}.get)
    key, said = log_in("")
    assert (key.reveal(), key.source) == (COLAB, "Colab's secrets")
    assert "--ask" in said
    assert log_in("--ask")[0].reveal() == TYPED
    assert len(typed) == 2


@pytest.mark.parametrize("given", [None, "", "sk with blanks"])
def test_a_keyring_without_a_key_is_no_obstacle(typed, keyring, given):
    """The null backend gives None, an entry may be empty or nonsense."""
    keyring(lambda *_: given)
    key, _ = log_in("")
    assert (key.reveal(), key.source) == (TYPED, "%runware login")
    assert "blanks" not in str(typed)


@pytest.mark.parametrize("error", [RuntimeError(KEPT), OSError(KEPT), ImportError(KEPT), KeyError(KEPT)])
def test_a_keyring_that_fails_is_told_where_the_key_is_asked_for(typed, keyring, error):
    """By the kind of its error, never by its words; without a backend, keyring raises one."""

    def fail(*_):
        raise error

    keyring(fail)
    assert log_in("")[0].reveal() == TYPED
    assert typed == [f"Runware API key (the system's keyring cannot be read: {type(error).__name__}): "]


def test_without_the_package_no_keyring_is_looked_for(monkeypatch):
    """It is optional."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    monkeypatch.setattr("runware_magic.ipython.login.find_spec", nothing)
    assert from_keyring() is None


def test_a_keyring_that_waits_is_not_waited_for_after_an_interrupt(shell, magics, keyring):
    """A dialogue of the system may be open behind another window."""
    entered, done = threading.Event(), threading.Event()

    def wait(*_):
        entered.set()
        assert done.wait(10)

    def interrupt():
        assert entered.wait(10)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    keyring(wait)
    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        assert "No key was typed" in line(shell, "login")
    finally:
        done.set()
        thread.join()
    assert magics.dispatch._resolver.login is None


def test_colab_that_shows_no_secret_is_no_obstacle(typed, colab, monkeypatch):
    """It raises where the notebook may not see it, or there is none."""
    monkeypatch.setitem(sys.modules, "keyring", None)  # other packages bring it

    def fail(_):
        raise LookupError(COLAB)

    colab(fail)
    assert log_in("")[0].reveal() == TYPED
    assert typed == ["Runware API key: "]


@pytest.mark.parametrize("rest", [TYPED, f"--ask {TYPED}", f"--key={TYPED}", "--ask x"])
def test_a_key_on_the_line_is_an_error_that_does_not_repeat_it(typed, rest):
    """The line is in the notebook and in the history already; the output is not to be the third."""
    with pytest.raises(OptionError) as caught:
        log_in(rest)
    assert rest.split()[-1] not in str(caught.value).replace("--ask", "")
    assert typed == []


@pytest.mark.parametrize("error", [StdinNotImplementedError(), EOFError()])
def test_where_nobody_can_type_the_hint_is_the_variable(monkeypatch, error):
    """A notebook that runs headless has no one at the keys."""

    def nobody(_):
        raise error

    monkeypatch.setattr("getpass.getpass", nobody)
    with pytest.raises(EndpointError) as caught:
        log_in("", nothing, nothing)
    assert "RUNWARE_API_KEY" in caught.value.hint


def test_a_terminal_that_shows_what_is_typed_is_not_asked(monkeypatch):
    """The standard library only warns, and reads."""

    def seen(_):
        warnings.warn("Can not control echo on the terminal.", getpass.GetPassWarning, stacklevel=2)
        return TYPED

    monkeypatch.setattr("getpass.getpass", seen)
    with pytest.raises(EndpointError, match="would show the key"):
        log_in("", nothing, nothing)


@pytest.mark.usefixtures("typed")
def test_what_is_typed_wrong_is_refused_and_an_earlier_key_stays(shell, magics, monkeypatch, capsys):
    """The error does not repeat it."""
    line(shell, "login")
    monkeypatch.setattr("getpass.getpass", lambda _: "sk-two words")
    error, shown = failed(shell, "%runware login", capsys)
    assert type(error).__name__ == "EndpointError"
    assert "two" not in shown
    assert magics.dispatch._resolver.login.reveal() == TYPED


MODELS = sized(200, b'{"data": [{"id": "m"}]}')


@pytest.mark.usefixtures("typed")
@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (MODELS, "accepts it."),
        (sized(401, b"{}"), "rejected the key (401)"),
        (sized(500, b"{}"), "It could not be tried: "),
        ([hang_up], "It could not be tried: "),
    ],
)
def test_login_says_whether_the_endpoint_takes_the_key(shell, magics, serve, reply, said):
    """By asking for the models, once; the key stays in any case, since an endpoint may have none."""
    server = serve(reply)
    magics.base_url = server.url
    assert said in line(shell, "login")
    assert [(heard.line, heard.headers["authorization"]) for heard in server.heard] == [
        ("GET /v1/models HTTP/1.1", f"Bearer {TYPED}")
    ]
    assert magics.dispatch._resolver.login.reveal() == TYPED


@pytest.mark.usefixtures("typed")
def test_logout_forgets_the_key(shell, magics, serve):
    """And says when there is none."""
    magics.base_url = serve(MODELS).url
    line(shell, "login")
    assert "forgotten" in line(shell, "logout")
    assert magics.dispatch._resolver.login is None
    assert line(shell, "logout") == "No key was taken by login.\n"


@pytest.mark.usefixtures("typed")
def test_a_key_goes_to_no_other_place(shell, magics, asked, keyring):
    """Not into the environment, not back into the keyring, not into a name of the user's."""
    stored = []
    keyring(lambda *_: None)
    sys.modules["keyring"].set_password = lambda *names: stored.append(names)
    server = asked()
    line(shell, "login")
    cell(shell, "")
    assert server.heard[0].headers["authorization"] == f"Bearer {TYPED}"
    assert TYPED not in str(dict(os.environ)) + str(shell.user_ns)
    assert stored == []
    assert magics.dispatch._resolver.login.source == "%runware login"
