"""The context of a command: session, settings, endpoint, chat."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from runware_magic.errors import UsageError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from runware_magic.chat.conversation import VersionedTurn
    from runware_magic.chat.turn import Turn
    from runware_magic.engine.background import Background
    from runware_magic.engine.course import Job
    from runware_magic.engine.session import Session
    from runware_magic.engine.settings import Settings
    from runware_magic.ipython.endpoints import EndpointResolver
    from runware_magic.ipython.toolboxes import Toolboxes
    from runware_magic.prompt.options import CellOptions
    from runware_magic.transport.endpoint import Endpoint


#: Returns the options and the prompt to use instead.
Change = Callable[["CellOptions", str], "tuple[CellOptions, str]"]


@dataclass(frozen=True)
class CommandContext:
    """What a command can use."""

    session: Session
    resolver: EndpointResolver
    background: Background
    chat: str  # the current one
    find_settings: Callable[[], Settings]  # reads the class's settings, which may begin a replay
    where: Callable[[], Endpoint]  # may start the demo endpoint
    of_class: Callable[[], tuple[tuple[str, str], ...]]  # rows on the class's settings
    override: Callable[[], object]  # the user's command replaces the mode of the class
    notebook: Callable[[], Path | None]  # the open one, if the front end tells its path
    ask: Callable[[str, Change], object]  # a prompt on a line, with what is changed of it
    ask_again: Callable[[Sequence[Job], int | None], tuple[Turn, ...]]  # in the output that shows the turn
    evaluate: Callable[[str, Mapping[str, object]], object]  # an expression, with these names added to the notebook's
    show: Callable[[object], object]  # before the result: what a command that takes long is doing
    use_chat: Callable[[str], object]  # another chat
    run_of: Callable[[VersionedTurn], str]  # the prompt of the cell that asked, such as In [3], if it is known
    show_turn: Callable[[Turn], object]  # in the output of this cell
    lost: Callable[[], tuple[Turn, ...]]  # answers that no cell of the page shows
    toolboxes: Callable[[], Toolboxes]  # the functions that models may call
    shell: InteractiveShell

    @cached_property
    def settings(self) -> Settings:
        """How to ask."""
        return self.find_settings()

    def must_be_still(self, chat: str | None) -> None:
        """Raise `UsageError` while a chat is being answered, since the answer would come after the change."""
        if under_way := self.background.of_chat(chat):
            msg = f"Chat {chat} is still answering."
            raise UsageError(msg, f"Wait for it, or stop it: %runware stop {under_way[0].name}")
