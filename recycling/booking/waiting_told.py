"""What somebody who waits is told: one message for each thing that becomes of the place, in their language."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any, Literal

from sqlalchemy.orm import Session

from recycling import notify
from recycling.booking.office import Office
from recycling.booking.request import BookingRequest
from recycling.clock import Span
from recycling.models import Waiting

Told = Literal["waiting_joined", "waiting_call", "waiting_over", "waiting_left"]


def tell_place(session: Session, office: Office, waiting: Waiting, change: Told, now: datetime) -> None:
    """Tell somebody what becomes of the place; the day that is said is the last one for which it waits."""
    day = office.clock.at(waiting.last_day, time(12))
    pieces = {}
    if change in ("waiting_joined", "waiting_call"):
        pieces = {"pieces": sum(BookingRequest.from_json(waiting.wish).items.values())}
    _post(session, waiting, change, now, start=day, end=day, **pieces)


def tell_offer(session: Session, office: Office, waiting: Waiting, now: datetime) -> None:
    """Tell somebody which window is kept, and until when."""
    _post(session, waiting, "waiting_offer", now, **_window(office, waiting), until=waiting.until)


def tell_missed(session: Session, office: Office, waiting: Waiting, now: datetime) -> None:
    """Tell somebody that the window is kept no longer, as it was not taken in time."""
    _post(session, waiting, "waiting_missed", now, **_window(office, waiting))


def _window(office: Office, waiting: Waiting) -> dict[str, Any]:
    day, span = waiting.offered_day or waiting.last_day, Span.parse(waiting.offered_window)
    return {"start": office.clock.at(day, span.start), "end": office.clock.at(day, span.end)}


def _post(session: Session, waiting: Waiting, change: str, now: datetime, **figures: Any) -> None:
    """Write a message; each change happens to a place once at most, so that it is its own occasion."""
    notify.post(
        session,
        waiting.id,
        waiting.phone,
        change,
        "once",
        now,
        link=f"/w/{waiting.token}",
        language=BookingRequest.from_json(waiting.wish).language,
        reference=str(waiting.id)[:8].upper(),
        **figures,
    )
