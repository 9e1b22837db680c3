"""Where vehicles will stand already, window by window."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, select, union_all
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
    asked = {"depot": depot, "days": list(days), "owner": owner, "but": but or NOBODY}
    for day, window, lon, lat in session.execute(_BY_WINDOW, asked):
        found[day, window].append((lon, lat))
    spans = [(span, str(span)) for span in office.settings.service.window_spans]
    for day, moment, lon, lat in session.execute(_BY_HOUR, asked):
        hour = office.clock.local(moment).time()
        for span, name in spans:
            if span.start <= hour < span.end:
                found[day, name].append((lon, lat))
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


def _on_days(model: Any, when: Any, *conditions: ColumnElement[bool]) -> Select[tuple[date, Any, float, float]]:
    days = model.service_day.in_(bindparam("days", expanding=True))
    return select(model.service_day, when, model.lon, model.lat).where(
        model.depot_code == bindparam("depot"), days, *conditions
    )


_BY_WINDOW = union_all(
    _on_days(Booking, Booking.window, Booking.state.not_in(ENDED), Booking.id != bindparam("but")),
    _on_days(Hold, Hold.window, Hold.owner != bindparam("owner")),
)
_BY_HOUR = union_all(_on_days(Call, Call.starts_at), _on_days(TradeInOrder, TradeInOrder.promise_start))
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
"""Asked for each booking and for each who looks for windows, so they are put together once."""
