"""A JupyterLab server of its own, and a browser to look at it: an installed one, or one that is got."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import forked_kernels
from playwright.sync_api import Browser, Playwright

# The one without windows first, as Playwright's own: the same pages take less of the processor (116 s, not 125).
_SHELL = "chromium-headless-shell"
_NAMES = (_SHELL, "google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chrome", "msedge")
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
)
# Without these, Chromium looks up hosts of its own at every start.
_QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    """Start an installed Chrome or Chromium, or get one."""
    path = _installed()
    if path is None and not Path(playwright.chromium.executable_path).exists():
        path = _obtain()
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    browser = playwright.chromium.launch(executable_path=path, args=_QUIET, chromium_sandbox=not root)
    yield browser
    browser.close()


@contextmanager
def serving(home: Path) -> Iterator[tuple[str, str, Path]]:
    """Start a JupyterLab that shares nothing with the user's; give its address, its token and its folder."""
    folder = home / "notebooks"
    folder.mkdir()
    token = secrets.token_hex(16)
    env = _environment(home)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser"]
    command += ["--JupyterNotebookApp.expose_app_in_browser=True"]
    command += [f"--IdentityProvider.token={token}", "--ServerApp.port=0", "--ServerApp.ip=127.0.0.1"]
    command += [f"--ServerApp.root_dir={folder}", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    # Else Lab starts the language servers that it finds, such as that of a type checker, for each notebook.
    command += ["--LanguageServerManager.autodetect=False"]
    quiet = home / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    quiet.parent.mkdir(parents=True)
    quiet.write_text('{"fetchNews": "false", "checkForUpdates": false}')
    log = home / "server.log"
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=home, env=env, stdout=out, stderr=subprocess.STDOUT)
    try:
        yield _address(home / "runtime", server, log), token, folder
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(20)
        server.kill()
        server.wait()


@contextmanager
def forking_kernels(home: Path) -> Iterator[None]:
    """Let a server that will start in this folder have kernels that start at once, without pauses of the demo.

    They are copies of a process that has imported everything, for which each would take a second of a processor. Where
    copies are not to be had, kernels start as they always do.
    """
    if sys.platform != "linux":
        yield
        return
    program, name = str(Path(forked_kernels.__file__)), f"kernels-{secrets.token_hex(8)}"
    spec = home / "data" / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    # Without its packages, which take longer to find than all that it does.
    start = [sys.executable, "-E", "-S", program, "start", name, "-f", "{connection_file}"]
    spec.write_text(json.dumps({"argv": start, "display_name": "Python 3", "language": "python"}))
    command = [sys.executable, program, "serve", name]
    with subprocess.Popen(command, cwd=home, env=_environment(home), stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout is not None
            assert server.stdout.readline(), "no kernels will start"  # it listens
            yield
        finally:
            server.terminate()


def _environment(home: Path) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "RUNWARE", "IPYTHON"))}
    env |= {"JUPYTER_CONFIG_DIR": str(home / "config"), "JUPYTER_DATA_DIR": str(home / "data")}
    env |= {"JUPYTER_RUNTIME_DIR": str(home / "runtime"), "IPYTHONDIR": str(home / "ipython")}
    env |= {"JUPYTERLAB_SETTINGS_DIR": str(home / "settings"), "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces")}
    # Kernels of this folder go before those of the environment.
    return env | {"JUPYTER_PREFER_ENV_PATH": "0"}


def _installed() -> str | None:
    found = (shutil.which(name) for name in _NAMES)
    return next((path for path in (*found, *_PLACES) if path and Path(path).exists()), None)


def _obtain() -> str | None:
    """Get a browser by Playwright's own install, else from the system's packages; None is Playwright's."""
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    if subprocess.run(command, check=False, capture_output=True, timeout=600).returncode == 0:
        return None
    apt = shutil.which("apt-get")
    if apt and os.geteuid() == 0:
        # With what they recommend, which includes the fonts; older systems have no shell.
        for action in (["update"], ["install", "-y", _SHELL], ["install", "-y", "chromium"]):
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run([apt, *action], check=False, capture_output=True, timeout=600, env=environment)
            if path := _installed():
                return path
    hint = "The browser tests need Chrome or Chromium: install one, or run `playwright install chromium`."
    raise RuntimeError(hint)


def _address(runtime: Path, server: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and server.poll() is None:
        for info in runtime.glob("jpserver-*.json"):
            with suppress(OSError, ValueError):
                url = json.loads(info.read_text())["url"].rstrip("/")
                with urllib.request.urlopen(f"{url}/api") as reply:  # the server just started
                    reply.read()
                return str(url)
    msg = f"JupyterLab did not start: {log.read_text()[-1000:]}"
    raise RuntimeError(msg)
