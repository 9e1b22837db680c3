"""The dispatcher's word on when a crew comes: residents' bands follow it, and who waits for a late one is told once."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from recycling import audit, notify
from recycling.accounts.actors import Actor
from recycling.db import Database
from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError
from recycling.figures import newest_plan
from recycling.models import Booking, Message, PlanRoute, PlanVisit
from recycling.settings import Settings
from recycling.tracking import COMING, is_late, late_hours

MOST_MINUTES = 600
SUBJECT = "crew"
"""Under which a word stands in the audit log, with the booking's id: it is no version of the booking itself."""

Outcome = Literal["told", "known", "in_time", "over", "changed"]
OUTCOMES: Sequence[Outcome] = ("told", "known", "in_time", "over", "changed")


@dataclass(frozen=True)
class Said:
    """What became of a word, as numbers of visits.

    Attributes
    ----------
    asked
        Of how many it was.
    told
        Whose residents are told now that the crew comes late.
    known
        Whose residents had been told so for this promise.
    in_time
        That are expected inside their promise.
    over
        Whose expected hour is over, so that nothing was said of them.
    changed
        That have ended, or stand on this route no more.
    """

    asked: int
    told: int = 0
    known: int = 0
    in_time: int = 0
    over: int = 0
    changed: int = 0

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> Said:
        """Return how often each outcome is there."""
        counts = Counter(outcomes)
        return cls(len(outcomes), *(counts[outcome] for outcome in OUTCOMES))


def expect(
    database: Database,
    settings: Settings,
    depot: str,
    day: date,
    key: uuid.UUID,
    at: datetime | None,
    actor: Actor,
    now: datetime,
) -> Said:
    """Say when the crew begins at the door of one booking; None takes the word back, so that the plan holds.

    Raises
    ------
    BadRequestError
        For a moment that is over, or before the promise begins.
    ConflictError
        When no crew is coming to this booking.
    NotFoundError
        When the day has no such booking.
    """
    with database.write() as session:
        visits = locked(session, {key})
        visit = visits.get(key)
        if visit is None or (visit.depot_code, visit.service_day) != (depot, day):
            raise NotFoundError.one("no-booking", N_("There is no such booking."))
        if visit.state not in COMING:
            raise ConflictError.one(
                "not-coming",
                N_("Booking %(reference)s is on no route now, so that no crew can be late."),
                reference=visit.reference,
            )
        if at is not None and at < now:
            raise BadRequestError.one("hour-over", N_("This hour is over. Enter when the crew will come."), where="at")
        if at is not None and at < visit.promise_start:
            raise BadRequestError.one(
                "too-early",
                N_("Nothing begins before the promise, %(hour)s."),
                where="at",
                hour=f"{settings.clock.local(visit.promise_start):%H:%M}",
            )
        return Said.of([say_when(session, settings, visits, visit, at, actor, now)])


def behind(
    database: Database,
    settings: Settings,
    depot: str,
    day: date,
    plate: str,
    minutes: int,
    actor: Actor,
    now: datetime,
) -> Said:
    """Say that a vehicle comes so many minutes later than planned to all its doors that are not done; 0: as planned.

    Truck calls and deliveries, whose people no message reaches, are not counted.

    Raises
    ------
    BadRequestError
        For a delay that is none.
    NotFoundError
        When the vehicle has no route on that day.
    """
    if not 0 <= minutes <= MOST_MINUTES:
        raise BadRequestError.one("bad-minutes", N_("Enter 0 to %(most)s minutes."), where="minutes", most=MOST_MINUTES)
    with database.write() as session:
        plan = newest_plan(session, depot, day)
        route = next((r for r in plan.routes if r.plate == plate), None) if plan else None
        if route is None:
            raise NotFoundError.one(
                "no-route", N_("Vehicle %(plate)s has no route on this day."), where="plate", plate=plate
            )
        begins = {visit.booking_id: visit.begins_at for visit in route.visits if visit.booking_id is not None}
        visits = locked(session, set(begins))
        outcomes: list[Outcome] = []
        for key, begin in sorted(begins.items()):
            visit = visits[key]
            at = max(begin + timedelta(minutes=minutes), visit.promise_start)
            if visit.state not in COMING or (visit.depot_code, visit.service_day) != (depot, day):
                outcomes.append("changed")
            elif at + timedelta(minutes=settings.tracking.minutes_after) < now:
                outcomes.append("over")
            else:
                outcomes.append(say_when(session, settings, visits, visit, at if minutes else None, actor, now))
        return Said.of(outcomes)


def on_route(session: Session, plan_id: uuid.UUID) -> Mapping[uuid.UUID, Booking]:
    """Return the bookings that a plan's visits are about, as they stand now."""
    query = select(Booking).join(PlanVisit, PlanVisit.booking_id == Booking.id).join(PlanRoute)
    return {b.id: b for b in session.scalars(query.where(PlanRoute.plan_id == plan_id))}


def locked(session: Session, keys: set[uuid.UUID]) -> dict[uuid.UUID, Booking]:
    """Return bookings and their heads, locked in the order in which everybody locks them."""
    heads = select(Booking.leg_of).where(Booking.id.in_(keys), Booking.leg_of.is_not(None))
    wanted = keys | {head for head in session.scalars(heads) if head is not None}
    query = select(Booking).where(Booking.id.in_(wanted)).order_by(Booking.id)
    found = session.scalars(query.with_for_update().execution_options(populate_existing=True))
    return {booking.id: booking for booking in found}


def say_when(
    session: Session,
    settings: Settings,
    visits: Mapping[uuid.UUID, Booking],
    visit: Booking,
    at: datetime | None,
    actor: Actor,
    now: datetime,
) -> Outcome:
    """Write down when a visit is expected, and tell its resident if that is late and has not been told.

    `visits` are the visit and its booking's head, locked (`locked`).
    """
    before = {"expected": _text(visit.expected_at)}
    if visit.expected_at != at:
        visit.expected_at = at
        audit.record(session, actor, "crew.expected", SUBJECT, visit.id, before, {"expected": _text(at)}, now)
    head = visits[visit.leg_of or visit.id]
    if at is None or not is_late(settings, visit):
        _unsay(session, settings, head, now)
        return "in_time"
    first, last = late_hours(settings, visit, now)
    told = notify.tell(session, head, "late", now, first=first, last=last)
    if head.late_told_at is not None and not told:
        return "known"
    head.late_told_at = now
    audit.record(session, actor, "crew.told_late", SUBJECT, head.id, None, {"expected": _text(at)}, now)
    return "told" if told else "known"


def _unsay(session: Session, settings: Settings, head: Booking, now: datetime) -> None:
    """Let a message that the crew comes late not leave any more when none of the booking's crews does.

    Of whom none has left nobody was told.
    """
    if head.late_told_at is None:
        return
    coming = select(Booking).where(or_(Booking.id == head.id, Booking.leg_of == head.id), Booking.state.in_(COMING))
    if any(is_late(settings, visit) for visit in session.scalars(coming)):
        return
    notify.outdate(session, head.id, ("late",), now)
    told = select(Message.id).where(
        Message.subject == head.id,
        Message.change == "late",
        Message.created_at >= head.late_told_at,
        Message.state != "outdated",
    )
    if session.scalar(told.limit(1)) is None:
        head.late_told_at = None


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
