"""Hearing the front end while a cell runs."""

from __future__ import annotations

from typing import Any

from IPython.core.getipython import get_ipython

_ROUTE = "_reply_subshell_for"
_BEFORE_ROUTING = {(7, 0), (7, 1), (7, 2), (7, 3)}  # versions of ipykernel with subshells


def hears_while_running(comm: Any) -> bool:  # noqa: ANN401  # as in `listen_while_running`
    """Tell whether what a reader clicks reaches the kernel while a cell runs.

    For that the kernel has to have subshells, and the front end has to use one: Lab and Notebook open theirs when they
    hear of a first widget.

    Parameters
    ----------
    comm
        The comm of any widget.
    """
    shell: Any = get_ipython()
    try:
        is_heard = hasattr(comm, _ROUTE) or _version() in _BEFORE_ROUTING
        return is_heard and bool(shell.kernel.shell_channel_thread.manager.list_subshell())
    except (ImportError, AttributeError):
        # Another kernel, or one before subshells.
        return False


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


def _version() -> tuple[object, ...]:
    from ipykernel import _version as ipykernel  # noqa: PLC0415  # other kernels are without it

    return ipykernel.version_info[:2]
