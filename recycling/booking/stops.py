"""Where vehicles will stand already, window by window."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, select, true, union_all
from sqlalchemy.orm import Session

from recycling.booking.capacity import Window
from recycling.booking.office import Office
from recycling.booking.workload import Position
from recycling.clock import Span
from recycling.models import Booking, Call, Hold, TradeInOrder
from recycling.models.booking import ENDED

Stops = dict[tuple[date, str], list[Position]]


def stops_of(
    session: Session, office: Office, depot: str, days: Sequence[date], owner: str = "", but: uuid.UUID | None = None
) -> Stops:
    """Return the positions of bookings, holds, calls and deliveries of a depot's days by day and window.

    What is kept for `owner`, and the booking `but`, are no neighbours of themselves and are left out.
    """
    found: Stops = defaultdict(list)
    live = and_(Booking.state.not_in(ENDED), true() if but is None else Booking.id != but)
    for model, condition in ((Booking, live), (Hold, Hold.owner != owner)):
        rows = select(model.service_day, model.window, model.lon, model.lat)
        for day, window, lon, lat in session.execute(
            rows.where(model.depot_code == depot, model.service_day.in_(days), condition)
        ):
            found[day, window].append((lon, lat))
    spans = office.settings.service.window_spans
    calls = select(Call.service_day, Call.starts_at, Call.lon, Call.lat).where(
        Call.depot_code == depot, Call.service_day.in_(days)
    )
    deliveries = select(TradeInOrder.service_day, TradeInOrder.promise_start, TradeInOrder.lon, TradeInOrder.lat).where(
        TradeInOrder.depot_code == depot, TradeInOrder.service_day.in_(days)
    )
    for query in (calls, deliveries):
        for day, moment, lon, lat in session.execute(query):
            hour = office.clock.local(moment).time()
            for span in spans:
                if span.start <= hour < span.end:
                    found[day, str(span)].append((lon, lat))
    return found


def stops_in(
    session: Session, office: Office, window: Window, owner: str = "", but: uuid.UUID | None = None
) -> list[Position]:
    """Return the positions of the same in one window."""
    span = Span.parse(window.span)
    start, end = (office.clock.at(window.day, hour) for hour in (span.start, span.end))
    live = and_(Booking.state.not_in(ENDED), true() if but is None else Booking.id != but)
    asked = [
        *(
            _positions(model, window).where(model.window == window.span, condition)
            for model, condition in ((Booking, live), (Hold, Hold.owner != owner))
        ),
        *(
            _positions(model, window).where(moment >= start, moment < end)
            for model, moment in ((Call, Call.starts_at), (TradeInOrder, TradeInOrder.promise_start))
        ),
    ]
    return [(row.lon, row.lat) for row in session.execute(union_all(*asked))]


def _positions(model: Any, window: Window) -> Select[tuple[float, float]]:
    return select(model.lon, model.lat).where(model.depot_code == window.depot, model.service_day == window.day)
