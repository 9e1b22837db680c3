"""Bookings that were changed after their route was made: what the route does not know, and what it could not do."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from recycling.booking.office import Office
from recycling.booking.taking import need_of
from recycling.booking.visits import kg_of, litres_of, visit_seconds
from recycling.errors import N_, ConflictError
from recycling.in_force import in_force
from recycling.models import AuditEvent, Booking, Plan, PlanRoute, PlanVisit
from recycling.plane import metres_between
from recycling.settings import Settings

NEAR_METRES = 30
"""A door that was moved by less is where the route has it."""


OTHER_VEHICLE = N_(
    "The routes of this day are made, and the vehicle that comes cannot take that: it is too small, lacks the crew or"
    " the tail lift, or is too high for the way in. Move the booking first, then change it."
)


@dataclass(frozen=True)
class Outgrown:
    """A visit that is more than its route was made for.

    Attributes
    ----------
    reference, plate
        The booking, and the vehicle on whose route it stands.
    minutes, kg, litres
        So much more at the door and to be loaded; 0 where it is no more.
    metres
        So far from where the route has the door; 0 where it is there.
    """

    booking: uuid.UUID
    reference: str
    plate: str
    minutes: int
    kg: int
    litres: int
    metres: int


def outgrown(session: Session, settings: Settings, plan: Plan) -> list[Outgrown]:
    """Return the bookings on a plan's routes that were changed since and are more than it knows, by reference.

    What a plan that was made later knows is none of them.
    """
    here = (Booking.service_day == plan.service_day, Booking.depot_code == plan.depot_code, Booking.state == "planned")
    keys = session.scalars(select(Booking.id).where(*here)).all()
    changed = _amended(session, keys)
    if not changed:
        return []
    query = select(Booking).where(Booking.id.in_(changed)).options(selectinload(Booking.lines))
    bookings = {booking.id: booking for booking in session.scalars(query)}
    routes = select(PlanRoute).where(PlanRoute.plan_id == plan.id).options(selectinload(PlanRoute.visits))
    found = []
    for route in session.scalars(routes):
        before = 0, 0
        for visit in route.visits:
            booking = bookings.get(visit.booking_id) if visit.booking_id else None
            if booking is not None:
                found.append(_compared(settings, route.plate, visit, before, booking))
            before = visit.collected_kg, visit.collected_litres
    more = [one for one in found if one.minutes or one.kg or one.litres or one.metres]
    return sorted(more, key=lambda one: one.reference)


def outgrown_of(session: Session, settings: Settings, visits: Sequence[Booking]) -> list[Outgrown]:
    """Return which visits of one booking are more than the route knows on which they stand."""
    if not any(visit.state == "planned" for visit in visits):
        return []
    plan = session.scalar(in_force(visits[0].depot_code, visits[0].service_day))
    ours = {visit.id for visit in visits}
    return [one for one in outgrown(session, settings, plan) if one.booking in ours] if plan else []


def refuse_other_vehicle(session: Session, office: Office, visits: Sequence[Booking], legs: Sequence[Booking]) -> None:
    """Refuse a change that the vehicle on whose route a visit stands could not do.

    Raises
    ------
    ConflictError
        When it lacks the crew or the tail lift, is too high for the way in, or too small for the things.
    """
    standing = {visit.id: leg for visit, leg in zip(visits, legs, strict=False) if visit.state == "planned"}
    plan = session.scalar(in_force(visits[0].depot_code, visits[0].service_day)) if standing else None
    if plan is None:
        return
    query = select(PlanVisit.booking_id, PlanRoute.plate).join(PlanRoute, PlanRoute.id == PlanVisit.route_id)
    here = query.where(PlanRoute.plan_id == plan.id, PlanVisit.booking_id.in_(standing))
    types = {plate: kind for plate, _, kind in office.fleet.at(plan.depot_code)}
    for key, plate in session.execute(here):
        need, kind = need_of(office, standing[key]) if key else None, types.get(plate)
        if need is None or kind is None:
            continue
        if not need.fit.on(kind) or need.kg > kind.kg or need.litres > kind.litres:
            raise ConflictError.one(
                "route-vehicle",
                OTHER_VEHICLE,
                where="items",
            )


def _compared(settings: Settings, plate: str, visit: PlanVisit, before: tuple[int, int], booking: Booking) -> Outgrown:
    """Compare a visit with its booking; `before` are the kilograms and litres on board when the crew comes."""
    kg, litres = visit.collected_kg - before[0], visit.collected_litres - before[1]
    metres = round(metres_between((visit.lon, visit.lat), (booking.lon, booking.lat)))
    seconds = visit_seconds(settings, booking) - (visit.ends_at - visit.begins_at).total_seconds()
    return Outgrown(
        booking=booking.id,
        reference=booking.reference,
        plate=plate,
        minutes=max(0, round(seconds / 60)),
        kg=max(0, kg_of(booking.lines) - kg),
        litres=max(0, litres_of(booking.lines) - litres),
        metres=metres if metres > NEAR_METRES else 0,
    )


def _amended(session: Session, keys: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return which of these bookings have ever been changed."""
    if not keys:
        return set()
    query = select(AuditEvent.subject_id).where(
        AuditEvent.subject_kind == "booking",
        AuditEvent.subject_id.in_([str(key) for key in keys]),
        AuditEvent.action == "booking.amended",
    )
    return {uuid.UUID(subject) for subject in session.scalars(query)}
