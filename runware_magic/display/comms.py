"""Hearing the front end while a cell runs."""

from __future__ import annotations

from typing import Any

_ROUTE = "_reply_subshell_for"


def listen_while_running(comm: Any) -> None:  # noqa: ANN401  # ipykernel's comm, or another kernel's
    """Let the messages of a comm be handled while a cell runs, where the kernel can do that at all.

    Lab sends them to a subshell, a thread of its own, so that they need not wait for the cell. ipykernel 7.4 sends
    them back to the shell that published on the comm last, which for a view that a cell draws is the shell of the
    cell: it is busy until the answer has ended. There is no public switch.

    Parameters
    ----------
    comm
        The comm of a widget; one without that routing (ipykernel before 7.4, other kernels) is left as it is.
    """
    if hasattr(comm, _ROUTE):
        setattr(comm, _ROUTE, _as_addressed)


def _as_addressed(data: object, default: str | None) -> str | None:  # noqa: ARG001  # ipykernel's interface
    """Name the subshell that a message is for: the one that its sender chose."""
    return default
