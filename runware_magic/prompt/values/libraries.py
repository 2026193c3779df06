"""Values of libraries that are not imported here: a value of theirs exists only where they are imported already."""

from __future__ import annotations

import sys


def belongs_to(value: object, module: str, *names: str) -> bool:
    """Whether a value is an instance of one of these classes of a module."""
    # A module that is still being imported may lack them.
    kinds = (getattr(sys.modules.get(module), name, None) for name in names)
    return any(isinstance(kind, type) and isinstance(value, kind) for kind in kinds)
