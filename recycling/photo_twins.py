"""The same photo at bookings of two telephone numbers: a list for staff to look at; nothing happens by itself."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, may
from recycling.errors import N_, NotFoundError
from recycling.models import Booking, Photo, PhotoTwin


@dataclass(frozen=True)
class Twins:
    """A photo that stands at bookings of two telephone numbers, the later one first."""

    row: PhotoTwin
    photo: Photo
    booking: Booking
    other: Photo
    other_booking: Booking


def twins_to_see(session: Session, actor: Actor) -> list[Twins]:
    """Return what nobody has looked at yet, the oldest first, where the actor may read both bookings."""
    later, earlier = aliased(Photo), aliased(Photo)
    of_later, of_earlier = aliased(Booking), aliased(Booking)
    query = (
        select(PhotoTwin, later, of_later, earlier, of_earlier)
        .join(later, later.id == PhotoTwin.photo_id)
        .join(of_later, of_later.id == later.booking_id)
        .join(earlier, earlier.id == PhotoTwin.other_id)
        .join(of_earlier, of_earlier.id == earlier.booking_id)
        .where(PhotoTwin.seen_at.is_(None))
        .order_by(PhotoTwin.found_at, PhotoTwin.id)
    )
    found = [Twins(*row) for row in session.execute(query)]
    return [
        one
        for one in found
        if all(may(actor, Action.BOOKING_READ, Subject.booked(b)) for b in (one.booking, one.other_booking))
    ]


def seen(session: Session, key: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Note that somebody looked at a photo that stands twice; it leaves the list.

    Raises
    ------
    NotFoundError
        When there is no such row that the actor may see.
    """
    found = next((one for one in twins_to_see(session, actor) if one.row.id == key), None)
    if found is None:
        raise NotFoundError.one("no-twins", N_("Somebody has looked at these photos already."))
    found.row.seen_at, found.row.seen_by = now, actor.id
    both = ((found.booking, found.photo), (found.other_booking, found.other))
    for booking, photo in sorted(both, key=lambda pair: pair[0].id):
        audit.record(session, actor, "photo.seen", "booking", booking.id, None, {"photo": str(photo.id)}, now)
