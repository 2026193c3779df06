"""A SOCKS proxy, where PySocks is there: the request goes through it, with the key and as any other."""

import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from asking import KEY, OK, REQUEST, content

from runware_magic.errors import ConnectError
from runware_magic.transport.connections import RequestCanceller
from runware_magic.transport.endpoint import endpoint
from runware_magic.transport.timeouts import Timeouts
from runware_magic.transport.transport import Transport

CERTIFICATE = Path(__file__).parents[1] / "support" / "certificates" / "another_name.pem"


class Socks:
    """A SOCKS5 proxy that leads to one port of this machine, whatever name it is given, or refuses."""

    def __init__(self, port):
        self.names = []
        self._port, self._listener, self._open = port, socket.create_server(("127.0.0.1", 0)), []
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def stop(self):
        """Close everything."""
        for sock in (self._listener, *self._open):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for sock in (self._listener, *self._open):
            sock.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._open.append(client)
                self._greet(client)

    def _greet(self, client):
        client.recv(3)
        client.sendall(b"\x05\x00")
        asked = client.recv(300)
        self.names.append(asked[5:-2].decode())
        client.sendall(b"\x05" + (b"\x05" if self._port is None else b"\x00") + b"\x00\x01" + bytes(6))
        if self._port is not None:
            server = socket.create_connection(("127.0.0.1", self._port))
            self._open.append(server)
            self._threads += [
                threading.Thread(target=_lead, args=pair) for pair in ((client, server), (server, client))
            ]
            for thread in self._threads[-2:]:
                thread.start()


def _lead(come, go):
    with suppress(OSError):
        while some := come.recv(65536):
            go.sendall(some)
    for sock in (come, go):
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def through(monkeypatch):
    """Send all requests through a SOCKS proxy to a port; return the proxy."""
    begun = []

    def start(port):
        begun.append(Socks(port))
        for name in ("NO_PROXY", "HTTPS_PROXY", "https_proxy", "no_proxy", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("ALL_PROXY", f"socks5h://127.0.0.1:{begun[-1].port}")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATE))
        return begun[-1]

    yield start
    for proxy in begun:
        proxy.stop()


def talking():
    """Return a transport to the endpoint behind the proxy."""
    return Transport(endpoint("https://elsewhere.invalid/v1", KEY), Timeouts(connect_s=5, idle_s=5, retries=0))


def test_a_request_goes_through_a_socks_proxy(serve, through, monkeypatch):
    """With its key, over one connection that serves again; what names other certificates is not looked at."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    server = serve(OK, tls=context)
    proxy = through(server.port)
    monkeypatch.setenv("SSL_CERT_FILE", "/none.pem")
    talk = talking()
    for _ in range(2):
        assert content(talk.answer(REQUEST, RequestCanceller())) == "Hello"
    talk.close()
    assert [heard.headers["authorization"] for heard in server.heard] == ["Bearer sk-secret"] * 2
    assert proxy.names == ["elsewhere.invalid"]


@pytest.mark.usefixtures("_sockets")
@pytest.mark.parametrize("is_there", [True, False])
def test_a_socks_proxy_that_refuses_is_told_as_one(through, monkeypatch, is_there):
    """And not as an endpoint that refuses."""
    through(None)
    if not is_there:
        monkeypatch.setenv("ALL_PROXY", "socks5h://127.0.0.1:1")
    talk = talking()
    with pytest.raises(ConnectError) as caught:
        list(talk.answer(REQUEST, RequestCanceller()))
    talk.close()
    assert str(caught.value) == ("The proxy did not connect to elsewhere.invalid. Check ALL_PROXY and NO_PROXY.")
