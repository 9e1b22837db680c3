"""What a partner says to what it was offered: it takes it, or not; and what becomes of offers without an answer."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.away import CHANGED
from recycling.booking import Office, life
from recycling.deliveries import handed
from recycling.errors import N_, BadRequestError, ConflictError, Fault
from recycling.hooks.events import say_offer
from recycling.models import SpareOffer, SpareTrip
from recycling.models.spare import ACCEPTED, DECLINED, LAPSED, OFFERED, WITHDRAWN
from recycling.spare.candidates import as_offered
from recycling.spare.finding import offers_of
from recycling.spare.giving_back import end, held_with_trip, locked_booking, locked_order, said


def accept(office: Office, key: uuid.UUID, actor: Actor, now: datetime) -> SpareOffer:
    """Let a trip take what it was offered: it leaves our day, and gives back its room. The same again changes nothing.

    Raises
    ------
    ConflictError
        When its time is over, or it was answered, withdrawn or changed.
    NotFoundError, ForbiddenError, SignInNeededError
        When there is none, or it is another partner's.
    """
    with office.database.write() as session:
        offer, trip = held_with_trip(session, office, key, actor)
        if offer.state == ACCEPTED:
            return offer
        if offer.state == OFFERED and now >= offer.answer_by:
            end(session, office, offer, LAPSED, "", actor, now)
        booking, order = locked_booking(session, offer), locked_order(session, offer)
        if offer.state == OFFERED and not as_offered(offer, booking, order, trip.partner):
            end(session, office, offer, WITHDRAWN, CHANGED, actor, now)
        if offer.state == OFFERED:
            offer.state, offer.answered_at, offer.version = ACCEPTED, now, offer.version + 1
            if booking is not None:
                offer.seconds = booking.seconds
                life.handed_over(session, booking, named(office, trip, booking.language), actor, now)
            if order is not None:
                handed.handed_over(session, office, order, named(office, trip, order.language), actor, now)
            session.flush()
            say_offer(session, offer, ACCEPTED, now)
            audit.record(
                session, actor, "spare.accepted", "spare-offer", offer.id, {"state": OFFERED}, said(offer), now
            )
    if offer.state != ACCEPTED:
        raise _over(offer)
    return offer


def decline(office: Office, key: uuid.UUID, reason: str, actor: Actor, now: datetime) -> SpareOffer:
    """Let a trip not take what it was offered, or give back what it has accepted; it is ours again.

    The same again changes nothing. Raises as `accept`.
    """
    with office.database.write() as session:
        offer, _ = held_with_trip(session, office, key, actor)
        if offer.state in (DECLINED, LAPSED, WITHDRAWN):
            return offer
        if offer.state == OFFERED:
            end(session, office, offer, DECLINED, reason, actor, now)
            return offer
        if offer.state == ACCEPTED:
            end(session, office, offer, DECLINED, reason, actor, now)
            return offer
    raise _over(offer)


def answer(
    office: Office, trip: SpareTrip, accepted: Collection[uuid.UUID], actor: Actor, now: datetime
) -> tuple[int, int]:
    """Accept some of a trip's open offers and decline the others; return how many were accepted, and how many were not.

    Raises
    ------
    BadRequestError
        When one of them is no offer of this trip.
    """
    with office.database.read() as session:
        offers = offers_of(session, [trip.id])[trip.id]
    strange = set(accepted) - {offer.id for offer in offers}
    if strange:
        raise BadRequestError.one("no-offer", N_("This is no offer of trip %(number)s."), number=trip.external_id)
    taken = gone = 0
    for offer in sorted(offers, key=lambda one: one.id):
        if offer.id in accepted:
            try:
                accept(office, offer.id, actor, now)
                taken += 1
            except ConflictError:
                gone += 1
        elif offer.state == OFFERED:
            decline(office, offer.id, "", actor, now)
    return taken, gone


def gone_fault(count: int) -> Fault:
    """Return what a partner is told that accepted offers which were not there any more."""
    text = N_(
        "%(count)s of these were not on offer any more: changed, cancelled, or too late. The others are accepted."
    )
    return Fault("", "offers-gone", text, {"count": count})


def named(office: Office, trip: SpareTrip, language: str) -> str:
    """Return what a trip's partner is called."""
    return office.settings.partners.name_of(trip.partner, language)


def _over(offer: SpareOffer) -> ConflictError:
    texts = {
        LAPSED: N_("The time for an answer is over; we drive there ourselves."),
        WITHDRAWN: N_("This is not on offer any more: it was changed, cancelled or planned meanwhile."),
        DECLINED: N_("This offer was declined; we drive there ourselves."),
    }
    text = texts.get(offer.state, N_("What came of this was reported already. Load the page again."))
    return ConflictError(Fault("", "offer-over", text))
