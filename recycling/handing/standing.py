"""How a hand-over stands: read with its booking so that nobody else changes either, and bringing the booking back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.booking import life
from recycling.errors import N_, NotFoundError
from recycling.in_force import in_force
from recycling.models import Booking, Handover, PlanRoute, PlanVisit


def locked(session: Session, key: uuid.UUID, partner: str = "") -> tuple[Handover, list[Booking]]:
    """Return a hand-over and its booking's visits, the booking locked first, as everybody does.

    Raises
    ------
    NotFoundError
        When there is none of this key, or it is not the `partner`'s (its code; "" for staff).
    """
    found = session.get(Handover, key)
    if found is None or partner not in ("", found.partner):
        raise unknown()
    visits = life.visits_of(session, session.get_one(Booking, found.booking_id))
    session.refresh(found, with_for_update=True)
    return found, visits


def unknown() -> NotFoundError:
    """Return the refusal of a key that names none, or somebody else's."""
    return NotFoundError.one("no-handover", N_("There is no such pickup among those that were handed over."))


def came_back(
    session: Session, handover: Handover, visits: Sequence[Booking], accepted: bool, actor: Actor, now: datetime
) -> None:
    """Let a booking be ours again, in the hours that were promised, with the room that it took of our window."""
    for visit in visits:
        if visit.partner == handover.partner and visit.state == "booked":
            seconds = int(handover.seconds.get(str(visit.id), visit.seconds)) if accepted else visit.seconds
            life.handed_back(session, visit, seconds, accepted, actor, now, handover.reason)


def on_a_route(session: Session, visit: Booking) -> bool:
    """Tell whether a visit stands on a route of the plan that is in force on its day."""
    plan = session.scalar(in_force(visit.depot_code, visit.service_day))
    if plan is None:
        return False
    there = (
        select(PlanVisit.route_id).join(PlanRoute).where(PlanRoute.plan_id == plan.id, PlanVisit.booking_id == visit.id)
    )
    return session.scalar(there.limit(1)) is not None
