"""Which hours the second visit of an order has, for what is old."""

from __future__ import annotations

from datetime import datetime, timedelta

from recycling.booking.visits import order_minutes
from recycling.clock import Span
from recycling.errors import N_, Fault
from recycling.models import TradeInOrder
from recycling.settings import Settings

SHORTEST = timedelta(hours=1)
STEP = timedelta(minutes=30)


def fetch_hours(
    settings: Settings, order: TradeInOrder, window: str, shortest: timedelta
) -> tuple[datetime, datetime] | Fault:
    """Return the hours of an order's second visit, or what is wrong with them.

    They begin when a delivery at the very end of its own hours is over, to the next half hour, and last as long as
    is configured; or they are those that the shop names as `window`, which begin no sooner.
    """
    day, shift = order.service_day, Span.parse(settings.service.shift)
    over = order.promise_end + timedelta(minutes=order_minutes(settings, order))
    midnight = settings.clock.at(day, shift.start)
    first = midnight + -(-(over - midnight) // STEP) * STEP
    closes = settings.clock.at(day, shift.end)
    start, end = first, min(first + settings.deliveries.fetching, closes)
    if window:
        try:
            span = Span.parse(window)
        except ValueError:
            return Fault("fetch_window", "bad-hours", N_("Write the hours as in 09:00-12:00."))
        start, end = settings.clock.at(day, span.start), settings.clock.at(day, span.end)
    if start >= first and end - start >= shortest and end <= closes:
        return start, end
    text = N_(
        "Old things are fetched after the delivery, here from %(first)s to %(last)s at the latest, in an hour at "
        "least. Choose earlier hours for the delivery, or other ones for what is old."
    )
    local = settings.clock.local
    values: dict[str, object] = {"first": f"{local(first):%H:%M}", "last": f"{local(closes):%H:%M}"}
    return Fault("fetch_window" if window else "window", "no-hours-to-fetch", text, values)
