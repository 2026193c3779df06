"""Receive messages of the front end while a cell runs."""

from __future__ import annotations

from typing import Any

from IPython.core.getipython import get_ipython

_ROUTE = "_reply_subshell_for"
_BEFORE_ROUTING = {(7, 0), (7, 1), (7, 2), (7, 3)}  # versions of ipykernel with subshells


def hears_while_running(comm: Any) -> bool:  # noqa: ANN401  # as in `listen_while_running`
    """Whether clicks reach the kernel while a cell runs, judged by the comm of any widget.

    For that the kernel must have subshells, and the front end must use one: Lab and Notebook open theirs when they hear
    of a first widget.
    """
    shell: Any = get_ipython()
    try:
        from ipykernel._version import version_info  # noqa: PLC0415  # other kernels are without it

        is_heard = hasattr(comm, _ROUTE) or version_info[:2] in _BEFORE_ROUTING
        return is_heard and bool(shell.kernel.shell_channel_thread.manager.list_subshell())
    except (ImportError, AttributeError):
        # Another kernel, or one without subshells.
        return False


def listen_while_running(comm: Any) -> None:  # noqa: ANN401  # ipykernel's comm, or another kernel's
    """Handle the messages of a comm while a cell runs, where the kernel can.

    Lab sends them to a subshell, a thread of its own, so that they need not wait for the cell. ipykernel 7.4 sends
    them back to the shell that published on the comm last, which for a view that a cell draws is the shell of the
    cell: it is busy until the answer has ended. There is no public switch. Other kernels have no such routing.
    """
    if hasattr(comm, _ROUTE):
        setattr(comm, _ROUTE, lambda _data, chosen_by_sender: chosen_by_sender)
