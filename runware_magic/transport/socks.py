"""Connections through a SOCKS proxy, for users who have PySocks: as in `connections`, with sockets of urllib3's."""

from __future__ import annotations

import socket

from urllib3.contrib.socks import SOCKSHTTPConnectionPool, SOCKSHTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError

from runware_magic.transport.connections import Reporting, reporting


class _ThroughProxy(Reporting):
    def _new_conn(self) -> socket.socket:
        try:
            sock: socket.socket = super()._new_conn()  # type: ignore[misc]  # mixed into urllib3's connections
        except (NewConnectionError, ConnectTimeoutError) as error:
            # The proxy refused, not the endpoint.
            msg = "Unable to connect through the proxy"
            raise ProxyError(msg, error) from error
        return sock


POOLS = {
    "http": reporting(SOCKSHTTPConnectionPool, _ThroughProxy),
    "https": reporting(SOCKSHTTPSConnectionPool, _ThroughProxy),
}
