"""Hand-overs as staff and partners see them: whose it is and where, only while the partner has it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, selectinload

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, demand
from recycling.booking import life
from recycling.booking.handed import CHANGED
from recycling.errors import N_, ConflictError
from recycling.handing.standing import locked, unknown
from recycling.models import Booking, Community, Handover, HandoverSerial, StockSerial
from recycling.models.handover import ACCEPTED, DONE, LIVE, OFFERED, RETURNED
from recycling.privacy import mask_phone

DAYS_BACK = timedelta(days=14)
"""For so long a list shows what came to its end."""


@dataclass(frozen=True)
class Door:
    """Who and where, for whoever collects it; the number is asked for by itself."""

    contact: str
    phone: str
    place: str
    address: str
    lon: float
    lat: float
    note: str


@dataclass(frozen=True)
class Seen:
    """A hand-over with its booking.

    Attributes
    ----------
    reference
        What staff call it: the booking's.
    town
        Where it is as far as everybody may know: the town, or the depot's area where that is not known.
    items, kg
        (code, pieces) of what was booked, and about what it weighs.
    floor, lift
        How it has to be carried.
    door
        Who and where; None for a partner before it has accepted, and when it is over.
    doubted
        Serial numbers that came in by another pickup or purchase, too.
    """

    handover: Handover
    reference: str
    booking: uuid.UUID
    town: str
    items: tuple[tuple[str, int], ...]
    kg: int
    floor: int
    lift: bool
    door: Door | None
    doubted: tuple[str, ...] = ()


def of_partner(session: Session, partner: str, now: datetime, states: Collection[str] = ()) -> list[Seen]:
    """Return what a partner was handed, the soonest promise first; what ended longer ago than `DAYS_BACK` not."""
    query = select(Handover).where(
        Handover.partner == partner, or_(Handover.ended_at.is_(None), Handover.ended_at > now - DAYS_BACK)
    )
    if states:
        query = query.where(Handover.state.in_(sorted(states)))
    return seen(session, _read(session, query), staff=False)


def of_depot(session: Session, depot: str, now: datetime, day: date | None = None) -> list[Seen]:
    """Return what was handed over of a depot, of a day or all that is open or ended lately."""
    query = select(Handover).where(Handover.depot_code == depot)
    if day is not None:
        query = query.where(Handover.service_day == day)
    else:
        query = query.where(or_(Handover.ended_at.is_(None), Handover.ended_at > now - DAYS_BACK))
    return seen(session, _read(session, query), staff=True)


def tally(found: Sequence[Seen]) -> tuple[int, int, int]:
    """Return how many pickups of a day are offered, how many partners have or had, and how many came back to us."""
    last = {one.booking: one.handover for one in sorted(found, key=lambda one: one.handover.offered_at)}
    states = [handover.state for handover in last.values()]
    back = sum(one.state in RETURNED and one.reason != CHANGED for one in last.values())
    return states.count(OFFERED), sum(state in (ACCEPTED, *DONE) for state in states), back


def handover_of(session: Session, key: uuid.UUID, partner: str = "") -> Seen:
    """Return one hand-over, to staff or to its `partner`; NotFoundError when it is none of these."""
    found = _read(session, select(Handover).where(Handover.id == key))
    if not found or partner not in ("", found[0].partner):
        raise unknown()
    return seen(session, found, staff=not partner)[0]


def seen(session: Session, handovers: Sequence[Handover], staff: bool) -> list[Seen]:
    """Return hand-overs as staff or their partner may see them."""
    heads = {one.booking_id for one in handovers}
    query = select(Booking).where(or_(Booking.id.in_(heads), Booking.leg_of.in_(heads)), Booking.reason != life.MERGED)
    visits: dict[uuid.UUID, list[Booking]] = {}
    for visit in session.scalars(query.options(selectinload(Booking.lines)).order_by(Booking.leg_of.is_not(None))):
        visits.setdefault(visit.leg_of or visit.id, []).append(visit)
    codes = {visit.community_code for of_one in visits.values() for visit in of_one if visit.community_code}
    places = session.execute(select(Community.code, Community.county, Community.town).where(Community.code.in_(codes)))
    towns = {code: f"{county} {town}" for code, county, town in places}
    doubted = _doubted(session, handovers) if staff else {}
    return [_seen(one, visits[one.booking_id], towns, staff, tuple(doubted.get(one.id, ()))) for one in handovers]


def shown_number(session: Session, key: uuid.UUID, partner: str, actor: Actor, now: datetime) -> str:
    """Return the number to call for a pickup that the partner has, and write down who saw it.

    Raises
    ------
    ConflictError
        Before it was accepted, and when it is over.
    NotFoundError, ForbiddenError, SignInNeededError
        When it is not this partner's, or the actor may not.
    """
    demand(actor, Action.HANDOVER_TAKE)
    found, visits = locked(session, key, partner)
    if found.state != ACCEPTED:
        raise ConflictError.one(
            "not-accepted",
            N_("This pickup is not yours to collect: it was %(state)s. Load the page again."),
            state=found.state,
        )
    audit.record(session, actor, "caller.seen", "booking", visits[0].id, None, {"partner": found.partner}, now)
    return visits[0].phone


def _read(session: Session, query: Select[Handover]) -> list[Handover]:
    order = query.order_by(Handover.promise_start, Handover.offered_at, Handover.id)
    return list(session.scalars(order.options(selectinload(Handover.lines), selectinload(Handover.serials))))


def _seen(
    one: Handover, visits: Sequence[Booking], towns: dict[str, str], staff: bool, doubted: tuple[str, ...]
) -> Seen:
    head = visits[0]
    lines = [line for visit in visits for line in visit.lines]
    shown = one.state in LIVE if staff else one.state == ACCEPTED
    door = Door(head.contact, mask_phone(head.phone), head.place, head.address, head.lon, head.lat, head.note)
    return Seen(
        one,
        head.reference,
        head.id,
        towns.get(head.community_code or "", ""),
        tuple((line.item, line.pieces) for line in lines),
        sum(line.kg * line.pieces for line in lines),
        head.floor,
        head.lift,
        door if shown else None,
        doubted,
    )


def _doubted(session: Session, handovers: Sequence[Handover]) -> dict[uuid.UUID, list[str]]:
    """Return the serial numbers of each hand-over that came in elsewhere, too."""
    serials = {one.serial for handover in handovers for one in handover.serials}
    if not serials:
        return {}
    bought = set(session.scalars(select(StockSerial.serial).where(StockSerial.serial.in_(serials))))
    handed: dict[str, set[uuid.UUID]] = {}
    rows = select(HandoverSerial.serial, HandoverSerial.handover_id).where(HandoverSerial.serial.in_(serials))
    for serial, key in session.execute(rows):
        handed.setdefault(serial, set()).add(key)
    return {
        handover.id: sorted(
            one.serial for one in handover.serials if one.serial in bought or len(handed[one.serial]) > 1
        )
        for handover in handovers
    }
