"""What a message that had to wait says when it leaves at last: the newest word, or nothing where it is old news."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.models import Booking, Message
from recycling.settings import Settings
from recycling.tracking import COMING, is_late, late_hours


def renewed(session: Session, settings: Settings, message: Message, now: datetime) -> bool:
    """Bring a message that is about to leave to what is known now; False when it must not leave any more.

    That a crew comes late is said with the hours of the newest word, none of them over. It is not said when no crew of
    the booking is late any more, has been there, or its day is over.
    """
    if message.change != "late" or message.booking_id is None:
        return True
    query = select(Booking).where(
        (Booking.id == message.booking_id) | (Booking.leg_of == message.booking_id), Booking.state.in_(COMING)
    )
    late = [
        visit
        for visit in session.scalars(query.execution_options(populate_existing=True))
        if is_late(settings, visit) and now < settings.clock.midnight(visit.service_day + timedelta(days=1))
    ]
    if not late:
        return False
    soonest = min(late, key=lambda visit: (visit.expected_at or now, visit.id))
    first, last = late_hours(settings, soonest, now)
    message.figures = {**message.figures, "first": first.isoformat(), "last": last.isoformat()}
    return True
