"""A file, written whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from runware_magic.errors import UsageError
from runware_magic.notebook.literal import one_line

_SURROGATE = re.compile("[\ud800-\udfff]")


def check(path: Path, *, force: bool, open_notebook: Path | None) -> None:
    """See whether a file may be written.

    Parameters
    ----------
    path
        Where to.
    force
        Whether a file that is there may be replaced.
    open_notebook
        The notebook that a front end has open: its copy would overwrite the file, or the other way round.

    Raises
    ------
    UsageError
        When it may not.
    """
    with _in_one_line(path):
        there = path.expanduser()
        if open_notebook is not None and _is_same(there, open_notebook):
            msg = f"{_shown(path)} is the open notebook, which the front end saves."
            raise UsageError(msg, "Export to another file.")
        if there.is_dir():
            msg = f"{_shown(path)} is a folder."
            raise UsageError(msg, "Name a file in it.")
        if not there.parent.is_dir():
            msg = f"There is no folder {_shown(path.parent)}."
            raise UsageError(msg, "Make it first, or name another.")
        if os.path.lexists(there) and not force:
            msg = f"{_shown(path)} exists."
            raise UsageError(msg, "Add --force to replace it, or name another file.")


def write_whole(path: Path, text: str) -> None:
    """Write a text to a file: whoever looks sees the old file or the new one, and nothing between.

    A file that is replaced keeps its permissions; behind a symbolic link, the file that it leads to is replaced.

    Parameters
    ----------
    path
        Where to.
    text
        Written as UTF-8; lone surrogates, which UTF-8 has no bytes for, become U+FFFD.

    Raises
    ------
    UsageError
        When it cannot be written. The old file is whole then, and nothing else is left.
    """
    with _in_one_line(path):
        target = Path(os.path.realpath(path.expanduser()))
        # In the same folder, since only within a file system a file takes another's place in one step.
        draft = target.with_name(f".runware-{secrets.token_hex(6)}.tmp")
        try:
            # Not by tempfile, whose files only their owner may read.
            with draft.open("xb") as file:
                file.write(_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text).encode())
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileNotFoundError):
                draft.chmod(target.stat().st_mode & 0o777)
            draft.replace(target)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


def _is_same(path: Path, other: Path) -> bool:
    if path.exists() and other.exists():
        return path.samefile(other)
    # One that is not on the disk yet has no identity: then the name counts, as a file system without case sees it.
    return os.path.realpath(path).casefold() == os.path.realpath(other).casefold()


def _shown(path: Path) -> str:
    """Give a path as it was typed: the home folder is nobody's business."""
    return one_line(str(path))


@contextmanager
def _in_one_line(path: Path) -> Iterator[None]:
    try:
        yield
    # A null character in the name is a ValueError, the home of a user who does not exist a RuntimeError.
    except (OSError, ValueError, RuntimeError) as error:
        # The whole error would name the file by its place on this machine.
        why = error.strerror if isinstance(error, OSError) else str(error)
        msg = f"Could not write {_shown(path)}: {why or type(error).__name__}."
        raise UsageError(msg, "What was there before is unchanged.") from None
