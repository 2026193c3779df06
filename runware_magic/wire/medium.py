"""What requests go through: the network, or something that stands in its place."""

from __future__ import annotations

from typing import Protocol

from requests.adapters import BaseAdapter

from runware_magic.chat.request import Request
from runware_magic.wire.connections import Adapter, Cutter
from runware_magic.wire.endpoint import Endpoint


class Medium(Protocol):
    """What requests go through."""

    def adapter(self, where: Endpoint) -> BaseAdapter:
        """Give what carries requests to an endpoint, and brings its answers."""

    def expect(self, request: Request, cutter: Cutter) -> None:
        """Take note that a request will be made, by the thread that has this cutter."""


class Network:
    """The network itself."""

    def adapter(self, where: Endpoint) -> BaseAdapter:  # noqa: ARG002  # as in `Medium`
        """Give an adapter whose connections can be cut."""
        return Adapter()

    def expect(self, request: Request, cutter: Cutter) -> None:
        """Take note of nothing."""
