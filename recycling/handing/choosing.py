"""Which partner recyclers can collect a booking as it was promised, and what stands against the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recycling.booking import Office
from recycling.booking.days import closes_at
from recycling.errors import N_, Fault, Listing
from recycling.models import Booking, Community, Handover
from recycling.models.handover import COLLECTED, LIVE
from recycling.partner_companies import Partner

LEAST_TO_ANSWER = timedelta(minutes=15)
"""Somebody has to look at an offer and answer it; nothing is offered for less time than this."""


@dataclass(frozen=True)
class Choice:
    """A partner, until when it would have to answer, and what stands against it: None for nothing."""

    partner: Partner
    answer_by: datetime
    fault: Fault | None


def choices(session: Session, office: Office, visits: Sequence[Booking], now: datetime) -> list[Choice]:
    """Return all partners for a booking's visits, those that can collect it first."""
    found = [
        Choice(one, answer_by(office, one, visits[0], now), why_not(session, office, one, visits, now))
        for one in office.settings.partners.partner
    ]
    return sorted(found, key=lambda choice: choice.fault is not None)


def answer_by(office: Office, partner: Partner, booking: Booking, now: datetime) -> datetime:
    """Return until when a partner would have to answer.

    Before the evening cut-off of the day it is over by then, so that what comes back is planned with the others.
    """
    closes = closes_at(office.settings, booking.service_day)
    before = [partner.by_when(now), booking.promise_start - partner.notice]
    return min([*before, closes] if now < closes else before)


def why_not(
    session: Session, office: Office, partner: Partner, visits: Sequence[Booking], now: datetime
) -> Fault | None:
    """Return why a partner cannot collect a booking of these visits as it was promised; None when it can."""
    head, name = visits[0], partner.code
    local, day = office.clock.local, head.service_day
    if not partner.works_on(day):
        text = N_("%(partner)s collects nothing on %(day)s: its contract, registration or weekdays do not hold then.")
        return Fault("partner", "partner-day", text, {"partner": name, "day": day.isoformat()})
    if not partner.covers(community_of(session, head)):
        text = N_("%(partner)s does not collect in %(place)s. Choose another one.")
        return Fault("partner", "partner-place", text, {"partner": name, "place": head.place})
    items = [line.item for visit in visits for line in visit.lines]
    others = [code for code in items if not partner.takes(code, office.catalogue.find(code).material)]
    if others:
        text = N_("%(partner)s does not take all of it: not %(items)s. Choose another one.")
        return Fault("partner", "partner-things", text, {"partner": name, "items": Listing(dict.fromkeys(others))})
    hours = local(head.promise_start).time(), local(head.promise_end).time()
    if hours[0] < partner.span.start or hours[1] > partner.span.end:
        text = N_("%(partner)s collects from %(hours)s alone, and the promised hours are kept. Choose another one.")
        return Fault("partner", "partner-hours", text, {"partner": name, "hours": str(partner.span)})
    if answer_by(office, partner, head, now) - now < LEAST_TO_ANSWER:
        text = N_("It is too late to ask %(partner)s. Call it, or let our own crew come.")
        return Fault("partner", "partner-late", text, {"partner": name})
    if _taken(session, partner, head) >= partner.most_a_day:
        text = N_("%(partner)s has %(most)s pickups of that day already, as many as it takes. Choose another one.")
        return Fault("partner", "partner-full", text, {"partner": name, "most": partner.most_a_day})
    return None


def community_of(session: Session, booking: Booking) -> str:
    """Return the code of a booking's community: its own, or the nearest where it was made by a position alone."""
    if booking.community_code:
        return booking.community_code
    east = (Community.lon - booking.lon) * 0.86
    north = Community.lat - booking.lat
    return session.scalar(select(Community.code).order_by(east * east + north * north).limit(1)) or ""


def _taken(session: Session, partner: Partner, booking: Booking) -> int:
    """Return how many pickups a partner has of a booking's day, without this one."""
    query = select(func.count()).where(
        Handover.partner == partner.code,
        Handover.service_day == booking.service_day,
        Handover.state.in_((*LIVE, COLLECTED)),
        Handover.booking_id != booking.id,
    )
    return session.scalar(query) or 0
