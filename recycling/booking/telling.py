"""Telling the resident of a change."""

from datetime import datetime

from sqlalchemy.orm import Session

from recycling.models import Booking, Waiting


def tell(session: Session, booking: Booking, change: str, now: datetime) -> None:
    """Put a message about a change into the outbox."""


def tell_waiting(session: Session, waiting: Waiting, now: datetime) -> None:
    """Tell somebody who waits which window is kept, and until when."""
