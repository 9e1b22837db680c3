"""Looking for what a day's trips could take, and offering it to them, dearest for us first."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from recycling import audit, dispatch, network
from recycling.accounts.actors import Actor, system
from recycling.apart import apart, why_lost
from recycling.booking import Office, life
from recycling.deliveries import handed
from recycling.hooks.events import say_offer
from recycling.models import Booking, SpareOffer, SpareTrip, TradeInOrder
from recycling.models.spare import LIVE, OFFERED
from recycling.spare.candidates import Candidate, as_offered, candidates, key_of, stated
from recycling.spare.checks import answers_until
from recycling.spare.fitting import PLACE, trip_job
from recycling.spare.giving_back import locked_booking, locked_order, said
from routing.day import DayJob
from routing.errors import InputError
from routing.spare import Match, TripAnswer, TripJob, match_in_child

JOB = system("offer-spare")
LOADING_SECONDS = 60
"""What the process may take beside the search itself, to load what it needs."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Looked:
    """What came of a look at a depot's day: trips looked at, offers made, and why it came to nothing, if it did."""

    trips: int = 0
    offers: int = 0
    trouble: str = ""


@dataclass(frozen=True)
class _Asked:
    """A day as it was read: its trips by key with their versions, what may be offered, and the question."""

    trips: Mapping[str, int]
    found: Mapping[str, Candidate]
    day: DayJob
    jobs: Sequence[TripJob]


def look(office: Office, depot: str, day: date, now: datetime, actor: Actor = JOB) -> Looked:
    """Look for what the open trips of a depot's day could take, and offer it to them.

    The search works in a process of its own. What was changed meanwhile is not offered; nothing is offered twice.
    """
    if now >= answers_until(office, day):
        return Looked(trouble="closed")
    with office.database.read() as session:
        asked = _read(session, office, depot, day)
    if asked is None:
        return Looked()
    settings = office.settings
    limit = settings.spare.seconds + LOADING_SECONDS
    try:
        answers: Mapping[str, TripAnswer] = (
            apart(match_in_child, limit)(
                asked.day, asked.jobs, settings.spare.least_gain, settings.planning.memory_mb
            ).result()
            if asked.found
            else {}
        )
    except (InputError, TimeoutError, MemoryError, OSError) as error:
        code, reason = why_lost(error, settings.planning.memory_mb)
        log.warning("take-backs for partners' trips were not found", depot=depot, day=str(day), code=code, why=reason)
        return Looked(len(asked.trips), 0, code)
    offers = 0
    for key, version in asked.trips.items():
        answer = answers.get(key, TripAnswer())
        offers += _offer(office, uuid.UUID(key), version, answer, asked.found, actor, now)
    return Looked(len(asked.trips), offers)


def _read(session: Session, office: Office, depot: str, day: date) -> _Asked | None:
    trips = session.scalars(
        select(SpareTrip)
        .where(SpareTrip.depot_code == depot, SpareTrip.service_day == day, SpareTrip.state == "open")
        .order_by(SpareTrip.made_at, SpareTrip.id)
    ).all()
    if not trips:
        return None
    found = candidates(session, office, depot, day)
    jobs = [trip_job(session, office, trip, _for(session, office, trip, found), _held(session, office, trip))
            for trip in trips]  # fmt: skip
    job = dispatch.day_job(session, office.settings, office.fleet, network.the_depot(session, depot), day)
    return _Asked({str(t.id): t.version for t in trips}, {c.stop.id: c for c in found}, job, jobs)


def _for(session: Session, office: Office, trip: SpareTrip, found: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates that the partner's contract is about and that this trip has not had before.

    What it did not take is not offered to it again.
    """
    partner = office.settings.partners.find(trip.partner)
    if partner is None or not partner.works_on(trip.service_day):
        return []
    material = {code: item.material for code, item in office.catalogue.variants.items()}
    rows = session.execute(
        select(SpareOffer.booking_id, SpareOffer.order_id, SpareOffer.promise_start).where(
            SpareOffer.trip_id == trip.id, SpareOffer.reason != "trip-changed"
        )
    )
    had = {(f"b:{booking}" if booking else f"f:{order}", begin) for booking, order, begin in rows}
    return [
        one
        for one in found
        if (one.stop.id, one.promise_start) not in had
        and partner.covers(one.community)
        and all(code in material and partner.takes(code, material[code]) for code in one.items)
    ]


def _held(session: Session, office: Office, trip: SpareTrip) -> list[Candidate]:
    """Return what the trip is offered or has accepted, which keeps its room on it."""
    query = select(SpareOffer).where(SpareOffer.trip_id == trip.id, SpareOffer.state.in_(LIVE))
    offers = session.scalars(query.order_by(SpareOffer.offered_at, SpareOffer.rank)).all()
    bookings = session.scalars(
        select(Booking)
        .where(Booking.id.in_([one.booking_id for one in offers if one.booking_id]))
        .options(selectinload(Booking.lines))
    ).all()
    orders = session.scalars(
        select(TradeInOrder).where(TradeInOrder.id.in_([one.order_id for one in offers if one.order_id]))
    ).all()
    by_key = {one.stop.id: one for one in stated(session, office, trip.service_day, bookings, orders)}
    keys = [f"b:{one.booking_id}" if one.booking_id else f"f:{one.order_id}" for one in offers]
    return [by_key[key] for key in keys]


def _offer(
    office: Office,
    key: uuid.UUID,
    version: int,
    answer: TripAnswer,
    found: Mapping[str, Candidate],
    actor: Actor,
    now: datetime,
) -> int:
    """Write the offers of a trip, unless it was changed meanwhile; return how many."""
    with office.database.write() as session:
        trip = session.scalars(select(SpareTrip).where(SpareTrip.id == key).with_for_update()).one()
        if trip.state != "open" or trip.version != version:
            return 0
        trip.looked_at = now
        trip.trouble, trip.trouble_by = answer.trouble, answer.amount
        trip.trouble_at = _place_of(trip, answer.at)
        _hold(session, answer)
        until = min(now + office.settings.spare.answering, answers_until(office, trip.service_day))
        made = 0
        for rank, match in enumerate(answer.matches, 1):
            made += _write(session, office, trip, match, found[match.stop], rank, until, actor, now)
        return made


def _hold(session: Session, answer: TripAnswer) -> None:
    """Keep what may be offered as it is, locked in the order in which plans lock it."""
    keys = [key_of(match.stop) for match in answer.matches]
    bookings, orders = ([key for kind, key in keys if (kind == "b") is own] for own in (True, False))
    session.scalars(select(Booking.id).where(Booking.id.in_(bookings)).order_by(Booking.id).with_for_update()).all()
    query = select(TradeInOrder.id).where(TradeInOrder.id.in_(orders)).order_by(TradeInOrder.id)
    session.scalars(query.with_for_update()).all()


def _write(
    session: Session,
    office: Office,
    trip: SpareTrip,
    match: Match,
    candidate: Candidate,
    rank: int,
    until: datetime,
    actor: Actor,
    now: datetime,
) -> bool:
    """Offer one visit, unless it is not as it was read any more, or is offered to somebody else."""
    kind, key = key_of(match.stop)
    offer = SpareOffer(
        trip_id=trip.id,
        booking_id=key if kind == "b" else None,
        order_id=key if kind != "b" else None,
        rank=rank,
        state=OFFERED,
        offered_at=now,
        answer_by=until,
        promise_start=candidate.promise_start,
        begins_at=office.clock.moment(trip.service_day, match.begin),
        things=candidate.things,
        kg=candidate.kg,
        litres=candidate.litres,
        detour=match.detour,
        metres=match.metres,
        saves=match.saves,
        asks=match.asks,
        left_out=match.left_out,
        seconds=0,
        collected={},
        events=0,
    )
    booking, order = locked_booking(session, offer), locked_order(session, offer)
    if not as_offered(offer, booking, order, ""):
        return False
    try:
        with session.begin_nested():
            session.add(offer)
            session.flush()
    except IntegrityError:
        return False  # another process has offered it in between
    if booking is not None:
        life.offered(session, booking, trip.partner, actor, now)
    if order is not None:
        handed.offered(session, office, order, trip.partner, actor, now)
    say_offer(session, offer, OFFERED, now)
    audit.record(session, actor, "spare.offered", "spare-offer", offer.id, None, said(offer), now, first=True)
    return True


def _place_of(trip: SpareTrip, stop: str) -> str:
    """Return what people call a place of a trip: its number and name."""
    number = stop.removeprefix(PLACE)
    if not stop.startswith(PLACE) or not number.isdecimal():
        return stop
    return f"{number}. {trip.places[int(number) - 1]['place']}"
