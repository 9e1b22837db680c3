"""The day that a list is asked for in its address, and how many days it shows from there on."""

from __future__ import annotations

from datetime import date, timedelta

from flask import request

DAYS_SHOWN = 7
FARTHEST = timedelta(days=400)


def day_asked(default: date) -> date:
    """Return the day that the address names, or another one where it names none, or one that is far away."""
    try:
        asked = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return default
    return asked if abs(asked - default) < FARTHEST else default
