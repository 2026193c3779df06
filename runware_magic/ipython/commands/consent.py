"""The commands allow and refuse: go on with a turn whose tool calls wait."""

from __future__ import annotations

from runware_magic.chat.turn import Turn
from runware_magic.engine.agreed import decisions, pending_in, waiting, with_refusals
from runware_magic.engine.course import Job
from runware_magic.engine.query import Query
from runware_magic.engine.tool_loop import REFUSE, RUN
from runware_magic.errors import UsageError
from runware_magic.ipython.commands.again import plan_again
from runware_magic.ipython.commands.arguments import read_words
from runware_magic.ipython.commands.context import CommandContext
from runware_magic.ipython.consent import CellConsent, asking
from runware_magic.ipython.toolboxes import Toolboxes
from runware_magic.prompt.tools.tool import Tool

_MOST = 100  # names


def allow(context: CommandContext, line: str) -> str | None:
    """Run tool calls that wait, all or those of the functions that are named, and go on with the answer."""
    return _go_on(context, "allow", line, RUN)


def refuse(context: CommandContext, line: str) -> str | None:
    """Refuse tool calls that wait, all or those of the functions that are named, and go on with the answer."""
    return _go_on(context, "refuse", line, REFUSE)


def _go_on(context: CommandContext, command: str, line: str, decision: str) -> str | None:
    names = tuple(name.strip(",") for name in read_words(command, line, most=_MOST).words)
    context.must_be_still(context.chat)
    turn = pending_in(context.session.conversation.turns(context.chat))
    if turn is None:
        # No error: when all cells run, somebody may have clicked on the card already.
        return f"No tool call waits in chat {context.chat}. %runware restore loads the turns of the saved notebook."
    decided = decisions(turn, names, decision)
    turn = with_refusals(turn, decided)
    settings = context.settings
    if settings.tools == "off" and decision == RUN:
        msg = "This class's runware.toml forbids tools; nothing was run."
        raise UsageError(msg, "%runware refuse goes on without them.")
    boxes = context.toolboxes()
    consent = CellConsent(boxes.agreed, settings.allow_tools, asking(context.shell), decided)
    box = boxes.box(_tools(boxes, turn), settings, consent)
    query = Query(
        turn.messages,
        turn.model,
        context.chat,
        turn.cell_id,
        turn.parameters,
        variant=turn.variant,
        again=turn.id,
        attached=turn.attached,
        resume=turn,
    )
    context.ask_again([Job(query, plan_again(context, turn, tools=box))], None)
    return None


def _tools(boxes: Toolboxes, turn: Turn) -> tuple[Tool, ...]:
    tools, missing = boxes.again(turn)
    if needed := [name for name in missing if name in waiting(turn).values()]:
        msg = f"The function {needed[0]} is not in this kernel."
        raise UsageError(msg, "Run the cell that defines it, or refuse: %runware refuse")
    return tools
