"""Work of the fleet that is no booking: truck calls and deliveries, known and to be expected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import network
from recycling.booking.office import Office
from recycling.booking.visits import fetch_minutes, order_minutes
from recycling.booking.workload import Fit, Position, approach_seconds
from recycling.models import Call, TradeInOrder
from recycling.plane import nearest_before

WEEKS = 4
"""So many weeks back are the same weekdays looked at."""

CREWS = (1, 2, 3, 4, 5, 6)
Seconds = dict[tuple[date, str, int], float]


@dataclass(frozen=True)
class Work:
    """Seconds of each day and window that calls and deliveries take, with the ways to them, by who can do them."""

    known: Mapping[tuple[date, str], Mapping[Fit, float]]

    def fits(self, day: date, span: str) -> Collection[Fit]:
        """Return which vehicles the work that is known of a window asks for."""
        return self.known.get((day, span), {}).keys()

    def seconds(self, day: date, span: str, counts: Callable[[Fit], bool]) -> float:
        """Return the seconds of that work in a window which `counts`.

        A day takes what is known of it, or what the same weekday took on the mean of the last four weeks if that is
        more: deliveries come in until the evening before.
        """

        def on(some_day: date) -> float:
            return sum(seconds for fit, seconds in self.known.get((some_day, span), {}).items() if counts(fit))

        return max(on(day), fmean(on(day - timedelta(weeks=k)) for k in range(1, WEEKS + 1)))


def _of_crews_from(people: int) -> Callable[[Fit], bool]:
    return lambda fit: fit.people >= people


def expected_seconds(session: Session, office: Office, depot: str, days: Sequence[date]) -> Seconds:
    """Return the seconds of each day, window and crew size that calls and deliveries take, with the ways to them."""
    work = expected_work(session, office, depot, days)
    out: Seconds = {}
    for day in days:
        for span in map(str, office.settings.service.window_spans):
            for crew in CREWS:
                if seconds := work.seconds(day, span, _of_crews_from(crew)):
                    out[day, span, crew] = seconds
    return out


def window_at(office: Office, moment: datetime) -> str:
    """Return the window in which work at a moment counts, the first one for what lies in none."""
    spans = office.settings.service.window_spans
    hour = office.clock.local(moment).time()
    return str(next((s for s in spans if s.start <= hour < s.end), None) or min(spans, key=lambda s: s.start))


def expected_work(session: Session, office: Office, depot: str, days: Sequence[date]) -> Work:
    """Return what calls and deliveries take of some days, and took of the same weekdays of the last weeks."""
    first, last = min(days) - timedelta(weeks=WEEKS), max(days)
    home = network.the_depot(session, depot)
    doors: dict[tuple[date, str], list[tuple[Fit, float, Position]]] = defaultdict(list)

    def add(day: date, start: datetime, fit: Fit, minutes: float, place: Position) -> None:
        doors[day, window_at(office, start)].append((fit, minutes * 60, place))

    calls = select(Call.service_day, Call.starts_at, Call.dwell_minutes, Call.lon, Call.lat).where(
        Call.depot_code == depot, Call.service_day.between(first, last), Call.state == "planned"
    )
    for day, start, dwell, lon, lat in session.execute(calls.order_by(Call.starts_at, Call.id)):
        add(day, start, Fit(1), dwell, (lon, lat))
    orders = select(TradeInOrder).where(
        TradeInOrder.depot_code == depot,
        TradeInOrder.service_day.between(first, last),
        TradeInOrder.state != "cancelled",
    )
    for order in session.scalars(orders.order_by(TradeInOrder.promise_start, TradeInOrder.id)):
        minutes = order_minutes(office.settings, order)
        fit = Fit(order.people, order.tail_lift, order.height_limit, order.skills)
        add(order.service_day, order.promise_start, fit, minutes, (order.lon, order.lat))
        if order.fetch_start is not None and order.fetch_state != "cancelled" and order.away_since is None:
            fit = Fit(order.fetch_people, order.tail_lift, order.height_limit)
            minutes = fetch_minutes(office.settings, order)
            add(order.service_day, order.fetch_start, fit, minutes, (order.lon, order.lat))
    return Work({window: _taken(office, visits, (home.lon, home.lat)) for window, visits in doors.items()})


def _taken(office: Office, visits: Sequence[tuple[Fit, float, Position]], home: Position) -> Mapping[Fit, float]:
    """Return the seconds that visits of a window take at doors and on the way there.

    The way comes from the nearest of the depot and those before: what goes on from a door is a booking's way.
    """
    taken: dict[Fit, float] = defaultdict(float)
    ways = nearest_before([place for _, _, place in visits], home)
    for (fit, seconds, _), metres in zip(visits, ways, strict=True):
        taken[fit] += seconds + approach_seconds(office.settings.booking, metres)
    return taken
