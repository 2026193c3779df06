"""What axe-core finds in a part of a page."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Locator

# Lab's <body> has no height and clips what it holds, and cells that are not in sight are not drawn: axe, which believes
# both, would see no text.
_PREPARE = """async script => {
  if (!window.axe) (0, eval)(script);
  if (document.querySelector("style.of-a-test")) return;
  const style = document.createElement("style");
  style.className = "of-a-test";
  style.textContent = "html, body { height: 100% } .jp-Cell { content-visibility: visible !important }";
  document.head.append(style);
  await new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}"""
_RUN = "(elements, rules) => axe.run({include: elements}, {resultTypes: ['violations'], ...rules})"
#: The rules that look at colours: the others find in one theme what they find in all.
_OF_COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def violations(place: Locator, *, colours_only: bool = False) -> list[str]:
    """Return what breaks a rule in a part of a page, or in several: the rule, the element, and why."""
    place.page.evaluate(_PREPARE, AXE_SCRIPT)
    results = place.evaluate_all(_RUN, _OF_COLOURS if colours_only else {})
    judged = {rule["id"] for kind in ("passes", "violations") for rule in results[kind]}
    assert "color-contrast" in judged, "axe sees no text: something may lie over it"
    return [
        f"{rule['id']}: {node['html'][:160]}: {node['failureSummary']}"
        for rule in results["violations"]
        for node in rule["nodes"]
    ]
