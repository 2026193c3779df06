"""A class's settings: the ``runware.toml`` beside a notebook or in a folder above, read anew when it changes."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from runware_magic.errors import UsageError

if TYPE_CHECKING:
    from runware_magic.class_settings import ClassSettings, Replay
    from runware_magic.settings import Settings

#: What the file is called.
FILE = "runware.toml"
#: A larger one is not read, in bytes.
LARGEST = 64 * 1024

_ROOTS = (".git", ".hg")  # what the first folder of a repository holds
_NOTHING = "Nothing is sent until that is corrected."
_SHOWN = 120  # characters of a value


def find(folder: Path) -> Path | None:
    """Find the file in a folder, or in the nearest one above that has it.

    The search ends with the home folder and with the first folder of a repository: what lies above is somebody else's.
    So is a folder above in which everybody may put files, such as ``/tmp``.

    Parameters
    ----------
    folder
        Where the notebook is.
    """
    with suppress(OSError, ValueError, RuntimeError):
        home, start = Path.home().resolve(), folder.resolve()
        for here in (start, *start.parents):
            if here != start and here.stat().st_mode & stat.S_ISVTX:
                break
            # A link that leads nowhere as well: it was meant to say something.
            if os.path.lexists(here / FILE):
                return here / FILE
            if here == home or any((here / root).exists() for root in _ROOTS):
                break
    return None


def folder_of(notebook: Path | None) -> Path:
    """Give the folder of the open notebook; where none is told, the one that the kernel works in."""
    return notebook.parent if notebook else Path()


@dataclass(frozen=True, slots=True)
class ClassFile:
    """A class's settings, and where they are from.

    Attributes
    ----------
    path
        The file.
    name
        Its path from the folder of the notebook on.
    settings
        What it says.
    """

    path: Path
    name: str
    settings: ClassSettings


class Classroom:
    """Knows the class's settings that hold for the open notebook.

    Parameters
    ----------
    notebook
        Gives the open notebook, where the front end tells it.
    replay
        Lets a recording answer, and none any more. Called when the class begins to want it, and when it no longer does,
        until it succeeds: not at each look, so that the user can go live. None refuses a class's settings that want it.
        Tells whether it was done: what the user records or replays goes before.
    """

    def __init__(
        self,
        notebook: Callable[[], Path | None],
        replay: Callable[[Path | None, Replay | None], bool] | None = None,
    ) -> None:
        self._notebook, self._replay = notebook, replay
        self._followed: tuple[Path, Replay] | None = None  # what the class wants to be replayed, once that was done
        self._overruled = False
        self._stamp: object = None
        self._file: ClassFile | None = None
        self._error: tuple[str, str] | None = None

    @property
    def models(self) -> tuple[str, ...]:
        """The models that may be asked, as last read; empty for all. Looks nowhere: Tab asks at every key."""
        return self._file.settings.models if self._file else ()

    def look(self) -> ClassFile | None:
        """Give the file that holds here, if there is one; read it where it has changed.

        Raises
        ------
        UsageError
            As long as it cannot be read, says what it must not, or wants what cannot be replayed.
        """
        file = self._now()
        self._follow(file)
        return file

    def let_be(self) -> None:
        """Let what the user says of recording and replaying go before what the class wants, until that is another."""
        with suppress(UsageError):
            self._followed, self._overruled = _wanted(self._now()), True

    def _now(self) -> ClassFile | None:
        folder = folder_of(self._notebook())
        path = find(folder)
        stamp = _stamp(path)
        if stamp != self._stamp:
            file, error = None, None
            try:
                file = _read(path, folder) if path else None
            except UsageError as caught:
                error = caught.message, caught.hint
            # Last, and at once: an interrupt before leaves what held, and the file to be read.
            self._stamp, self._file, self._error = stamp, file, error
        if self._error:
            raise UsageError(*self._error)
        return self._file

    def _follow(self, file: ClassFile | None) -> None:
        wanted = _wanted(file)
        if wanted == self._followed:
            return
        if file and wanted:
            _, replay = wanted
            if self._replay is None:
                msg = f"{file.name} wants {replay.file} to be replayed, which cannot be done here."
                raise UsageError(msg, 'mode = "live" asks the endpoint.')
            try:
                done = self._replay(_beside(file, replay.file), replay)
            except UsageError as error:
                msg = f"{file.name} wants {replay.file} to be replayed: {error.message}"
                raise UsageError(msg, f"{_NOTHING} %runware live asks the endpoint.") from None
        else:
            done = self._replay is None or self._replay(None, None)
        self._followed, self._overruled = wanted, not done

    def applied(self, settings: Settings, is_set: Callable[[str], bool]) -> Settings:
        """Give settings with those of the class in the place of what the user has not set.

        Parameters
        ----------
        settings
            The user's own.
        is_set
            Tells by name what the user has set.

        Raises
        ------
        UsageError
            As `look` does.
        """
        file = self.look()
        if file is None:
            return settings
        from runware_magic.settings import Allowed  # noqa: PLC0415  # where there is such a file

        said = file.settings
        given = {name: value for name, value in said.values.items() if not is_set(name)}
        allowed = Allowed(said.models, file.name) if said.models else None
        return replace(settings, **given, allowed=allowed, assigned=given.get("model", ""))

    def rows(self, is_set: Callable[[str], bool]) -> tuple[tuple[str, str], ...]:
        """Say what the file sets, and where it is; nothing where there is none."""
        file = self.look()
        if file is None:
            return ()
        said = file.settings
        told: Mapping[str, object] = {
            **said.values,
            **({"models": ", ".join(said.models)} if said.models else {}),
            **({"mode": f"replay of {said.replay.file}"} if said.replay else {}),
        }
        own = {*filter(is_set, said.values), *(["mode"] if self._overruled else [])}
        rows = (
            (f"  {name}", _shown(value) + (" (not here: you have set another)" if name in own else ""))
            for name, value in told.items()
        )
        return ("class", f"{file.name} sets {'this:' if told else 'nothing'}"), *rows


def _wanted(file: ClassFile | None) -> tuple[Path, Replay] | None:
    replay = file.settings.replay if file else None
    return (file.path, replay) if file and replay else None


def _beside(file: ClassFile, name: str) -> Path:
    """Give the path of a file beside another, or below."""
    folder = file.path.parent.resolve()
    # Links that lead in a circle lead nowhere.
    with suppress(OSError, RuntimeError):
        path = (folder / name).resolve()
        if path.is_relative_to(folder):
            return path
    # By a symbolic link: what it leads to is not the class's to show.
    msg = "it leads out of the folder of these settings."
    raise UsageError(msg)


def _stamp(path: Path | None) -> object:
    """Give a value that is another once the file is."""
    if path is None:
        return None
    with suppress(OSError):
        about = path.stat()
        return path, about.st_mtime_ns, about.st_size, about.st_ino
    return path


def _read(path: Path, folder: Path) -> ClassFile:
    from runware_magic.class_settings import read_settings  # noqa: PLC0415  # as in `applied`

    # Never the whole path, which is somebody's home.
    name = Path(os.path.relpath(path, folder.resolve())).as_posix()
    return ClassFile(path, name, read_settings(_text(path, name), name))


def _text(path: Path, name: str) -> str:
    try:
        about = path.stat()
        # Opening a pipe would wait for ever.
        if not stat.S_ISREG(about.st_mode) or about.st_size > LARGEST:
            msg = f"{name} is no file of settings: {'more than 64 KB' if stat.S_ISREG(about.st_mode) else 'no file'}."
            raise UsageError(msg, _NOTHING)
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        msg = f"{name} cannot be read: {error.strerror}."
        raise UsageError(msg, _NOTHING) from None
    except UnicodeDecodeError as error:
        msg = f"{name} is not TOML: byte {error.start} is not UTF-8."
        raise UsageError(msg, _NOTHING) from None


def _shown(value: object) -> str:
    text = " ".join(str(value).split()) if isinstance(value, str) else str(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
