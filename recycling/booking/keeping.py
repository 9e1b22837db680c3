"""Keeping a window for a form, on a day that is open or on the routes of one that is planned."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from recycling.booking import holds
from recycling.booking.bonus import bonus, bonus_of
from recycling.booking.capacity import Window, full
from recycling.booking.days import planned_days
from recycling.booking.offers import seconds_of
from recycling.booking.office import Office, Placed
from recycling.booking.workload import Need
from recycling.models import Hold

MOST_TRIES = 5
"""How often a place in a plan is looked for again when others were quicker."""


def keep_window(office: Office, owner: str, need: Need, there: Window, now: datetime) -> Hold:
    """Keep a window for the form `owner`, in place of the one that it kept before.

    Raises
    ------
    WindowFullError
        When the window has no room; what was kept before stays so.
    """
    if in_plan(office, there, now):
        for _ in range(MOST_TRIES):
            placed = place(office, need, there, owner, now, "h:new")
            with office.database.write() as session:
                if claim(session, office, placed):
                    points = bonus(office, need, placed.depot, placed.cost)
                    return holds.keep(session, office, owner, need, there, 0, now, in_plan=True, bonus=points)
        raise full(there)
    with office.database.read() as session:
        seconds = seconds_of(session, office, need, there, owner)
        points = bonus_of(session, office, need, there, owner)
    with office.database.write() as session:
        return holds.keep(session, office, owner, need, there, seconds, now, bonus=points)


def in_plan(office: Office, there: Window, now: datetime) -> bool:
    """Tell whether a window is one of a day that is planned and still takes bookings."""
    return office.planned is not None and there.day in planned_days(office.settings, now)


def place(office: Office, need: Need, there: Window, owner: str, now: datetime, stop: str) -> Placed:
    """Find a place in a planned day for one visit; WindowFullError when there is none."""
    if office.planned is None or need.visits > 1:
        raise full(there)
    return office.planned.place(need, there, owner, now, stop)


def claim(session: Session, office: Office, placed: Placed) -> bool:
    """Tell whether a place that was found can be taken now."""
    return office.planned is not None and office.planned.claim(session, placed)
