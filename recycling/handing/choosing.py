"""Which partner recyclers can collect a booking as it was promised, and what stands against the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recycling.booking import Office
from recycling.booking.days import closes_at
from recycling.errors import N_, Fault, Listing
from recycling.handing.ordered import Ordered
from recycling.handing.subject import Facts
from recycling.models import Community, Handover, TradeInOrder
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


def choices(session: Session, office: Office, facts: Facts, now: datetime) -> list[Choice]:
    """Return all partners for what is to be handed over, those that can collect it first."""
    found = [
        Choice(one, answer_by(office, one, facts, now), why_not(session, office, one, facts, now))
        for one in office.settings.partners.partner
    ]
    return sorted(found, key=lambda choice: choice.fault is not None)


def choices_of_order(session: Session, office: Office, order: TradeInOrder, now: datetime) -> list[Choice]:
    """Return all partners for what is old of a shop's order; the order is taken out of the session.

    Raises ConflictError or BadRequestError where nobody can be asked for it.
    """
    session.expunge(order)
    subject = Ordered(order)
    subject.made_free(session, office)
    return choices(session, office, subject.facts, now)


def answer_by(office: Office, partner: Partner, facts: Facts, now: datetime) -> datetime:
    """Return until when a partner would have to answer.

    Before the evening cut-off of the day it is over by then, so that what comes back is planned with the others.
    """
    closes = closes_at(office.settings, facts.day)
    before = [partner.by_when(now), facts.start - partner.notice]
    return min([*before, closes] if now < closes else before)


def why_not(session: Session, office: Office, partner: Partner, facts: Facts, now: datetime) -> Fault | None:
    """Return why a partner cannot collect something as it was promised; None when it can."""
    name, local, day = partner.code, office.clock.local, facts.day
    if not partner.works_on(day):
        text = N_("%(partner)s collects nothing on %(day)s: its contract, registration or weekdays do not hold then.")
        return Fault("partner", "partner-day", text, {"partner": name, "day": day.isoformat()})
    if not partner.covers(community_of(session, facts)):
        text = N_("%(partner)s does not collect in %(place)s. Choose another one.")
        return Fault("partner", "partner-place", text, {"partner": name, "place": facts.place})
    others = [code for code, _ in facts.items if not partner.takes(code, office.catalogue.find(code).material)]
    if others:
        text = N_("%(partner)s does not take all of it: not %(items)s. Choose another one.")
        return Fault("partner", "partner-things", text, {"partner": name, "items": Listing(dict.fromkeys(others))})
    hours = local(facts.start).time(), local(facts.end).time()
    if hours[0] < partner.span.start or hours[1] > partner.span.end:
        text = N_("%(partner)s collects from %(hours)s alone, and the promised hours are kept. Choose another one.")
        return Fault("partner", "partner-hours", text, {"partner": name, "hours": str(partner.span)})
    if answer_by(office, partner, facts, now) - now < LEAST_TO_ANSWER:
        text = N_("It is too late to ask %(partner)s. Call it, or let our own crew come.")
        return Fault("partner", "partner-late", text, {"partner": name})
    if _taken(session, partner, facts) >= partner.most_a_day:
        text = N_("%(partner)s has %(most)s pickups of that day already, as many as it takes. Choose another one.")
        return Fault("partner", "partner-full", text, {"partner": name, "most": partner.most_a_day})
    return None


def community_of(session: Session, facts: Facts) -> str:
    """Return the code of the community where something is: its own, or the nearest where only the position is known."""
    if facts.community:
        return facts.community
    east = (Community.lon - facts.lon) * 0.86
    north = Community.lat - facts.lat
    return session.scalar(select(Community.code).order_by(east * east + north * north).limit(1)) or ""


def _taken(session: Session, partner: Partner, facts: Facts) -> int:
    """Return how many pickups a partner has of a day, without this one."""
    query = select(func.count()).where(
        Handover.partner == partner.code,
        Handover.service_day == facts.day,
        Handover.state.in_((*LIVE, COLLECTED)),
        func.coalesce(Handover.booking_id, Handover.order_id) != facts.key,
    )
    return session.scalar(query) or 0
