"""Offering a pickup to a partner recycler, and taking it back: what the dispatcher does."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.booking import Office
from recycling.booking.checks import clean
from recycling.booking.handed import end
from recycling.booking.taking import check_key
from recycling.db import hold
from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError
from recycling.handing.choosing import answer_by, why_not
from recycling.handing.standing import held_booking, held_order, locked
from recycling.handing.subject import Subject
from recycling.hooks.events import say_handover
from recycling.models import Handover
from recycling.models.handover import ACCEPTED, LIVE, OFFERED, WITHDRAWN
from recycling.partner_accounts import named_partner
from recycling.partner_companies import Partner

MOST_REASON = 120
Held = Callable[[Session], Subject | None]
"""What reads the booking or order that is handed over, and keeps everybody else from changing it; None for none."""


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
    missing = N_("There is no such booking.")
    return _offer(office, lambda session: held_booking(session, booking), missing, partner, key, actor, now)


def offer_order(office: Office, order: uuid.UUID, partner: str, key: str, actor: Actor, now: datetime) -> Handover:
    """Offer what a shop's order takes back to a partner; the delivery stays ours.

    It is fetched in the hours of the second visit. Where the delivery would take it along, it gets such hours, and
    shop and customer hear of them when the partner accepts. The same key again is the same offer. Raises as `offer`.
    """
    missing = N_("There is no such order.")
    return _offer(office, lambda session: held_order(session, order), missing, partner, key, actor, now)


def _offer(office: Office, held: Held, missing: str, partner: str, key: str, actor: Actor, now: datetime) -> Handover:
    check_key(key)
    company = named_partner(office.settings, partner)

    def there(session: Session) -> Subject:
        found = held(session)
        if found is None:
            raise NotFoundError.one("not-there", missing)
        return found

    try:
        with office.database.write() as session:
            return _offered(session, office, there(session), company, key, actor, now)
    except IntegrityError:
        with office.database.write() as session:
            subject = there(session)
            found = _earlier(session, key, subject.facts.key, company)
            if found is None:
                raise _taken(session, subject) from None
            return found


def _offered(
    session: Session, office: Office, subject: Subject, company: Partner, key: str, actor: Actor, now: datetime
) -> Handover:
    subject.may_be_offered(actor)
    facts = subject.facts
    hold(session, f"partner-day/{company.code}/{facts.day}")  # so that no two fill its last place
    earlier = _earlier(session, key, facts.key, company)
    if earlier is not None:
        return earlier
    if subject.live(session) is not None or subject.partner:  # which a trip of a partner's may have, too
        raise _taken(session, subject)
    subject.made_free(session, office)
    facts = subject.facts
    fault = why_not(session, office, company, facts, now)
    if fault is not None:
        raise BadRequestError(fault)
    kind, number = subject.log
    terms = company.terms_on(facts.day)
    made = Handover(
        idempotency_key=key,
        partner=company.code,
        booking_id=number if kind == "booking" else None,
        order_id=number if kind == "order" else None,
        depot_code=facts.depot,
        service_day=facts.day,
        promise_start=facts.start,
        promise_end=facts.end,
        state=OFFERED,
        terms={"visit": terms.visit, "kg": dict(terms.kg), "item": dict(terms.item)},
        seconds={},
        offered_at=now,
        offered_by=actor.id,
        answer_by=answer_by(office, company, facts, now),
        events=0,
    )
    session.add(made)
    session.flush()
    subject.asked(session, office, company.code, actor, now)
    say_handover(session, made, OFFERED, now)
    after = {"state": OFFERED, "partner": company.code, kind: facts.reference}
    audit.record(session, actor, "handover.offered", "handover", made.id, None, after, now, first=True)
    return made


def withdraw(session: Session, office: Office, key: uuid.UUID, reason: str, actor: Actor, now: datetime) -> Handover:
    """Take a pickup back that was offered or accepted; our own crew comes in the promised hours.

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
    found, subject = locked(session, key)
    subject.may_be_offered(actor)
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
    subject.back(session, office, found, accepted, actor, now)
    return found


def _earlier(session: Session, key: str, subject: uuid.UUID, company: Partner) -> Handover | None:
    found = session.scalar(select(Handover).where(Handover.idempotency_key == key))
    if found is not None and (found.booking_id or found.order_id, found.partner) != (subject, company.code):
        raise ConflictError.one(
            "key-used", N_("This was already sent with other content. Begin anew with a new form."), where="key"
        )
    return found


def _taken(session: Session, subject: Subject) -> ConflictError:
    live, (kind, _) = subject.live(session), subject.log
    text = N_("Booking %(reference)s has been handed to %(partner)s already. Load the page again.")
    if kind == "order":
        text = N_("What is old of order %(reference)s has been handed to %(partner)s already. Load the page again.")
    return ConflictError.one(
        "handed-already",
        text,
        reference=subject.facts.reference,
        partner=live.partner if live else subject.partner or "-",
    )
