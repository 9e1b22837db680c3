"""Putting a trip into the record: once, changed when it is sent again, cancelled."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.booking import Office
from recycling.db import hold
from recycling.errors import N_, ConflictError
from recycling.models import SpareOffer, SpareTrip
from recycling.models.spare import ACCEPTED, COLLECTED, OFFERED, WITHDRAWN
from recycling.senders import numbered
from recycling.spare.checks import answers_until
from recycling.spare.giving_back import end, held
from recycling.spare.partners import demand_trip

Entered = Literal["taken", "changed", "known"]
OWN = ("id", "state", "reason", "version", "made_at", "looked_at", "trouble", "trouble_at", "trouble_by")
"""What a partner does not send."""


def enter(session: Session, office: Office, trip: SpareTrip, actor: Actor, now: datetime) -> tuple[Entered, SpareTrip]:
    """Take a trip that was checked; the same number of the same partner again changes that trip, or nothing.

    What was offered to it and not answered yet is withdrawn when it changes, and looked for anew.

    Raises
    ------
    ConflictError
        When the trip has accepted something, or its day is closed.
    ForbiddenError
        When the actor does not work for its depot.
    """
    demand_trip(session, office, actor, trip)
    hold(session, f"spare-trip/{trip.partner}/{trip.external_id}")
    known = numbered(session, SpareTrip, trip.partner, trip.external_id, lock=True)
    if known is None:
        session.add(trip)
        session.flush()
        audit.record(session, actor, "trip.announced", "spare-trip", trip.id, None, said(trip), now, first=True)
        return "taken", trip
    demand_trip(session, office, actor, known)
    changed = {name: value for name, value in _fields(trip).items() if getattr(known, name) != value}
    if not changed and known.state == "open":
        return "known", known
    _changeable(session, office, known, now)
    before = said(known)
    for offer in _offers(session, known, OFFERED):
        end(session, office, offer, WITHDRAWN, "trip-changed", actor, now)
    for name, value in changed.items():
        setattr(known, name, value)
    known.state, known.reason, known.looked_at = "open", "", None
    known.trouble, known.trouble_at, known.trouble_by = "", "", 0
    known.version += 1
    session.flush()
    audit.record(session, actor, "trip.changed", "spare-trip", known.id, before, said(known), now)
    return "changed", known


def cancel(session: Session, office: Office, trip: SpareTrip, reason: str, actor: Actor, now: datetime) -> None:
    """Cancel a trip, whenever its partner cannot drive it; what it has accepted is ours again.

    One that is cancelled already stays so.

    Raises
    ------
    ConflictError
        When it has collected something.
    ForbiddenError
        When the actor may say nothing of it.
    """
    demand_trip(session, office, actor, trip)
    if trip.state == "cancelled":
        return
    if _offers(session, trip, COLLECTED):
        raise ConflictError.one(
            "trip-driven",
            N_("Trip %(number)s has collected something. Say of the rest that it failed."),
            number=trip.external_id,
        )
    before = said(trip)
    trip.state, trip.reason, trip.version = "cancelled", reason, trip.version + 1
    session.flush()
    audit.record(session, actor, "trip.cancelled", "spare-trip", trip.id, before, said(trip), now)
    for offer in _offers(session, trip, OFFERED):
        end(session, office, offer, WITHDRAWN, "trip-cancelled", actor, now)
    for offer in _offers(session, trip, ACCEPTED):
        end(session, office, offer, WITHDRAWN, "trip-cancelled", actor, now)


def _changeable(session: Session, office: Office, trip: SpareTrip, now: datetime) -> None:
    if _offers(session, trip, ACCEPTED) or _offers(session, trip, COLLECTED):
        raise ConflictError.one(
            "trip-taken",
            N_("Trip %(number)s has accepted take-backs. Give them back or cancel it before you change it."),
            where="id",
            number=trip.external_id,
        )
    if now >= answers_until(office, trip.service_day):
        raise ConflictError.one(
            "trip-closed",
            N_("Nothing is offered to trips of %(day)s any more, so trip %(number)s stays as it is."),
            where="id",
            day=trip.service_day.isoformat(),
            number=trip.external_id,
        )


def _offers(session: Session, trip: SpareTrip, state: str) -> list[SpareOffer]:
    """Return the offers of a trip in a state, in the order in which plans lock what they are for."""
    query = select(SpareOffer).where(SpareOffer.trip_id == trip.id, SpareOffer.state == state)
    found = session.scalars(query.order_by(SpareOffer.booking_id, SpareOffer.order_id)).all()
    return [offer for offer in (held(session, one.id) for one in found) if offer.state == state]


def _fields(trip: SpareTrip) -> dict[str, Any]:
    return {c.key: getattr(trip, c.key) for c in SpareTrip.__table__.columns if c.key not in OWN}


def said(trip: SpareTrip) -> dict[str, Any]:
    """Return what the audit log says of a trip."""
    plain = {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in _fields(trip).items()}
    return {**plain, "state": trip.state, "version": trip.version}
