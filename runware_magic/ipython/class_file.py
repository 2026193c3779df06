"""Finds and reads a class's settings: ``runware.toml`` beside the notebook, or in a folder above."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from runware_magic.chat.text import listed, one_line
from runware_magic.errors import UsageError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from runware_magic.engine.settings import Settings
    from runware_magic.ipython.class_settings import ClassSettings, Replay

FILE = "runware.toml"
LARGEST = 64 * 1024  # bytes; a larger file is not read

_ROOTS = (".git", ".hg")  # in the top folder of a repository
_NOTHING = "Nothing is sent until this is corrected."
_SHOWN = 120  # characters of a value


def find(folder: Path) -> Path | None:
    """Return the settings file in a folder, or in the nearest one above.

    The search ends at the home folder, and at the top folder of a repository. It skips folders above in which everybody
    may write, such as ``/tmp``.
    """
    with suppress(OSError, ValueError, RuntimeError):
        home, start = Path.home().resolve(), folder.resolve()
        for here in (start, *start.parents):
            if here != start and here.stat().st_mode & stat.S_ISVTX:
                break
            # Also a broken link, which then is an error: it was meant to set something.
            if os.path.lexists(here / FILE):
                return here / FILE
            if here == home or any((here / root).exists() for root in _ROOTS):
                break
    return None


def open_notebook(shell: InteractiveShell) -> Path | None:
    """Return the path of the open notebook, if the front end tells it."""
    if "JPY_SESSION_NAME" not in os.environ and "__vsc_ipynb_file__" not in shell.user_ns:
        return None
    from runware_magic.notebook import reader  # noqa: PLC0415  # keeps loading the extension fast

    return reader.find(os.environ, shell.user_ns)


def folder_of(notebook: Path | None) -> Path:
    """Return the folder of the open notebook, or the working directory if its path is unknown."""
    return notebook.parent if notebook else Path()


@dataclass(frozen=True, slots=True)
class ClassFile:
    """A settings file that was read."""

    path: Path
    name: str  # its path from the notebook's folder
    settings: ClassSettings


class Classroom:
    """The class's settings of the open notebook, whose path `notebook` returns if the front end tells it.

    `replay` begins the replay that the settings want, or ends it if both arguments are None. It is called when they
    change, not each time, so that the user can go live. It returns False if the user's own recording or replay stays.
    """

    def __init__(
        self, notebook: Callable[[], Path | None], replay: Callable[[Path | None, Replay | None], bool]
    ) -> None:
        self._notebook, self._replay = notebook, replay
        self._followed: tuple[Path, Replay] | None = None  # the class's replay that has begun
        self._overruled = False  # whether the user's commands replaced it
        self._stamp: object = None
        self._file: ClassFile | None = None
        self._error: tuple[str, str] | None = None

    @property
    def models(self) -> tuple[str, ...]:
        """The allowed models, as last read; empty for all. Reads no file, since Tab asks at every key."""
        return self._file.settings.models if self._file else ()

    def current(self) -> ClassFile | None:
        """Return the settings file, read again if it has changed.

        Raises `UsageError` while it cannot be read, sets what it must not, or wants a replay that fails.
        """
        file = self._latest()
        wanted = _wanted(file)
        if wanted == self._followed:
            return file
        if file and wanted:
            _, replay = wanted
            try:
                done = self._replay(_beside(file, replay.file), replay)
            except UsageError as error:
                msg = f"{file.name} asks to replay {replay.file}: {error.message}"
                raise UsageError(msg, f"{_NOTHING} Or run %runware live to ask the endpoint.") from None
        else:
            done = self._replay(None, None)
        self._followed, self._overruled = wanted, not done
        return file

    def override(self) -> None:
        """Keep the user's mode instead of the one set in runware.toml, until the file sets another one."""
        with suppress(UsageError):
            self._followed, self._overruled = _wanted(self._latest()), True

    def _latest(self) -> ClassFile | None:
        folder = folder_of(self._notebook())
        path = find(folder)
        stamp = _stamp(path)
        if stamp != self._stamp:
            file, error = None, None
            try:
                file = _read(path, folder) if path else None
            except UsageError as caught:
                error = caught.message, caught.hint
            # Together, and last: after an interrupt, the file is read again.
            self._stamp, self._file, self._error = stamp, file, error
        if self._error:
            raise UsageError(*self._error)
        return self._file

    def applied(self, settings: Settings, is_set: Callable[[str], bool]) -> Settings:
        """Return settings in which the class's values replace those that the user has not set.

        Raises `UsageError` as `current` does.
        """
        file = self.current()
        if file is None:
            return settings
        from runware_magic.engine.settings import Allowed  # noqa: PLC0415  # few notebooks have such a file

        said = file.settings
        given = {name: value for name, value in said.values.items() if not is_set(name)}
        allowed = Allowed(said.models, file.name) if said.models else None
        return replace(settings, **given, allowed=allowed, assigned=given.get("model", ""))

    def rows(self, is_set: Callable[[str], bool]) -> tuple[tuple[str, str], ...]:
        """Return rows for ``%runware`` on what the file sets; none if there is no file."""
        file = self.current()
        if file is None:
            return ()
        said = file.settings
        told: Mapping[str, object] = {
            **said.values,
            **({"models": listed(said.models)} if said.models else {}),
            **({"mode": f"replay of {said.replay.file}"} if said.replay else {}),
        }
        own = {*filter(is_set, said.values), *(["mode"] if self._overruled else [])}
        notes = dict.fromkeys(own, " (you have set another value)")
        rows = ((f"  {name}", one_line(str(value), _SHOWN) + notes.get(name, "")) for name, value in told.items())
        return ("class", f"{file.name} sets {'this:' if told else 'nothing'}"), *rows


def _wanted(file: ClassFile | None) -> tuple[Path, Replay] | None:
    replay = file.settings.replay if file else None
    return (file.path, replay) if file and replay else None


def _beside(file: ClassFile, name: str) -> Path:
    """Return the path of a file in the folder of the settings, or below."""
    folder = file.path.parent.resolve()
    with suppress(OSError, RuntimeError):  # links in a circle
        path = (folder / name).resolve()
        if path.is_relative_to(folder):
            return path
    # Through a symbolic link, to a file that the class must not read.
    msg = "it is outside the folder of runware.toml."
    raise UsageError(msg)


def _stamp(path: Path | None) -> object:
    """Return a value that changes with the file."""
    if path is None:
        return None
    with suppress(OSError):
        about = path.stat()
        return path, about.st_mtime_ns, about.st_size, about.st_ino
    return path


def _read(path: Path, folder: Path) -> ClassFile:
    from runware_magic.ipython.class_settings import read_settings  # noqa: PLC0415  # as in `applied`

    # Relative, since the whole path may contain a user's name.
    name = Path(os.path.relpath(path, folder.resolve())).as_posix()
    return ClassFile(path, name, read_settings(_text(path, name), name))


def _text(path: Path, name: str) -> str:
    try:
        about = path.stat()
        # Opening a pipe would block.
        if not stat.S_ISREG(about.st_mode) or about.st_size > LARGEST:
            why = "it is larger than 64 KB" if stat.S_ISREG(about.st_mode) else "it is not a file"
            msg = f"{name} cannot be read: {why}."
            raise UsageError(msg, _NOTHING)
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        msg = f"{name} cannot be read: {error.strerror}."
        raise UsageError(msg, _NOTHING) from None
    except UnicodeDecodeError as error:
        msg = f"{name} is not TOML: byte {error.start} is not UTF-8."
        raise UsageError(msg, _NOTHING) from None
