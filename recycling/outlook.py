"""What a resident may know of a plan: whether the booking stands in it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.models import Booking, Plan, PlanRoute, PlanVisit


def is_planned(session: Session, booking: Booking) -> bool:
    """Tell whether the newest plan of the booking's day has a visit for it."""
    newest = (
        select(Plan.id)
        .where(Plan.depot_code == booking.depot_code, Plan.service_day == booking.service_day)
        .order_by(Plan.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = session.scalar(
        select(PlanVisit.booking_id)
        .join(PlanRoute)
        .where(PlanRoute.plan_id == newest, PlanVisit.booking_id == booking.id)
    )
    return found is not None
