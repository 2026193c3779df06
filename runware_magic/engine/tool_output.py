"""What a function prints and displays while a model's call runs."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from runware_magic.chat.parts import Part, TextPart
from runware_magic.errors import PromptError
from runware_magic.prompt.values.cell_output import CellRun, Displayed
from runware_magic.prompt.values.inserted import DEFAULT_LIMITS
from runware_magic.prompt.values.patch import patch
from runware_magic.prompt.values.pictures import picture_part

_ENGINE = "runware-"  # how the names of the engine's threads begin


@contextmanager
def captured() -> Iterator[CellRun]:
    """Collect what this thread prints and displays, and threads that begin meanwhile, instead of showing it.

    The engine's threads, and those that run already, are not heard: they print and display for others.
    """
    run, capture = CellRun(""), _Capture()
    streams, undo = (sys.stdout, sys.stderr), list[Callable[[], object]]()
    try:
        for stream in dict.fromkeys(each for each in streams if each is not None):
            undo.append(patch(stream, "write", lambda original: capture.writing(run, original)))
        if (publisher := _publisher()) is not None:
            undo.append(patch(publisher, "publish", lambda original: capture.publishing(run, original)))
            undo.append(patch(publisher, "clear_output", lambda original: capture.clearing(run, original)))
        yield run
    finally:
        capture.is_open = False
        for each in reversed(undo):
            each()
        sys.stdout, sys.stderr = streams


def _publisher() -> Any:  # noqa: ANN401  # IPython is untyped
    """Return what publishes displays; None outside of IPython."""
    module: Any = sys.modules.get("IPython.core.getipython")
    shell = module.get_ipython() if module else None
    return getattr(shell, "display_pub", None)


class _Capture:
    def __init__(self) -> None:
        self.is_open = True
        self._of_thread = threading.local()
        self._lock = threading.RLock()  # a handler of a signal may print, too
        self._others = frozenset(threading.enumerate()) - {threading.current_thread()}

    def _hears(self) -> bool:
        """Whether this thread is heard, which is asked for each piece of what it prints."""
        if not hasattr(self._of_thread, "is_heard"):
            thread = threading.current_thread()
            self._of_thread.is_heard = thread not in self._others and not thread.name.startswith(_ENGINE)
        return self.is_open and self._of_thread.is_heard

    def writing(self, run: CellRun, original: Callable[..., Any]) -> Callable[..., Any]:
        def write(text: str, *args: object, **more: object) -> Any:  # noqa: ANN401  # whatever the stream returns
            if not (isinstance(text, str) and self._hears()):
                return original(text, *args, **more)
            with self._lock:
                run.printed(text)
            return len(text)

        return write

    def publishing(self, run: CellRun, original: Callable[..., Any]) -> Callable[..., Any]:
        def publish(
            data: Mapping[str, Any],
            *args: object,
            transient: Mapping[str, Any] | None = None,
            update: bool = False,
            **more: object,
        ) -> Any:  # noqa: ANN401  # as above
            if not self._hears() or (update and not _holds(run, transient or {})):
                return original(data, *args, transient=transient, update=update, **more)
            with self._lock:
                content = {"data": data, "transient": transient or {}}
                run.message(_message("update_display_data" if update else "display_data", content))
            return None

        return publish

    def clearing(self, run: CellRun, original: Callable[..., Any]) -> Callable[..., Any]:
        def clear_output(wait: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002  # as IPython has it
            if not self._hears():
                return original(wait)
            with self._lock:
                run.message(_message("clear_output", {"wait": wait}))
            return None

        return clear_output


def _message(kind: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"header": {"msg_type": kind}, "content": content}


def _holds(run: CellRun, transient: Mapping[str, Any]) -> bool:
    """Whether an update is for what was displayed here."""
    name = transient.get("display_id")
    return any(isinstance(each, Displayed) and each.display_id == name for each in run.output)


def parts_of(run: CellRun, most: int, hide: Callable[[str], str]) -> list[Part]:
    """Return what was printed and displayed, in order: pictures, and texts of `most` characters together.

    `hide` removes keys from a text.
    """
    parts: list[Part] = []
    for each in run.output:
        if isinstance(each, Displayed) and each.picture:
            parts.append(_picture(each.picture))
            continue
        text = _ends(hide(each.text), most)
        most -= len(text)
        if text:
            parts.append(TextPart(text))
    return parts


def _picture(data: bytes) -> Part:
    try:
        (part,) = picture_part(data, "picture", DEFAULT_LIMITS).parts
    except PromptError as error:
        return TextPart(f"({error.message.removesuffix('.')})")
    return part


def _ends(text: str, most: int) -> str:
    """Return a text, or its beginning and its end if it is longer than `most`."""
    if len(text) <= most:
        return text
    half = max(most, 0) // 2
    gap = f"\n({len(text) - 2 * half:,} characters were not kept)\n"
    return f"{text[:half]}{gap}{text[len(text) - half :]}"
