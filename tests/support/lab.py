"""A page of JupyterLab, as a user sees it."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Locator, Page, expect

_WIDGET = "window.jupyterapp.shell.currentWidget"
#: Lab's themes, by what tests call them.
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark", "contrast": "JupyterLab Dark High Contrast"}

#: Whether the page shows JupyterLab, with all that it has loaded.
_THERE = "() => location.pathname.startsWith('/lab') && Boolean(window.jupyterapp)"
_CLOSE_ALL = "() => [...window.jupyterapp.shell.widgets('main')].forEach(widget => widget.dispose())"
#: Undoes what tests do to a page beside what they open in it.
_TIDY = """() => {
  window.jupyterapp.shell.expandLeft();
  document.querySelectorAll("style.of-a-test").forEach(style => style.remove());
  return document.querySelector(".jp-Dialog") === null;
}"""
SIZE = {"width": 1100, "height": 1000}
#: What a notebook says of its kernel.
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}

_PATIENCE_MS = 20_000
expect.set_options(timeout=_PATIENCE_MS)


def write_notebook(path: Path, *sources: str) -> None:
    """Write a notebook of code cells."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=KERNEL), path)


@dataclass
class Lab:
    """JupyterLab in a page of a browser.

    Attributes
    ----------
    page
        The page.
    url, token, folder
        The server's address, its token, and where its notebooks lie.
    shots, name
        Where screenshots go, if anybody wants them, and what they are called.
    stays
        Whether notebooks are opened in the Lab that the page shows already: to load it takes longer than most tests.
    """

    page: Page
    url: str
    token: str
    folder: Path
    shots: Path | None
    name: str
    stays: bool = False

    def open(self, notebook: str, *, theme: str = "light", kernel: bool = True, place: str = "lab/tree") -> None:
        """Open a notebook, and none beside it; without a kernel, the one that Lab starts is shut down."""
        there = self.stays and place == "lab/tree" and self.page.evaluate(_THERE)
        if there:
            self.page.evaluate(_CLOSE_ALL)
            self.run_command("docmanager:open", path=notebook)
        else:
            self.page.goto(f"{self.url}/{place}/{notebook}?token={self.token}&reset")
        self._wait()
        session = f"{_WIDGET}?.context?.sessionContext"
        self.page.wait_for_function(f"() => {session}?.session?.kernel?.status === 'idle'")
        if not kernel:
            self.page.evaluate(f"async () => {{ await {session}.shutdown() }}")
        self.change_theme(theme)

    def reload(self) -> None:
        """Load the page anew, and nothing that Lab remembers of tests before; the kernel may be busy."""
        self.page.goto(f"{self.page.url.partition('?')[0]}?reset")
        self._wait()
        # A cell that runs before could start another kernel.
        self.page.wait_for_function(f"() => {_WIDGET}?.context?.sessionContext?.session?.kernel?.id")

    def _wait(self) -> None:
        self.page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
        self._wait_for_sight()

    def _wait_for_sight(self) -> None:
        """Wait until Lab has lifted what it lays over the page while it loads something."""
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def change_theme(self, theme: str) -> None:
        """Let everything look otherwise; returns when it does."""
        name = THEMES[theme]
        self.run_command("apputils:change-theme", theme=name)
        self.page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=name)
        self._wait_for_sight()

    def edit(self, number: int, source: str) -> None:
        """Write something else into a code cell; counts from 0."""
        cells = f"{_WIDGET}.content.widgets"
        self.page.evaluate(f"([number, text]) => {cells}[number].model.sharedModel.setSource(text)", [number, source])

    def restart_kernel(self) -> None:
        """Restart the kernel, and wait until it is there again."""
        kernel = f"{_WIDGET}.context.sessionContext.session.kernel"
        self.page.evaluate(f"async () => await {kernel}.restart()")
        self.page.wait_for_function(f"() => {kernel}.status === 'idle'")

    def reopen(self, notebook: str, *, theme: str = "light", anew: bool = False) -> None:
        """Save, and open a copy that Lab does not trust, without a kernel; anew, in a Lab that has loaded nothing."""
        saved = self.save(notebook)
        saved.cells[0].source += "\n# changed, so that no signature fits"
        nbformat.write(saved, self.folder / f"again-{notebook}")
        self.stays = self.stays and not anew
        self.open(f"again-{notebook}", theme=theme, kernel=False)

    def leave(self) -> bool:
        """Close what is open; return whether the page may serve another test."""
        if not self.page.evaluate(_THERE):
            return False
        self.page.evaluate(_CLOSE_ALL)
        self.page.set_viewport_size(SIZE)
        return bool(self.page.evaluate(_TIDY))

    def run_command(self, command: str, **arguments: object) -> None:
        """Run a command of the front end."""
        self.page.evaluate("([name, args]) => { window.jupyterapp.commands.execute(name, args) }", [command, arguments])

    def send_clicks_to(self, place: str) -> str:
        """Say where the front end sends clicks, as JupyterLab calls it; returns where it did before."""
        kernels = "window.jupyterapp.serviceManager.kernels"
        before: str = self.page.evaluate(f"() => {kernels}.commsOverSubshells")
        self.page.evaluate(f"place => {{ {kernels}.commsOverSubshells = place }}", place)
        return before

    def run_all(self) -> None:
        """Run all cells; returns at once."""
        self.run_command("notebook:run-all-cells")

    def run_cell(self, number: int) -> None:
        """Run one cell; returns at once. Counts from 0."""
        self.cell(number).locator(".cm-content").click()
        self.run_command("notebook:run-cell")

    def interrupt(self) -> None:
        """Interrupt the kernel as the button does."""
        self.run_command("notebook:interrupt-kernel")

    def cell(self, number: int) -> Locator:
        """Give a code cell; counts from 0."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(number)

    def output(self, number: int) -> Locator:
        """Give the outputs of a code cell; counts from 0."""
        return self.cell(number).locator(".jp-Cell-outputArea")

    def turn(self, number: int) -> Locator:
        """Give the turn in a cell's output, live or settled."""
        return self.output(number).locator(".runware-turn").first

    def settled(self, number: int) -> Locator:
        """Wait until a cell's turn has settled, and give it."""
        turn = self.output(number).locator("div.jp-RenderedHTML .runware-turn")
        # While there is none, `expect` would describe the whole page at each look.
        turn.wait_for(timeout=_PATIENCE_MS)
        return turn

    def screenshot(self, state: str) -> None:
        """Take a picture of the page, where pictures are wanted."""
        if self.shots:
            self.shots.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=self.shots / f"{self.name}-{state}.png")

    def save(self, notebook: str) -> Any:
        """Save, and read what was saved."""
        self.page.evaluate("async () => await window.jupyterapp.commands.execute('docmanager:save')")
        return nbformat.read(self.folder / notebook, as_version=4)

    def shut_down(self) -> None:
        """End the kernels that the page has started."""
        for kernel in self._api("/api/kernels"):
            self._api(f"/api/kernels/{kernel['id']}", "DELETE")

    def _api(self, path: str, method: str = "GET") -> Any:
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(self.url + path, method=method, headers=headers)  # our server
        with urllib.request.urlopen(request) as reply:
            return json.loads(reply.read() or b"null")
