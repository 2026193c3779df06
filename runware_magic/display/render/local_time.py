"""Times of answers, in the time zone of this machine."""

from __future__ import annotations

from datetime import datetime


def local_time(started: str, form: str = "%Y-%m-%d %H:%M") -> str:
    """Return a time (ISO 8601) in the time zone of this machine; empty where it is none."""
    try:
        return datetime.fromisoformat(started.replace("Z", "+00:00")).astimezone().strftime(form)
    except (ValueError, OverflowError, OSError):  # of a file that somebody wrote
        return ""
