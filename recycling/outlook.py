"""What a resident may know of a plan: whether the booking stands in it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.in_force import in_force
from recycling.models import Booking, Plan, PlanRoute, PlanVisit


def is_planned(session: Session, booking: Booking) -> bool:
    """Tell whether the newest plan of the booking's day has a visit for it."""
    newest = in_force(booking.depot_code, booking.service_day).with_only_columns(Plan.id).scalar_subquery()
    found = session.scalar(
        select(PlanVisit.booking_id)
        .join(PlanRoute)
        .where(PlanRoute.plan_id == newest, PlanVisit.booking_id == booking.id)
    )
    return found is not None
