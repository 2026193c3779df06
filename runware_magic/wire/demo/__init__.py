"""The built-in endpoint: a real HTTP server on this machine, with scripted answers, for those without a key.

::

    with DemoEndpoint() as endpoint:
        ...  # POST {endpoint.base_url}/chat/completions, Authorization: Bearer {endpoint.key}

It knows neither the notebook nor the rest of the package: what it shares with them is the wire.
"""

from runware_magic.wire.demo.models import DEFAULT_MODEL
from runware_magic.wire.demo.server import DemoEndpoint

__all__ = ["DEFAULT_MODEL", "DemoEndpoint"]
