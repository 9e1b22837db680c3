"""Which orders are kept first where not all can be served any more on a day under way, and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from recycling.catalogue import load_catalogue
from recycling.dispatch import DayOrders
from recycling.models import Booking, TradeInOrder
from recycling.settings import Settings

MISSED, MOVED, LATE, AGAIN = LET_DOWN = ("missed", "moved", "late", "again")
CALL, HAZARD, DELIVERY, OTHER = ("call", "hazard", "delivery", "other")
CLASSES = (LET_DOWN, (CALL,), (HAZARD,), (DELIVERY,), (OTHER,))
"""From those that are kept first: whom we have let down before, truck calls, what is hazardous, new things, others."""

STEP = 5
"""One order of a class counts so many times what one of the next class does that came on the same day."""

MOST_DAYS = 30
"""After so many days an order counts twice what a new one of its class does: less than the next class by far."""


@dataclass(frozen=True)
class Rank:
    """How far in front an order stands: its class by ``why``, and in it how many ``days`` ago it was asked for."""

    why: str
    days: int = 0

    @property
    def class_of(self) -> int:
        """The number of its class, 0 for those that are kept first."""
        return next(number for number, whys in enumerate(CLASSES) if self.why in whys)

    @property
    def worth(self) -> float:
        """What it counts, in what a new order of the last class does."""
        age = min(max(self.days, 0), MOST_DAYS) / MOST_DAYS
        return float(STEP ** (len(CLASSES) - 1 - self.class_of) * (1 + age))


def ranks_of(settings: Settings, orders: DayOrders, again: Collection[str], now: datetime) -> dict[str, Rank]:
    """Return the ranks of a day's orders by their stops; `again` are second visits that are to be made after all."""
    hazardous = {code for code, item in load_catalogue().variants.items() if item.hazards}
    today = settings.clock.today(now)

    def days(asked: datetime | date | None) -> int:
        if asked is None:
            return 0
        return (today - (settings.clock.today(asked) if isinstance(asked, datetime) else asked)).days

    found = {f"b:{one.id}": Rank(_of_booking(one, hazardous), days(one.created_at)) for one in orders.bookings}
    found |= {f"c:{one.id}": Rank(CALL) for one in orders.calls}
    for order in orders.trade_ins:
        asked = days(order.ordered_on)
        found[f"t:{order.id}"] = Rank(DELIVERY, asked)
        stop = f"f:{order.id}"
        found[stop] = Rank(AGAIN if stop in again else _of_second_visit(order, hazardous), asked)
    return found


def prizes_of(settings: Settings, ranks: Mapping[str, Rank]) -> dict[str, int]:
    """Return what leaving out each stop counts in the search, in fen: what a booking is worth, by its rank."""
    base = max(1, settings.planning.prize_booking)
    return {stop: round(base * rank.worth) for stop, rank in ranks.items()}


def _of_booking(booking: Booking, hazardous: Collection[str]) -> str:
    if booking.first:
        return MISSED
    if booking.moved_from_start is not None:
        return MOVED
    if booking.late_told_at is not None:
        return LATE
    return HAZARD if any(line.item in hazardous for line in booking.lines) else OTHER


def _of_second_visit(order: TradeInOrder, hazardous: Collection[str]) -> str:
    return HAZARD if any(code in hazardous for code, _ in order.things_back) else OTHER


def in_order(stops: Collection[str], ranks: Mapping[str, Rank]) -> list[str]:
    """Return stops, those that are kept first in front; of what nothing is known stands last."""
    nothing = Rank(OTHER)
    return sorted(stops, key=lambda stop: (-ranks.get(stop, nothing).worth, stop))


def kept(ranks: Mapping[str, Rank], stops: Collection[str]) -> dict[str, list[str | int]]:
    """Return the ranks of some stops as a plan keeps them."""
    return {stop: [ranks[stop].why, ranks[stop].days] for stop in stops if stop in ranks}


def of_plan(happened: Mapping[str, Mapping[str, list[str | int]]]) -> dict[str, Rank]:
    """Return the ranks that a plan has kept of what it leaves out or makes late."""
    return {stop: Rank(str(why), int(days)) for stop, (why, days) in happened.get("ranks", {}).items()}
