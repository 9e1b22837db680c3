"""What the audit log keeps of a booking: how it stands, without anything that tells who or where."""

from __future__ import annotations

from recycling.models import Booking


def facts(booking: Booking) -> dict[str, object]:
    """Return the fields of a booking that its changes are about, as JSON takes them."""
    return {
        "reference": booking.reference,
        "state": booking.state,
        "day": booking.service_day.isoformat(),
        "window": booking.window,
        "working": [booking.working_start.isoformat(), booking.working_end.isoformat()],
        "seconds": booking.seconds,
        "people": booking.people,
        "items": {line.item: line.pieces for line in booking.lines},
        "reason": booking.reason,
    }
