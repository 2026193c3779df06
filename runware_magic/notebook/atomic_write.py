"""Write files completely or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from runware_magic.chat.text import encodable
from runware_magic.errors import UsageError
from runware_magic.notebook.escape import one_line


def check(path: Path, *, force: bool, open_notebook: Path | None) -> None:
    """Raise UsageError if a file must not be written, or replaced without `force`.

    `open_notebook` is never written to: the front end's copy would overwrite the file, or the file the copy.
    """
    with _in_one_line(path):
        there = path.expanduser()
        if open_notebook is not None and _is_same(there, open_notebook):
            msg = f"{_shown(path)} is the open notebook itself."
            raise UsageError(msg, "Export to another file.")
        if there.is_dir():
            msg = f"{_shown(path)} is a folder."
            raise UsageError(msg, "Name a file in it.")
        if not there.parent.is_dir():
            msg = f"There is no folder {_shown(path.parent)}."
            raise UsageError(msg, "Create it first, or name another folder.")
        if os.path.lexists(there) and not force:
            msg = f"{_shown(path)} exists."
            raise UsageError(msg, "Add --force to replace it, or name another file.")


def write_whole(path: Path, text: str) -> None:
    """Write a text to a file in one step, as UTF-8: readers see the old file or the new one.

    A file that is replaced keeps its permissions; of a symbolic link, the target is replaced. Lone surrogates become
    U+FFFD. If the file cannot be written, raise UsageError; the old file is unchanged then, and nothing else is left.
    """
    with _in_one_line(path):
        target = Path(os.path.realpath(path.expanduser()))
        # In the same folder: a file can replace another in one step only within a file system.
        builder = target.with_name(f".runware-{secrets.token_hex(6)}.tmp")
        try:
            # Not tempfile, whose files only their owner may read.
            with builder.open("xb") as file:
                file.write(encodable(text).encode())
                file.flush()
                os.fsync(file.fileno())
            if os.name == "posix":  # Windows only has read-only files, which could be neither moved nor removed
                with suppress(FileNotFoundError):
                    builder.chmod(target.stat().st_mode & 0o777)
            builder.replace(target)
        except BaseException:
            builder.unlink(missing_ok=True)
            raise


def _is_same(path: Path, other: Path) -> bool:
    if path.exists() and other.exists():
        return path.samefile(other)
    # A file that does not exist yet is compared by name, without case as on some file systems.
    return os.path.realpath(path).casefold() == os.path.realpath(other).casefold()


def _shown(path: Path) -> str:
    """Return a path as it was typed: nobody else needs to know the home folder."""
    return one_line(str(path))


@contextmanager
def _in_one_line(path: Path) -> Iterator[None]:
    try:
        yield
    # A null character in the name is a ValueError, the home of a user who does not exist a RuntimeError.
    except (OSError, ValueError, RuntimeError) as error:
        # The whole error would contain the full path.
        why = error.strerror if isinstance(error, OSError) else str(error)
        msg = f"Could not write {_shown(path)}: {why or type(error).__name__}."
        raise UsageError(msg, "What was there before is unchanged.") from None
