"""Replaces a method of one object for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def patch(holder: Any, name: str, make: Callable[[Any], Any]) -> Callable[[], None]:  # noqa: ANN401  # any object
    """Replace a method by what `make` returns for it, and return what puts it back.

    Libraries ask which class a stream or a publisher is, so no other object can take its place. On an object that takes
    no attributes, nothing is replaced.
    """
    try:
        original, had_own = getattr(holder, name), name in vars(holder)
        ours = make(original)
        setattr(holder, name, ours)
    except (AttributeError, TypeError):
        return lambda: None

    def undo() -> None:
        # Unless somebody else replaced it meanwhile.
        if vars(holder).get(name) is not ours:
            return
        if had_own:
            setattr(holder, name, original)
        else:
            delattr(holder, name)

    return undo
