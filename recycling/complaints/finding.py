"""Complaints as they stand in the record: open ones, those about a booking, and reports that nobody came."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand, may
from recycling.booking.again import MISSED, follower
from recycling.errors import N_, NotFoundError
from recycling.models import Booking, Complaint

MOST_REPORTS = 50


def all_open(session: Session, actor: Actor, depot: str = "") -> Sequence[tuple[Complaint, Booking]]:
    """Return the open complaints that the actor may see, each with its booking, the oldest first.

    Raises
    ------
    ForbiddenError, SignInNeededError
        When the actor may see none.
    """
    demand(actor, Action.COMPLAINT_READ)
    query = (
        select(Complaint, Booking)
        .join(Booking, Booking.id == Complaint.booking_id)
        .where(Complaint.state == "open", *_within(actor))
        .order_by(Complaint.opened_at, Complaint.id)
    )
    if depot:
        query = query.where(Booking.depot_code == depot)
    return [(one, about) for one, about in session.execute(query)]


def count_open(session: Session, actor: Actor) -> int:
    """Return how many open complaints the actor may see."""
    query = select(func.count()).select_from(Complaint).join(Booking, Booking.id == Complaint.booking_id)
    return session.scalar(query.where(Complaint.state == "open", *_within(actor))) or 0


def missed_reports(session: Session, actor: Actor, since: datetime) -> Sequence[tuple[Booking, Booking | None]]:
    """Return the visits that were reported as missed since a moment, each with the visit that makes it good, if any.

    The newest come first, at most `MOST_REPORTS`.
    """
    demand(actor, Action.COMPLAINT_READ)
    query = (
        select(Booking)
        .where(
            Booking.state == "failed",
            Booking.reason == MISSED,
            Booking.leg_of.is_(None),
            Booking.ended_at >= since,
            *_within(actor),
        )
        .order_by(Booking.ended_at.desc(), Booking.id)
        .limit(MOST_REPORTS)
    )
    return [(one, follower(session, one)) for one in session.scalars(query)]


def about(session: Session, head: uuid.UUID) -> Sequence[Complaint]:
    """Return what was complained of about a booking, open or answered, the oldest first."""
    query = select(Complaint).where(Complaint.booking_id == head).order_by(Complaint.opened_at, Complaint.id)
    return session.scalars(query).all()


def the_complaint(session: Session, actor: Actor, key: uuid.UUID) -> tuple[Complaint, Booking]:
    """Return a complaint with its booking.

    Raises
    ------
    NotFoundError
        When there is none.
    ForbiddenError, SignInNeededError
        When the actor may not see it.
    """
    found = session.get(Complaint, key)
    if found is None:
        raise no_complaint()
    head = session.get_one(Booking, found.booking_id)
    demand(actor, Action.COMPLAINT_READ, Subject.booked(head))
    return found, head


def no_complaint() -> NotFoundError:
    """Return the error that no complaint has the number."""
    return NotFoundError.one("no-complaint", N_("There is no complaint of this number."))


def _within(actor: Actor) -> list[ColumnElement[bool]]:
    """Return the condition of bookings that are of the actor's depots."""
    if actor.every_depot or may(actor, Action.COMPLAINT_READ, Subject()):
        return []
    return [Booking.depot_code.in_(actor.depots)]
