"""Where vehicles will stand already, window by window."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, select, true, union_all
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
    asked = {
        "depot": window.depot,
        "day": window.day,
        "window": window.span,
        "start": office.clock.at(window.day, span.start),
        "end": office.clock.at(window.day, span.end),
        "owner": owner,
        "but": but or NOBODY,
    }
    return [(row.lon, row.lat) for row in session.execute(_IN_WINDOW, asked)]


NOBODY = uuid.UUID(int=0)
"""The id of no booking."""


def _positions(model: Any, *conditions: ColumnElement[bool]) -> Select[tuple[float, float]]:
    return select(model.lon, model.lat).where(
        model.depot_code == bindparam("depot"), model.service_day == bindparam("day"), *conditions
    )


def _begins(moment: Any) -> ColumnElement[bool]:
    return and_(moment >= bindparam("start"), moment < bindparam("end"))


_IN_WINDOW = union_all(
    _positions(
        Booking,
        Booking.window == bindparam("window"),
        Booking.state.not_in(ENDED),
        Booking.id != bindparam("but"),
    ),
    _positions(Hold, Hold.window == bindparam("window"), Hold.owner != bindparam("owner")),
    _positions(Call, _begins(Call.starts_at)),
    _positions(TradeInOrder, _begins(TradeInOrder.promise_start)),
)
"""Asked for each booking, so it is put together once."""
