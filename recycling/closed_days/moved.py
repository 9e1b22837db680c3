"""What stands on days that are closed by now, counted; and what became of what was moved off one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recycling.booking import Office
from recycling.booking.closed_days import standing_on_closed as bookings_on_closed
from recycling.models import Call, TradeInOrder
from recycling.models.trade_in import OPEN

Left = Literal["", "no_window", "no_room", "next_call", "on_the_way", "changed"]
"""Why something is not moved: no hours have room, no vehicle has, the community's next call comes first, it is being
driven, or somebody changed it meanwhile."""


@dataclass(frozen=True)
class MovedThere:
    """What became of what was to be moved: of how many it was, how many were moved, how many left by reason."""

    asked: int = 0
    moved: int = 0
    left: Mapping[Left, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Standing:
    """How many bookings, shops' orders, and truck calls that are not cancelled stand on a day."""

    bookings: int = 0
    orders: int = 0
    calls: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.bookings + self.orders + self.calls


def standing_on_closed(session: Session, office: Office, now: datetime) -> dict[tuple[str, date], Standing]:
    """Return what stands on days from today on that are closed by now, by depot and day, the soonest first."""
    today, closed = office.clock.today(now), office.settings.holidays.on
    found: dict[tuple[str, date], Standing] = defaultdict(Standing)
    for key, many in bookings_on_closed(session, office, now).items():
        found[key] = replace(found[key], bookings=many)
    orders = (
        select(TradeInOrder.depot_code, TradeInOrder.service_day, func.count())
        .where(TradeInOrder.service_day >= today, TradeInOrder.state == OPEN)
        .group_by(TradeInOrder.depot_code, TradeInOrder.service_day)
    )
    for depot, day, many in session.execute(orders):
        if closed(day) is not None:
            found[depot, day] = replace(found[depot, day], orders=many)
    calls = (
        select(Call.depot_code, Call.service_day, func.count())
        .where(Call.starts_at > now, Call.state == "planned")
        .group_by(Call.depot_code, Call.service_day)
    )
    for depot, day, many in session.execute(calls):
        if closed(day) is not None:
            found[depot, day] = replace(found[depot, day], calls=many)
    return dict(sorted(found.items(), key=lambda each: (each[0][1], each[0][0])))
