"""Kernels that begin as copies of one process, which has imported what each would import: for JupyterLab under test.

Run as ``forked_kernels.py serve <name>``, it is that process. Run as ``forked_kernels.py start <name> -f
<connection file>``, it stands for a kernel: it asks for a copy, passes signals on to it, and lives as long as it does.
"""

# As few imports as can be at the top: each kernel waits for a process that runs this file.
import json
import os
import signal
import socket
import sys
from contextlib import suppress


def start(address: str, *arguments: str) -> None:
    """Ask for a kernel, and be what its manager takes for it: pass on signals, and end when it ends."""
    with socket.socket(socket.AF_UNIX) as asked:
        asked.connect(f"\0{address}")
        here = os.getcwd()  # noqa: PTH109  # pathlib takes longer to import than all else here
        wanted = json.dumps({"arguments": arguments, "environment": dict(os.environ), "cwd": here}).encode()
        socket.send_fds(asked, [len(wanted).to_bytes(4, "big")], [0, 1, 2])
        asked.sendall(wanted)
        pid = int.from_bytes(asked.recv(4, socket.MSG_WAITALL), "big")
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda given, _: _tell(pid, given))
        asked.recv(1)  # nothing ever comes but the end


def _tell(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):  # it has just ended
        os.killpg(pid, number)


def serve(address: str) -> None:
    """Import what kernels need, and become one in a copy whenever one is asked for."""
    from pathlib import Path

    _warm_up()
    _take_out_pauses()
    sys.path.remove(str(Path(__file__).resolve().parent))  # a kernel finds no modules of the tests by itself
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # so that nobody has to wait for those that end
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0{address}")
        listener.listen()
        sys.stdout.write("listening\n")
        sys.stdout.flush()
        while True:
            asking, _ = listener.accept()
            size, outputs, *_ = socket.recv_fds(asking, 4, 3)
            wanted = json.loads(asking.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL))
            if os.fork() == 0:
                listener.close()
                _become(asking, outputs, wanted)
            asking.close()
            for descriptor in outputs:
                os.close(descriptor)


def _warm_up() -> None:
    # Here: who starts a kernel imports none of it.
    import pkgutil
    from importlib import import_module

    import ipywidgets  # noqa: F401
    import nbformat  # noqa: F401
    import pygments.lexers.markup
    import pygments.lexers.python  # noqa: F401
    from ipykernel import kernelapp  # noqa: F401

    import runware_magic

    for module in pkgutil.walk_packages(runware_magic.__path__, "runware_magic."):
        if not module.name.endswith("__main__"):
            import_module(module.name)


def _become(asking: socket.socket, outputs: list[int], wanted: dict[str, object]) -> None:
    """Be the kernel that was asked for; does not return."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, descriptor in enumerate(outputs):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(wanted["environment"])
    os.chdir(wanted["cwd"])
    sys.argv = ["ipykernel_launcher", *wanted["arguments"]]
    asking.sendall(os.getpid().to_bytes(4, "big"))
    _end_with(asking)
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()
    os._exit(0)


def _end_with(asking: socket.socket) -> None:
    """End at once when what stands for the kernel was killed."""
    from threading import Thread

    def watch() -> None:
        asking.recv(1)
        os._exit(1)

    Thread(target=watch, daemon=True).start()


def _take_out_pauses() -> None:
    from runware_magic.demo import DemoEndpoint
    from runware_magic.engine.in_process_demo import InProcessDemo

    DemoEndpoint.__init__.__kwdefaults__["pace"] = 0.0
    InProcessDemo.__init__.__defaults__ = (0.0,)


if __name__ == "__main__":
    {"serve": serve, "start": start}[sys.argv[1]](*sys.argv[2:])
