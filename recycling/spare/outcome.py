"""What a partner says of what it accepted: collected, with the weights; or not, and why, so that it is ours again."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.booking import Office, life
from recycling.deliveries.fetching import end_fetch
from recycling.errors import N_, BadRequestError, ConflictError, Fault, Listing
from recycling.hooks.events import say_offer
from recycling.models import SpareOffer, SpareTrip
from recycling.models.spare import ACCEPTED, COLLECTED, FAILED
from recycling.models.trade_in import FETCHED
from recycling.spare.accounting import post_collected
from recycling.spare.giving_back import end, has_it, held_with_trip, locked_booking, locked_order, said

WHY_FAILED = ("nobody-there", "does-not-fit", "refused", "wrong-address", "no-time", "vehicle-out")
MOST_KG, MOST_PIECES = 5000, 500
BAD_WEIGHT = N_("%(text)s is no weight in kilograms, such as 12.5.")


def collected(
    office: Office, key: uuid.UUID, kg: Mapping[str, float], pieces: int | None, actor: Actor, now: datetime
) -> SpareOffer:
    """Note what a trip has collected: kilograms by material, and pieces (those booked where none are said).

    What the partner gets for it is fixed by what it asked when it announced the trip. The same again changes nothing.

    Raises
    ------
    BadRequestError
        For an unknown material, or weights that cannot be.
    ConflictError
        When it was not accepted, was reported otherwise, or its day is still to come.
    NotFoundError, ForbiddenError, SignInNeededError
        When there is none, or it is another partner's.
    """
    weights = _weights(office, kg, pieces)
    with office.database.write() as session:
        offer, trip = held_with_trip(session, office, key, actor)
        booked = sum(int(count) for _, count in offer.things)
        count = booked if pieces is None else pieces
        if offer.state == COLLECTED and (offer.collected, offer.pieces) == (weights, count):
            return offer
        _must_be_accepted(office, trip, offer, now)
        total = sum(weights.values())
        offer.state, offer.ended_at, offer.version = COLLECTED, now, offer.version + 1
        offer.collected, offer.pieces, offer.due = weights, count, trip.asks(count, total)
        session.flush()
        say_offer(session, offer, COLLECTED, now)
        audit.record(session, actor, "spare.collected", "spare-offer", offer.id, {"state": ACCEPTED}, said(offer), now)
        booking, order = locked_booking(session, offer), locked_order(session, offer)
        if booking is not None and has_it(session, offer, booking):
            life.collected(session, booking, round(total), actor, now, by_partner=True)
        if order is not None and order.fetching:
            end_fetch(session, order, FETCHED, "", actor, now)  # by the partner that it names
        post_collected(session, trip, offer, booking, order, actor, now)
        return offer


def failed(office: Office, key: uuid.UUID, reason: str, actor: Actor, now: datetime) -> SpareOffer:
    """Note that a trip has not collected what it accepted, and why: it is ours again. The same again changes nothing.

    Raises
    ------
    BadRequestError
        For a reason that is none.
    ConflictError, NotFoundError, ForbiddenError, SignInNeededError
        As `collected`; a trip may say before its day that it cannot.
    """
    if reason not in WHY_FAILED:
        text = N_("Choose why it was not collected: %(known)s.")
        raise BadRequestError(Fault("reason", "no-reason", text, {"known": Listing(WHY_FAILED)}))
    with office.database.write() as session:
        offer, _ = held_with_trip(session, office, key, actor)
        if (offer.state, offer.reason) == (FAILED, reason):
            return offer
        if offer.state != ACCEPTED:
            raise _not_accepted()
        end(session, office, offer, FAILED, reason, actor, now)
        return offer


def number(office: Office, key: uuid.UUID, actor: Actor, now: datetime) -> str:
    """Return the telephone number of whoever gives what was accepted, and write down who saw it.

    Raises
    ------
    ConflictError
        When it is not accepted, or was reported already: then the number is not given.
    NotFoundError, ForbiddenError, SignInNeededError
        As `collected`.
    """
    with office.database.write() as session:
        offer, _ = held_with_trip(session, office, key, actor)
        if offer.state != ACCEPTED:
            raise _not_accepted()
        booking, order = locked_booking(session, offer), locked_order(session, offer)
        kind, subject = ("booking", booking) if booking is not None else ("order", order)
        if subject is None:
            raise _not_accepted()
        audit.record(session, actor, "caller.seen", kind, subject.id, None, {"trip": str(offer.trip_id)}, now)
        return subject.phone


def _weights(office: Office, kg: Mapping[str, float], pieces: int | None) -> dict[str, float]:
    known, faults = office.catalogue.materials, []
    for code, weight in kg.items():
        if code not in known:
            text = N_("We do not know the material %(word)s. Choose from: %(known)s.")
            faults.append(Fault("kg", "unknown-material", text, {"word": code[:20], "known": Listing(known)}))
        elif not 0 < weight <= MOST_KG:
            text = N_("%(number)s is not possible here. Enter at most %(most)s.")
            faults.append(Fault("kg", "out-of-range", text, {"number": weight, "most": MOST_KG}))
    if not kg:
        faults.append(Fault("kg", "no-weight", N_("Enter what was collected, in kilograms of each material.")))
    if pieces is not None and not 0 <= pieces <= MOST_PIECES:
        text = N_("%(number)s is not possible here. Enter at most %(most)s.")
        faults.append(Fault("pieces", "out-of-range", text, {"number": pieces, "most": MOST_PIECES}))
    if faults:
        raise BadRequestError(*faults)
    return {code: round(float(kg[code]), 2) for code in sorted(kg)}


def _must_be_accepted(office: Office, trip: SpareTrip, offer: SpareOffer, now: datetime) -> None:
    if offer.state != ACCEPTED:
        raise _not_accepted()
    if trip.service_day > office.clock.today(now):
        raise ConflictError.one(
            "too-early",
            N_("Trip %(number)s is on %(day)s. Say on that day what was collected."),
            number=trip.external_id,
            day=trip.service_day.isoformat(),
        )


def _not_accepted() -> ConflictError:
    return ConflictError.one(
        "not-accepted", N_("This is not with the trip any more, or was reported already. Load the page again.")
    )
