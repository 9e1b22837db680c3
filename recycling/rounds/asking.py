"""Waiting for a round with things to be collected, and leaving while one waits."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import ANONYMOUS, Actor
from recycling.accounts.rights import Action
from recycling.booking.checks import checked
from recycling.booking.duplicates import refuse_duplicate, refuse_hoarding, take_turns_of
from recycling.booking.no_shows import refuse_no_shows
from recycling.booking.office import Office
from recycling.booking.request import BookingRequest
from recycling.booking.taking import check_key
from recycling.booking.unplaced import any_window
from recycling.booking.visits import kg_of
from recycling.counter.taking import refuse_other_depot
from recycling.errors import N_, BadRequestError, ConflictError
from recycling.models import Booking, RoundPlace, VillageRound
from recycling.models.base import new_id
from recycling.rounds.dates import latest_day
from recycling.rounds.finding import rounds_at
from recycling.rounds.marked import with_village
from recycling.rounds.telling import tell_place


def wait_for_round(
    office: Office,
    request: BookingRequest,
    key: str,
    now: datetime,
    wanted: uuid.UUID | None = None,
    channel: str = "web",
    actor: Actor = ANONYMOUS,
) -> RoundPlace:
    """Let somebody wait for a round that serves their community; the same key is the same place.

    The request's day and window are not looked at; a mark without a village belongs to the nearest one. `wanted` is
    the round; without it that which can go first.

    Raises
    ------
    BadRequestError
        With one fault for each field that must be mended; also where no round serves the place.
    ConflictError
        When the key already stands for another wish, the same waits or is booked already, or the number waits in as
        many places as one may.
    ForbiddenError
        When the place is served by a depot for which the actor does not work.
    """
    check_key(key)
    with office.database.read() as session:
        request = with_village(session, request)
    wish = replace(request, day=None, window="")
    again = _earlier(office, key, wish)
    if again is not None:
        return again
    with office.database.read() as session:
        draft = checked(session, office, any_window(office, request, now), now, open_only=False)
        if actor.is_staff:
            refuse_other_depot(actor, Action.BOOKING_TAKE, draft.depot_code)
        else:
            refuse_no_shows(session, office, draft.phone)
        found = the_round_at(session, office, draft.community_code or "", now, wanted)
        if not wish.different:
            refuse_duplicate(session, office, draft, channel)
        refuse_hoarding(session, office, draft, now, channel)
    place = RoundPlace(
        id=new_id(),
        round_id=found.id,
        kind="pickup",
        token=secrets.token_urlsafe(24),
        idempotency_key=key,
        channel=channel,
        community_code=draft.community_code or "",
        phone=draft.phone,
        language=wish.language,
        wish=wish.to_json(),
        kg=kg_of(draft.lines),
        asked_at=now,
        latest_on=latest_day(office, found, now),
        state="waiting",
        trouble="",
        retailer="",
        external_id="",
    )
    try:
        with office.database.write() as session:
            take_turns_of(session, draft.phone)
            if session.scalar(select(RoundPlace.id).where(RoundPlace.idempotency_key == key)) is None:
                _refuse_twice(session, office, draft, wish, found)
            enter_place(session, office, place, found, actor, now)
    except IntegrityError:
        twin = _earlier(office, key, wish)  # of this very form
        if twin is None:
            raise
        return twin
    return place


def the_round_at(
    session: Session, office: Office, community: str, now: datetime, wanted: uuid.UUID | None = None
) -> VillageRound:
    """Return the round that serves a community; BadRequestError where there is none, or not the wanted one."""
    for found in rounds_at(session, office, community, now):
        if wanted in (None, found.id):
            return found
    raise BadRequestError.one(
        "no-round-here",
        N_("No village round serves this place. Choose the village from the list, or book a window."),
        where="community",
    )


def enter_place(
    session: Session, office: Office, place: RoundPlace, found: VillageRound, actor: Actor, now: datetime
) -> None:
    """Write somebody who waits, with the audit log and the message; ConflictError for a round that has ended."""
    fresh = session.scalars(
        select(VillageRound)
        .where(VillageRound.id == found.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if fresh.ended_at is not None:
        raise ConflictError.one(
            "round-ended", N_("This round goes on no day any more. Book a window of your own."), where="community"
        )
    session.add(place)
    session.flush()
    audit.record(session, actor, "round.asked", "round-place", place.id, None, place_facts(place), now, first=True)
    tell_place(session, office, place, fresh, "joined", now)


def leave(office: Office, token: str, now: datetime, actor: Actor = ANONYMOUS) -> RoundPlace:
    """Let somebody leave while they wait; who has left stays so.

    Raises
    ------
    ConflictError
        When the round has its day: then the booking can be cancelled.
    """
    with office.database.write() as session:
        place = session.scalars(select(RoundPlace).where(RoundPlace.token == token).with_for_update()).one()
        end_waiting(session, office, place, actor, now)
    return place


def end_waiting(session: Session, office: Office, place: RoundPlace, actor: Actor, now: datetime) -> None:
    """Note that somebody left, and tell them; ConflictError where the round has its day."""
    if place.state == "left":
        return
    if place.state == "placed" or booked_for(session, place) is not None:
        raise ConflictError.one(
            "round-placed", N_("The round has its day, and this is booked for it. Cancel the booking instead.")
        )
    place.state, place.ended_at = "left", now
    audit.record(session, actor, "round.left", "round-place", place.id, None, place_facts(place), now)
    tell_place(session, office, place, session.get_one(VillageRound, place.round_id), "left", now)


def key_of(place: RoundPlace) -> str:
    """Return the key under which a place becomes a booking."""
    return f"round-{place.id}"


def booked_for(session: Session, place: RoundPlace) -> Booking | None:
    """Return the booking that was made of a place, also where that has not been noted yet."""
    return session.scalar(select(Booking).where(Booking.idempotency_key == key_of(place)))


def place_facts(place: RoundPlace) -> dict[str, object]:
    """Return what the audit log keeps of somebody who waits: nothing that tells who or where."""
    return {
        "round": str(place.round_id),
        "kind": place.kind,
        "kg": place.kg,
        "latest_on": place.latest_on.isoformat(),
        "state": place.state,
        "order": place.external_id,
        "shop": place.retailer,
    }


def _refuse_twice(session: Session, office: Office, draft: Booking, wish: BookingRequest, found: VillageRound) -> None:
    """Raise ConflictError where the same waits already, or a number has as many places as one may."""
    mine = session.scalars(
        select(RoundPlace).where(
            RoundPlace.kind == "pickup", RoundPlace.state == "waiting", RoundPlace.phone == draft.phone
        )
    ).all()
    same = [one for one in mine if one.round_id == found.id and set(one.wish["items"]) & set(wish.items)]
    if same and not wish.different:
        raise ConflictError.one(
            "duplicate",
            N_(
                "This number waits for the round with the same already. Leave there first, or say that this is for"
                " other things."
            ),
            where="items",
        )
    most = office.settings.booking.most_open
    waiting = (
        session.scalar(
            select(func.count())
            .select_from(RoundPlace)
            .where(RoundPlace.kind == "pickup", RoundPlace.state == "waiting", RoundPlace.phone == draft.phone)
        )
        or 0
    )
    if waiting >= most:
        raise ConflictError.one(
            "too-many-waiting",
            N_("This number waits for rounds %(most)s times already. Wait for one, or call us."),
            where="phone",
            most=most,
        )


def _earlier(office: Office, key: str, wish: BookingRequest) -> RoundPlace | None:
    with office.database.read() as session:
        found = session.scalar(select(RoundPlace).where(RoundPlace.idempotency_key == key))
    if found is not None and found.wish and BookingRequest.from_json(found.wish).digest() != wish.digest():
        raise ConflictError.one(
            "key-used",
            N_("This form has already been sent with other entries. Open the booking page anew for a second booking."),
            where="key",
        )
    return found
