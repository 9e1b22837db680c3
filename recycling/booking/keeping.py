"""Keeping a window for a form, on a day that is open or on the routes of one that is planned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


def keep_window(
    office: Office,
    owner: str,
    need: Need,
    there: Window,
    now: datetime,
    until: datetime | None = None,
    first: Callable[[Session], None] = lambda _: None,
    beside: Callable[[Session, Hold], None] = lambda _, __: None,
    origin: str = "",
) -> Hold:
    """Keep a window for the form `owner`, in place of the one that it kept before; ten minutes, or `until` a moment.

    `origin` is the address from which it is asked, of which so many are kept at once; "" for whoever works here.
    `first` is called at the begin of the unit of work that keeps it, `beside` at its end; what they raise undoes all.

    Raises
    ------
    WindowFullError
        When the window has no room; what was kept before stays so.
    TooOftenError
        When too many windows are kept from the address.
    """
    late = in_plan(office, there, now)
    if not late:
        with office.database.read() as session:
            seconds = seconds_of(session, office, need, there, owner)
            points = bonus_of(session, office, need, there, owner)
    for _ in range(MOST_TRIES):
        names = [f"h:new-{number}" for number in range(need.visits)]
        placed = place(office, need, there, owner, now, names) if late else None
        with office.database.write() as session:
            first(session)
            holds.refuse_many(session, office, owner, origin, now)
            if placed is not None and not claim(session, office, placed):
                continue  # somebody was quicker: the plan is another one now
            if placed is not None:
                seconds, points = 0, bonus(office, need, placed.depot, placed.cost)
            hold = holds.keep(session, office, owner, need, there, seconds, now, until, late, points, origin)
            beside(session, hold)
            return hold
    raise full(there)


def in_plan(office: Office, there: Window, now: datetime) -> bool:
    """Tell whether a window is one of a day that is planned and still takes bookings."""
    return office.planned is not None and there.day in planned_days(office.settings, now)


def place(office: Office, need: Need, there: Window, owner: str, now: datetime, stops: Sequence[str]) -> Placed:
    """Find a place in a planned day for visits whose ids there are `stops`; WindowFullError when there is none."""
    if office.planned is None or not need.each:
        raise full(there)
    return office.planned.place(need, there, owner, now, stops)


def claim(session: Session, office: Office, placed: Placed) -> bool:
    """Tell whether a place that was found can be taken now."""
    return office.planned is not None and office.planned.claim(session, placed)
