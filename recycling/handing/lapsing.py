"""Offers that no partner recycler answered in time: the pickups are ours again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from recycling.accounts.actors import system
from recycling.booking import Office
from recycling.booking.handed import end
from recycling.handing.standing import locked
from recycling.models import Handover
from recycling.models.handover import LAPSED, OFFERED

JOB = system("lapse-offers")


def lapse_due(office: Office, now: datetime) -> int:
    """End all offers whose time is over, each in a unit of its own; return how many."""
    due = select(Handover.id).where(Handover.state == OFFERED, Handover.answer_by <= now)
    with office.database.read() as session:
        keys = session.scalars(due.order_by(Handover.answer_by, Handover.id)).all()
    ended = 0
    for key in keys:
        with office.database.write() as session:
            found, subject = locked(session, key)
            if found.state != OFFERED:
                continue  # answered at this very moment
            end(session, found, LAPSED, "", JOB, now)
            subject.back(session, office, found, False, JOB, now)
            ended += 1
    return ended
