"""What the README lists, made from the code: ``python tests/support/readme_tables.py`` writes it there."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import nbformat
from traitlets import TraitType

from runware_magic.chat.checks import CHECKS
from runware_magic.ipython.commands.table import COMMANDS
from runware_magic.ipython.magics import RunwareMagics
from runware_magic.prompt.option_table import OPTIONS, Option

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
#: The traits that can be set, in the order of the code.
SETTINGS = {name: trait for name, trait in vars(RunwareMagics).items() if name in RunwareMagics.class_own_traits()}

_CODE = re.compile(r"'\w+:.*'|\{\{.*?\}\}|(?<![\w-])--?[a-z][\w-]*|\b\w+=[\d.,]+|RUNWARE_\w+|%%runware")


def options() -> str:
    """Give the options of a cell."""
    return _table(("option", "meaning"), ((_flags(option), _marked(option.help)) for option in OPTIONS))


def checks() -> str:
    """Give what ``--expect`` takes."""
    return _table(("check", "passes where"), ((f"`{written}`", _marked(meaning)) for written, meaning in CHECKS))


def settings() -> str:
    """Give the traits that can be set, with what they are before."""
    rows = ((f"`{name}`", f"`{_written(trait.default())}`", _marked(_help(trait))) for name, trait in SETTINGS.items())
    return _table(("setting", "default", "meaning"), rows)


def commands() -> str:
    """Give the commands, as ``%runware?`` tells of them."""
    rows = ((f"`{command.written}`", _marked(command.help)) for command in COMMANDS.values())
    return _table(("command", "does"), rows)


def notebooks() -> str:
    """Give the notebooks by their titles."""
    return "\n".join(_notebook(path) for path in sorted((ROOT / "notebooks").glob("*.ipynb")))


#: What stands between ``<!-- name -->`` and ``<!-- /name -->``.
BLOCKS: Mapping[str, Callable[[], str]] = {
    block.__name__: block for block in (options, checks, settings, commands, notebooks)
}


def pattern(name: str) -> re.Pattern[str]:
    """Give what finds a block: the marks, and in the second group what is between them."""
    return re.compile(rf"(<!-- {name}\b[^>]*-->\n)(.*?)(<!-- /{name} -->)", re.DOTALL)


def _flags(option: Option) -> str:
    last = f"{option.flags[-1]} {option.metavar}".strip()
    return ", ".join(f"`{flag}`" for flag in (*option.flags[:-1], last))


def _notebook(path: Path) -> str:
    first = nbformat.read(path, as_version=4).cells[0].source
    return f"- [{path.stem[:2]}: {first.splitlines()[0].removeprefix('# ')}]({path.relative_to(ROOT).as_posix()})"


def _help(trait: TraitType[Any, Any]) -> str:
    values = getattr(trait, "values", ())
    return f"{trait.help} One of {', '.join(values)}." if values else trait.help


def _marked(text: str) -> str:
    return _CODE.sub(lambda match: f"`{match[0]}`", text)


def _written(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def main() -> int:
    """Write all blocks into the README."""
    text = README.read_text(encoding="utf-8")
    for name, block in BLOCKS.items():
        # Not as a template of the replacement: a check is written with a backslash.
        made = f"{block()}\n"
        text = pattern(name).sub(lambda match, made=made: match[1] + made + match[3], text)
    README.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
