"""What the pages of a booking say of the partner recycler that has it, or may get it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from recycling import handing, spare
from recycling.accounts.rights import Action, Subject, may
from recycling.booking.handed import live_of
from recycling.models import Booking, Handover
from web.language import language
from web.rights import actor
from web.services import services

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def partners_for(session: Session, visits: Sequence[Booking], now: datetime) -> dict[str, Any]:
    """Return what the counter's page of a booking shows: the partner that has it, and those that can be asked."""
    s, head = services(), visits[0]
    handed = live_of(session, head)
    asked = head.state == "booked" and handed is None and may(actor(), Action.HANDOVER_OFFER, Subject.booked(head))
    going = [visit for visit in visits if visit.state == "booked"]
    return {
        "handed": handed,
        "handed_name": name_of(handed),
        "partners": handing.choices(session, s.office, handing.Booked(going).facts, now) if asked and going else [],
        "offer_key": f"offer-{uuid.uuid4()}",
    }


def accepted_by(session: Session, booking: Booking) -> tuple[str, str]:
    """Return name and number of the partner that collects a booking; "" while it is ours, or not accepted yet."""
    if not booking.partner:
        return "", ""
    handed = live_of(session, booking)
    accepted = handed is not None and handed.state == "accepted"
    if not accepted and not spare.has_accepted(session, booking):
        return "", ""
    partners = services().settings.partners
    found = partners.find(booking.partner)
    return partners.name_of(booking.partner, language()), found.phone if found else ""


def name_of(handed: Handover | None) -> str:
    """Return the name of the partner of a hand-over, "" for none."""
    return services().settings.partners.name_of(handed.partner, language()) if handed else ""
