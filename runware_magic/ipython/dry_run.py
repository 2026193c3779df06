"""Shows what a cell would send, and sends nothing."""

from __future__ import annotations

from runware_magic.display.render.dry_run import request_dry_run
from runware_magic.engine.query import PreparedCall
from runware_magic.engine.session import Session
from runware_magic.engine.settings import Settings
from runware_magic.errors import NotRecordedError
from runware_magic.transport.endpoint import Endpoint


def dry_run_of(session: Session, prepared: PreparedCall, where: Endpoint, settings: Settings) -> object:
    """Return what would be sent for one answer, and its highest cost if prices are known."""
    instead = ""
    try:
        prepared, where = session.routed(prepared, where, settings)
        if prepared.turn.recorded is not None:
            instead = f"none: {where.recording} answers (recorded {prepared.turn.recorded})"
    except NotRecordedError:
        instead = f"none: {where.recording} has no answer to this"
    turn = prepared.turn
    return request_dry_run(
        prepared.request,
        turn.endpoint,
        turn.chat,
        session.connections.lists.prices(where, turn.model),
        budget=settings.budget,
        spent=session.budget.spent,
        own=prepared.budget,
        instead=instead,
        turn=turn,
    )
