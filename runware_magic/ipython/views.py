"""The view of one answer, whose buttons decide on its tool calls."""

from __future__ import annotations

from typing import Any

from runware_magic.display.views.choose import Views
from runware_magic.engine.cancel import CancelToken
from runware_magic.engine.course import Job
from runware_magic.engine.settings import Settings
from runware_magic.engine.view import View


def view_of(views: Views, job: Job, settings: Settings, stop: CancelToken, **more: Any) -> View:  # noqa: ANN401
    """Return the view of an answer; ``more`` is as in `Views`."""
    consent: Any = job.plan.tools.consent if job.plan.tools else None
    if consent is None:
        return views(settings, stop, **more)
    view = views(settings, stop, choose=consent.choose, **more)
    consent.shown_in(view)
    return view
