"""The demo endpoint: scripted answers on this machine, in the real endpoint's wire format, for users without a key."""

from runware_magic.demo.server import DemoEndpoint

__all__ = ["DemoEndpoint"]
