"""The README and the links as PyPI shows them: it has none of the repository's files beside the README.

``RUNWARE_MAGIC_REPOSITORY`` is the repository's address on GitHub, which the release's workflow sets. Without it, the
README stays as it is, and there are no links.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface

REPOSITORY = "RUNWARE_MAGIC_REPOSITORY"
#: What a relative link, or the source of a picture, begins with in the README; the address is the second group.
_LINK = re.compile(r"(\]\()((?!https?:|#|mailto:)[^)\s]+)")
_PICTURE = re.compile(r"((?:src|srcset)=\")((?!https?:)[^\"]+)")


class Readme(MetadataHookInterface):
    """Sets the README and the project's links."""

    def update(self, metadata: dict[str, object]) -> None:
        """Set them in the project's metadata."""
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        address = os.environ.get(REPOSITORY, "").rstrip("/")
        if address:
            text = with_addresses(text, address, f"v{metadata['version']}")
            metadata["urls"] = {
                "Source": address,
                "Changelog": f"{address}/blob/HEAD/CHANGELOG.md",
                "Issues": f"{address}/issues",
            }
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


def with_addresses(text: str, address: str, tag: str) -> str:
    """Return a README whose relative links and pictures lead to a repository, at a tag."""
    text = _LINK.sub(rf"\g<1>{address}/blob/{tag}/\g<2>", text)
    return _PICTURE.sub(rf"\g<1>{address}/raw/{tag}/\g<2>", text)
