"""What keeps a request from being sent: it is told by the name of the variable, and never blamed on the server."""

import json
import ssl
from pathlib import Path

import pytest
import requests
from asking import KEY, OK, REQUEST, content
from loopback import hang_up, sized
from terminal_ipython import failed

import runware_magic
from runware_magic import Chat
from runware_magic.errors import ConnectError, EndpointError, RunwareError
from runware_magic.transport.connections import RequestCanceller
from runware_magic.transport.endpoint import endpoint
from runware_magic.transport.timeouts import Timeouts
from runware_magic.transport.transport import Transport

CERTIFICATES = Path(__file__).parents[1] / "support" / "certificates"
VARIABLES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
NO_PROXY = (
    "{} is not a valid proxy address; nothing was sent. "
    "Set it to an address such as http://proxy.example.com:3128, or unset {}."
)
NO_FILE = (
    "{} names no readable certificates; nothing was sent. Name an existing file of certificates (PEM), or unset it."
)
NO_SERVER = "{} is not a valid server name; nothing was sent. Check base_url, or RUNWARE_BASE_URL."
NO_KEY_LOG = "SSLKEYLOGFILE names a file that cannot be written; nothing was sent. Name another file, or unset it."
NO_SOCKS = (
    "{} names a SOCKS proxy, which needs the package pysocks; nothing was sent. "
    "Run %pip install pysocks and restart the kernel, or unset {}."
)
LONG = "a" * 64

BY_ENVIRONMENT = [
    ({"ALL_PROXY": "socks5h://127.0.0.1:{port}"}, NO_SOCKS.replace("{}", "ALL_PROXY")),
    ({"https_proxy": "socks5://me:secret@127.0.0.1:{port}"}, NO_SOCKS.replace("{}", "https_proxy")),
    *(
        ({"HTTPS_PROXY": address}, NO_PROXY.replace("{}", "HTTPS_PROXY"))
        for address in (
            *("http://", "https://", "http://proxy:port", "http://me:secret@proxy:port", "http://proxy:99999"),
            *("http://[::1", "foo://127.0.0.1:{port}", "http://api..proxy:{port}", f"http://{LONG}:{{port}}"),
        )
    ),
    ({"ALL_PROXY": "http://"}, NO_PROXY.replace("{}", "ALL_PROXY")),
    ({"all_proxy": "http://", "HTTP_PROXY": "http://127.0.0.1:{port}"}, NO_PROXY.replace("{}", "all_proxy")),
    ({"ALL_PROXY": "http://127.0.0.1:{port}", "HTTPS_PROXY": "http://"}, NO_PROXY.replace("{}", "HTTPS_PROXY")),
    ({"REQUESTS_CA_BUNDLE": "{folder}/none.pem"}, NO_FILE.format("REQUESTS_CA_BUNDLE")),
    ({"CURL_CA_BUNDLE": "{folder}/none.pem"}, NO_FILE.format("CURL_CA_BUNDLE")),
    (
        {"REQUESTS_CA_BUNDLE": "{folder}/none.pem", "CURL_CA_BUNDLE": "{folder}"},
        NO_FILE.format("REQUESTS_CA_BUNDLE"),
    ),
    ({"REQUESTS_CA_BUNDLE": "{folder}/empty.pem"}, NO_FILE.format("REQUESTS_CA_BUNDLE")),
    ({"REQUESTS_CA_BUNDLE": "{folder}/prose.pem"}, NO_FILE.format("REQUESTS_CA_BUNDLE")),
    ({"REQUESTS_CA_BUNDLE": "{folder}/broken.pem"}, NO_FILE.format("REQUESTS_CA_BUNDLE")),
    # Some versions of requests read it when they are imported.
    *(
        ({"SSLKEYLOGFILE": path}, NO_KEY_LOG)
        for path in ("{folder}/none/keys", "{folder}", "{folder}/prose.pem/keys")
        if not hasattr(requests.adapters, "_preloaded_ssl_context")
    ),
]
BY_ADDRESS = [
    *("*.example.invalid", "api..runware.ai", ".runware.ai", f"{LONG}.invalid", f"ü{LONG}.invalid", "ü..invalid"),
    *("a b.invalid", "a%zz.invalid", "x\u200by.invalid", "<host>", "{host}", "'e.invalid'"),
]


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """Set variables, and no others that are looked at; the files that they name are there."""
    (tmp_path / "empty.pem").touch()
    (tmp_path / "prose.pem").write_text("These are no certificates.\n")
    (tmp_path / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")

    def set_to(variables, port=9):
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.lower(), raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value.format(port=port, folder=tmp_path))

    set_to({})
    return set_to


@pytest.fixture
def _without_pysocks(monkeypatch):
    """Remove PySocks from requests."""

    def missing(*_, **__):
        msg = "Missing dependencies for SOCKS support."
        raise requests.exceptions.InvalidSchema(msg)

    monkeypatch.setattr("requests.adapters.SOCKSProxyManager", missing)


def ask(url, key=KEY):
    """Ask an endpoint; give its events."""
    talk = Transport(endpoint(url, key), Timeouts(connect_s=5, idle_s=5, retries=2), jitter=lambda: 0.0)
    try:
        return list(talk.answer(REQUEST, RequestCanceller()))
    finally:
        talk.close()


def tls():
    """Run a server with TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "this_machine.pem")
    return context


@pytest.mark.usefixtures("_without_pysocks")
@pytest.mark.parametrize(("variables", "says"), BY_ENVIRONMENT)
def test_a_variable_that_keeps_a_request_from_being_sent_is_named(serve, environment, variables, says):
    """Nothing was sent, and nothing is; what the variable holds is not shown."""
    server = serve(OK, tls=tls())
    environment(variables, server.port)
    with pytest.raises(EndpointError) as caught:
        ask(f"https://0.0.0.0:{server.port}/v1")
    assert str(caught.value) == says
    assert not server.heard
    assert "secret" not in says


@pytest.mark.parametrize("host", BY_ADDRESS)
@pytest.mark.parametrize("proxied", [False, True])
def test_an_address_that_none_can_have_is_told_as_one(serve, environment, host, proxied):
    """With a proxy as without, which is not blamed; the model is not asked."""
    proxy = serve(sized(200, b""))
    environment({"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}"} if proxied else {})
    with pytest.raises(EndpointError) as caught:
        ask(f"https://{host}/v1")
    assert str(caught.value) == NO_SERVER.format(host.replace("\u200b", " "))
    assert all(heard.line.startswith("CONNECT") for heard in proxy.heard)


@pytest.mark.parametrize("url", ["https://127.0.0.1:99999/v1", "https://127.0.0.1:-1/v1", "https://127.0.0.1:http/v1"])
def test_a_port_that_is_none_is_told_before_anything_is_sent(monkeypatch, url):
    """As every address that cannot be read."""
    monkeypatch.setenv("RUNWARE_BASE_URL", url)
    with pytest.raises(EndpointError, match="The base URL cannot be read"):
        Chat()


@pytest.mark.parametrize(
    "variables",
    [
        {"NO_PROXY": "[::1", "HTTPS_PROXY": "http://"},
        {"NO_PROXY": "10.0.0.0/99, ,*.x,0.0.0.0/x"},
        {"NETRC": "{folder}"},
        {"SSL_CERT_FILE": "{folder}/none.pem", "SSL_CERT_DIR": "{folder}/none", "SSLKEYLOGFILE": "{folder}/none/keys"},
        {"REQUESTS_CA_BUNDLE": "{folder}/none.pem"},
    ],
)
def test_what_is_not_needed_is_in_nobodys_way(serve, environment, variables):
    """A variable that does not matter to plain http is not looked at."""
    server = serve(OK)
    environment(variables)
    assert content(ask(f"http://0.0.0.0:{server.port}/v1", None)) == "Hello"


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY", "https_proxy"])
def test_a_proxy_that_refuses_is_named_by_its_variable(serve, environment, variable):
    """Whoever has two finds the one that counts."""
    proxy = serve(sized(407, b"", Proxy_Authenticate="Basic"))
    environment({variable: f"http://127.0.0.1:{proxy.port}"})
    with pytest.raises(ConnectError) as caught:
        ask("https://nowhere.invalid/v1")
    assert str(caught.value) == f"The proxy did not connect to nowhere.invalid. Check {variable} and NO_PROXY."


def test_a_certificate_that_is_not_trusted_names_who_says_so(serve, environment):
    """A bundle of the environment takes the place of the usual ones."""
    server = serve(OK, tls=tls())
    environment({"REQUESTS_CA_BUNDLE": str(CERTIFICATES / "another_name.pem")})
    with pytest.raises(ConnectError) as caught:
        ask(f"https://0.0.0.0:{server.port}/v1")
    assert caught.value.hint == "Check base_url and REQUESTS_CA_BUNDLE."


def test_a_server_that_hangs_up_is_still_blamed_for_it(serve, environment):
    """What is not known to be of this machine may have been billed."""
    environment({"SSLKEYLOGFILE": "{folder}/none/keys", "HTTPS_PROXY": "http://"})
    with pytest.raises(RunwareError) as caught:
        ask(serve([hang_up]).url, None)
    assert "closed the connection without an answer. It may have been billed." in str(caught.value)


@pytest.mark.usefixtures("_sockets")
def test_a_cell_tells_it_in_one_line_and_asks_once_it_is_mended(shell, environment, monkeypatch, capsys, tmp_path):
    """No turn is kept, and nothing is recorded."""
    environment({"REQUESTS_CA_BUNDLE": "{folder}/none.pem"})
    monkeypatch.setenv("RUNWARE_API_KEY", "sk-secret")
    monkeypatch.setenv("RUNWARE_BASE_URL", "https://0.0.0.0:9/v1")
    shell.run_line_magic("runware", f"record {tmp_path / 'lesson.jsonl'}")
    capsys.readouterr()
    error, shown = failed(shell, "%%runware\nHi", capsys)
    assert type(error) is EndpointError
    assert shown.startswith("minimax:m2.7@0 · not answered EndpointError: ")
    assert "REQUESTS_CA_BUNDLE" in shown
    shell.run_line_magic("runware", "live")
    shell.run_line_magic("runware", "history")
    assert "Hi" not in capsys.readouterr().out
    assert not any("request" in json.loads(line) for line in (tmp_path / "lesson.jsonl").read_text().splitlines())
    environment({})
    error, _ = failed(shell, "%%runware\nHi", capsys)
    assert "refused the connection" in str(error)


@pytest.mark.usefixtures("_without_pysocks")
def test_python_is_told_what_to_do_in_its_own_words(environment):
    """And `map` ends at the first row: no other would fare better."""
    environment({"ALL_PROXY": "socks5h://127.0.0.1:9"})
    with pytest.raises(EndpointError, match="Install pysocks and restart Python, or unset ALL_PROXY"):
        Chat(api_key="sk-secret", base_url="https://nowhere.invalid/v1").ask("Hi")
    with pytest.raises(EndpointError, match="Install pysocks"):
        list(runware_magic.map(["a", "b"], api_key="sk-secret", base_url="https://nowhere.invalid/v1"))
