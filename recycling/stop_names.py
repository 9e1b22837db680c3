"""The ids of stops in a day's problem, and whose they are in the record."""

from __future__ import annotations

import uuid
from typing import Any

from recycling.models import PlanVisit

SUBJECTS = {"b": "booking_id", "c": "call_id", "t": "order_id"}
"""Begin of a stop's id, and the column that says whose it is."""


FETCH = "f"
"""Begin of the id of a shop's order's second visit."""


def subject_of(stop: str) -> dict[str, Any]:
    """Return the columns that say whose a stop of the day's problem is, as `stop_of` named it.

    Raises
    ------
    KeyError, ValueError
        When it is none's.
    """
    kind, _, key = stop.partition(":")
    if kind == FETCH:
        return {"order_id": uuid.UUID(key), "fetches": True}
    return {SUBJECTS[kind]: uuid.UUID(key)}


def stop_of(subject: Any) -> str:
    """Return the id that an order's stop has in the day's problem; for a visit, or for what is left out."""
    if subject.fetches:
        return f"{FETCH}:{subject.order_id}"
    return next(f"{kind}:{key}" for kind, column in SUBJECTS.items() if (key := getattr(subject, column)))


def service_of(visit: PlanVisit) -> tuple[str, str]:
    """Return kind and id that a visit has in the day's problem."""
    return ("unload", visit.site_code) if visit.site_code else ("stop", stop_of(visit))
