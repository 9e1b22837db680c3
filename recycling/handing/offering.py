"""Offering a booking to a partner recycler, and taking it back: what the dispatcher does."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand
from recycling.booking import Office, life
from recycling.booking.checks import clean
from recycling.booking.handed import end, live_of
from recycling.booking.taking import check_key
from recycling.db import hold
from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError
from recycling.handing.choosing import answer_by, why_not
from recycling.handing.standing import came_back, locked, on_a_route
from recycling.hooks.events import say_handover
from recycling.models import Booking, Handover
from recycling.models.booking import ENDED
from recycling.models.handover import ACCEPTED, LIVE, OFFERED, WITHDRAWN
from recycling.partner_accounts import named_partner
from recycling.partner_companies import Partner

MOST_REASON = 120


def offer(office: Office, booking: uuid.UUID, partner: str, key: str, actor: Actor, now: datetime) -> Handover:
    """Offer a booking with all its visits to a partner, which sees neither whose it is nor the door until it accepts.

    The same key again is the same offer.

    Raises
    ------
    BadRequestError
        When the partner cannot collect it as it was promised; the sentence says why.
    ConflictError
        When another dispatcher has handed it already, it stands on a route of the day's plan, or it is done or under
        way.
    NotFoundError
        When there is no such booking or partner.
    ForbiddenError, SignInNeededError
        When the actor may not.
    """
    check_key(key)
    company = named_partner(office.settings, partner)
    try:
        with office.database.write() as session:
            return _offered(session, office, booking, company, key, actor, now)
    except IntegrityError:
        with office.database.read() as session:
            return _earlier(session, key, booking, company) or _raise_taken(session, session.get(Booking, booking))


def _offered(
    session: Session, office: Office, key_of_booking: uuid.UUID, company: Partner, key: str, actor: Actor, now: datetime
) -> Handover:
    found = session.get(Booking, key_of_booking)
    if found is None:
        raise NotFoundError.one("no-booking", N_("There is no such booking."))
    demand(actor, Action.HANDOVER_OFFER, Subject.booked(found))
    hold(session, f"partner-day/{company.code}/{found.service_day}")  # so that no two fill its last place
    visits = life.visits_of(session, found)
    head = visits[0]
    earlier = _earlier(session, key, head.id, company)
    if earlier is not None:
        return earlier
    if live_of(session, head) is not None or head.partner:  # which a trip of a partner's may have, too
        _raise_taken(session, head)
    going = [visit for visit in visits if visit.state not in ENDED]
    for visit in going or visits:
        if visit.state == "planned" or on_a_route(session, visit):
            raise ConflictError.one(
                "on-a-route",
                N_(
                    "Booking %(reference)s stands on a route of the plan. Leave it out on the board and publish that,"
                    " then hand it over."
                ),
                reference=visit.reference,
            )
        if visit.state != "booked":
            raise ConflictError.one(
                "wrong-state",
                N_("Booking %(reference)s is %(state)s; it cannot be handed over any more."),
                reference=visit.reference,
                state=visit.state,
            )
    fault = why_not(session, office, company, going, now)
    if fault is not None:
        raise BadRequestError(fault)
    terms = company.terms_on(head.service_day)
    made = Handover(
        idempotency_key=key,
        partner=company.code,
        booking_id=head.id,
        depot_code=head.depot_code,
        service_day=head.service_day,
        promise_start=head.promise_start,
        promise_end=head.promise_end,
        state=OFFERED,
        terms={"visit": terms.visit, "kg": dict(terms.kg), "item": dict(terms.item)},
        seconds={},
        offered_at=now,
        offered_by=actor.id,
        answer_by=answer_by(office, company, head, now),
        events=0,
    )
    session.add(made)
    session.flush()
    for visit in going:
        life.offered(session, visit, company.code, actor, now)
    say_handover(session, made, OFFERED, now)
    after = {"state": OFFERED, "partner": company.code, "booking": head.reference}
    audit.record(session, actor, "handover.offered", "handover", made.id, None, after, now, first=True)
    return made


def withdraw(session: Session, office: Office, key: uuid.UUID, reason: str, actor: Actor, now: datetime) -> Handover:
    """Take a booking back that was offered or accepted; our own crew comes in the promised hours.

    One that was withdrawn already stays so.

    Raises
    ------
    BadRequestError
        Without a reason.
    ConflictError
        When it has come to another end.
    NotFoundError, ForbiddenError, SignInNeededError
        When there is none of this key, or the actor may not.
    """
    why = clean(reason)[:MOST_REASON]
    if not why:
        raise BadRequestError.one("no-reason", N_("Say why you take it back; the partner reads it."), where="reason")
    found, visits = locked(session, key)
    demand(actor, Action.HANDOVER_OFFER, Subject.booked(visits[0]))
    if found.state == WITHDRAWN:
        return found
    if found.state not in LIVE:
        raise ConflictError.one(
            "handover-over",
            N_("This hand-over is over: it was %(state)s. Load the page again."),
            state=found.state,
        )
    accepted = found.state == ACCEPTED
    end(session, found, WITHDRAWN, why, actor, now)
    came_back(session, found, visits, accepted, actor, now)
    return found


def _earlier(session: Session, key: str, booking: uuid.UUID, company: Partner) -> Handover | None:
    found = session.scalar(select(Handover).where(Handover.idempotency_key == key))
    if found is not None and (found.booking_id, found.partner) != (booking, company.code):
        raise ConflictError.one(
            "key-used", N_("This was already sent with other content. Begin anew with a new form."), where="key"
        )
    return found


def _raise_taken(session: Session, booking: Booking | None) -> Handover:
    live = live_of(session, booking) if booking is not None else None
    raise ConflictError.one(
        "handed-already",
        N_("Booking %(reference)s has been handed to %(partner)s already. Load the page again."),
        reference=booking.reference if booking else "-",
        partner=live.partner if live else booking.partner if booking else "-",
    )
