"""What axe-core finds in a part of a page."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Locator

# Lab's <body> has no height and clips what it holds, and cells that are not in sight are not drawn: axe, which believes
# both, would see no text.
_PREPARE = """async script => {
  if (window.axe) return;
  (0, eval)(script);
  const style = document.createElement("style");
  style.textContent = "html, body { height: 100% } .jp-Cell { content-visibility: visible !important }";
  document.head.append(style);
  await new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}"""
_RUN = "elements => axe.run({include: elements}, {resultTypes: ['violations']})"


def violations(place: Locator) -> list[str]:
    """Give what breaks a rule in a part of a page, or in several: the rule, the element, and why."""
    place.page.evaluate(_PREPARE, AXE_SCRIPT)
    results = place.evaluate_all(_RUN)
    assert "color-contrast" not in {rule["id"] for rule in results["inapplicable"]}, "axe sees no text"
    return [
        f"{rule['id']}: {node['html'][:160]}: {node['failureSummary']}"
        for rule in results["violations"]
        for node in rule["nodes"]
    ]
