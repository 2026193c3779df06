"""The command line: opens the notebooks, runs one of them headless, or serves the demo endpoint."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

FOLDER = Path("runware-notebooks")
_REFERENCE = "reference.ipynb"
_OURS = ("[0-9][0-9]_*.*", _REFERENCE)  # the notebooks and their files, not what they write
_INSTALL = 'In the project\'s folder, run: pip install ".[lab]"'
_TIMEOUT_S = 300  # for one cell of a headless run


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["demo"]:
        demo = _demo_parser().parse_args(words[1:])
        return serve_demo(demo.port, demo.pace)
    wanted = words.pop(0) if words[:1] == ["reference"] else ""
    options, rest = _parser().parse_known_args(words)
    if rest and options.execute:
        print(f"Unknown option: {' '.join(rest)}. See python -m runware_magic --help", file=sys.stderr)
        return 2
    needed = ("nbclient", "ipykernel") if options.execute else ("jupyterlab",)
    if missing := [name for name in needed if find_spec(name) is None]:
        print(f"{' and '.join(missing)} not found. {_INSTALL}", file=sys.stderr)
        return 1
    first = copy_notebooks(FOLDER)
    notebook = first.with_name(_REFERENCE) if wanted else first
    return execute(notebook) if options.execute else start_lab(notebook, rest)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m runware_magic",
        usage="%(prog)s [reference] [--execute | JUPYTERLAB OPTIONS]\n       %(prog)s demo [--port PORT] [--pace PACE]",
        description=f"Copy the notebooks to ./{FOLDER} and open the first or the reference, or serve the demo.",
        epilog="All other options go to JupyterLab, such as --no-browser or --port 9999.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--execute", action="store_true", help="run the notebook without a browser instead of opening it"
    )
    return parser


def _demo_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m runware_magic demo", description="Serve the demo endpoint; print its address and its key."
    )
    parser.add_argument("--port", type=int, default=0, help="0 uses a free port (default)")
    parser.add_argument("--pace", type=float, default=1.0, help="length of the pauses: 1 like a model, 0 none")
    return parser


def copy_notebooks(folder: Path) -> Path:
    """Copy the package's notebooks and their recordings to a folder, never over a file.

    Returns the first notebook.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sources = [source for pattern in _OURS for source in sorted(_shipped().glob(pattern))]
    for source in sources:
        target = folder / source.name
        content = source.read_bytes()
        # The outputs of the reference are to be read; from the others, the reader's own answers are to come.
        if source.suffix == ".ipynb" and source.name != _REFERENCE:
            content = _fresh(content)
        if not target.exists():
            target.write_bytes(content)
        elif target.read_bytes() != content:
            print(f"{target} is unchanged; it differs from the file in this version.")
    return folder / next(source.name for source in sources if source.suffix == ".ipynb")


def _fresh(notebook: bytes) -> bytes:
    """Return a notebook as if it had never been run."""
    content = json.loads(notebook)
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def _shipped() -> Path:
    # In a checkout the notebooks are beside the package, in a wheel inside it.
    inside = Path(__file__).with_name("notebooks")
    return inside if inside.is_dir() else Path(__file__).parent.with_name("notebooks")


def start_lab(notebook: Path, arguments: Sequence[str]) -> int:
    """Start JupyterLab on a notebook, and return its exit status; it ends, with its kernels, when this process does."""
    # Not the notebook as an argument: the address that Lab prints should open it, too.
    place = [f"--ServerApp.root_dir={notebook.parent}", f"--LabApp.default_url=/lab/tree/{notebook.name}"]
    command = [sys.executable, "-m", "jupyterlab", *place, *arguments]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Containers often run as root, which Jupyter refuses by default.
        command.append("--allow-root")
    with subprocess.Popen(command) as lab:  # noqa: S603  # the user's own command line
        signal.signal(signal.SIGTERM, lambda *_: lab.terminate())
        try:
            return lab.wait()
        except KeyboardInterrupt:
            lab.terminate()
            lab.wait()
    return 0


def execute(notebook: Path) -> int:
    """Run a notebook headless, print the path of the result and the first answer, and return 1 if a cell failed."""
    import nbformat  # noqa: PLC0415  # like nbclient, not needed for the demo
    from nbclient import NotebookClient  # noqa: PLC0415
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError  # noqa: PLC0415

    content = nbformat.read(notebook, as_version=4)
    client = NotebookClient(
        content,
        timeout=_TIMEOUT_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(notebook.parent)}},
        # By default, nbclient saves closed widgets and the times of cells.
        store_widget_state=False,
        record_timing=False,
    )
    failure = ""
    try:
        client.execute()
    except CellExecutionError as error:
        failure = f"{error.ename}: {error.evalue}"
    except (CellTimeoutError, DeadKernelError) as error:
        failure = str(error).strip().splitlines()[0]
    result = notebook.with_name("executed") / notebook.name
    result.parent.mkdir(exist_ok=True)
    nbformat.write(content, result)
    print(f"Executed: {result.resolve()}")
    print(f"First answer: {_first_answer(content) or 'none'}")
    if failure:
        print(f"A cell failed: {failure}", file=sys.stderr)
    return 1 if failure else 0


def _first_answer(notebook: Any) -> str:  # noqa: ANN401  # a NotebookNode is untyped
    from runware_magic.chat.record import MIME_TYPE  # noqa: PLC0415  # not needed for the other commands

    outputs = (output for cell in notebook.cells for output in cell.get("outputs", ()))
    records = (output.get("data", {}).get(MIME_TYPE) for output in outputs)
    return next((str(record["reply"]["content"]) for record in records if record), "")


def serve_demo(port: int, pace: float) -> int:
    """Serve the demo endpoint until interrupted; print its address and its key."""
    from runware_magic.demo import DemoEndpoint  # noqa: PLC0415  # not needed for the other commands

    try:
        demo = DemoEndpoint(port=port, pace=pace)
        demo.start()
    except (OSError, OverflowError) as error:
        print(f"Cannot listen on port {port}: {error}. --port 0 uses a free port.", file=sys.stderr)
        return 1
    try:
        # Within `try`, since the reader may interrupt as soon as it is printed.
        print(f"RUNWARE_BASE_URL={demo.base_url}\nRUNWARE_API_KEY={demo.key}", flush=True)
        threading.Event().wait()
    except KeyboardInterrupt:
        return 0
    finally:
        demo.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
