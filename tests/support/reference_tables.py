"""The README's and the reference's lists, from the code: ``python tests/support/reference_tables.py`` writes them."""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import nbformat
from pages import README, REFERENCE, ROOT

from runware_magic.chat.checks import CHECKS
from runware_magic.ipython.commands.table import COMMANDS
from runware_magic.ipython.setting_table import SETTINGS, default_of, help_of
from runware_magic.prompt.option_table import OPTIONS, Option

_CODE = re.compile(r"'\w+:.*'|\{\{.*?\}\}|(?<![\w-])--?[a-z][\w-]*|\b\w+=[\d.,]+|RUNWARE_\w+|%%runware")


def options() -> str:
    """Give the options of a cell."""
    return _table(("option", "meaning"), ((_flags(option), _marked(option.help)) for option in OPTIONS))


def checks() -> str:
    """Give what ``--expect`` takes."""
    return _table(("check", "passes where"), ((f"`{written}`", _marked(meaning)) for written, meaning in CHECKS))


def settings() -> str:
    """Give the traits that can be set, with what they are before."""
    rows = ((f"`{name}`", f"`{default_of(trait)}`", _marked(help_of(trait))) for name, trait in SETTINGS.items())
    return _table(("setting", "default", "meaning"), rows)


def commands() -> str:
    """Give the commands, as ``%runware?`` tells of them."""
    rows = ((_code(command.written), _marked(command.help)) for command in COMMANDS.values())
    return _table(("command", "does"), rows)


def notebooks() -> str:
    """Give the notebooks that are read from top to bottom, by their titles."""
    return "\n".join(_notebook(path) for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")))


#: What stands between ``<!-- name -->`` and ``<!-- /name -->``.
BLOCKS: Mapping[str, Callable[[], str]] = {
    block.__name__: block for block in (options, checks, settings, commands, notebooks)
}


def pattern(name: str) -> re.Pattern[str]:
    """Give what finds a block: the marks, and in the second group what is between them."""
    # With an empty line after the mark: not every reader of notebooks would see a table there else.
    return re.compile(rf"(<!-- {name}\b[^>]*-->\n\n)(.*?)(\n<!-- /{name} -->)", re.DOTALL)


def with_blocks(text: str) -> str:
    """Return a text with each block between its marks, if it has them."""
    for name, block in BLOCKS.items():
        # Not as a template of the replacement: a check is written with a backslash.
        made = f"{block()}\n"
        text = pattern(name).sub(lambda match, made=made: match[1] + made + match[3], text)
    return text


def _flags(option: Option) -> str:
    last = f"{option.flags[-1]} {option.metavar}".strip()
    return ", ".join(f"`{flag}`" for flag in (*option.flags[:-1], last))


def _notebook(path: Path) -> str:
    first = nbformat.read(path, as_version=4).cells[0].source
    return f"- [{path.stem[:2]}: {first.splitlines()[0].removeprefix('# ')}]({path.relative_to(ROOT).as_posix()})"


def _code(text: str) -> str:
    # Nbviewer would show the backslash before a bar between backticks.
    return f"<code>{html.escape(text).replace('|', '&#124;')}</code>" if "|" in text else f"`{text}`"


def _marked(text: str) -> str:
    return _CODE.sub(lambda match: f"`{match[0]}`", text)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> int:
    """Write all blocks into the README and the reference."""
    README.write_text(with_blocks(README.read_text(encoding="utf-8")), encoding="utf-8")
    notebook = nbformat.read(REFERENCE, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = with_blocks(cell.source)
    nbformat.write(notebook, REFERENCE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
