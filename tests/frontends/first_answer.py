"""How long it takes from the start of a kernel to the first answer: ``python tests/frontends/first_answer.py``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import nbformat
from jupyter_client import BlockingKernelClient, KernelManager

ALLOWED_S = 5.0
NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "01_first_prompt.ipynb"


def first_answer_s(cells: list[str]) -> tuple[float, float]:
    """Give the seconds from the start of a kernel to the first words of an answer, and to the whole of it."""
    began = time.monotonic()
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        for number, source in enumerate(cells):
            content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False}
            # As a notebook in a browser does: so the answer comes as widgets.
            message = client.session.msg("execute_request", content, metadata={"cellId": f"cell-{number}"})
            client.shell_channel.send(message)
        return _seen(client, began, "runware-content"), _seen(client, began, "application/vnd.runware.turn+json")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def _seen(client: BlockingKernelClient, began: float, word: str) -> float:
    while word not in str(client.get_iopub_msg(timeout=60)["content"]):
        pass
    return time.monotonic() - began


def main() -> int:
    """Run the first notebook up to its first answer; the exit status tells whether that was quick enough."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    first_s, whole_s = first_answer_s([cell.source for cell in notebook.cells if cell.cell_type == "code"])
    sys.stdout.write(f"first words after {first_s:.2f} s, the whole answer after {whole_s:.2f} s\n")
    return int(not 0 < first_s < ALLOWED_S)


if __name__ == "__main__":
    sys.exit(main())
