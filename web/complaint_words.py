"""What pages say of complaints: the names of their kinds, and what a booking's page holds of them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from recycling import complaints
from recycling.booking import Office
from recycling.errors import N_
from recycling.models import Booking

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

KIND_NAMES = {
    "price": N_("The price or the weight"),
    "missed": N_("Nobody came"),
    "late": N_("The crew came late"),
    "behaviour": N_("How we behaved"),
    "other": N_("Something else"),
}
OPENED_NAMES = {
    "resident": N_("on the booking's page"),
    "clerk": N_("at the counter"),
    "crew": N_("at the scale, with the price accepted"),
}
MOST_TEXT = complaints.MOST_TEXT


def section(
    session: Session,
    office: Office,
    visits: Sequence[Booking],
    now: datetime,
    *,
    resident: bool,
    entered: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return what a booking's page shows of complaints: those there are, and what can be complained of now."""
    head = visits[0]
    kinds = complaints.kinds_of(office, visits, now)
    return {
        "complaints": complaints.about(session, head.id),
        "complaint_kinds": kinds if not resident or complaints.resident_may(office, head, now) else (),
        "kind_names": KIND_NAMES,
        "complaint_entered": entered or {},
        "complaint_key": (entered or {}).get("key") or f"complaint-{uuid.uuid4()}",
        "most_text": MOST_TEXT,
    }
