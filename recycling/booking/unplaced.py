"""A request whose window is not chosen yet, so that all the rest of it can be checked."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from recycling.booking.days import open_days
from recycling.booking.office import Office
from recycling.booking.request import BookingRequest


def any_window(office: Office, request: BookingRequest, now: datetime) -> BookingRequest:
    """Return the request with some window of an open day, for checking all the rest of it."""
    days = open_days(office.settings, now)
    day = days[0] if days else office.clock.today(now) + timedelta(days=1)
    return replace(request, day=day, window=str(office.settings.service.window_spans[0]))
