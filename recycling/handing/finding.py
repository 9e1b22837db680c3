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
from recycling.booking.handed import CHANGED
from recycling.deliveries.outcome import OLD_KEPT
from recycling.errors import N_, ConflictError
from recycling.handing.collecting import CANNOT_COME
from recycling.handing.pickups import Door, Pickup, pickups_of
from recycling.handing.standing import locked, unknown
from recycling.models import Handover, HandoverSerial, StockSerial
from recycling.models.handover import ACCEPTED, DONE, FAILED, LIVE, OFFERED, RETURNED

DAYS_BACK = timedelta(days=14)
"""For so long a list shows what came to its end."""


@dataclass(frozen=True)
class Seen:
    """A hand-over with its booking or order.

    Attributes
    ----------
    reference
        What staff call it: the booking's, or the shop's number of its order.
    booking
        Of which booking it is; None for the old things of an order.
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
    shop, day
        Whose order it is, "" for a booking, and the day that booking or order has now.
    """

    handover: Handover
    reference: str
    booking: uuid.UUID | None
    town: str
    items: tuple[tuple[str, int], ...]
    kg: int
    floor: int
    lift: bool
    door: Door | None
    doubted: tuple[str, ...] = ()
    shop: str = ""
    day: date | None = None

    @property
    def came_back(self) -> bool:
        """Whether it is ours again, to be looked after, as no partner collected it."""
        here = self.handover
        if here.state == FAILED:
            return here.reason == CANNOT_COME or (self.booking is None and here.reason != OLD_KEPT)
        return here.state in RETURNED and here.reason != CHANGED


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


def of_order(session: Session, order: uuid.UUID) -> list[Seen]:
    """Return what became of what is old of a shop's order, the newest first, for staff."""
    found = seen(session, _read(session, select(Handover).where(Handover.order_id == order)), staff=True)
    return sorted(found, key=lambda one: one.handover.offered_at, reverse=True)


def came_back_of(session: Session, orders: Collection[uuid.UUID]) -> dict[uuid.UUID, Seen]:
    """Return the last hand-over of each order whose old things came back from a partner, by order."""
    found = seen(session, _read(session, select(Handover).where(Handover.order_id.in_(list(orders)))), staff=True)
    last = {one.handover.order_id: one for one in sorted(found, key=lambda one: one.handover.offered_at)}
    return {key: one for key, one in last.items() if key is not None and one.came_back}


def tally(found: Sequence[Seen]) -> tuple[int, int, int]:
    """Return how many pickups of a day are offered, how many partners have or had, and how many came back to us."""
    by_time = sorted(found, key=lambda one: one.handover.offered_at)
    last = {one.handover.booking_id or one.handover.order_id: one for one in by_time}
    states = [one.handover.state for one in last.values()]
    back = sum(one.came_back for one in last.values())
    return states.count(OFFERED), sum(state in (ACCEPTED, *DONE) for state in states), back


def handover_of(session: Session, key: uuid.UUID, partner: str = "") -> Seen:
    """Return one hand-over, to staff or to its `partner`; NotFoundError when it is none of these."""
    found = _read(session, select(Handover).where(Handover.id == key))
    if not found or partner not in ("", found[0].partner):
        raise unknown()
    return seen(session, found, staff=not partner)[0]


def seen(session: Session, handovers: Sequence[Handover], staff: bool) -> list[Seen]:
    """Return hand-overs as staff or their partner may see them."""
    pickups = pickups_of(session, handovers)
    doubted = _doubted(session, handovers) if staff else {}
    return [_seen(one, pickups[one.id], staff, tuple(doubted.get(one.id, ()))) for one in handovers]


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
    found, subject = locked(session, key, partner)
    if found.state != ACCEPTED:
        raise ConflictError.one(
            "not-accepted",
            N_("This pickup is not yours to collect: it was %(state)s. Load the page again."),
            state=found.state,
        )
    audit.record(session, actor, "caller.seen", *subject.log, None, {"partner": found.partner}, now)
    return subject.phone


def _read(session: Session, query: Select[Handover]) -> list[Handover]:
    order = query.order_by(Handover.promise_start, Handover.offered_at, Handover.id)
    return list(session.scalars(order.options(selectinload(Handover.lines), selectinload(Handover.serials))))


def _seen(one: Handover, pickup: Pickup, staff: bool, doubted: tuple[str, ...]) -> Seen:
    shown = one.state in LIVE if staff else one.state == ACCEPTED
    return Seen(
        one,
        pickup.reference,
        one.booking_id,
        pickup.town,
        pickup.items,
        pickup.kg,
        pickup.floor,
        pickup.lift,
        pickup.door if shown else None,
        doubted,
        pickup.shop,
        pickup.day,
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
