"""Work of the fleet that is no booking: truck calls and deliveries, known and to be expected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from statistics import fmean

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import network
from recycling.booking.office import Office
from recycling.booking.visits import service_minutes
from recycling.booking.workload import Position, approach
from recycling.models import Call, TradeInOrder

WEEKS = 4
"""So many weeks back are the same weekdays looked at."""

Seconds = dict[tuple[date, str, int], float]


def expected_seconds(session: Session, office: Office, depot: str, days: Sequence[date]) -> Seconds:
    """Return the seconds of each day, window and crew size that calls and deliveries take, with the ways to them.

    A day takes what is known of it, or what the same weekday took on the mean of the last four weeks if that is more:
    deliveries come in until the evening before.
    """
    first, last = min(days) - timedelta(weeks=WEEKS), max(days)
    known = _known(session, office, depot, first, last)
    out: Seconds = {}
    for day in days:
        for span in map(str, office.settings.service.window_spans):
            for crew in (1, 2, 3, 4, 5, 6):
                past = [known.get((day - timedelta(weeks=k), span, crew), 0.0) for k in range(1, WEEKS + 1)]
                seconds = max(known.get((day, span, crew), 0.0), fmean(past))
                if seconds:
                    out[day, span, crew] = seconds
    return out


def _known(session: Session, office: Office, depot: str, first: date, last: date) -> Seconds:
    spans = office.settings.service.window_spans
    home = network.the_depot(session, depot)
    taken: Seconds = defaultdict(float)
    there: dict[tuple[date, str], list[Position]] = defaultdict(list)

    def add(day: date, start: datetime, people: int, minutes: float, place: Position) -> None:
        hour = office.clock.local(start).time()
        span = str(next((s for s in spans if s.start <= hour < s.end), None) or min(spans, key=lambda s: s.start))
        way = approach(office.settings.booking, place, (home.lon, home.lat), there[day, span]).seconds
        there[day, span].append(place)
        for crew in range(1, people + 1):
            taken[day, span, crew] += minutes * 60 + way

    calls = select(Call.service_day, Call.starts_at, Call.dwell_minutes, Call.lon, Call.lat).where(
        Call.depot_code == depot, Call.service_day.between(first, last)
    )
    for day, start, dwell, lon, lat in session.execute(calls.order_by(Call.starts_at, Call.id)):
        add(day, start, 1, dwell, (lon, lat))
    orders = select(TradeInOrder).where(TradeInOrder.depot_code == depot, TradeInOrder.service_day.between(first, last))
    for order in session.scalars(orders.order_by(TradeInOrder.promise_start, TradeInOrder.id)):
        pieces = 2 if order.old_item else 1
        minutes = service_minutes(office.settings, order.minutes, pieces, order.floor, order.lift, order.people)
        add(order.service_day, order.promise_start, order.people, minutes, (order.lon, order.lat))
    return taken
