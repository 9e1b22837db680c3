"""Shops' orders of a closed day: at their own hours on the next open day that has room for them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.booking import Office
from recycling.booking.capacity import Room, WindowFullError, rooms
from recycling.booking.days import open_days
from recycling.booking.expected import Work, expected_work, window_at
from recycling.booking.fitting import Fits
from recycling.booking.visits import fetch_minutes, order_minutes
from recycling.booking.workload import Fit
from recycling.closed_days.moved import Left, MovedThere
from recycling.deliveries.moving import hours_on, move_off
from recycling.errors import DomainError
from recycling.models import TradeInOrder
from recycling.models.trade_in import OPEN


@dataclass(frozen=True)
class OrderProposal:
    """What would become of an order: the day that it comes on at its hours, or None and the reason."""

    order: TradeInOrder
    day: date | None
    reason: Left = ""


def order_proposals(session: Session, office: Office, depot: str, day: date, now: datetime) -> list[OrderProposal]:
    """Return what each order of a closed day can be moved to, those that were entered first coming first.

    That is the next open day after it whose hours have room, also for its second visit. Nothing is written or kept, so
    that `move_orders` may find less; none where the day is open.
    """
    if office.settings.holidays.on(day) is None:
        return []
    query = (
        select(TradeInOrder)
        .where(TradeInOrder.depot_code == depot, TradeInOrder.service_day == day, TradeInOrder.state == OPEN)
        .order_by(TradeInOrder.promise_start, TradeInOrder.retailer, TradeInOrder.external_id)
    )
    orders = session.scalars(query).all()
    days = [each for each in open_days(office.settings, now) if each > day]
    if not orders or not days:
        return [OrderProposal(order, None, _standing(order) or "no_window") for order in orders]
    looked = _Days(session, office, depot, days, now)
    return [looked.propose(order) for order in orders]


def move_orders(
    office: Office, day: date, proposals: Sequence[OrderProposal], actor: Actor, now: datetime
) -> MovedThere:
    """Move each order to the day that was proposed, which tells its customer and its shop; the others are left.

    An order that was changed since the proposal was made is left as it is. Done once more it changes nothing.
    """
    closed = office.settings.holidays.on(day)
    left: Counter[Left] = Counter()
    moved = 0
    for proposal in proposals:
        reason = proposal.reason
        if closed is None:
            reason = "changed"
        elif proposal.day is not None:
            try:
                with office.database.write() as session:
                    order = proposal.order
                    move_off(session, office, order.id, order.version, proposal.day, closed, actor, now)
            except WindowFullError:
                reason = "no_window"
            except DomainError:
                reason = "changed"
        if reason:
            left[reason] += 1
        else:
            moved += 1
    return MovedThere(len(proposals), moved, dict(left))


def _standing(order: TradeInOrder) -> Left:
    return "on_the_way" if order.set_off_at is not None else ""


class _Days:
    """Room of the days after a closed one for deliveries, those given meanwhile among them."""

    def __init__(self, session: Session, office: Office, depot: str, days: Sequence[date], now: datetime) -> None:
        self._office, self._days = office, days
        self._rooms: dict[tuple[date, str, int], Room] = rooms(session, office, depot, days)
        self._work: Work = expected_work(session, office, depot, days)
        self._fits = Fits(session, office, depot, days, now=now)
        self._given: dict[tuple[date, str], dict[Fit, int]] = defaultdict(lambda: defaultdict(int))

    def propose(self, order: TradeInOrder) -> OrderProposal:
        """Return where an order can go, and keep the time that it takes there."""
        if reason := _standing(order):
            return OrderProposal(order, None, reason)
        for day in self._days:
            visits = list(self._visits(order, day))
            if all(self._has_room(day, span, fit, seconds) for span, fit, seconds in visits):
                for span, fit, seconds in visits:
                    self._given[day, span][fit] += seconds
                return OrderProposal(order, day)
        return OrderProposal(order, None, "no_window")

    def _visits(self, order: TradeInOrder, day: date) -> Iterator[tuple[str, Fit, int]]:
        """Yield window, vehicles and seconds of an order's visits on a day."""
        settings, clock = self._office.settings, self._office.clock
        start, _ = hours_on(clock, order.promise_start, order.promise_end, day)
        fit = Fit(order.people, order.tail_lift, order.height_limit, order.skills)
        yield window_at(self._office, start), fit, round(60 * order_minutes(settings, order))
        if order.fetch_start is not None and order.fetch_end is not None:
            start, _ = hours_on(clock, order.fetch_start, order.fetch_end, day)
            fit = Fit(order.fetch_people, order.tail_lift, order.height_limit)
            yield window_at(self._office, start), fit, round(60 * fetch_minutes(settings, order))

    def _has_room(self, day: date, span: str, fit: Fit, seconds: int) -> bool:
        """Tell whether a window has room for so many seconds more; what is expected of the day anyhow costs nothing."""
        for crew in range(1, fit.people + 1):
            room = self._rooms.get((day, span, crew))
            known = _from_crew(self._work.known.get((day, span), {}), crew)
            given = _from_crew(self._given[day, span], crew)
            expected = self._work.seconds(day, span, partial(_has_crew, crew))
            more = max(known + given + seconds, expected) - expected
            if room is None or room.left < more:
                return False
        return self._fits.takes(day, span, {**self._given[day, span], fit: self._given[day, span][fit] + seconds})


def _has_crew(crew: int, fit: Fit) -> bool:
    return fit.people >= crew


def _from_crew(work: Mapping[Fit, float], crew: int) -> float:
    return sum(seconds for fit, seconds in work.items() if fit.people >= crew)
