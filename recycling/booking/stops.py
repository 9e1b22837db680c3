"""Where vehicles will stand already, window by window."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select, union_all
from sqlalchemy.orm import Session

from recycling.booking.capacity import Window
from recycling.booking.office import Office
from recycling.booking.workload import Position
from recycling.clock import Span
from recycling.models import Booking, Call, Hold, TradeInOrder
from recycling.models.base import table_of
from recycling.models.booking import ENDED
from recycling.ready import Ready

Stops = dict[tuple[date, str], list[Position]]


def stops_of(
    session: Session, office: Office, depot: str, days: Sequence[date], owner: str = "", but: uuid.UUID | None = None
) -> Stops:
    """Return the positions of bookings, holds, calls and deliveries of a depot's days by day and window.

    What is kept for `owner`, and the visits of the booking `but`, are no neighbours of themselves and are left out.
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
    rows = _IN_WINDOW.rows(
        session,
        depot=window.depot,
        day=window.day,
        window=window.span,
        start=office.clock.at(window.day, span.start),
        end=office.clock.at(window.day, span.end),
        owner=owner,
        but=but or NOBODY,
    )
    return [(lon, lat) for lon, lat in rows]


NOBODY = uuid.UUID(int=0)
"""The id of no booking."""


def _positions(table: Any, *conditions: ColumnElement[bool]) -> Select[tuple[float, float]]:
    return select(table.lon, table.lat).where(
        table.depot_code == bindparam("depot"), table.service_day == bindparam("day"), *conditions
    )


def _begins(moment: Any) -> ColumnElement[bool]:
    return and_(moment >= bindparam("start"), moment < bindparam("end"))


def _on_days(table: Any, when: Any, *conditions: ColumnElement[bool]) -> Select[tuple[date, Any, float, float]]:
    days = table.service_day.in_(bindparam("days", expanding=True))
    return select(table.service_day, when, table.lon, table.lat).where(
        table.depot_code == bindparam("depot"), days, *conditions
    )


_BOOKING, _HOLD, _CALL, _DELIVERY = (table_of(kind).c for kind in (Booking, Hold, Call, TradeInOrder))
_ANOTHER = func.coalesce(_BOOKING.leg_of, _BOOKING.id) != bindparam("but")
_OURS = and_(_BOOKING.state.not_in(ENDED), _BOOKING.partner == "")
_FETCHED = and_(_DELIVERY.fetch_state.not_in(("", "cancelled")), _DELIVERY.away_since.is_(None))
_BY_WINDOW = union_all(
    _on_days(_BOOKING, _BOOKING.window, _OURS, _ANOTHER),
    _on_days(_HOLD, _HOLD.window, _HOLD.owner != bindparam("owner")),
)
_BY_HOUR = union_all(
    _on_days(_CALL, _CALL.starts_at, _CALL.state == "planned"),
    _on_days(_DELIVERY, _DELIVERY.promise_start, _DELIVERY.state != "cancelled"),
    _on_days(_DELIVERY, _DELIVERY.fetch_start, _FETCHED),
)
_IN_WINDOW = Ready(
    union_all(
        _positions(
            _BOOKING,
            _BOOKING.window == bindparam("window"),
            _OURS,
            _ANOTHER,
        ),
        _positions(_HOLD, _HOLD.window == bindparam("window"), _HOLD.owner != bindparam("owner")),
        _positions(_CALL, _begins(_CALL.starts_at), _CALL.state == "planned"),
        _positions(_DELIVERY, _begins(_DELIVERY.promise_start), _DELIVERY.state != "cancelled"),
        _positions(_DELIVERY, _begins(_DELIVERY.fetch_start), _FETCHED),
    )
)
"""Asked for each booking and for each who looks for windows, so they are put together once."""
